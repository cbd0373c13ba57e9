/* SPDX-License-Identifier: Apache-2.0 */
/*
 * There is a row for each rule, message and cause, found by a linear search:
 * rows are few, and the reporter handles refusals after their verdicts.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "report/observe_stats.h"
#include "synward/cause.h"

struct sw_observe_stats {
	pthread_mutex_t lock;
	struct sw_time since;
	uint64_t others;
	size_t n;
	struct sw_observe_stats_row rows[SW_OBSERVE_STATS_ROWS];
};

struct sw_observe_stats *
sw_observe_stats_create(struct sw_time now)
{
	struct sw_observe_stats *observe_stats =
	    calloc(1, sizeof *observe_stats);

	if (observe_stats == NULL)
		return NULL;
	if (pthread_mutex_init(&observe_stats->lock, NULL) != 0) {
		free(observe_stats);
		return NULL;
	}
	observe_stats->since = now;
	return observe_stats;
}

void
sw_observe_stats_destroy(struct sw_observe_stats *observe_stats)
{
	if (observe_stats == NULL)
		return;
	pthread_mutex_destroy(&observe_stats->lock);
	free(observe_stats);
}

/* Only packets without a connection are counted by cause; for others the
 * message is enough. */
static uint8_t
cause_of(const struct sw_event *event)
{
	return sw_message_is_orphan(event->refused.message)
		   ? (uint8_t)event->judgement.cause
		   : SW_CAUSE_UNKNOWN;
}

/* => its row, a new one if needed, or NULL when there is no room */
static struct sw_observe_stats_row *
row_of(struct sw_observe_stats *observe_stats, const struct sw_event *event)
{
	struct sw_observe_stats_row *row = observe_stats->rows;
	struct sw_observe_stats_row *end = row + observe_stats->n;

	for (; row < end; row++)
		if (row->rule == event->rule &&
		    row->message == event->refused.message &&
		    row->cause == cause_of(event))
			return row;
	if (observe_stats->n == SW_OBSERVE_STATS_ROWS)
		return NULL;
	observe_stats->n++;
	*row = (struct sw_observe_stats_row){ .rule = event->rule,
		.message = event->refused.message,
		.cause = cause_of(event),
		.first = event->time };
	return row;
}

void
sw_observe_stats_note(
    struct sw_observe_stats *observe_stats, const struct sw_event *event)
{
	struct sw_observe_stats_row *row;

	if (observe_stats == NULL ||
	    event->refused.action != SW_ACTION_WOULD_DROP)
		return;
	pthread_mutex_lock(&observe_stats->lock);
	row = row_of(observe_stats, event);
	if (row != NULL) {
		row->packets++;
		row->last = event->time;
		row->ends = event->refused.ends;
	} else {
		observe_stats->others++;
	}
	pthread_mutex_unlock(&observe_stats->lock);
}

void
sw_observe_stats_clear(
    struct sw_observe_stats *observe_stats, struct sw_time now)
{
	pthread_mutex_lock(&observe_stats->lock);
	observe_stats->n = 0;
	observe_stats->others = 0;
	observe_stats->since = now;
	pthread_mutex_unlock(&observe_stats->lock);
}

size_t
sw_observe_stats_list(struct sw_observe_stats *observe_stats,
    struct sw_observe_stats_row rows[SW_OBSERVE_STATS_ROWS],
    struct sw_time *since, uint64_t *others)
{
	size_t n;

	pthread_mutex_lock(&observe_stats->lock);
	n = observe_stats->n;
	memcpy(rows, observe_stats->rows, n * sizeof *rows);
	*since = observe_stats->since;
	*others = observe_stats->others;
	pthread_mutex_unlock(&observe_stats->lock);
	return n;
}

/* For a packet without a connection. */
static enum sw_harm
harm_of_cause(enum sw_cause cause)
{
	switch (cause) {
	case SW_CAUSE_BAD_FLAGS:
	case SW_CAUSE_DENIED_BEFORE:
	case SW_CAUSE_EMBRYONIC_LATE:
	case SW_CAUSE_AFTER_RESET:
	case SW_CAUSE_LATE_CLOSE:
	case SW_CAUSE_BACKSCATTER:
	case SW_CAUSE_ACK_SCAN:
	case SW_CAUSE_OPENS_NOTHING:
		return SW_HARM_NONE;
	case SW_CAUSE_GAP:
		return SW_HARM_PASSING;
	case SW_CAUSE_IDLE_EXPIRED:
	case SW_CAUSE_EVICTED:
	case SW_CAUSE_ASYMMETRIC:
	case SW_CAUSE_NOT_TCP:
	case SW_CAUSE_KEEPALIVE_DEAD:
	case SW_CAUSE_PORT_REUSE:
	case SW_CAUSE_OUT_OF_WINDOW:
	case SW_CAUSE_UNKNOWN:
	case SW_CAUSE_COUNT:
		break;
	}
	return SW_HARM_REAL;
}

enum sw_harm
sw_observe_stats_harm(const struct sw_observe_stats_row *row)
{
	switch ((enum sw_message)row->message) {
	case SW_MESSAGE_NOT_SYN:
	case SW_MESSAGE_NOT_OPENING:
		return harm_of_cause((enum sw_cause)row->cause);
	case SW_MESSAGE_BAD_FLAGS:
	case SW_MESSAGE_IDLE_RESET:
	case SW_MESSAGE_DENIED:
	case SW_MESSAGE_MALFORMED:
		return SW_HARM_NONE;
	case SW_MESSAGE_OUT_OF_WINDOW:
	case SW_MESSAGE_TABLE_FULL:
	case SW_MESSAGE_COUNT:
		break;
	}
	return SW_HARM_REAL;
}

static bool
lately(struct sw_time then, struct sw_time now)
{
	return sw_time_ms_since(then, now) < SW_OBSERVE_STATS_LEAST * 1000;
}

enum sw_readiness
sw_observe_stats_judge(const struct sw_observe_stats_row *rows, size_t n,
    uint64_t others, struct sw_time since, struct sw_time now, uint64_t *harmed)
{
	bool early = lately(since, now);

	*harmed = others;
	for (size_t i = 0; i < n; i++) {
		enum sw_harm harm = sw_observe_stats_harm(&rows[i]);

		if (harm == SW_HARM_REAL)
			*harmed += rows[i].packets;
		else if (harm == SW_HARM_PASSING)
			early = early || lately(rows[i].last, now);
	}
	if (*harmed > 0)
		return SW_READY_NO;
	return early ? SW_READY_EARLY : SW_READY_YES;
}
