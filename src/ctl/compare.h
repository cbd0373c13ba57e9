/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compare: what two configurations decide differently about a capture.
 *
 * The caller replays the capture twice.  Refused packets are collected by the
 * number of their frame, and those that only one of the two refuses, or for
 * another reason, are grouped by connection.
 */
#ifndef SYNWARD_CTL_COMPARE_H
#define SYNWARD_CTL_COMPARE_H

#include "ctl/command.h"
#include "synward/event.h"

struct sw_compared;

/* => NULL when memory is short; sw_compare_free() or sw_compare_end() frees it */
struct sw_compared *sw_compare_begin(void);

/* A refused packet of the first replay; after sw_compare_turn() of the second.
 * rule: a name, copied */
void sw_compare_add(struct sw_compared *compared, const struct sw_event *event,
    uint64_t frame, const char *rule);
void sw_compare_turn(struct sw_compared *compared);

void sw_compare_free(struct sw_compared *compared);
/* Prints the differences; names: of the two configurations.
 * => exit code, after freeing everything */
int sw_compare_end(struct sw_compared *compared, const struct sw_ctl *ctl,
    const char *const names[2]);

#endif
