/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a flow ends, and what its story says then; and how long nobody may look
 * at one.
 */

#include <check.h>

#include "crowd.h"
#include "runner.h"

enum { FLOWS = 16, DAY = 86400 };

static struct crowd crowd;

static void
begin(void)
{
	struct sw_limits limits = { .max_flows = FLOWS,
		.max_embryonic = 100,
		.tombstones = 64,
		.events = 256,
		.key = "a key for tests" };
	struct sw_flow_policy how = { .timeouts = *sw_profile("rfc5382"),
		.log = true };

	crowd = crowd_open(&limits, &how);
}

static void
end(void)
{
	crowd_close(&crowd);
}

/* One segment of flow 0. */
static void
step(unsigned direction, const char *flags, uint32_t seq, uint32_t ack)
{
	ck_assert(crowd_step(&crowd, 0, direction, flags, seq, ack, 0));
}

static uint64_t
ended(enum sw_end how)
{
	return crowd_counts(&crowd).ended[how];
}

/* What is over is ended by the sweep, under the name that it earned. */
static void
check_end(uint32_t seconds, enum sw_end how)
{
	crowd_wait(&crowd, (seconds - 1) * UINT64_C(1000));
	ck_assert_uint_eq(crowd_counts(&crowd).flows, 1);
	crowd_wait(&crowd, 1000);
	ck_assert_uint_eq(crowd_counts(&crowd).flows, 0);
	ck_assert_uint_eq(ended(how), 1);
}

START_TEST(silence_ends_by_timeout)
{
	ck_assert(crowd_establish(&crowd, 0));
	check_end(7440, SW_END_TIMEOUT);
}
END_TEST

START_TEST(a_half_closed_one_times_out)
{
	ck_assert(crowd_establish(&crowd, 0));
	step(0, "FA", 101, 101);
	step(1, "A", 101, 102);
	check_end(600, SW_END_TIMEOUT);
}
END_TEST

START_TEST(time_wait_ends_closed)
{
	ck_assert(crowd_establish(&crowd, 0));
	ck_assert(crowd_finish(&crowd, 0));
	check_end(60, SW_END_CLOSED);
}
END_TEST

START_TEST(a_reset_ends_as_one)
{
	ck_assert(crowd_establish(&crowd, 0));
	step(0, "RA", 101, 101);
	check_end(10, SW_END_RESET);
}
END_TEST

/* What crosses the RST refreshes the entry, and no more. */
START_TEST(a_reset_that_is_crossed_ends_as_one)
{
	ck_assert(crowd_establish(&crowd, 0));
	step(0, "RA", 101, 101);
	step(1, "A", 101, 101);
	check_end(10, SW_END_RESET);
}
END_TEST

/* Segments outside the windows may prolong a life; once one is inside, the
 * others count no more. */
START_TEST(what_was_outside_prolongs_nothing_later)
{
	ck_assert(crowd_establish(&crowd, 0));
	step(0, "A", 5000101, 9000101);
	step(1, "A", 9000101, 5000101);
	step(0, "A", 101, 101);
	step(0, "RA", 101, 101);
	check_end(10, SW_END_RESET);
}
END_TEST

START_TEST(a_refused_syn_ends_at_once)
{
	step(0, "S", 0, 0);
	ck_assert_uint_eq(crowd_counts(&crowd).embryonic, 1);
	ck_assert(crowd_step(&crowd, 0, 1, "RA", 0, 1, 0));
	ck_assert_uint_eq(crowd_counts(&crowd).flows, 0);
	ck_assert_uint_eq(crowd_counts(&crowd).embryonic, 0);
	ck_assert_uint_eq(ended(SW_END_REFUSED), 1);
}
END_TEST

/* From half full on a SYN that nobody answers has less time, down to an eighth
 * of it. */
START_TEST(a_full_table_leaves_an_eighth)
{
	static const struct {
		uint32_t flows, seconds;
	} rows[] = { { 8, 80 }, { 9, 70 }, { 12, 40 }, { 15, 10 }, { 16, 10 } };
	struct sw_limits limits = { .max_flows = FLOWS,
		.max_embryonic = 100,
		.tombstones = 64,
		.events = 256 };
	struct sw_flow_policy how = { .timeouts = *sw_profile("rfc5382"),
		.log = true };

	how.timeouts.seconds[SW_TIMEOUT_SYN_SENT] = 80;
	end();
	crowd = crowd_open(&limits, &how);
	for (uint32_t i = 0; i < rows[_i].flows; i++)
		ck_assert(crowd_step(&crowd, i, 0, "S", 0, 0, 0));
	for (uint32_t i = 1; i < rows[_i].seconds; i++)
		crowd_wait(&crowd, 1000);
	ck_assert_uint_eq(crowd_counts(&crowd).flows, rows[_i].flows);
	crowd_wait(&crowd, 4000);
	ck_assert_uint_lt(crowd_counts(&crowd).flows, rows[_i].flows);
}
END_TEST

/* What a flood of refused SYNs leaves takes no place from the stories of
 * connections, which have four times as many. */
START_TEST(a_flood_buries_no_connection)
{
	for (uint32_t i = 1; i <= 20; i++) {
		ck_assert(crowd_establish(&crowd, i));
		ck_assert(crowd_step(&crowd, i, 0, "RA", 101, 101, 0));
		crowd_wait(&crowd, 10000);
		ck_assert_uint_eq(crowd_counts(&crowd).tombstones, i);
	}
	for (uint32_t i = 1; i <= 40; i++) {
		ck_assert(crowd_step(&crowd, 100 + i, 0, "S", 0, 0, 0));
		ck_assert(crowd_step(&crowd, 100 + i, 1, "RA", 0, 1, 0));
		ck_assert_uint_eq(
		    crowd_counts(&crowd).tombstones, 20 + (i < 16 ? i : 16));
	}
}
END_TEST

/* Ticks come round after two years: a flow nobody looks at must not seem
 * young again, by whatever first looks. */
START_TEST(years_are_caught_up_with)
{
	static const unsigned days[] = { 179, 181, 389, 500, 777, 780, 1600 };

	for (size_t i = 0; i < sizeof(days) / sizeof(*days); i++) {
		ck_assert(crowd_establish(&crowd, 0));
		crowd_wait(&crowd, days[i] * UINT64_C(1000) * DAY);
		ck_assert_uint_eq(crowd_counts(&crowd).flows, 0);
		ck_assert_uint_eq(ended(SW_END_TIMEOUT), 1);
		ck_assert(crowd_establish(&crowd, 0));
		crowd.now =
		    sw_time_add_ms(crowd.now, days[i] * UINT64_C(1000) * DAY);
		ck_assert(crowd_step(&crowd, 5, 0, "S", 0, 0, 0));
		ck_assert(!crowd_step(&crowd, 0, 0, "A", 101, 101, 0));
		crowd_wait(&crowd, 60000);
		ck_assert_uint_eq(crowd_counts(&crowd).flows, 0);
		/* The SYN timed out, too. */
		ck_assert_uint_eq(ended(SW_END_TIMEOUT), 3);
		end();
		begin();
	}
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("lifecycle");

	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, silence_ends_by_timeout);
	tcase_add_test(t, a_half_closed_one_times_out);
	tcase_add_test(t, time_wait_ends_closed);
	tcase_add_test(t, a_reset_ends_as_one);
	tcase_add_test(t, a_reset_that_is_crossed_ends_as_one);
	tcase_add_test(t, what_was_outside_prolongs_nothing_later);
	tcase_add_test(t, a_refused_syn_ends_at_once);
	tcase_add_loop_test(t, a_full_table_leaves_an_eighth, 0, 5);
	tcase_add_test(t, a_flood_buries_no_connection);
	tcase_add_test(t, years_are_caught_up_with);
	return run_case("lifecycle", t);
}
