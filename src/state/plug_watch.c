/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packets that the kernel's program carries met our rule as well.  Counting
 * them means a look at every lane, so they are counted only in a second in
 * which the queue had no packet and the kernel forwarded some.
 */
#include "state/plug_watch.h"
#include "base/clock.h"
#include "base/counter.h"
#include "net/queue_rules.h"
#include "shards/shard.h"

/* Between two readings of the rules; a little less than whole seconds. */
enum { LEAST_MS = 2900, MOST_MS = 7900 };

static uint64_t
count_queued(const struct sw_daemon *daemon)
{
	uint64_t n = 0;

	for (size_t i = 0; i < daemon->n_queues; i++) {
		const struct sw_queue_stats *queue = &daemon->queues[i];

		n += sw_counter_get(&queue->packets) +
		     sw_counter_get(&queue->queue_dropped) +
		     sw_counter_get(&queue->user_dropped);
	}
	return n;
}

static uint64_t
count_carried(const struct sw_daemon *daemon)
{
	struct sw_counts counts;

	sw_shards_counts(daemon->shards, &counts);
	return counts.offload.packets;
}

static void
take_sample(struct sw_daemon *daemon, struct sw_plug_sample *sample)
{
	const struct sw_plug_sample *last = &daemon->plug.last;
	uint32_t at = 0;
	bool more;

	sample->fed = count_queued(daemon) + count_carried(daemon);
	sample->counts =
	    sw_forwarded_read(&daemon->forwarded, &sample->forwarded);
	if (!daemon->lanes.is_open || sample->fed > last->fed ||
	    sample->forwarded == last->forwarded)
		return;
	/* Lanes that carry something are soon met; only where none does are
	 * all of them read. */
	do {
		more =
		    sw_shards_sync_lanes(daemon->shards, daemon->lanes.n, &at);
		sample->fed = count_queued(daemon) + count_carried(daemon);
	} while (more && sample->fed <= last->fed);
}

/* Many rules take their time: at most a hundredth of it is spent on them. */
static void
read_rules(struct sw_daemon *daemon, struct sw_time now)
{
	struct sw_queue_range queues = { daemon->conf->queue.first,
		(uint16_t)daemon->n_queues };
	uint64_t pause_ms;

	sw_plug_rules(&daemon->plug, sw_queue_rules_find(&queues), now);
	pause_ms = sw_time_ms_since(now, sw_clock_now()) * 100;
	if (pause_ms < LEAST_MS)
		pause_ms = LEAST_MS;
	daemon->rules_at =
	    sw_time_add_ms(now, pause_ms < MOST_MS ? pause_ms : MOST_MS);
}

void
sw_plug_watch(struct sw_daemon *daemon, struct sw_time now)
{
	struct sw_plug_sample sample = { .now = now };

	take_sample(daemon, &sample);
	sw_plug_step(&daemon->plug, &sample);
	if (now.ns >= daemon->rules_at.ns)
		read_rules(daemon, now);
}
