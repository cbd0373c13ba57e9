/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rule_slots: maps the names of rules to numbers.
 *
 * A name keeps its number as long as the process lives, so that flows, which
 * store their rule's slot, find the rule again after a reload.  Slot 0 is the
 * default rule.
 */
#ifndef SYNWARD_SHARDS_RULE_SLOTS_H
#define SYNWARD_SHARDS_RULE_SLOTS_H

#include <stdint.h>

struct sw_rule_slots;

/* => NULL when memory is short */
struct sw_rule_slots *sw_rule_slots_create(void);
void sw_rule_slots_destroy(struct sw_rule_slots *slots);

/* => the slot of the name, a new one when it has none yet; -ENOSPC when more
 *    than SW_RULE_SLOTS names were ever used, or -ENOMEM */
int sw_rule_slots_assign(struct sw_rule_slots *slots, const char *name);
/* The number of names; all lower slots have one. */
uint32_t sw_rule_slots_count(const struct sw_rule_slots *slots);
/* The name of a slot; the default rule's for a slot without a name. */
const char *
sw_rule_slots_name(const struct sw_rule_slots *slots, uint16_t slot);

#endif
