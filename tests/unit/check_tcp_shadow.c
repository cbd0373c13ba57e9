/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A shadow: how it begins, what fits it, when it is believed, and what takes
 * its place.  What happens then: check_tcp_presumed.c.
 */

#include <check.h>
#include <string.h>

#include "astray.h"
#include "engine/tcp/last.h"
#include "engine/tcp/shadow.h"
#include "runner.h"

enum { SECOND = SW_TICKS_PER_SECOND, TEST = 2 * SECOND };

#define DISTANCE 0x100000u

enum { ISS = 4711 };

/* --- what memory held ------------------------------------------------------ */

static uint8_t
state_read(uint8_t state)
{
	struct sw_cold cold = { 0 };
	struct sw_flow flow = { .state = state };

	memcpy(cold.shadow, &flow, SW_RECORD_MOVING);
	return sw_shadow_record(&cold).state;
}

static uint8_t
scales_read(uint8_t scales)
{
	struct sw_cold cold = { 0 };
	struct sw_flow flow = { .scales = scales };

	memcpy(cold.shadow, &flow, SW_RECORD_MOVING);
	return sw_shadow_record(&cold).scales;
}

START_TEST(what_memory_held_is_made_plausible)
{
	ck_assert_uint_eq(state_read(SW_STATE_NONE), SW_STATE_ESTABLISHED);
	ck_assert_uint_eq(state_read(SW_STATE_SYN_SENT), SW_STATE_SYN_SENT);
	ck_assert_uint_eq(state_read(SW_STATE_SYN_SENT2), SW_STATE_SYN_SENT2);
	ck_assert_uint_eq(
	    state_read(SW_STATE_UDP_UNREPLIED), SW_STATE_ESTABLISHED);
	ck_assert_uint_eq(state_read(255), SW_STATE_ESTABLISHED);
	ck_assert_uint_eq(scales_read(0xee), 0xee);
	ck_assert_uint_eq(scales_read(0x0f), 0);
	ck_assert_uint_eq(scales_read(0xf0), 0);
	ck_assert_uint_eq(scales_read(0x1e), 0x1e);
	ck_assert_uint_eq(scales_read(0xe1), 0xe1);
}
END_TEST

/* --- begun ----------------------------------------------------------------- */

static void
begin(struct astray *a)
{
	astray_set(a);
	astray_note(a, 0, "PA", FAR_C, FAR_S, 100);
}

static void
check_begun(const struct astray *a, unsigned side)
{
	ck_assert_uint_eq(a->cold.lost, SW_LOST_HEARD);
	ck_assert_uint_eq(a->cold.fitted[side], 1);
	ck_assert_uint_eq(a->cold.fitted[!side], 0);
	ck_assert_uint_eq(a->cold.first[side], a->lost.tick);
	ck_assert_uint_eq(a->cold.fit, a->lost.tick);
	ck_assert_uint_eq(a->cold.turned, 0);
	ck_assert_uint_eq(a->cold.called, 0);
}

START_TEST(one_segment_begins_it)
{
	struct sw_flow shadow;
	struct astray a;

	astray_set(&a);
	a.flow.scales = 3;
	a.flow.last = SW_LAST_ZERO_WINDOW | SW_TCP_ACK;
	a.flow.peer_flags[0] = SW_PEER_SACK | SW_PEER_UNACKED | SW_PEER_LIBERAL;
	a.flow.peer_flags[1] = SW_PEER_WSCALE | SW_PEER_UNACKED;
	a.cold.turned = a.cold.called = a.cold.fitted[1] = 1;
	a.cold.fit = NOW;
	astray_note(&a, 0, "PA", FAR_C, FAR_S, 100);
	check_begun(&a, 0);
	shadow = astray_shadow(&a);
	astray_check(&shadow, 0,
	    (struct sw_peer){
		FAR_C + 100, FAR_C + 100 + S_WINDOW, C_WINDOW, FAR_S },
	    SW_PEER_SACK);
	astray_check(&shadow, 1,
	    (struct sw_peer){ FAR_S, FAR_S + (1500 << 3), S_WINDOW, FAR_C },
	    SW_PEER_WSCALE);
	ck_assert_uint_eq(shadow.last, SW_TCP_BAD);
	ck_assert_uint_eq(shadow.scales, 3);
	/* The record stands. */
	ck_assert_uint_eq(a.flow.peer[0].end, C_END);

	astray_set(&a);
	astray_note(&a, 1, "A", FAR_S, FAR_C, 0);
	check_begun(&a, 1);
	shadow = astray_shadow(&a);
	ck_assert_uint_eq(shadow.peer[1].end, FAR_S);
	ck_assert_uint_eq(shadow.peer[0].end, FAR_C);
}
END_TEST

START_TEST(only_what_acknowledges_begins_it)
{
	struct astray a;

	astray_set(&a);
	astray_note(&a, 0, "RA", FAR_C, FAR_S, 0);
	astray_note(&a, 0, "R", FAR_C, 0, 0);
	astray_note(&a, 0, "P", FAR_C, FAR_S, 0);
	ck_assert_uint_eq(a.cold.lost, SW_LOST_NONE);
}
END_TEST

/* --- what fits ------------------------------------------------------------- */

static bool
fits(unsigned direction, uint32_t maxwin, uint32_t seq, uint32_t ack)
{
	struct astray a;

	astray_set(&a);
	a.flow.peer[0].maxwin = maxwin;
	astray_note(&a, 0, "PA", FAR_C, FAR_S, 100);
	astray_note(&a, direction, "A", seq, ack, 0);
	return a.cold.fitted[0] + a.cold.fitted[1] == 2;
}

START_TEST(a_mebibyte_around_both_numbers_fits)
{
	const uint32_t c = FAR_C + 100, s = FAR_S;

	ck_assert(fits(0, 9, c, s));
	ck_assert(fits(0, 9, c + DISTANCE, s));
	ck_assert(!fits(0, 9, c + DISTANCE + 1, s));
	ck_assert(fits(0, 9, c - DISTANCE, s));
	ck_assert(!fits(0, 9, c - DISTANCE - 1, s));
	ck_assert(fits(0, 9, c, s + DISTANCE));
	ck_assert(!fits(0, 9, c, s + DISTANCE + 1));
	ck_assert(fits(0, 9, c, s - DISTANCE));
	ck_assert(!fits(0, 9, c, s - DISTANCE - 1));
	ck_assert(fits(1, 9, s + DISTANCE, c - DISTANCE));
	ck_assert(!fits(1, 9, s + DISTANCE + 1, c));
	ck_assert(!fits(1, 9, s, c + DISTANCE + 1));
	/* Or the wider window. */
	ck_assert(fits(0, 2 * DISTANCE, c + 2 * DISTANCE, s));
	ck_assert(!fits(0, 2 * DISTANCE, c + 2 * DISTANCE + 1, s));
}
END_TEST

START_TEST(what_fits_moves_its_numbers)
{
	struct sw_flow shadow;
	struct astray a;

	begin(&a);
	astray_note(&a, 1, "PA", FAR_S + 50, FAR_C + 100, 70);
	shadow = astray_shadow(&a);
	astray_check(&shadow, 1,
	    (struct sw_peer){
		FAR_S + 120, FAR_S + 1500, S_WINDOW, FAR_C + 100 },
	    SW_PEER_ACKED);
	astray_check(&shadow, 0,
	    (struct sw_peer){
		FAR_C + 100, FAR_C + 100 + S_WINDOW, C_WINDOW, FAR_S },
	    SW_PEER_ACKED);
	/* What lies back moves nothing. */
	astray_note(&a, 1, "A", FAR_S, FAR_C, 0);
	shadow = astray_shadow(&a);
	astray_check(&shadow, 1,
	    (struct sw_peer){
		FAR_S + 120, FAR_S + 1500, S_WINDOW, FAR_C + 100 },
	    SW_PEER_ACKED);
	ck_assert_uint_eq(shadow.peer[0].end, FAR_C + 100);
}
END_TEST

/* A window that grew is kept, and a closed one takes a byte. */
START_TEST(what_fits_tells_its_window)
{
	struct sw_flow shadow;
	struct astray a;

	begin(&a);
	a.flow.scales = 6;
	astray_note(&a, 0, "FA", FAR_C + 100, FAR_S + 60000, 0);
	shadow = astray_shadow(&a);
	astray_check(&shadow, 0,
	    (struct sw_peer){
		FAR_C + 101, FAR_C + 100 + S_WINDOW, 1500 << 6, FAR_S + 60000 },
	    SW_PEER_ACKED | SW_PEER_FIN);
	astray_check(&shadow, 1,
	    (struct sw_peer){
		FAR_S + 60000, FAR_S + 60000 + (1500 << 6), S_WINDOW, FAR_C },
	    SW_PEER_ACKED);
	ck_assert_uint_eq(shadow.state, SW_STATE_ESTABLISHED);

	begin(&a);
	{
		struct sw_tcp_segment shut =
		    astray_segment("A", FAR_C + 100, FAR_S + 60000, 0);

		shut.window = 0;
		sw_shadow_note(&a.lost, 0, &shut);
	}
	ck_assert_uint_eq(astray_shadow(&a).peer[1].maxend, FAR_S + 60001);
}
END_TEST

/* --- the test of time ------------------------------------------------------ */

START_TEST(two_seconds_make_it_presumed)
{
	struct astray a;

	astray_set(&a);
	astray_last_for(&a, TEST - 1);
	ck_assert_uint_eq(a.cold.lost, SW_LOST_AGREED);
	ck_assert_uint_eq(a.cold.fitted[0], 2);
	astray_set(&a);
	a.history.iss = ISS;
	astray_last_for(&a, TEST);
	ck_assert_uint_eq(a.cold.lost, SW_LOST_PRESUMED);
	ck_assert_uint_eq(astray_shadow(&a).seen, a.lost.seen);
	ck_assert_uint_eq(astray_shadow(&a).state, SW_STATE_ESTABLISHED);
	ck_assert_uint_eq(a.cold.shadow_iss, ISS);
	ck_assert_uint_eq(a.cold.fit, a.lost.tick);
	ck_assert_uint_eq(a.flow.peer[0].end, C_END);
}
END_TEST

START_TEST(or_four_handshakes)
{
	struct astray a;

	astray_set(&a);
	a.cold.handshake = 50;
	astray_last_for(&a, 199);
	ck_assert_uint_eq(a.cold.lost, SW_LOST_AGREED);
	astray_set(&a);
	a.cold.handshake = 50;
	astray_last_for(&a, 200);
	ck_assert_uint_eq(a.cold.lost, SW_LOST_PRESUMED);
}
END_TEST

/* The time runs from each side's own first, and what one side sent many times
 * is no answer. */
START_TEST(each_side_takes_the_test)
{
	struct astray a;

	begin(&a);
	for (int i = 0; i < 300; i++) {
		astray_wait(&a, 8);
		astray_note(&a, 0, "A", FAR_C + 100, FAR_S, 0);
	}
	ck_assert_uint_eq(a.cold.lost, SW_LOST_HEARD);
	ck_assert_uint_eq(a.cold.fitted[0], 0x80 | 127);
	astray_note(&a, 1, "A", FAR_S, FAR_C + 100, 0);
	ck_assert_uint_eq(a.cold.lost, SW_LOST_AGREED);
	ck_assert_uint_eq(a.cold.first[1], a.lost.tick);
	astray_wait(&a, TEST - 1);
	astray_note(&a, 1, "A", FAR_S, FAR_C + 100, 0);
	ck_assert_uint_eq(a.cold.lost, SW_LOST_AGREED);
	astray_wait(&a, 1);
	astray_note(&a, 1, "A", FAR_S, FAR_C + 100, 0);
	ck_assert_uint_eq(a.cold.lost, SW_LOST_PRESUMED);
}
END_TEST

START_TEST(the_client_takes_the_test_too)
{
	struct astray a;

	astray_set(&a);
	astray_note(&a, 1, "A", FAR_S, FAR_C, 0);
	astray_wait(&a, TEST);
	astray_note(&a, 0, "A", FAR_C, FAR_S, 0);
	astray_note(&a, 1, "A", FAR_S, FAR_C, 0);
	ck_assert_uint_eq(a.cold.lost, SW_LOST_AGREED);
	astray_wait(&a, TEST);
	astray_note(&a, 0, "A", FAR_C, FAR_S, 0);
	ck_assert_uint_eq(a.cold.lost, SW_LOST_PRESUMED);
}
END_TEST

START_TEST(strict_presumes_nothing)
{
	struct astray a;

	astray_set(&a);
	a.lost.strict = true;
	astray_last_for(&a, TEST);
	ck_assert_uint_eq(a.cold.lost, SW_LOST_AGREED);
}
END_TEST

START_TEST(fins_that_came_count_when_it_is_presumed)
{
	for (unsigned side = 0; side < 2; side++) {
		struct astray a;

		begin(&a);
		a.history.ender = (uint8_t)!side;
		astray_note(&a, 1, "A", FAR_S, FAR_C + 100, 0);
		if (side)
			astray_note(&a, 1, "FA", FAR_S, FAR_C + 100, 0);
		else
			astray_note(&a, 0, "FA", FAR_C + 100, FAR_S, 0);
		astray_wait(&a, TEST);
		astray_note(&a, 0, "A", FAR_C + 101, FAR_S, 0);
		astray_note(&a, 1, "A", FAR_S + 1, FAR_C + 100, 0);
		ck_assert_uint_eq(a.cold.lost, SW_LOST_PRESUMED);
		ck_assert_uint_eq(astray_shadow(&a).state, SW_STATE_FIN_WAIT);
		ck_assert_uint_eq(
		    astray_shadow(&a).peer_flags[side] & SW_PEER_FIN,
		    SW_PEER_FIN);
		ck_assert_uint_eq(a.flow.state, SW_STATE_ESTABLISHED);
	}
}
END_TEST

/* --- refuted --------------------------------------------------------------- */

START_TEST(what_was_refuted_is_believed_later)
{
	static const uint32_t seconds[] = { 1, 2, 4, 8, 16, 32, 64, 64 };
	struct astray a;

	astray_set(&a);
	for (unsigned i = 0; i < sizeof(seconds) / sizeof(*seconds); i++) {
		a.cold.lost = i & 1 ? SW_LOST_AGREED : SW_LOST_PRESUMED;
		sw_shadow_refute(&a.lost);
		ck_assert_uint_eq(a.cold.bar, NOW + seconds[i] * SECOND);
		ck_assert_uint_eq(a.cold.refuted, i < 6 ? i + 1 : 6);
	}
	astray_set(&a);
	for (unsigned kind = SW_LOST_NONE; kind <= SW_LOST_CALLED; kind++) {
		a.cold.lost = (uint8_t)kind;
		if (kind != SW_LOST_AGREED)
			sw_shadow_refute(&a.lost);
	}
	ck_assert_uint_eq(a.cold.refuted, 0);
	ck_assert_uint_eq(a.cold.bar, 0);
}
END_TEST

START_TEST(a_bar_holds_to_its_tick)
{
	struct astray a;

	astray_set(&a);
	a.cold.refuted = 1;
	a.cold.bar = NOW + TEST + 1;
	astray_last_for(&a, TEST);
	ck_assert_uint_eq(a.cold.lost, SW_LOST_AGREED);
	astray_wait(&a, 1);
	astray_note(&a, 0, "A", FAR_C + 100, FAR_S, 0);
	ck_assert_uint_eq(a.cold.lost, SW_LOST_PRESUMED);
	/* A bar without a refutation is none: the field was never set. */
	astray_set(&a);
	a.cold.bar = NOW + 100 * TEST;
	astray_last_for(&a, TEST);
	ck_assert_uint_eq(a.cold.lost, SW_LOST_PRESUMED);
}
END_TEST

/* --- displaced ------------------------------------------------------------- */

START_TEST(only_a_quiet_one_is_displaced)
{
	struct astray a;

	begin(&a);
	astray_wait(&a, TEST - 1);
	astray_note(&a, 0, "A", 77, 99, 0);
	ck_assert_uint_eq(astray_shadow(&a).peer[0].end, FAR_C + 100);
	astray_wait(&a, 1);
	astray_note(&a, 0, "A", 77, 99, 0);
	ck_assert_uint_eq(astray_shadow(&a).peer[0].end, 77);
	check_begun(&a, 0);
	ck_assert_uint_eq(a.cold.heard, 0);
	/* Of a presumed one not even what fits counts here. */
	a.cold.lost = SW_LOST_PRESUMED;
	astray_note(&a, 0, "A", 78, 99, 0);
	ck_assert_uint_eq(a.cold.fitted[0], 1);
}
END_TEST

START_TEST(what_lived_by_it_lives_on)
{
	struct astray a;

	astray_set(&a);
	astray_last_for(&a, TEST);
	a.cold.heard = 1;
	a.cold.outside[0] = NOW + 3 * TEST; /* after the shadow's last */
	a.cold.outside[1] = NOW + 3 * TEST; /* not set, whatever is there */
	astray_wait(&a, TEST);
	astray_note(&a, 1, "A", 77, 99, 0);
	check_begun(&a, 1);
	ck_assert_uint_eq(a.cold.heard, 3);
	ck_assert_uint_eq(a.cold.outside[0], NOW + 3 * TEST);
	ck_assert_uint_eq(a.cold.outside[1], NOW + TEST + 1);
	astray_set(&a);
	astray_last_for(&a, TEST);
	a.cold.heard = 3;
	a.cold.outside[0] = NOW + 5;
	a.cold.outside[1] = NOW + TEST; /* one tick before */
	a.cold.key_sum = 12345;		/* stands behind them */
	astray_wait(&a, TEST);
	astray_note(&a, 0, "A", 77, 99, 0);
	ck_assert_uint_eq(a.cold.outside[0], NOW + TEST + 1);
	ck_assert_uint_eq(a.cold.outside[1], NOW + TEST + 1);
	ck_assert_uint_eq(a.cold.key_sum, 12345);
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("shadow");

	tcase_add_test(t, what_memory_held_is_made_plausible);
	tcase_add_test(t, one_segment_begins_it);
	tcase_add_test(t, only_what_acknowledges_begins_it);
	tcase_add_test(t, a_mebibyte_around_both_numbers_fits);
	tcase_add_test(t, what_fits_moves_its_numbers);
	tcase_add_test(t, what_fits_tells_its_window);
	tcase_add_test(t, two_seconds_make_it_presumed);
	tcase_add_test(t, or_four_handshakes);
	tcase_add_test(t, each_side_takes_the_test);
	tcase_add_test(t, the_client_takes_the_test_too);
	tcase_add_test(t, strict_presumes_nothing);
	tcase_add_test(t, fins_that_came_count_when_it_is_presumed);
	tcase_add_test(t, what_was_refuted_is_believed_later);
	tcase_add_test(t, a_bar_holds_to_its_tick);
	tcase_add_test(t, only_a_quiet_one_is_displaced);
	tcase_add_test(t, what_lived_by_it_lives_on);
	return run_case("tcp_shadow", t);
}
