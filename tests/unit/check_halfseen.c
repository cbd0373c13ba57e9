/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_halfseen: connections of which one direction passes by, counted by
 * server; then when they are called asymmetric, and how surely.
 */
#include <check.h>

#include "diagnose/one_way.h"
#include "runner.h"
#include "sequence.h"

#define SECOND SW_NS_PER_SECOND

static struct sw_one_way one_way;

static struct sw_half *
at(uint64_t id, uint64_t second)
{
	return sw_one_way_at(
	    &one_way, id, (struct sw_time){ (1000 + second) * SECOND });
}

static void
begin(void)
{
	one_way = (struct sw_one_way){ 0 };
}

START_TEST(a_server_keeps_its_entry)
{
	struct sw_half *half = at(7, 0);

	sw_one_way_add(half, 1);
	sw_one_way_add(half, UINT64_C(1) << 21);
	sw_one_way_add(half, UINT64_C(1) << 21);
	ck_assert_ptr_eq(at(7, 299), half);
	ck_assert_uint_eq(half->flows, 3);
	ck_assert_uint_eq(sw_estimate_count(&half->clients), 2);
	ck_assert_uint_eq(half->since, 1000 * SECOND);
	ck_assert_uint_eq(half->last, 1299 * SECOND);
	ck_assert_uint_eq(at(8, 299)->flows, 0);
}
END_TEST

/* Five minutes after it began, however busy it was. */
START_TEST(a_window_ends)
{
	sw_one_way_add(at(7, 0), 1);
	ck_assert_uint_eq(at(7, 299)->flows, 1);
	ck_assert_uint_eq(at(7, 300)->flows, 0);
	ck_assert_uint_eq(at(7, 300)->since, 1300 * SECOND);
}
END_TEST

/* Of five in one set the one quiet for longest is forgotten. */
START_TEST(the_quietest_gives_way)
{
	for (uint64_t i = 1; i <= SW_ONE_WAY_WAYS; i++)
		sw_one_way_add(at(i, i), 1);
	at(1, 50);
	sw_one_way_add(at(5, 60), 1);
	ck_assert_uint_eq(at(1, 61)->flows, 1);
	ck_assert_uint_eq(at(3, 61)->flows, 1);
	ck_assert_uint_eq(at(4, 61)->flows, 1);
	ck_assert_uint_eq(at(5, 61)->flows, 1);
	ck_assert_uint_eq(at(2, 61)->flows, 0);
}
END_TEST

START_TEST(sets_are_apart)
{
	for (uint64_t i = 0; i < 10; i++)
		sw_one_way_add(at(3 + (i << 40), i), 1);
	for (uint64_t i = 0; i < 10; i++)
		ck_assert_uint_eq(at(3 + (i << 40), 20)->flows, 1);
	/* No hash is 0: that is a free entry's. */
	sw_one_way_add(at(0, 20), 1);
	ck_assert_uint_eq(at(0, 21)->flows, 1);
	ck_assert_uint_eq(at(1, 21)->flows, 1);
}
END_TEST

/* --- what comes of it, two hours and more after the start --- */

#define LATE 8000000u

/* One answer may be anybody's; where it comes again it is half of something;
 * three flows of two clients are a pattern. */
START_TEST(answers_without_a_question)
{
	static const struct sequence_row rows[] = {
		{ LATE, "s1:443", "c1:40000", "SA", 9000, 77, 0,
		    "asymmetric low", 1, 0, NULL, 60 },
		{ LATE + 1000, "s1:443", "c1:40000", "SA", 9000, 77, 0,
		    "asymmetric medium", 1, 0, NULL, 60 },
		{ LATE + 2000, "s1:443", "c2:40000", "SA", 9000, 77, 0,
		    "asymmetric low", 1, 0, NULL, 60 },
		{ LATE + 2100, "s1:443", "c3:40000", "SA", 9000, 77, 0,
		    "asymmetric high", 1, 0, NULL, 60 },
		/* Another server does not profit. */
		{ LATE + 2200, "s2:443", "c3:40000", "SA", 9000, 77, 0,
		    "asymmetric medium", 1, 0, NULL, 60 },
	};
	static const struct sequence_row goes_on[] = {
		{ LATE, "s1:443", "c1:40000", "SA", 9000, 77, 0,
		    "asymmetric low", 1, 0, NULL, 60 },
		{ LATE + 20, "s1:443", "c1:40000", "PA", 9001, 177, 100,
		    "asymmetric medium" },
	};

	SEQUENCE_RUN("answers", rows);
	SEQUENCE_RUN("goes on", goes_on);
}
END_TEST

START_TEST(one_side_that_is_acknowledged)
{
	static const struct sequence_row acks[] = {
		{ LATE, "c1:40000", "s1:443", "A", 77, 9000, 0, "unknown low",
		    3, 100, "a" },
		{ LATE + 300, "c1:40000", "s1:443", "A", 77, 9300, 0,
		    "asymmetric medium" },
	};
	static const struct sequence_row data[] = {
		{ LATE, "c1:40000", "s1:443", "PA", 77, 9000, 100,
		    "unknown low", 4, 1000, "d" },
		{ LATE + 4000, "c1:40000", "s1:443", "PA", 477, 9000, 100,
		    "asymmetric medium" },
		{ LATE + 5000, "c2:40000", "s1:443", "PA", 77, 9000, 100,
		    "asymmetric medium", 5, 1000, "d" },
		{ LATE + 15000, "c3:40000", "s1:443", "PA", 77, 9000, 100,
		    "asymmetric high", 5, 1000, "d" },
	};
	/* The same bytes again are a host that gets no answer. */
	static const struct sequence_row again[] = {
		{ LATE, "c1:40000", "s1:443", "PA", 77, 9000, 100,
		    "unknown low", 5, 1000 },
	};
	static const struct sequence_row both[] = {
		{ LATE, "s1:443", "c1:40000", "A", 9000, 77, 0, NULL },
		{ LATE, "c1:40000", "s1:443", "PA", 77, 9000, 100,
		    "unknown low", 5, 1000, "d" },
	};

	SEQUENCE_RUN("acknowledges", acks);
	SEQUENCE_RUN("sends on", data);
	SEQUENCE_RUN("repeats", again);
	SEQUENCE_RUN("both ways", both);
}
END_TEST

/* Replies are counted by their type, and errors and other types nowhere. */
START_TEST(what_icmp_counts)
{
	static const struct sequence_row rows[] = {
		{ LATE, "s1", "c1", "error", 0, 0, 0, "opens-nothing high", 40,
		    10, "hH" },
		{ LATE + 500, "s1", "c1", "type", 0, 0, 0, "opens-nothing high",
		    40, 10, "H" },
		{ LATE + 1000, "s1:8", "c1:7", "pong", 0, 0, 0,
		    "backscatter low" },
		{ LATE + 2000, "s1", "c1", "error", 0, 0, 0,
		    "opens-nothing high", 3, 100 },
	};
	static const struct sequence_row pongs[] = {
		{ LATE, "s1:8", "c1:7", "pong", 0, 0, 0, "asymmetric medium", 2,
		    1000 },
		{ LATE + 3000, "s1:8", "c2:7", "pong", 0, 0, 0,
		    "asymmetric high", 3, 1000, "H" },
		{ LATE + 7000, "s1:13", "c2:7", "stamp", 0, 0, 0,
		    "backscatter low" },
	};
	/* Three clients that only half is seen of, and errors between the same
	 * interfaces: what else passes there is half, too. */
	static const struct sequence_row among[] = {
		{ LATE, "c1:40000", "s1:443", "A", 77, 9000, 0,
		    "asymmetric medium", 5, 100, "a" },
		{ LATE + 1000, "c2:40000", "s1:443", "A", 77, 9000, 0,
		    "asymmetric medium", 5, 100, "a" },
		{ LATE + 2000, "c3:40000", "s1:443", "A", 77, 9000, 0,
		    "asymmetric high", 5, 100, "a" },
		{ LATE + 3000, "c1", "s1", "error", 0, 0, 0,
		    "opens-nothing high", 40, 10, "hH" },
		{ LATE + 4000, "c4:40000", "s1:443", "PA", 77, 9000, 9,
		    "asymmetric medium" },
	};

	SEQUENCE_RUN("errors and types", rows);
	SEQUENCE_RUN("replies", pongs);
	SEQUENCE_RUN("among errors", among);
}
END_TEST

/* Our route back: sure, doubted, or refuted by what works. */
START_TEST(another_way_back)
{
	static const struct sequence_row sure[] = {
		{ LATE, "s1:443", "c1:40000", "SA", 9000, 77, 0,
		    "asymmetric high", 1, 0, NULL, 44, 0, 3 },
		{ LATE + 10, "s2:443", "c1:40000", "PA", 9000, 77, 9,
		    "asymmetric medium", 1, 0, NULL, 0, 0, 3 },
	};
	static const struct sequence_row marks[] = {
		{ LATE, "s1:443", "c1:40000", "SA", 9000, 77, 0,
		    "asymmetric low", 1, 0, NULL, 60, 0, 3, true },
		{ LATE + 10, "s2:443", "c1:40000", "PA", 9000, 77, 9,
		    "asymmetric low", 1, 0, NULL, 0, 0, 3, true },
	};
	static const struct sequence_row after_a_start[] = {
		{ 1000, "s1:443", "c1:40000", "PA", 9000, 77, 9,
		    "asymmetric medium", 1, 0, NULL, 0, 0, 3 },
		{ 1000, "s2:443", "c1:40000", "PA", 9000, 77, 9, "gap medium",
		    1, 0, NULL, 0, 0, 3, true },
	};
	static const struct sequence_row works[] = {
		{ LATE, "c1:1", "s1:443", "works", 0, 0, 0, NULL },
		{ LATE + 9, "s1:443", "c1:40000", "PA", 9000, 77, 9,
		    "unknown low", 1, 0, NULL, 0, 0, 3 },
		{ LATE + 9, "s2:443", "c1:40000", "PA", 9000, 77, 9,
		    "asymmetric low", 1, 0, NULL, 0, 0, 3 },
	};
	/* A bridge decides by itself. */
	static const struct sequence_row bridge[] = {
		{ LATE, "s1:443", "c1:40000", "PA", 9000, 77, 9, "unknown low",
		    1, 0, NULL, 0, 0, 3, false, 5, 5 },
	};

	SEQUENCE_RUN("sure", sure);
	SEQUENCE_RUN("marks", marks);
	SEQUENCE_RUN("after a start", after_a_start);
	SEQUENCE_RUN("works", works);
	SEQUENCE_RUN("bridge", bridge);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("halfseen");
	TCase *list = tcase_create("list"), *causes = tcase_create("causes");

	tcase_add_checked_fixture(list, begin, NULL);
	tcase_add_test(list, a_server_keeps_its_entry);
	tcase_add_test(list, a_window_ends);
	tcase_add_test(list, the_quietest_gives_way);
	tcase_add_test(list, sets_are_apart);
	suite_add_tcase(suite, list);
	tcase_add_test(causes, answers_without_a_question);
	tcase_add_test(causes, one_side_that_is_acknowledged);
	tcase_add_test(causes, what_icmp_counts);
	tcase_add_test(causes, another_way_back);
	suite_add_tcase(suite, causes);
	return run_suite(suite);
}
