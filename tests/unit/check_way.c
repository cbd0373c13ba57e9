/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The interfaces of a flow as its ledger holds them, and as the memoir and
 * the cold column do.
 */

#include <check.h>

#include "build.h"
#include "engine/interfaces.h"
#include "runner.h"
#include "script.h"

static struct sw_engine *engine;
static struct sw_policy *policy;
static struct sw_packet packet;
static struct sw_lookup passage;
static uint32_t marked; /* the mark of the next packets */

static void
begin(void)
{
	struct sw_flow_policy flow_policy = script_treatment(SW_TRACK_NORMAL);
	struct sw_limits limits = { .max_flows = 16,
		.max_embryonic = 100,
		.tombstones = 16,
		.events = 64,
		.key = "a key for tests" };

	policy = sw_policy_compile(NULL, 0, &flow_policy);
	engine = sw_engine_create(
	    &limits, NULL, policy, (struct sw_time){ SW_NS_PER_SECOND });
	ck_assert_ptr_nonnull(engine);
}

static void
end(void)
{
	sw_engine_destroy(engine);
	sw_policy_destroy(policy);
}

/* The flow's packet that way.  => the flow's index */
static uint32_t
step(bool reply, uint32_t in, uint32_t out)
{
	struct script_row row = { 0, reply ? 'S' : 'C', reply ? "SA" : "S",
		reply ? 5000 : 1000, reply ? 1001 : 0, 0 };
	uint32_t index;

	packet = script_packet(&row);
	packet.in = in;
	packet.out = out;
	packet.mark = marked;
	if (marked != 0) {
		packet.phys_in = in + 100;
		packet.phys_out = out + 100;
	}
	ck_assert_int_eq(sw_engine_step(engine, &packet,
			     (struct sw_time){ SW_NS_PER_SECOND }),
	    SW_PASS);
	passage = (struct sw_lookup){ .packet = &packet };
	passage.from_b = sw_tuple_key(
	    &passage.tuple, &packet.ends, engine->limits.key, &passage.hash);
	index = sw_flows_find(engine->flows, &passage.tuple, passage.hash);
	ck_assert_uint_ne(index, SW_FLOW_NONE);
	return index;
}

static bool
same(uint32_t index, unsigned direction, uint32_t in, uint32_t out)
{
	packet.in = in;
	packet.out = out;
	return sw_interfaces_same(
	    &passage, sw_flows_counters(engine->flows, index), direction);
}

static bool
kept(uint32_t index, unsigned direction, uint32_t in, uint32_t out)
{
	packet.in = in;
	packet.out = out;
	return sw_interfaces_kept(engine, &passage, index, direction);
}

/* What else shows how a flow was opened, in its cold record. */
START_TEST(the_way_of_the_opener_is_noted)
{
	struct sw_way way;
	uint32_t index;
	struct sw_cold *cold;

	marked = 0x10;
	index = step(false, 3, 4);
	ck_assert(sw_interfaces_opener(engine, index, &way));
	ck_assert_uint_eq(way.in, 3);
	ck_assert_uint_eq(way.out, 4);
	ck_assert_uint_eq(way.mark, 0x10);
	ck_assert_uint_eq(way.phys_in, 103);
	ck_assert_uint_eq(way.phys_out, 104);
	cold = sw_flows_cold(engine->flows, index);
	cold->opening = SW_OPENING_UNKNOWN;
	ck_assert(!sw_interfaces_opener(engine, index, &way));
	ck_assert_uint_eq(way.in, 3);
	ck_assert_uint_eq(way.mark, 0);
	marked = 0;
}
END_TEST

START_TEST(a_bare_opening_is_known_too)
{
	struct sw_way way;
	uint32_t index = step(false, 3, 4);

	ck_assert(sw_interfaces_opener(engine, index, &way));
	ck_assert_uint_eq(way.mark | way.phys_in | way.phys_out, 0);
}
END_TEST

/* A reply carries no mark of the opener, so that of the flow counts. */
START_TEST(a_reply_that_moves_has_the_flow_s_mark)
{
	struct sw_flow_policy deny = script_treatment(SW_TRACK_NORMAL);
	struct sw_rule rule = { .slot = 1,
		.mark = { .value = 0x10, .mask = 0xff },
		.flow_policy = deny };
	struct sw_policy *by_mark;

	deny.deny = true;
	by_mark = sw_policy_compile(&rule, 1, &deny);
	ck_assert_ptr_nonnull(by_mark);
	sw_engine_adopt(engine, by_mark, (struct sw_time){ SW_NS_PER_SECOND });
	marked = 0x10;
	step(false, 3, 4);
	marked = 0;
	step(true, 4, 3);
	step(true, 5, 3);
	sw_engine_adopt(engine, policy, (struct sw_time){ SW_NS_PER_SECOND });
	sw_policy_destroy(by_mark);
}
END_TEST

START_TEST(a_ledger_holds_both_interfaces)
{
	uint32_t index = step(false, 3, 2046);

	ck_assert(same(index, 0, 3, 2046));
	ck_assert(!same(index, 0, 2, 2046));
	ck_assert(!same(index, 0, 0, 2046));
	ck_assert(!same(index, 0, 3, 2045));
	ck_assert(!same(index, 0, 2046, 3));
	ck_assert(same(index, 1, 2046, 3)); /* expected */
	ck_assert(!same(index, 1, 3, 2046));
	ck_assert_uint_eq(sw_flow_counters_packets(
			      sw_flows_counters(engine->flows, index), 0),
	    1);
}
END_TEST

START_TEST(a_wide_interface_is_not_in_it)
{
	uint32_t index = step(false, 3, 2047);

	ck_assert(!same(index, 0, 3, 2047));
	ck_assert(same(index, 0, 0, 0));
	ck_assert(kept(index, 0, 3, 2047));
	ck_assert(!kept(index, 0, 3, 2046));
	ck_assert(!kept(index, 0, 2047, 3));
	ck_assert(kept(index, 1, 2047, 3));
}
END_TEST

/* The first reply tells the other direction's. */
START_TEST(a_reply_may_come_another_way)
{
	uint32_t index = step(false, 1, 2);

	ck_assert(kept(index, 1, 2, 1));
	ck_assert_uint_eq(step(true, 3, 4), index);
	ck_assert(same(index, 1, 3, 4));
	ck_assert(kept(index, 1, 3, 4));
	ck_assert(!kept(index, 1, 3, 1));
	ck_assert(!kept(index, 1, 2, 4));
	ck_assert(!same(index, 1, 2, 1));
	ck_assert(kept(index, 0, 1, 2));
	ck_assert(same(index, 0, 1, 2));
	ck_assert_uint_eq(sw_flow_counters_packets(
			      sw_flows_counters(engine->flows, index), 1),
	    1);
}
END_TEST

START_TEST(no_rule_stands_before_itself)
{
	ck_assert(!sw_policy_stands_before(policy, 0, 0));
}
END_TEST

/* The opener moves; where it was before is remembered, too. */
START_TEST(an_opener_may_move)
{
	uint32_t index = step(false, 1, 2);
	const struct sw_cold *cold = sw_flows_cold(engine->flows, index);

	ck_assert_uint_eq(cold->former[0], 0);
	(void)step(false, 5, 6);
	ck_assert(same(index, 0, 5, 6));
	ck_assert(kept(index, 0, 5, 6));
	ck_assert_uint_eq(cold->former[0], 1u << 16 | 2);
	(void)step(false, 1, 6);
	ck_assert(same(index, 0, 1, 6));
	ck_assert_uint_eq(cold->former[0], 5u << 16 | 6);
	(void)step(false, 65536, 6);
	ck_assert(kept(index, 0, 65536, 6));
	(void)step(false, 1, 2);
	ck_assert_uint_eq(cold->former[0], 0); /* it does not fit */
	ck_assert_uint_eq(cold->former[1], 0);
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("way");

	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, the_way_of_the_opener_is_noted);
	tcase_add_test(t, a_bare_opening_is_known_too);
	tcase_add_test(t, a_reply_that_moves_has_the_flow_s_mark);
	tcase_add_test(t, a_ledger_holds_both_interfaces);
	tcase_add_test(t, a_wide_interface_is_not_in_it);
	tcase_add_test(t, a_reply_may_come_another_way);
	tcase_add_test(t, an_opener_may_move);
	tcase_add_test(t, no_rule_stands_before_itself);
	return run_case("way", t);
}
