/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is told of a live flow: each field, at another value than nothing.
 */

#include <check.h>
#include <string.h>

#include "engine/internal.h"
#include "runner.h"
#include "script.h"

static struct sw_flow_policy flow_policy;
static struct sw_policy *policy;
static struct sw_engine *engine;

static const struct script_row handshake[] = { SCRIPT_HANDSHAKE };

static void
begin(void)
{
	flow_policy = script_treatment(SW_TRACK_NORMAL);
	flow_policy.on_idle = SW_IDLE_PROBE;
	policy = sw_policy_compile(
	    &(struct sw_rule){
		.name = "web", .slot = 3, .flow_policy = flow_policy },
	    1, &flow_policy);
	engine = sw_engine_create(&script_limits, NULL, policy, script_at(0));
	ck_assert_ptr_nonnull(engine);
}

static void
end(void)
{
	sw_engine_destroy(engine);
	sw_policy_destroy(policy);
}

static struct sw_flow_info
told(uint64_t ms)
{
	struct sw_endpoints ends = script_packet(&handshake[0]).ends;
	struct sw_flow_info info;

	memset(&info, 0xff, sizeof(info));
	ck_assert(sw_engine_find(engine, &ends, script_at(ms), &info));
	return info;
}

START_TEST(a_connection_is_told)
{
	static const struct script_row rows[] = {
		{ 3, 'C', "PA", 1001, 5001, 100, '+' },
		{ 500, 'S', "A", 5001, 1101, 0, '+' },
		{ 600, 'S', "PA", 5001, 1101, 50, '+' },
	};
	struct sw_flow_info info;

	script_pass(engine, handshake, 1);
	info = told(0);
	ck_assert(!info.assured && !info.back_in);
	ck_assert_uint_eq(info.state, SW_STATE_SYN_SENT);
	ck_assert_uint_eq(info.timeout, 30);
	script_pass(engine, handshake + 1, 2);
	script_pass(engine, rows, 2);
	info = told(1500);
	ck_assert_int_eq(info.opener.sport, 40000);
	ck_assert_int_eq(info.opener.dport, 80);
	ck_assert_uint_eq(info.opened.ns, script_at(0).ns);
	ck_assert_uint_ge(info.seen.ns, script_at(500).ns);
	ck_assert_uint_le(info.seen.ns, script_at(520).ns);
	ck_assert_uint_eq(info.ended.ns, 0);
	ck_assert_uint_eq(info.timeout, 7440);
	ck_assert_uint_eq(info.in, 1);
	ck_assert_uint_eq(info.out, 2);
	ck_assert_uint_eq(info.back_in, 2);
	ck_assert_uint_eq(info.how, SW_END_NOT);
	ck_assert(info.assured && !info.probing && !info.unanswered);
	ck_assert(!info.lost && info.lost_since.ns == 0);
	ck_assert_str_eq(info.history, "ShADa");
	ck_assert_uint_eq(info.side[0].next, 1101);
	ck_assert_uint_eq(info.side[0].ack, 5001);
	ck_assert_uint_eq(info.side[0].edge, 1101 + 65535);
	ck_assert_uint_eq(info.side[0].packets, 3);
	ck_assert_uint_eq(info.side[0].bytes, 40 + 40 + 140);
	ck_assert_uint_eq(info.side[1].next, 5001);
	ck_assert_uint_eq(info.side[1].ack, 1101);
	ck_assert_uint_eq(info.side[1].edge, 5001 + 65535);
	ck_assert_uint_eq(info.side[1].packets, 2);
	ck_assert_uint_eq(info.side[1].bytes, 80);
	script_pass(engine, rows + 2, 1);
	ck_assert(told(1500).unanswered);
	ck_assert_uint_eq(told(1500).timeout, 300);
}
END_TEST

/* Whichever end has the lower address. */
START_TEST(either_end_may_open)
{
	for (unsigned i = 0; i < 2; i++) {
		struct sw_packet packet = script_packet(&handshake[0]);
		struct sw_flow_info info;

		if (i)
			packet.ends = sw_packet_endpoints_reverse(&packet.ends);
		packet.ends.sport += 7;
		ck_assert_int_eq(
		    sw_engine_step(engine, &packet, script_at(0)), SW_PASS);
		ck_assert(
		    sw_engine_find(engine, &packet.ends, script_at(1), &info));
		ck_assert(
		    sw_packet_endpoints_equal(&info.opener, &packet.ends));
		ck_assert_uint_eq(info.rule, 3);
	}
}
END_TEST

/* Asked before a packet's own tick is over, it was not heard of later. */
START_TEST(nothing_is_told_of_the_future)
{
	script_pass(engine, handshake, 3);
	ck_assert_uint_le(told(2).seen.ns, script_at(2).ns);
	ck_assert_uint_eq(told(2).opened.ns, script_at(0).ns);
}
END_TEST

START_TEST(who_closes_is_told)
{
	static const struct script_row rows[] = { { 3, 'S', "FA", 5001, 1001, 0,
	    '+' } };

	script_pass(engine, handshake, 3);
	ck_assert_uint_eq(told(3).ender, 0);
	script_pass(engine, rows, 1);
	ck_assert_uint_eq(told(3).ender, 1);
	ck_assert_uint_eq(told(3).state, SW_STATE_FIN_WAIT);
	ck_assert_uint_eq(told(3).timeout, 120);
}
END_TEST

START_TEST(a_probe_is_told)
{
	script_pass(engine, handshake, 3);
	ck_assert(!told(7439000).probing);
	sw_engine_sweep(engine, script_at(7441000), sw_engine_slots(engine));
	ck_assert(told(7441000).probing);
}
END_TEST

/* Heard on both sides at numbers that fit nothing: since when, and nobody is
 * asked who waits there. */
START_TEST(a_flow_out_of_step_is_told)
{
	static const struct script_row rows[] = {
		{ 3, 'C', "PA", 1001, 5001, 100, '+' },
		{ 5000, 'C', "A", 900000000, 5001, 0, '+' },
		{ 6000, 'S', "A", 1900000000, 77, 0, '+' },
	};
	struct sw_flow_info info;

	script_pass(engine, handshake, 3);
	script_pass(engine, rows, 1);
	ck_assert(told(10).unanswered);
	script_pass(engine, rows + 1, 2);
	info = told(7000);
	ck_assert(!info.unanswered);
	ck_assert_uint_eq(info.timeout, 7440);
	ck_assert_uint_ge(info.seen.ns, script_at(6000).ns);
	ck_assert_uint_le(info.seen.ns, script_at(6020).ns);
	ck_assert(info.lost);
	ck_assert_uint_ge(info.lost_since.ns, script_at(5000).ns);
	ck_assert_uint_le(info.lost_since.ns, script_at(5020).ns);
	ck_assert_uint_eq(info.side[0].next, 1101);
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("flow_info");

	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, a_connection_is_told);
	tcase_add_test(t, either_end_may_open);
	tcase_add_test(t, nothing_is_told_of_the_future);
	tcase_add_test(t, who_closes_is_told);
	tcase_add_test(t, a_probe_is_told);
	tcase_add_test(t, a_flow_out_of_step_is_told);
	return run_case("flow_info", t);
}
