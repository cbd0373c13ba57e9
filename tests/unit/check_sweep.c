/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sweep sees each flow, and ends it once.
 */

#include <check.h>

#include "build.h"
#include "engine/internal.h"
#include "runner.h"
#include "script.h"

/* More than the sweep ends at a time. */
#define MAX_FLOWS 40

struct table {
	struct sw_flow_policy flow_policy;
	struct sw_policy *policy;
	struct sw_engine *engine;
	struct sw_time now;
};

static struct table
begin(void)
{
	struct sw_limits limits = { .max_flows = MAX_FLOWS,
		.max_embryonic = 100,
		.tombstones = 16,
		.events = 64 };
	struct table table = { .flow_policy = script_treatment(SW_TRACK_NORMAL),
		.now = { SW_NS_PER_SECOND } };

	table.policy = sw_policy_compile(NULL, 0, &table.flow_policy);
	table.engine = sw_engine_create(&limits, NULL, table.policy, table.now);
	ck_assert_ptr_nonnull(table.engine);
	return table;
}

static void
end(struct table *table)
{
	sw_engine_destroy(table->engine);
	sw_policy_destroy(table->policy);
}

static void
open_udp(struct table *table, uint16_t port)
{
	struct sw_packet packet = { .length = 100,
		.ends = build_ends("10.0.0.1", port, "10.0.0.2", 53, 17) };

	ck_assert_int_eq(
	    sw_engine_step(table->engine, &packet, table->now), SW_PASS);
}

/* Opens it and has it answered, twice each. */
static void
answer_udp(struct table *table, uint16_t port)
{
	struct sw_packet answer = { .length = 100,
		.ends = build_ends("10.0.0.2", 53, "10.0.0.1", port, 17) };

	for (int i = 0; i < 2; i++) {
		open_udp(table, port);
		ck_assert_int_eq(
		    sw_engine_step(table->engine, &answer, table->now),
		    SW_PASS);
	}
}

/* A shorter timeout comes into force. */
static void
reload(struct table *table, enum sw_timeout which, uint32_t seconds)
{
	struct sw_policy *former = table->policy;

	table->flow_policy.timeouts.seconds[which] = seconds;
	table->policy = sw_policy_compile(NULL, 0, &table->flow_policy);
	sw_engine_adopt(table->engine, table->policy, table->now);
	sw_policy_destroy(former);
}

static struct sw_counts
sweep(struct table *table, uint32_t seconds)
{
	struct sw_counts counts;

	table->now = sw_time_add_ms(table->now, seconds * 1000);
	sw_engine_sweep(
	    table->engine, table->now, sw_engine_slots(table->engine));
	sw_engine_counts(table->engine, &counts);
	return counts;
}

START_TEST(a_flow_that_is_over_is_ended_once)
{
	struct table table = begin();
	struct sw_counts counts;

	open_udp(&table, 1000);
	open_udp(&table, 1001);
	counts = sweep(&table, 29);
	ck_assert_uint_eq(counts.flows, 2);
	counts = sweep(&table, 2);
	ck_assert_uint_eq(counts.flows, 0);
	ck_assert_uint_eq(counts.ended[SW_END_TIMEOUT], 2);
	counts = sweep(&table, 100);
	ck_assert_uint_eq(counts.ended[SW_END_TIMEOUT], 2);
	end(&table);
}
END_TEST

/* The sweep stands at the end of the table when the policy changes: it goes
 * on at its beginning, not behind it. */
START_TEST(after_a_reload_too)
{
	struct table table = begin();
	struct sw_counts counts;

	open_udp(&table, 1000);
	sweep(&table, 1);
	sw_engine_adopt(table.engine, table.policy, table.now);
	counts = sweep(&table, 100);
	ck_assert_uint_eq(counts.flows, 0);
	ck_assert_uint_eq(counts.ended[SW_END_TIMEOUT], 1);
	counts = sweep(&table, 100);
	ck_assert_uint_eq(counts.flows, 0);
	end(&table);
}
END_TEST

/* Shorter timeouts come into force for flows that are there. */
START_TEST(a_reload_may_shorten_a_life)
{
	struct table table = begin();
	struct sw_counts counts;

	open_udp(&table, 1000);
	reload(&table, SW_TIMEOUT_UNREPLIED_UDP, 5);
	counts = sweep(&table, 4);
	ck_assert_uint_eq(counts.flows, 1);
	counts = sweep(&table, 2);
	ck_assert_uint_eq(counts.flows, 0);
	end(&table);
}
END_TEST

/* What was looked at is left alone until it may be over. */
START_TEST(a_look_puts_off_the_next)
{
	struct table table = begin();

	answer_udp(&table, 1000);
	sweep(&table, 4);
	ck_assert_uint_gt(sw_flows_deadline(table.engine->flows, 0),
	    sw_time_tick(sw_time_add_ms(table.now, 30000)));
	end(&table);
}
END_TEST

/* After a reload each flow is looked at once, in slices, whenever it would have
 * been its turn; answered ones have a turn every five minutes. */
START_TEST(a_reload_looks_at_each_flow_in_its_slice)
{
	struct table table = begin();
	uint32_t all = sw_engine_slots(table.engine);
	struct sw_counts counts;

	for (uint16_t i = 0; i < MAX_FLOWS; i++)
		answer_udp(&table, (uint16_t)(1000 + i));
	table.now = sw_time_add_ms(table.now, 20000);
	sw_engine_sweep(table.engine, table.now, all);
	reload(&table, SW_TIMEOUT_UDP, 5);
	for (uint32_t seen = 0; seen < all; seen += 10) {
		sw_engine_counts(table.engine, &counts);
		ck_assert_uint_eq(counts.ended[SW_END_TIMEOUT],
		    seen < MAX_FLOWS ? seen : MAX_FLOWS);
		ck_assert_uint_eq(table.engine->recheck, all - seen);
		sw_engine_sweep(table.engine, table.now, 10);
	}
	sw_engine_sweep(table.engine, table.now, 10);
	ck_assert_uint_eq(table.engine->recheck, 0);
	end(&table);
}
END_TEST

/* What a reload leaves alone is looked at when it is over. */
START_TEST(a_reload_looks_again_in_time)
{
	struct table table = begin();
	struct sw_counts counts;

	answer_udp(&table, 1000);
	sweep(&table, 4);
	reload(&table, SW_TIMEOUT_UDP, 50);
	counts = sweep(&table, 45);
	ck_assert_uint_eq(counts.flows, 1);
	counts = sweep(&table, 2);
	ck_assert_uint_eq(counts.flows, 0);
	end(&table);
}
END_TEST

/* In slices of any size the whole table is seen. */
START_TEST(slices_leave_no_gap)
{
	struct table table = begin();
	struct sw_counts counts;

	for (uint16_t i = 0; i < MAX_FLOWS; i++)
		open_udp(&table, (uint16_t)(1000 + i));
	table.now = sw_time_add_ms(table.now, 31000);
	for (uint32_t seen = 0; seen < sw_engine_slots(table.engine);
	     seen += (uint32_t)_i)
		sw_engine_sweep(table.engine, table.now, (uint32_t)_i);
	sw_engine_counts(table.engine, &counts);
	ck_assert_uint_eq(counts.flows, 0);
	ck_assert_uint_eq(counts.ended[SW_END_TIMEOUT], MAX_FLOWS);
	end(&table);
}
END_TEST

START_TEST(a_sweep_may_go_round_twice)
{
	struct table table = begin();
	struct sw_counts counts;

	open_udp(&table, 1000);
	table.now = sw_time_add_ms(table.now, 31000);
	sw_engine_sweep(
	    table.engine, table.now, 2 * sw_engine_slots(table.engine));
	sw_engine_counts(table.engine, &counts);
	ck_assert_uint_eq(counts.flows, 0);
	ck_assert_uint_eq(counts.embryonic, 0);
	ck_assert_uint_eq(counts.ended[SW_END_TIMEOUT], 1);
	end(&table);
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("sweep");

	tcase_add_test(t, a_flow_that_is_over_is_ended_once);
	tcase_add_test(t, after_a_reload_too);
	tcase_add_test(t, a_reload_may_shorten_a_life);
	tcase_add_test(t, a_look_puts_off_the_next);
	tcase_add_test(t, a_reload_looks_at_each_flow_in_its_slice);
	tcase_add_test(t, a_reload_looks_again_in_time);
	tcase_add_test(t, a_sweep_may_go_round_twice);
	tcase_add_loop_test(t, slices_leave_no_gap, 1, 20);
	return run_case("sweep", t);
}
