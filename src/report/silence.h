/* SPDX-License-Identifier: Apache-2.0 */
/*
 * silence: how long the flows of each rule were silent, and spoke again.
 *
 * Two kinds are counted, by rule, timeout and length: silences that a timeout
 * survived, of a minute or more, and those that were too long for it.  The
 * second kind is counted once a connection, with its longest silence.  So it
 * can be said which timeout would have saved how many connections, exactly for
 * the timeouts that are bounds of the histogram (report/silence_sums.h).
 *
 * Hints take the longest silence of a rule, so hints of one rule do not
 * contradict each other: each names a timeout that is long enough for every
 * silence seen so far.  Silences of a day or more are left to on-idle, and do
 * not count for that.
 *
 * One thread notes, any thread reads.
 */
#ifndef SYNWARD_REPORT_SILENCE_H
#define SYNWARD_REPORT_SILENCE_H

#include "synward/event.h"
#include "synward/policy.h"
#include "synward/silence.h"

struct sw_silences;

/* Bytes; zeroed memory is a valid beginning, as is an earlier process's. */
size_t sw_silences_memory(void);

/* What programs had before histograms were kept: its size, and the longest
 * silences in it, taken into new memory. */
size_t sw_silences_memory_former(void);
void sw_silences_take_former(struct sw_silences *silences, const void *former);

/* Starts a new memory's clock; does nothing for one that was begun before. */
void sw_silences_begin(struct sw_silences *silences, struct sw_time now);
/* => when the first process began */
struct sw_time sw_silences_began(const struct sw_silences *silences);

/*
 * Notes what the judged refusal shows of its flow's rule.
 * passed: later packets of a refused connection were delivered, as in a capture
 * or in observe mode, so that later silences are those of its hosts.  What a
 * host sends again because nothing is delivered is no longer silence, and does
 * not count.
 */
void sw_silences_note(
    struct sw_silences *silences, const struct sw_event *event, bool passed);

/* A live flow was silent, and spoke again. */
void sw_silences_survived(struct sw_silences *silences,
    const struct sw_silence *silence, struct sw_time now);

/* A flow has ended; timeouts: of its rule.  Only those that ended in silence
 * count: how many entries a longer timeout keeps follows from them. */
void sw_silences_ended(struct sw_silences *silences,
    const struct sw_event *event, const struct sw_timeouts *timeouts);

/* Seconds for each timeout of the rule, less than a day; 0: none was too
 * short. */
void sw_silences_longest(const struct sw_silences *silences, uint16_t rule,
    uint32_t longest[SW_TIMEOUT_COUNT]);

#endif
