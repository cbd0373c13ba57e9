/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Judges who know how the connection ended: each is asked about cases that
 * differ in one thing.  Those of silence: check_judge_silence.c.
 */

#include <check.h>

#include "court.h"
#include "runner.h"

#define EST SW_STATE_ESTABLISHED

/* --- the packet itself ----------------------------------------------------- */

START_TEST(flags_speak_for_themselves)
{
	struct court court;

	court_set(&court);
	COURT_SAYS(&court, sw_judge_flow_bad_flags, "");
	court.event.refused.message = SW_MESSAGE_BAD_FLAGS;
	COURT_SAYS(&court, sw_judge_flow_bad_flags, "high");
}
END_TEST

START_TEST(what_was_denied_before)
{
	struct court court;

	court_set(&court);
	COURT_SAYS(&court, sw_judge_flow_denied_before, "");
	court.event.refused.opens = true;
	COURT_SAYS(&court, sw_judge_flow_denied_before, "");
	court.event.refused.message = SW_MESSAGE_DENIED;
	COURT_SAYS(&court, sw_judge_flow_denied_before, "high");
	court.event.refused.opens = false;
	COURT_SAYS(&court, sw_judge_flow_denied_before, "");
	court.event.refused.was_denied = true;
	court.event.refused.message = SW_MESSAGE_NOT_SYN;
	COURT_SAYS(&court, sw_judge_flow_denied_before, "high");

	court_set(&court);
	court_tell(&court, SW_END_NOT, EST, 40);
	court.event.refused.message = SW_MESSAGE_DENIED;
	COURT_SAYS(&court, sw_judge_flow_denied_before, "high");
	court_tell(&court, SW_END_TIMEOUT, EST, 40);
	COURT_SAYS(&court, sw_judge_flow_denied_before, "");
	court.event.refused.was_denied = true;
	COURT_SAYS(&court, sw_judge_flow_denied_before, "high");
	court_tell(&court, SW_END_DENIED, EST, 40);
	COURT_SAYS(&court, sw_judge_flow_denied_before, "high ago=20");
	court_tell(&court, SW_END_MALFORMED, EST, 40);
	COURT_SAYS(&court, sw_judge_flow_denied_before, "high ago=20");
}
END_TEST

/* A datagram that answers too late looks like one that opens. */
START_TEST(a_late_answer_is_not_denied)
{
	struct court court;

	for (int answers = 0; answers < 2; answers++) {
		court_set(&court);
		court.c.tcp = false;
		court.event.refused.ends.proto = 17;
		court_tell(&court, SW_END_TIMEOUT, SW_STATE_UDP, 40);
		court.event.refused.message = SW_MESSAGE_DENIED;
		court.event.refused.opens = true;
		court.event.refused.from_opener = !answers;
		COURT_SAYS(
		    &court, sw_judge_flow_denied_before, answers ? "" : "high");
	}
}
END_TEST

/* Each of these makes it another packet than a late answer. */
START_TEST(what_makes_an_answer_late)
{
	struct sw_event event = { .kind = SW_EVENT_REFUSED };
	struct sw_refusal *refused = &event.refused;

	refused->has_flow = refused->opens = true;
	refused->ends.proto = event.info.opener.proto = 17;
	event.info.how = SW_END_TIMEOUT;
	ck_assert(sw_event_answers_late(&event));
	refused->has_flow = false;
	ck_assert(!sw_event_answers_late(&event));
	refused->has_flow = true;
	refused->opens = false;
	ck_assert(!sw_event_answers_late(&event));
	refused->opens = true;
	refused->from_opener = true;
	ck_assert(!sw_event_answers_late(&event));
	refused->from_opener = false;
	refused->ends.proto = 1;
	ck_assert(!sw_event_answers_late(&event));
	refused->ends.proto = event.info.opener.proto = 6;
	ck_assert(!sw_event_answers_late(&event));
	refused->ends.proto = event.info.opener.proto = 17;
	event.info.how = SW_END_DENIED;
	ck_assert(!sw_event_answers_late(&event));
}
END_TEST

START_TEST(what_cuts_a_timeout_short)
{
	struct sw_event event = { .kind = SW_EVENT_REFUSED };
	struct sw_refusal *refused = &event.refused;

	refused->has_flow = true;
	refused->unacknowledged = event.info.timeout = 300;
	refused->state_timeout = 300;
	event.info.unanswered = true;
	ck_assert(sw_event_cut_short(&event));
	refused->state_timeout = 299;
	ck_assert(!sw_event_cut_short(&event));
	refused->state_timeout = 7440;
	event.info.timeout = 301;
	ck_assert(!sw_event_cut_short(&event));
	event.info.timeout = 300;
	event.info.unanswered = false;
	ck_assert(!sw_event_cut_short(&event));
	event.info.unanswered = true;
	refused->has_flow = false;
	ck_assert(!sw_event_cut_short(&event));
}
END_TEST

/* --- stragglers ------------------------------------------------------------ */

static void
check_straggler(struct court *court, sw_judge judge)
{
	static const char *const soon[] = { "", "high ago=600",
		"high ago=600" };
	static const char *const late[] = { "", "low ago=601",
		"medium ago=601" };

	for (unsigned fit = SW_FIT_NONE; fit <= SW_FIT_EXACT; fit++) {
		court->c.fit = (enum sw_fit)fit;
		court->event.info.seen.ns =
		    (COURT_NOW - 600) * SW_NS_PER_SECOND;
		court_flags(court, "PA");
		COURT_SAYS(court, judge, soon[fit]);
		court->event.info.seen.ns -= SW_NS_PER_SECOND;
		COURT_SAYS(court, judge, late[fit]);
	}
	/* An RST need not fit. */
	court->c.fit = SW_FIT_NONE;
	court_flags(court, "R");
	COURT_SAYS(court, judge, "low ago=601");
	court->event.info.seen.ns += SW_NS_PER_SECOND;
	COURT_SAYS(court, judge, "low ago=600");
}

START_TEST(stragglers_of_what_was_reset_or_closed)
{
	for (unsigned how = 0; how <= SW_END_MALFORMED; how++) {
		struct court court;
		bool reset = how == SW_END_RESET || how == SW_END_REFUSED;
		bool closed = how == SW_END_CLOSED || how == SW_END_REUSED;

		court_set(&court);
		court_tell(&court, (enum sw_end)how, EST, 90);
		court.c.fit = SW_FIT_EXACT;
		COURT_SAYS(&court, sw_judge_flow_after_reset,
		    reset ? "high ago=90" : "");
		COURT_SAYS(&court, sw_judge_flow_late_close,
		    closed ? "high ago=90" : "");
		if (reset)
			check_straggler(&court, sw_judge_flow_after_reset);
		if (closed)
			check_straggler(&court, sw_judge_flow_late_close);
	}
}
END_TEST

START_TEST(a_half_closed_connection_went_silent)
{
	struct court court;

	for (unsigned state = 0; state < SW_STATE_COUNT; state++) {
		bool half = (state >= SW_STATE_FIN_WAIT &&
				state <= SW_STATE_TIME_WAIT) ||
			    (state >= SW_STATE_SCTP_SHUTDOWN_SENT &&
				state <= SW_STATE_SCTP_SHUTDOWN_ACK_SENT);

		court_set(&court);
		court_tell(&court, SW_END_TIMEOUT, (enum sw_state)state, 90);
		court.c.fit = SW_FIT_WINDOW;
		COURT_SAYS(&court, sw_judge_flow_late_close,
		    half ? "medium idle=90 timeout=60" : "");
		court.c.fit = SW_FIT_NONE;
		COURT_SAYS(&court, sw_judge_flow_late_close, "");
		court_flags(&court, "RA");
		COURT_SAYS(&court, sw_judge_flow_late_close,
		    half ? "low idle=90 timeout=60" : "");
	}
	court_set(&court);
	COURT_SAYS(&court, sw_judge_flow_late_close, "");
	COURT_SAYS(&court, sw_judge_flow_after_reset, "");
}
END_TEST

/* --- tags ------------------------------------------------------------------ */

START_TEST(a_wrong_tag_is_told)
{
	struct court court;

	court_set(&court);
	court.event.refused.message = SW_MESSAGE_NOT_OPENING;
	COURT_SAYS(&court, sw_judge_flow_out_of_window, "");
	court.event.refused.wrong_tag = true;
	COURT_SAYS(&court, sw_judge_flow_out_of_window, "high");
}
END_TEST

/* --- room ------------------------------------------------------------------ */

START_TEST(a_table_may_be_full)
{
	struct court court;

	court_set(&court);
	court.event.refused.message = SW_MESSAGE_TABLE_FULL;
	court.event.refused.limit = 300;
	COURT_SAYS(&court, sw_judge_flow_evicted, "high limit=300 +2000");
	court.event.refused.per_source = true;
	COURT_SAYS(&court, sw_judge_flow_evicted, "high limit=300 +600");
	court.event.refused.per_source = false;
	court.c.max_flows = 1u << 25;
	COURT_SAYS(&court, sw_judge_flow_evicted, "high limit=300 +67108864");
	court.c.max_flows = (1u << 25) + 1;
	COURT_SAYS(&court, sw_judge_flow_evicted, "high limit=300");
}
END_TEST

START_TEST(who_made_room)
{
	for (unsigned how = 0; how <= SW_END_MALFORMED; how++) {
		struct court court;
		bool made = how == SW_END_EVICTED || how == SW_END_KILLED ||
			    how == SW_END_FULL;

		court_set(&court);
		COURT_SAYS(&court, sw_judge_flow_evicted, "");
		court_tell(&court, (enum sw_end)how, EST, 90);
		COURT_SAYS(&court, sw_judge_flow_evicted,
		    made ? "high ago=45 +2000" : "");
	}
}
END_TEST

/* --- ports used again ------------------------------------------------------ */

START_TEST(ports_are_used_again_after_an_end)
{
	struct court court;

	for (unsigned how = 0; how <= SW_END_MALFORMED; how++) {
		bool over = how == SW_END_CLOSED || how == SW_END_RESET ||
			    how == SW_END_REFUSED || how == SW_END_REUSED;

		court_set(&court);
		court_tell(&court, (enum sw_end)how, EST, 90);
		COURT_SAYS(&court, sw_judge_flow_port_reuse,
		    over ? "medium ago=90" : "");
		court.event.info.state = SW_STATE_FIN_WAIT;
		COURT_SAYS(&court, sw_judge_flow_port_reuse, "medium ago=90");
	}
	court_set(&court);
	COURT_SAYS(&court, sw_judge_flow_port_reuse, "");
	court_tell(&court, SW_END_CLOSED, EST, 90);
	court.event.refused.seq = 1001;
	COURT_SAYS(&court, sw_judge_flow_port_reuse, "high ago=90");
	court.c.side = 1;
	COURT_SAYS(&court, sw_judge_flow_port_reuse, "medium ago=90");
	court.c.side = 0;
	court.c.fit = SW_FIT_WINDOW;
	COURT_SAYS(&court, sw_judge_flow_port_reuse, "");
	court.c.fit = SW_FIT_NONE;
	court_flags(&court, "R");
	COURT_SAYS(&court, sw_judge_flow_port_reuse, "");
	court_flags(&court, "A");
	court_tell(&court, SW_END_CLOSED, EST, 240);
	COURT_SAYS(&court, sw_judge_flow_port_reuse, "high ago=240");
	court_tell(&court, SW_END_CLOSED, EST, 241);
	COURT_SAYS(&court, sw_judge_flow_port_reuse, "");
}
END_TEST

START_TEST(other_messages_tell_of_no_ports)
{
	struct court court;

	court_set(&court);
	court_tell(&court, SW_END_CLOSED, EST, 90);
	court.event.refused.message = SW_MESSAGE_BAD_FLAGS;
	COURT_SAYS(&court, sw_judge_flow_port_reuse, "");
	court.event.refused.message = SW_MESSAGE_TABLE_FULL;
	COURT_SAYS(&court, sw_judge_flow_port_reuse, "");
	court.event.refused.message = SW_MESSAGE_OUT_OF_WINDOW;
	COURT_SAYS(&court, sw_judge_flow_port_reuse, "medium ago=90");
	court.c.tcp = false;
	COURT_SAYS(&court, sw_judge_flow_port_reuse, "");
}
END_TEST

START_TEST(a_handshake_meets_a_live_connection)
{
	static const struct {
		const char *flags;
		unsigned side;
		enum sw_fit fit;
		bool both;
	} rows[] = {
		{ "S", 0, SW_FIT_EXACT, true },
		{ "SA", 0, SW_FIT_EXACT, true },
		{ "FA", 1, SW_FIT_NONE, true },
		{ "FA", 1, SW_FIT_WINDOW, false },
		{ "FA", 0, SW_FIT_NONE, false },
		{ "A", 1, SW_FIT_NONE, false },
		{ "R", 1, SW_FIT_NONE, false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct court court;

		court_set(&court);
		court_tell(&court, SW_END_NOT, EST, 5);
		court_flags(&court, rows[i].flags);
		court.c.side = rows[i].side;
		court.c.fit = rows[i].fit;
		COURT_SAYS(&court, sw_judge_flow_port_reuse,
		    rows[i].both ? "medium" : "");
		court.event.refused.message = SW_MESSAGE_OUT_OF_WINDOW;
		COURT_SAYS(&court, sw_judge_flow_port_reuse, "");
		court.event.refused.message = SW_MESSAGE_NOT_SYN;
		court.event.info.how = SW_END_EVICTED;
		COURT_SAYS(&court, sw_judge_flow_port_reuse, "");
	}
}
END_TEST

/* --- windows --------------------------------------------------------------- */

START_TEST(out_of_window_by_how_much)
{
	static const struct {
		int32_t beyond;
		uint32_t edge; /* of the client */
		const char *expected;
	} rows[] = {
		{ 0, 1000, "medium" },
		{ 1, 1000, "medium ahead=1" },
		{ 65535, 1000, "medium ahead=65535" },
		{ 65536, 1000, "high ahead=65536" },
		{ -65535, 1000, "medium behind=65535" },
		{ -65536, 1000, "high behind=65536" },
		{ 65536, 1000 + 65536, "medium ahead=65536" },
		{ 65537, 1000 + 65536, "high ahead=65537" },
		{ -65536, 1000 + 65536, "medium behind=65536" },
		{ INT32_MIN, 1000, "high behind=2147483648" },
	};
	struct court court;

	court_set(&court);
	court.event.refused.message = SW_MESSAGE_OUT_OF_WINDOW;
	COURT_SAYS(&court, sw_judge_flow_out_of_window, "");
	court_tell(&court, SW_END_NOT, EST, 5);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		court.event.refused.beyond = rows[i].beyond;
		court.event.info.side[0].edge = rows[i].edge;
		COURT_SAYS(
		    &court, sw_judge_flow_out_of_window, rows[i].expected);
	}
	court.event.refused.beyond = 3;
	court.event.refused.unseen = 900;
	COURT_SAYS(
	    &court, sw_judge_flow_out_of_window, "medium ahead=3 unseen=900");
	court.event.refused.message = SW_MESSAGE_NOT_SYN;
	COURT_SAYS(&court, sw_judge_flow_out_of_window, "");
}
END_TEST

START_TEST(an_entry_ended_that_was_out_of_step)
{
	struct court court;

	court_set(&court);
	COURT_SAYS(&court, sw_judge_flow_out_of_window, "");
	court_tell(&court, SW_END_TIMEOUT, EST, 90);
	COURT_SAYS(&court, sw_judge_flow_out_of_window, "");
	court.event.info.lost = true;
	COURT_SAYS(&court, sw_judge_flow_out_of_window, "medium ago=90");
	court.c.tcp = false;
	COURT_SAYS(&court, sw_judge_flow_out_of_window, "");
	court.c.tcp = true;
	court.event.info.how = SW_END_RESET;
	COURT_SAYS(&court, sw_judge_flow_out_of_window, "");
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("story");

	tcase_add_test(t, flags_speak_for_themselves);
	tcase_add_test(t, what_was_denied_before);
	tcase_add_test(t, a_late_answer_is_not_denied);
	tcase_add_test(t, what_cuts_a_timeout_short);
	tcase_add_test(t, what_makes_an_answer_late);
	tcase_add_test(t, stragglers_of_what_was_reset_or_closed);
	tcase_add_test(t, a_half_closed_connection_went_silent);
	tcase_add_test(t, a_wrong_tag_is_told);
	tcase_add_test(t, a_table_may_be_full);
	tcase_add_test(t, who_made_room);
	tcase_add_test(t, ports_are_used_again_after_an_end);
	tcase_add_test(t, other_messages_tell_of_no_ports);
	tcase_add_test(t, a_handshake_meets_a_live_connection);
	tcase_add_test(t, out_of_window_by_how_much);
	tcase_add_test(t, an_entry_ended_that_was_out_of_step);
	return run_case("judge_flow", t);
}
