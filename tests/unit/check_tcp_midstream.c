/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Flows picked up in their middle, whose window scale nobody knows; and the
 * segments in the middle of a connection that are spared most questions.
 */

#include <check.h>

#include "astray.h"
#include "engine/tcp/last.h"
#include "engine/tcp/tcp.h"
#include "engine/tcp/window.h"
#include "runner.h"
#include "script.h"

#define NEAR 0x100000u /* what is believed on both sides of a number */

/* Both sides advertise 100 bytes.  Client: next 2000000, server: 5000000. */
#define PICKED_UP                                                            \
	{ 0, 'C', "A", 2000000, 5000000, 0, '+', "established", NULL, 100 }, \
	{                                                                    \
		1, 'S', "A", 5000000, 2000000, 0, '+', "established", NULL,  \
		    100                                                      \
	}

/* Steps a flow that was picked up by this segment of the client. */
static enum sw_tcp_outcome
step_picked_up(const char *flags, uint32_t seq, uint32_t ack)
{
	const struct script_row rows[] = { PICKED_UP,
		{ 2, 'C', flags, seq, ack, 0, '+', NULL, NULL, 100 } };
	struct sw_flow flow = { 0 };
	struct sw_flow_history history = { 0 };
	enum sw_tcp_outcome outcome = SW_TCP_INVALID;

	for (unsigned i = 0; i < 3; i++) {
		struct sw_packet packet = script_packet(&rows[i]);
		struct sw_tcp_step step = { .direction = rows[i].from == 'S' };

		if (i == 0)
			sw_tcp_open(&flow, &history, &packet.tcp, true);
		outcome = sw_tcp_step(&flow, &history, &packet.tcp, &step);
	}
	ck_assert_uint_eq(flow.state, SW_STATE_ESTABLISHED);
	return outcome;
}

/* A FIN is one longer; where it does not continue the stream, it closes
 * nothing. */
static void
near(uint32_t seq, uint32_t ack, bool counts)
{
	ck_assert_int_eq(
	    step_picked_up("A", seq, ack) == SW_TCP_FOLLOWS, counts);
	ck_assert_int_eq(
	    step_picked_up("FA", seq - 1, ack) == SW_TCP_FOLLOWS, counts);
}

START_TEST(what_is_near_counts)
{
	const uint32_t c = 2000000, s = 5000000;

	near(c - 200, s, true);
	near(c - NEAR, s, true);
	near(c - NEAR - 1, s, false);
	near(c + 200, s, true);
	near(c + NEAR, s, true);
	near(c + NEAR + 1, s, false);
	near(c + 2, s - 70000, true);
	near(c + 2, s - NEAR, true);
	near(c + 2, s - NEAR - 1, false);
	near(c + 2, s + 200, true);
	near(c + 2, s + NEAR, true);
	near(c + 2, s + NEAR + 1, false);
}
END_TEST

/* The first answer is expected where the opener's word says; how far it is from
 * there is told. */
START_TEST(a_foreign_answer_is_measured)
{
	static const struct {
		uint32_t seq, ack;
		int32_t beyond;
	} cases[] = {
		{ 5000000, 2000000, 0 },
		{ 5000000 + NEAR, 2000000, 0 },
		{ 5000000 + NEAR + 1, 2000000, NEAR + 1 },
		{ 5000000 - NEAR, 2000000, 0 },
		{ 5000000 - NEAR - 1, 2000000, -(int32_t)NEAR - 1 },
		{ 5000100, 2000000 + NEAR + 1, 100 },
		{ 5000100, 2000000 - NEAR - 1, 100 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct script_row rows[] = { PICKED_UP };
		struct script_row row = rows[1];
		struct sw_tcp_segment opener = script_packet(&rows[0]).tcp;
		struct sw_flow flow = { .state = SW_STATE_ESTABLISHED };
		struct sw_flow_history history = { 0 };
		struct sw_tcp_segment answer;
		int32_t beyond;

		sw_tcp_open(&flow, &history, &opener, true);
		row.seq = cases[i].seq;
		row.ack = cases[i].ack;
		answer = script_packet(&row).tcp;
		(void)sw_window_judge(&flow, 1, &answer, &beyond);
		if (cases[i].beyond)
			ck_assert_int_eq(beyond, cases[i].beyond);
		ck_assert_int_eq(!flow.peer[1].maxwin, cases[i].beyond != 0);
	}
}
END_TEST

/* What is near is learned: the server may acknowledge it, and no more. */
START_TEST(what_is_near_is_learned)
{
	static const struct script_row rows[] = {
		PICKED_UP,
		{ 2, 'C', "PA", 2100000, 5000000, 100, '+', "established", NULL,
		    100 },
		{ 3, 'S', "R", 2100100, 0, 0, '+', "established", NULL, 100 },
		{ 4, 'C', "R", 2100099, 0, 0, '+', "established", NULL, 100 },
		{ 5, 'C', "R", 2100100, 0, 0, '+', "close", NULL, 100 },
	};

	SCRIPT_RUN("learned", SW_TRACK_LOOSE, rows);
}
END_TEST

/* --- in the middle --------------------------------------------------------- */

static bool
in_the_middle(const struct sw_flow *flow, const char *flags)
{
	struct sw_tcp_segment segment = astray_segment(flags, C_END, S_END, 10);

	return sw_tcp_in_the_middle(flow, &segment);
}

START_TEST(the_middle_is_plain)
{
	static const uint8_t looked_at[] = { SW_FLOW_REPLIED, SW_FLOW_ASSURED,
		SW_FLOW_PROBING, SW_FLOW_RESET, SW_FLOW_LOST };
	struct astray a;

	astray_set(&a);
	ck_assert(in_the_middle(&a.flow, "A"));
	ck_assert(in_the_middle(&a.flow, "PA"));
	ck_assert(!in_the_middle(&a.flow, "FA"));
	ck_assert(!in_the_middle(&a.flow, "RA"));
	ck_assert(!in_the_middle(&a.flow, "S"));
	for (size_t i = 0; i < sizeof(looked_at); i++) {
		astray_set(&a);
		a.flow.flags ^= looked_at[i];
		ck_assert_msg(!in_the_middle(&a.flow, "A"), "%zu", i);
	}
	astray_set(&a);
	a.flow.flags |= SW_FLOW_OPENER_B | SW_FLOW_LOOSE;
	ck_assert(in_the_middle(&a.flow, "A"));
	a.flow.last = SW_LAST_ASIDE;
	ck_assert(!in_the_middle(&a.flow, "A"));
	for (unsigned state = 0; state < SW_STATE_COUNT; state++) {
		astray_set(&a);
		a.flow.state = (uint8_t)state;
		ck_assert(in_the_middle(&a.flow, "A") ==
			  (state == SW_STATE_ESTABLISHED));
	}
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("midstream");

	tcase_add_test(t, what_is_near_counts);
	tcase_add_test(t, a_foreign_answer_is_measured);
	tcase_add_test(t, what_is_near_is_learned);
	tcase_add_test(t, the_middle_is_plain);
	return run_case("tcp_midstream", t);
}
