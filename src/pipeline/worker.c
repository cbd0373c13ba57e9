/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One turn receives a batch, parses each packet, steps them in their shards,
 * sends all verdicts in one system call, and only then wakes the reporter.
 *
 * The clock is read once per turn for the engine, and once more after the
 * verdicts, for the histogram of delays.
 *
 * A turn without packets ends after 100 ms, so the count of turns is the
 * worker's heartbeat.
 */

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "pipeline/full_turns.h"
#include "pipeline/spin.h"
#include "pipeline/step.h"
#include "pipeline/worker.h"

/* Turns to spend at the end on packets that still wait. */
enum { LAST_TURNS = 1024 };

/* Sleep after an error that may persist, so that the loop does not spin. */
enum { PAUSE_NS = 10000000 };

struct sw_worker {
	struct sw_worker_config with;
	pthread_t thread;
	_Atomic bool stop;
	struct sw_spin spin;
	struct sw_nfqueue_packet queued[SW_NFQ_BATCH];
	uint32_t ids[SW_NFQ_BATCH];
	struct sw_step_batch batch;
	uint32_t full_turns; /* in a row */
};

/* Parses packet i and finds its shard. */
static void
read_packet(struct sw_worker *worker, unsigned i)
{
	const struct sw_nfqueue_packet *queued = &worker->queued[i];
	struct sw_packet *packet = &worker->batch.packets[i];

	worker->ids[i] = queued->id;
	if (sw_own_mark_sent(&worker->with.own, queued)) {
		worker->batch.verdicts[i] = SW_PASS;
		worker->batch.shard[i] = SW_STEP_NOT;
		sw_counter_add(&worker->with.stats->own, 1);
		return;
	}
	sw_packet_parse(
	    queued->bytes, queued->captured, queued->stated, packet);
	packet->way = (struct sw_way){ queued->in, queued->out, queued->phys_in,
		queued->phys_out, queued->mark };
	packet->local = queued->local;
	packet->bytes = queued->bytes;
	packet->n_bytes = (uint16_t)queued->captured;
	worker->batch.shard[i] = sw_shards_choose(worker->with.shards, packet);
}

static bool
step_all(struct sw_worker *worker, unsigned n, struct sw_time now)
{
	for (unsigned i = 0; i < n; i++)
		read_packet(worker, i);
	return sw_step_all(&worker->batch, worker->with.shards, n, now);
}

static void
note_delay(struct sw_queue_stats *stats, unsigned packets, uint64_t ns)
{
	uint64_t us = ns / 1000;
	unsigned bucket = 0;

	while (us > 0 && bucket < SW_STATS_BUCKETS - 1) {
		us >>= 1;
		bucket++;
	}
	sw_counter_add(&stats->delay[bucket], packets);
	sw_counter_add(&stats->delay_ns, ns * packets);
	sw_counter_add(&stats->packets, packets);
	sw_counter_add(&stats->batches, 1);
}

static void
open_lanes(struct sw_worker *worker, bool may_open)
{
	struct sw_step_batch *batch = &worker->batch;

	for (unsigned i = 0; i < batch->n_wishing; i++)
		sw_shard_open_lanes(
		    &worker->with.shards->list[batch->wishing[i]], may_open);
	batch->n_wishing = 0;
}

static void
handle(struct sw_worker *worker, unsigned n)
{
	struct sw_queue_stats *stats = worker->with.stats;
	struct sw_time now = sw_clock_now(), end;
	bool events = step_all(worker, n, now);

	if (sw_nfqueue_answer(
		worker->with.nfq, worker->ids, worker->batch.verdicts, n) < 0)
		sw_counter_add(&stats->send_errors, 1);
	end = sw_clock_now();
	note_delay(stats, n, end.ns - now.ns);
	sw_spin_note_begin(&worker->spin, now.ns);
	sw_spin_note_end(&worker->spin, end.ns);
	open_lanes(worker,
	    sw_full_turns_may_open(&worker->full_turns, n == SW_NFQ_BATCH));
	if (events)
		sw_reporter_wake(worker->with.reporter);
}

/* Looks repeatedly, without sleeping, as long as that is worth it. */
static int
receive(struct sw_worker *worker, bool wait, struct sw_nfqueue_notes *notes)
{
	struct sw_nfqueue *nfq = worker->with.nfq;
	int n;

	while (wait && sw_spin_goes_on(&worker->spin, sw_clock_now().ns)) {
		n = sw_nfqueue_receive(nfq, false, worker->queued, notes);
		if (n != 0 || notes->unreadable > 0 || notes->refused > 0)
			return n;
	}
	return sw_nfqueue_receive(nfq, wait, worker->queued, notes);
}

/* => the number of packets handled */
static int
turn(struct sw_worker *worker, bool wait)
{
	struct sw_queue_stats *stats = worker->with.stats;
	const struct timespec pause = { .tv_nsec = PAUSE_NS };
	struct sw_nfqueue_notes notes;
	int n = receive(worker, wait, &notes);

	sw_counter_add(&stats->turns, 1);
	if (n == -ENOBUFS) {
		sw_counter_add(&stats->enobufs, 1);
		sw_reporter_wake(worker->with.reporter);
	} else if (n < 0) {
		sw_counter_add(&stats->unreadable, 1);
		nanosleep(&pause, NULL);
	}
	if (notes.unreadable > 0)
		sw_counter_add(&stats->unreadable, notes.unreadable);
	if (notes.refused > 0)
		sw_counter_add(&stats->send_errors, notes.refused);
	if (n > 0)
		handle(worker, (unsigned)n);
	return n;
}

static void *
run(void *context)
{
	struct sw_worker *worker = context;
	char name[16];

	/* A thread must name itself: naming another one needs a file in
	 * /proc. */
	snprintf(name, sizeof name, "queue-%u", worker->with.stats->number);
	pthread_setname_np(pthread_self(), name);
	while (!atomic_load_explicit(&worker->stop, memory_order_relaxed))
		turn(worker, true);
	for (int i = 0; i < LAST_TURNS && turn(worker, false) > 0; i++)
		continue;
	return NULL;
}

struct sw_worker *
sw_worker_start(const struct sw_worker_config *config)
{
	struct sw_worker *worker = calloc(1, sizeof *worker);
	int error;

	if (worker == NULL)
		return NULL;
	worker->with = *config;
	worker->spin.most = config->spin_ns;
	error = pthread_create(&worker->thread, NULL, run, worker);
	if (error != 0) {
		free(worker);
		errno = error;
		return NULL;
	}
	return worker;
}

void
sw_worker_ask_stop(struct sw_worker *worker)
{
	atomic_store_explicit(&worker->stop, true, memory_order_relaxed);
}

void
sw_worker_stop(struct sw_worker *worker)
{
	if (worker == NULL)
		return;
	sw_worker_ask_stop(worker);
	pthread_join(worker->thread, NULL);
	sw_nfqueue_close(worker->with.nfq);
	free(worker);
}
