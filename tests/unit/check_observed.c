/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_observed: what observe mode has seen, and what follows from it.
 */
#include <check.h>
#include <netinet/in.h>

#include "build.h"
#include "report/observe_stats.h"
#include "runner.h"
#include "synward/cause.h"

static struct sw_observe_stats *observe_stats;

static struct sw_time
seconds(uint64_t n)
{
	return (struct sw_time){ n * SW_NS_PER_SECOND };
}

static void
begin(void)
{
	observe_stats = sw_observe_stats_create(seconds(100));
	ck_assert_ptr_nonnull(observe_stats);
}

static void
end(void)
{
	sw_observe_stats_destroy(observe_stats);
}

static void
note(uint16_t rule, enum sw_message message, enum sw_cause cause, uint64_t at)
{
	struct sw_event event = { .kind = SW_EVENT_REFUSED,
		.rule = rule,
		.time = seconds(at),
		.refused = { .message = (uint8_t)message,
		    .action = SW_ACTION_WOULD_DROP,
		    .ends = build_ends(
			"10.0.0.1", 1024, "10.0.0.2", 80, IPPROTO_TCP) } };

	event.judgement.cause = (uint8_t)cause;
	sw_observe_stats_note(observe_stats, &event);
}

static enum sw_readiness
judged(uint64_t at, uint64_t *harmed)
{
	struct sw_observe_stats_row rows[SW_OBSERVE_STATS_ROWS];
	struct sw_time since;
	uint64_t others;
	size_t n = sw_observe_stats_list(observe_stats, rows, &since, &others);

	return sw_observe_stats_judge(
	    rows, n, others, since, seconds(at), harmed);
}

START_TEST(counts_by_rule_and_reason)
{
	struct sw_observe_stats_row rows[SW_OBSERVE_STATS_ROWS];
	struct sw_time since;
	uint64_t others;

	note(1, SW_MESSAGE_NOT_SYN, SW_CAUSE_IDLE_EXPIRED, 200);
	note(1, SW_MESSAGE_NOT_SYN, SW_CAUSE_IDLE_EXPIRED, 300);
	note(2, SW_MESSAGE_NOT_SYN, SW_CAUSE_IDLE_EXPIRED, 400);
	note(1, SW_MESSAGE_DENIED, SW_CAUSE_UNKNOWN, 500);
	ck_assert_uint_eq(
	    sw_observe_stats_list(observe_stats, rows, &since, &others), 3);
	ck_assert_uint_eq(since.ns, seconds(100).ns);
	ck_assert_uint_eq(others, 0);
	ck_assert_uint_eq(rows[0].packets, 2);
	ck_assert_uint_eq(rows[0].first.ns, seconds(200).ns);
	ck_assert_uint_eq(rows[0].last.ns, seconds(300).ns);
	ck_assert_uint_eq(rows[0].ends.dport, 80);
	ck_assert_uint_eq(rows[1].rule, 2);
	ck_assert_uint_eq(rows[2].message, SW_MESSAGE_DENIED);
}
END_TEST

/* What was dropped is not under observation. */
START_TEST(others_are_not_counted)
{
	struct sw_event event = { .kind = SW_EVENT_REFUSED,
		.refused = { .action = SW_ACTION_DROP } };
	struct sw_observe_stats_row rows[SW_OBSERVE_STATS_ROWS];
	struct sw_time since;
	uint64_t others;

	sw_observe_stats_note(observe_stats, &event);
	sw_observe_stats_note(NULL, &event);
	ck_assert_uint_eq(
	    sw_observe_stats_list(observe_stats, rows, &since, &others), 0);
}
END_TEST

START_TEST(quiet_for_an_hour_is_safe)
{
	uint64_t harmed;

	ck_assert_int_eq(judged(3699, &harmed), SW_READY_EARLY);
	ck_assert_int_eq(judged(3700, &harmed), SW_READY_YES);
	note(0, SW_MESSAGE_NOT_SYN, SW_CAUSE_ACK_SCAN, 3000);
	note(0, SW_MESSAGE_NOT_SYN, SW_CAUSE_LATE_CLOSE, 3000);
	note(0, SW_MESSAGE_BAD_FLAGS, SW_CAUSE_BAD_FLAGS, 3000);
	note(3, SW_MESSAGE_DENIED, SW_CAUSE_UNKNOWN, 3000);
	ck_assert_int_eq(judged(3700, &harmed), SW_READY_YES);
	ck_assert_uint_eq(harmed, 0);
}
END_TEST

/* Connections from before the start fade away. */
START_TEST(a_gap_passes)
{
	uint64_t harmed;

	note(0, SW_MESSAGE_NOT_SYN, SW_CAUSE_GAP, 2000);
	ck_assert_int_eq(judged(5599, &harmed), SW_READY_EARLY);
	ck_assert_int_eq(judged(5600, &harmed), SW_READY_YES);
}
END_TEST

START_TEST(cut_connections_are_not_safe)
{
	static const enum sw_cause causes[] = { SW_CAUSE_IDLE_EXPIRED,
		SW_CAUSE_ASYMMETRIC, SW_CAUSE_NOT_TCP, SW_CAUSE_UNKNOWN };
	uint64_t harmed;

	note(0, SW_MESSAGE_NOT_SYN, causes[_i], 200);
	ck_assert_int_eq(judged(201, &harmed), SW_READY_NO);
	ck_assert_int_eq(judged(100000, &harmed), SW_READY_NO);
	ck_assert_uint_eq(harmed, 1);
	note(0, SW_MESSAGE_TABLE_FULL, SW_CAUSE_EVICTED, 300);
	ck_assert_int_eq(judged(301, &harmed), SW_READY_NO);
	ck_assert_uint_eq(harmed, 2);
	/* A changed configuration is judged anew. */
	sw_observe_stats_clear(observe_stats, seconds(400));
	ck_assert_int_eq(judged(500, &harmed), SW_READY_EARLY);
	ck_assert_int_eq(judged(4000, &harmed), SW_READY_YES);
}
END_TEST

/* More reasons than there are rows: counted, and never called safe. */
START_TEST(what_does_not_fit_is_counted)
{
	struct sw_observe_stats_row rows[SW_OBSERVE_STATS_ROWS];
	struct sw_time since;
	uint64_t others, harmed;

	for (uint16_t rule = 0; rule < SW_OBSERVE_STATS_ROWS + 5; rule++)
		note(rule, SW_MESSAGE_DENIED, SW_CAUSE_UNKNOWN, 200);
	ck_assert_uint_eq(
	    sw_observe_stats_list(observe_stats, rows, &since, &others),
	    SW_OBSERVE_STATS_ROWS);
	ck_assert_uint_eq(others, 5);
	ck_assert_int_eq(judged(9000, &harmed), SW_READY_NO);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("observed");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, counts_by_rule_and_reason);
	tcase_add_test(tcase, others_are_not_counted);
	tcase_add_test(tcase, quiet_for_an_hour_is_safe);
	tcase_add_test(tcase, a_gap_passes);
	tcase_add_loop_test(tcase, cut_connections_are_not_safe, 0, 4);
	tcase_add_test(tcase, what_does_not_fit_is_counted);
	return run_case("observed", tcase);
}
