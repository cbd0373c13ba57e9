/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gaps: times around which packets passed unseen.
 *
 * These are the start, a flush of the table, an overflow of the queue, and a
 * time in which the queue was bypassed.  A packet without a flow may belong to
 * an older connection, until its two hosts turn out to open new connections
 * whose SYN is missed as well.
 */
#ifndef SYNWARD_DIAGNOSE_GAPS_H
#define SYNWARD_DIAGNOSE_GAPS_H

#include "synward/time.h"

#include <stdbool.h>

enum {
	SW_GAPS = 16,
	SW_GAPS_HOSTS = 4096,
};

/* Two hosts and what they have done since the gap. */
struct sw_gap_hosts {
	uint64_t id;	 /* hash of both addresses */
	uint64_t last;	 /* ns */
	uint16_t late;	 /* tuples that appeared more than a minute after */
	uint16_t missed; /* new connections whose SYN was missed */
};

/* Tuples refused for the first and for the second time: in a flood of forged
 * ones hardly any appears twice. */
struct sw_gap_crowd {
	uint64_t since; /* ns */
	uint32_t first, again;
	uint64_t source; /* hash: source of the last first packet */
	uint64_t shape;	 /* its flags, length and window */
	/* consecutive packets of that shape, each from another source */
	uint32_t run;
	bool flooded; /* in the previous window */
};

struct sw_gaps {
	uint64_t when[SW_GAPS]; /* ns, oldest first; [0] is the start */
	unsigned n;
	uint32_t strays; /* tuples refused since the last gap */
	struct sw_gap_crowd crowd;
	struct sw_gap_hosts entry[SW_GAPS_HOSTS];
};

void sw_gaps_begin(struct sw_gaps *gaps, struct sw_time start);
void sw_gaps_add(struct sw_gaps *gaps, struct sw_time when);

/* Milliseconds from the last gap to that moment. */
uint64_t sw_gaps_since(const struct sw_gaps *gaps, uint64_t moment);
/* Was there a gap between then (included) and now? */
bool sw_gaps_between(
    const struct sw_gaps *gaps, struct sw_time then, struct sw_time now);

/* Records that a tuple of these two hosts was refused for the first time;
 * young: by an answer to a SYN. */
void sw_gaps_note(
    struct sw_gaps *gaps, uint64_t hosts, bool young, struct sw_time now);
/* Counts a packet of a tuple without a flow: its number in the tuple, its
 * source, and its shape, 0 when it carries data. */
void sw_gaps_count(struct sw_gaps *gaps, uint32_t packets, uint64_t source,
    uint64_t shape, struct sw_time now);

/* Do masses of forged tuples arrive? */
bool sw_gaps_flooded(const struct sw_gaps *gaps);

/* Do these hosts miss SYNs for another reason than the gap?  young: the
 * question is about a tuple that missed its own SYN, which may happen. */
bool sw_gaps_stopped(const struct sw_gaps *gaps, uint64_t hosts, bool young);

#endif
