/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diagnose: finds out why a packet had no flow.
 *
 * Diagnosis reads the events of all shards in the order in which they are
 * taken, after the verdicts have left, so it never delays a packet.  It learns
 * from opened, established and ended flows, and writes cause, confidence and
 * evidence into refusals.  It uses fixed memory, no I/O and no clock: the time
 * of an event is its current time.
 */
#ifndef SYNWARD_DIAGNOSE_H
#define SYNWARD_DIAGNOSE_H

#include "synward/event.h"
#include "synward/policy.h"

struct sw_diagnose;

struct sw_diagnose_config {
	uint8_t key[16];      /* key of its hashes, random */
	uint32_t budget;      /* judgements per second; 0 = no limit */
	struct sw_time start; /* nothing was seen before */
	uint32_t max_flows;   /* of the whole table; 0 = unknown */
};

struct sw_diagnose_counts {
	uint64_t drops[SW_CAUSE_COUNT]; /* all judged refusals */
	uint64_t unexamined; /* over the budget: also counted as unknown */
};

/* => NULL when out of memory; the caller owns the result */
struct sw_diagnose *sw_diagnose_create(const struct sw_diagnose_config *config);
void sw_diagnose_destroy(struct sw_diagnose *diagnose);

/* Learns from the event; fills event->judgement of a refusal. */
void sw_diagnose_judge(struct sw_diagnose *diagnose, struct sw_event *event);

/* Packets passed unseen around this time: start, flush, queue overflow,
 * or a time in which the queue was bypassed. */
void sw_diagnose_gap(struct sw_diagnose *diagnose, struct sw_time when);

/* A packet passed of which only this much could be read: its addresses, and the
 * protocol and the ports unless they are 0; NULL: nothing.  Later refusals
 * between these hosts, or of this connection, get the cause gap, unless they
 * are due to something else for sure.  The first call takes 1 MiB.
 * => false when memory is short */
bool sw_diagnose_unseen(struct sw_diagnose *diagnose,
    const struct sw_endpoints *ends, struct sw_time when);

void sw_diagnose_counts(
    const struct sw_diagnose *diagnose, struct sw_diagnose_counts *counts);

/*
 * Writes the configuration line that would have changed the outcome, such
 * as: rule db: timeouts { established = 7200s }
 * longest: the longest silences of that rule, in seconds and less than a day,
 * as sw_hint_silences() collects them; these decide, where they are longer.  NULL:
 * only this event counts.  rule_name is that of sw_hint_rule().
 * => false, and an empty text, when none would
 */
bool
sw_hint(const struct sw_event *event, const uint32_t longest[SW_TIMEOUT_COUNT],
    const char *rule_name, char *text, size_t size);

/*
 * The timeouts that were shorter than the silence in this judged refusal, and
 * for each the silence that one must be longer than, in seconds: that of the
 * event, or the longest one of its rule.
 * => how many; 0: a longer timeout would not have helped
 */
unsigned sw_hint_too_short(const struct sw_event *event,
    const uint32_t longest[SW_TIMEOUT_COUNT], enum sw_timeout names[2],
    int64_t silences[2]);

/* => the customary timeout above such a silence; 0 when that is more than a
 *    day */
uint32_t sw_hint_customary(int64_t silence);

/* Raises the values of the timeouts that were shorter than the silence in
 * this judged refusal. */
void sw_hint_silences(
    const struct sw_event *event, uint32_t longest[SW_TIMEOUT_COUNT]);

/* => the timeout that applies in the state in which the flow is, or was */
enum sw_timeout sw_hint_state_timeout(const struct sw_flow_info *info);

/* => slot of the rule to which the line belongs: that of the flow */
uint16_t sw_hint_rule(const struct sw_event *event);

#endif
