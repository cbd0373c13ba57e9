/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a record takes over from claims: of both sides, of one, or from an
 * acknowledgement in its very place.
 */
#include <check.h>

#include "astray.h"
#include "engine/tcp/claim.h"
#include "engine/tcp/last.h"
#include "runner.h"

/* Both claims are set, and the server's data is not acknowledged. */
static void
set_claims(struct astray *a)
{
	astray_set(a);
	a->flow.last = SW_LAST_ZERO_WINDOW | SW_LAST_DIRECTION;
	a->flow.peer_flags[0] = SW_PEER_SACK | SW_PEER_UNACKED;
	a->cold.claimed[0] = a->cold.claimed[1] = SW_CLAIM_SET;
	a->cold.claim[0] =
	    (struct sw_claim){ .end = FAR_C, .ack = FAR_S, .window = 3000 };
	a->cold.claim[1] = (struct sw_claim){
		.end = FAR_S + 100, .ack = FAR_C, .window = 60000
	};
}

START_TEST(both_claims_are_adopted)
{
	struct astray a;

	set_claims(&a);
	sw_claim_adopt(&a.lost, &a.flow);
	astray_check(&a.flow, 0,
	    (struct sw_peer){ FAR_C, FAR_C + 60000, 3000, FAR_S },
	    SW_PEER_SACK | SW_PEER_ACKED);
	astray_check(&a.flow, 1,
	    (struct sw_peer){ FAR_S + 100, FAR_S + 3000, S_WINDOW, FAR_C },
	    SW_PEER_ACKED | SW_PEER_UNACKED);
	ck_assert_uint_eq(a.flow.seen, NOW + 1);
	ck_assert_uint_eq(a.flow.last, SW_LAST_DIRECTION);
	ck_assert_uint_eq(a.flow.state, SW_STATE_ESTABLISHED);
	ck_assert(!(a.flow.flags & SW_FLOW_RESET));
}
END_TEST

/* What a receiver has by SACK may not be sent again, so it counts as sent. */
START_TEST(an_exact_acknowledgement_extends_what_was_sent)
{
	static const struct {
		uint32_t ack, sack;
		bool has_sack, agreed; /* on SACK, in the handshake */
		uint32_t end;
	} rows[] = {
		{ C_END - 100, C_END - 50, true, true, C_END },
		{ C_END + 1460, C_END + 9999, false, true, C_END + 1460 },
		{ C_END - 100, C_END + 1460, true, true, C_END + 1460 },
		{ C_END - 100, C_END + C_REACH, true, true, C_END + C_REACH },
		{ C_END - 100, C_END + 1460, true, false, C_END },
		{ C_END + 10, C_END + 1460, true, false, C_END + 10 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sw_tcp_segment segment =
		    astray_segment("A", S_END, rows[i].ack, 0);
		struct sw_flow before;
		struct astray a;

		astray_set(&a);
		if (rows[i].agreed)
			a.flow.peer_flags[0] |= SW_PEER_SACK;
		before = a.flow;
		segment.sack_edge = rows[i].sack;
		segment.has_sack = rows[i].has_sack;
		sw_claim_extend(&a.flow, 1, &segment);
		ck_assert_uint_eq(a.flow.peer[0].end, rows[i].end);
		ck_assert((int32_t)(a.flow.peer[0].maxend - rows[i].end) >= 0);
		a.flow.peer[0].end = before.peer[0].end;
		a.flow.peer[0].maxend = before.peer[0].maxend;
		ck_assert_mem_eq(&a.flow, &before, sizeof(before));
	}
}
END_TEST

/* The next byte of its side, and what is a little ahead of the other. */
START_TEST(exact_is_a_segment_in_its_very_place)
{
	struct sw_tcp_segment segment =
	    astray_segment("A", S_END, C_END + C_REACH, 0);
	struct astray a;

	astray_set(&a);
	ck_assert(sw_claim_is_exact(&a.flow, 1, &segment));
	segment.ack++;
	ck_assert(!sw_claim_is_exact(&a.flow, 1, &segment));
	segment.ack = C_END;
	for (uint32_t seq = S_END - 1; seq != S_END + 2; seq++) {
		segment.seq = seq;
		ck_assert_int_eq(
		    sw_claim_is_exact(&a.flow, 1, &segment), seq == S_END);
	}
	segment.seq = S_END;
	segment.kind = SW_TCP_FIN;
	ck_assert(!sw_claim_is_exact(&a.flow, 1, &segment));
}
END_TEST

/* A middlebox may rewrite numbers but not SACK; hosts ignore such an edge. */
START_TEST(exact_is_no_segment_with_a_sack_out_of_reach)
{
	struct sw_tcp_segment segment =
	    astray_segment("A", S_END, C_END - 100, 0);
	struct astray a;

	astray_set(&a);
	a.flow.peer_flags[0] |= SW_PEER_SACK;
	segment.has_sack = true;
	segment.sack_edge = C_END + C_REACH;
	ck_assert(sw_claim_is_exact(&a.flow, 1, &segment));
	segment.sack_edge++;
	ck_assert(!sw_claim_is_exact(&a.flow, 1, &segment));
	segment.sack_edge = segment.ack - 1;
	ck_assert(!sw_claim_is_exact(&a.flow, 1, &segment));
	a.flow.peer_flags[0] &= (uint8_t)~SW_PEER_SACK;
	ck_assert(sw_claim_is_exact(&a.flow, 1, &segment));
}
END_TEST

/* What is acknowledged was sent; a closed window takes one byte; and what was
 * granted reaches as far as what was sent at least. */
START_TEST(an_acknowledgement_shows_what_was_sent)
{
	struct astray a;

	set_claims(&a);
	a.flow.peer_flags[1] |= SW_PEER_UNACKED;
	a.cold.claim[0].ack = FAR_S + 101;
	a.cold.claim[0].window = 0;
	sw_claim_adopt(&a.lost, &a.flow);
	astray_check(&a.flow, 1,
	    (struct sw_peer){ FAR_S + 101, FAR_S + 102, S_WINDOW, FAR_C },
	    SW_PEER_ACKED);
	set_claims(&a);
	a.cold.claim[0].window = 20;
	sw_claim_adopt(&a.lost, &a.flow);
	astray_check(&a.flow, 1,
	    (struct sw_peer){ FAR_S + 100, FAR_S + 100, S_WINDOW, FAR_C },
	    SW_PEER_ACKED | SW_PEER_UNACKED);
}
END_TEST

START_TEST(a_fin_that_was_claimed_counts)
{
	for (unsigned side = 0; side < 2; side++) {
		struct astray a;

		set_claims(&a);
		a.history.ender = (uint8_t)!side;
		a.cold.claimed[side] |= SW_CLAIM_FIN;
		sw_claim_adopt(&a.lost, &a.flow);
		/* The server's end is acknowledged in part only. */
		ck_assert_uint_eq(a.flow.state,
		    side ? SW_STATE_FIN_WAIT : SW_STATE_CLOSE_WAIT);
		ck_assert_uint_eq(a.history.ender, side);
		ck_assert(a.flow.peer_flags[side] & SW_PEER_FIN);
		ck_assert(!(a.flow.peer_flags[!side] & SW_PEER_FIN));
	}
}
END_TEST

START_TEST(an_rst_that_was_claimed_counts_where_its_side_ends)
{
	for (unsigned side = 0; side < 2; side++) {
		struct astray a;

		set_claims(&a);
		a.history.ender = (uint8_t)!side;
		a.cold.claimed[side] |= SW_CLAIM_RST;
		sw_claim_adopt(&a.lost, &a.flow);
		ck_assert_uint_eq(a.flow.state, SW_STATE_CLOSE);
		ck_assert_uint_eq(a.history.ender, side);
		ck_assert(a.flow.flags & SW_FLOW_RESET);
		set_claims(&a);
		a.cold.claimed[side] |= SW_CLAIM_RST;
		a.cold.claim[!side].ack = a.cold.claim[side].end + 1;
		sw_claim_adopt(&a.lost, &a.flow);
		ck_assert_uint_eq(a.flow.state, SW_STATE_ESTABLISHED);
		ck_assert(!(a.flow.flags & SW_FLOW_RESET));
	}
}
END_TEST

/* FINs that were ahead of the former numbers are none of these. */
START_TEST(adopting_forgets_fins_ahead)
{
	struct astray a;

	set_claims(&a);
	a.flow.last |= SW_LAST_FINS_AHEAD;
	a.history.tsval[0] = a.history.tsval[1] = 1;
	sw_claim_adopt(&a.lost, &a.flow);
	ck_assert_uint_eq(a.flow.last & SW_LAST_FINS_AHEAD, 0);
	ck_assert_uint_eq(a.history.tsval[0] | a.history.tsval[1], 0);
}
END_TEST

/* The other side is where the one that was heard says. */
START_TEST(one_side_is_adopted_by_its_word)
{
	struct sw_tcp_segment segment =
	    astray_segment("PA", FAR_C - 10, FAR_S, 10);
	struct astray a;

	set_claims(&a);
	a.cold.claimed[1] = 0;
	a.cold.claimed[0] |= SW_CLAIM_FIN;
	sw_claim_adopt_one(&a.lost, &a.flow, 0, &segment);
	astray_check(&a.flow, 0,
	    (struct sw_peer){ FAR_C, FAR_C + S_WINDOW, 3000, FAR_S },
	    SW_PEER_SACK | SW_PEER_ACKED | SW_PEER_FIN);
	astray_check(&a.flow, 1,
	    (struct sw_peer){ FAR_S, FAR_S + 3000, S_WINDOW, FAR_C - 10 },
	    SW_PEER_ACKED);
	ck_assert_uint_eq(a.flow.seen, NOW + 1);
	ck_assert_uint_eq(a.flow.last, SW_LAST_DIRECTION);
	ck_assert_uint_eq(a.flow.state, SW_STATE_FIN_WAIT);

	set_claims(&a);
	a.cold.claimed[0] = 0;
	segment = astray_segment("PA", FAR_S, FAR_C, 100);
	sw_claim_adopt_one(&a.lost, &a.flow, 1, &segment);
	astray_check(&a.flow, 1,
	    (struct sw_peer){
		FAR_S + 100, FAR_S + 100 + C_WINDOW, S_WINDOW, FAR_C },
	    SW_PEER_ACKED);
	astray_check(&a.flow, 0,
	    (struct sw_peer){ FAR_C, FAR_C + 60000, C_WINDOW, FAR_S },
	    SW_PEER_SACK | SW_PEER_ACKED);
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("adoption");

	tcase_add_test(t, both_claims_are_adopted);
	tcase_add_test(t, an_exact_acknowledgement_extends_what_was_sent);
	tcase_add_test(t, exact_is_a_segment_in_its_very_place);
	tcase_add_test(t, exact_is_no_segment_with_a_sack_out_of_reach);
	tcase_add_test(t, an_acknowledgement_shows_what_was_sent);
	tcase_add_test(t, a_fin_that_was_claimed_counts);
	tcase_add_test(t, an_rst_that_was_claimed_counts_where_its_side_ends);
	tcase_add_test(t, adopting_forgets_fins_ahead);
	tcase_add_test(t, one_side_is_adopted_by_its_word);
	return run_case("tcp_adopt", t);
}
