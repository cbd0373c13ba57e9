/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A worker turns its loop at least ten times a second, and the reporter twice,
 * with or without packets.  So when a count of turns does not change over a
 * watchdog period, that thread hangs, and the watchdog is not fed.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/counter.h"
#include "net/queue_proc.h"
#include "pipeline/reporter.h"
#include "shards/shard.h"
#include "state/health.h"
#include "state/signs.h"

enum { PROC_TEXT = 65536 };

struct sw_health {
	uint64_t reporter_turns, tap_turns;
	size_t n;
	uint64_t turns[]; /* each worker's turns when it was last seen alive */
};

struct sw_health *
sw_health_create(size_t n_queues)
{
	struct sw_health *health =
	    calloc(1, sizeof *health + n_queues * sizeof health->turns[0]);

	if (health != NULL)
		health->n = n_queues;
	return health;
}

void
sw_health_destroy(struct sw_health *health)
{
	free(health);
}

static void
note_queue(struct sw_queue_stats *stats, const char *text)
{
	struct sw_queue_proc queue;
	bool bound = sw_queue_proc_find(text, stats->number, &queue);

	atomic_store_explicit(&stats->bound, bound, memory_order_relaxed);
	if (!bound)
		return;
	atomic_store_explicit(
	    &stats->waiting, queue.waiting, memory_order_relaxed);
	atomic_store_explicit(
	    &stats->queue_dropped, queue.queue_dropped, memory_order_relaxed);
	atomic_store_explicit(
	    &stats->user_dropped, queue.user_dropped, memory_order_relaxed);
}

void
sw_health_read_queues(struct sw_daemon *daemon)
{
	char *text = malloc(PROC_TEXT);

	if (text != NULL &&
	    sw_queue_proc_read(daemon->account, text, PROC_TEXT) >= 0)
		for (size_t i = 0; i < daemon->n_queues; i++)
			note_queue(&daemon->queues[i], text);
	free(text);
}

bool
sw_health_alive(struct sw_daemon *daemon)
{
	struct sw_health *health = daemon->health;
	const struct sw_tap_stats *tap = daemon->tap_stats;
	struct sw_reporter_counts reporter;

	sw_reporter_counts(daemon->reporter, &reporter);
	if (reporter.turns == health->reporter_turns)
		return false;
	if (tap != NULL && sw_counter_get(&tap->turns) == health->tap_turns)
		return false;
	for (size_t i = 0; i < health->n; i++)
		if (sw_counter_get(&daemon->queues[i].turns) ==
		    health->turns[i])
			return false;

	health->reporter_turns = reporter.turns;
	health->tap_turns = tap != NULL ? sw_counter_get(&tap->turns) : 0;
	for (size_t i = 0; i < health->n; i++)
		health->turns[i] = sw_counter_get(&daemon->queues[i].turns);
	return true;
}

void
sw_health_text(struct sw_daemon *daemon, char *text, size_t size)
{
	struct sw_counts counts;

	sw_shards_counts(daemon->shards, &counts);
	snprintf(text, size,
	    "%s%" PRIu32 " flows, %" PRIu64 " packets passed, %" PRIu64
	    " dropped, configuration %" PRIu64 "%s",
	    strcmp(sw_signs_health(daemon->signs), "degraded") == 0
		? "DEGRADED, "
		: "",
	    counts.flows, counts.passed, counts.dropped,
	    daemon->reload.generation,
	    daemon->reload.successful ? "" : " (a newer one was refused)");
}
