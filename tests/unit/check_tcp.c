/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TCP as the engine follows it, case by case: one table of segments for
 * each thing that can happen to a connection.
 */

#include <check.h>
#include <stdlib.h>

#include "script.h"

#define HANDSHAKE                                              \
	{ 0, 'C', "S", 1000, 0, 0, '+', "syn_sent" },          \
	    { 1, 'S', "SA", 5000, 1001, 0, '+', "syn_recv" },  \
	{                                                      \
		2, 'C', "A", 1001, 5001, 0, '+', "established" \
	}

/* Both offer to scale by 2^7 and window 1000: 128,000 bytes each way. */
#define SCALED_HANDSHAKE                                                     \
	{ 0, 'C', "S", 1000, 0, 0, '+', "syn_sent", NULL, 1000, 8 },         \
	    { 1, 'S', "SA", 5000, 1001, 0, '+', "syn_recv", NULL, 1000, 8 }, \
	{                                                                    \
		2, 'C', "A", 1001, 5001, 0, '+', "established", NULL, 1000   \
	}

START_TEST(the_first_handshake_settles_scaling)
{
	static const struct script_row rows[] = {
		SCALED_HANDSHAKE,
		{ 3, 'S', "A", 5001, 1001, 0, '+', "established", NULL, 1000 },
		{ 4, 'C', "PA", 100001, 5001, 100, '+', "established", NULL,
		    1000 },
		{ 5, 'C', "PA", 400000, 5001, 100, '-', "established",
		    "out-of-window", 1000 },
	};
	static const struct script_row one_sided[] = {
		{ 0, 'C', "S", 1000, 0, 0, '+', "syn_sent", NULL, 1000, 8 },
		{ 1, 'S', "SA", 5000, 1001, 0, '+', "syn_recv", NULL, 1000 },
		{ 2, 'C', "A", 1001, 5001, 0, '+', "established", NULL, 1000 },
		{ 3, 'S', "PA", 60001, 1001, 10, '-', "established",
		    "out-of-window", 1000 },
	};

	SCRIPT_RUN("both scale", SW_TRACK_STRICT, rows);
	SCRIPT_RUN("one offers to scale", SW_TRACK_STRICT, one_sided);
}
END_TEST

START_TEST(the_first_handshake_settles_sack)
{
	static const struct script_row rows[] = {
		HANDSHAKE,
		{ 3, 'S', "A", 5001, 1001, 0, '-', "established",
		    "out-of-window", 0, 0, 2001 },
		{ 4, 'C', "PA", 1001, 5001, 1000, '+', "established" },
		{ 5, 'S', "A", 5001, 1001, 0, '+', "established", NULL, 0, 0,
		    2001 },
	};

	SCRIPT_RUN("SACK", SW_TRACK_STRICT, rows);
}
END_TEST

/* A handshake is one flow that opened, and none that ended. */
START_TEST(the_first_handshake_is_no_restart)
{
	static const struct script_row rows[] = { HANDSHAKE };
	struct sw_treatment treatment = script_treatment(SW_TRACK_NORMAL);
	struct sw_policy *policy = sw_policy_compile(NULL, 0, &treatment);
	struct sw_limits limits = { .max_flows = 16,
		.max_embryonic = 100,
		.tombstones = 16,
		.events = 16 };
	struct sw_time now = { SW_NS_PER_SECOND };
	struct sw_engine *engine = sw_engine_create(&limits, NULL, policy, now);
	struct sw_counts counts;

	for (size_t i = 0; i < 3; i++) {
		struct sw_packet packet = script_packet(&rows[i]);

		ck_assert_int_eq(sw_engine_step(engine, &packet, now), SW_PASS);
	}
	sw_engine_counts(engine, &counts);
	ck_assert_uint_eq(counts.opened, 1);
	ck_assert_uint_eq(counts.ended[SW_END_REUSED], 0);
	ck_assert_uint_eq(counts.embryonic, 0);
	sw_engine_destroy(engine);
	sw_policy_destroy(policy);
}
END_TEST

/* What was acknowledged before comes again, or overtook: the kernel lets it
 * by in either grade, and it prolongs nothing. */
START_TEST(strict_passes_what_lies_below_the_window)
{
	static const struct script_row rows[] = {
		HANDSHAKE,
		{ 3, 'C', "PA", 1001, 5001, 60000, '+', "established" },
		{ 4, 'S', "A", 5001, 61001, 0, '+', "established" },
		{ 5, 'C', "PA", 61001, 5001, 60000, '+', "established" },
		{ 6, 'S', "A", 5001, 121001, 0, '+', "established" },
		{ 1000, 'C', "PA", 1001, 5001, 10, '+', "established" },
		{ 1001, 'S', "A", 5001, 1001, 0, '+', "established" },
		{ 1002, 'C', "PA", 400000, 5001, 10, '-', "established" },
		{ 7440000, 'S', "A", 5001, 1001, 0, '+', "established" },
		{ 7440100, 'S', "A", 5001, 1001, 0, '-', "-" },
	};

	SCRIPT_RUN("below the window", SW_TRACK_STRICT, rows);
}
END_TEST

/* Only a SYN that was set aside is answered by a new handshake; a segment
 * that moved the flow is not. */
START_TEST(an_answer_names_what_was_set_aside)
{
	static const struct script_row rows[] = {
		HANDSHAKE,
		{ 3, 'S', "PA", 5001, 1001, 10, '+', "established" },
		{ 4, 'C', "R", 1500, 0, 0, '+', "established" },
		{ 5, 'C', "R", 1001, 0, 0, '+', "close" },
	};
	static const struct script_row refused[] = {
		HANDSHAKE,
		{ 3, 'C', "S", 90000, 0, 0, '+', "established" },
		{ 4, 'S', "RA", 0, 90001, 0, '+', "close" },
	};
	static const struct script_row other[] = {
		HANDSHAKE,
		{ 3, 'C', "S", 90000, 0, 0, '+', "established" },
		{ 4, 'S', "RA", 0, 90002, 0, '+', "established" },
	};

	SCRIPT_RUN("no SYN aside", SW_TRACK_NORMAL, rows);
	SCRIPT_RUN("SYN aside refused", SW_TRACK_NORMAL, refused);
	SCRIPT_RUN("not the SYN aside", SW_TRACK_NORMAL, other);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("tcp");
	TCase *t = tcase_create("handshake");

	tcase_add_test(t, the_first_handshake_settles_scaling);
	tcase_add_test(t, the_first_handshake_settles_sack);
	tcase_add_test(t, the_first_handshake_is_no_restart);
	tcase_add_test(t, an_answer_names_what_was_set_aside);
	suite_add_tcase(s, t);
	t = tcase_create("window");
	tcase_add_test(t, strict_passes_what_lies_below_the_window);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	SRunner *runner = srunner_create(suite());
	int failed;

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
