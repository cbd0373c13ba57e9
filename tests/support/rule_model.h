/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rule_model: rules drawn at random, and what they match, found by looking
 * at one rule after the other.
 */
#ifndef SYNWARD_TESTS_RULE_MODEL_H
#define SYNWARD_TESTS_RULE_MODEL_H

#include "synward/policy.h"

enum {
	RULE_LIST = 4,	 /* entries of a rule's list at most */
	RULE_SHARED = 5, /* lists of addresses that rules share */
};

/* A rule with room for its lists. */
struct rule_drawn {
	struct sw_addr_range ranges[2][RULE_LIST][RULE_LIST];
	struct sw_addr_list from[RULE_LIST], to[RULE_LIST];
	int16_t protos[RULE_LIST];
	struct sw_port_range source_ports[RULE_LIST], ports[RULE_LIST];
	uint32_t ifaces[8][RULE_LIST];
};

/* Lists that many rules have in common. */
struct rule_shared {
	struct sw_addr_range ranges[RULE_SHARED][RULE_LIST * 4];
	struct sw_addr_list list[RULE_SHARED];
};

uint32_t rule_draw_below(uint64_t *seed, uint32_t n);
void rule_draw_shared(uint64_t *seed, struct rule_shared *shared);
void rule_draw(uint64_t *seed, struct sw_rule *rule, struct rule_drawn *lists,
    const struct rule_shared *shared);
struct sw_endpoints rule_draw_opener(uint64_t *seed);
struct sw_way rule_draw_way(uint64_t *seed);

bool rule_holds(const struct sw_rule *rule, const struct sw_endpoints *opener,
    const struct sw_way *way);
/* The slot of the first of n rules that holds. */
uint16_t rule_match(const struct sw_rule *rules, size_t n,
    const struct sw_endpoints *opener, const struct sw_way *way);

#endif
