/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TCP as the engine follows it, case by case: one table of segments for
 * each thing that can happen to a connection.
 */

#include <check.h>

#include "runner.h"
#include "script.h"

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
		SCRIPT_HANDSHAKE,
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
	static const struct script_row rows[] = { SCRIPT_HANDSHAKE };
	struct sw_flow_policy flow_policy = script_treatment(SW_TRACK_NORMAL);
	struct sw_policy *policy = sw_policy_compile(NULL, 0, &flow_policy);
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
		SCRIPT_HANDSHAKE,
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
		SCRIPT_HANDSHAKE,
		{ 3, 'S', "PA", 5001, 1001, 10, '+', "established" },
		{ 4, 'C', "R", 1500, 0, 0, '+', "established" },
		{ 5, 'C', "R", 1001, 0, 0, '+', "close" },
	};
	static const struct script_row refused[] = {
		SCRIPT_HANDSHAKE,
		{ 3, 'C', "S", 90000, 0, 0, '+', "established" },
		{ 4, 'S', "RA", 0, 90001, 0, '+', "established" },
		{ 5, 'C', "PA", 1001, 5001, 10, '+', "established" },
	};
	static const struct script_row other[] = {
		SCRIPT_HANDSHAKE,
		{ 3, 'C', "S", 90000, 0, 0, '+', "established" },
		{ 4, 'S', "RA", 0, 90002, 0, '+', "established" },
	};

	SCRIPT_RUN("no SYN aside", SW_TRACK_NORMAL, rows);
	SCRIPT_RUN("SYN aside refused", SW_TRACK_NORMAL, refused);
	SCRIPT_RUN("not the SYN aside", SW_TRACK_NORMAL, other);
}
END_TEST

/* One byte past what was granted is refused; the timer neither begins anew
 * nor is cut by it, and nobody can acknowledge it. */
START_TEST(a_little_more_than_granted_cuts_no_timer)
{
	static const struct script_row rows[] = {
		SCRIPT_HANDSHAKE,
		{ 3, 'S', "PA", 5001, 1001, 10, '+', "established" },
		{ 4, 'C', "A", 1001, 5011, 0, '+', "established" },
		{ 4000000, 'C', "PA", 66537, 5011, 10, '-', "established",
		    "out-of-window" },
		{ 4000001, 'C', "PA", 66537, 5011, 10, '-', "established",
		    "out-of-window" },
		{ 7440000, 'S', "A", 5011, 1001, 0, '+', "established" },
		{ 14879900, 'S', "A", 5011, 1001, 0, '+', "established" },
		{ 14879910, 'S', "A", 5011, 66547, 0, '-', "established",
		    "out-of-window" },
		{ 14879920, 'C', "PA", 66536, 5011, 10, '+', "established" },
		{ 14879930, 'S', "A", 5011, 66546, 0, '+', "established" },
	};

	SCRIPT_RUN("more than granted", SW_TRACK_STRICT, rows);
}
END_TEST

START_TEST(a_reset_behind_the_acknowledged_is_out_of_window)
{
	static const struct script_row rows[] = {
		SCRIPT_HANDSHAKE,
		{ 3, 'S', "PA", 5001, 1001, 1000, '+', "established" },
		{ 4, 'C', "A", 1001, 6001, 0, '+', "established" },
		{ 5, 'S', "R", 6000, 0, 0, '-', "established",
		    "out-of-window" },
		{ 6, 'S', "R", 6002, 0, 0, '+', "established" },
		{ 7, 'S', "R", 71536, 0, 0, '+', "established" },
		{ 8, 'S', "R", 71537, 0, 0, '-', "established",
		    "out-of-window" },
		{ 9, 'S', "R", 6001, 0, 0, '+', "close" },
	};
	static const struct script_row after_syn[] = {
		SCRIPT_HANDSHAKE,
		{ 3, 'S', "PA", 5001, 1001, 1000, '+', "established" },
		{ 4, 'C', "A", 1001, 6001, 0, '+', "established" },
		{ 5, 'C', "S", 90000, 0, 0, '+', "established" },
		{ 6, 'S', "R", 6000, 0, 0, '+', "established" },
	};
	static const struct script_row opening[] = {
		{ 0, 'C', "S", 1000, 0, 0, '+', "syn_sent" },
		{ 1, 'S', "SA", 5000, 1001, 0, '+', "syn_recv" },
		{ 2, 'C', "R", 0, 0, 0, '+', "syn_recv" },
		{ 3, 'C', "R", 999, 0, 0, '-', "syn_recv" },
		{ 4, 'C', "R", 1001, 0, 0, '+', "close" },
	};

	SCRIPT_RUN("behind", SW_TRACK_STRICT, rows);
	SCRIPT_RUN("behind, SYN aside", SW_TRACK_STRICT, after_syn);
	SCRIPT_RUN("behind, opening", SW_TRACK_STRICT, opening);
}
END_TEST

START_TEST(data_under_way_meets_a_reset)
{
	static const struct script_row rows[] = {
		SCRIPT_HANDSHAKE,
		{ 3, 'C', "PA", 1001, 5001, 60000, '+', "established" },
		{ 4, 'S', "RA", 5001, 61001, 0, '+', "close" },
		{ 5, 'C', "PA", 61001, 5001, 60000, '+', "close" },
	};

	SCRIPT_RUN("under way", SW_TRACK_STRICT, rows);
}
END_TEST

START_TEST(closing_beyond_the_window_cuts_no_timer)
{
	static const struct script_row rows[] = {
		SCRIPT_HANDSHAKE,
		{ 3, 'C', "FA", 400000, 5001, 0, '-', "established" },
		{ 300100, 'S', "A", 5001, 1001, 0, '+', "established" },
		{ 300101, 'C', "FA", 400000, 5001, 0, '-', "established" },
		{ 300102, 'S', "FA", 400000, 1001, 0, '-', "established" },
		{ 600000, 'C', "FA", 400000, 5001, 0, '-', "established" },
		{ 600000, 'S', "FA", 400000, 1001, 0, '-', "established" },
		{ 7700000, 'S', "A", 5001, 1001, 0, '+', "established" },
	};
	static const struct script_row reset[] = {
		SCRIPT_HANDSHAKE,
		{ 3, 'S', "R", 400000, 0, 0, '-', "established" },
		{ 4, 'C', "R", 400000, 0, 0, '-', "established" },
		{ 7400200, 'S', "A", 5001, 1001, 0, '+', "established" },
	};
	static const struct script_row passed[] = {
		SCRIPT_HANDSHAKE,
		{ 3, 'S', "R", 400000, 0, 0, '+', "established" },
		{ 4, 'C', "R", 400000, 0, 0, '+', "established" },
		{ 7400200, 'S', "A", 5001, 1001, 0, '+', "established" },
	};
	/* Two hundred seconds of 300 have gone: they are not given back. */
	static const struct script_row less[] = {
		SCRIPT_HANDSHAKE,
		{ 3, 'C', "PA", 1001, 5001, 10, '+', "established" },
		{ 200000, 'C', "FA", 400000, 5001, 0, '-', "established" },
		{ 200001, 'S', "FA", 400000, 1001, 0, '-', "established" },
		{ 300100, 'S', "A", 5001, 1011, 0, '-', "-" },
	};

	SCRIPT_RUN("FINs from both", SW_TRACK_STRICT, rows);
	SCRIPT_RUN("RSTs from both", SW_TRACK_STRICT, reset);
	SCRIPT_RUN("RSTs from both, normal", SW_TRACK_NORMAL, passed);
	SCRIPT_RUN("less than that", SW_TRACK_STRICT, less);
}
END_TEST

/* The SYN/ACK was lost behind us, so SYN and SYN/ACK come again. */
START_TEST(a_repeated_handshake_is_the_same)
{
	static const struct script_row rows[] = {
		{ 0, 'C', "S", 1000, 0, 0, '+', "syn_sent" },
		{ 1, 'S', "SA", 5000, 1001, 0, '+', "syn_recv" },
		{ 1000, 'C', "S", 1000, 0, 0, '+', "syn_recv" },
		{ 1001, 'S', "SA", 5000, 1001, 0, '+', "syn_recv" },
		{ 1002, 'C', "A", 1001, 5001, 0, '+', "established" },
		{ 1003, 'C', "S", 1000, 0, 0, '+', "established" },
		{ 1004, 'S', "SA", 5000, 1001, 0, '+', "established" },
	};
	static const struct script_row restarted[] = {
		{ 0, 'C', "S", 1000, 0, 0, '+', "syn_sent" },
		{ 1, 'S', "SA", 5000, 1001, 0, '+', "syn_recv" },
		{ 1000, 'C', "S", 1000, 0, 0, '+', "syn_recv" },
		{ 1001, 'S', "SA", 70000, 1001, 0, '+', "syn_recv" },
		{ 1002, 'C', "A", 1001, 70001, 0, '+', "established" },
	};
	static const struct script_row prolonged[] = {
		{ 0, 'C', "S", 1000, 0, 0, '+', "syn_sent" },
		{ 1, 'S', "SA", 5000, 1001, 0, '+', "syn_recv" },
		{ 29000, 'C', "S", 1000, 0, 0, '+', "syn_recv" },
		{ 29001, 'S', "SA", 5000, 1001, 0, '+', "syn_recv" },
		{ 30100, 'C', "A", 1001, 5001, 0, '-', "-" },
	};

	SCRIPT_RUN("again", SW_TRACK_STRICT, rows);
	SCRIPT_RUN("the server restarted", SW_TRACK_STRICT, restarted);
	SCRIPT_RUN("does not prolong", SW_TRACK_STRICT, prolonged);
}
END_TEST

#define CLOSED_BY_BOTH                                                      \
	SCRIPT_HANDSHAKE, { 3, 'C', "FA", 1001, 5001, 0, '+', "fin_wait" }, \
	{                                                                   \
		4, 'S', "FA", 5001, 1001, 0, '+', "last_ack"                \
	}

START_TEST(a_challenge_is_no_last_ack)
{
	static const struct script_row answered[] = {
		CLOSED_BY_BOTH,
		{ 5, 'C', "S", 90000, 0, 0, '+', "last_ack" },
		{ 6, 'S', "A", 5002, 1001, 0, '+', "last_ack" },
		{ 7, 'S', "SA", 70000, 90001, 0, '+', "last_ack" },
		{ 8, 'C', "A", 90001, 70001, 0, '+', "established" },
	};
	static const struct script_row last[] = {
		CLOSED_BY_BOTH,
		{ 5, 'C', "A", 1002, 5002, 0, '+', "last_ack" },
		{ 6, 'C', "S", 90000, 0, 0, '+', "last_ack" },
		{ 7, 'S', "A", 5002, 1002, 0, '+', "time_wait" },
	};

	SCRIPT_RUN("challenge", SW_TRACK_STRICT, answered);
	SCRIPT_RUN("last", SW_TRACK_STRICT, last);
}
END_TEST

START_TEST(both_may_call)
{
	static const struct script_row rows[] = {
		{ 0, 'C', "S", 1000, 0, 0, '+', "syn_sent" },
		{ 1, 'S', "S", 5000, 0, 0, '+', "syn_sent2" },
		{ 2, 'C', "SA", 1000, 5001, 0, '+', "syn_recv" },
		{ 3, 'S', "SA", 5000, 1001, 0, '+', "syn_recv" },
		{ 4, 'S', "A", 5001, 1001, 0, '+', "established" },
	};
	static const struct script_row prolonged[] = {
		{ 0, 'C', "S", 1000, 0, 0, '+', "syn_sent" },
		{ 29000, 'S', "S", 5000, 0, 0, '+', "syn_sent2" },
		{ 30100, 'C', "SA", 1000, 5001, 0, '-', "-" },
	};
	/* A SYN grants nothing: it acknowledges nothing. */
	static const struct script_row beyond[] = {
		{ 0, 'C', "S", 1000, 0, 0, '+', "syn_sent" },
		{ 1, 'S', "S", 5000, 0, 0, '+', "syn_sent2" },
		{ 2, 'C', "SA", 70000, 5001, 0, '-', "syn_sent2" },
	};

	SCRIPT_RUN("both call", SW_TRACK_STRICT, rows);
	SCRIPT_RUN("does not prolong", SW_TRACK_STRICT, prolonged);
	SCRIPT_RUN("grants nothing", SW_TRACK_STRICT, beyond);
}
END_TEST

/* Two SYNs, the second with a lower number: either may be the stray. */
START_TEST(of_two_tries_the_answered_counts)
{
	static const struct script_row second[] = {
		{ 0, 'C', "S", 200000, 0, 0, '+', "syn_sent" },
		{ 1, 'C', "S", 1000, 0, 0, '+', "syn_sent" },
		{ 2, 'S', "SA", 5000, 1001, 0, '+', "syn_recv" },
		{ 3, 'C', "A", 1001, 5001, 0, '+', "established" },
	};
	static const struct script_row first[] = {
		{ 0, 'C', "S", 200000, 0, 0, '+', "syn_sent" },
		{ 1, 'C', "S", 1000, 0, 0, '+', "syn_sent" },
		{ 2, 'S', "RA", 0, 1001, 0, '+', "syn_sent" },
		{ 3, 'S', "SA", 5000, 200001, 0, '+', "syn_recv" },
		{ 4, 'C', "A", 200001, 5001, 0, '+', "established" },
	};

	SCRIPT_RUN("the second", SW_TRACK_STRICT, second);
	SCRIPT_RUN("the first", SW_TRACK_STRICT, first);
}
END_TEST

/* The same ACK four times: its sender is not answered. */
/* A host answers each forged segment with the same ACK: a row of them says
 * nothing about the connection. */
START_TEST(equal_acks_in_a_row_cut_no_timer)
{
	static const struct script_row rows[] = {
		SCRIPT_HANDSHAKE,
		{ 3, 'C', "A", 1001, 5001, 0, '+', "established" },
		{ 4, 'C', "A", 1001, 5001, 0, '+', "established" },
		{ 5, 'C', "A", 1001, 5001, 0, '+', "established" },
		{ 6, 'C', "A", 1001, 5001, 0, '+', "established" },
		{ 7439000, 'C', "A", 1001, 5001, 0, '+', "established" },
	};

	SCRIPT_RUN("in a row, normal", SW_TRACK_NORMAL, rows);
	SCRIPT_RUN("in a row, strict", SW_TRACK_STRICT, rows);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("tcp");
	TCase *t = tcase_create("handshake");

	tcase_add_test(t, the_first_handshake_settles_scaling);
	tcase_add_test(t, the_first_handshake_settles_sack);
	tcase_add_test(t, the_first_handshake_is_no_restart);
	tcase_add_test(t, an_answer_names_what_was_set_aside);
	tcase_add_test(t, a_repeated_handshake_is_the_same);
	tcase_add_test(t, both_may_call);
	tcase_add_test(t, of_two_tries_the_answered_counts);
	suite_add_tcase(s, t);
	t = tcase_create("window");
	tcase_add_test(t, strict_passes_what_lies_below_the_window);
	tcase_add_test(t, a_little_more_than_granted_cuts_no_timer);
	tcase_add_test(t, a_reset_behind_the_acknowledged_is_out_of_window);
	tcase_add_test(t, data_under_way_meets_a_reset);
	tcase_add_test(t, closing_beyond_the_window_cuts_no_timer);
	tcase_add_test(t, a_challenge_is_no_last_ack);
	tcase_add_test(t, equal_acks_in_a_row_cut_no_timer);
	suite_add_tcase(s, t);
	return run_suite(s);
}
