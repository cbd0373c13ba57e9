/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_offload_reason: what keeps the flow of a connection without a lane in
 * the queue, one thing after the other.
 */

#include <check.h>
#include <netinet/in.h>

#include "engine/offload.h"
#include "engine/tcp/last.h"
#include "engine/tcp/lost.h"
#include "runner.h"
#include "scene.h"

static struct scene scene;
static struct sw_flow *flow;
static struct sw_cold *cold;
static uint32_t at;

static void
setup(void)
{
	scene = scene_open(SW_TRACK_NORMAL, 16);
	scene_begin(&scene, 1, false);
	at = scene_flow(&scene, 1, false);
	sw_offload_leave(scene.engine, at);
	flow = sw_flows_at(scene.engine->flows, at);
	cold = sw_flows_cold(scene.engine->flows, at);
	cold->lost = SW_LOST_NONE;
	cold->claimed[0] = cold->claimed[1] = 0;
}

static void
teardown(void)
{
	scene_close(&scene);
}

static enum sw_lane_reason
reason(void)
{
	return sw_offload_reason(scene.engine, at);
}

START_TEST(a_plain_one_waits_for_its_next_packet)
{
	ck_assert_int_eq(reason(), SW_LANE_NEXT);
	flow->flags |= SW_FLOW_LOST;
	cold->lost = SW_LOST_HEARD;
	ck_assert_int_eq(reason(), SW_LANE_NEXT);
}
END_TEST

START_TEST(flags_keep_it)
{
	static const uint8_t steps[] = { SW_FLOW_PROBING, SW_FLOW_RESET,
		SW_FLOW_LOOSE };
	static const uint8_t both[] = { SW_FLOW_REPLIED, SW_FLOW_ASSURED };
	uint8_t before = flow->flags;

	for (unsigned i = 0; i < 3; i++) {
		flow->flags = before | steps[i];
		ck_assert_int_eq(reason(), SW_LANE_STEP);
	}
	for (unsigned i = 0; i < 2; i++) {
		flow->flags = before & (uint8_t)~both[i];
		ck_assert_int_eq(reason(), SW_LANE_STATE);
	}
}
END_TEST

START_TEST(its_last_segment_keeps_it)
{
	uint8_t before = flow->last;

	flow->last = before | SW_LAST_ASIDE;
	ck_assert_int_eq(reason(), SW_LANE_STEP);
	flow->last = before | SW_LAST_FINS_AHEAD;
	ck_assert_int_eq(reason(), SW_LANE_STEP);
}
END_TEST

START_TEST(other_numbers_keep_it)
{
	flow->flags |= SW_FLOW_LOST;
	cold->lost = SW_LOST_AGREED;
	ck_assert_int_eq(reason(), SW_LANE_STEP);
	cold->lost = SW_LOST_NONE;
	for (unsigned side = 0; side < 2; side++) {
		cold->claimed[side] = SW_CLAIM_SET;
		ck_assert_int_eq(reason(), SW_LANE_STEP);
		cold->claimed[side] = 0;
	}
	flow->flags &= (uint8_t)~SW_FLOW_LOST;
	cold->lost = SW_LOST_AGREED;
	ck_assert_int_eq(reason(), SW_LANE_NEXT);
}
END_TEST

START_TEST(a_side_without_a_window_keeps_it)
{
	flow->peer[_i].maxwin = 0;
	ck_assert_int_eq(reason(), SW_LANE_STEP);
}
END_TEST

START_TEST(state_and_protocol_keep_it)
{
	for (unsigned state = SW_STATE_SYN_SENT; state <= SW_STATE_SYN_SENT2;
	     state++) {
		flow->state = (uint8_t)state;
		ck_assert_int_eq(reason(), state == SW_STATE_ESTABLISHED
					       ? SW_LANE_NEXT
					       : SW_LANE_STATE);
	}
	flow->proto = IPPROTO_UDP;
	flow->state = SW_STATE_UDP_UNREPLIED;
	ck_assert_int_eq(reason(), SW_LANE_STATE);
	flow->state = SW_STATE_UDP;
	ck_assert_int_eq(reason(), SW_LANE_NEXT);
	flow->proto = IPPROTO_UDPLITE;
	ck_assert_int_eq(reason(), SW_LANE_PROTOCOL);
	flow->proto = IPPROTO_TCP;
	flow->state = SW_STATE_ESTABLISHED;
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("offload_reason");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_plain_one_waits_for_its_next_packet);
	tcase_add_test(t, flags_keep_it);
	tcase_add_test(t, its_last_segment_keeps_it);
	tcase_add_test(t, other_numbers_keep_it);
	tcase_add_loop_test(t, a_side_without_a_window_keeps_it, 0, 2);
	tcase_add_test(t, state_and_protocol_keep_it);
	return run_case("offload_reason", t);
}
