/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_offload_crash: a process that dies at any moment leaves lanes and
 * records from which the next one takes every packet that was carried.
 */
#include <check.h>
#include <string.h>

#include "engine/offload.h"
#include "runner.h"
#include "scene.h"

enum { HOSTS = 40, CARRIED = 25 };

static struct scene scene;
static struct sw_flow_info left[HOSTS + 1];
static bool some_copied; /* before the process died */

/* Flows of which the program has carried packets since the engine looked. */
static void
setup(void)
{
	struct scene_packet packet = { .seq = 1001, .ack = 5001 };

	scene = scene_open(SW_TRACK_NORMAL, 64);
	for (uint32_t host = 1; host <= HOSTS; host++) {
		struct sw_endpoints ends = scene_ends(host, false);

		scene_begin(&scene, host, false);
		ck_assert(sw_engine_find(
		    scene.engine, &ends, scene.now, &left[host]));
		packet.host = host;
		for (uint32_t i = 0; i < CARRIED; i++)
			ck_assert_int_eq(
			    scene_send(&scene, &packet), BY_PROGRAM);
	}
}

static void
teardown(void)
{
	scene_close(&scene);
}

static struct sw_lane *
lane_of(uint32_t host)
{
	uint32_t lanes = scene.lanes.control->sets * SW_LANE_WAYS;
	uint32_t index = scene_flow(&scene, host, false);

	for (uint32_t i = 0; i < lanes; i++)
		if (scene.lanes.lane[i].gate != SW_GATE_FREE &&
		    scene.lanes.lane[i].index == index)
			return &scene.lanes.lane[i];
	return NULL;
}

/* The next process: all flows are there, all packets are counted, and each flow
 * gets a lane again. */
static void
check_takeover(uint32_t recalled, uint64_t carried)
{
	struct scene_packet packet = { .seq = 1001, .ack = 5001 };

	struct sw_counts counts;

	scene_crash(&scene);
	ck_assert_uint_eq(sw_engine_recall_lanes(scene.engine), recalled);
	/* As the next process does, which then takes others into use. */
	ck_assert(sw_engine_use_lanes(scene.engine, NULL, 0, 0));
	sw_engine_counts(scene.engine, &counts);
	ck_assert_uint_eq(counts.offload.lanes, 0);
	if (recalled && !some_copied) {
		ck_assert_uint_eq(counts.offload.packets, HOSTS * carried);
		ck_assert_uint_eq(counts.passed, HOSTS * carried);
		ck_assert_uint_eq(counts.bytes_passed, HOSTS * carried * 40);
	}
	ck_assert(
	    sw_engine_use_lanes(scene.engine, &scene.lanes, 0, SCENE_AFTER));
	memset(scene.lanes.lane, 0,
	    scene.lanes.control->sets * SW_LANE_WAYS * sizeof(struct sw_lane));
	for (uint32_t host = 1; host <= HOSTS; host++) {
		struct sw_endpoints ends = scene_ends(host, false);
		struct sw_flow_info story;

		ck_assert(
		    sw_engine_find(scene.engine, &ends, scene.now, &story));
		ck_assert_uint_eq(story.side[0].packets,
		    left[host].side[0].packets + carried);
		ck_assert_uint_eq(story.side[0].bytes,
		    left[host].side[0].bytes + carried * 40);
		packet.host = host;
		ck_assert_int_eq(scene_send(&scene, &packet), BY_ENGINE);
		ck_assert_int_eq(scene_send(&scene, &packet), BY_PROGRAM);
	}
}

START_TEST(open_lanes_are_copied_back)
{
	check_takeover(HOSTS, CARRIED);
}
END_TEST

/* Whatever its gate says: the engine may have held it, the program shut it, or
 * the machine stopped between. */
START_TEST(every_gate_is_taken)
{
	static const uint32_t gates[] = { SW_GATE_SHUT, SW_GATE_HELD,
		SW_GATE_EPOCH + SW_GATE_OPEN,
		5 * SW_GATE_EPOCH + SW_GATE_OPEN };

	for (uint32_t host = 1; host <= HOSTS; host++)
		lane_of(host)->gate = gates[_i];
	check_takeover(HOSTS, CARRIED);
}
END_TEST

/* A lane that nobody lets go of is taken after a while. */
START_TEST(a_busy_lane_is_taken)
{
	lane_of(7)->gate = SW_GATE_EPOCH + SW_GATE_BUSY;
	check_takeover(HOSTS, CARRIED);
}
END_TEST

/* Half of the numbers were copied back before it died. */
START_TEST(a_copy_may_be_repeated)
{
	for (uint32_t host = 1; host <= HOSTS; host++) {
		uint32_t index = scene_flow(&scene, host, false);
		struct sw_lane *lane = lane_of(host);
		struct sw_flow_counters *counters =
		    sw_flows_counters(scene.engine->flows, index);

		some_copied = true;
		lane->gate = SW_GATE_HELD;
		if (host % 3 == 0)
			counters->packets[0] += CARRIED;
		if (host % 3 == 1)
			sw_offload_copy_back(scene.engine, index, lane);
	}
	check_takeover(HOSTS, CARRIED);
}
END_TEST

/* Held for a packet: the record is complete, and the flag is clear. */
START_TEST(a_flow_in_hand_is_its_record)
{
	for (uint32_t host = 1; host <= HOSTS; host++)
		sw_offload_hold(scene.engine, scene_flow(&scene, host, false));
	check_takeover(0, CARRIED);
}
END_TEST

/* The memory of the lanes is gone: the records are what is left. */
START_TEST(lost_lanes_leave_the_records)
{
	memset(scene.lanes.lane, 0,
	    scene.lanes.control->sets * SW_LANE_WAYS * sizeof(struct sw_lane));
	check_takeover(HOSTS, 0);
}
END_TEST

/* Scribbled lanes crash nobody. */
START_TEST(junk_in_lanes_does_no_harm)
{
	uint32_t lanes = scene.lanes.control->sets * SW_LANE_WAYS;
	uint8_t *bytes = (uint8_t *)scene.lanes.lane;
	uint64_t seed = 88172645463325252u + (uint64_t)_i;

	for (size_t i = 0; i < lanes * sizeof(struct sw_lane); i++) {
		seed = seed * UINT64_C(6364136223846793005) + 1;
		if (seed >> 62 == 0)
			bytes[i] = (uint8_t)(seed >> 40);
	}
	scene_crash(&scene);
	sw_engine_sync_lanes(scene.engine, 0, lanes);
	sw_engine_recall_lanes(scene.engine);
	for (uint32_t host = 1; host <= HOSTS; host++)
		ck_assert(!scene_is_fast(&scene, host, false));
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("crash");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, open_lanes_are_copied_back);
	tcase_add_loop_test(t, every_gate_is_taken, 0, 4);
	tcase_add_test(t, a_busy_lane_is_taken);
	tcase_add_test(t, a_copy_may_be_repeated);
	tcase_add_test(t, a_flow_in_hand_is_its_record);
	tcase_add_test(t, lost_lanes_leave_the_records);
	tcase_add_loop_test(t, junk_in_lanes_does_no_harm, 0, 50);
	return run_case("offload_crash", t);
}
