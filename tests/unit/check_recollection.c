/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a case is put together from what is remembered: the story and whether
 * it is this connection's, what is known of the source and of the way back.
 */

#include <check.h>

#include "build.h"
#include "recall.h"
#include "runner.h"
#include "synward/diagnose.h"

/* --- the story ------------------------------------------------------------- */

START_TEST(a_case_repeats_what_is_given)
{
	recall_packet(1, 40000, 2, 80, "A");
	recall_make(10);
	ck_assert_ptr_eq(recall.c.event, &recall.event);
	ck_assert_ptr_eq(recall.c.packet, &recall.event.refused);
	ck_assert_uint_eq(recall.c.now.ns, recall_at(10).ns);
	ck_assert(recall.c.tcp);
	ck_assert_ptr_null(recall.c.info);
	ck_assert_uint_eq(recall.c.side, 1);
	ck_assert_uint_eq(recall.c.max_flows, 77);
	ck_assert(!recall.c.reused);
	ck_assert_uint_eq(recall.c.way, 0);
	recall_packet(2, 80, 1, 40000, "A");
	recall_make(11);
	ck_assert_uint_eq(recall.c.way, 1);
	ck_assert_uint_eq(sw_trace_packets(recall.c.trace), 2);
	recall_packet(1, 40000, 2, 80, "A");
	recall_tell(SW_END_NOT, SW_STATE_ESTABLISHED, 5);
	recall_make(12);
	ck_assert_ptr_eq(recall.c.info, &recall.event.info);
	ck_assert_uint_eq(recall.c.side, 0);
	ck_assert_int_eq(recall.c.fit, SW_FIT_EXACT);
	/* Another story begins another trace. */
	ck_assert_uint_eq(sw_trace_packets(recall.c.trace), 1);
	recall_packet(1, 40000, 2, 80, "A")->ends.proto = 17;
	recall_make(13);
	ck_assert(!recall.c.tcp);
}
END_TEST

START_TEST(a_foreign_packet_has_no_story)
{
	static const struct {
		enum sw_end how;
		enum sw_state state;
		uint32_t seq;
		uint64_t silence; /* ms */
		bool reused;
	} rows[] = {
		{ SW_END_TIMEOUT, SW_STATE_ESTABLISHED, 1000, 90000, false },
		{ SW_END_TIMEOUT, SW_STATE_ESTABLISHED, 9000000, 90000, true },
		{ SW_END_TIMEOUT, SW_STATE_SYN_SENT, 9000000, 90000, true },
		{ SW_END_TIMEOUT, SW_STATE_FIN_WAIT, 9000000, 90000, false },
		{ SW_END_NOT, SW_STATE_ESTABLISHED, 9000000, 90000, false },
		{ SW_END_CLOSED, SW_STATE_TIME_WAIT, 9000000, 300000, false },
		{ SW_END_CLOSED, SW_STATE_TIME_WAIT, 9000000, 300001, true },
		{ SW_END_CLOSED, SW_STATE_TIME_WAIT, 1000, 300001, false },
		{ SW_END_RESET, SW_STATE_ESTABLISHED, 9000000, 1000, false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		recall_packet(1, (uint16_t)(40000 + i), 2, 80, "PA")->seq =
		    rows[i].seq;
		recall_tell(rows[i].how, rows[i].state, 1000);
		recall_make(1000 + rows[i].silence);
		ck_assert_msg(
		    recall.c.reused == rows[i].reused, "row %zu", i + 1);
		ck_assert_msg(
		    !recall.c.info == rows[i].reused, "row %zu", i + 1);
	}
	/* A reset for idling is no packet of its tuple. */
	recall_packet(1, 50000, 2, 80, "PA")->seq = 9000000;
	recall.event.refused.message = SW_MESSAGE_IDLE_RESET;
	recall_tell(SW_END_TIMEOUT, SW_STATE_ESTABLISHED, 1000);
	recall_make(90000);
	ck_assert(!recall.c.reused);
	ck_assert_ptr_nonnull(recall.c.info);
}
END_TEST

/* Without TCP an answer that is late belongs for two hours. */
START_TEST(a_late_answer_has_its_story)
{
	for (unsigned late = 0; late < 2; late++) {
		struct sw_refusal *refused =
		    recall_packet(2, 53, 1, (uint16_t)(40000 + late), "-");

		refused->ends.proto = 17;
		refused->opens = true;
		recall_tell(SW_END_TIMEOUT, SW_STATE_UDP, 1000);
		refused->from_opener = false;
		recall_make(1000 + 7440000 + late);
		ck_assert(recall.c.reused == late);
	}
}
END_TEST

/* What went on where a packet did that fitted fits as well. */
START_TEST(a_fit_is_inherited)
{
	recall_packet(1, 40000, 2, 80, "PA")->payload = 100;
	recall_tell(SW_END_RESET, SW_STATE_ESTABLISHED, 1000);
	recall_make_and_close(2000, SW_CAUSE_AFTER_RESET);
	ck_assert_int_eq(recall.c.fit, SW_FIT_EXACT);
	recall_packet(1, 40000, 2, 80, "PA")->seq = 1100;
	recall_tell(SW_END_RESET, SW_STATE_ESTABLISHED, 1000);
	recall_make_and_close(2100, SW_CAUSE_AFTER_RESET);
	ck_assert_int_eq(recall.c.fit, SW_FIT_EXACT);
	recall_packet(1, 40000, 2, 80, "PA")->seq = 9000000;
	recall_tell(SW_END_RESET, SW_STATE_ESTABLISHED, 1000);
	recall_make_and_close(2200, SW_CAUSE_AFTER_RESET);
	ck_assert_int_eq(recall.c.fit, SW_FIT_NONE);
}
END_TEST

/* --- what it quotes -------------------------------------------------------- */

START_TEST(an_error_quotes_what_was_judged)
{
	struct sw_endpoints quoted;

	recall_packet(1, 40000, 2, 80, "A");
	quoted = recall.event.refused.ends;
	recall_make_and_close(10, SW_CAUSE_GAP);
	ck_assert_int_eq(recall.c.quoted, SW_CAUSE_UNKNOWN);
	recall_packet(3, 0, 1, 0, "-")->quote = quoted;
	recall_make(20);
	ck_assert_int_eq(recall.c.quoted, SW_CAUSE_GAP);
	quoted.sport++;
	recall_packet(3, 0, 1, 0, "-")->quote = quoted;
	recall_make(30);
	ck_assert_int_eq(recall.c.quoted, SW_CAUSE_UNKNOWN);
}
END_TEST

/* --- the source ------------------------------------------------------------ */

static uint32_t
targets_of(uint16_t sport, uint16_t dport, const char *flags)
{
	static unsigned host = 10;

	recall_packet(++host, sport, 2, dport, flags);
	recall_make(10);
	ck_assert_ptr_nonnull(recall.c.source);
	return sw_scan_source_targets(recall.c.source);
}

START_TEST(a_target_is_a_servers_port)
{
	ck_assert_uint_eq(targets_of(40000, 80, "A"), 1);
	ck_assert_uint_eq(targets_of(80, 40000, "A"), 0);
	ck_assert_uint_eq(targets_of(80, 1023, "A"), 1);
	ck_assert_uint_eq(targets_of(80, 1024, "A"), 0);
	ck_assert_uint_eq(targets_of(2001, 2000, "A"), 1);
	ck_assert_uint_eq(targets_of(2000, 2000, "A"), 0);
	ck_assert_uint_eq(targets_of(60000, 32767, "A"), 1);
	ck_assert_uint_eq(targets_of(60000, 32768, "A"), 0);
	ck_assert_uint_eq(targets_of(40000, 80, "SA"), 0);
	ck_assert_uint_eq(targets_of(40000, 80, "R"), 0);
}
END_TEST

START_TEST(only_strange_segments_tell_of_a_source)
{
	recall_packet(1, 40000, 2, 80, "A");
	recall_tell(SW_END_NOT, SW_STATE_ESTABLISHED, 0);
	recall_make(10);
	ck_assert_ptr_null(recall.c.source);
	recall_packet(1, 40000, 2, 80, "A")->ends.proto = 17;
	recall_make(10);
	ck_assert_ptr_null(recall.c.source);
	ck_assert(!recall.c.odd_source);
	recall_packet(1, 40000, 2, 80, "A")->message = SW_MESSAGE_BAD_FLAGS;
	recall_make(20);
	ck_assert(recall.c.odd_source);
	recall_packet(1, 40001, 2, 80, "A");
	recall_make(30);
	ck_assert(recall.c.odd_source);
	recall_packet(3, 40001, 2, 80, "A");
	recall_make(40);
	ck_assert(!recall.c.odd_source);
}
END_TEST

/* --- what worked ----------------------------------------------------------- */

static void
learn(enum sw_event_kind kind, unsigned out, unsigned back_in)
{
	struct sw_event learned = { .kind = (uint8_t)kind,
		.time = recall_at(0) };

	learned.info.opener = build_ends("10.0.0.1", 40000, "10.0.0.2", 80, 6);
	learned.info.out = out;
	learned.info.back_in = back_in;
	learned.info.how = SW_END_TIMEOUT;
	learned.info.state = SW_STATE_SYN_SENT;
	sw_case_learn(recall.memory, &learned);
}

START_TEST(who_opened_is_remembered)
{
	recall_packet(2, 80, 1, 40000, "SA");
	recall_make(10);
	ck_assert(!recall.c.addressee_opened);
	learn(SW_EVENT_OPENED, 2, 2);
	recall_packet(2, 80, 1, 40000, "SA");
	recall_make(20);
	ck_assert(recall.c.addressee_opened);
	recall_packet(1, 40000, 2, 80, "A");
	recall_make(30);
	ck_assert(!recall.c.addressee_opened);
}
END_TEST

/* A service that answered is one, whatever its port. */
START_TEST(a_service_that_worked_is_known)
{
	struct sw_event learned = { .kind = SW_EVENT_ESTABLISHED,
		.time = recall_at(0) };

	ck_assert_uint_eq(targets_of(1500, 9000, "A"), 0);
	learned.info.opener = build_ends("10.0.0.1", 1500, "10.0.0.2", 9000, 6);
	sw_case_learn(recall.memory, &learned);
	ck_assert_uint_eq(targets_of(1500, 9000, "A"), 1);
	recall_packet(2, 9000, 9, 80, "A");
	recall_make(20);
	ck_assert_uint_eq(sw_scan_source_targets(recall.c.source), 0);
}
END_TEST

START_TEST(syns_that_timed_out_are_counted)
{
	learn(SW_EVENT_ENDED, 2, 2);
	learn(SW_EVENT_ENDED, 2, 2);
	recall_packet(1, 40001, 2, 80, "A");
	recall_make(10);
	ck_assert_uint_eq(recall.c.half->embryos, 2);
	for (int i = 0; i < 2; i++) {
		struct sw_event learned = { .kind = SW_EVENT_ENDED,
			.time = recall_at(0) };

		learned.info.opener =
		    build_ends("10.0.0.1", 40000, "10.0.0.2", 80, 6);
		learned.info.how = i ? SW_END_RESET : SW_END_TIMEOUT;
		learned.info.state =
		    i ? SW_STATE_SYN_SENT : SW_STATE_ESTABLISHED;
		sw_case_learn(recall.memory, &learned);
	}
	learn(SW_EVENT_REFUSED, 2, 2);
	learn(SW_EVENT_OPENED, 2, 2);
	recall_packet(1, 40001, 2, 80, "A");
	recall_make(20);
	ck_assert_uint_eq(recall.c.half->embryos, 2);
}
END_TEST

/* --- detours --------------------------------------------------------------- */

static enum sw_detour
detour(unsigned in, unsigned out, unsigned route, bool doubted)
{
	recall_packet(2, 80, 1, 40000, "A");
	recall.event.in = in;
	recall.event.out = out;
	recall.event.route = route;
	recall.event.route_doubted = doubted;
	recall_make(10);
	return recall.c.detour;
}

START_TEST(a_route_leads_elsewhere)
{
	ck_assert_int_eq(detour(2, 1, 3, false), SW_DETOUR_SURE);
	ck_assert_int_eq(detour(2, 1, 3, true), SW_DETOUR_DOUBTED);
	ck_assert_int_eq(detour(2, 1, 0, false), SW_DETOUR_NOT);
	ck_assert_int_eq(detour(0, 1, 3, false), SW_DETOUR_NOT);
	ck_assert_int_eq(detour(3, 1, 3, false), SW_DETOUR_NOT);
	ck_assert_int_eq(detour(2, 2, 3, false), SW_DETOUR_NOT);
}
END_TEST

START_TEST(what_works_outweighs_a_route)
{
	learn(SW_EVENT_ESTABLISHED, 3, 2);
	ck_assert_int_eq(detour(2, 1, 3, false), SW_DETOUR_NOT);
	ck_assert_int_eq(detour(4, 1, 3, false), SW_DETOUR_SURE);
	/* Both ways by interface 4, with this host or with another. */
	learn(SW_EVENT_ESTABLISHED, 4, 4);
	ck_assert_int_eq(detour(4, 1, 3, false), SW_DETOUR_NOT);
	recall_packet(7, 80, 1, 40000, "A");
	recall.event.in = 4;
	recall.event.route = 3;
	recall_make(20);
	ck_assert_int_eq(recall.c.detour, SW_DETOUR_DOUBTED);
}
END_TEST

/* Without an interface nothing is known of a place. */
START_TEST(no_interface_is_no_place)
{
	learn(SW_EVENT_ESTABLISHED, 0, 0);
	ck_assert_int_eq(detour(2, 1, 3, false), SW_DETOUR_SURE);
}
END_TEST

/* --- inherited ------------------------------------------------------------- */

/* A packet of which no judge knows anything. */
static void
say_nothing(struct sw_diagnose *diagnose, uint16_t port)
{
	recall_packet(1, port, 2, 80, "PA")->message = SW_MESSAGE_OUT_OF_WINDOW;
	recall.event.time = recall_at(20);
	sw_diagnose_judge(diagnose, &recall.event);
}

START_TEST(a_cause_is_inherited_by_what_says_nothing)
{
	struct sw_diagnose_config config = { .start = recall_at(0) };
	struct sw_diagnose *diagnose = sw_diagnose_create(&config);
	const struct sw_judgement *judgement = &recall.event.judgement;

	ck_assert_ptr_nonnull(diagnose);
	say_nothing(diagnose, 40000);
	ck_assert_int_eq(judgement->cause, SW_CAUSE_UNKNOWN);
	ck_assert_uint_eq(judgement->evidences, 0);
	recall_packet(1, 40001, 2, 80, "PA")->message = SW_MESSAGE_BAD_FLAGS;
	recall.event.time = recall_at(10);
	sw_diagnose_judge(diagnose, &recall.event);
	ck_assert_int_eq(judgement->cause, SW_CAUSE_BAD_FLAGS);
	ck_assert_int_eq(judgement->confidence, SW_CONF_HIGH);
	say_nothing(diagnose, 40001);
	ck_assert_int_eq(judgement->cause, SW_CAUSE_BAD_FLAGS);
	ck_assert_int_eq(judgement->confidence, SW_CONF_LOW);
	ck_assert_uint_eq(judgement->evidences, 1);
	ck_assert_int_eq(judgement->evidence[0].key, SW_EVIDENCE_PACKETS);
	ck_assert_int_eq(judgement->evidence[0].value, 2);
	sw_diagnose_destroy(diagnose);
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("cases");

	tcase_add_checked_fixture(t, recall_begin, recall_end);
	tcase_add_test(t, a_case_repeats_what_is_given);
	tcase_add_test(t, a_foreign_packet_has_no_story);
	tcase_add_test(t, a_late_answer_has_its_story);
	tcase_add_test(t, a_fit_is_inherited);
	tcase_add_test(t, an_error_quotes_what_was_judged);
	tcase_add_test(t, a_target_is_a_servers_port);
	tcase_add_test(t, only_strange_segments_tell_of_a_source);
	tcase_add_test(t, who_opened_is_remembered);
	tcase_add_test(t, a_service_that_worked_is_known);
	tcase_add_test(t, syns_that_timed_out_are_counted);
	tcase_add_test(t, a_route_leads_elsewhere);
	tcase_add_test(t, what_works_outweighs_a_route);
	tcase_add_test(t, no_interface_is_no_place);
	tcase_add_test(t, a_cause_is_inherited_by_what_says_nothing);
	return run_case("recollection", t);
}
