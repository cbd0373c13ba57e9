/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FINs, on the record itself: which number is exact, what is remembered, what
 * proves it and what refutes it; and the states that follow.
 */

#include <check.h>

#include "engine/tcp/fin.h"
#include "engine/tcp/last.h"
#include "engine/tcp/tcp.h"
#include "runner.h"
#include "script.h"

static struct sw_tcp_segment
segment(const struct script_row *row)
{
	return script_packet(row).tcp;
}

/* An established flow: the client's next is 1001, the server's 5001. */
static struct sw_flow
established(void)
{
	return (struct sw_flow){ .state = SW_STATE_ESTABLISHED,
		.flags = SW_FLOW_REPLIED | SW_FLOW_ASSURED,
		.last = SW_TCP_ACK,
		.peer_flags = { SW_PEER_ACKED, SW_PEER_ACKED },
		.peer = { { 1001, 31001, 30000, 5001 },
		    { 5001, 35001, 30000, 1001 } } };
}

static enum sw_tcp_outcome
step(struct sw_flow *flow, struct sw_flow_history *history,
    const struct script_row *row)
{
	struct sw_tcp_segment s = segment(row);
	struct sw_tcp_step how = { .direction = row->from == 'S' };

	return sw_tcp_step(flow, history, &s, &how);
}

/* A FIN ahead moves no number; while it is remembered, the flow is not in the
 * middle, where nobody would ask for it. */
START_TEST(a_fin_ahead_is_remembered_and_no_more)
{
	for (unsigned side = 0; side < 2; side++) {
		struct sw_flow flow = established(), was = flow;
		struct sw_flow_history history = { 0 };
		struct script_row fin = { 0, side ? 'S' : 'C', "FA",
			side ? 5101 : 1101, side ? 1001 : 5001, 20, '+' };
		struct script_row plain = { 0, 'C', "A", 1001, 5001, 0, '+' };
		struct sw_tcp_segment ack = segment(&plain);

		ck_assert(sw_tcp_in_the_middle(&flow, &ack));
		ck_assert_int_eq(step(&flow, &history, &fin), SW_TCP_FOLLOWS);
		ck_assert_uint_eq(
		    flow.last, was.last | SW_LAST_FIN_AHEAD << side);
		ck_assert(!sw_tcp_in_the_middle(&flow, &ack));
		ck_assert_uint_eq(
		    sw_fin_end(&history, side), side ? 5122 : 1122);
		ck_assert_uint_eq(sw_fin_end(&history, !side), 0);
		flow.last = was.last;
		ck_assert_mem_eq(&flow, &was, sizeof(flow));
	}
}
END_TEST

/* What was remembered leaves nothing, for the time stamp of the FIN will stand
 * there: that of the FIN itself, or the one its acknowledgement echoes. */
START_TEST(the_place_is_the_time_stamps)
{
	for (unsigned how = 0; how < 4; how++) {
		struct sw_flow flow = established();
		struct sw_flow_history history = { .ender = 1 };
		struct script_row ahead = { 0, 'C', "FA", 1101, 5001, 0, '+' };
		struct script_row again = { 0, 'C', "FA", 1001, 5001, 100,
			'+' };
		struct script_row answer = { 0, 'S', "A", 5001, 1102, 0, '+' };
		struct sw_tcp_segment s = segment(how & 1 ? &answer : &again);
		struct sw_tcp_step now = { .direction = how & 1 };

		(void)step(&flow, &history, &ahead);
		s.has_timestamp = how & 2;
		s.tsval = 77;
		s.tsecr = 88;
		ck_assert_int_eq(
		    sw_tcp_step(&flow, &history, &s, &now), SW_TCP_FOLLOWS);
		ck_assert_uint_eq(history.tsval[0], how == 3   ? 88
						    : how == 2 ? 77
							       : 0);
		ck_assert_uint_eq(history.tsval[1], 0);
		ck_assert_uint_eq(history.ender, 0);
		ck_assert_uint_eq(flow.last & SW_LAST_FINS_AHEAD, 0);
		ck_assert_uint_eq(flow.peer[0].end, 1102);
		ck_assert(flow.peer_flags[0] & SW_PEER_FIN);
		ck_assert(!(flow.peer_flags[1] & SW_PEER_FIN));
	}
}
END_TEST

/* The numbers one by one: what the receiver acknowledged, where it has, what
 * the sender has sent, and after a FIN its own. */
START_TEST(each_number_that_is_exact)
{
	static const struct {
		uint32_t end, maxack, seq, payload;
		uint8_t sender, receiver;
		bool exact;
	} cases[] = {
		{ 2000, 1000, 1000, 0, 0, SW_PEER_ACKED, true },
		{ 2000, 1000, 1000, 0, SW_PEER_ACKED, 0, false },
		{ 2000, 1000, 1000, 0, 0, 0, false },
		{ 2000, 1000, 999, 1, 0, SW_PEER_ACKED, true },
		{ 2000, 1000, 999, 0, 0, SW_PEER_ACKED, false },
		{ 2000, 1000, 1001, 0, 0, SW_PEER_ACKED, false },
		{ 2000, 1000, 1001, 998, 0, SW_PEER_ACKED, false },
		{ 2000, 1000, 1001, 999, 0, SW_PEER_ACKED, true },
		{ 2000, 1000, 2000, 0, 0, 0, true },
		{ 2000, 1000, 2001, 0, 0, 0, false },
		{ 2000, 1000, 1990, 20, 0, 0, true },
		{ 2000, 1000, 1999, 0, SW_PEER_FIN, SW_PEER_ACKED, true },
		{ 2000, 1000, 1900, 99, SW_PEER_FIN, SW_PEER_ACKED, true },
		{ 2000, 1000, 2000, 0, SW_PEER_FIN, SW_PEER_ACKED, false },
		{ 2000, 1000, 1998, 0, SW_PEER_FIN, SW_PEER_ACKED, false },
		{ 2000, 1000, 1990, 20, SW_PEER_FIN, SW_PEER_ACKED, false },
		{ 2000, 2000, 2000, 0, SW_PEER_FIN, SW_PEER_ACKED, true },
		{ 100, 50, 4294967290u, 60, 0, SW_PEER_ACKED, true },
		{ 100, 50, 4294967290u, 50, 0, SW_PEER_ACKED, false },
	};

	for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(*cases); i++) {
		unsigned side = i & 1;
		struct sw_flow flow = established();
		struct sw_tcp_segment fin = { .kind = SW_TCP_FIN,
			.flags = SW_FIN | SW_ACK,
			.seq = cases[i / 2].seq,
			.payload = cases[i / 2].payload };

		flow.peer[side].end = cases[i / 2].end;
		flow.peer[!side].maxack = cases[i / 2].maxack;
		flow.peer_flags[side] = cases[i / 2].sender;
		flow.peer_flags[!side] = cases[i / 2].receiver;
		ck_assert_msg(
		    sw_fin_is_exact(&flow, side, &fin) == cases[i / 2].exact,
		    "case %zu", i / 2);
	}
}
END_TEST

/* Only what is ahead of a side that has not closed; and what was not
 * remembered is not forgotten. */
START_TEST(what_is_remembered_and_forgotten)
{
	for (unsigned i = 0; i < 16; i++) {
		unsigned side = i & 1;
		bool own = i & 2, other = i & 4, beyond = i & 8;
		struct sw_flow flow = established();
		struct sw_flow_history history = { .tsval = { 66, 66 } };
		uint32_t end = flow.peer[side].end;
		struct sw_tcp_segment fin = { .kind = SW_TCP_FIN,
			.flags = SW_FIN | SW_ACK,
			.seq = beyond ? end + 1 : end,
			.payload = 5 };
		bool noted = beyond && !own;

		flow.peer_flags[side] |= own ? SW_PEER_FIN : 0;
		flow.peer_flags[!side] |= other ? SW_PEER_FIN : 0;
		sw_fin_note(&flow, &history, side, &fin);
		ck_assert_uint_eq(history.tsval[side], noted ? end + 7 : 66);
		ck_assert_uint_eq(flow.last,
		    SW_TCP_ACK | (noted ? SW_LAST_FIN_AHEAD << side : 0));
		sw_fin_forget(&flow, &history, !side);
		sw_fin_forget(&flow, &history, side);
		ck_assert_uint_eq(history.tsval[side], noted ? 0 : 66);
		ck_assert_uint_eq(history.tsval[!side], 66);
		ck_assert_uint_eq(flow.last, SW_TCP_ACK);
	}
}
END_TEST

/* From the next number of what came by to the one behind the FIN. */
START_TEST(how_far_a_fin_ahead_reaches)
{
	for (unsigned side = 0; side < 2; side++) {
		struct sw_flow flow = established();
		struct sw_flow_history history = { 0 };
		uint32_t end = flow.peer[side].end;

		history.tsval[side] = end + 10;
		ck_assert(!sw_fin_is_reached(&flow, &history, !side, end + 5));
		flow.last |= (uint8_t)(SW_LAST_FIN_AHEAD << side);
		for (uint32_t i = 0; i < 20; i++) {
			ck_assert_int_eq(
			    sw_fin_is_reached(&flow, &history, !side, end + i),
			    i >= 1 && i <= 10);
			ck_assert(
			    !sw_fin_is_reached(&flow, &history, side, end + i));
		}
	}
}
END_TEST

/* What makes an acknowledgement prove the FIN; each but the first lacks one
 * thing. */
START_TEST(what_proves_a_fin)
{
	for (unsigned i = 0; i < 2 * 9; i++) {
		unsigned side = i & 1, lacks = i / 2;
		struct sw_flow flow = established();
		struct sw_flow_history history = { .ender = !side };
		uint32_t end = flow.peer[side].end + 100;
		struct sw_tcp_segment ack = { .kind = SW_TCP_ACK,
			.flags = SW_ACK,
			.seq = flow.peer[!side].end,
			.ack = end };

		history.tsval[side] = end;
		flow.last |= (uint8_t)(SW_LAST_FIN_AHEAD << side);
		if (lacks == 1)
			flow.last = SW_TCP_ACK;
		if (lacks == 2)
			flow.state = SW_STATE_SYN_RECV;
		if (lacks == 3)
			ack.kind = SW_TCP_RST;
		if (lacks == 4)
			ack.ack--;
		if (lacks == 5)
			flow.peer[!side].maxwin = 0;
		if (lacks == 6)
			flow.peer_flags[side] &= (uint8_t)~SW_PEER_ACKED;
		if (lacks == 7)
			ack.seq++;
		if (lacks == 8)
			flow.peer[side].end = end;
		sw_fin_settle(&flow, &history, !side, &ack);
		ck_assert_msg(!(flow.peer_flags[side] & SW_PEER_FIN) == !!lacks,
		    "lacks %u", lacks);
		ck_assert(!(flow.peer_flags[!side] & SW_PEER_FIN));
		ck_assert_uint_eq(history.ender, lacks ? !side : side);
		ck_assert_uint_eq(flow.peer[side].end,
		    lacks == 0 || lacks == 8 ? end : end - 100);
		if (lacks)
			continue;
		ck_assert_uint_eq(flow.state, SW_STATE_FIN_WAIT);
		ck_assert_uint_eq(flow.last, SW_TCP_ACK);
	}
}
END_TEST

/* A FIN that its side went to, or past, is forgotten, of either side. */
START_TEST(what_refutes_a_fin)
{
	for (unsigned i = 0; i < 6; i++) {
		unsigned side = i & 1;
		struct sw_flow flow = established();
		struct sw_flow_history history = { 0 };
		struct sw_tcp_segment ack = { .kind = SW_TCP_ACK,
			.flags = SW_ACK };
		uint32_t end = flow.peer[side].end;

		history.tsval[side] = end + 1 - i / 2;
		history.tsval[!side] = flow.peer[!side].end + 9;
		flow.last |= SW_LAST_FINS_AHEAD;
		sw_fin_settle(&flow, &history, 0, &ack);
		ck_assert_uint_eq(history.tsval[side], i < 2 ? end + 1 : 0);
		ck_assert_uint_eq(flow.last & SW_LAST_FINS_AHEAD,
		    i < 2 ? SW_LAST_FINS_AHEAD : SW_LAST_FIN_AHEAD << !side);
	}
}
END_TEST

/* Who closed first is told; nothing closes twice, nor what is not open. */
START_TEST(closing_a_side)
{
	for (unsigned state = 0; state < SW_STATE_UDP_UNREPLIED; state++)
		for (unsigned i = 0; i < 4; i++) {
			unsigned side = i & 1;
			bool other = i & 2;
			struct sw_flow flow = established();
			struct sw_flow_history history = { .ender = !side };
			bool open = state >= SW_STATE_ESTABLISHED &&
				    state <= SW_STATE_LAST_ACK;

			flow.state = (uint8_t)state;
			flow.peer[side].end++;
			flow.peer_flags[!side] |= other ? SW_PEER_FIN : 0;
			sw_fin_close_side(&flow, &history, side);
			ck_assert_int_eq(
			    !!(flow.peer_flags[side] & SW_PEER_FIN), open);
			ck_assert_uint_eq(
			    history.ender, open && !other ? side : !side);
			ck_assert_uint_eq(flow.state, !open ? state
						      : other
							  ? SW_STATE_LAST_ACK
							  : SW_STATE_FIN_WAIT);
		}
}
END_TEST

/* Which FINs were sent, and which are acknowledged. */
START_TEST(each_closing_state)
{
	static const uint8_t states[4][4] = {
		{ SW_STATE_FIN_WAIT, SW_STATE_FIN_WAIT, SW_STATE_FIN_WAIT,
		    SW_STATE_FIN_WAIT },
		{ SW_STATE_FIN_WAIT, SW_STATE_CLOSE_WAIT, SW_STATE_FIN_WAIT,
		    SW_STATE_CLOSE_WAIT },
		{ SW_STATE_FIN_WAIT, SW_STATE_FIN_WAIT, SW_STATE_CLOSE_WAIT,
		    SW_STATE_CLOSE_WAIT },
		{ SW_STATE_LAST_ACK, SW_STATE_LAST_ACK, SW_STATE_LAST_ACK,
		    SW_STATE_TIME_WAIT },
	};

	for (unsigned fins = 0; fins < 4; fins++)
		for (unsigned acked = 0; acked < 4; acked++) {
			struct sw_flow flow = established();

			for (unsigned side = 0; side < 2; side++) {
				if (fins >> side & 1)
					flow.peer_flags[side] |= SW_PEER_FIN;
				if (!(acked >> side & 1))
					flow.peer[side].end++;
				ck_assert_int_eq(sw_fin_is_covered(&flow, side),
				    (fins & acked) >> side & 1);
			}
			ck_assert_uint_eq(
			    sw_fin_state(&flow), states[fins][acked]);
			flow.peer_flags[0] &= (uint8_t)~SW_PEER_ACKED;
			ck_assert(!sw_fin_is_covered(&flow, 1));
			flow.peer_flags[1] &= (uint8_t)~SW_PEER_ACKED;
			ck_assert(!sw_fin_is_covered(&flow, 0));
		}
}
END_TEST

/* A new connection on the same ports knows nothing of it. */
START_TEST(a_restart_forgets)
{
	struct sw_flow flow = established();
	struct sw_flow_history history = { 0 };
	struct script_row fins[] = { { 0, 'C', "FA", 1101, 5001, 0, '+' },
		{ 0, 'S', "FA", 5101, 1001, 0, '+' },
		{ 0, 'C', "S", 900000, 0, 0, '+' } };
	struct script_row synack = { 0, 'S', "SA", 80000, 900001, 0, '+' };
	struct sw_tcp_segment s = segment(&synack);
	struct sw_tcp_step how = { .direction = 1 };

	for (unsigned i = 0; i < 3; i++)
		(void)step(&flow, &history, &fins[i]);
	ck_assert_uint_eq(flow.last & SW_LAST_FINS_AHEAD, SW_LAST_FINS_AHEAD);
	ck_assert_int_eq(
	    sw_tcp_step(&flow, &history, &s, &how), SW_TCP_RESTARTS);
	sw_tcp_restart(&flow, &history, &s, &how);
	ck_assert_uint_eq(flow.last & SW_LAST_FINS_AHEAD, 0);
	ck_assert_uint_eq(history.tsval[0] | history.tsval[1], 0);
}
END_TEST

/* A side of which nothing was heard is taken by its word; so is a FIN where
 * nothing is open to be closed. */
START_TEST(exactness_is_asked_of_open_sides)
{
	static const uint8_t asked = SW_STATE_LAST_ACK;
	struct script_row row = { 0, 'C', "FA", 1101, 5001, 0, '+' };
	struct sw_tcp_segment fin = segment(&row);

	for (unsigned state = 0; state < SW_STATE_UDP_UNREPLIED; state++) {
		struct sw_flow flow = established();
		bool open = state >= SW_STATE_SYN_RECV && state <= asked;

		flow.state = (uint8_t)state;
		ck_assert_int_eq(sw_fin_is_exact(&flow, 0, &fin), !open);
		flow.peer[0].maxwin = 0;
		ck_assert(sw_fin_is_exact(&flow, 0, &fin));
	}
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("fin_record");

	tcase_add_test(t, a_fin_ahead_is_remembered_and_no_more);
	tcase_add_test(t, the_place_is_the_time_stamps);
	tcase_add_test(t, each_number_that_is_exact);
	tcase_add_test(t, what_is_remembered_and_forgotten);
	tcase_add_test(t, how_far_a_fin_ahead_reaches);
	tcase_add_test(t, what_proves_a_fin);
	tcase_add_test(t, what_refutes_a_fin);
	tcase_add_test(t, closing_a_side);
	tcase_add_test(t, each_closing_state);
	tcase_add_test(t, a_restart_forgets);
	tcase_add_test(t, exactness_is_asked_of_open_sides);
	return run_case("fin_record", t);
}
