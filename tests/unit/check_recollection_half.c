/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a case is put together from what is remembered: which half of a
 * connection is seen, and what is counted of services, interfaces and gaps.
 */

#include <check.h>

#include "build.h"
#include "recall.h"
#include "runner.h"

/* --- halves ---------------------------------------------------------------- */

START_TEST(an_answer_is_a_half)
{
	recall_packet(2, 80, 1, 40000, "SA");
	recall_make(10);
	ck_assert_int_eq(recall.c.half_kind, SW_HALF_ANSWER);
	recall_packet(1, 40000, 2, 80, "A")->seq = 5000;
	recall_make(20);
	ck_assert_int_eq(recall.c.half_kind, SW_HALF_NOT);
	/* Disowned by the other side. */
	recall_packet(2, 80, 1, 40001, "SA");
	recall_make(30);
	recall_packet(1, 40001, 2, 80, "R")->seq = 5000;
	recall_make(40);
	ck_assert(recall.c.trace->disowned);
	ck_assert_int_eq(recall.c.half_kind, SW_HALF_ANSWER);
	recall_packet(1, 40002, 2, 80, "PA");
	recall_make(50);
	ck_assert_int_eq(recall.c.half_kind, SW_HALF_NOT);
}
END_TEST

START_TEST(without_tcp_a_reply_is_a_half)
{
	for (unsigned answers = 0; answers < 2; answers++) {
		struct sw_refusal *refused = recall_packet(2, 7, 1, 7, "-");

		refused->ends.proto = 1;
		refused->message = SW_MESSAGE_NOT_OPENING;
		refused->answers = answers;
		recall_make(10);
		ck_assert_int_eq(
		    recall.c.half_kind, answers ? SW_HALF_ANSWER : SW_HALF_NOT);
	}
}
END_TEST

/* The client goes on although nobody answered it. */
static enum sw_half_kind
goes_on(const char *flags, enum sw_end how, enum sw_state state, uint32_t ack,
    enum sw_cause cause)
{
	static uint16_t port = 41000;
	struct sw_refusal *refused = recall_packet(1, ++port, 2, 80, flags);

	refused->ack = ack;
	recall_tell(how, state, 1000);
	recall.event.info.side[1].next = ack;
	recall_make_and_close(90000, cause);
	recall_packet(1, port, 2, 80, flags)->ack = ack;
	recall_tell(how, state, 1000);
	recall.event.info.side[1].next = ack;
	recall_make(90010);
	return recall.c.half_kind;
}

START_TEST(an_opener_may_go_on_unanswered)
{
	const enum sw_state sent = SW_STATE_SYN_SENT;
	const enum sw_cause gap = SW_CAUSE_GAP;

	ck_assert_int_eq(
	    goes_on("A", SW_END_NOT, sent, 5, gap), SW_HALF_OPENER);
	ck_assert_int_eq(
	    goes_on("FA", SW_END_TIMEOUT, sent, 5, gap), SW_HALF_OPENER);
	ck_assert_int_eq(goes_on("A", SW_END_RESET, sent, 5, gap), SW_HALF_NOT);
	ck_assert_int_eq(
	    goes_on("A", SW_END_NOT, SW_STATE_SYN_RECV, 5, gap), SW_HALF_NOT);
	ck_assert_int_eq(goes_on("A", SW_END_NOT, sent, 0, gap), SW_HALF_NOT);
	ck_assert_int_eq(goes_on("RA", SW_END_NOT, sent, 5, gap), SW_HALF_NOT);
	ck_assert_int_eq(
	    goes_on("A", SW_END_NOT, sent, 5, SW_CAUSE_EMBRYONIC_LATE),
	    SW_HALF_NOT);
	recall_packet(1, 40000, 2, 80, "A")->was_denied = true;
	recall_tell(SW_END_NOT, sent, 1000);
	recall_make(2000);
	ck_assert_int_eq(recall.c.half_kind, SW_HALF_NOT);
	recall_packet(1, 40001, 2, 80, "A")->seq = 90000000;
	recall_tell(SW_END_NOT, sent, 1000);
	recall_make(2000);
	ck_assert_int_eq(recall.c.half_kind, SW_HALF_NOT);
}
END_TEST

/* Captures have the ACK before the SYN/ACK at times. */
START_TEST(the_other_half_may_be_late)
{
	static const uint64_t moments[] = { 2000, 2019, 2020 };

	for (unsigned i = 0; i < 3; i++) {
		recall_packet(1, 40000, 2, 80, "A");
		recall_tell(SW_END_NOT, SW_STATE_SYN_SENT, 1000);
		recall_make(moments[i]);
		ck_assert(recall.c.early == (moments[i] < 2020));
		ck_assert_uint_eq(
		    recall.c.half->flows, moments[i] < 2020 ? 0 : 1);
	}
	for (uint32_t gain = 0; gain < 3; gain++) {
		recall_packet(1, 40001, 2, 80, "A")->ack = 5000 + gain;
		recall_tell(SW_END_NOT, SW_STATE_SYN_SENT, 1000);
		recall_make(2000);
		ck_assert(recall.c.early == (gain < 2));
	}
	recall_packet(1, 40002, 2, 80, "A");
	recall_tell(SW_END_TIMEOUT, SW_STATE_SYN_SENT, 1000);
	recall_make(2000);
	ck_assert(!recall.c.early);
}
END_TEST

/* --- counted --------------------------------------------------------------- */

/* Another client's SYN/ACK by the same server, and its interfaces. */
static void
answered(unsigned client, unsigned server, uint32_t length)
{
	recall_packet(server, 80, client, 40000, "SA")->length = length;
}

START_TEST(halves_are_counted_by_service)
{
	for (unsigned client = 1; client <= 3; client++) {
		answered(client, 100, 60);
		recall_make_and_close(10, SW_CAUSE_ASYMMETRIC);
		ck_assert_uint_eq(recall.c.half->flows, client);
		ck_assert_uint_eq(
		    sw_estimate_count(&recall.c.half->clients), client);
	}
	answered(3, 100, 60); /* once more */
	recall_make_and_close(20, SW_CAUSE_ASYMMETRIC);
	ck_assert_uint_eq(recall.c.half->flows, 3);
	ck_assert_uint_eq(recall.c.half->repeated, 1);
	ck_assert_uint_eq(recall.c.half->proven, 0);
	answered(3, 100, 60);
	recall_make_and_close(30, SW_CAUSE_ASYMMETRIC);
	ck_assert_uint_eq(recall.c.half->repeated, 1);
	recall_packet(100, 81, 1, 40000, "SA");
	recall_make(40);
	ck_assert_uint_eq(recall.c.half->flows, 1);
	answered(1, 101, 60);
	recall_make(50);
	ck_assert_uint_eq(recall.c.half->flows, 1);
}
END_TEST

START_TEST(halves_are_counted_by_interfaces)
{
	for (unsigned n = 1; n <= 4; n++) {
		answered(n, 100 + n, 60);
		recall_make_and_close(10, SW_CAUSE_ASYMMETRIC);
		ck_assert_uint_eq(recall.c.pair->flows, n);
		ck_assert_uint_eq(recall.c.pair->tuples, n);
		ck_assert_uint_eq(
		    sw_estimate_count(&recall.c.pair->clients), n);
		ck_assert_uint_eq(
		    sw_estimate_count(&recall.c.pair->servers), n);
	}
	ck_assert_uint_eq(recall.c.pair->repeated, 0);
	answered(4, 104, 60);
	recall_make_and_close(20, SW_CAUSE_ASYMMETRIC);
	ck_assert_uint_eq(recall.c.pair->flows, 4);
	ck_assert_uint_eq(recall.c.pair->tuples, 4);
	ck_assert_uint_eq(recall.c.pair->repeated, 1);
	ck_assert_uint_eq(recall.c.answers->repeated, 1);
	answered(9, 109, 60);
	recall.event.in = 5;
	recall_make(30);
	ck_assert_uint_eq(recall.c.pair->flows, 1);
	ck_assert_uint_eq(recall.c.pair->tuples, 1);
	answered(10, 109, 60);
	recall.event.out = 5;
	recall_make(40);
	ck_assert_uint_eq(recall.c.pair->flows, 1);
}
END_TEST

START_TEST(not_every_tuple_is_a_half)
{
	recall_packet(1, 40000, 2, 80, "PA");
	recall_make(10);
	ck_assert_uint_eq(recall.c.pair->tuples, 1);
	ck_assert_uint_eq(recall.c.pair->flows, 0);
	ck_assert_uint_eq(recall.c.half->flows, 0);
	recall_packet(1, 40001, 2, 80, "PA")->opens_nothing = true;
	recall_make(20);
	ck_assert_uint_eq(recall.c.pair->tuples, 1);
	recall_packet(1, 40002, 2, 80, "PA");
	recall_tell(SW_END_NOT, SW_STATE_ESTABLISHED, 0);
	recall_make(30);
	ck_assert_uint_eq(recall.c.pair->tuples, 1);
}
END_TEST

/* Who goes on after its answer has had one: proven, once. */
START_TEST(what_goes_on_is_proven)
{
	answered(1, 100, 60);
	recall_make_and_close(10, SW_CAUSE_ASYMMETRIC);
	ck_assert_uint_eq(recall.c.half->proven, 0);
	for (int i = 0; i < 2; i++) {
		recall_packet(100, 80, 1, 40000, "PA")->seq = 1001;
		recall_make_and_close(20, SW_CAUSE_ASYMMETRIC);
		ck_assert_uint_eq(recall.c.half->proven, 1);
		ck_assert_uint_eq(recall.c.pair->proven, 1);
		ck_assert_uint_eq(recall.c.answers->proven, 1);
		ck_assert_uint_eq(recall.c.half->flows, 1);
	}
}
END_TEST

START_TEST(disowned_answers_are_counted_once)
{
	answered(1, 100, 60);
	recall_make_and_close(10, SW_CAUSE_ASYMMETRIC);
	ck_assert_uint_eq(recall.c.pair->disowned, 0);
	for (int i = 0; i < 2; i++) {
		recall_packet(1, 40000, 100, 80, "R")->seq = 5000;
		recall.event.in = 1;
		recall_make_and_close(20, SW_CAUSE_BACKSCATTER);
		ck_assert_uint_eq(recall.c.pair->disowned, 1);
	}
}
END_TEST

/* By its length: with MSS alone, or with more options. */
START_TEST(answers_are_of_two_kinds)
{
	static const struct {
		const char *flags;
		unsigned length;
		uint8_t family;
		unsigned kind;
	} rows[] = {
		{ "SA", 44, SW_IPV4, SW_ANSWER_PLAIN },
		{ "SA", 45, SW_IPV4, SW_ANSWER_FULL },
		{ "SA", 64, SW_IPV6, SW_ANSWER_PLAIN },
		{ "SA", 65, SW_IPV6, SW_ANSWER_FULL },
		{ "RA", 60, SW_IPV4, SW_ANSWER_PLAIN },
	};
	uint32_t flows[SW_ANSWER_KINDS] = { 0 };

	for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct sw_refusal *refused =
		    recall_packet(100 + i, 80, 1, 40000, rows[i].flags);

		refused->ends.family = rows[i].family;
		refused->length = rows[i].length;
		recall_make(10);
		ck_assert_uint_eq(recall.c.trace->answer_kind, rows[i].kind);
		ck_assert_ptr_eq(
		    recall.c.answers, &recall.c.pair->answers[rows[i].kind]);
		ck_assert_uint_eq(
		    recall.c.answers->flows, ++flows[rows[i].kind]);
		ck_assert_uint_eq(sw_estimate_count(&recall.c.answers->servers),
		    flows[rows[i].kind]);
		ck_assert_uint_eq(
		    sw_estimate_count(&recall.c.answers->clients), 1);
	}
}
END_TEST

/* Without TCP what it answers is told by its type. */
START_TEST(replies_are_counted_by_type)
{
	for (unsigned i = 0; i < 3; i++) {
		struct sw_refusal *refused = recall_packet(
		    2, (uint16_t)(i + 1), 1, (uint16_t)(i + 1), "-");

		refused->ends.proto = 1;
		refused->answers = true;
		refused->icmp_type = i == 2 ? 14 : 0;
		recall_make(10);
		ck_assert_uint_eq(recall.c.half->flows, i == 2 ? 1 : i + 1);
	}
}
END_TEST

/* Towards the server or from it, a stream is counted with its service. */
START_TEST(a_stream_is_of_its_service)
{
	for (unsigned up = 0; up < 2; up++) {
		for (unsigned i = 0; i < 6; i++) {
			struct sw_refusal *refused =
			    up ? recall_packet(1, 40000, 2, 80, "PA")
			       : recall_packet(3, 80, 4, 40000, "PA");

			refused->payload = 100;
			refused->seq += i * 100;
			refused->ack += i * 100;
			recall_make_and_close(10000 * i, SW_CAUSE_ASYMMETRIC);
		}
		ck_assert_int_eq(recall.c.half_kind, SW_HALF_STREAM);
		ck_assert_uint_eq(recall.c.half->flows, 1);
		ck_assert_uint_eq(recall.c.half->proven, 1);
		recall_packet(up ? 2 : 3, 80, 9, 50000, "SA");
		recall_make(60000);
		ck_assert_uint_eq(recall.c.half->flows, 2);
		ck_assert_uint_eq(
		    sw_estimate_count(&recall.c.half->clients), 2);
	}
}
END_TEST

/* Whoever opened is the client, whatever the ports. */
START_TEST(an_opener_is_no_server)
{
	for (unsigned i = 1; i <= 2; i++) {
		recall_packet(i, 80, 3, 40000, "A");
		recall_tell(SW_END_TIMEOUT, SW_STATE_SYN_SENT, 1000);
		recall_make(90000);
		ck_assert_int_eq(recall.c.half_kind, SW_HALF_OPENER);
		ck_assert_uint_eq(recall.c.half->flows, i);
	}
}
END_TEST

/* --- gaps ------------------------------------------------------------------ */

START_TEST(strays_are_counted_that_show_life)
{
	recall_packet(1, 40000, 2, 80, "A");
	recall_make(1000);
	ck_assert_uint_eq(recall.c.strays, 0); /* a single probe */
	ck_assert_uint_eq(recall.c.gap, 1000);
	recall_packet(1, 40000, 2, 80, "A");
	recall_make(2000);
	ck_assert_uint_eq(recall.c.strays, 1);
	ck_assert_uint_eq(recall.c.gap, 1000); /* of the tuple's first */
	recall_packet(1, 40000, 2, 80, "A");
	recall_make(3000);
	ck_assert_uint_eq(recall.c.strays, 1);
	recall_packet(1, 40001, 2, 80, "PA")->payload = 1;
	recall_make(4000);
	ck_assert_uint_eq(recall.c.strays, 2);
	recall_packet(2, 80, 1, 40002, "SA");
	recall_make(5000);
	ck_assert_uint_eq(recall.c.strays, 3);
	recall_packet(1, 40003, 2, 80, "PA")->payload = 1;
	recall.event.refused.opens_nothing = true;
	recall_make(6000);
	recall_packet(1, 40004, 2, 80, "PA")->payload = 1;
	recall_tell(SW_END_NOT, SW_STATE_ESTABLISHED, 0);
	recall_make(7000);
	recall_packet(1, 40005, 2, 80, "PA")->payload = 1;
	recall.event.refused.message = SW_MESSAGE_BAD_FLAGS;
	recall_make(8000);
	ck_assert_uint_eq(recall.c.strays, 3);
}
END_TEST

/* Two hosts that open anew while no SYN is seen: no gap explains them. */
START_TEST(a_gap_stops_for_two_hosts)
{
	for (unsigned i = 0; i < 5; i++) {
		recall_packet(2, 80, 1, (uint16_t)(40000 + i), "SA");
		recall_make(10000 + i);
		ck_assert(recall.c.gap_stopped == (i >= 3));
	}
	recall_packet(1, 50000, 2, 80, "PA");
	recall_make(11000);
	ck_assert(recall.c.gap_stopped);
	recall_packet(3, 50000, 2, 80, "PA");
	recall_make(11000);
	ck_assert(!recall.c.gap_stopped);
}
END_TEST

START_TEST(a_gap_lies_inside_a_story)
{
	sw_gaps_add(&recall.memory->gaps, recall_at(5000));
	for (unsigned ms = 4999; ms <= 5001; ms++) {
		recall_packet(1, 40000, 2, 80, "PA");
		recall_tell(SW_END_NOT, SW_STATE_ESTABLISHED, ms);
		recall_make(9000);
		ck_assert(recall.c.gap_inside == (ms <= 5000));
	}
	recall_packet(1, 40000, 2, 80, "PA");
	recall_make(9000);
	ck_assert(!recall.c.gap_inside);
}
END_TEST

/* One tool's packets are alike, and each has another source. */
START_TEST(a_run_of_one_shape_is_a_flood)
{
	for (unsigned varied = 0; varied < 5; varied++) {
		for (unsigned i = 1; i < 200; i++) {
			struct sw_refusal *refused = recall_packet(
			    i, 40000, 250, (uint16_t)(1000 + varied), "A");

			refused->window = varied == 1 ? (uint16_t)i : 512;
			refused->payload = varied == 2;
			refused->length = varied == 3 ? 40 + i : 40;
			if (varied == 4 && i & 1)
				refused->tcp_flags |= SW_PSH;
			recall_make(100000 * varied + i);
		}
		ck_assert_msg(recall.c.flooded == !varied, "%u", varied);
	}
}
END_TEST

/* --- closed ---------------------------------------------------------------- */

START_TEST(a_verdict_is_kept)
{
	recall_packet(2, 80, 1, 40000, "SA");
	recall_make(10);
	ck_assert(!recall.c.trace->counted);
	sw_case_close(&recall.c, SW_CAUSE_BACKSCATTER);
	ck_assert_int_eq(recall.c.trace->cause, SW_CAUSE_BACKSCATTER);
	ck_assert(recall.c.trace->counted);
	recall_packet(1, 40001, 2, 80, "PA");
	recall_make_and_close(20, SW_CAUSE_GAP);
	ck_assert(!recall.c.trace->counted);
	ck_assert_int_eq(recall.c.trace->fit, SW_FIT_NONE);
	recall_packet(1, 40002, 2, 80, "A");
	recall_tell(SW_END_NOT, SW_STATE_SYN_SENT, 0);
	recall_make_and_close(30, SW_CAUSE_ASYMMETRIC);
	ck_assert(recall.c.early);
	ck_assert(!recall.c.trace->counted);
	ck_assert_int_eq(recall.c.trace->fit, SW_FIT_EXACT);
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("cases");

	tcase_add_checked_fixture(t, recall_begin, recall_end);
	tcase_add_test(t, an_answer_is_a_half);
	tcase_add_test(t, without_tcp_a_reply_is_a_half);
	tcase_add_test(t, an_opener_may_go_on_unanswered);
	tcase_add_test(t, the_other_half_may_be_late);
	tcase_add_test(t, halves_are_counted_by_service);
	tcase_add_test(t, halves_are_counted_by_interfaces);
	tcase_add_test(t, not_every_tuple_is_a_half);
	tcase_add_test(t, what_goes_on_is_proven);
	tcase_add_test(t, disowned_answers_are_counted_once);
	tcase_add_test(t, answers_are_of_two_kinds);
	tcase_add_test(t, replies_are_counted_by_type);
	tcase_add_test(t, a_stream_is_of_its_service);
	tcase_add_test(t, an_opener_is_no_server);
	tcase_add_test(t, strays_are_counted_that_show_life);
	tcase_add_test(t, a_gap_stops_for_two_hosts);
	tcase_add_test(t, a_gap_lies_inside_a_story);
	tcase_add_test(t, a_run_of_one_shape_is_a_flood);
	tcase_add_test(t, a_verdict_is_kept);
	return run_case("recollection_half", t);
}
