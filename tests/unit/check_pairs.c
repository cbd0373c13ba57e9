/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_pairs: what passes between two interfaces, which interfaces are one
 * group, and answers that come from everywhere; then backscatter, and how
 * surely.
 */
#include <check.h>

#include "diagnose/iface_pairs.h"
#include "runner.h"
#include "sequence.h"

#define SECOND SW_NS_PER_SECOND

static struct sw_iface_pairs pairs;

static struct sw_time
second(uint64_t n)
{
	return (struct sw_time){ (1000 + n) * SECOND };
}

static struct sw_pair *
at(uint32_t in, uint32_t out, uint64_t n)
{
	return sw_iface_pairs_at(&pairs, in, out, second(n));
}

static void
begin(void)
{
	pairs = (struct sw_iface_pairs){ 0 };
}

START_TEST(a_pair_has_a_direction_and_a_window)
{
	at(1, 2, 0)->flows = 5;
	ck_assert_uint_eq(at(1, 2, 299)->flows, 5);
	ck_assert_uint_eq(at(2, 1, 299)->flows, 0);
	ck_assert_uint_eq(at(1, 3, 299)->flows, 0);
	ck_assert_uint_eq(at(1, 2, 300)->flows, 0);
	ck_assert_uint_eq(at(0, 0, 300)->flows, 0);
}
END_TEST

START_TEST(the_quietest_pair_gives_way)
{
	for (uint32_t i = 0; i < SW_PAIRS; i++)
		at(i, 9, i)->flows = i + 1;
	at(0, 9, 70);
	at(500, 9, 71)->flows = 99;
	ck_assert_uint_eq(at(0, 9, 72)->flows, 1);
	ck_assert_uint_eq(at(2, 9, 72)->flows, 3);
	ck_assert_uint_eq(at(500, 9, 72)->flows, 99);
	ck_assert_uint_eq(at(1, 9, 72)->flows, 0);
}
END_TEST

START_TEST(links_that_share_a_connection_are_joined)
{
	sw_iface_pairs_join(&pairs, 3, 4, second(0));
	ck_assert(sw_iface_pairs_joined(&pairs, 3, 4));
	ck_assert(sw_iface_pairs_joined(&pairs, 4, 3));
	ck_assert(!sw_iface_pairs_joined(&pairs, 3, 5));
	ck_assert(!sw_iface_pairs_joined(&pairs, 3, 3));
	sw_iface_pairs_join(&pairs, 3, 3, second(0));
	ck_assert(sw_iface_pairs_joined(&pairs, 3, 3));
	ck_assert(!sw_iface_pairs_joined(&pairs, 4, 4));
	sw_iface_pairs_join(&pairs, 0, 5, second(0));
	sw_iface_pairs_join(&pairs, 5, 0, second(0));
	ck_assert(!sw_iface_pairs_joined(&pairs, 0, 5));
	ck_assert(!sw_iface_pairs_joined(&pairs, 0, 0));
}
END_TEST

/* A link may be in several groups, on either side; each is kept. */
START_TEST(each_two_links_are_a_group)
{
	static const uint32_t link[][2] = { { 1, 2 }, { 2, 3 }, { 1, 3 },
		{ 4, 1 }, { 4, 2 }, { 3, 4 }, { 5, 4 }, { 5, 1 } };
	const size_t n = sizeof(link) / sizeof(*link);

	for (size_t i = 0; i < n; i++)
		sw_iface_pairs_join(&pairs, link[i][0], link[i][1], second(i));
	for (size_t i = 0; i < n; i++)
		ck_assert_msg(
		    sw_iface_pairs_joined(&pairs, link[i][0], link[i][1]) &&
			sw_iface_pairs_joined(&pairs, link[i][1], link[i][0]),
		    "%zu", i);
	ck_assert(!sw_iface_pairs_joined(&pairs, 5, 2));
	ck_assert(!sw_iface_pairs_joined(&pairs, 3, 5));
	ck_assert(!sw_iface_pairs_joined(&pairs, 4, 4));
}
END_TEST

/* Seen again, either way round, it is the same group. */
START_TEST(a_group_takes_one_place)
{
	for (uint32_t i = 1; i < SW_GROUPS; i++)
		sw_iface_pairs_join(&pairs, i, 1000, second(0));
	for (uint64_t n = 1; n < 10; n++) {
		sw_iface_pairs_join(&pairs, 900, 901, second(n));
		sw_iface_pairs_join(&pairs, 901, 900, second(n));
	}
	for (uint32_t i = 1; i < SW_GROUPS; i++)
		ck_assert(sw_iface_pairs_joined(&pairs, i, 1000));
	ck_assert(sw_iface_pairs_joined(&pairs, 900, 901));
}
END_TEST

START_TEST(the_oldest_group_gives_way)
{
	for (uint32_t i = 1; i <= SW_GROUPS; i++)
		sw_iface_pairs_join(&pairs, i, 1000, second(i));
	sw_iface_pairs_join(&pairs, 1000, 1, second(80)); /* the first again */
	sw_iface_pairs_join(&pairs, 900, 1000, second(81));
	ck_assert(sw_iface_pairs_joined(&pairs, 1, 1000));
	ck_assert(!sw_iface_pairs_joined(&pairs, 2, 1000));
	ck_assert(sw_iface_pairs_joined(&pairs, 3, 1000));
	ck_assert(sw_iface_pairs_joined(&pairs, 900, 1000));
}
END_TEST

static struct sw_answers
answers(uint32_t servers, uint32_t clients, uint32_t flows, uint32_t repeated,
    uint32_t proven)
{
	struct sw_answers made = {
		.flows = flows, .repeated = repeated, .proven = proven
	};

	for (uint64_t i = 0; i < servers; i++)
		sw_estimate_add(&made.servers, i << 20);
	for (uint64_t i = 0; i < clients; i++)
		sw_estimate_add(&made.clients, i << 20);
	return made;
}

START_TEST(answers_from_everywhere)
{
	static const struct {
		uint32_t servers, clients, flows, repeated, proven;
		bool scattered;
	} rows[] = {
		{ 4, 4, 4, 0, 0, false }, /* too few */
		{ 5, 1, 5, 0, 0, true }, { 5, 1, 10, 0, 0, true },
		{ 5, 1, 11, 0, 0, false }, /* more than two of each */
		{ 8, 1, 8, 1, 0, true },
		{ 8, 1, 8, 2, 0, false }, /* a quarter came again */
		{ 8, 4, 8, 2, 0, true },  /* ... to as many hosts */
		{ 8, 3, 8, 2, 0, false }, { 8, 8, 8, 0, 1, true },
		{ 8, 8, 8, 0, 2, false }, /* a quarter goes on */
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct sw_answers made =
		    answers(rows[i].servers, rows[i].clients, rows[i].flows,
			rows[i].repeated, rows[i].proven);

		ck_assert_msg(
		    sw_iface_pairs_scattered(&made) == rows[i].scattered,
		    "row %zu", i);
	}
}
END_TEST

/* What was so in the last 20 seconds counts until there are enough again. */
START_TEST(the_window_before)
{
	struct sw_answers *made = &at(1, 2, 0)->answers[SW_ANSWER_PLAIN];

	*made = answers(8, 8, 8, 0, 0);
	made->since = second(0).ns;
	at(1, 2, 19);
	ck_assert_uint_eq(made->flows, 8);
	at(1, 2, 20);
	ck_assert_uint_eq(made->flows, 0);
	ck_assert(sw_iface_pairs_scattered(made));
	made->flows = 5;
	ck_assert(!sw_iface_pairs_scattered(made));
	*made = answers(8, 8, 8, 0, 0);
	made->since = second(20).ns;
	at(1, 2, 60);
	ck_assert(!sw_iface_pairs_scattered(made));
	ck_assert_uint_eq(at(1, 2, 61)->answers[SW_ANSWER_FULL].flows, 0);
}
END_TEST

/* --- what comes of it --- */

#define LATE 8000000u

START_TEST(confidence_of_backscatter)
{
	static const struct sequence_row bare[] = {
		{ LATE, "x1:80", "c1:1024", "SA", 9000, 77, 0,
		    "backscatter low", 4, 300, "hHps", 44 },
		{ LATE + 1300, "x5:80", "c5:1028", "SA", 9, 7, 0,
		    "backscatter medium", 5, 300, "hHps", 44 },
		{ LATE + 3000, "x10:80", "c10:1033", "SA", 9, 7, 0,
		    "backscatter high", 5, 300, "hHps", 44 },
	};
	/* Who opens connections may have asked. */
	static const struct sequence_row opener[] = {
		{ LATE - 1000, "c20:1", "s1:80", "opens", 0, 0, 0, NULL },
		{ LATE, "x1:80", "c1:1024", "SA", 9000, 77, 0, NULL, 20, 300,
		    "hHps", 44 },
		{ LATE + 6100, "x30:80", "c20:9", "SA", 9, 7, 0,
		    "backscatter medium", 1, 0, NULL, 44 },
	};
	/* An RST at once from who never asked. */
	static const struct sequence_row disowned[] = {
		{ LATE, "x1:80", "c1:1024", "SA", 9000, 77, 0,
		    "backscatter low", 1, 0, NULL, 44 },
		{ LATE + 1, "c1:1024", "x1:80", "R", 77, 0, 0,
		    "backscatter medium" },
	};
	/* One that goes on may have been asked: what is known of its first
	 * packet holds, and no more. */
	static const struct sequence_row goes_on[] = {
		{ LATE, "x1:80", "c1:1024", "SA", 9000, 77, 0, NULL, 12, 300,
		    "hHps", 44 },
		{ LATE + 4000, "x1:80", "c1:1024", "PA", 9001, 77, 50,
		    "backscatter low" },
	};

	SEQUENCE_RUN("bare", bare);
	SEQUENCE_RUN("opener", opener);
	SEQUENCE_RUN("disowned", disowned);
	SEQUENCE_RUN("goes on", goes_on);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("pairs");
	TCase *list = tcase_create("list"), *causes = tcase_create("causes");

	tcase_add_checked_fixture(list, begin, NULL);
	tcase_add_test(list, a_pair_has_a_direction_and_a_window);
	tcase_add_test(list, the_quietest_pair_gives_way);
	tcase_add_test(list, links_that_share_a_connection_are_joined);
	tcase_add_test(list, each_two_links_are_a_group);
	tcase_add_test(list, a_group_takes_one_place);
	tcase_add_test(list, the_oldest_group_gives_way);
	tcase_add_test(list, answers_from_everywhere);
	tcase_add_test(list, the_window_before);
	suite_add_tcase(suite, list);
	tcase_add_test(causes, confidence_of_backscatter);
	suite_add_tcase(suite, causes);
	return run_suite(suite);
}
