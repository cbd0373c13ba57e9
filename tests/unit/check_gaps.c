/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_gaps: moments in which packets passed unseen, what speaks against
 * them, and floods; then what refusals around a gap are said to be, and how
 * surely.
 */
#include <check.h>

#include "diagnose/gaps.h"
#include "runner.h"
#include "sequence.h"

#define SECOND SW_NS_PER_SECOND

static struct sw_gaps gaps;

/* Milliseconds after the start. */
static struct sw_time
ms(uint64_t n)
{
	return (struct sw_time){ 1000 * SECOND + n * SW_NS_PER_MS };
}

static uint64_t
since(uint64_t n)
{
	return sw_gaps_since(&gaps, ms(n).ns);
}

static void
begin(void)
{
	sw_gaps_begin(&gaps, ms(0));
}

START_TEST(the_last_gap_before_a_moment)
{
	ck_assert_uint_eq(since(0), 0);
	ck_assert_uint_eq(since(5000), 5000);
	sw_gaps_add(&gaps, ms(60000));
	ck_assert_uint_eq(since(59999), 59999);
	ck_assert_uint_eq(since(60000), 0);
	ck_assert_uint_eq(since(61000), 1000);
	sw_gaps_add(&gaps, ms(90000));
	ck_assert_uint_eq(since(89999), 29999);
	ck_assert_uint_eq(since(90001), 1);
}
END_TEST

/* News of one overflow comes in pieces; the start never moves. */
START_TEST(gaps_within_a_second_are_one)
{
	sw_gaps_add(&gaps, ms(900));
	ck_assert_uint_eq(since(2000), 2000);
	sw_gaps_add(&gaps, ms(1001));
	ck_assert_uint_eq(since(2001), 1000);
	sw_gaps_add(&gaps, ms(2001));
	ck_assert_uint_eq(since(2501), 500);
	ck_assert_uint_eq(gaps.n, 2);
	sw_gaps_add(&gaps, ms(1500));
	ck_assert_uint_eq(since(2501), 500);
	sw_gaps_add(&gaps, ms(3002));
	ck_assert_uint_eq(gaps.n, 3);
}
END_TEST

START_TEST(the_oldest_gap_gives_way_never_the_start)
{
	for (unsigned i = 1; i <= SW_GAPS + 3; i++)
		sw_gaps_add(&gaps, ms(10000u * i));
	ck_assert_uint_eq(gaps.n, SW_GAPS);
	ck_assert_uint_eq(since(9000), 9000);
	ck_assert_uint_eq(since(45000), 45000);
	ck_assert_uint_eq(since(51000), 1000);
	ck_assert_uint_eq(since(10000u * (SW_GAPS + 3) + 7), 7);
}
END_TEST

START_TEST(a_gap_between_two_moments)
{
	ck_assert(!sw_gaps_between(&gaps, ms(0), ms(99000)));
	sw_gaps_add(&gaps, ms(50000));
	ck_assert(sw_gaps_between(&gaps, ms(50000), ms(50000)));
	ck_assert(sw_gaps_between(&gaps, ms(49000), ms(50000)));
	ck_assert(!sw_gaps_between(&gaps, ms(50001), ms(60000)));
	ck_assert(!sw_gaps_between(&gaps, ms(40000), ms(49999)));
}
END_TEST

/* One handshake that was missed says that these two open anew; some may be
 * missed in the first seconds, and a few later. */
START_TEST(hosts_that_open_anew_end_the_gap)
{
	sw_gaps_note(&gaps, 7, true, ms(3000));
	ck_assert(!sw_gaps_stopped(&gaps, 7, false));
	for (unsigned i = 0; i < 3; i++)
		sw_gaps_note(&gaps, 7, true, ms(3001 + i));
	ck_assert(sw_gaps_stopped(&gaps, 7, false));
	ck_assert(!sw_gaps_stopped(&gaps, 7, true));
	sw_gaps_note(&gaps, 7, true, ms(3100));
	ck_assert(sw_gaps_stopped(&gaps, 7, true));
	ck_assert(!sw_gaps_stopped(&gaps, 8, false));
	/* Another pair of hosts takes the place over. */
	sw_gaps_note(
	    &gaps, 7 + ((uint64_t)SW_GAPS_HOSTS << 40), false, ms(3200));
	ck_assert(!sw_gaps_stopped(&gaps, 7, false));
}
END_TEST

START_TEST(tuples_long_after_the_gap_end_it)
{
	for (unsigned i = 0; i < 20; i++)
		sw_gaps_note(&gaps, 7, false, ms(60000));
	ck_assert(!sw_gaps_stopped(&gaps, 7, false));
	for (unsigned i = 0; i < 7; i++)
		sw_gaps_note(&gaps, 7, false, ms(60001));
	ck_assert(!sw_gaps_stopped(&gaps, 7, false));
	sw_gaps_note(&gaps, 7, false, ms(60001));
	ck_assert(sw_gaps_stopped(&gaps, 7, false));
	ck_assert(!sw_gaps_stopped(&gaps, 7, true));
	ck_assert_uint_eq(gaps.strays, 28);
	sw_gaps_add(&gaps, ms(70000));
	ck_assert_uint_eq(gaps.strays, 0);
}
END_TEST

START_TEST(one_shape_from_everywhere_is_a_flood)
{
	for (unsigned i = 0; i <= 16; i++) {
		ck_assert(!sw_gaps_flooded(&gaps));
		sw_gaps_count(&gaps, 1, i, 99, ms(i));
	}
	ck_assert(sw_gaps_flooded(&gaps));
	sw_gaps_count(&gaps, 1, 50, 98, ms(20));
	ck_assert(!sw_gaps_flooded(&gaps));
}
END_TEST

START_TEST(what_is_no_flood)
{
	/* One source, or data, or the same tuples again. */
	for (unsigned i = 0; i < 100; i++)
		sw_gaps_count(&gaps, 1, 5, 99, ms(i));
	ck_assert(!sw_gaps_flooded(&gaps));
	for (unsigned i = 0; i < 100; i++)
		sw_gaps_count(&gaps, 1, i, 0, ms(100 + i));
	ck_assert(!sw_gaps_flooded(&gaps));
	for (unsigned i = 0; i < 100; i++)
		sw_gaps_count(&gaps, 2, i, 99, ms(200 + i));
	ck_assert(!sw_gaps_flooded(&gaps));
}
END_TEST

/* first tuples that come once, again of them twice, from ms at on */
static void
crowd(unsigned first, unsigned again, uint64_t at)
{
	for (unsigned i = 0; i < first; i++)
		sw_gaps_count(&gaps, 1, 5, i, ms(at));
	for (unsigned i = 0; i < again; i++)
		sw_gaps_count(&gaps, 2, 5, i, ms(at));
}

START_TEST(masses_that_never_come_again_are_a_flood)
{
	static const struct {
		unsigned first, again;
		uint64_t next; /* ms: when the next window begins */
		bool at_once, later;
	} rows[] = {
		{ 199, 0, 2000, false, false },
		{ 200, 0, 2000, false, true },
		{ 200, 0, 3999, false, true },
		{ 200, 0, 4000, false, false },
		{ 200, 20, 2000, false, false },
		{ 200, 19, 2000, false, true },
		{ 1999, 0, 2000, false, true },
		{ 2000, 0, 2000, true, true },
		{ 2000, 200, 2000, false, false },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		begin();
		sw_gaps_count(&gaps, 3, 0, 0, ms(0)); /* a window begins */
		crowd(rows[i].first, rows[i].again, 1999);
		ck_assert_msg(
		    sw_gaps_flooded(&gaps) == rows[i].at_once, "row %zu", i);
		sw_gaps_count(&gaps, 3, 0, 0, ms(rows[i].next));
		ck_assert_msg(
		    sw_gaps_flooded(&gaps) == rows[i].later, "row %zu", i);
	}
}
END_TEST

/* --- what comes of it --- */

START_TEST(confidence_after_a_start)
{
	static const struct sequence_row soon[] = {
		{ 1000, "s1:80", "c1:40000", "PA", 9000, 77, 100,
		    "gap medium" },
		{ 1100, "s1:80", "c2:40000", "PA", 9000, 77, 100, "gap medium",
		    2, 100 },
		{ 1200, "s1:80", "c3:40000", "PA", 9000, 77, 100,
		    "gap medium" },
		{ 1300, "s1:80", "c4:40000", "PA", 9000, 77, 100, "gap high" },
		{ 59900, "s1:80", "c5:40000", "PA", 9000, 77, 100, "gap high" },
		{ 60001, "s1:80", "c6:40000", "PA", 9000, 77, 100, "gap low" },
		{ 60100, "c6:40000", "s1:80", "A", 77, 9100, 0, "gap medium" },
	};
	/* Only the SYN was missed. */
	static const struct sequence_row young[] = {
		{ 1000, "s1:80", "c1:40000", "SA", 9000, 77, 0, NULL },
		{ 1010, "c1:40000", "s1:80", "A", 77, 9001, 0, "gap low" },
	};
	static const struct sequence_row late[] = {
		{ 7440000, "s1:80", "c1:40000", "PA", 9000, 77, 100,
		    "gap low" },
		{ 7440001, "s1:80", "c2:40000", "PA", 9000, 77, 100,
		    "unknown low" },
		{ 7450000, NULL, NULL, "gap", 0, 0, 0, NULL },
		{ 7450100, "s1:80", "c3:40000", "PA", 9000, 77, 100,
		    "gap medium" },
	};

	SEQUENCE_RUN("soon", soon);
	SEQUENCE_RUN("young", young);
	SEQUENCE_RUN("late", late);
}
END_TEST

START_TEST(who_sends_bad_flags_owns_no_old_connections)
{
	static const struct sequence_row rows[] = {
		{ 100, "s5:80", "c1:40000", "PA", 9000, 77, 100, "gap medium" },
		{ 200, "c9:53950", "s1:135", "BADSF", 100, 0, 0,
		    "bad-flags high", 6, 100 },
		{ 900, "c9:53952", "s1:135", "A", 100, 3000, 0,
		    "ack-scan low" },
		{ 1000, "c9:53953", "s1:41000", "PA", 500, 900, 20,
		    "unknown low", 3, 300 },
		/* Neither do such probes make anything else surer. */
		{ 2000, "s5:80", "c2:40000", "PA", 9000, 77, 100,
		    "gap medium" },
		{ 120600, "c9:53959", "s2:80", "PA", 500, 900, 20,
		    "unknown low" },
		/* Two minutes later nobody remembers. */
		{ 120701, "c9:53960", "s2:80", "PA", 500, 900, 20, "gap low" },
	};

	SEQUENCE_RUN("bad flags", rows);
}
END_TEST

START_TEST(a_host_that_insists_is_older)
{
	static const struct sequence_row phone[] = {
		{ 110000, "c1:49152", "s1:443", "FA", 9000, 77, 0, "gap low",
		    30, 20, "pHs", 52, 5555 },
		{ 110900, "c1:49152", "s1:443", "FA", 9000, 77, 0, "gap low", 1,
		    0, NULL, 52, 5556 },
		{ 112700, "c1:49152", "s1:443", "FA", 9000, 77, 0, "gap medium",
		    1, 0, NULL, 52, 5557 },
	};
	/* As many targets, each once, and nobody repeats anything. */
	static const struct sequence_row tool[] = {
		{ 110000, "c1:49152", "s1:443", "FA", 9000, 77, 0,
		    "ack-scan high", 60, 100, "pHs" },
	};
	/* A port for all of them. */
	static const struct sequence_row port[] = {
		{ 110000, "c1:49152", "s1:443", "FA", 9000, 77, 0,
		    "ack-scan high", 30, 20, "Hs", 52, 5555 },
	};
	/* Time stamps that echo nothing are no host's. */
	static const struct sequence_row steady[] = {
		{ 110000, "c1:49152", "s1:443", "FA", 9000, 77, 0, "gap low", 2,
		    400, NULL, 52, 5555 },
		{ 110600, "c1:49152", "s1:443", "FA", 9000, 77, 0, "gap low", 1,
		    0, NULL, 52, 5555 },
	};

	SEQUENCE_RUN("phone", phone);
	SEQUENCE_RUN("tool", tool);
	SEQUENCE_RUN("one port", port);
	SEQUENCE_RUN("no longer pauses", steady);
}
END_TEST

/* A laptop without time stamps has a moment to repeat something, on one
 * server or many; a tool that takes a port for each repeats nothing. */
START_TEST(a_host_without_time_stamps)
{
	static const struct sequence_row many[] = {
		{ 110000, "c1:51000", "s1:443", "FA", 9000, 77, 0, "gap low",
		    25, 10, "pHs" },
		{ 110500, "c1:51000", "s1:443", "FA", 9000, 77, 0, "gap low",
		    25, 10, "pHs" },
		{ 112500, "c1:51000", "s1:443", "FA", 9000, 77, 0, "gap medium",
		    25, 10, "pHs" },
	};
	/* So many between the same two speak against the gap. */
	static const struct sequence_row one[] = {
		{ 110000, "c1:51000", "s1:7100", "FA", 9000, 77, 0, "gap low",
		    25, 10, "pPs" },
		{ 110500, "c1:51000", "s1:7100", "FA", 9000, 77, 0, "gap low",
		    25, 10, "pPs" },
		{ 112500, "c1:51000", "s1:7100", "FA", 9000, 77, 0, "gap low",
		    25, 10, "pPs" },
	};
	static const struct sequence_row tool[] = {
		{ 110000, "c1:51000", "s1:100", "A", 9000, 77, 0, "gap low", 25,
		    10, "pPs" },
		{ 111510, "c1:51025", "s1:125", "A", 99, 7, 0,
		    "ack-scan high" },
	};
	/* A single stray before is no part of it; a tool that takes its time
	 * repeats nothing, either. */
	static const struct sequence_row before[] = {
		{ 100000, "c1:50000", "s9:443", "FA", 9, 7, 0, "gap low" },
		{ 110000, "c1:51000", "s1:443", "FA", 9000, 77, 0, "gap low",
		    25, 10, "pHs" },
	};
	static const struct sequence_row slow[] = {
		{ 110000, "c1:51000", "s1:443", "FA", 9000, 77, 0,
		    "ack-scan high", 25, 2000, "pHs" },
	};
	static const struct sequence_row crowd[] = {
		{ 110000, "c1:51000", "s1:443", "A", 9000, 77, 0,
		    "ack-scan high", 120, 5, "pHs" },
	};
	static const struct sequence_row blank[] = {
		{ 110000, "c1:51000", "s1:443", "A", 9000, 77, 0,
		    "ack-scan low", 1, 0, NULL, 52, SEQUENCE_BLANK },
	};

	SEQUENCE_RUN("many servers", many);
	SEQUENCE_RUN("one server", one);
	SEQUENCE_RUN("tool", tool);
	SEQUENCE_RUN("a stray before", before);
	SEQUENCE_RUN("slow", slow);
	SEQUENCE_RUN("crowd", crowd);
	SEQUENCE_RUN("blank", blank);
}
END_TEST

START_TEST(a_flood_is_no_gap)
{
	static const struct sequence_row rows[] = {
		{ 100, "x1:80", "c1:1024", "A", 9000, 77, 0, NULL, 20, 10,
		    "hHps" },
		{ 400, "x60:80", "c1:1024", "A", 9000, 77, 0, "unknown low" },
	};

	SEQUENCE_RUN("flood", rows);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("gaps");
	TCase *list = tcase_create("list"), *causes = tcase_create("causes");

	tcase_add_checked_fixture(list, begin, NULL);
	tcase_add_test(list, the_last_gap_before_a_moment);
	tcase_add_test(list, gaps_within_a_second_are_one);
	tcase_add_test(list, the_oldest_gap_gives_way_never_the_start);
	tcase_add_test(list, a_gap_between_two_moments);
	tcase_add_test(list, hosts_that_open_anew_end_the_gap);
	tcase_add_test(list, tuples_long_after_the_gap_end_it);
	tcase_add_test(list, one_shape_from_everywhere_is_a_flood);
	tcase_add_test(list, what_is_no_flood);
	tcase_add_test(list, masses_that_never_come_again_are_a_flood);
	suite_add_tcase(suite, list);
	tcase_add_test(causes, confidence_after_a_start);
	tcase_add_test(causes, who_sends_bad_flags_owns_no_old_connections);
	tcase_add_test(causes, a_host_that_insists_is_older);
	tcase_add_test(causes, a_host_without_time_stamps);
	tcase_add_test(causes, a_flood_is_no_gap);
	suite_add_tcase(suite, causes);
	return run_suite(suite);
}
