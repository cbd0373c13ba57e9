/* SPDX-License-Identifier: Apache-2.0 */
/*
 * slots: which number a rule's name has.
 *
 * Names keep their numbers as long as the process lives, so that flows,
 * which know their rule by its slot, find it again after a reload.  Slot 0
 * is the default's.
 */
#ifndef SYNWARD_SHARDS_RULE_SLOTS_H
#define SYNWARD_SHARDS_RULE_SLOTS_H

#include <stdint.h>

struct sw_rule_slots;

/* => NULL when memory is short */
struct sw_rule_slots *sw_rule_slots_create(void);
void sw_rule_slots_destroy(struct sw_rule_slots *slots);

/* => the slot of the name, a free one when it has none yet; -ENOSPC when
 *    more than SW_RULE_SLOTS names were ever used, or -ENOMEM */
int sw_rule_slots_assign(struct sw_rule_slots *slots, const char *name);
/* How many names there are; slots below have one. */
uint32_t sw_rule_slots_count(const struct sw_rule_slots *slots);
/* That of the default for a slot without one. */
const char *
sw_rule_slots_name(const struct sw_rule_slots *slots, uint16_t slot);

#endif
