/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One turn reads a batch from the ring, finds the IP datagram in each frame,
 * steps them in their shards, and wakes the reporter.  A turn without packets
 * ends after 100 ms, so the count of turns is the worker's heartbeat.
 *
 * Four kinds of frames are counted and left out.  Those of this host itself are
 * not forwarded, and the tap sees only half of their connections.  Those that
 * another of the tapped interfaces has as well would be met twice.  Those that
 * hold no IP belong to no connection.  Those whose headers are longer than the
 * copy cannot be stepped; the diagnosis learns that their hosts had one, as in
 * a replay of a capture that was cut.
 *
 * What the ring lost is read every LOOK_MS, and before the reporter hears of
 * events, so that no packet is judged by a connection whose packets were lost
 * unnoticed.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/clock.h"
#include "pipeline/step.h"
#include "pipeline/tap_worker.h"
#include "replay/link_layer.h"

_Static_assert((int)SW_TAP_BATCH == (int)SW_BATCH_MAX, "a batch is a batch");

enum {
	LAST_TURNS = 65536, /* at the end, on packets that still wait */
	LOOK_MS = 10,
	LATE_MS = 50, /* the kernel hands a block over after 10 ms */
};

struct sw_tap_worker {
	struct sw_tap_worker_config with;
	pthread_t thread;
	_Atomic bool stop;
	struct sw_time looked; /* at what was lost, and at addresses */
	struct sw_tap_frame frames[SW_TAP_BATCH];
	struct sw_step_batch batch;
	pthread_mutex_t lock; /* of what follows */
	struct sw_tap_vlan vlans[SW_TAP_VLANS];
	size_t n_vlans;
};

/* => the interface of the VLAN that the frame is for, or NULL */
static const struct sw_tap_vlan *
vlan_of(const struct sw_tap_worker *worker, const struct sw_tap_frame *frame)
{
	for (size_t i = 0; frame->tagged && i < worker->n_vlans; i++)
		if (worker->vlans[i].parent == frame->ifindex &&
		    worker->vlans[i].vlan == frame->vlan)
			return &worker->vlans[i];
	return NULL;
}

static bool
is_local(const struct sw_tap_worker *worker, const struct sw_endpoints *ends)
{
	return sw_local_addrs_has(
		   worker->with.local, &ends->dst, ends->family) ||
	       sw_local_addrs_has(worker->with.local, &ends->src, ends->family);
}

/* => false when the frame is left out */
static bool
parse(struct sw_tap_worker *worker, const struct sw_tap_frame *frame,
    struct sw_packet *packet)
{
	struct sw_tap_stats *stats = worker->with.stats;
	struct sw_endpoints ends;
	struct sw_link link;
	enum sw_link_outcome outcome = sw_link_layer_strip_type(
	    frame->type, frame->bytes, frame->captured, frame->length, &link);

	if (outcome == SW_LINK_CUT) {
		sw_counter_add(&stats->cut, 1);
		sw_reporter_note_unseen(worker->with.reporter, NULL);
		return false;
	}
	if (outcome != SW_LINK_IP) {
		sw_counter_add(&stats->not_ip, 1);
		return false;
	}
	sw_packet_parse(link.ip, link.captured, link.stated, packet);
	if (packet->malformed == SW_PARSE_COPY) {
		sw_counter_add(&stats->cut, 1);
		sw_reporter_note_unseen(worker->with.reporter,
		    sw_link_cut_ends(&link, packet, &ends) ? &ends : NULL);
		return false;
	}
	if (is_local(worker, &packet->ends)) {
		sw_counter_add(&stats->local, 1);
		return false;
	}
	return true;
}

/* Parses frame i and finds its shard. */
static void
read_frame(struct sw_tap_worker *worker, unsigned i)
{
	const struct sw_tap_frame *frame = &worker->frames[i];
	const struct sw_tap_vlan *vlan = vlan_of(worker, frame);
	struct sw_packet *packet = &worker->batch.packets[i];
	uint32_t index = vlan != NULL ? vlan->index : frame->ifindex;

	worker->batch.shard[i] = SW_STEP_NOT;
	if (vlan != NULL && vlan->heard) {
		sw_counter_add(&worker->with.stats->again, 1);
		return;
	}
	if (!parse(worker, frame, packet))
		return;
	packet->way = (struct sw_way){ .in = frame->outgoing ? 0 : index,
		.out = frame->outgoing ? index : 0 };
	packet->local = false;
	packet->bytes = NULL;
	sw_counter_add(&worker->with.stats->packets, 1);
	worker->batch.shard[i] = sw_shards_choose(worker->with.shards, packet);
}

/* Is called between batches, when all packets before are stepped. */
static void
look(struct sw_tap_worker *worker, struct sw_time now)
{
	uint64_t lost;

	if (now.ns - worker->looked.ns < LOOK_MS * SW_NS_PER_MS)
		return;
	worker->looked = now;
	lost = sw_tap_lost(worker->with.tap);
	sw_counter_add(&worker->with.stats->lost, lost);
	if (lost > 0)
		sw_reporter_wake(worker->with.reporter);
	sw_local_addrs_read(worker->with.local);
}

/* Says up to when all packets are stepped.  The kernel hands a block over when
 * it is 10 ms old, so without a frame all is there but the newest. */
static void
note_seen(struct sw_tap_worker *worker, unsigned n, struct sw_time now)
{
	uint64_t late = LATE_MS * SW_NS_PER_MS, seen = now.ns - late;
	int64_t came;

	if (n > 0) {
		came = (int64_t)worker->frames[n - 1].time -
		       sw_clock_wall_offset() - (int64_t)SW_NS_PER_MS;
		seen =
		    came > 0 && (uint64_t)came < seen ? (uint64_t)came : seen;
	}
	atomic_store_explicit(
	    &worker->with.stats->seen, seen, memory_order_release);
}

/* => the number of frames handled */
static unsigned
turn(struct sw_tap_worker *worker, bool wait)
{
	unsigned n =
	    (unsigned)sw_tap_receive(worker->with.tap, wait, worker->frames);
	struct sw_time now = sw_clock_now();

	sw_counter_add(&worker->with.stats->turns, 1);
	look(worker, now);
	pthread_mutex_lock(&worker->lock);
	for (unsigned i = 0; i < n; i++)
		read_frame(worker, i);
	pthread_mutex_unlock(&worker->lock);
	if (sw_step_all(&worker->batch, worker->with.shards, n, now))
		sw_reporter_wake(worker->with.reporter);
	worker->batch.n_wishing = 0; /* lanes are the queue's */
	note_seen(worker, n, now);
	return n;
}

static void *
run(void *context)
{
	struct sw_tap_worker *worker = context;

	pthread_setname_np(pthread_self(), "tap");
	while (!atomic_load_explicit(&worker->stop, memory_order_relaxed))
		turn(worker, true);
	for (int i = 0; i < LAST_TURNS && turn(worker, false) > 0; i++)
		continue;
	return NULL;
}

struct sw_tap_worker *
sw_tap_worker_start(const struct sw_tap_worker_config *config)
{
	struct sw_tap_worker *worker = calloc(1, sizeof *worker);
	int error;

	if (worker == NULL)
		return NULL;
	worker->with = *config;
	error = pthread_mutex_init(&worker->lock, NULL);
	if (error == 0)
		error = pthread_create(&worker->thread, NULL, run, worker);
	if (error != 0) {
		free(worker);
		errno = error;
		return NULL;
	}
	return worker;
}

int
sw_tap_worker_listen(struct sw_tap_worker *worker,
    const struct sw_tap_link links[], size_t n, bool sent,
    const struct sw_tap_vlan vlans[], size_t n_vlans)
{
	if (n_vlans > SW_TAP_VLANS)
		n_vlans = SW_TAP_VLANS;
	pthread_mutex_lock(&worker->lock);
	for (size_t i = 0; i < n_vlans; i++)
		worker->vlans[i] = vlans[i];
	worker->n_vlans = n_vlans;
	pthread_mutex_unlock(&worker->lock);
	return sw_tap_listen(worker->with.tap, links, n, sent);
}

void
sw_tap_worker_stop(struct sw_tap_worker *worker)
{
	if (worker == NULL)
		return;
	atomic_store_explicit(&worker->stop, true, memory_order_relaxed);
	pthread_join(worker->thread, NULL);
	sw_tap_close(worker->with.tap);
	sw_local_addrs_close(worker->with.local);
	pthread_mutex_destroy(&worker->lock);
	free(worker);
}
