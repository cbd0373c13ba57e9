/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TCP state by state: what is repeated, what comes late, ports that are used
 * again, and how long silence may last.  The window has check_tcp.c.
 */

#include <check.h>

#include "runner.h"
#include "script.h"

/* --- opening ---------------------------------------------------------------*/

START_TEST(a_repeated_syn_does_not_prolong)
{
	static const struct script_row rows[] = {
		{ 0, 'C', "S", 1000, 0, 0, '+', "syn_sent" },
		{ 20000, 'C', "S", 1000, 0, 0, '+', "syn_sent" },
		{ 30100, 'S', "SA", 5000, 1001, 0, '-', "-" },
	};
	static const struct script_row answer[] = {
		{ 0, 'C', "S", 1000, 0, 0, '+', "syn_sent" },
		{ 1, 'S', "SA", 5000, 1001, 0, '+', "syn_recv" },
		{ 20000, 'S', "SA", 5000, 1001, 0, '+', "syn_recv" },
		{ 30100, 'C', "A", 1001, 5001, 0, '-', "-" },
	};

	SCRIPT_RUN("SYN", SW_TRACK_NORMAL, rows);
	SCRIPT_RUN("SYN/ACK", SW_TRACK_NORMAL, answer);
}
END_TEST

/* A client that starts over while it waits, with a higher number. */
START_TEST(a_higher_syn_takes_the_place)
{
	static const struct script_row rows[] = {
		{ 0, 'C', "S", 1000, 0, 0, '+', "syn_sent" },
		{ 1, 'C', "S", 90000, 0, 0, '+', "syn_sent" },
		{ 2, 'S', "SA", 5000, 90001, 0, '+', "syn_recv" },
		{ 3, 'C', "A", 90001, 5001, 0, '+', "established" },
	};
	static const struct script_row outdated[] = {
		{ 0, 'C', "S", 1000, 0, 0, '+', "syn_sent" },
		{ 1, 'C', "S", 90000, 0, 0, '+', "syn_sent" },
		{ 2, 'S', "SA", 5000, 1001, 0, '+', "syn_sent" },
		{ 3, 'S', "SA", 7000, 90001, 0, '+', "syn_recv" },
	};

	SCRIPT_RUN("higher", SW_TRACK_STRICT, rows);
	SCRIPT_RUN("outdated SYN/ACK", SW_TRACK_STRICT, outdated);
}
END_TEST

/* The second of two SYNs, with the lower number, is set aside, but its window
 * is its sender's as well: an RST that is a little ahead passes. */
START_TEST(the_window_of_a_second_try_counts)
{
	static const struct script_row rows[] = {
		{ 0, 'C', "S", 155055651, 0, 0, '+', "syn_sent", NULL, 1000 },
		{ 1, 'C', "S", 2386079930, 0, 0, '+', "syn_sent", NULL, 29200 },
		{ 2, 'S', "SA", 5000, 2385595613, 0, '+', "syn_sent" },
		{ 3, 'S', "R", 10536, 0, 0, '+', "syn_sent" },
		{ 4, 'S', "R", 40000, 0, 0, '-', "syn_sent", "out-of-window" },
	};
	static const struct script_row alone[] = {
		{ 0, 'C', "S", 155055651, 0, 0, '+', "syn_sent", NULL, 1000 },
		{ 2, 'S', "SA", 5000, 2385595613, 0, '+', "syn_sent" },
		{ 3, 'S', "R", 10536, 0, 0, '-', "syn_sent", "out-of-window" },
	};

	SCRIPT_RUN("a second try", SW_TRACK_STRICT, rows);
	SCRIPT_RUN("one try", SW_TRACK_STRICT, alone);
}
END_TEST

/* The server still holds a connection of which the client knows nothing. */
START_TEST(a_challenge_to_a_syn_is_followed)
{
	static const struct script_row rows[] = {
		{ 0, 'C', "S", 1000, 0, 0, '+', "syn_sent" },
		{ 1, 'S', "A", 70000, 44444, 0, '+', "syn_sent" },
		{ 2, 'C', "R", 44444, 0, 0, '+', "syn_sent" },
		{ 3, 'C', "S", 1000, 0, 0, '+', "syn_sent" },
		{ 4, 'S', "SA", 5000, 1001, 0, '+', "syn_recv" },
	};
	static const struct script_row other[] = {
		{ 0, 'C', "S", 1000, 0, 0, '+', "syn_sent" },
		{ 1, 'S', "A", 70000, 44444, 0, '+', "syn_sent" },
		{ 2, 'C', "R", 44445, 0, 0, '-', "syn_sent" },
	};

	SCRIPT_RUN("challenge", SW_TRACK_STRICT, rows);
	SCRIPT_RUN("another number", SW_TRACK_STRICT, other);
}
END_TEST

/* The SYN/ACK took another way: what the opener says then belongs to nothing
 * we have seen, and is told as such. */
START_TEST(the_opener_alone_opens_nothing)
{
	static const struct script_row rows[] = {
		{ 0, 'C', "S", 1000, 0, 0, '+', "syn_sent" },
		{ 1, 'C', "A", 1001, 5001, 0, '-', "syn_sent" },
		{ 2, 'C', "PA", 1001, 5001, 100, '-', "syn_sent" },
		{ 3, 'C', "FA", 1001, 5001, 0, '-', "syn_sent" },
	};

	SCRIPT_RUN("opener alone", SW_TRACK_NORMAL, rows);
}
END_TEST

START_TEST(a_server_may_close_before_the_last_of_three)
{
	static const struct script_row rows[] = {
		{ 0, 'C', "S", 1000, 0, 0, '+', "syn_sent" },
		{ 1, 'S', "SA", 5000, 1001, 0, '+', "syn_recv" },
		{ 2, 'S', "FA", 5001, 1001, 0, '+', "fin_wait" },
		{ 3, 'C', "A", 1001, 5002, 0, '+', "close_wait" },
	};

	SCRIPT_RUN("closes at once", SW_TRACK_STRICT, rows);
}
END_TEST

/* --- a SYN into what lives -------------------------------------------------*/

#define RESTARTS(state)                                            \
	{ 10, 'C', "S", 900000, 0, 0, '+', state },                \
	    { 11, 'S', "SA", 70000, 900001, 0, '+', state },       \
	{                                                          \
		12, 'C', "A", 900001, 70001, 0, '+', "established" \
	}

START_TEST(two_hosts_may_start_over_in_any_state)
{
	static const struct script_row syn_recv[] = {
		{ 0, 'C', "S", 1000, 0, 0, '+', "syn_sent" },
		{ 1, 'S', "SA", 5000, 1001, 0, '+', "syn_recv" },
		RESTARTS("syn_recv"),
	};
	static const struct script_row established[] = { SCRIPT_HANDSHAKE,
		RESTARTS("established") };
	static const struct script_row fin_wait[] = { SCRIPT_TO_FIN_WAIT,
		RESTARTS("fin_wait") };
	static const struct script_row close_wait[] = { SCRIPT_TO_CLOSE_WAIT,
		RESTARTS("close_wait") };
	static const struct script_row last_ack[] = { SCRIPT_TO_LAST_ACK,
		RESTARTS("last_ack") };

	SCRIPT_RUN("in syn_recv", SW_TRACK_STRICT, syn_recv);
	SCRIPT_RUN("in established", SW_TRACK_STRICT, established);
	SCRIPT_RUN("in fin_wait", SW_TRACK_STRICT, fin_wait);
	SCRIPT_RUN("in close_wait", SW_TRACK_STRICT, close_wait);
	SCRIPT_RUN("in last_ack", SW_TRACK_STRICT, last_ack);
}
END_TEST

/* The SYN/ACK that begins it again has no window scale, so no window has. */
START_TEST(who_starts_over_agrees_on_scales_again)
{
	static const struct script_row rows[] = {
		{ 0, 'C', "S", 1000, 0, 0, '+', "syn_sent", NULL, 1000, 8 },
		{ 1, 'S', "SA", 5000, 1001, 0, '+', "syn_recv", NULL, 1000, 8 },
		{ 2, 'C', "S", 900000, 0, 0, '+', "syn_recv", NULL, 1000, 8 },
		{ 3, 'S', "SA", 70000, 900001, 0, '+', "syn_recv", NULL, 1000 },
		{ 4, 'C', "A", 900001, 70001, 0, '+', "established", NULL,
		    1000 },
		{ 5, 'S', "PA", 70001, 900001, 1000, '+', "established", NULL,
		    1000 },
		{ 6, 'S', "PA", 73001, 900001, 1, '-', "established" },
		{ 7, 'C', "PA", 903001, 71001, 1, '-', "established" },
	};

	SCRIPT_RUN("scales", SW_TRACK_STRICT, rows);
}
END_TEST

START_TEST(a_server_that_restarted_calls)
{
	static const struct script_row rows[] = {
		SCRIPT_HANDSHAKE,
		{ 3, 'C', "SA", 1001, 5001, 0, '-', "established" },
		{ 4, 'S', "S", 90000, 0, 0, '+', "established" },
		{ 5, 'C', "A", 1001, 5001, 0, '+', "established" },
		{ 6, 'S', "R", 5001, 0, 0, '+', "close" },
		{ 7, 'S', "S", 90000, 0, 0, '+', "syn_sent" },
	};

	SCRIPT_RUN("SYN from the server", SW_TRACK_NORMAL, rows);
}
END_TEST

/* --- ports used again ------------------------------------------------------*/

START_TEST(time_wait_opens_for_what_is_new)
{
	static const struct script_row higher[] = {
		SCRIPT_TO_TIME_WAIT,
		{ 7, 'C', "S", 90000, 0, 0, '+', "syn_sent" },
		{ 8, 'S', "SA", 70000, 90001, 0, '+', "syn_recv" },
	};
	static const struct script_row lower[] = {
		SCRIPT_TO_TIME_WAIT,
		{ 7, 'C', "S", 500, 0, 0, '+', "time_wait" },
		{ 8, 'S', "A", 5002, 1002, 0, '+', "time_wait" },
	};
	static const struct script_row answered[] = {
		SCRIPT_TO_TIME_WAIT,
		{ 7, 'C', "S", 500, 0, 0, '+', "time_wait" },
		{ 8, 'S', "SA", 70000, 501, 0, '+', "time_wait" },
		{ 9, 'C', "A", 501, 70001, 0, '+', "established" },
	};
	static const struct script_row stamped[] = {
		SCRIPT_HANDSHAKE,
		{ 3, 'C', "FA", 1001, 5001, 0, '+', "fin_wait", NULL, 0, 0, 0,
		    1000 },
		{ 4, 'S', "FA", 5001, 1002, 0, '+', "last_ack" },
		{ 5, 'C', "A", 1002, 5002, 0, '+', "time_wait" },
		{ 6, 'C', "S", 500, 0, 0, '+', "time_wait", NULL, 0, 0, 0,
		    999 },
		{ 7, 'C', "S", 500, 0, 0, '+', "syn_sent", NULL, 0, 0, 0,
		    1001 },
	};
	static const struct script_row server[] = {
		SCRIPT_TO_TIME_WAIT,
		{ 7, 'S', "S", 90000, 0, 0, '+', "syn_sent" },
		{ 8, 'C', "SA", 70000, 90001, 0, '+', "syn_recv" },
	};
	static const struct script_row server_lower[] = {
		SCRIPT_TO_TIME_WAIT,
		{ 7, 'S', "S", 500, 0, 0, '+', "syn_sent" },
		{ 8, 'C', "SA", 70000, 501, 0, '+', "syn_recv" },
		{ 9, 'S', "A", 501, 70001, 0, '+', "established" },
	};

	SCRIPT_RUN("higher", SW_TRACK_STRICT, higher);
	SCRIPT_RUN("lower", SW_TRACK_STRICT, lower);
	SCRIPT_RUN("lower, but answered", SW_TRACK_STRICT, answered);
	SCRIPT_RUN("newer by its time stamp", SW_TRACK_STRICT, stamped);
	SCRIPT_RUN("from the server", SW_TRACK_STRICT, server);
	SCRIPT_RUN("from the server, lower", SW_TRACK_STRICT, server_lower);
}
END_TEST

START_TEST(close_opens_for_any_syn)
{
	static const struct script_row client[] = {
		SCRIPT_HANDSHAKE,
		{ 3, 'S', "R", 5001, 0, 0, '+', "close" },
		{ 4, 'C', "S", 500, 0, 0, '+', "syn_sent" },
		{ 5, 'S', "SA", 70000, 501, 0, '+', "syn_recv" },
	};
	static const struct script_row server[] = {
		SCRIPT_HANDSHAKE,
		{ 3, 'C', "R", 1001, 0, 0, '+', "close" },
		{ 4, 'S', "S", 500, 0, 0, '+', "syn_sent" },
		{ 5, 'C', "SA", 70000, 501, 0, '+', "syn_recv" },
	};

	SCRIPT_RUN("client", SW_TRACK_STRICT, client);
	SCRIPT_RUN("server", SW_TRACK_STRICT, server);
}
END_TEST

/* --- closing ---------------------------------------------------------------*/

START_TEST(only_an_ack_that_covers_a_fin_closes)
{
	static const struct script_row rows[] = {
		SCRIPT_HANDSHAKE,
		{ 3, 'S', "PA", 5001, 1001, 100, '+', "established" },
		{ 4, 'C', "FA", 1001, 5001, 0, '+', "fin_wait" },
		{ 5, 'C', "A", 1002, 5101, 0, '+', "fin_wait" },
		{ 6, 'S', "PA", 5101, 1001, 100, '+', "fin_wait" },
		{ 7, 'S', "PA", 5201, 1002, 100, '+', "close_wait" },
		{ 8, 'C', "A", 1002, 5301, 0, '+', "close_wait" },
		{ 9, 'C', "FA", 1001, 5301, 0, '+', "close_wait" },
		{ 10, 'S', "FA", 5301, 1002, 0, '+', "last_ack" },
		{ 11, 'C', "A", 1002, 5301, 0, '+', "last_ack" },
		{ 12, 'C', "A", 1002, 5302, 0, '+', "time_wait" },
	};
	static const struct script_row crossing[] = {
		SCRIPT_HANDSHAKE,
		{ 3, 'C', "FA", 1001, 5001, 0, '+', "fin_wait" },
		{ 4, 'S', "FA", 5001, 1001, 0, '+', "last_ack" },
		{ 5, 'S', "A", 5002, 1002, 0, '+', "last_ack" },
		{ 6, 'C', "A", 1002, 5002, 0, '+', "time_wait" },
	};

	SCRIPT_RUN("one after the other", SW_TRACK_STRICT, rows);
	SCRIPT_RUN("both at once", SW_TRACK_STRICT, crossing);
}
END_TEST

START_TEST(closing_states_end_by_an_exact_reset_only)
{
	static const struct script_row fin_wait[] = {
		SCRIPT_TO_FIN_WAIT,
		{ 10, 'S', "R", 5002, 0, 0, '+', "fin_wait" },
		{ 11, 'S', "R", 5001, 0, 0, '+', "close" },
	};
	static const struct script_row close_wait[] = {
		SCRIPT_TO_CLOSE_WAIT,
		{ 10, 'S', "R", 5002, 0, 0, '+', "close_wait" },
		{ 11, 'C', "R", 1002, 0, 0, '+', "close" },
	};
	static const struct script_row time_wait[] = {
		SCRIPT_TO_TIME_WAIT,
		{ 10, 'S', "R", 6000, 0, 0, '+', "time_wait" },
		{ 11, 'S', "R", 5002, 0, 0, '+', "close" },
	};

	SCRIPT_RUN("fin_wait", SW_TRACK_NORMAL, fin_wait);
	SCRIPT_RUN("close_wait", SW_TRACK_NORMAL, close_wait);
	SCRIPT_RUN("time_wait", SW_TRACK_NORMAL, time_wait);
}
END_TEST

/* --- silence ---------------------------------------------------------------*/

/* Every state but established: alive just before its time, over after. */
START_TEST(each_state_has_its_time)
{
	static const struct script_row fin_wait[] = { SCRIPT_TO_FIN_WAIT,
		{ 119900, 'S', "PA", 5001, 1001, 1, '+', "fin_wait" },
		{ 240000, 'S', "PA", 5002, 1001, 1, '-', "-" } };
	static const struct script_row close_wait[] = { SCRIPT_TO_CLOSE_WAIT,
		{ 599900, 'S', "A", 5001, 1002, 0, '+', "close_wait" },
		{ 1200100, 'S', "A", 5001, 1002, 0, '-', "-" } };
	static const struct script_row last_ack[] = { SCRIPT_TO_LAST_ACK,
		{ 29900, 'C', "A", 1002, 5001, 0, '+', "last_ack" },
		{ 60100, 'C', "A", 1002, 5002, 0, '-', "-" } };
	static const struct script_row time_wait[] = { SCRIPT_TO_TIME_WAIT,
		{ 59900, 'C', "A", 1002, 5002, 0, '+', "time_wait" },
		{ 120100, 'C', "A", 1002, 5002, 0, '-', "-" } };
	static const struct script_row closed[] = { SCRIPT_HANDSHAKE,
		{ 3, 'C', "R", 1001, 0, 0, '+', "close" },
		{ 9900, 'S', "A", 5001, 1001, 0, '+', "close" },
		{ 20100, 'S', "A", 5001, 1001, 0, '-', "-" } };

	SCRIPT_RUN("fin_wait", SW_TRACK_NORMAL, fin_wait);
	SCRIPT_RUN("close_wait", SW_TRACK_NORMAL, close_wait);
	SCRIPT_RUN("last_ack", SW_TRACK_NORMAL, last_ack);
	SCRIPT_RUN("time_wait", SW_TRACK_NORMAL, time_wait);
	SCRIPT_RUN("close", SW_TRACK_NORMAL, closed);
}
END_TEST

/* While something is unanswered five minutes are enough. */
START_TEST(what_is_unanswered_lasts_five_minutes)
{
	static const struct script_row data[] = {
		SCRIPT_HANDSHAKE,
		{ 3, 'C', "PA", 1001, 5001, 100, '+', "established" },
		{ 300100, 'S', "A", 5001, 1101, 0, '-', "-" },
	};
	static const struct script_row acked[] = {
		SCRIPT_HANDSHAKE,
		{ 3, 'C', "PA", 1001, 5001, 100, '+', "established" },
		{ 299900, 'S', "A", 5001, 1101, 0, '+', "established" },
		{ 7000000, 'C', "A", 1101, 5001, 0, '+', "established" },
	};
	static const struct script_row window[] = {
		SCRIPT_HANDSHAKE,
		{ 3, 'C', "A", 1001, 5001, 0, '+', "established", NULL, -1 },
		{ 300100, 'S', "A", 5001, 1001, 0, '-', "-" },
	};
	static const struct script_row opened[] = {
		SCRIPT_HANDSHAKE,
		{ 3, 'C', "A", 1001, 5001, 0, '+', "established", NULL, -1 },
		{ 299900, 'C', "A", 1001, 5001, 0, '+', "established" },
		{ 7000000, 'C', "A", 1001, 5001, 0, '+', "established" },
	};

	SCRIPT_RUN("data", SW_TRACK_NORMAL, data);
	SCRIPT_RUN("data, acknowledged", SW_TRACK_NORMAL, acked);
	SCRIPT_RUN("a closed window", SW_TRACK_NORMAL, window);
	SCRIPT_RUN("a window opened again", SW_TRACK_NORMAL, opened);
}
END_TEST

/* However long the silence is: ticks come round after 776 days. */
START_TEST(silence_of_years_is_silence)
{
	static const uint64_t days[] = { 100, 388, 389, 776, 777, 1552, 20000,
		100000 };
	static const struct script_row open[] = { SCRIPT_HANDSHAKE };
	static const struct script_row late = { 0, 'C', "PA", 1001, 5001, 9,
		'-', "-" };

	for (size_t i = 0; i < sizeof(days) / sizeof(*days); i++) {
		struct sw_flow_policy flow_policy =
		    script_treatment(SW_TRACK_NORMAL);
		struct sw_policy *policy =
		    sw_policy_compile(NULL, 0, &flow_policy);
		struct sw_limits limits = { .max_flows = 16,
			.max_embryonic = 100,
			.tombstones = 16,
			.events = 64 };
		struct sw_time now = { SW_NS_PER_SECOND };
		struct sw_engine *engine =
		    sw_engine_create(&limits, NULL, policy, now);
		struct sw_packet packet;

		for (size_t r = 0; r < 3; r++) {
			packet = script_packet(&open[r]);
			ck_assert_int_eq(
			    sw_engine_step(engine, &packet, now), SW_PASS);
		}
		now.ns += days[i] * 86400 * SW_NS_PER_SECOND;
		packet = script_packet(&late);
		ck_assert_msg(sw_engine_step(engine, &packet, now) == SW_DROP,
		    "%d days", (int)days[i]);
		sw_engine_destroy(engine);
		sw_policy_destroy(policy);
	}
}
END_TEST

START_TEST(midstream_waits_for_an_answer)
{
	static const struct script_row silent[] = {
		{ 0, 'C', "A", 1000, 7000, 0, '+', "established" },
		{ 300100, 'S', "A", 7000, 1000, 0, '+', "established" },
		{ 600300, 'S', "A", 7000, 1000, 0, '+', "established" },
	};
	/* A keepalive repeats the byte before; its answer is one beyond. */
	static const struct script_row keepalive[] = {
		{ 0, 'C', "A", 999, 7000, 0, '+', "established" },
		{ 1, 'S', "A", 7000, 1000, 0, '+', "established" },
		{ 7000000, 'C', "A", 999, 7000, 0, '+', "established" },
	};

	SCRIPT_RUN("not answered", SW_TRACK_LOOSE, silent);
	SCRIPT_RUN("keepalive", SW_TRACK_LOOSE, keepalive);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("tcp_states");
	TCase *t = tcase_create("opening");

	tcase_add_test(t, a_repeated_syn_does_not_prolong);
	tcase_add_test(t, a_higher_syn_takes_the_place);
	tcase_add_test(t, the_window_of_a_second_try_counts);
	tcase_add_test(t, a_challenge_to_a_syn_is_followed);
	tcase_add_test(t, the_opener_alone_opens_nothing);
	tcase_add_test(t, a_server_may_close_before_the_last_of_three);
	tcase_add_test(t, two_hosts_may_start_over_in_any_state);
	tcase_add_test(t, who_starts_over_agrees_on_scales_again);
	tcase_add_test(t, a_server_that_restarted_calls);
	tcase_add_test(t, time_wait_opens_for_what_is_new);
	tcase_add_test(t, close_opens_for_any_syn);
	suite_add_tcase(s, t);
	t = tcase_create("closing");
	tcase_add_test(t, only_an_ack_that_covers_a_fin_closes);
	tcase_add_test(t, closing_states_end_by_an_exact_reset_only);
	suite_add_tcase(s, t);
	t = tcase_create("silence");
	tcase_add_test(t, each_state_has_its_time);
	tcase_add_test(t, what_is_unanswered_lasts_five_minutes);
	tcase_add_test(t, silence_of_years_is_silence);
	tcase_add_test(t, midstream_waits_for_an_answer);
	suite_add_tcase(s, t);
	return run_suite(s);
}
