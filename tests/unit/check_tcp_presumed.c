/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A shadow that is stepped: it is presumed to be the connection, or a call
 * began it; and how it takes the record's place.
 */

#include <check.h>
#include <string.h>

#include "astray.h"
#include "engine/tcp/last.h"
#include "engine/tcp/shadow.h"
#include "runner.h"

enum { TEST = 2 * SW_TICKS_PER_SECOND };

#define DISTANCE 0x100000u

/* They mark where a number came from. */
enum { ISS = 4711, OTHER_ISS = 815 };

/* --- followed -------------------------------------------------------------- */

enum { NOT = -1 };

/* => enum sw_lost_outcome, or NOT */
static int
follow(struct astray *a, unsigned direction, const char *flags, uint32_t seq,
    uint32_t ack, uint32_t payload)
{
	struct sw_tcp_segment segment =
	    astray_segment(flags, seq, ack, payload);
	enum sw_lost_outcome outcome = SW_LOST_FOUND;

	astray_wait(a, 1);
	if (!sw_shadow_follows(&a->lost, direction, &segment, &outcome))
		return NOT;
	return (int)outcome;
}

static void
presume(struct astray *a)
{
	astray_set(a);
	astray_last_for(a, TEST);
	ck_assert_uint_eq(a->cold.lost, SW_LOST_PRESUMED);
}

START_TEST(a_presumed_one_is_stepped)
{
	struct astray a;

	presume(&a);
	ck_assert_int_eq(
	    follow(&a, 0, "PA", FAR_C + 100, FAR_S, 50), SW_LOST_FOLLOWS);
	ck_assert_uint_eq(astray_shadow(&a).peer[0].end, FAR_C + 150);
	ck_assert_uint_eq(astray_shadow(&a).seen, a.lost.seen);
	ck_assert_uint_eq(a.cold.fit, a.lost.tick);
	ck_assert_int_eq(
	    follow(&a, 1, "FA", FAR_S, FAR_C + 150, 0), SW_LOST_FOLLOWS);
	ck_assert_uint_eq(astray_shadow(&a).state, SW_STATE_FIN_WAIT);
	ck_assert_uint_eq(a.cold.lost, SW_LOST_PRESUMED);
	ck_assert_uint_eq(a.flow.state, SW_STATE_ESTABLISHED);
	/* Inside, but not exact: it fits, and moves nothing. */
	ck_assert_int_eq(follow(&a, 0, "R", FAR_C + 170, 0, 0), SW_LOST_NOTED);
	ck_assert_uint_eq(astray_shadow(&a).state, SW_STATE_FIN_WAIT);
	ck_assert_uint_eq(astray_shadow(&a).seen, a.lost.seen - 1);
	ck_assert_uint_eq(a.cold.fit, a.lost.tick);
	ck_assert_int_eq(
	    follow(&a, 0, "R", FAR_C + 150, 0, 0), SW_LOST_FOLLOWS);
	ck_assert_uint_eq(astray_shadow(&a).state, SW_STATE_CLOSE);
}
END_TEST

START_TEST(what_does_not_fit_leaves_it)
{
	struct astray a;

	presume(&a);
	ck_assert_int_eq(follow(&a, 0, "S", FAR_C + 100, 0, 0), NOT);
	ck_assert_int_eq(follow(&a, 1, "SA", FAR_S, FAR_C + 100, 0), NOT);
	ck_assert_int_eq(
	    follow(&a, 0, "A", FAR_C + 100 + 2 * S_WINDOW, FAR_S, 0), NOT);
	ck_assert_int_eq(follow(&a, 0, "A", FAR_C - 2000000, FAR_S, 0), NOT);
	ck_assert_uint_eq(a.cold.fit, a.lost.tick - 4);
	ck_assert_uint_eq(astray_shadow(&a).seen, a.lost.seen - 4);
	a.cold.lost = SW_LOST_AGREED;
	ck_assert_int_eq(follow(&a, 0, "A", FAR_C + 100, FAR_S, 0), NOT);
}
END_TEST

/* --- called ---------------------------------------------------------------- */

/* A SYN of the caller was set aside, and is answered. */
static void
call(struct astray *a, unsigned caller, uint32_t syn, uint32_t answer)
{
	struct sw_tcp_segment segment =
	    astray_segment("SA", answer, syn + 1, 0);

	a->history.aside_ack = syn;
	a->history.aside_end = syn + 1;
	a->history.aside_window = 900;
	sw_shadow_call(&a->lost, !caller, &segment);
}

START_TEST(a_handshake_begins_one)
{
	struct sw_flow shadow;
	struct astray a;

	astray_set(&a);
	a.history.iss = ISS;
	a.flow.flags |= SW_FLOW_LOST;
	a.cold.fitted[0] = a.cold.fitted[1] = 7;
	call(&a, 0, 30000, 60000);
	ck_assert_uint_eq(a.cold.lost, SW_LOST_CALLED);
	ck_assert_uint_eq(a.cold.called, 1);
	ck_assert_uint_eq(a.cold.turned, 0);
	ck_assert_uint_eq(a.cold.fitted[0] + a.cold.fitted[1], 0);
	ck_assert_uint_eq(a.cold.fit, NOW);
	ck_assert_uint_eq(a.cold.shadow_iss, 30000);
	shadow = astray_shadow(&a);
	ck_assert_uint_eq(shadow.seen, NOW + 1);
	ck_assert(!(shadow.flags & SW_FLOW_LOST));
	ck_assert_uint_eq(shadow.state, SW_STATE_SYN_RECV);
	ck_assert_uint_eq(shadow.peer[0].end, 30001);
	ck_assert_uint_eq(shadow.peer[1].end, 60001);
	ck_assert_uint_eq(a.history.iss, ISS);
	ck_assert_uint_eq(a.flow.peer[0].end, C_END);
	ck_assert_int_eq(follow(&a, 1, "A", 60001, 30001, 0), SW_LOST_FOLLOWS);
	ck_assert_uint_eq(a.cold.lost, SW_LOST_CALLED);
	ck_assert_int_eq(follow(&a, 0, "A", 30001, 60001, 0), SW_LOST_REPLACES);
	ck_assert_uint_eq(a.cold.lost, SW_LOST_PRESUMED);
	ck_assert_int_eq(follow(&a, 0, "A", 30001, 60001, 0), SW_LOST_FOLLOWS);
}
END_TEST

/* The side that was called before calls now: its opener is the other one. */
START_TEST(a_call_may_be_turned)
{
	struct sw_flow shadow;
	struct astray a;

	astray_set(&a);
	a.history.aside_scale = 5;
	a.history.aside_flags = SW_PEER_WSCALE | SW_PEER_SACK;
	call(&a, 1, 60000, 30000);
	ck_assert_uint_eq(a.cold.turned, 1);
	shadow = astray_shadow(&a);
	ck_assert_uint_eq(shadow.peer[0].end, 30001);
	ck_assert_uint_eq(shadow.peer[1].end, 60001);
	ck_assert_uint_eq(a.cold.shadow_iss, 60000);
	ck_assert_int_eq(follow(&a, 1, "A", 60001, 30001, 0), SW_LOST_REPLACES);
	shadow = astray_shadow(&a);
	ck_assert_uint_eq(shadow.state, SW_STATE_ESTABLISHED);
	ck_assert_uint_eq(shadow.last & SW_LAST_DIRECTION, SW_LAST_DIRECTION);
	ck_assert_uint_eq(shadow.peer[1].maxack, 30001);
	ck_assert_uint_eq(shadow.peer[0].end, 30001);
	ck_assert_uint_eq(shadow.peer_flags[1] & SW_PEER_ACKED, SW_PEER_ACKED);
	ck_assert_int_eq(
	    follow(&a, 0, "PA", 30001, 60001, 40), SW_LOST_FOLLOWS);
	ck_assert_uint_eq(astray_shadow(&a).peer[0].end, 30041);
	ck_assert_uint_eq(astray_shadow(&a).last & SW_LAST_DIRECTION, 0);
	ck_assert_uint_eq(
	    astray_shadow(&a).peer_flags[0] & SW_PEER_UNACKED, SW_PEER_UNACKED);
}
END_TEST

/* Both offer scaling; whose scale is whose must survive the turn. */
START_TEST(a_turned_call_has_its_scales)
{
	struct astray a;
	struct sw_tcp_segment answer = astray_segment("SA", 30000, 60001, 0);

	for (unsigned caller = 0; caller < 2; caller++) {
		astray_set(&a);
		a.history.aside_ack = 60000;
		a.history.aside_end = 60001;
		a.history.aside_scale = 5;
		a.history.aside_flags = SW_PEER_WSCALE;
		answer.has_wscale = true;
		answer.wscale = 9;
		sw_shadow_call(&a.lost, !caller, &answer);
		ck_assert_uint_eq(astray_shadow(&a).peer_flags[caller] &
				      astray_shadow(&a).peer_flags[!caller],
		    SW_PEER_WSCALE);
		ck_assert_uint_eq(
		    astray_shadow(&a).scales >> 4 * caller & 15, 5);
		ck_assert_uint_eq(
		    astray_shadow(&a).scales >> 4 * !caller & 15, 9);
	}
}
END_TEST

START_TEST(a_call_once_more_begins_nothing)
{
	struct astray a;

	astray_set(&a);
	call(&a, 0, 30000, 60000);
	ck_assert_int_eq(follow(&a, 0, "A", 30001, 60001, 0), SW_LOST_REPLACES);
	call(&a, 0, 30000, 60000);
	ck_assert_uint_eq(a.cold.lost, SW_LOST_PRESUMED);
	/* Another number of either is another call. */
	call(&a, 0, 30000, 60000 + DISTANCE);
	ck_assert_uint_eq(a.cold.lost, SW_LOST_PRESUMED);
	call(&a, 0, 30000, 60001 + DISTANCE);
	ck_assert_uint_eq(a.cold.lost, SW_LOST_CALLED);
	ck_assert_uint_eq(astray_shadow(&a).peer[1].end, 60002 + DISTANCE);
	call(&a, 0, 30007, 60001 + DISTANCE);
	ck_assert_uint_eq(astray_shadow(&a).peer[0].end, 30008);
	call(&a, 0, 30007, 60002 + DISTANCE);
	ck_assert_uint_eq(astray_shadow(&a).peer[1].end, 60002 + DISTANCE);
	/* A shadow that no call began is displaced. */
	astray_set(&a);
	astray_note(&a, 0, "PA", FAR_C, FAR_S, 100);
	a.cold.shadow_iss = 30000;
	call(&a, 0, 30000, FAR_S);
	ck_assert_uint_eq(a.cold.lost, SW_LOST_CALLED);
}
END_TEST

START_TEST(a_call_ends_no_life)
{
	struct astray a;

	presume(&a);
	call(&a, 0, 30000, 60000);
	ck_assert_uint_eq(a.cold.heard, 3);
	ck_assert_uint_eq(a.cold.outside[0], NOW + TEST + 1);
	ck_assert_uint_eq(a.cold.outside[1], NOW + TEST + 1);
}
END_TEST

/* There is no place for the end of a FIN that is ahead: it closes nothing,
 * and is sent again. */
START_TEST(a_fin_ahead_is_not_remembered)
{
	struct astray a;

	presume(&a);
	ck_assert_int_eq(
	    follow(&a, 0, "FA", FAR_C + 200, FAR_S, 0), SW_LOST_FOLLOWS);
	ck_assert_uint_eq(astray_shadow(&a).state, SW_STATE_ESTABLISHED);
	ck_assert_uint_eq(astray_shadow(&a).last & SW_LAST_FINS_AHEAD, 0);
	ck_assert_int_eq(
	    follow(&a, 0, "FA", FAR_C + 100, FAR_S, 0), SW_LOST_FOLLOWS);
	ck_assert_uint_eq(astray_shadow(&a).state, SW_STATE_FIN_WAIT);
}
END_TEST

/* --- promoted -------------------------------------------------------------- */

START_TEST(it_takes_the_records_place)
{
	struct sw_flow shadow;
	struct astray a;

	presume(&a);
	shadow = astray_shadow(&a);
	shadow.state = SW_STATE_CLOSE;
	shadow.flags = SW_FLOW_RESET;
	shadow.scales = 0x21;
	shadow.last = SW_TCP_RST;
	shadow.peer_flags[0] = SW_PEER_FIN;
	memcpy(a.cold.shadow, &shadow, SW_RECORD_MOVING);
	a.cold.shadow_iss = OTHER_ISS;
	a.flow.flags |= SW_FLOW_LOST;
	a.flow.last |= SW_LAST_FINS_AHEAD;
	a.history.tsval[0] = a.history.tsval[1] = 1;
	sw_shadow_promote(&a.lost);
	ck_assert_uint_eq(a.history.tsval[0] | a.history.tsval[1], 0);
	astray_check(&a.flow, 0, shadow.peer[0], SW_PEER_FIN);
	astray_check(&a.flow, 1, shadow.peer[1], shadow.peer_flags[1]);
	ck_assert_uint_eq(a.flow.seen, shadow.seen);
	ck_assert_uint_eq(a.flow.state, SW_STATE_CLOSE);
	ck_assert_uint_eq(a.flow.scales, 0x21);
	ck_assert_uint_eq(a.flow.last, SW_TCP_RST);
	ck_assert_uint_eq(
	    a.flow.flags, SW_FLOW_REPLIED | SW_FLOW_ASSURED | SW_FLOW_RESET);
	ck_assert_uint_eq(a.history.iss, OTHER_ISS);
	/* A reset that the record knew is none of the shadow's. */
	presume(&a);
	a.flow.flags |= SW_FLOW_RESET | SW_FLOW_LOST;
	sw_shadow_promote(&a.lost);
	ck_assert_uint_eq(a.flow.flags, SW_FLOW_REPLIED | SW_FLOW_ASSURED);
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("presumed");

	tcase_add_test(t, a_presumed_one_is_stepped);
	tcase_add_test(t, what_does_not_fit_leaves_it);
	tcase_add_test(t, a_handshake_begins_one);
	tcase_add_test(t, a_call_may_be_turned);
	tcase_add_test(t, a_turned_call_has_its_scales);
	tcase_add_test(t, a_call_once_more_begins_nothing);
	tcase_add_test(t, a_call_ends_no_life);
	tcase_add_test(t, a_fin_ahead_is_not_remembered);
	tcase_add_test(t, it_takes_the_records_place);
	return run_case("tcp_presumed", t);
}
