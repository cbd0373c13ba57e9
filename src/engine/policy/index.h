/* SPDX-License-Identifier: Apache-2.0 */
/*
 * index: finds the first rule that matches without testing the rules one by
 * one.
 *
 * Each axis gives the set of rules that accept its value; a rule matches when
 * it is in all of them; the first one is the lowest bit of their intersection.
 * An index is for one address family and at most SW_AXIS_RULES rules;
 * engine/policy/policy.c searches one after the other.
 */
#ifndef SYNWARD_ENGINE_POLICY_INDEX_H
#define SYNWARD_ENGINE_POLICY_INDEX_H

#include "synward/policy.h"

#define SW_INDEX_NONE UINT32_MAX

struct sw_index;

/* n <= SW_AXIS_RULES.  => NULL when memory is short, or where there are too
 * many masks */
struct sw_index *
sw_index_build(const struct sw_rule *rules, uint32_t n, enum sw_family family);
void sw_index_free(struct sw_index *index);

/* The number of the first rule that matches, or SW_INDEX_NONE. */
uint32_t sw_index_match(const struct sw_index *index,
    const struct sw_endpoints *opener, const struct sw_way *way);

/* The number of the first rule, from that one on, that matches with some
 * ports, or SW_INDEX_NONE. */
uint32_t sw_index_match_any_port(const struct sw_index *index,
    const struct sw_endpoints *opener, const struct sw_way *way, uint32_t from);

/* Brings the leaves of large axes near. */
void sw_index_prefetch(
    const struct sw_index *index, const struct sw_endpoints *opener);

/* What the rule looks at beside ends, of enum sw_rule_look. */
uint8_t sw_index_looks(const struct sw_rule *rule);

#endif
