/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hint: shows a configuration line only if the configuration reader accepts it.
 */
#ifndef SYNWARD_REPORT_HINT_H
#define SYNWARD_REPORT_HINT_H

#include "report/silence.h"
#include "synward/event.h"

#define SW_HINT_MAX 192

struct sw_hints;

/* silences: of which the longest of each rule decide; the caller's, and must
 * outlive the result.  NULL: made here, and noted by each sw_hints_note().
 * => NULL when memory is short */
struct sw_hints *sw_hints_create(struct sw_silences *silences);
void sw_hints_destroy(struct sw_hints *hints);

/* fd: from sw_synproxy_open(), the caller's; without it, or with 0 or -1, no
 * connection is thought to be opened by this host. */
void sw_hints_use_synproxy(struct sw_hints *hints, int fd);

/* From now on hints are in the words of the kernel's own tracker, where its
 * settings are the cause: report/hint_kernel.h.  kernel: the caller's, read
 * while hints are asked for; NULL: the configuration's words. */
struct sw_kernel_settings;
void sw_hints_speak_kernel(
    struct sw_hints *hints, const struct sw_kernel_settings *kernel);

/* Notes the silence that a judged refusal shows, whether or not it gets a
 * line.  passed: as of sw_silences_note().  Only one thread of those with the
 * same silences may note. */
void sw_hints_note(
    struct sw_hints *hints, const struct sw_event *event, bool passed);
/* => where they are noted; valid as long as the hints */
struct sw_silences *sw_hints_silences(struct sw_hints *hints);

/* The hint for a judged refusal of the rule of that name.
 * => NULL when there is none; else valid until the next call */
const char *sw_hints_for(struct sw_hints *hints, const struct sw_event *event,
    const char *rule_name);

/* Hints that the configuration reader refused: a fault in synward. */
uint64_t sw_hints_refused(const struct sw_hints *hints);

/* Does the configuration reader accept the hint's text? */
bool sw_hint_parses(const char *hint);

#endif
