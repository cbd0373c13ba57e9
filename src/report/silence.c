/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connections whose first late packet has come are kept in sets of a few
 * places, found by a hash of their ends: a new one takes the place of the one
 * that was silent for longest.  Where packets of such a connection go on, a
 * longer silence moves it from its bucket to a higher one of the same row.
 *
 * The longest silences are a table with a line for each slot of a rule.  Pages
 * of lines that no rule ever had are never written and take no memory.  Values
 * from a predecessor need no check: any number is a number of seconds, and an
 * index is compared with its limit.
 */
#include <netinet/in.h>

#include "report/event_check.h"
#include "report/silence.h"
#include "report/silence_internal.h"
#include "synward/diagnose.h"

/* Ends of tombstones are only as precise as ticks. */
enum { SAME_END_MS = 2000 };

size_t
sw_silences_memory(void)
{
	return sizeof(struct sw_silences);
}

struct former {
	struct {
		uint64_t key;
		struct sw_time ended;
	} met[16384];
	uint32_t longest[SW_RULE_SLOTS][SW_TIMEOUT_COUNT];
};

size_t
sw_silences_memory_former(void)
{
	return sizeof(struct former);
}

void
sw_silences_take_former(struct sw_silences *silences, const void *former)
{
	const struct former *from = former;

	for (unsigned rule = 0; rule < SW_RULE_SLOTS; rule++)
		for (unsigned i = 0; i < SW_TIMEOUT_COUNT; i++) {
			uint32_t seconds = from->longest[rule][i];

			if (seconds > 0 && seconds < SW_SILENCE_DAY)
				silences->longest[rule][i] = seconds;
		}
}

void
sw_silences_begin(struct sw_silences *silences, struct sw_time now)
{
	if (silences->rows.began == 0)
		silences->rows.began = now.ns;
}

struct sw_time
sw_silences_began(const struct sw_silences *silences)
{
	return (struct sw_time){ silences->rows.began };
}

void
sw_silences_longest(const struct sw_silences *silences, uint16_t rule,
    uint32_t longest[SW_TIMEOUT_COUNT])
{
	for (unsigned i = 0; i < SW_TIMEOUT_COUNT; i++)
		longest[i] =
		    rule < SW_RULE_SLOTS
			? sw_silence_rows_get(&silences->longest[rule][i])
			: 0;
}

/* --- connections that were cut --------------------------------------------- */

static bool
is_same(const struct sw_silence_met *met, uint64_t key, struct sw_time ended)
{
	return met->key == key &&
	       sw_time_ms_since(met->ended, ended) < SAME_END_MS &&
	       sw_time_ms_since(ended, met->ended) < SAME_END_MS;
}

/* => the connection's place; its seconds are 0 when it was not met before */
static struct sw_silence_met *
find_met(struct sw_silences *silences, const struct sw_flow_info *info)
{
	uint64_t key =
	    sw_event_check_sum(&info->opener, sizeof info->opener) | 1;
	struct sw_silence_met *set =
	    silences->met[(key >> 1) % SW_SILENCE_MET_SETS];
	struct sw_silence_met *oldest = set;

	for (unsigned i = 0; i < SW_SILENCE_MET_WAYS; i++) {
		if (is_same(&set[i], key, info->ended))
			return &set[i];
		if (set[i].late.ns < oldest->late.ns)
			oldest = &set[i];
	}
	*oldest = (struct sw_silence_met){ .key = key, .ended = info->ended };
	return oldest;
}

static void
raise_longest(struct sw_silences *silences, uint16_t rule,
    const uint32_t own[SW_TIMEOUT_COUNT])
{
	for (unsigned i = 0; i < SW_TIMEOUT_COUNT; i++)
		if (own[i] < SW_SILENCE_DAY &&
		    own[i] > silences->longest[rule][i])
			__atomic_store_n(&silences->longest[rule][i], own[i],
			    __ATOMIC_RELAXED);
}

/* A bare segment from before the next byte of its sender. */
static bool
is_keepalive(const struct sw_event *event)
{
	const struct sw_refusal *refused = &event->refused;
	unsigned side = !refused->from_opener;

	return refused->ends.proto == event->info.opener.proto &&
	       refused->tcp_flags == SW_ACK && refused->payload <= 1 &&
	       refused->seq == event->info.side[side].next - 1;
}

/* => seconds of the silence, 0 when no timeout was too short for it */
static uint32_t
describe(const uint32_t own[SW_TIMEOUT_COUNT], struct sw_silence_what *what)
{
	uint32_t seconds = 0;
	unsigned n = 0;

	for (unsigned i = 0; i < SW_TIMEOUT_COUNT; i++) {
		if (own[i] == 0)
			continue;
		seconds = own[i];
		/* The row of the state counts both. */
		if (n++ == 0 || i != SW_TIMEOUT_UNACKNOWLEDGED)
			what->timeout = (uint8_t)i;
	}
	what->both = n > 1;
	return seconds;
}

static uint32_t *
count_of(struct sw_silence_row *row, uint32_t seconds, bool keepalive)
{
	struct sw_silence_count *count =
	    &row->cut[sw_silence_rows_bucket(seconds)];

	return keepalive ? &count->keepalive : &count->data;
}

static void
note_packet(struct sw_silence_met *met, const struct sw_event *event)
{
	met->late = event->time;
	met->seq = event->refused.seq;
	met->payload = event->refused.payload;
	met->from_opener = event->refused.from_opener;
}

/* Is it the last late packet once more, to which nobody has answered?  Of other
 * protocols it is not known. */
static bool
comes_again(const struct sw_silence_met *met, const struct sw_event *event)
{
	return event->refused.ends.proto != IPPROTO_TCP ||
	       (met->seq == event->refused.seq &&
		   met->payload == event->refused.payload &&
		   met->from_opener == event->refused.from_opener);
}

static void
meet(struct sw_silences *silences, const struct sw_event *event,
    struct sw_silence_met *met, const uint32_t own[SW_TIMEOUT_COUNT])
{
	struct sw_silence_what what = { .rule = sw_hint_rule(event) };
	uint32_t seconds = describe(own, &what);
	struct sw_silence_row *row =
	    sw_silence_rows_find(&silences->rows, &what, event->time);

	met->keepalive = is_keepalive(event);
	met->row = (uint32_t)(row - silences->rows.rows);
	met->row_key = row->key;
	note_packet(met, event);
	met->seconds = seconds;
	sw_silence_rows_add(count_of(row, seconds, met->keepalive), 1);
	raise_longest(silences, what.rule, own);
}

/* A longer silence of a connection that was met before. */
static void
meet_again(struct sw_silences *silences, const struct sw_event *event,
    struct sw_silence_met *met)
{
	uint64_t gap = sw_time_ms_since(met->late, event->time) / 1000;
	bool again = comes_again(met, event);
	struct sw_silence_row *row =
	    &silences->rows
		 .rows[met->row % (SW_SILENCE_SETS * SW_SILENCE_WAYS)];
	uint32_t own[SW_TIMEOUT_COUNT] = { 0 };
	struct sw_silence_what what;
	uint64_t slice;

	note_packet(met, event);
	if (gap <= met->seconds || gap > UINT32_MAX || again ||
	    row->key != met->row_key ||
	    !sw_silence_rows_read(row, &what, &slice))
		return;
	sw_silence_rows_add(count_of(row, met->seconds, met->keepalive), -1);
	met->seconds = (uint32_t)gap;
	met->keepalive = is_keepalive(event);
	sw_silence_rows_add(count_of(row, met->seconds, met->keepalive), 1);
	own[what.timeout] = met->seconds;
	if (what.both)
		own[SW_TIMEOUT_UNACKNOWLEDGED] = met->seconds;
	raise_longest(silences, what.rule, own);
}

void
sw_silences_note(
    struct sw_silences *silences, const struct sw_event *event, bool passed)
{
	uint32_t own[SW_TIMEOUT_COUNT] = { 0 };
	struct sw_silence_met *met;
	bool any = false;

	sw_hint_silences(event, own);
	for (unsigned i = 0; i < SW_TIMEOUT_COUNT; i++)
		any = any || own[i] > 0;
	/* No packet has ended the silence of a flow that on-idle resets. */
	if (!any || event->refused.message == SW_MESSAGE_IDLE_RESET ||
	    sw_hint_rule(event) >= SW_RULE_SLOTS)
		return;
	met = find_met(silences, &event->info);
	if (met->seconds == 0)
		meet(silences, event, met, own);
	else if (passed)
		meet_again(silences, event, met);
}

/* --- flows that live, and that ended --------------------------------------- */

void
sw_silences_survived(struct sw_silences *silences,
    const struct sw_silence *silence, struct sw_time now)
{
	const struct sw_silence_what what = { .rule = silence->rule,
		.timeout = silence->timeout };
	struct sw_silence_count *count;

	if (what.rule >= SW_RULE_SLOTS || what.timeout >= SW_TIMEOUT_COUNT)
		return;
	count = &sw_silence_rows_find(&silences->rows, &what, now)
		     ->survived[sw_silence_rows_bucket(silence->seconds)];
	sw_silence_rows_add(
	    silence->keepalive ? &count->keepalive : &count->data, 1);
}

void
sw_silences_ended(struct sw_silences *silences, const struct sw_event *event,
    const struct sw_timeouts *timeouts)
{
	const struct sw_flow_info *info = &event->info;
	struct sw_silence_what what = { .rule = info->rule };

	if (info->how != SW_END_TIMEOUT || info->rule >= SW_RULE_SLOTS)
		return;
	what.timeout = (uint8_t)sw_hint_state_timeout(info);
	if (info->unanswered && timeouts->seconds[SW_TIMEOUT_UNACKNOWLEDGED] <
				    timeouts->seconds[what.timeout])
		what.timeout = SW_TIMEOUT_UNACKNOWLEDGED;
	sw_silence_rows_add(
	    &sw_silence_rows_find(&silences->rows, &what, event->time)->ended,
	    1);
}
