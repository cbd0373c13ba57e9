/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the counters, and steps each sign of the table (state/sign_table.h).
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>

#include "base/counter.h"
#include "state/sign.h"
#include "state/sign_table.h"

enum { SIGNS_MOST = 24 };

struct sw_signs {
	bool begun;
	struct sw_sign_view view; /* of the last update */
	struct sw_sign list[SIGNS_MOST];
};

struct sw_signs *
sw_signs_create(void)
{
	return calloc(1, sizeof(struct sw_signs));
}

void
sw_signs_destroy(struct sw_signs *signs)
{
	free(signs);
}

size_t
sw_signs_number(void)
{
	size_t n;

	sw_sign_table(&n);
	return n < SIGNS_MOST ? n : SIGNS_MOST;
}

static const struct sw_sign_row *
row_of(size_t i)
{
	size_t n;

	return &sw_sign_table(&n)[i];
}

static void
add_queues(struct sw_sign_view *view)
{
	for (size_t i = 0; i < view->daemon->n_queues; i++) {
		const struct sw_queue_stats *queue = &view->daemon->queues[i];

		view->queue_dropped += sw_counter_get(&queue->queue_dropped);
		view->user_dropped += sw_counter_get(&queue->user_dropped);
		view->verdicts += sw_counter_get(&queue->packets);
		view->unbound += !atomic_load(&queue->bound);
	}
}

static void
add_tap(struct sw_sign_view *view)
{
	const struct sw_tap_stats *tap = view->daemon->tap_stats;

	if (tap == NULL)
		return;
	view->tap_lost = sw_counter_get(&tap->lost);
	view->verdicts += sw_counter_get(&tap->packets);
}

static enum sw_cause
find_busiest(const struct sw_reporter_counts *reporter)
{
	enum sw_cause busiest = SW_CAUSE_COUNT;
	uint64_t most = 0;

	for (unsigned i = 0; i < SW_CAUSE_COUNT; i++)
		if (reporter->judged.drops[i] > most) {
			most = reporter->judged.drops[i];
			busiest = (enum sw_cause)i;
		}
	return busiest;
}

static void
look(struct sw_sign_view *view, const struct sw_daemon *daemon,
    struct sw_time now)
{
	*view = (struct sw_sign_view){ .daemon = daemon, .now = now };
	sw_shards_counts(daemon->shards, &view->counts);
	sw_reporter_counts(daemon->reporter, &view->reporter);
	sw_log_counts(daemon->log, &view->log);
	sw_reporter_kernel_counts(daemon->reporter, &view->kernel);
	view->busiest = find_busiest(&view->reporter);
	view->uptime = (now.ns - daemon->started.ns) / SW_NS_PER_SECOND;
	add_queues(view);
	add_tap(view);
}

static void
log_change(struct sw_daemon *daemon, size_t i, enum sw_sign_change change,
    struct sw_time now)
{
	const struct sw_sign *sign = &daemon->signs->list[i];
	struct sw_sign_told told;

	if (change == SW_SIGN_SAME || row_of(i)->quiet)
		return;
	if (change == SW_SIGN_OVER)
		sw_log_say(daemon->log, LOG_NOTICE,
		    "health: no longer %s, after %" PRIu64 " s",
		    row_of(i)->title,
		    (now.ns - sign->began.ns) / SW_NS_PER_SECOND);
	else if (sw_signs_tell(daemon->signs, i, &told))
		sw_log_say(daemon->log, LOG_WARNING,
		    "health: %s: %s; write: synwardctl %s", told.title,
		    told.text, told.command);
}

static enum sw_sign_change
step(struct sw_signs *signs, size_t i, struct sw_time now)
{
	struct sw_sign *sign = &signs->list[i];
	uint64_t value = row_of(i)->measure(&signs->view, sign->on);

	if (row_of(i)->kind != SW_SIGN_LOSES)
		return sw_sign_hold(sign, value != 0, now);
	if (!signs->begun && !row_of(i)->ours)
		sign->total = value;
	return sw_sign_count(sign, value, now);
}

void
sw_signs_update(struct sw_daemon *daemon, struct sw_time now)
{
	struct sw_signs *signs = daemon->signs;

	look(&signs->view, daemon, now);
	for (size_t i = 0; i < sw_signs_number(); i++)
		log_change(daemon, i, step(signs, i, now), now);
	signs->begun = true;
}

bool
sw_signs_tell(const struct sw_signs *signs, size_t i, struct sw_sign_told *told)
{
	const struct sw_sign_row *row = row_of(i);
	const struct sw_sign *sign = &signs->list[i];

	if (!sign->on)
		return false;
	*told = (struct sw_sign_told){ .name = row->name,
		.level = row->level,
		.title = row->title,
		.dated = row->kind != SW_SIGN_TELLS,
		.since = sign->began };
	snprintf(told->command, sizeof told->command, "%s", row->command);
	row->write(&signs->view, sign->count, told);
	return true;
}

enum sw_sign_level
sw_signs_peek(
    const struct sw_signs *signs, size_t i, const char **name, bool *on)
{
	*name = row_of(i)->name;
	*on = signs->list[i].on;
	return row_of(i)->level;
}

const char *
sw_signs_health(const struct sw_signs *signs)
{
	enum sw_sign_level worst = SW_SIGN_INFO;
	static const char *const words[] = {
		[SW_SIGN_INFO] = "healthy",
		[SW_SIGN_WARN] = "attention",
		[SW_SIGN_BAD] = "degraded",
	};

	for (size_t i = 0; i < sw_signs_number(); i++)
		if (signs->list[i].on && row_of(i)->level > worst)
			worst = row_of(i)->level;
	return words[worst];
}
