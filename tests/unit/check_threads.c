/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_threads: what several threads do at once to one table of shards.
 *
 * Each of four threads opens, uses and closes connections of its own, while
 * a fifth adopts policies, sweeps, lists, forgets and counts.  The books must
 * balance in the end; a build with ThreadSanitizer also sees every access
 * that nothing orders.
 */
#include <check.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "build.h"
#include "runner.h"
#include "shards/shard.h"

enum {
	THREADS = 4,
	CONNECTIONS = 400,
	SEGMENTS = 5, /* of each */
	STORIES = 64,
};

struct scene {
	struct sw_policy *policies[2];
	struct sw_shards *shards;
	atomic_uint at_work;
	atomic_uint events;
};

struct thread {
	pthread_t id;
	struct scene *scene;
	unsigned number;
	uint32_t passed, dropped;
};

static struct scene
open_scene(void)
{
	struct sw_limits limits = { .max_flows = 4096,
		.max_embryonic = 100,
		.max_src_flows = 1000,
		.tombstones = 512,
		.events = 64,
		.key = "0123456789abcde" };
	struct sw_flow_policy flow_policy = {
		.timeouts = *sw_profile("rfc5382"), .log = true
	};
	struct scene scene = { 0 };

	scene.policies[0] = sw_policy_compile(NULL, 0, &flow_policy);
	flow_policy.tracking = SW_TRACK_STRICT;
	scene.policies[1] = sw_policy_compile(NULL, 0, &flow_policy);
	scene.shards = sw_shards_create(&limits, THREADS, scene.policies[0]);
	ck_assert_ptr_nonnull(scene.shards);
	return scene;
}

static void
close_scene(struct scene *scene)
{
	sw_shards_destroy(scene->shards);
	sw_policy_destroy(scene->policies[0]);
	sw_policy_destroy(scene->policies[1]);
}

static void
take_events(struct scene *scene, struct sw_shard *shard)
{
	struct sw_event event;

	while (sw_engine_take(shard->engine, &event))
		atomic_fetch_add(&scene->events, 1);
}

static void
send(struct thread *thread, const struct build *segment)
{
	struct sw_packet packet = build_packet(segment);
	uint32_t index = sw_shards_choose(thread->scene->shards, &packet);
	struct sw_shard *shard = &thread->scene->shards->list[index];
	struct sw_time now = sw_shard_lock(shard, sw_clock_now());

	if (sw_engine_step(shard->engine, &packet, now) == SW_PASS)
		thread->passed++;
	else
		thread->dropped++;
	take_events(thread->scene, shard);
	sw_shard_unlock(shard);
}

/* Handshake, data, and an RST that ends it. */
static void *
call(void *argument)
{
	struct thread *thread = argument;

	for (unsigned i = 0; i < CONNECTIONS; i++) {
		uint16_t port = (uint16_t)(1000 + i);
		struct build there = { .src = thread->number & 1 ? "10.0.0.1"
								 : "10.0.0.3",
			.dst = "10.0.0.2",
			.sport = (uint16_t)(port + 10000 * thread->number),
			.dport = 80,
			.flags = SW_SYN,
			.seq = 999,
			.window = 60000 };
		struct build back = { .src = there.dst,
			.dst = there.src,
			.sport = 80,
			.dport = there.sport,
			.flags = SW_SYN | SW_ACK,
			.seq = 4999,
			.ack = 1000,
			.window = 60000 };

		send(thread, &there);
		send(thread, &back);
		there.flags = SW_ACK;
		there.seq = 1000;
		there.ack = 5000;
		send(thread, &there);
		there.payload_length = 100;
		send(thread, &there);
		there.payload_length = 0;
		there.seq = 1100;
		there.flags = SW_RST | SW_ACK;
		send(thread, &there);
	}
	atomic_fetch_sub(&thread->scene->at_work, 1);
	return NULL;
}

/* What a control client, a reload and the clock do meanwhile. */
static void
look(struct scene *scene, unsigned turn)
{
	struct sw_flow_info infos[STORIES];
	struct sw_counts counts;

	sw_shards_adopt(scene->shards, scene->policies[turn % 2]);
	sw_shards_sweep(scene->shards, 4);
	sw_shards_counts(scene->shards, &counts);
	for (uint32_t i = 0; i < scene->shards->n; i++) {
		struct sw_shard *shard = &scene->shards->list[i];
		struct sw_time now = sw_shard_lock(shard, sw_clock_now());
		uint32_t cursor = 0;

		sw_engine_list(
		    shard->engine, now, &cursor, STORIES, infos, STORIES);
		take_events(scene, shard);
		sw_shard_unlock(shard);
	}
}

START_TEST(threads_share_the_shards)
{
	struct scene scene = open_scene();
	struct thread threads[THREADS];
	struct sw_counts counts;
	uint32_t passed = 0, dropped = 0;

	atomic_store(&scene.at_work, THREADS);
	for (unsigned i = 0; i < THREADS; i++) {
		threads[i] = (struct thread){ .scene = &scene, .number = i };
		ck_assert_int_eq(
		    pthread_create(&threads[i].id, NULL, call, &threads[i]), 0);
	}
	for (unsigned turn = 0; atomic_load(&scene.at_work) > 0; turn++)
		look(&scene, turn);
	for (unsigned i = 0; i < THREADS; i++) {
		pthread_join(threads[i].id, NULL);
		passed += threads[i].passed;
		dropped += threads[i].dropped;
	}
	look(&scene, 0);
	sw_shards_counts(scene.shards, &counts);
	ck_assert_uint_eq(passed, THREADS * CONNECTIONS * SEGMENTS);
	ck_assert_uint_eq(dropped, 0);
	ck_assert_uint_eq(counts.passed, passed);
	ck_assert_uint_eq(counts.opened, THREADS * CONNECTIONS);
	/* Opened, established, ended: nothing is lost. */
	ck_assert_uint_eq(counts.events_lost, 0);
	ck_assert_uint_ge(
	    atomic_load(&scene.events), 2 * THREADS * CONNECTIONS);
	close_scene(&scene);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("threads");

	tcase_add_test(tcase, threads_share_the_shards);
	return run_case("threads", tcase);
}
