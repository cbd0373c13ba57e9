/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The record of a flow, field by field, after one segment: how it begins, what
 * a segment inside the windows teaches, how it begins again.
 */

#include <check.h>
#include <string.h>

#include "astray.h"
#include "engine/tcp/last.h"
#include "engine/tcp/reset.h"
#include "engine/tcp/tcp.h"
#include "engine/tcp/window.h"
#include "runner.h"

#define PEER(...) ((struct sw_peer){ __VA_ARGS__ })

static struct sw_flow flow;
static struct sw_flow_history history;

static void
open_with(const struct sw_tcp_segment *segment, bool loose)
{
	memset(&flow, 0, sizeof(flow));
	memset(&history, 0, sizeof(history));
	flow.state = SW_STATE_ESTABLISHED;
	flow.scales = 0x77;
	sw_tcp_open(&flow, &history, segment, loose);
}

static enum sw_tcp_outcome
step(unsigned direction, const struct sw_tcp_segment *segment)
{
	struct sw_tcp_step how = { .direction = (uint8_t)direction };

	return sw_tcp_step(&flow, &history, segment, &how);
}

/* --- begun ----------------------------------------------------------------- */

START_TEST(a_syn_begins_one_side)
{
	struct sw_tcp_segment syn = astray_segment("S", 1000, 77, 10);

	syn.has_wscale = true;
	syn.wscale = 9;
	syn.sack_permitted = true;
	open_with(&syn, false);
	astray_check(
	    &flow, 0, PEER(1011, 1011, 1500, 0), SW_PEER_WSCALE | SW_PEER_SACK);
	astray_check(&flow, 1, PEER(0), 0);
	ck_assert_uint_eq(flow.scales, 9);
	ck_assert_uint_eq(flow.last, SW_TCP_BAD);
	ck_assert_uint_eq(flow.state, SW_STATE_NONE);
	ck_assert_uint_eq(flow.flags, 0);
	ck_assert_uint_eq(history.iss, 1000);
	syn.has_wscale = syn.sack_permitted = false;
	syn.wscale = 0;
	syn.window = 0;
	open_with(&syn, false);
	astray_check(&flow, 0, PEER(1011, 1011, 1, 0), 0);
	ck_assert_uint_eq(flow.scales, 0);
}
END_TEST

START_TEST(a_segment_midstream_begins_both)
{
	struct sw_tcp_segment segment = astray_segment("PA", 1000, 5000, 10);

	open_with(&segment, true);
	astray_check(&flow, 0, PEER(1010, 2510, 1500, 5000),
	    SW_PEER_SACK | SW_PEER_LIBERAL | SW_PEER_ACKED);
	astray_check(
	    &flow, 1, PEER(5000, 6500, 0, 0), SW_PEER_SACK | SW_PEER_LIBERAL);
	ck_assert_uint_eq(flow.flags, SW_FLOW_LOOSE);
	ck_assert_uint_eq(flow.last, SW_TCP_BAD);
	ck_assert_uint_eq(history.iss, 1000);
	segment.window = 0;
	open_with(&segment, true);
	astray_check(&flow, 0, PEER(1010, 1011, 1, 5000),
	    SW_PEER_SACK | SW_PEER_LIBERAL | SW_PEER_ACKED);
	astray_check(
	    &flow, 1, PEER(5000, 5001, 0, 0), SW_PEER_SACK | SW_PEER_LIBERAL);
}
END_TEST

/* Both offered scaling, or nobody scales; a SYN/ACK's window is not scaled. */
START_TEST(an_answer_settles_the_scales)
{
	for (unsigned offers = 0; offers < 4; offers++) {
		struct sw_tcp_segment syn = astray_segment("S", 1000, 0, 0);
		struct sw_tcp_segment answer =
		    astray_segment("SA", 5000, 1001, 0);

		syn.has_wscale = offers & 1;
		syn.wscale = offers & 1 ? 4 : 0;
		answer.has_wscale = offers >> 1;
		answer.wscale = offers >> 1 ? 7 : 0;
		open_with(&syn, false);
		ck_assert_int_eq(step(0, &syn), SW_TCP_FOLLOWS);
		ck_assert_int_eq(step(1, &answer), SW_TCP_FOLLOWS);
		ck_assert_uint_eq(flow.scales, offers == 3 ? 7 << 4 | 4 : 0);
		ck_assert_uint_eq(flow.peer[1].maxwin, 1500);
		ck_assert_uint_eq(flow.peer[1].end, 5001);
		ck_assert_uint_eq(flow.peer[1].maxend, 6501);
		ck_assert_uint_eq(flow.peer[1].maxack, 1001);
		ck_assert_uint_eq(flow.peer[0].maxend, 1001 + 1500);
		ck_assert_uint_eq(flow.state, SW_STATE_SYN_RECV);
	}
}
END_TEST

/* --- learned --------------------------------------------------------------- */

static void
set(void)
{
	struct astray a;

	astray_set(&a);
	flow = a.flow;
	history = a.history;
}

static void
take(unsigned direction, const struct sw_tcp_segment *segment)
{
	int32_t beyond = 99;

	set();
	ck_assert_int_eq(sw_window_take(&flow, direction, segment, &beyond),
	    SW_WINDOW_INSIDE);
	ck_assert_int_eq(beyond, 0);
}

START_TEST(data_is_not_acknowledged_yet)
{
	struct sw_tcp_segment segment = astray_segment("PA", C_END, S_END, 100);

	take(0, &segment);
	astray_check(&flow, 0,
	    PEER(C_END + 100, C_END + S_WINDOW, C_WINDOW, S_END),
	    SW_PEER_ACKED | SW_PEER_UNACKED);
	astray_check(&flow, 1, PEER(S_END, S_END + C_WINDOW, S_WINDOW, C_END),
	    SW_PEER_ACKED);
	/* An acknowledgement of some of it is none of all. */
	segment = astray_segment("A", S_END, C_END + 99, 0);
	ck_assert_int_eq(step(1, &segment), SW_TCP_FOLLOWS);
	ck_assert_uint_eq(flow.peer[1].maxack, C_END + 99);
	ck_assert(flow.peer_flags[0] & SW_PEER_UNACKED);
	ck_assert(sw_tcp_is_unanswered(&flow));
	segment.ack++;
	ck_assert_int_eq(step(1, &segment), SW_TCP_FOLLOWS);
	ck_assert(!(flow.peer_flags[0] & SW_PEER_UNACKED));
	ck_assert(!sw_tcp_is_unanswered(&flow));
}
END_TEST

START_TEST(a_wider_window_is_learned)
{
	struct sw_tcp_segment segment = astray_segment("A", C_END, S_END, 0);

	segment.window = 60000;
	take(0, &segment);
	astray_check(&flow, 0, PEER(C_END, C_END + S_WINDOW, 60000, S_END),
	    SW_PEER_ACKED);
	astray_check(&flow, 1, PEER(S_END, S_END + 60000, S_WINDOW, C_END),
	    SW_PEER_ACKED);
	/* A narrower one takes nothing back. */
	segment.window = 10;
	take(0, &segment);
	astray_check(&flow, 0, PEER(C_END, C_END + S_WINDOW, C_WINDOW, S_END),
	    SW_PEER_ACKED);
	astray_check(&flow, 1, PEER(S_END, S_END + C_WINDOW, S_WINDOW, C_END),
	    SW_PEER_ACKED);
	/* A closed one grants the byte of a probe, where it is the edge. */
	set();
	flow.peer[1].maxend = S_END;
	segment.window = 0;
	ck_assert_int_eq(step(0, &segment), SW_TCP_FOLLOWS);
	ck_assert_uint_eq(flow.peer[1].maxend, S_END + 1);
	ck_assert_uint_eq(flow.last, SW_TCP_ACK | SW_LAST_ZERO_WINDOW);
	ck_assert(sw_tcp_is_unanswered(&flow));
}
END_TEST

/* Its right edge is where the window is counted from. */
START_TEST(a_sack_block_widens_the_window)
{
	struct sw_tcp_segment segment = astray_segment("A", C_END, S_END, 0);

	segment.has_sack = true;
	segment.sack_edge = S_END + 300;
	set();
	flow.peer[1].end = S_END + 300;
	flow.peer_flags[1] |= SW_PEER_SACK;
	segment.window = 5000;
	ck_assert_int_eq(step(0, &segment), SW_TCP_FOLLOWS);
	ck_assert_uint_eq(flow.peer[0].maxwin, 5300);
	ck_assert_uint_eq(flow.peer[0].maxack, S_END);
	ck_assert_uint_eq(flow.peer[1].maxend, S_END + 5300);
}
END_TEST

/* What straddles the edge shows that the receiver takes more. */
START_TEST(an_edge_that_is_passed_widens_the_receiver)
{
	struct sw_tcp_segment segment =
	    astray_segment("PA", C_END + S_WINDOW, S_END, 40);

	take(0, &segment);
	ck_assert_uint_eq(flow.peer[1].maxwin, S_WINDOW + 40);
	ck_assert_uint_eq(flow.peer[0].end, C_END + S_WINDOW + 40);
	ck_assert_uint_eq(flow.peer[0].maxend, C_END + S_WINDOW);
	segment.payload = 0;
	take(0, &segment);
	ck_assert_uint_eq(flow.peer[1].maxwin, S_WINDOW);
}
END_TEST

/* The shortcut teaches the same as the long way. */
START_TEST(the_shortcut_learns_the_same)
{
	for (unsigned i = 0; i < 6; i++) {
		struct sw_tcp_segment segment =
		    astray_segment("A", C_END + (i & 1 ? 50 : 0),
			S_END - (i & 2 ? 5 : 0), i & 4 ? 100 : 0);
		struct sw_flow carried;

		segment.window = i & 1 ? 900 : 9000;
		set();
		flow.peer_flags[1] |= SW_PEER_UNACKED;
		carried = flow;
		ck_assert(sw_window_carry(&carried, 0, &segment));
		ck_assert_int_eq(step(0, &segment), SW_TCP_FOLLOWS);
		for (unsigned side = 0; side < 2; side++)
			astray_check(&carried, side, flow.peer[side],
			    flow.peer_flags[side]);
	}
}
END_TEST

START_TEST(the_shortcut_is_for_plain_segments)
{
	struct sw_tcp_segment plain = astray_segment("A", C_END, S_END, 0);
	struct sw_tcp_segment segment = plain;

	set();
	ck_assert(sw_window_carry(&flow, 0, &plain));
	for (uint32_t sack = S_END - 1; sack != S_END + 2; sack++) {
		set();
		segment.has_sack = true;
		segment.sack_edge = sack;
		flow.peer_flags[1] |= SW_PEER_SACK;
		ck_assert_int_eq(
		    sw_window_carry(&flow, 0, &segment), sack != S_END + 1);
	}
	set();
	segment = plain;
	segment.window = 0;
	ck_assert(!sw_window_carry(&flow, 0, &segment));
	set();
	flow.peer_flags[0] = 0;
	ck_assert(!sw_window_carry(&flow, 0, &plain));
	for (unsigned side = 0; side < 2; side++) {
		set();
		flow.peer[side].maxwin = 0;
		ck_assert(!sw_window_carry(&flow, 0, &plain));
	}
}
END_TEST

/* --- begun again ----------------------------------------------------------- */

START_TEST(a_restart_leaves_nothing_of_the_former)
{
	for (unsigned caller = 0; caller < 2; caller++) {
		struct sw_tcp_segment answer =
		    astray_segment("SA", 70000, 900001, 0);
		struct sw_tcp_step how = { .direction = (uint8_t)!caller };

		set();
		flow.flags = 0xff;
		flow.last = 0xff;
		flow.peer_flags[0] = flow.peer_flags[1] = 0xff;
		flow.state = SW_STATE_LAST_ACK;
		history.aside_ack = 900000;
		history.aside_end = 900001;
		history.aside_window = 800;
		history.aside_scale = 5;
		history.aside_flags = SW_PEER_WSCALE | SW_PEER_SACK | 0xc0;
		answer.has_wscale = true;
		answer.wscale = 9;
		sw_tcp_restart(&flow, &history, &answer, &how);
		astray_check(&flow, caller, PEER(900001, 901501, 800, 0),
		    SW_PEER_WSCALE | SW_PEER_SACK);
		astray_check(&flow, !caller, PEER(70001, 70801, 1500, 900001),
		    SW_PEER_WSCALE | SW_PEER_ACKED);
		ck_assert_uint_eq(flow.scales >> 4 * caller & 15, 5);
		ck_assert_uint_eq(flow.scales >> 4 * !caller & 15, 9);
		ck_assert_uint_eq(
		    flow.flags, SW_FLOW_OPENER_B | SW_FLOW_REPLIED);
		ck_assert_uint_eq(flow.last & SW_LAST_KIND, SW_TCP_SYNACK);
		ck_assert_uint_eq(flow.last & SW_LAST_DIRECTION,
		    caller ? 0 : SW_LAST_DIRECTION);
		ck_assert_uint_eq(flow.last & SW_LAST_ASIDE, 0);
		ck_assert_uint_eq(flow.state, SW_STATE_SYN_RECV);
		ck_assert_uint_eq(history.iss, 900000);
		history.aside_window = 0;
		sw_tcp_restart(&flow, &history, &answer, &how);
		ck_assert_uint_eq(flow.peer[caller].maxwin, 1);
	}
}
END_TEST

/* --- an exact RST ---------------------------------------------------------- */

static bool
exact(unsigned direction, const char *flags, uint32_t seq, uint32_t ack)
{
	struct sw_tcp_segment segment = astray_segment(flags, seq, ack, 0);

	return sw_tcp_reset_is_exact(&flow, direction, &segment);
}

START_TEST(an_rst_is_exact_by_its_number)
{
	set();
	flow.peer[0].end = C_END + 40; /* not acknowledged yet */
	ck_assert(exact(0, "R", C_END, 0));
	ck_assert(exact(0, "R", C_END + 40, 0));
	ck_assert(!exact(0, "R", C_END + 39, 0));
	ck_assert(!exact(0, "R", C_END + 1, 0));
	ck_assert(!exact(0, "RA", C_END - 1, S_END));
	flow.peer_flags[0] |= SW_PEER_FIN;
	ck_assert(exact(0, "R", C_END + 39, 0));
	ck_assert(!exact(0, "R", C_END + 41, 0));
	flow.peer_flags[1] &= (uint8_t)~SW_PEER_ACKED;
	ck_assert(!exact(0, "R", C_END, 0));
	ck_assert(exact(1, "R", S_END, 0));
	ck_assert(!exact(1, "R", S_END - 1, 0));
}
END_TEST

/* Of a side that was never heard only the acknowledgement can tell. */
START_TEST(an_rst_of_an_unheard_side_names_the_other)
{
	set();
	flow.peer[1].maxwin = 0;
	flow.peer_flags[0] = 0;
	flow.flags |= SW_FLOW_LOOSE;
	ck_assert(exact(1, "RA", 77, C_END));
	ck_assert(!exact(1, "R", 77, C_END));
	ck_assert(!exact(1, "RA", 77, C_END + 1));
	ck_assert(!exact(1, "RA", S_END, C_END - 1));
	flow.flags &= (uint8_t)~SW_FLOW_LOOSE;
	ck_assert(!exact(1, "RA", 77, C_END));
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("record");

	tcase_add_test(t, a_syn_begins_one_side);
	tcase_add_test(t, a_segment_midstream_begins_both);
	tcase_add_test(t, an_answer_settles_the_scales);
	tcase_add_test(t, data_is_not_acknowledged_yet);
	tcase_add_test(t, a_wider_window_is_learned);
	tcase_add_test(t, a_sack_block_widens_the_window);
	tcase_add_test(t, an_edge_that_is_passed_widens_the_receiver);
	tcase_add_test(t, the_shortcut_learns_the_same);
	tcase_add_test(t, the_shortcut_is_for_plain_segments);
	tcase_add_test(t, a_restart_leaves_nothing_of_the_former);
	tcase_add_test(t, an_rst_is_exact_by_its_number);
	tcase_add_test(t, an_rst_of_an_unheard_side_names_the_other);
	return run_case("tcp_record", t);
}
