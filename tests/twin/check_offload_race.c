/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_offload_race: two processors bring packets of one flow, while a third
 * takes its lane and gives it back, as the engine does for what visits it.
 * Every packet that was carried is counted once, and nothing of the lane moves
 * while it is held.
 *
 * In the kernel nothing interrupts a packet's step for long.  Here a busy
 * machine may stop a thread inside of it, until the engine loses patience and
 * takes the lane from a program that seems to be dead.  Such a run says nothing
 * of what is asked here, so there is another.
 */
#include <check.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "engine/offload.h"
#include "runner.h"
#include "scene.h"

enum { RUNS = 300000, ATTEMPTS = 50 };

static struct scene scene;
static _Atomic bool over, impatient;
static _Atomic uint64_t carried, moved, held;

/* As scene_send() of a bare ACK, and no more when it is not carried. */
static void *
bring(void *context)
{
	static const uint8_t ack[40] = { 0x45, 0, 0, 40, [8] = 64, 6, [12] = 10,
		0, 0, 1, 10, 200, 0, 9, 0x9c, 0x40, 0x01, 0xbb, 0, 0, 0x03,
		0xe9, 0, 0, 0x13, 0x89, 0x50, 0x10, 0x75, 0x30 };
	uint64_t n = 0;

	(void)context;
	for (unsigned i = 0; i < RUNS; i++)
		n += !twin_needs_daemon(
		    &scene.lanes, ack, 40, SCENE_INSIDE, scene.now.ns);
	atomic_fetch_add(&carried, n);
	return NULL;
}

static void *
take(void *context)
{
	uint32_t index = *(const uint32_t *)context;
	struct sw_lane *lane = sw_offload_find(scene.engine, index);

	while (!atomic_load(&over)) {
		struct sw_lane before, after;

		sw_offload_hold(scene.engine, index);
		if (scene.engine->offload->gate & SW_GATE_BUSY) {
			atomic_store(&impatient, true);
			break;
		}
		before = *lane;
		for (volatile unsigned i = 0; i < 200; i++)
			;
		after = *lane;
		atomic_fetch_add(
		    &moved, memcmp(&before, &after, sizeof before) != 0);
		atomic_fetch_add(&held, 1);
		sw_offload_release(scene.engine);
	}
	return NULL;
}

/* The carried packets, as the engine counts them; all threads are gone then. */
static void
race(struct sw_flow_info *before, struct sw_flow_info *after)
{
	struct sw_endpoints ends = scene_ends(1, false);
	pthread_t threads[3];
	uint32_t index;

	carried = moved = held = 0;
	over = impatient = false;
	scene = scene_open(SW_TRACK_NORMAL, 4);
	scene_begin(&scene, 1, false);
	index = scene_flow(&scene, 1, false);
	ck_assert(sw_engine_find(scene.engine, &ends, scene.now, before));
	for (unsigned i = 0; i < 2; i++)
		ck_assert_int_eq(
		    pthread_create(&threads[i], NULL, bring, NULL), 0);
	ck_assert_int_eq(pthread_create(&threads[2], NULL, take, &index), 0);
	for (unsigned i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	atomic_store(&over, true);
	pthread_join(threads[2], NULL);
	ck_assert(sw_engine_find(scene.engine, &ends, scene.now, after));
}

START_TEST(nothing_is_lost_or_counted_twice)
{
	struct sw_flow_info before, after;
	unsigned attempts = 1;

	for (race(&before, &after); impatient; race(&before, &after)) {
		scene_close(&scene);
		ck_assert_uint_lt(attempts++, ATTEMPTS);
	}
	printf("%u packets, %llu carried, lane held %llu times, attempt %u\n",
	    2 * RUNS, (unsigned long long)carried, (unsigned long long)held,
	    attempts);
	ck_assert_uint_eq(
	    after.side[0].packets - before.side[0].packets, carried);
	ck_assert_uint_eq(
	    after.side[0].bytes - before.side[0].bytes, 40 * carried);
	ck_assert_uint_eq(moved, 0);
	ck_assert_uint_gt(carried, RUNS / 10);
	ck_assert_uint_gt(held, 100);
	scene_close(&scene);
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("race");

	tcase_add_test(t, nothing_is_lost_or_counted_twice);
	return run_case("offload_race", t);
}
