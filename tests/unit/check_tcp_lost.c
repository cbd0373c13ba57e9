/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A flow whose hosts are elsewhere: what each segment outside its windows
 * does.  How long the entry lives by it: check_tcp_lost_life.c.
 */

#include <check.h>
#include <string.h>

#include "astray.h"
#include "runner.h"

enum { SECOND = SW_TICKS_PER_SECOND, TEST = 2 * SECOND };

static enum sw_lost_outcome
step(struct astray *a, unsigned direction, const char *flags, uint32_t seq,
    uint32_t ack, uint32_t payload)
{
	struct sw_tcp_segment segment =
	    astray_segment(flags, seq, ack, payload);

	return sw_lost_step(&a->lost, direction, &segment);
}

static bool
is_noted(const struct astray *a)
{
	return a->flow.flags & SW_FLOW_LOST;
}

/* --- noted ----------------------------------------------------------------- */

START_TEST(a_handshake_must_have_shown_the_numbers)
{
	for (unsigned state = 0; state < SW_STATE_COUNT; state++) {
		bool tells =
		    state >= SW_STATE_SYN_RECV && state <= SW_STATE_LAST_ACK;
		struct astray a;

		astray_set(&a);
		a.flow.state = (uint8_t)state;
		ck_assert_int_eq(
		    step(&a, 0, "A", FAR_C, FAR_S, 0), SW_LOST_NOTED);
		ck_assert(is_noted(&a) == tells);
		astray_set(&a);
		a.flow.state = (uint8_t)state;
		ck_assert_int_eq(
		    step(&a, 0, "SA", C_END + 5, S_END, 0), SW_LOST_NOTED);
		ck_assert(!is_noted(&a));
	}
}
END_TEST

/* The notes hold whatever memory held; what comes before them is kept. */
START_TEST(notes_begin_empty)
{
	struct astray a;

	astray_set(&a);
	memset(&a.cold, 0x55, sizeof(a.cold));
	a.cold.ts_known = 0;
	step(&a, 0, "A", FAR_C, FAR_S, 0);
	ck_assert_uint_eq(a.cold.since, NOW);
	ck_assert_uint_eq(a.cold.lost, SW_LOST_HEARD);
	ck_assert_uint_eq(a.cold.claimed[0] | a.cold.claimed[1], 0);
	ck_assert_uint_eq(a.cold.fitted[1], 0);
	ck_assert_uint_eq(a.cold.claim[0].end, 0);
	ck_assert_uint_eq(a.cold.shadow_iss, 0);
	ck_assert_uint_eq(a.cold.handshake, 0x5555);
	astray_wait(&a, 9);
	step(&a, 1, "A", FAR_S, FAR_C, 0);
	ck_assert_uint_eq(a.cold.since, NOW);
	ck_assert_uint_eq(a.cold.lost, SW_LOST_AGREED);
}
END_TEST

static void
check_heard(const char *flags, bool strict, unsigned side, uint8_t expected)
{
	struct astray a;

	astray_set(&a);
	a.lost.strict = strict;
	step(&a, side, flags, side ? FAR_S : FAR_C, side ? FAR_C : FAR_S, 0);
	ck_assert_uint_eq(a.cold.heard, expected);
	ck_assert_uint_eq(a.cold.outside[side], expected ? NOW + 1 : 0);
	ck_assert_uint_eq(a.cold.outside[!side], 0);
}

START_TEST(who_acknowledges_is_heard)
{
	check_heard("A", false, 0, 1);
	check_heard("FA", false, 1, 2);
	check_heard("A", true, 0, 4);
	check_heard("A", true, 1, 8);
	check_heard("R", false, 0, 0);
	check_heard("RA", false, 0, 0);
	check_heard("P", false, 0, 0);
}
END_TEST

/* --- credible -------------------------------------------------------------- */

#define AHEAD_C (C_END + 100000)
#define AHEAD_S (S_END + 4000)

START_TEST(a_credible_segment_refreshes)
{
	struct astray a;

	astray_set(&a);
	ck_assert_int_eq(
	    step(&a, 0, "A", AHEAD_C, S_END, 0), SW_LOST_REFRESHES);
	ck_assert(is_noted(&a));
	ck_assert_uint_eq(a.cold.claim[0].end, AHEAD_C);
	ck_assert_uint_eq(a.cold.lost, SW_LOST_NONE);
	ck_assert_uint_eq(a.cold.claims_shadow, 0);
	ck_assert_uint_eq(a.flow.peer[0].end, C_END);
	/* Once more: one side alone moves nothing. */
	ck_assert_int_eq(
	    step(&a, 0, "A", AHEAD_C, S_END, 0), SW_LOST_REFRESHES);
	ck_assert_uint_eq(a.flow.peer[0].end, C_END);
}
END_TEST

START_TEST(both_sides_are_found)
{
	for (int strict = 0; strict < 2; strict++) {
		struct astray a;

		astray_set(&a);
		a.lost.strict = a.lost.resync = strict;
		a.cold.refuted = 3;
		ck_assert_int_eq(step(&a, 0, "A", AHEAD_C, AHEAD_S, 0),
		    strict ? SW_LOST_NOTED : SW_LOST_REFRESHES);
		ck_assert_int_eq(
		    step(&a, 1, "A", AHEAD_S, AHEAD_C, 0), SW_LOST_FOUND);
		ck_assert(!is_noted(&a));
		ck_assert_uint_eq(a.cold.refuted, 0);
		ck_assert_uint_eq(a.flow.peer[0].end, AHEAD_C);
		ck_assert_uint_eq(a.flow.peer[1].end, AHEAD_S);
		ck_assert_uint_eq(a.flow.seen, NOW + 1);
	}
}
END_TEST

START_TEST(strict_without_resync_finds_nobody)
{
	struct astray a;

	astray_set(&a);
	a.lost.strict = true;
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(
		    step(&a, 0, "A", AHEAD_C, AHEAD_S, 0), SW_LOST_NOTED);
		ck_assert_int_eq(
		    step(&a, 1, "A", AHEAD_S, AHEAD_C, 0), SW_LOST_NOTED);
	}
	ck_assert_uint_eq(a.flow.peer[0].end, C_END);
	ck_assert_uint_eq(a.cold.claimed[0], SW_CLAIM_SET | SW_CLAIM_REPEATED);
}
END_TEST

/* Where nothing of one side passes, the other repeats itself. */
START_TEST(strict_with_resync_takes_a_repeated_segment)
{
	struct astray a;

	astray_set(&a);
	a.lost.strict = a.lost.resync = true;
	ck_assert_int_eq(
	    step(&a, 0, "PA", AHEAD_C, AHEAD_S, 50), SW_LOST_NOTED);
	ck_assert_int_eq(
	    step(&a, 0, "PA", AHEAD_C + 50, AHEAD_S, 50), SW_LOST_NOTED);
	ck_assert_int_eq(
	    step(&a, 0, "PA", AHEAD_C, AHEAD_S, 50), SW_LOST_FOUND);
	ck_assert_uint_eq(a.flow.peer[0].end, AHEAD_C + 100);
	ck_assert_uint_eq(a.flow.peer[1].end, AHEAD_S);
	ck_assert_uint_eq(a.flow.peer[1].maxack, AHEAD_C);
	ck_assert(!is_noted(&a));
}
END_TEST

/* A receiver that has what the gate did not see acknowledges it from its own
 * place; it comes no second time, and its sender stays in the windows, which
 * forgets the claim each time. */
START_TEST(strict_with_resync_takes_an_exact_acknowledgement)
{
	for (int resync = 0; resync < 2; resync++) {
		struct astray a;

		astray_set(&a);
		a.lost.strict = true;
		a.lost.resync = resync;
		ck_assert_int_eq(step(&a, 1, "A", S_END, C_END + 1460, 0),
		    resync ? SW_LOST_FOUND : SW_LOST_NOTED);
		ck_assert_uint_eq(
		    a.flow.peer[0].end, resync ? C_END + 1460 : C_END);
		ck_assert_uint_eq(is_noted(&a), !resync);
	}
}
END_TEST

/* --- claims beside a shadow ------------------------------------------------ */

/* Both sides at far numbers, for as long as it takes. */
static void
presume(struct astray *a)
{
	astray_set(a);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(
		    step(a, 0, "A", FAR_C, FAR_S, 0), SW_LOST_NOTED);
		ck_assert_int_eq(
		    step(a, 1, "A", FAR_S, FAR_C, 0), SW_LOST_NOTED);
		astray_wait(a, TEST);
	}
	ck_assert_uint_eq(a->cold.lost, SW_LOST_PRESUMED);
}

START_TEST(both_sides_are_presumed)
{
	struct astray a;

	presume(&a);
	ck_assert_int_eq(step(&a, 0, "PA", FAR_C, FAR_S, 100), SW_LOST_FOLLOWS);
	ck_assert_uint_eq(astray_shadow(&a).peer[0].end, FAR_C + 100);
	ck_assert_uint_eq(a.flow.peer[0].end, C_END);
}
END_TEST

/* Out of the shadow's windows, too, and near it: both sides move it. */
START_TEST(a_shadow_is_found_again)
{
	const uint32_t c = FAR_C + 100000, s = FAR_S + 4000;
	struct astray a;

	presume(&a);
	ck_assert_int_eq(step(&a, 0, "A", c, s, 0), SW_LOST_NOTED);
	ck_assert_uint_eq(a.cold.claims_shadow, 1);
	ck_assert_int_eq(step(&a, 1, "A", s, c, 0), SW_LOST_FOLLOWS);
	ck_assert_uint_eq(astray_shadow(&a).peer[0].end, c);
	ck_assert_uint_eq(astray_shadow(&a).peer[1].end, s);
	ck_assert_uint_eq(a.cold.claimed[0] | a.cold.claimed[1], 0);
	ck_assert_uint_eq(a.flow.peer[0].end, C_END);
	ck_assert(is_noted(&a));
	ck_assert_uint_eq(a.cold.lost, SW_LOST_PRESUMED);
}
END_TEST

START_TEST(claims_of_the_record_displace_those_of_the_shadow)
{
	const uint32_t c = FAR_C + 100000, s = FAR_S + 4000;
	struct astray a;

	presume(&a);
	step(&a, 0, "A", c, s, 0);
	ck_assert_uint_eq(a.cold.claims_shadow, 1);
	ck_assert_int_eq(
	    step(&a, 1, "A", AHEAD_S, AHEAD_C, 0), SW_LOST_REFRESHES);
	ck_assert_uint_eq(a.cold.claims_shadow, 0);
	ck_assert_uint_eq(a.cold.claimed[0], 0);
	ck_assert_uint_eq(a.cold.claimed[1], SW_CLAIM_SET);
	/* And stay. */
	ck_assert_int_eq(step(&a, 0, "A", c, s, 0), SW_LOST_NOTED);
	ck_assert_uint_eq(a.cold.claims_shadow, 0);
	ck_assert_uint_eq(a.cold.claimed[0], 0);
	ck_assert_uint_eq(a.cold.claimed[1], SW_CLAIM_SET);
	ck_assert_int_eq(step(&a, 0, "A", AHEAD_C, AHEAD_S, 0), SW_LOST_FOUND);
}
END_TEST

/* Where only the client's claim is kept it stays as well. */
START_TEST(a_single_claim_of_the_record_stays)
{
	struct astray a;

	presume(&a);
	ck_assert_int_eq(
	    step(&a, 0, "A", AHEAD_C, AHEAD_S, 0), SW_LOST_REFRESHES);
	ck_assert_int_eq(
	    step(&a, 1, "A", FAR_S + 4000, FAR_C + 100000, 0), SW_LOST_NOTED);
	ck_assert_uint_eq(a.cold.claimed[0], SW_CLAIM_SET);
	ck_assert_uint_eq(a.cold.claimed[1], 0);
}
END_TEST

/* --- forgotten ------------------------------------------------------------- */

START_TEST(what_fits_the_record_ends_all_of_it)
{
	struct astray a;

	presume(&a);
	sw_lost_forget(&a.lost);
	ck_assert(!is_noted(&a));
	ck_assert_uint_eq(a.cold.refuted, 1);
	ck_assert_uint_eq(a.cold.bar, a.lost.tick + SECOND);
	sw_lost_forget(&a.lost);
	ck_assert_uint_eq(a.cold.refuted, 1);
}
END_TEST

enum { NOT = -1 };

static int
hold_reset(struct astray *a, const char *flags, uint32_t seq)
{
	struct sw_tcp_segment segment = astray_segment(flags, seq, 0, 0);
	enum sw_lost_outcome outcome = SW_LOST_FOUND;

	if (!sw_lost_holds_reset(&a->lost, 0, &segment, &outcome))
		return NOT;
	return (int)outcome;
}

START_TEST(an_rst_must_be_exact_for_both)
{
	struct astray a;

	presume(&a);
	ck_assert_int_eq(hold_reset(&a, "R", 7), NOT); /* for neither */
	ck_assert_int_eq(hold_reset(&a, "A", C_END), NOT);
	ck_assert(is_noted(&a));
	ck_assert_int_eq(hold_reset(&a, "R", FAR_C), SW_LOST_FOLLOWS);
	ck_assert_uint_eq(astray_shadow(&a).state, SW_STATE_CLOSE);
	ck_assert_uint_eq(a.flow.state, SW_STATE_ESTABLISHED);
	presume(&a);
	ck_assert_int_eq(hold_reset(&a, "R", C_END), SW_LOST_NOTED);
	ck_assert(!is_noted(&a));
	ck_assert_uint_eq(astray_shadow(&a).state, SW_STATE_ESTABLISHED);
	ck_assert_int_eq(hold_reset(&a, "R", C_END), NOT);
	/* Both have the same number. */
	presume(&a);
	a.flow.peer[0].end = a.flow.peer[1].maxack = FAR_C;
	ck_assert_int_eq(hold_reset(&a, "R", FAR_C), NOT);
	presume(&a);
	a.cold.lost = SW_LOST_AGREED;
	ck_assert_int_eq(hold_reset(&a, "R", C_END), NOT);
}
END_TEST

/* --- a call ---------------------------------------------------------------- */

START_TEST(a_call_is_noted)
{
	struct sw_tcp_segment answer = astray_segment("SA", 60000, 30001, 0);
	struct astray a;

	astray_set(&a);
	a.history.aside_ack = 30000;
	a.history.aside_end = 30001;
	sw_lost_call(&a.lost, 1, &answer);
	ck_assert(is_noted(&a));
	ck_assert_uint_eq(a.cold.since, NOW);
	ck_assert_uint_eq(a.cold.lost, SW_LOST_CALLED);
	ck_assert_int_eq(step(&a, 0, "A", 30001, 60001, 0), SW_LOST_REPLACES);
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("lost");

	tcase_add_test(t, a_handshake_must_have_shown_the_numbers);
	tcase_add_test(t, notes_begin_empty);
	tcase_add_test(t, who_acknowledges_is_heard);
	tcase_add_test(t, a_credible_segment_refreshes);
	tcase_add_test(t, both_sides_are_found);
	tcase_add_test(t, strict_without_resync_finds_nobody);
	tcase_add_test(t, strict_with_resync_takes_a_repeated_segment);
	tcase_add_test(t, strict_with_resync_takes_an_exact_acknowledgement);
	tcase_add_test(t, both_sides_are_presumed);
	tcase_add_test(t, a_shadow_is_found_again);
	tcase_add_test(t, claims_of_the_record_displace_those_of_the_shadow);
	tcase_add_test(t, a_single_claim_of_the_record_stays);
	tcase_add_test(t, what_fits_the_record_ends_all_of_it);
	tcase_add_test(t, an_rst_must_be_exact_for_both);
	tcase_add_test(t, a_call_is_noted);
	return run_case("tcp_lost", t);
}
