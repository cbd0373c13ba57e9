/* SPDX-License-Identifier: Apache-2.0 */
/*
 * truth: what a tracker must hold of a connection, from what its two hosts
 * know.
 *
 * The hosts are in step, for they are modelled; so each packet of theirs
 * must pass while packets pass more often than the timeout, and each that
 * passes must refresh the timer once both sides were seen at their numbers.
 * After packets that the gate did not see the entry must be right again as
 * soon as its rules allow:
 *
 *	a round trip, where both use time stamps or the jump is within reach:
 *	    no side ahead of what was seen by more than 1 MiB or two windows;
 *	else max(2 s, 4 round trips) of traffic, two segments from each side.
 *
 * From then on the state is compared, and the way the entry ends.
 */
#ifndef SYNWARD_HOSTS_TRUTH_H
#define SYNWARD_HOSTS_TRUTH_H

#include "gate.h"
#include "road.h"

#define TRUTH_REACH (UINT32_C(1) << 20)

/* What can be found wrong.  X(name, text) */
#define TRUTH_MAP(X)                                            \
	X(DROPPED, "a packet of a live connection was dropped") \
	X(ERROR_DROPPED, "an ICMP error about it was dropped")  \
	X(GONE, "the entry of a live connection ended")         \
	X(STALE, "a packet in step did not refresh the timer")  \
	X(SHORT, "the timer is shorter than the state's")       \
	X(LONG, "the timer is longer than the state's")         \
	X(STATE, "the state is not the hosts'")                 \
	X(UNENDED, "the connection ended, its entry did not")   \
	X(STUCK, "the hosts did not come to the end")

enum truth_finding {
#define X(name, text) TRUTH_##name,
	TRUTH_MAP(X)
#undef X
	    TRUTH_FINDINGS
};

const char *truth_text(enum truth_finding finding);

struct truth {
	const struct road *road;
	bool may_drop; /* strict: what lies outside */
	/* The handshake as the gate saw it. */
	bool begun[2], synack, established;
	bool over;    /* nothing more is asked of it */
	bool excused; /* it was silent for longer than its timeout */
	bool
	    unprovable; /* strict dropped what went on beyond the reach, without
			    time stamps: nothing can prove where it is */
	uint64_t last_seen;
	uint64_t timeout; /* seconds from then */
	/* Of each side: what the gate saw, when it was in step last, and what
	 * it must see to be in step again. */
	uint32_t seen_end[2], seen_ack[2], window[2];
	uint32_t need_seq[2], need_ack[2];
	bool settled, was_settled; /* now; before the last segment */
	bool jumps;		   /* by more than the reach */
	bool ever_jumped;	   /* since it began */
	unsigned chain;
	uint8_t chain_side;
	uint64_t chain_at; /* the next must be sent after that */
	uint64_t first_fit[2], last_fit[2];
	unsigned fits[2];
	/* The end. */
	bool fin_seen[2], fin_covered[2], fin_vague[2];
	bool fin_ahead[2]; /* of data unseen; not acknowledged yet */
	uint32_t fin_end[2];
	bool reset_seen, reset_taken; /* in step; obeyed by its receiver */
	uint64_t times_hidden, times_settled;
};

void truth_begin(struct truth *truth, const struct road *road, bool may_drop);

/* A host has received what the gate has not seen, or has. */
void truth_arrived(struct truth *truth, const struct road_segment *segment);

/* Must a segment that is at the gate pass? */
bool truth_is_live(struct truth *truth, const struct road_segment *segment);

/* It was at the gate.  => what is wrong, as bits 1 << enum truth_finding */
unsigned truth_gate(struct truth *truth, const struct road_segment *segment,
    bool live, bool passed, const struct gate_view *after);

/* The conversation is over.  => what is wrong; *judged: its end was seen by
 * a gate in step, so that the entry must have ended */
unsigned truth_end(
    const struct truth *truth, const struct gate_view *view, bool *judged);

#endif
