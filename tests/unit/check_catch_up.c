/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ticks wrap, so a flow that nobody sweeps for 180 days is ended by the next
 * packet; a sweep puts that off only when it has seen the whole table.
 */

#include <check.h>

#include "build.h"
#include "runner.h"
#include "script.h"

#define MAX_FLOWS 16u
#define DAY (86400 * SW_NS_PER_SECOND)
#define SECOND SW_NS_PER_SECOND

static struct sw_flow_policy flow_policy;
static struct sw_policy *policy;
static struct sw_engine *engine;

/* Before the first test moment nothing has happened. */
static struct sw_time
at(uint64_t ns)
{
	return (struct sw_time){ SECOND + ns };
}

static void
begin(void)
{
	struct sw_limits limits = { .max_flows = MAX_FLOWS,
		.max_embryonic = 100,
		.tombstones = 16,
		.events = 64 };

	flow_policy = script_treatment(SW_TRACK_NORMAL);
	flow_policy.on_idle = SW_IDLE_PROBE;
	policy = sw_policy_compile(NULL, 0, &flow_policy);
	engine = sw_engine_create(&limits, NULL, policy, at(0));
	ck_assert_ptr_nonnull(engine);
}

static void
end(void)
{
	sw_engine_destroy(engine);
	sw_policy_destroy(policy);
}

/* A datagram that is not answered lasts 30 seconds.
 * => the flows that have not been ended */
static uint32_t
flows_after(uint16_t port, uint64_t ns)
{
	struct sw_packet packet = { .length = 100,
		.ends = build_ends("10.0.0.1", port, "10.0.0.2", 53, 17) };
	struct sw_counts counts;

	ck_assert_int_eq(sw_engine_step(engine, &packet, at(ns)), SW_PASS);
	sw_engine_counts(engine, &counts);
	return counts.flows;
}

/* The sweep sees one slot, before there is a flow. */
static void
sweep_first(uint64_t ns)
{
	sw_engine_sweep(engine, at(ns), 1);
}

START_TEST(half_a_year_ends_what_nobody_swept)
{
	struct sw_counts counts;

	sweep_first(1 * DAY);
	ck_assert_uint_eq(flows_after(1000, 1 * DAY), 1);
	ck_assert_uint_eq(flows_after(1001, 180 * DAY - 1), 2);
	ck_assert_uint_eq(flows_after(1002, 180 * DAY), 2);
	sw_engine_counts(engine, &counts);
	ck_assert_uint_eq(counts.ended[SW_END_TIMEOUT], 1);
	/* And again. */
	ck_assert_uint_eq(flows_after(1003, 360 * DAY - 1), 3);
	ck_assert_uint_eq(flows_after(1004, 360 * DAY), 2);
}
END_TEST

/* What the round before has seen was seen when that round began. */
START_TEST(a_round_of_the_sweep_puts_it_off)
{
	uint32_t all = sw_engine_slots(engine);

	for (uint64_t day = 10; day <= 20; day += 10) {
		ck_assert_uint_eq(flows_after(1000, day * DAY), 1);
		sw_engine_sweep(engine, at(day * DAY), all);
	}
	ck_assert_uint_eq(flows_after(1001, 190 * DAY - 1), 2);
	ck_assert_uint_eq(flows_after(1002, 190 * DAY), 2);
}
END_TEST

/* In slices it is a round when all of them are done. */
START_TEST(slices_put_it_off_when_they_are_a_round)
{
	uint32_t all = sw_engine_slots(engine);
	bool whole = _i == 0;

	sweep_first(10 * DAY);
	ck_assert_uint_eq(flows_after(1000, 20 * DAY), 1);
	for (uint32_t i = whole ? 0 : 1; i < all; i++)
		sw_engine_sweep(engine, at(20 * DAY), 1);
	ck_assert_uint_eq(flows_after(1001, 180 * DAY - 1), 2);
	ck_assert_uint_eq(flows_after(1002, 180 * DAY), whole ? 3 : 2);
}
END_TEST

/* In a table without flows each moment is one at which all were seen. */
START_TEST(an_empty_table_has_seen_all)
{
	sweep_first(10 * DAY);
	sw_engine_sweep(engine, at(20 * DAY), 1);
	ck_assert_uint_eq(flows_after(1000, 20 * DAY), 1);
	sw_engine_sweep(engine, at(30 * DAY), 0);
	ck_assert_uint_eq(flows_after(1001, 200 * DAY - 1), 2);
	ck_assert_uint_eq(flows_after(1002, 200 * DAY), 2);
}
END_TEST

static void
establish(uint64_t ns)
{
	static const struct script_row rows[] = { SCRIPT_HANDSHAKE,
		{ 3, 'C', "PA", 1001, 5001, 9, '+', NULL },
		{ 4, 'S', "A", 5001, 1010, 0, '+', NULL } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct sw_packet packet = script_packet(&rows[i]);

		ck_assert_int_eq(
		    sw_engine_step(engine, &packet, at(ns)), SW_PASS);
	}
}

/* => the segments with these flags that were sent to both ends */
static unsigned
sent(uint8_t flags)
{
	struct sw_event event;
	unsigned n = 0;

	while (sw_engine_take(engine, &event))
		if (event.kind == SW_EVENT_SEND && event.send[0].flags == flags)
			n++;
	return n;
}

/* What ends after the last probe could be sent is left to the sweep. */
START_TEST(what_ends_later_is_left)
{
	struct sw_packet answer = { .length = 100,
		.ends = build_ends("10.0.0.2", 53, "10.0.0.1", 1000, 17) };

	sweep_first(1 * DAY);
	ck_assert_uint_eq(flows_after(1000, 180 * DAY - 1), 1);
	ck_assert_int_eq(
	    sw_engine_step(engine, &answer, at(180 * DAY - 1)), SW_PASS);
	ck_assert_uint_eq(flows_after(1001, 180 * DAY + 3600 * SECOND), 2);
}
END_TEST

/* A flow that is probed gets its three probes, each in time, and then ends. */
START_TEST(what_is_probed_gets_its_probes)
{
	static const struct {
		uint64_t seconds;
		unsigned probes;
		uint32_t flows;
	} rows[] = { { 0, 1, 2 }, { 9, 1, 2 }, { 10, 2, 2 }, { 20, 3, 2 },
		{ 29, 3, 2 }, { 30, 3, 1 }, { 100, 3, 1 } };

	sweep_first(1 * DAY);
	establish(1 * DAY);
	ck_assert_uint_eq(
	    flows_after(1000, 180 * DAY + rows[_i].seconds * SECOND),
	    rows[_i].flows);
	ck_assert_uint_eq(sent(SW_ACK), rows[_i].probes);
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("catch_up");

	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, half_a_year_ends_what_nobody_swept);
	tcase_add_test(t, a_round_of_the_sweep_puts_it_off);
	tcase_add_loop_test(t, slices_put_it_off_when_they_are_a_round, 0, 2);
	tcase_add_test(t, an_empty_table_has_seen_all);
	tcase_add_test(t, what_ends_later_is_left);
	tcase_add_loop_test(t, what_is_probed_gets_its_probes, 0, 7);
	return run_case("catch_up", t);
}
