/* SPDX-License-Identifier: Apache-2.0 */
/*
 * silence: the longest silence that each rule's timeouts were too short for.
 *
 * Hints take it, so hints of one rule do not contradict each other: each names
 * a timeout that is long enough for every silence seen so far.  The silence of
 * a connection ends with the first packet that comes too late; what its host
 * sends again afterwards is no longer silence, and does not count.  One thread
 * notes, any thread reads.
 */
#ifndef SYNWARD_REPORT_SILENCE_H
#define SYNWARD_REPORT_SILENCE_H

#include "synward/event.h"
#include "synward/policy.h"

struct sw_silences;

/* Bytes; zeroed memory is a valid beginning, as is an earlier process's. */
size_t sw_silences_memory(void);

/* Notes what the judged refusal shows of its flow's rule. */
void
sw_silences_note(struct sw_silences *silences, const struct sw_event *event);

/* Seconds for each timeout of the rule; 0: none was too short. */
void sw_silences_longest(const struct sw_silences *silences, uint16_t rule,
    uint32_t longest[SW_TIMEOUT_COUNT]);

#endif
