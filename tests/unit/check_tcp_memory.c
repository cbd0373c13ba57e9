/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a flow remembers from one segment to the next: which SYN was offered
 * last and what it offered, who was challenged, what a reset granted, how
 * often an ACK came again.
 */

#include <check.h>

#include "runner.h"
#include "script.h"

#define FAR_SERVER 4000000000u /* in the upper half: 0 lies ahead of it */

#define OUT "out-of-window"

/* --- what a SYN tells anew ------------------------------------------------ */

/* A window of 0 is a window; nothing else of its sender goes unquestioned. */
START_TEST(a_syn_may_grant_nothing)
{
	static const struct script_row rows[] = {
		{ 0, 'C', "S", 1000, 0, 0, '+', "syn_sent", NULL, -1 },
		{ 1, 'S', "SA", 5000, 1001, 0, '+', "syn_recv" },
		{ 2, 'C', "A", 900000, 5001, 0, '-', "syn_recv" },
		{ 3, 'C', "A", 1001, 5001, 0, '+', "established" },
	};
	static const struct script_row aside[] = {
		SCRIPT_HANDSHAKE,
		{ 3, 'C', "S", 900000, 0, 0, '+', "established", NULL, -1 },
		{ 4, 'S', "SA", 70000, 900001, 0, '+', "established" },
		{ 5, 'C', "A", 1800000, 70001, 0, '-', "established" },
		{ 6, 'C', "A", 900001, 70001, 0, '+', "established" },
	};

	SCRIPT_RUN("first SYN", SW_TRACK_STRICT, rows);
	SCRIPT_RUN("SYN set aside", SW_TRACK_STRICT, aside);
}
END_TEST

/* What the first SYN offered the second takes back, and renames. */
START_TEST(a_higher_syn_begins_from_nothing)
{
	static const struct script_row scale[] = {
		{ 0, 'C', "S", 1000, 0, 0, '+', "syn_sent", NULL, 1000, 8 },
		{ 1, 'C', "S", 90000, 0, 0, '+', "syn_sent", NULL, 1000 },
		{ 2, 'S', "SA", 5000, 90001, 0, '+', "syn_recv", NULL, 1000,
		    8 },
		{ 3, 'C', "A", 90001, 5001, 0, '+', "established", NULL, 1000 },
		{ 4, 'S', "A", 5001, 90001, 0, '+', "established", NULL, 1000 },
		{ 5, 'C', "PA", 100001, 5001, 100, '-', "established", OUT,
		    1000 },
	};
	static const struct script_row refused[] = {
		{ 0, 'C', "S", 1000, 0, 0, '+', "syn_sent" },
		{ 1, 'C', "S", 90000, 0, 0, '+', "syn_sent" },
		{ 2, 'S', "RA", 0, 1001, 0, '+', "syn_sent" },
		{ 3, 'S', "RA", 0, 90003, 0, '-', "syn_sent" },
		{ 4, 'S', "RA", 0, 90001, 0, '+', "close" },
	};

	SCRIPT_RUN("scale", SW_TRACK_STRICT, scale);
	SCRIPT_RUN("refused", SW_TRACK_STRICT, refused);
}
END_TEST

START_TEST(a_restart_takes_what_was_set_aside)
{
	static const struct script_row scaled[] = {
		SCRIPT_HANDSHAKE,
		{ 3, 'C', "S", 900000, 0, 0, '+', "established", NULL, 1000,
		    8 },
		{ 4, 'S', "SA", 70000, 900001, 0, '+', "established", NULL,
		    1000, 8 },
		{ 5, 'C', "A", 900001, 70001, 0, '+', "established", NULL,
		    1000 },
		{ 6, 'S', "PA", 170001, 900001, 10, '+', "established", NULL,
		    1000 },
		{ 7, 'C', "PA", 1000001, 70001, 10, '+', "established", NULL,
		    1000 },
	};
	static const struct script_row repeated[] = {
		SCRIPT_HANDSHAKE,
		{ 3, 'C', "S", 900000, 0, 0, '+', "established" },
		{ 4, 'S', "SA", 70000, 900001, 0, '+', "established" },
		{ 5, 'C', "A", 900001, 70001, 0, '+', "established" },
		{ 6, 'C', "S", 900000, 0, 0, '+', "established" },
		{ 7, 'S', "SA", 70000, 900001, 0, '+', "established" },
	};

	SCRIPT_RUN("scale", SW_TRACK_STRICT, scaled);
	SCRIPT_RUN("repeated", SW_TRACK_STRICT, repeated);
}
END_TEST

static struct sw_counts
counts_of(const struct sw_engine *engine)
{
	struct sw_counts counts;

	sw_engine_counts(engine, &counts);
	return counts;
}

/* In the books a restart is an end and a beginning: half open at first,
 * whatever was there before, and of this moment. */
START_TEST(a_restart_is_another_flow)
{
	static const struct script_row rows[] = {
		SCRIPT_HANDSHAKE,
		{ 3, 'C', "S", 900000, 0, 0, '+' },
		{ 4, 'S', "SA", 70000, 900001, 0, '+' },
		{ 5, 'C', "S", 1800000, 0, 0, '+' },
		{ 6, 'S', "SA", 80000, 1800001, 0, '+' },
		{ 7, 'C', "A", 1800001, 80001, 0, '+' },
	};
	static const uint8_t embryonic[] = { 1, 1, 0, 0, 0, 0, 0, 0 };
	static const uint8_t restarts[] = { 0, 0, 0, 0, 0, 0, 0, 1 };
	static const uint8_t opened_at[] = { 0, 0, 0, 0, 0, 0, 0, 7 };
	struct sw_flow_policy flow_policy = script_treatment(SW_TRACK_STRICT);
	struct sw_policy *policy = sw_policy_compile(NULL, 0, &flow_policy);
	struct sw_limits limits = { .max_flows = 16,
		.max_embryonic = 100,
		.tombstones = 16,
		.events = 64 };
	struct sw_engine *engine = sw_engine_create(
	    &limits, NULL, policy, (struct sw_time){ SW_NS_PER_SECOND });

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct sw_packet packet = script_packet(&rows[i]);
		struct sw_time now = { (1000 + rows[i].at) * SW_NS_PER_MS };
		struct sw_flow_info info;
		struct sw_counts counts;

		ck_assert_int_eq(sw_engine_step(engine, &packet, now), SW_PASS);
		ck_assert(sw_engine_find(engine, &packet.ends, now, &info));
		counts = counts_of(engine);
		ck_assert_uint_eq(counts.flows, 1);
		ck_assert_uint_eq(counts.embryonic, embryonic[i]);
		ck_assert_uint_eq(counts.opened, 1u + restarts[i]);
		ck_assert_uint_eq(counts.ended[SW_END_REUSED], restarts[i]);
		ck_assert_uint_eq(
		    info.opened.ns, (1000u + opened_at[i]) * SW_NS_PER_MS);
		ck_assert(info.assured == !embryonic[i]);
	}
	sw_engine_destroy(engine);
	sw_policy_destroy(policy);
}
END_TEST

/* The same SYN, answered with a number far from the last: not the handshake
 * we know. */
START_TEST(another_server_is_another_handshake)
{
	static const struct script_row rows[] = {
		SCRIPT_HANDSHAKE,
		{ 3, 'C', "S", 1000, 0, 0, '+', "established" },
		{ 4, 'S', "SA", 4294900000u, 1001, 0, '+', "established" },
		{ 5, 'C', "A", 1001, 4294900001u, 0, '+', "established" },
	};

	SCRIPT_RUN("another server", SW_TRACK_STRICT, rows);
}
END_TEST

/* A FIN that belongs nowhere makes nobody forget the SYN. */
START_TEST(only_what_counts_displaces_a_syn)
{
	static const struct script_row rows[] = {
		{ 0, 'C', "S", 1000, 0, 0, '+', "syn_sent" },
		{ 1, 'S', "SA", 5000, 1001, 0, '+', "syn_recv" },
		{ 2, 'C', "S", 90000, 0, 0, '+', "syn_recv" },
		{ 3, 'C', "FA", 900000000, 5001, 0, '-', "syn_recv" },
		{ 4, 'S', "SA", 70000, 90001, 0, '+', "syn_recv" },
		{ 5, 'C', "A", 90001, 70001, 0, '+', "established" },
	};

	SCRIPT_RUN("displaced", SW_TRACK_STRICT, rows);
}
END_TEST

/* The answer to a SYN in last_ack is a challenge once. */
START_TEST(one_challenge_answers_one_syn)
{
	static const struct script_row rows[] = {
		SCRIPT_TO_LAST_ACK,
		{ 6, 'C', "S", 900000, 0, 0, '+', "last_ack" },
		{ 7, 'S', "A", 5002, 1002, 0, '+', "last_ack" },
		{ 20000, 'S', "A", 5002, 1002, 0, '+', "last_ack" },
		{ 45000, 'S', "A", 5002, 1002, 0, '+', "last_ack" },
	};

	SCRIPT_RUN("challenged", SW_TRACK_STRICT, rows);
}
END_TEST

/* --- ports used again ----------------------------------------------------- */

START_TEST(time_wait_opens_at_the_very_next_number)
{
	static const struct script_row next[] = {
		SCRIPT_TO_TIME_WAIT,
		{ 7, 'C', "S", 1001, 0, 0, '+', "time_wait" },
		{ 8, 'C', "S", 1002, 0, 0, '+', "syn_sent" },
	};
	/* Of the old connection no time stamp is known: none is newer. */
	static const struct script_row stamped[] = {
		SCRIPT_TO_TIME_WAIT,
		{ 7, 'C', "S", 500, 0, 0, '+', "time_wait", NULL, 0, 0, 0,
		    1001 },
	};

	SCRIPT_RUN("next", SW_TRACK_STRICT, next);
	SCRIPT_RUN("stamped", SW_TRACK_STRICT, stamped);
}
END_TEST

/* --- resets --------------------------------------------------------------- */

/* Number 0 that acknowledges the SYN is the answer of a host that knows of
 * no connection; another number has to be exact. */
START_TEST(a_handshake_is_refused_by_number_zero)
{
	static const struct script_row rows[] = {
		{ 0, 'C', "S", 1000, 0, 0, '+', "syn_sent" },
		{ 1, 'S', "SA", 5000, 1001, 0, '+', "syn_recv" },
		{ 2, 'S', "RA", 9000, 1001, 0, '+', "syn_recv" },
		{ 3, 'S', "RA", 0, 1000, 0, '+', "syn_recv" },
		{ 4, 'S', "RA", 0, 1001, 0, '+', "close" },
	};
	/* It stands outside of every window, and is no fault. */
	static const struct script_row outdated[] = {
		{ 0, 'C', "S", 1000, 0, 0, '+', "syn_sent" },
		{ 1, 'S', "SA", FAR_SERVER, 4294900000u, 0, '+', "syn_sent" },
		{ 2, 'S', "RA", 0, 500, 0, '+', "syn_sent" },
		{ 3, 'S', "RA", 1, 500, 0, '-', "syn_sent" },
	};

	SCRIPT_RUN("zero", SW_TRACK_STRICT, rows);
	SCRIPT_RUN("outdated", SW_TRACK_STRICT, outdated);
}
END_TEST

/* What it grants, data under way may still fill; in a closing state it may be
 * of a later connection. */
START_TEST(a_reset_grants_once_more)
{
	static const struct script_row open[] = {
		{ 0, 'C', "S", 1000, 0, 0, '+', "syn_sent" },
		{ 1, 'S', "SA", 5000, 1001, 0, '+', "syn_recv", NULL, 1000 },
		{ 2, 'C', "A", 1001, 5001, 0, '+', "established" },
		{ 3, 'S', "RA", 5001, 1001, 0, '+', "close" },
		{ 4, 'C', "PA", 9000, 5001, 10, '+', "close" },
	};
	static const struct script_row closing[] = {
		{ 0, 'C', "S", 1000, 0, 0, '+', "syn_sent" },
		{ 1, 'S', "SA", 5000, 1001, 0, '+', "syn_recv", NULL, 1000 },
		{ 2, 'C', "A", 1001, 5001, 0, '+', "established" },
		{ 3, 'C', "FA", 1001, 5001, 0, '+', "fin_wait" },
		{ 4, 'S', "RA", 5001, 1001, 0, '+', "close" },
		{ 5, 'C', "PA", 9000, 5001, 10, '-', "close" },
	};

	SCRIPT_RUN("open", SW_TRACK_STRICT, open);
	SCRIPT_RUN("closing", SW_TRACK_STRICT, closing);
}
END_TEST

/* Of a flow picked up in its middle one side may not be known at all. */
START_TEST(midstream_learns_from_the_answer)
{
	static const struct script_row refused[] = {
		{ 0, 'C', "A", 1000, 7000, 0, '+', "established" },
		{ 1, 'S', "RA", 9000, 999, 0, '+', "established" },
		{ 2, 'S', "RA", 9000, 1000, 0, '+', "close" },
	};
	/* The byte before, repeated by a keepalive, was counted short. */
	static const struct script_row keepalive[] = {
		{ 0, 'C', "A", 999, 7000, 0, '+', "established" },
		{ 1, 'S', "A", 7000, 1000, 0, '+', "established" },
		{ 2, 'C', "R", 999, 0, 0, '+', "established" },
		{ 3, 'C', "R", 1000, 0, 0, '+', "close" },
	};
	static const struct script_row silent[] = {
		{ 0, 'C', "A", 1000, 7000, 0, '+', "established" },
		{ 300100, 'S', "FA", 7000, 1000, 0, '-', "-" },
	};

	SCRIPT_RUN("refused", SW_TRACK_LOOSE, refused);
	SCRIPT_RUN("keepalive", SW_TRACK_LOOSE, keepalive);
	SCRIPT_RUN("silent", SW_TRACK_LOOSE, silent);
}
END_TEST

/* --- the timer ------------------------------------------------------------ */

/* Closing segments outside the window change nothing, from both sides too. */
START_TEST(closing_outside_the_window_changes_nothing)
{
	static const struct script_row rows[] = {
		SCRIPT_HANDSHAKE,
		{ 3, 'C', "FA", 400000, 5001, 0, '-', "established" },
		{ 4, 'S', "FA", 400000, 1001, 0, '-', "established" },
		{ 400000, 'S', "A", 5001, 1001, 0, '+', "established" },
	};

	SCRIPT_RUN("closing", SW_TRACK_STRICT, rows);
}
END_TEST

/* Out of step, too, an RST is exact where its receiver or its own side said
 * so before, not by its own word. */
START_TEST(out_of_step_an_rst_must_be_exact)
{
	static const struct script_row acknowledged[] = {
		SCRIPT_HANDSHAKE,
		{ 3, 'C', "A", 1001, 105001, 0, '+', "established" },
		{ 4, 'S', "RA", 120000, 1001, 0, '+', "established" },
		{ 5, 'S', "RA", 105002, 1001, 0, '+', "established" },
		{ 6, 'S', "RA", 105001, 1001, 0, '+', "close" },
	};
	static const struct script_row data[] = {
		SCRIPT_HANDSHAKE,
		{ 3, 'C', "A", 1001, 105001, 0, '+', "established" },
		{ 4, 'S', "RA", 105001, 1001, 700, '+', "close" },
	};
	static const struct script_row sent[] = {
		SCRIPT_HANDSHAKE,
		{ 3, 'S', "PA", 105001, 1001, 10, '+', "established" },
		{ 4, 'S', "RA", 105011, 1001, 0, '+', "established" },
		{ 5, 'C', "A", 1001, 105011, 0, '+', "close" },
	};
	static const struct script_row stray[] = {
		SCRIPT_HANDSHAKE,
		{ 3, 'S', "PA", 105001, 1001, 10, '+', "established" },
		{ 4, 'S', "RA", 105012, 1001, 0, '+', "established" },
		{ 5, 'C', "A", 1001, 105011, 0, '+', "established" },
	};

	SCRIPT_RUN("acknowledged", SW_TRACK_NORMAL, acknowledged);
	SCRIPT_RUN("with data", SW_TRACK_NORMAL, data);
	SCRIPT_RUN("sent", SW_TRACK_NORMAL, sent);
	SCRIPT_RUN("neither", SW_TRACK_NORMAL, stray);
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("memory");

	tcase_add_test(t, a_syn_may_grant_nothing);
	tcase_add_test(t, a_higher_syn_begins_from_nothing);
	tcase_add_test(t, a_restart_takes_what_was_set_aside);
	tcase_add_test(t, a_restart_is_another_flow);
	tcase_add_test(t, another_server_is_another_handshake);
	tcase_add_test(t, only_what_counts_displaces_a_syn);
	tcase_add_test(t, one_challenge_answers_one_syn);
	tcase_add_test(t, time_wait_opens_at_the_very_next_number);
	tcase_add_test(t, a_handshake_is_refused_by_number_zero);
	tcase_add_test(t, a_reset_grants_once_more);
	tcase_add_test(t, midstream_learns_from_the_answer);
	tcase_add_test(t, closing_outside_the_window_changes_nothing);
	tcase_add_test(t, out_of_step_an_rst_must_be_exact);
	return run_case("tcp_memory", t);
}
