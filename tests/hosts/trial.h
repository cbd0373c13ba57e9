/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trial: one conversation through a gate, judged at each step.
 */
#ifndef SYNWARD_HOSTS_TRIAL_H
#define SYNWARD_HOSTS_TRIAL_H

#include "talk.h"
#include "truth.h"

/* What all conversations of a run came to. */
struct tally {
	uint64_t conversations, packets, live, live_dropped, errors;
	uint64_t hidden, lost, doubled, overtaken, fragmented, ip6;
	uint64_t excused;    /* silent for longer than their timeout */
	uint64_t unprovable; /* see truth.h */
	uint64_t ended, ended_unjudged;
	uint64_t cut; /* conversations with anything wrong */
	uint64_t found[TRUTH_FINDINGS];
	uint64_t strict_dropped; /* outside of the window, in strict */
	/* Most retransmissions in a row where nothing was lost. */
	unsigned tries_most;
	uint64_t of_kind[TALK_KINDS], of_unseen[TALK_UNSEENS];
	uint64_t cut_unseen[TALK_UNSEENS];
};

/* Somebody beside the engine who sees the same datagrams. */
struct beside {
	void (*begin)(void *context, const struct sw_endpoints *opener);
	/* us: of silence before it.  => it passed there */
	bool (*step)(void *context, const struct segment *segment, uint64_t us,
	    bool live, bool passed);
	void *context;
};

struct trial {
	struct gate gate;
	struct sw_flow_policy flow_policy;
	struct tally tally;
	struct truth truth;
	struct talk talk;
	struct road road;
	struct sw_endpoints opener;
	const struct beside *beside; /* NULL: nobody */
	uint64_t seed;		     /* of this conversation */
	uint64_t told;		     /* when beside was told last */
	unsigned wrong;		     /* found in this conversation */
	unsigned show;		     /* how many findings are printed */
	bool trace;		     /* prints each segment and the entry */
	unsigned only;		     /* findings that count, as bits */
	bool seen; /* strict without resync: see talk_begin() */
	uint32_t number;
};

/* => false when memory is short */
bool trial_open(struct trial *trial, const struct sw_flow_policy *flow_policy);
void trial_close(struct trial *trial);

/* Plays the conversation of this seed. */
void trial_run(struct trial *trial, uint64_t seed);

/* Writes the tally.  => nothing was wrong */
bool trial_print(const struct trial *trial, const char *title);

#endif
