/* SPDX-License-Identifier: Apache-2.0 */
/*
 * iface_pairs: what passes between two interfaces, and which interfaces belong
 * together.
 *
 * Each pair counts refused tuples and, among these, one-way flows with their
 * clients and servers.  A group is a set of interfaces between which working
 * connections are balanced (bonded links, several routes of equal cost):
 * requests leaving through one and answers arriving on another are no asymmetry
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

/* Answers differ in kind: a SYN/ACK with the options that hosts ask for, an RST
 * without options, a SYN/ACK without them, as in floods. */
enum sw_answer_kind { SW_ANSWER_PLAIN, SW_ANSWER_FULL, SW_ANSWER_KINDS };

/* Answers of one kind to packets that were never seen, in the last seconds. */
struct sw_answers {
	uint64_t since; /* ns */
	struct sw_estimate clients, servers;
	uint32_t flows, repeated, proven;
	bool were_scattered; /* the answers of the previous window */
};

struct sw_pair {
	uint32_t in, out;
	uint64_t since, last; /* ns; last 0: free */
	struct sw_estimate clients, servers;
	uint32_t flows; /* one-way flows */
	uint32_t repeated, proven,
	    disowned;	 /* of these, see diagnose/trace.h */
	uint32_t tuples; /* refused without a flow, of all kinds */
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

/* Did the answers come from many services, hardly more than one of each; once,
 * or to as many hosts? */
bool sw_iface_pairs_scattered(const struct sw_answers *answers);

/* => valid until the next call */
struct sw_pair *sw_iface_pairs_at(struct sw_iface_pairs *pairs, uint32_t in,
    uint32_t out, struct sw_time now);

/* A connection worked whose requests left through one interface and whose
 * answers arrived on the other, or on the same. */
void sw_iface_pairs_join(
    struct sw_iface_pairs *pairs, uint32_t a, uint32_t b, struct sw_time now);
bool sw_iface_pairs_joined(
    const struct sw_iface_pairs *pairs, uint32_t a, uint32_t b);

#endif
