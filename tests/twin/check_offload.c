/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_offload: which flows get a lane, what closes it, and that nothing
 * passes by one that the engine would refuse.
 */
#include <check.h>
#include <string.h>

#include "engine/offload.h"
#include "runner.h"
#include "scene.h"

static struct scene scene;

static void
setup(void)
{
	scene = scene_open(SW_TRACK_NORMAL, 16);
}

static void
teardown(void)
{
	scene_close(&scene);
}

/* The opener's next segment of connection 1, or with other numbers. */
static struct scene_packet
next(uint32_t payload)
{
	return (struct scene_packet){
		.host = 1, .seq = 1001, .ack = 5001, .payload = payload
	};
}

static struct sw_flow_info
story_of(uint32_t host, bool udp)
{
	struct sw_endpoints ends = scene_ends(host, udp);
	struct sw_flow_info story;

	ck_assert(sw_engine_find(scene.engine, &ends, scene.now, &story));
	return story;
}

START_TEST(packets_are_carried_and_counted)
{
	struct scene_packet packet = next(0);
	struct sw_flow_info before, after;
	struct sw_counts first, last;

	scene_begin(&scene, 1, _i);
	packet.udp = _i;
	before = story_of(1, _i);
	sw_engine_counts(scene.engine, &first);
	ck_assert_uint_eq(before.lane, SW_LANE_FAST);
	if (_i)
		packet.payload = 10;
	for (unsigned i = 0; i < 1000; i++)
		ck_assert_int_eq(scene_send(&scene, &packet), BY_PROGRAM);
	after = story_of(1, _i);
	ck_assert_uint_eq(after.side[0].packets, before.side[0].packets + 1000);
	ck_assert_uint_eq(
	    after.side[0].bytes, before.side[0].bytes + 1000 * (_i ? 38 : 40));
	sw_engine_counts(scene.engine, &last);
	ck_assert_uint_eq(last.passed, first.passed + 1000);
	ck_assert_uint_eq(
	    last.bytes_passed, first.bytes_passed + 1000 * (_i ? 38 : 40));
}
END_TEST

START_TEST(a_young_flow_stays_with_the_queue)
{
	static const struct scene_packet rows[] = {
		{ .host = 1, .flags = SW_SYN, .seq = 999 },
		{ .host = 1,
		    .side = 1,
		    .flags = SW_SYN | SW_ACK,
		    .seq = 4999,
		    .ack = 1000 },
		{ .host = 1, .seq = 1000, .ack = 5000 },
	};

	for (unsigned i = 0; i < 3; i++)
		ck_assert_int_eq(scene_send(&scene, &rows[i]), BY_ENGINE);
	ck_assert(!scene_is_fast(&scene, 1, false));
	ck_assert_uint_eq(story_of(1, false).lane, SW_LANE_YOUNG);
}
END_TEST

START_TEST(what_is_not_plain_visits_the_engine)
{
	static const struct scene_packet rows[] = {
		{ .flags = SW_FIN | SW_ACK, .seq = 1001, .ack = 5001 },
		{ .flags = SW_RST, .seq = 1001 },
		{ .flags = SW_RST | SW_ACK, .seq = 1001, .ack = 5001 },
		{ .flags = SW_SYN, .seq = 1001 },
		{ .flags = SW_SYN | SW_ACK, .seq = 1001, .ack = 5001 },
		{ .flags = SW_ACK | SW_URG, .seq = 1001, .ack = 5001 },
		{ .seq = 1001, .ack = 5001, .zero_window = true },
		{ .seq = 1001, .ack = 5001, .payload = 9, .zero_window = true },
	};
	struct scene_packet packet = rows[_i];

	scene_begin(&scene, 1, false);
	packet.host = 1;
	ck_assert_int_ne(scene_send(&scene, &packet), BY_PROGRAM);
}
END_TEST

/* At the edges of the four inequalities. */
START_TEST(what_is_outside_the_windows_visits_the_engine)
{
	static const struct {
		uint32_t seq, ack;
		bool inside;
	} rows[] = {
		{ 1001 + 30000, 5001, true },
		{ 1002 + 30000, 5001, false },
		{ 1001 - 30000, 5001, true },
		{ 1000 - 30000, 5001, false },
		{ 1001, 5001, true },
		{ 1001, 5002, false },
		{ 1001, 5001 - 66000, true },
		{ 1001, 5000 - 66000, false },
	};
	struct scene_packet packet = {
		.host = 1, .seq = rows[_i].seq, .ack = rows[_i].ack
	};

	scene_begin(&scene, 1, false);
	ck_assert_int_eq(
	    scene_send(&scene, &packet) == BY_PROGRAM, rows[_i].inside);
}
END_TEST

/* A tick is 15.625 ms; a moment within it counts as its end. */
START_TEST(after_its_timeout_a_flow_is_over_at_the_tick)
{
	bool udp = _i % 2;
	int ticks = _i / 2 - 1; /* -1, 0, +1 */
	uint64_t length = SW_NS_PER_SECOND / SW_TICKS_PER_SECOND;
	struct scene_packet packet = { .host = 1,
		.udp = udp,
		.seq = 1001,
		.ack = 5001,
		.payload = udp ? 10 : 0 };
	uint32_t seconds = udp ? SCENE_UDP : SCENE_UNACKNOWLEDGED;
	enum scene_way way;

	scene_begin(&scene, 1, udp);
	ck_assert_int_eq(scene_send(&scene, &packet), BY_PROGRAM);
	scene.now.ns += seconds * SW_NS_PER_SECOND;
	scene.now.ns =
	    (uint64_t)((int64_t)scene.now.ns + ticks * (int64_t)length);
	way = scene_send(&scene, &packet);
	if (ticks < 0)
		ck_assert_int_eq(way, BY_PROGRAM);
	else
		ck_assert_int_ne(way, BY_PROGRAM);
	if (udp && ticks >= 0)
		ck_assert_uint_eq(
		    story_of(1, true).state, SW_STATE_UDP_UNREPLIED);
}
END_TEST

/* The sweep looks at the lane before it ends anything. */
START_TEST(a_flow_lives_by_its_lane_and_ends_by_its_silence)
{
	struct scene_packet packet = { .host = 1, .udp = true, .payload = 10 };
	uint32_t slots = sw_engine_slots(scene.engine);
	struct sw_endpoints ends = scene_ends(1, true);
	struct sw_flow_info story;

	scene_begin(&scene, 1, true);
	for (unsigned i = 0; i < 3 * SCENE_UDP; i++) {
		scene_wait(&scene, 1000);
		ck_assert_int_eq(scene_send(&scene, &packet), BY_PROGRAM);
		sw_engine_sweep(scene.engine, scene.now, slots);
	}
	scene_wait(&scene, SCENE_UDP * 1000 - 20);
	sw_engine_sweep(scene.engine, scene.now, slots);
	ck_assert_uint_ne(scene_flow(&scene, 1, true), SW_FLOW_NONE);
	scene_wait(&scene, 40);
	sw_engine_sweep(scene.engine, scene.now, slots);
	ck_assert_uint_eq(scene_flow(&scene, 1, true), SW_FLOW_NONE);
	ck_assert(sw_engine_recall(scene.engine, &ends, scene.now, &story));
	ck_assert_int_eq(story.how, SW_END_TIMEOUT);
	ck_assert_uint_eq(story.timeout, SCENE_UDP);
	ck_assert_uint_eq(
	    (story.ended.ns - story.seen.ns) / SW_NS_PER_SECOND, SCENE_UDP);
}
END_TEST

START_TEST(after_a_reload_the_first_packet_obeys)
{
	struct scene_packet outside = next(0);

	for (uint32_t host = 1; host <= 100; host++)
		scene_begin(&scene, host, false);
	scene.flow_policy.tracking = SW_TRACK_STRICT;
	scene_adopt(&scene, NULL, 0);
	for (uint32_t host = 1; host <= 100; host++) {
		outside.host = host;
		outside.ack = 5001 + 70000;
		ck_assert_int_eq(scene_send(&scene, &outside), DROPPED);
		outside.ack = 5001;
		ck_assert_int_ne(scene_send(&scene, &outside), DROPPED);
	}
}
END_TEST

START_TEST(a_killed_flow_is_gone_at_once)
{
	struct scene_packet packet = next(0);
	struct sw_endpoints ends = scene_ends(1, false);

	scene_begin(&scene, 1, false);
	ck_assert_int_eq(scene_send(&scene, &packet), BY_PROGRAM);
	ck_assert(sw_engine_kill(scene.engine, &ends, scene.now, false));
	ck_assert_int_eq(scene_send(&scene, &packet), DROPPED);
}
END_TEST

START_TEST(without_a_lease_nothing_is_carried)
{
	struct scene_packet packet = next(0);
	uint32_t tick = sw_time_tick(scene.now);

	scene_begin(&scene, 1, false);
	scene.lanes.control->alive_until = tick;
	ck_assert_int_eq(scene_send(&scene, &packet), BY_PROGRAM);
	scene_wait(&scene, 16);
	ck_assert_int_eq(scene_send(&scene, &packet), BY_ENGINE);
	scene.lanes.control->alive_until = tick + 2;
	ck_assert_int_eq(scene_send(&scene, &packet), BY_PROGRAM);
}
END_TEST

/* The engine's verdict, not the lane's: the rules deny that interface. */
START_TEST(another_interface_is_the_engines)
{
	static const uint32_t foreign = 9;
	struct sw_rule rule = { .name = "deny",
		.slot = 1,
		.in = { .only = &foreign, .n_only = 1, .named = true },
		.flow_policy = scene.flow_policy };
	struct scene_packet packet = next(_i);

	rule.flow_policy.deny = SW_DENY_DROP;
	scene_adopt(&scene, &rule, 1);
	scene_begin(&scene, 1, false);
	packet.in = foreign;
	ck_assert_int_eq(scene_send(&scene, &packet), DROPPED);
	packet.in = 0;
	ck_assert_int_ne(scene_send(&scene, &packet), DROPPED);
	ck_assert_int_eq(scene_send(&scene, &packet), BY_PROGRAM);
}
END_TEST

/* Nobody but this zone's packets: there is one zone yet. */
START_TEST(another_zone_is_not_found)
{
	struct scene_packet packet = next(0);
	uint32_t lanes = scene.lanes.control->sets * SW_LANE_WAYS;

	scene_begin(&scene, 1, false);
	for (uint32_t i = 0; i < lanes; i++)
		scene.lanes.lane[i].zone = 7;
	ck_assert_int_eq(scene_send(&scene, &packet), BY_ENGINE);
}
END_TEST

START_TEST(rules_keep_flows_in_the_queue)
{
	struct scene_packet packet = next(0);

	if (_i == 0)
		scene.flow_policy.queued = true;
	else
		scene.flow_policy.tracking = SW_TRACK_LOOSE;
	scene_adopt(&scene, NULL, 0);
	scene_begin(&scene, 1, false);
	ck_assert_int_eq(scene_send(&scene, &packet), BY_ENGINE);
	ck_assert_uint_eq(
	    story_of(1, false).lane, _i == 0 ? SW_LANE_RULE : SW_LANE_TRACKING);
}
END_TEST

static const struct sw_related related = { .within = 60, .limit = 16 };

/* Also one whose rule allows related connections after it got its lane. */
START_TEST(a_parent_stays_in_the_queue)
{
	struct sw_rule rule = { .slot = 1,
		.related = &related,
		.n_related = _i,
		.flow_policy = scene.flow_policy };
	struct scene_packet packet = next(0);

	scene_adopt(&scene, &rule, 1);
	scene_begin(&scene, 1, false);
	ck_assert(scene_is_fast(&scene, 1, false) == (_i == 0));
	rule.n_related = 1;
	scene_adopt(&scene, &rule, 1);
	sw_engine_sweep(scene.engine, scene.now, sw_engine_slots(scene.engine));
	for (unsigned i = 0; i < 10; i++)
		ck_assert_int_eq(scene_send(&scene, &packet), BY_ENGINE);
	ck_assert_uint_eq(story_of(1, false).lane, SW_LANE_RULE);
}
END_TEST

/* Blind packets leave the lane as it is, whatever they are; but for two of them,
 * one from each side, that happen to fit each other. */
START_TEST(junk_never_closes_a_lane)
{
	struct scene_packet good = next(0), junk = { .host = 1 };
	static const uint8_t flags[] = { SW_ACK, SW_ACK | SW_FIN, SW_RST,
		SW_ACK | SW_RST, SW_ACK | SW_PSH };
	struct sw_counts counts;
	uint32_t by_engine = 0;

	scene_begin(&scene, 1, false);
	for (uint32_t i = 0; i < 100000; i++) {
		junk.flags = flags[i % 5];
		junk.seq = 0x40000000 + i * 7919;
		junk.ack = 0x50000000 + i * 104729;
		junk.payload = _i;
		junk.side = i & 1;
		ck_assert_int_eq(scene_send(&scene, &junk), BY_ENGINE);
		by_engine += scene_send(&scene, &good) != BY_PROGRAM;
	}
	sw_engine_counts(scene.engine, &counts);
	ck_assert_uint_le(by_engine, 2);
	ck_assert_uint_le(counts.offload.taken, 2);
	ck_assert_uint_eq(story_of(1, false).side[0].packets +
			      story_of(1, false).side[1].packets,
	    200000 + 7);
}
END_TEST

/* More flows than lanes: all are tracked and all are counted. */
START_TEST(a_flow_without_a_place_stays_with_the_queue)
{
	enum { HOSTS = 10000 };
	struct scene_packet packet = next(0);
	uint32_t carried = 0;
	struct sw_counts counts;

	for (uint32_t host = 1; host <= HOSTS; host++)
		scene_begin(&scene, host, false);
	for (uint32_t host = 1; host <= HOSTS; host++) {
		enum scene_way way;

		packet.host = host;
		way = scene_send(&scene, &packet);
		ck_assert_int_ne(way, DROPPED);
		carried += way == BY_PROGRAM;
	}
	sw_engine_sync_lanes(
	    scene.engine, 0, scene.lanes.control->sets * SW_LANE_WAYS);
	sw_engine_counts(scene.engine, &counts);
	ck_assert_uint_eq(carried, scene.lanes.control->sets * SW_LANE_WAYS);
	ck_assert_uint_eq(counts.flows, HOSTS);
	ck_assert_uint_eq(counts.passed, HOSTS * 8);
	ck_assert_uint_eq(counts.offload.lanes, carried);
	ck_assert_uint_gt(counts.offload.full, HOSTS - carried - 1);
}
END_TEST

/* The lane of connection 1 becomes that of connection 2. */
static void
give_to_another(void)
{
	struct sw_endpoints ends = scene_ends(1, false);

	ck_assert(sw_engine_kill(scene.engine, &ends, scene.now, false));
	for (unsigned i = 0; i < 2; i++)
		scene_step(&scene, &(struct scene_packet){
				       .host = 2, .seq = 1001, .ack = 5001 });
}

/* The program does not see that a packet leaves elsewhere: what a rule might
 * deny there stays with the engine, in either direction. */
START_TEST(a_flow_that_may_be_denied_elsewhere_gets_no_lane)
{
	static const uint32_t elsewhere = 9, inside = SCENE_INSIDE,
			      outside = SCENE_OUTSIDE;
	const uint32_t *const in[] = { NULL, &inside, &outside, &elsewhere };
	struct sw_rule rule = { .name = "deny",
		.slot = 1,
		.out = { .only = &elsewhere, .n_only = 1, .named = true },
		.flow_policy = scene.flow_policy };

	rule.flow_policy.deny = SW_DENY_DROP;
	if (in[_i])
		rule.in = (struct sw_iface_list){
			.only = in[_i], .n_only = 1, .named = true
		};
	scene_adopt(&scene, &rule, 1);
	scene_begin(&scene, 1, false);
	ck_assert_uint_eq(story_of(1, false).lane,
	    in[_i] == &elsewhere ? SW_LANE_FAST : SW_LANE_LEAVING);
}
END_TEST

/* Between finding a lane and owning it. */
START_TEST(a_lane_of_another_flow_is_left_alone)
{
	struct scene_packet packet = next(_i);
	struct sw_flow_info before, after;

	teardown();
	scene = scene_open(SW_TRACK_NORMAL, 1);
	for (uint32_t host = 10; host < 10 + SW_LANE_WAYS - 1; host++)
		scene_begin(&scene, host, false);
	scene_begin(&scene, 1, false);
	scene_begin(&scene, 2, false);
	ck_assert(!scene_is_fast(&scene, 2, false));
	twin_interrupt(give_to_another);
	ck_assert_int_eq(scene_send(&scene, &packet), DROPPED);
	ck_assert(scene_is_fast(&scene, 2, false));
	before = story_of(2, false);
	packet.host = 2;
	ck_assert_int_eq(scene_send(&scene, &packet), BY_PROGRAM);
	after = story_of(2, false);
	ck_assert_uint_eq(after.side[0].packets, before.side[0].packets + 1);
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("offload");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, packets_are_carried_and_counted, 0, 2);
	tcase_add_test(t, a_young_flow_stays_with_the_queue);
	tcase_add_loop_test(t, what_is_not_plain_visits_the_engine, 0, 8);
	tcase_add_loop_test(
	    t, what_is_outside_the_windows_visits_the_engine, 0, 8);
	tcase_add_loop_test(
	    t, after_its_timeout_a_flow_is_over_at_the_tick, 0, 6);
	tcase_add_test(t, a_flow_lives_by_its_lane_and_ends_by_its_silence);
	tcase_add_test(t, after_a_reload_the_first_packet_obeys);
	tcase_add_test(t, a_killed_flow_is_gone_at_once);
	tcase_add_test(t, without_a_lease_nothing_is_carried);
	tcase_add_loop_test(t, another_interface_is_the_engines, 0, 2);
	tcase_add_test(t, another_zone_is_not_found);
	tcase_add_loop_test(t, rules_keep_flows_in_the_queue, 0, 2);
	tcase_add_loop_test(t, a_parent_stays_in_the_queue, 0, 2);
	tcase_add_loop_test(t, junk_never_closes_a_lane, 0, 2);
	tcase_add_test(t, a_flow_without_a_place_stays_with_the_queue);
	tcase_add_loop_test(
	    t, a_flow_that_may_be_denied_elsewhere_gets_no_lane, 0, 4);
	tcase_add_loop_test(t, a_lane_of_another_flow_is_left_alone, 0, 2);
	return run_case("offload", t);
}
