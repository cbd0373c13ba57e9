/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_incident_flood: few lines tell many drops, and tell all of them.
 */
#include <check.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "books.h"
#include "report/distinct_count.h"
#include "runner.h"

/* A drop every few microseconds; the desk asks for lines as it goes. */
static void
flood(struct books *books, uint64_t drops,
    struct sw_event (*make)(uint64_t i, uint64_t ms))
{
	uint64_t ms = 0;

	for (uint64_t i = 0; i < drops; i++) {
		struct sw_event event;

		ms = i / 100;
		event = make(i, ms);
		books_give(books, &event);
		if (i % 1000 == 0)
			books_take_all(books, ms);
	}
	books_take_all(books, ms + 60000);
	books_take_all(books, ms + 120000);
}

static uint32_t
mixed_up(uint64_t i, uint32_t salt)
{
	return (uint32_t)((i + salt) * UINT64_C(0x9e3779b97f4a7c15) >> 32);
}

static struct sw_event
anything(uint64_t i, uint64_t ms)
{
	struct sw_event event = books_refusal(
	    mixed_up(i, 1), mixed_up(i, 2), mixed_up(i, 3) & 0xff, ms);

	event.refused.ends.sport = (uint16_t)mixed_up(i, 4);
	event.refused.ends.dport = (uint16_t)mixed_up(i, 5);
	event.judgement.cause = SW_CAUSE_UNKNOWN;
	return event;
}

START_TEST(million_keys_give_a_handful_of_lines)
{
	struct books books = books_open(50, 60);

	/* A hundred seconds by the clock. */
	flood(&books, 1000000, anything);
	ck_assert_uint_le(books.lines + books.logged, 100);
	books_close(&books, 300000);
}
END_TEST

static struct sw_event
to_one_server(uint64_t i, uint64_t ms)
{
	return books_refusal(mixed_up(i, 1), 0x0a090007, SW_ACK, ms);
}

START_TEST(flood_towards_one_server_is_told_as_such)
{
	struct books books = books_open(50, 60);
	struct sw_event event;

	for (uint64_t i = 0; i < 100000; i++) {
		event = to_one_server(i, 0);
		books_give(&books, &event);
	}
	ck_assert(books_take(&books, 60000));
	ck_assert_ptr_nonnull(
	    strstr(books.last, " clients > 10.9.0.7:443 in=eth2"));
	ck_assert_ptr_nonnull(strstr(books.last, ", about "));
	books_close(&books, 60000);
	ck_assert_uint_le(books.lines + books.logged, 30);
}
END_TEST

START_TEST(one_client_at_many_servers_is_told_as_such)
{
	struct books books = books_open(50, 60);
	struct sw_event event;

	for (unsigned i = 0; i < 100; i++) {
		event = books_refusal(0x0a010203, 0x0a090000 + i, SW_ACK, 0);
		books_give(&books, &event);
	}
	ck_assert(books_take(&books, 60000));
	ck_assert_ptr_nonnull(strstr(books.last, "drops in 60s [A]="));
	ck_assert_ptr_nonnull(
	    strstr(books.last, ", 1 client 10.1.2.3 > 84 targets in="));
	books_close(&books, 60000);
}
END_TEST

START_TEST(a_scan_is_one_incident_from_the_first)
{
	struct books books = books_open(50, 60);
	struct sw_event event;

	for (unsigned i = 0; i < 100; i++) {
		event = books_refusal(0x0a010203, 0x0a090000 + i, SW_ACK, 0);
		event.judgement.cause = SW_CAUSE_ACK_SCAN;
		books_give(&books, &event);
	}
	ck_assert_uint_eq(books.logged, 5);
	ck_assert(books_take(&books, 60000));
	ck_assert_ptr_nonnull(strstr(books.last,
	    " ack-scan: 95 drops in 60s [A]=95, 1 client 10.1.2.3 > 100 "
	    "targets in=eth2 out=eth1, since "));
	books_close(&books, 60000);
}
END_TEST

START_TEST(the_rate_holds)
{
	struct books books = books_open(10, 1);

	/* Ten new incidents a millisecond, each of its own rule. */
	for (uint64_t ms = 0; ms < 10000; ms++) {
		for (unsigned i = 0; i < 10; i++) {
			struct sw_event event = books_refusal(1, 2, SW_ACK, ms);

			event.rule = (uint16_t)(ms * 10 + i);
			books_give(&books, &event);
		}
		books_take_all(&books, ms);
		/* Ten saved up, and ten a second. */
		ck_assert_uint_le(books.logged + books.lines, 10 + ms / 100);
	}
	books_close(&books, 10000);
}
END_TEST

START_TEST(a_full_table_counts_all_the_same)
{
	struct books books = books_open(1000000, 60);
	unsigned mixed = 0;

	for (uint16_t rule = 0; rule < 2000; rule++)
		for (unsigned round = 0; round < 20; round++) {
			struct sw_event event =
			    books_refusal(1, 2, SW_ACK, round);

			event.rule = rule;
			books_give(&books, &event);
		}
	while (books_take(&books, 60100))
		mixed += strstr(books.last, " mixed: ") != NULL;
	ck_assert_uint_eq(mixed, 1);
	books_close(&books, 60100);
}
END_TEST

START_TEST(a_wide_incident_ends_when_it_grows_quiet)
{
	struct books books = books_open(50, 10);
	struct sw_event event;

	for (unsigned i = 0; i < 1000; i++) {
		event = anything(i, i * 10);
		books_give(&books, &event);
	}
	books_take_all(&books, 10400);
	ck_assert_uint_eq(books.closed, 0);
	event = anything(5000, 10401);
	books_give(&books, &event);
	ck_assert(books_take(&books, 20401));
	ck_assert_ptr_nonnull(strstr(books.last, ": 1 drop in 10s "));
	ck_assert(books_take(&books, 20401));
	ck_assert_ptr_nonnull(strstr(books.last, " closed: "));
	/* Who it is has a line again. */
	event = anything(6000, 20402);
	ck_assert(books_give(&books, &event));
	books_close(&books, 20402);
}
END_TEST

START_TEST(distinct_is_exact_when_few)
{
	struct sw_distinct_count distinct = { .n = 0 };

	for (uint32_t i = 0; i < 1000; i++)
		sw_distinct_count_add(&distinct, mixed_up(i % 100, 7));
	ck_assert_uint_eq(sw_distinct_count_count(&distinct), 100);
}
END_TEST

START_TEST(distinct_is_near_when_many)
{
	struct sw_distinct_count distinct = { .n = 0 };
	uint32_t count;

	for (uint32_t i = 0; i < 1000000; i++) {
		sw_distinct_count_add(&distinct, mixed_up(i, 7));
		sw_distinct_count_add(&distinct, mixed_up(i, 7));
	}
	count = sw_distinct_count_count(&distinct);
	ck_assert_uint_ge(count, 700000);
	ck_assert_uint_le(count, 1300000);
}
END_TEST

int
main(void)
{
	TCase *tests = tcase_create("incident_flood");

	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, million_keys_give_a_handful_of_lines);
	tcase_add_test(tests, flood_towards_one_server_is_told_as_such);
	tcase_add_test(tests, one_client_at_many_servers_is_told_as_such);
	tcase_add_test(tests, a_scan_is_one_incident_from_the_first);
	tcase_add_test(tests, the_rate_holds);
	tcase_add_test(tests, a_full_table_counts_all_the_same);
	tcase_add_test(tests, a_wide_incident_ends_when_it_grows_quiet);
	tcase_add_test(tests, distinct_is_exact_when_few);
	tcase_add_test(tests, distinct_is_near_when_many);
	return run_case("incident_flood", tests);
}
