/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A flow whose hosts are elsewhere: how long its entry lives by what is noted
 * beside it, and what is told of it.
 */

#include <check.h>
#include <string.h>

#include "astray.h"
#include "runner.h"
#include "synward/policy.h"

enum { SECOND = SW_TICKS_PER_SECOND };

static bool
is_noted(const struct astray *a)
{
	return a->flow.flags & SW_FLOW_LOST;
}

/* --- alive ----------------------------------------------------------------- */

static struct sw_timeouts
timeouts(void)
{
	struct sw_timeouts t = { { 0 } };

	for (unsigned i = 0; i < SW_TIMEOUT_COUNT; i++)
		t.seconds[i] = 7;
	t.seconds[SW_TIMEOUT_ESTABLISHED] = 100;
	t.seconds[SW_TIMEOUT_FIN_WAIT] = 40;
	return t;
}

#define DUE (NOW + 50u * SECOND) /* of the record */

static uint32_t
due(const struct astray *a)
{
	struct sw_timeouts t = timeouts();

	return sw_lost_due(&a->flow, &a->cold, DUE, &t);
}

static void
hear(struct astray *a, uint8_t heard, uint32_t client, uint32_t server)
{
	astray_set(a);
	a->flow.flags |= SW_FLOW_LOST;
	a->cold.heard = heard;
	a->cold.outside[0] = NOW + client * SECOND;
	a->cold.outside[1] = NOW + server * SECOND;
}

START_TEST(both_sides_heard_keep_it_alive)
{
	struct astray a;

	hear(&a, 3, 10, 20); /* until the later one's time is over */
	ck_assert_uint_eq(due(&a), NOW + 120 * SECOND);
	hear(&a, 3, 20, 10);
	ck_assert_uint_eq(due(&a), NOW + 120 * SECOND);
	/* What comes once the other was silent for the timeout prolongs
	 * nothing, and takes back nothing that came before. */
	hear(&a, 3, 10, 109);
	ck_assert_uint_eq(due(&a), NOW + 209 * SECOND);
	hear(&a, 3, 10, 110);
	ck_assert_uint_eq(due(&a), NOW + 210 * SECOND);
	hear(&a, 3, 10, 150);
	ck_assert_uint_eq(due(&a), NOW + 210 * SECOND);
	hear(&a, 3, 150, 10);
	ck_assert_uint_eq(due(&a), NOW + 210 * SECOND);
	/* The record lives longer; one side says nothing; dropped is not
	 * passed. */
	hear(&a, 3, 0, 0);
	a.cold.outside[0] = a.cold.outside[1] = NOW - 60 * SECOND;
	ck_assert_uint_eq(due(&a), DUE);
	for (uint8_t heard = 0; heard < 16; heard++) {
		hear(&a, heard, 10, 20);
		ck_assert_uint_eq(
		    due(&a), (heard & 3) == 3 ? NOW + 120 * SECOND : DUE);
	}
	a.flow.flags &= (uint8_t)~SW_FLOW_LOST;
	ck_assert_uint_eq(due(&a), DUE);
}
END_TEST

static void
place_shadow(struct astray *a, enum sw_lost_kind kind, enum sw_state state,
    uint32_t seconds)
{
	struct sw_flow shadow = a->flow;

	shadow.state = (uint8_t)state;
	shadow.seen = NOW + seconds * SECOND;
	shadow.peer[0].end = FAR_C;
	shadow.peer[1].end = FAR_S;
	memcpy(a->cold.shadow, &shadow, SW_RECORD_MOVING);
	a->cold.lost = (uint8_t)kind;
}

START_TEST(a_shadow_that_is_stepped_keeps_it_alive)
{
	struct astray a;

	for (unsigned kind = 0; kind <= SW_LOST_PRESUMED; kind++) {
		bool stepped =
		    kind == SW_LOST_PRESUMED || kind == SW_LOST_CALLED;

		hear(&a, 3, 10, 20);
		place_shadow(
		    &a, (enum sw_lost_kind)kind, SW_STATE_ESTABLISHED, 30);
		ck_assert_uint_eq(
		    due(&a), NOW + (stepped ? 130 : 120) * SECOND);
		place_shadow(
		    &a, (enum sw_lost_kind)kind, SW_STATE_FIN_WAIT, 30);
		ck_assert_uint_eq(due(&a), NOW + 120 * SECOND);
		hear(&a, 0, 0, 0);
		place_shadow(
		    &a, (enum sw_lost_kind)kind, SW_STATE_FIN_WAIT, 30);
		ck_assert_uint_eq(due(&a), stepped ? NOW + 70 * SECOND : DUE);
	}
}
END_TEST

static struct sw_lost_view
view(const struct astray *a)
{
	struct sw_timeouts t = timeouts();

	return sw_lost_view(&a->flow, &a->cold, DUE, &t);
}

static void
check_view(const struct astray *a, enum sw_state state, uint32_t seen,
    uint32_t seconds, uint32_t end)
{
	struct sw_lost_view seen_now = view(a);

	ck_assert_uint_eq(seen_now.state, state);
	ck_assert_uint_eq(seen_now.seen, seen);
	ck_assert_uint_eq(seen_now.timeout, seconds);
	ck_assert_uint_eq(seen_now.peer[0].end, end);
	ck_assert_uint_eq(seen_now.peer[1].end, end == C_END ? S_END : FAR_S);
}

START_TEST(whoever_lives_longest_is_told)
{
	struct astray a;

	astray_set(&a);
	place_shadow(&a, SW_LOST_PRESUMED, SW_STATE_FIN_WAIT, 50);
	check_view(&a, SW_STATE_ESTABLISHED, NOW - 10, 0, C_END);
	hear(&a, 3, 10, 20);
	check_view(&a, SW_STATE_ESTABLISHED, NOW + 20 * SECOND, 100, C_END);
	hear(&a, 1, 10, 20);
	check_view(&a, SW_STATE_ESTABLISHED, NOW - 10, 0, C_END);
	place_shadow(&a, SW_LOST_AGREED, SW_STATE_FIN_WAIT, 30);
	check_view(&a, SW_STATE_ESTABLISHED, NOW - 10, 0, C_END);
	place_shadow(&a, SW_LOST_CALLED, SW_STATE_FIN_WAIT, 30);
	check_view(&a, SW_STATE_ESTABLISHED, NOW + 30 * SECOND, 40, C_END);
	place_shadow(&a, SW_LOST_PRESUMED, SW_STATE_FIN_WAIT, 30);
	check_view(&a, SW_STATE_FIN_WAIT, NOW + 30 * SECOND, 40, FAR_C);
	place_shadow(&a, SW_LOST_PRESUMED, SW_STATE_FIN_WAIT, 5);
	check_view(&a, SW_STATE_FIN_WAIT, NOW - 10, 0, FAR_C);
	/* What a call began did not stand the test of time. */
	a.cold.called = 1;
	check_view(&a, SW_STATE_FIN_WAIT, NOW - 10, 0, C_END);
}
END_TEST

/* --- promoted -------------------------------------------------------------- */

static bool
settles(struct astray *a, uint32_t seconds)
{
	struct sw_timeouts t = timeouts();

	a->lost.tick = NOW + seconds * SECOND;
	sw_lost_resolve(&a->lost, DUE, &t);
	return a->flow.peer[0].end == FAR_C;
}

START_TEST(a_record_whose_time_is_over_takes_the_shadow)
{
	struct astray a;

	hear(&a, 0, 0, 0);
	place_shadow(&a, SW_LOST_PRESUMED, SW_STATE_FIN_WAIT, 30);
	ck_assert(!settles(&a, 49));
	ck_assert(is_noted(&a));
	a.lost.tick = DUE - 1;
	ck_assert(settles(&a, 50));
	ck_assert(!is_noted(&a));
	ck_assert_uint_eq(a.flow.state, SW_STATE_FIN_WAIT);
	hear(&a, 3, 10, 20);
	place_shadow(&a, SW_LOST_PRESUMED, SW_STATE_FIN_WAIT, 30);
	ck_assert(!settles(&a, 119));
	ck_assert(settles(&a, 120));
	hear(&a, 0, 0, 0);
	place_shadow(&a, SW_LOST_CALLED, SW_STATE_FIN_WAIT, 30);
	ck_assert(!settles(&a, 500));
	place_shadow(&a, SW_LOST_PRESUMED, SW_STATE_FIN_WAIT, 30);
	a.flow.flags &= (uint8_t)~SW_FLOW_LOST;
	ck_assert(!settles(&a, 500));
}
END_TEST

/* --- taken over ------------------------------------------------------------ */

START_TEST(moments_to_come_are_forgotten)
{
	struct astray a;

	hear(&a, 15, 0, 0);
	a.cold.outside[0] = NOW + SECOND;
	a.cold.outside[1] = NOW + SECOND + 1;
	place_shadow(&a, SW_LOST_PRESUMED, SW_STATE_ESTABLISHED, 1);
	sw_lost_correct(&a.flow, &a.cold, NOW);
	ck_assert_uint_eq(a.cold.heard, 13);
	ck_assert_uint_eq(a.cold.lost, SW_LOST_PRESUMED);
	a.cold.outside[0]++;
	sw_lost_correct(&a.flow, &a.cold, NOW);
	ck_assert_uint_eq(a.cold.heard, 12);
	sw_lost_correct(&a.flow, &a.cold, NOW - 1);
	ck_assert_uint_eq(a.cold.lost, SW_LOST_NONE);
	place_shadow(&a, SW_LOST_PRESUMED + 1, SW_STATE_ESTABLISHED, 0);
	sw_lost_correct(&a.flow, &a.cold, NOW);
	ck_assert_uint_eq(a.cold.lost, SW_LOST_NONE);
	/* Not noted: nothing is read. */
	hear(&a, 3, 100, 100);
	a.flow.flags &= (uint8_t)~SW_FLOW_LOST;
	place_shadow(&a, SW_LOST_PRESUMED, SW_STATE_ESTABLISHED, 100);
	sw_lost_correct(&a.flow, &a.cold, NOW);
	ck_assert_uint_eq(a.cold.heard, 3);
	ck_assert_uint_eq(a.cold.lost, SW_LOST_PRESUMED);
}
END_TEST

/* --- told ------------------------------------------------------------------ */

static bool
told(enum sw_lost_kind kind, uint8_t heard, uint8_t client, uint8_t server)
{
	struct astray a;
	uint32_t since = 1;
	bool is_told;

	hear(&a, heard, 0, 0);
	a.cold.lost = (uint8_t)kind;
	a.cold.claimed[0] = client;
	a.cold.claimed[1] = server;
	a.cold.since = 4321;
	is_told = sw_lost_is_told(&a.flow, &a.cold, &since);
	ck_assert_uint_eq(since, 4321);
	a.flow.flags &= (uint8_t)~SW_FLOW_LOST;
	ck_assert(!sw_lost_is_told(&a.flow, &a.cold, &since));
	return is_told;
}

START_TEST(both_hosts_must_show_it)
{
	enum { SET = SW_CLAIM_SET, AGAIN = SW_CLAIM_REPEATED };

	ck_assert(!told(SW_LOST_NONE, 0, 0, 0));
	ck_assert(!told(SW_LOST_HEARD, 0, 0, 0));
	ck_assert(told(SW_LOST_AGREED, 0, 0, 0));
	ck_assert(!told(SW_LOST_CALLED, 0, 0, 0));
	ck_assert(!told(SW_LOST_PRESUMED, 0, 0, 0));
	ck_assert(!told(SW_LOST_HEARD, 1, 0, 0));
	ck_assert(!told(SW_LOST_HEARD, 2, 0, 0));
	ck_assert(told(SW_LOST_HEARD, 3, 0, 0));
	ck_assert(!told(SW_LOST_HEARD, 12, 0, 0));
	ck_assert(!told(SW_LOST_PRESUMED, 3, 0, 0));
	ck_assert(!told(SW_LOST_NONE, 0, SET, 0));
	ck_assert(!told(SW_LOST_NONE, 0, 0, SET));
	ck_assert(told(SW_LOST_NONE, 0, SET, SET));
	ck_assert(told(SW_LOST_NONE, 0, SET | AGAIN, 0));
	ck_assert(told(SW_LOST_NONE, 0, 0, SET | AGAIN));
	ck_assert(!told(SW_LOST_NONE, 0, SW_CLAIM_FIN, SW_CLAIM_FIN));
}
END_TEST

START_TEST(a_segment_outside_was_seen_lately)
{
	struct astray a;

	for (unsigned bit = 0; bit < 4; bit++) {
		uint32_t tick = NOW + (bit & 1 ? 20 : 10) * SECOND;

		hear(&a, (uint8_t)(1u << bit), 10, 20);
		ck_assert(sw_lost_was_seen(
		    &a.flow, &a.cold, tick + 30 * SECOND - 1, 30));
		ck_assert(!sw_lost_was_seen(
		    &a.flow, &a.cold, tick + 30 * SECOND, 30));
	}
	hear(&a, 0, 10, 20);
	ck_assert(!sw_lost_was_seen(&a.flow, &a.cold, NOW, 1000));
	hear(&a, 15, 10, 20);
	a.flow.flags &= (uint8_t)~SW_FLOW_LOST;
	ck_assert(!sw_lost_was_seen(&a.flow, &a.cold, NOW, 1000));
}
END_TEST

static uint32_t
unseen(const struct astray *a, unsigned direction, const char *flags,
    uint32_t seq, uint32_t ack)
{
	struct sw_tcp_segment segment = astray_segment(flags, seq, ack, 10);

	return sw_lost_unseen(&a->flow, &a->cold, direction, &segment);
}

START_TEST(bytes_that_passed_unseen_are_counted)
{
	struct astray a;

	hear(&a, 3, 0, 0);
	ck_assert_uint_eq(unseen(&a, 0, "A", C_END + 7, S_END), 7);
	ck_assert_uint_eq(unseen(&a, 0, "A", C_END + 7, S_END + 9), 9);
	ck_assert_uint_eq(unseen(&a, 0, "A", C_END + 9, S_END + 7), 9);
	ck_assert_uint_eq(unseen(&a, 0, "R", C_END + 7, S_END + 9), 7);
	ck_assert_uint_eq(unseen(&a, 1, "A", S_END + 5, C_END), 5);
	ck_assert_uint_eq(unseen(&a, 1, "A", S_END, C_END + 6), 6);
	ck_assert_uint_eq(unseen(&a, 0, "A", C_END, S_END), 0);
	ck_assert_uint_eq(unseen(&a, 0, "A", C_END - 1, S_END - 1), 0);
	ck_assert_uint_eq(unseen(&a, 0, "A", C_END + 1, S_END), 1);
	a.cold.heard = 1;
	ck_assert_uint_eq(unseen(&a, 0, "A", C_END + 7, S_END), 0);
}
END_TEST

static bool
under_way(const struct astray *a, unsigned direction, uint32_t seq)
{
	return sw_lost_under_way(&a->flow, &a->cold, direction, seq);
}

/* Up to 64 KiB, or the wider window, before the end of a claim or a shadow. */
START_TEST(an_error_may_quote_what_is_kept_beside)
{
	struct astray a;

	hear(&a, 3, 0, 0);
	a.cold.claim[0].end = FAR_C;
	a.cold.claim[1].end = FAR_S;
	ck_assert(!under_way(&a, 0, FAR_C));
	a.cold.claimed[0] = SW_CLAIM_SET;
	ck_assert(!under_way(&a, 1, FAR_S));
	ck_assert(under_way(&a, 0, FAR_C));
	ck_assert(!under_way(&a, 0, FAR_C + 1));
	ck_assert(under_way(&a, 0, FAR_C - S_WINDOW - 1));
	ck_assert(!under_way(&a, 0, FAR_C - S_WINDOW - 2));
	a.cold.claimed[1] = SW_CLAIM_SET;
	ck_assert(under_way(&a, 1, FAR_S - 65536));
	ck_assert(!under_way(&a, 1, FAR_S - 65537));
	a.cold.claimed[1] = SW_CLAIM_REPEATED;
	ck_assert(!under_way(&a, 1, FAR_S));

	hear(&a, 3, 0, 0);
	place_shadow(&a, SW_LOST_NONE, SW_STATE_ESTABLISHED, 0);
	ck_assert(!under_way(&a, 0, FAR_C));
	a.cold.lost = SW_LOST_HEARD;
	ck_assert(under_way(&a, 0, FAR_C));
	ck_assert(!under_way(&a, 0, FAR_C + 1));
	ck_assert(under_way(&a, 1, FAR_S));
	ck_assert(!under_way(&a, 1, FAR_C));
	a.flow.flags &= (uint8_t)~SW_FLOW_LOST;
	ck_assert(!under_way(&a, 0, FAR_C));
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("life");

	tcase_add_test(t, both_sides_heard_keep_it_alive);
	tcase_add_test(t, a_shadow_that_is_stepped_keeps_it_alive);
	tcase_add_test(t, whoever_lives_longest_is_told);
	tcase_add_test(t, a_record_whose_time_is_over_takes_the_shadow);
	tcase_add_test(t, moments_to_come_are_forgotten);
	tcase_add_test(t, both_hosts_must_show_it);
	tcase_add_test(t, a_segment_outside_was_seen_lately);
	tcase_add_test(t, bytes_that_passed_unseen_are_counted);
	tcase_add_test(t, an_error_may_quote_what_is_kept_beside);
	return run_case("tcp_lost_life", t);
}
