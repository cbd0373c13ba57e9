/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pair: an engine behind the program, and one alone, see the same packets at
 * the same moments.  After each, verdict and record must be the same, no matter
 * which of the two has stepped it.
 */
#ifndef SYNWARD_TESTS_PAIR_H
#define SYNWARD_TESTS_PAIR_H

#include "talk.h"
#include "twin.h"

struct pair {
	struct sw_policy *policy;
	struct sw_engine *alone, *behind;
	struct sw_lanes lanes; /* the caller's */
	struct talk talk;
	struct sw_time now;
	uint64_t fast, slow, dropped;
	/* Runs the program, with its own clock if it has one: then pair->now
	 * is set to the moment that it took.
	 * => does the daemon have to see the packet? */
	bool (*needs_daemon)(
	    struct pair *pair, const struct talk_packet *packet);
	/* Changes what talk_next() made, or NULL. */
	void (*change)(struct talk_packet *packet);
	bool real_time;
};

/* The members above the counts, lanes and functions are the caller's. */
void pair_open(struct pair *pair, enum sw_tracking tracking);
/* Fails the test at the first difference; prints what was done. */
void pair_run(struct pair *pair, uint32_t packets);
void pair_close(struct pair *pair);

/* Index of the flow in the engine behind the program, or SW_FLOW_NONE. */
uint32_t pair_find(const struct sw_engine *engine, unsigned of);

#endif
