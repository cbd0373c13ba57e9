/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pairs: what passes between two interfaces, and which interfaces are one
 * group.
 *
 * Per pair: refused tuples, and of these the half-seen flows with their
 * clients and servers.  A group are interfaces between which connections
 * that work are balanced (bonded links, several routes of one cost): that
 * requests leave by one and answers come in by another is no asymmetry
 * there.
 */
#ifndef SYNWARD_DIAGNOSE_IFACE_PAIRS_H
#define SYNWARD_DIAGNOSE_IFACE_PAIRS_H

#include "diagnose/linear_count.h"
#include "synward/time.h"

#include <stdbool.h>

enum {
	SW_PAIRS = 64,
	SW_GROUPS = 64,
};

/* Answers differ: a SYN/ACK carries the options hosts ask for, or, as an
 * RST does, none: floods are made without. */
enum sw_answer_kind { SW_ANSWER_PLAIN, SW_ANSWER_FULL, SW_ANSWER_KINDS };

/* Answers of a kind to what was never seen, of the last seconds. */
struct sw_answers {
	uint64_t since; /* ns */
	struct sw_estimate clients, servers;
	uint32_t flows, repeated, proven;
	bool were_scattered; /* those of the window before */
};

struct sw_pair {
	uint32_t in, out;
	uint64_t since, last; /* ns; last 0: free */
	struct sw_estimate clients, servers;
	uint32_t flows; /* half-seen */
	uint32_t repeated, proven,
	    disowned;	 /* of these, see diagnose/trace.h */
	uint32_t tuples; /* refused without a story, all kinds */
	struct sw_answers answers[SW_ANSWER_KINDS];
};

/* Two interfaces that one connection used. */
struct sw_group {
	uint32_t a, b;
	uint64_t last; /* ns; 0: free */
};

struct sw_iface_pairs {
	struct sw_pair pair[SW_PAIRS];
	struct sw_group group[SW_GROUPS];
};

/* Did they come from many services, hardly more than one of each; once, or
 * to as many hosts? */
bool sw_iface_pairs_scattered(const struct sw_answers *answers);

/* => valid until the next call */
struct sw_pair *sw_iface_pairs_at(struct sw_iface_pairs *pairs, uint32_t in,
    uint32_t out, struct sw_time now);

/* A connection worked whose requests left by one interface and whose
 * answers came in by the other, or by the same. */
void sw_iface_pairs_join(
    struct sw_iface_pairs *pairs, uint32_t a, uint32_t b, struct sw_time now);
bool sw_iface_pairs_joined(
    const struct sw_iface_pairs *pairs, uint32_t a, uint32_t b);

#endif
