/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Claims: each bound of what is credible, and what is kept of it.
 */

#include <check.h>

#include "astray.h"
#include "engine/tcp/claim.h"
#include "engine/tcp/last.h"
#include "runner.h"

#define SLACK 66000u /* of acknowledgements */

/* --- credible -------------------------------------------------------------- */

static void
credible(const struct astray *a, unsigned direction, const char *flags,
    uint32_t seq, uint32_t ack, uint32_t payload, bool expected)
{
	struct sw_tcp_segment segment =
	    astray_segment(flags, seq, ack, payload);

	ck_assert_msg(sw_claim_is_credible(
			  &a->lost, &a->flow, direction, &segment) == expected,
	    "side %u, %s %u %u %u: not %d", direction, flags, seq, ack, payload,
	    expected);
}

START_TEST(a_reach_is_two_windows_and_a_mebibyte)
{
	struct astray a;

	astray_set(&a);
	ck_assert_uint_eq(sw_lost_reach(&a.flow, 0), C_REACH);
	ck_assert_uint_eq(sw_lost_reach(&a.flow, 1), S_REACH);
	a.flow.peer[1].maxwin = 0x80000 - 1;
	ck_assert_uint_eq(sw_lost_reach(&a.flow, 0), 0x100000 - 2);
	a.flow.peer[1].maxwin = 0x80000;
	ck_assert_uint_eq(sw_lost_reach(&a.flow, 0), 0x100000);
	a.flow.peer[1].maxwin = 0xf0000000;
	ck_assert_uint_eq(sw_lost_reach(&a.flow, 0), 0x100000);
}
END_TEST

START_TEST(numbers_near_the_record_are_credible)
{
	struct astray a;

	astray_set(&a);
	/* The client's end: from a window back to a reach ahead. */
	credible(&a, 0, "A", C_END - S_WINDOW, S_END, 0, true);
	credible(&a, 0, "A", C_END - S_WINDOW - 1, S_END, 0, false);
	credible(&a, 0, "A", C_END + C_REACH, S_END, 0, true);
	credible(&a, 0, "A", C_END + C_REACH + 1, S_END, 0, false);
	credible(&a, 0, "A", C_END + C_REACH, S_END, 1000, true);
	credible(&a, 0, "A", C_END + C_REACH + 1, S_END, 1000, false);
	/* Its acknowledgement: from the slack back to a reach ahead. */
	credible(&a, 0, "A", C_END, S_END - SLACK, 0, true);
	credible(&a, 0, "A", C_END, S_END - SLACK - 1, 0, false);
	credible(&a, 0, "A", C_END, S_END + S_REACH, 0, true);
	credible(&a, 0, "A", C_END, S_END + S_REACH + 1, 0, false);
	/* The server's; its window is wider than the slack. */
	credible(&a, 1, "A", S_END - C_WINDOW, C_END, 0, true);
	credible(&a, 1, "A", S_END - C_WINDOW - 1, C_END, 0, false);
	credible(&a, 1, "A", S_END + S_REACH, C_END, 0, true);
	credible(&a, 1, "A", S_END + S_REACH + 1, C_END, 0, false);
	credible(&a, 1, "A", S_END, C_END - S_WINDOW, 0, true);
	credible(&a, 1, "A", S_END, C_END - S_WINDOW - 1, 0, false);
	credible(&a, 1, "A", S_END, C_END + C_REACH, 0, true);
	credible(&a, 1, "A", S_END, C_END + C_REACH + 1, 0, false);
}
END_TEST

/* What acknowledges nothing has one number to be guessed only. */
START_TEST(an_acknowledgement_is_needed)
{
	struct astray a;

	astray_set(&a);
	credible(&a, 0, "F", C_END, S_END, 0, false);
	credible(&a, 0, "FA", C_END, S_END, 0, true);
}
END_TEST

/* An RST has to be where its side, or the other one, said that it is; it is
 * judged by both numbers even where it has no ACK. */
START_TEST(an_rst_needs_a_number_told_before)
{
	struct astray a;

	astray_set(&a);
	credible(&a, 0, "RA", C_END, S_END, 0, false);
	a.cold.claim[0] = (struct sw_claim){ .end = C_END + 10, .ack = S_END };
	credible(&a, 0, "RA", C_END + 10, S_END, 0, false);
	a.cold.claimed[0] = SW_CLAIM_SET;
	credible(&a, 0, "RA", C_END + 10, S_END, 0, true);
	credible(&a, 0, "RA", C_END + 10, S_END, 50, true);
	credible(&a, 0, "R", C_END + 10, S_END, 0, true);
	credible(&a, 0, "R", C_END + 10, 0, 0, false);
	credible(&a, 0, "RA", C_END + 9, S_END, 0, false);
	credible(&a, 0, "RA", C_END + 11, S_END, 0, false);
	a.cold.claimed[0] = 0;
	a.cold.claim[1] = (struct sw_claim){ .end = S_END, .ack = C_END + 20 };
	credible(&a, 0, "RA", C_END + 20, S_END, 0, false);
	a.cold.claimed[1] = SW_CLAIM_SET;
	credible(&a, 0, "RA", C_END + 20, S_END, 0, true);
	credible(&a, 0, "RA", C_END + 21, S_END, 0, false);
	a.cold.claims_shadow = 1; /* of other numbers */
	credible(&a, 0, "RA", C_END + 20, S_END, 0, false);
}
END_TEST

START_TEST(a_side_that_was_never_heard_proves_nothing)
{
	for (unsigned side = 0; side < 2; side++) {
		struct astray a;

		astray_set(&a);
		credible(&a, 0, "A", C_END, S_END, 0, true);
		a.flow.peer[side].maxwin = 0;
		credible(&a, 0, "A", C_END, S_END, 0, false);
	}
}
END_TEST

/* Time stamps decide alone where they are known. */
START_TEST(stamps_outweigh_numbers)
{
	struct sw_tcp_segment segment = astray_segment("A", 7, 9, 0);
	struct astray a;

	astray_set(&a);
	a.cold.ts_known = 3;
	a.cold.tsval[0] = a.cold.echoed[1] = 1000;
	a.cold.tsval[1] = a.cold.echoed[0] = 2000;
	a.cold.ts_tick[0] = a.cold.ts_tick[1] = NOW;
	segment.has_timestamp = true;
	segment.tsval = 1000;
	segment.tsecr = 2000;
	ck_assert(sw_claim_is_credible(&a.lost, &a.flow, 0, &segment));
	credible(&a, 0, "A", C_END, S_END, 0, false); /* has none */
	segment.tsval = 999;
	segment.seq = C_END;
	segment.ack = S_END;
	ck_assert(!sw_claim_is_credible(&a.lost, &a.flow, 0, &segment));
	a.lost.tick += 601 * SW_TICKS_PER_SECOND; /* known no more */
	ck_assert(sw_claim_is_credible(&a.lost, &a.flow, 0, &segment));
}
END_TEST

/* A side goes on from its own last claim, within a reach of both numbers. */
START_TEST(a_claim_is_continued)
{
	struct astray a;

	astray_set(&a);
	a.cold.claim[0] = (struct sw_claim){ .end = FAR_C, .ack = FAR_S };
	credible(&a, 0, "A", FAR_C, FAR_S, 0, false);
	a.cold.claimed[0] = SW_CLAIM_SET;
	credible(&a, 0, "A", FAR_C - C_REACH, FAR_S, 0, true);
	credible(&a, 0, "A", FAR_C - C_REACH - 1, FAR_S, 0, false);
	credible(&a, 0, "A", FAR_C + C_REACH, FAR_S, 900, true);
	credible(&a, 0, "A", FAR_C + C_REACH + 1, FAR_S, 0, false);
	credible(&a, 0, "A", FAR_C, FAR_S - S_REACH, 0, true);
	credible(&a, 0, "A", FAR_C, FAR_S - S_REACH - 1, 0, false);
	credible(&a, 0, "A", FAR_C, FAR_S + S_REACH, 0, true);
	credible(&a, 0, "A", FAR_C, FAR_S + S_REACH + 1, 0, false);
	/* Not where it continues numbers that nothing proves. */
	a.cold.claims_shadow = 1;
	credible(&a, 0, "A", FAR_C, FAR_S, 0, false);
}
END_TEST

/* Or from where the other side's says that it is. */
START_TEST(a_claim_is_answered)
{
	struct astray a;

	astray_set(&a);
	a.cold.claim[0] = (struct sw_claim){ .end = FAR_C, .ack = FAR_S };
	credible(&a, 1, "A", FAR_S, FAR_C, 0, false);
	a.cold.claimed[0] = SW_CLAIM_SET;
	credible(&a, 1, "A", FAR_S - S_REACH, FAR_C, 0, true);
	credible(&a, 1, "A", FAR_S - S_REACH - 1, FAR_C, 0, false);
	credible(&a, 1, "A", FAR_S + S_REACH, FAR_C, 0, true);
	credible(&a, 1, "A", FAR_S + S_REACH + 1, FAR_C, 0, false);
	credible(&a, 1, "A", FAR_S, FAR_C - C_REACH, 0, true);
	credible(&a, 1, "A", FAR_S, FAR_C - C_REACH - 1, 0, false);
	credible(&a, 1, "A", FAR_S, FAR_C + C_REACH, 0, true);
	credible(&a, 1, "A", FAR_S, FAR_C + C_REACH + 1, 0, false);
	a.cold.claims_shadow = 1;
	credible(&a, 1, "A", FAR_S, FAR_C, 0, false);
}
END_TEST

/* Against the shadow's record, the shadow's claims count and no others. */
START_TEST(claims_are_of_one_record)
{
	struct sw_tcp_segment segment = astray_segment("A", FAR_C, FAR_S, 0);
	struct astray a;
	struct sw_flow shadow;

	astray_set(&a);
	shadow = a.flow;
	a.cold.claim[0] = (struct sw_claim){ .end = FAR_C, .ack = FAR_S };
	a.cold.claimed[0] = SW_CLAIM_SET;
	ck_assert(!sw_claim_is_credible(&a.lost, &shadow, 0, &segment));
	a.cold.claims_shadow = 1;
	ck_assert(sw_claim_is_credible(&a.lost, &shadow, 0, &segment));
}
END_TEST

/* --- kept ------------------------------------------------------------------ */

static void
note(struct astray *a, const char *flags, uint32_t seq, uint32_t ack,
    uint32_t payload, bool repeats, uint8_t claimed, uint32_t end,
    uint32_t acked)
{
	struct sw_tcp_segment segment =
	    astray_segment(flags, seq, ack, payload);

	ck_assert(sw_claim_note(&a->lost, 0, &segment) == repeats);
	ck_assert_uint_eq(a->cold.claimed[0], claimed);
	ck_assert_uint_eq(a->cold.claimed[1], 0);
	ck_assert_uint_eq(a->cold.claim[0].end, end);
	ck_assert_uint_eq(a->cold.claim[0].ack, acked);
	ck_assert_uint_eq(a->cold.claim[0].tick, a->lost.tick);
	ck_assert_uint_eq(a->cold.claim[1].tick, 0);
	a->lost.tick++;
}

START_TEST(the_last_claim_is_kept)
{
	enum { SET = SW_CLAIM_SET, AGAIN = SET | SW_CLAIM_REPEATED };
	struct astray a;

	astray_set(&a);
	note(&a, "A", 1000000, 77, 500, false, SET, 1000500, 77);
	note(&a, "A", 1000501, 78, 0, false, SET, 1000501, 78);
	/* Less than a reach behind the end: it comes once more. */
	note(&a, "A", 1000501 - C_REACH, 79, 0, true, AGAIN, 1000501, 79);
	note(&a, "A", 1000501 - C_REACH - 1, 80, 0, false, AGAIN,
	    1000500 - C_REACH, 80);
	astray_set(&a);
	note(&a, "A", 1000000, 77, 0, false, SET, 1000000, 77);
	note(&a, "A", 1000000, 77, 0, true, AGAIN, 1000000, 77);
	/* An RST without ACK acknowledges nothing. */
	astray_set(&a);
	note(&a, "A", 1000000, 77, 0, false, SET, 1000000, 77);
	note(&a, "R", 1000009, 5, 0, false, SET | SW_CLAIM_RST, 1000009, 77);
	note(&a, "FA", 1000010, 90, 0, false, SET | SW_CLAIM_RST | SW_CLAIM_FIN,
	    1000011, 90);
}
END_TEST

/* The window is the segment's, by the scale of its side. */
START_TEST(a_claims_window_is_scaled)
{
	struct sw_tcp_segment segment = astray_segment("A", 1, 2, 0);
	struct astray a;

	astray_set(&a);
	a.flow.scales = 7 << 4 | 2;
	(void)sw_claim_note(&a.lost, 0, &segment);
	(void)sw_claim_note(&a.lost, 1, &segment);
	ck_assert_uint_eq(a.cold.claim[0].window, 1500 << 2);
	ck_assert_uint_eq(a.cold.claim[1].window, 1500 << 7);
}
END_TEST

/* --- agreement ------------------------------------------------------------- */

static bool
agree(struct astray *a, uint32_t a_end, uint32_t a_ack, uint32_t b_end,
    uint32_t b_ack)
{
	a->cold.claim[0] = (struct sw_claim){ .end = a_end, .ack = a_ack };
	a->cold.claim[1] = (struct sw_claim){ .end = b_end, .ack = b_ack };
	return sw_claim_agree(&a->lost);
}

START_TEST(claims_agree_within_a_reach)
{
	struct astray a;

	astray_set(&a);
	ck_assert(!agree(&a, FAR_C, FAR_S, FAR_S, FAR_C));
	a.cold.claimed[0] = SW_CLAIM_SET;
	ck_assert(!agree(&a, FAR_C, FAR_S, FAR_S, FAR_C));
	a.cold.claimed[1] = SW_CLAIM_REPEATED;
	ck_assert(!agree(&a, FAR_C, FAR_S, FAR_S, FAR_C));
	a.cold.claimed[1] = SW_CLAIM_SET;
	ck_assert(agree(&a, FAR_C, FAR_S, FAR_S, FAR_C));
	/* What the server grants is more than the slack ... */
	ck_assert(agree(&a, FAR_C, FAR_S, FAR_S, FAR_C - C_REACH));
	ck_assert(!agree(&a, FAR_C, FAR_S, FAR_S, FAR_C - C_REACH - 1));
	ck_assert(agree(&a, FAR_C, FAR_S, FAR_S, FAR_C + C_REACH));
	ck_assert(!agree(&a, FAR_C, FAR_S, FAR_S, FAR_C + C_REACH + 1));
	/* ... and what the client grants is not. */
	ck_assert(agree(&a, FAR_C, FAR_S - SLACK, FAR_S, FAR_C));
	ck_assert(!agree(&a, FAR_C, FAR_S - SLACK - 1, FAR_S, FAR_C));
	ck_assert(agree(&a, FAR_C, FAR_S + SLACK, FAR_S, FAR_C));
	ck_assert(!agree(&a, FAR_C, FAR_S + SLACK + 1, FAR_S, FAR_C));
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("claims");

	tcase_add_test(t, a_reach_is_two_windows_and_a_mebibyte);
	tcase_add_test(t, numbers_near_the_record_are_credible);
	tcase_add_test(t, an_acknowledgement_is_needed);
	tcase_add_test(t, an_rst_needs_a_number_told_before);
	tcase_add_test(t, a_side_that_was_never_heard_proves_nothing);
	tcase_add_test(t, stamps_outweigh_numbers);
	tcase_add_test(t, a_claim_is_continued);
	tcase_add_test(t, a_claim_is_answered);
	tcase_add_test(t, claims_are_of_one_record);
	tcase_add_test(t, the_last_claim_is_kept);
	tcase_add_test(t, a_claims_window_is_scaled);
	tcase_add_test(t, claims_agree_within_a_reach);
	return run_case("tcp_claim", t);
}
