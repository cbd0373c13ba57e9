/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hint: a configuration line is shown only when the loader takes it.
 */
#ifndef SYNWARD_REPORT_HINT_H
#define SYNWARD_REPORT_HINT_H

#include "synward/event.h"

#define SW_HINT_MAX 192

struct sw_hints;

/* => NULL when memory is short */
struct sw_hints *sw_hints_create(void);
void sw_hints_destroy(struct sw_hints *hints);

/* The hint for a judged refusal of the rule of that name.
 * => NULL when there is none; else valid until the next call */
const char *sw_hints_for(struct sw_hints *hints, const struct sw_event *event,
    const char *rule_name);

/* Hints made that the loader would not take: a fault of synward's. */
uint64_t sw_hints_refused(const struct sw_hints *hints);

/* Would the loader take the hint's text as part of a configuration? */
bool sw_hint_parses(const char *hint);

#endif
