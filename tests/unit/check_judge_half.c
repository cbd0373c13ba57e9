/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Judges of connections of which a half is seen: a second path, or the echo of
 * what somebody else forged.
 */

#include <check.h>

#include "court.h"
#include "runner.h"

/* An answer to a SYN that was never seen. */
static void
set_answer(struct court *court, const char *flags)
{
	court_set(court);
	court_flags(court, flags);
	court->event.refused.payload = 0;
	court->event.refused.length = 60;
	court->trace.answer = court->trace.young = true;
	court->trace.answer_kind = SW_ANSWER_PLAIN;
	court->c.half_kind = SW_HALF_ANSWER;
	court->half.flows = 1;
}

/* Of the interfaces: so many halves, of so many clients. */
static void
group(struct court *court, uint32_t flows, uint32_t clients)
{
	court->pair.flows = flows;
	court_estimate(&court->pair.clients, clients);
}

/* --- asymmetric ------------------------------------------------------------ */

START_TEST(one_answer_may_be_either)
{
	struct court court;

	set_answer(&court, "SA");
	COURT_SAYS(&court, sw_judge_stray_asymmetric, "");
	court.trace.answer_kind = SW_ANSWER_FULL;
	COURT_SAYS(&court, sw_judge_stray_asymmetric, "low flows=1 clients=0");
	set_answer(&court, "SA");
	court.c.reused = true;
	COURT_SAYS(&court, sw_judge_stray_asymmetric, "low flows=1 clients=0");
	set_answer(&court, "SA");
	court.c.addressee_opened = true;
	COURT_SAYS(&court, sw_judge_stray_asymmetric, "");
	set_answer(&court, "RA");
	COURT_SAYS(&court, sw_judge_stray_asymmetric, "");
	court.c.addressee_opened = true;
	COURT_SAYS(&court, sw_judge_stray_asymmetric, "low flows=1 clients=0");
	set_answer(&court, "SA");
	court.trace.side[0].repeats = 2;
	COURT_SAYS(&court, sw_judge_stray_asymmetric,
	    "medium flows=1 clients=0 repeat=2");
	court.c.way = 1;
	COURT_SAYS(&court, sw_judge_stray_asymmetric, "");
	set_answer(&court, "SA");
	court.trace.goes_on = true;
	COURT_SAYS(
	    &court, sw_judge_stray_asymmetric, "medium flows=1 clients=0");
}
END_TEST

START_TEST(a_group_speaks_for_an_answer)
{
	struct court court;

	set_answer(&court, "SA");
	court.half.flows = 2;
	court_estimate(&court.half.clients, 5);
	group(&court, 3, 2);
	COURT_SAYS(
	    &court, sw_judge_stray_asymmetric, "medium flows=2 clients=5");
	court.half.repeated = 1;
	COURT_SAYS(&court, sw_judge_stray_asymmetric, "high flows=2 clients=5");
	court.half.repeated = 0;
	court.half.proven = 1;
	COURT_SAYS(&court, sw_judge_stray_asymmetric, "high flows=2 clients=5");
	group(&court, 2, 2);
	COURT_SAYS(&court, sw_judge_stray_asymmetric, "");
	group(&court, 3, 1);
	COURT_SAYS(&court, sw_judge_stray_asymmetric, "");
	group(&court, 3, 2);
	court.half.flows = 1;
	COURT_SAYS(&court, sw_judge_stray_asymmetric, "");
	court.trace.answer_kind = SW_ANSWER_FULL;
	COURT_SAYS(
	    &court, sw_judge_stray_asymmetric, "medium flows=1 clients=5");
	court.trace.goes_on = true;
	COURT_SAYS(&court, sw_judge_stray_asymmetric, "high flows=1 clients=5");
}
END_TEST

/* With MSS alone: nobody's client asks so, but the smallest do. */
START_TEST(an_answer_to_a_flood_is_nobodys)
{
	struct court court;

	for (unsigned v6 = 0; v6 < 2; v6++) {
		uint32_t bare = v6 ? 64 : 44;

		set_answer(&court, "SA");
		court.event.refused.ends.family = v6 ? SW_IPV6 : SW_IPV4;
		court.trace.side[0].repeats = 2;
		court.event.refused.length = bare;
		COURT_SAYS(&court, sw_judge_stray_asymmetric, "");
		court.event.refused.length = bare + 4;
		COURT_SAYS(&court, sw_judge_stray_asymmetric,
		    "medium flows=1 clients=0 repeat=2");
		court.event.refused.length = bare;
		court.c.addressee_opened = true;
		COURT_SAYS(&court, sw_judge_stray_asymmetric,
		    "medium flows=1 clients=0 repeat=2");
		court.c.addressee_opened = false;
		court.c.reused = true;
		COURT_SAYS(&court, sw_judge_stray_asymmetric,
		    "medium flows=1 clients=0 repeat=2");
		court.c.reused = false;
		court_flags(&court, "A");
		COURT_SAYS(&court, sw_judge_stray_asymmetric,
		    "medium flows=1 clients=0 repeat=2");
	}
}
END_TEST

START_TEST(other_halves_are_surer)
{
	struct court court;

	set_answer(&court, "A");
	court.c.half_kind = SW_HALF_STREAM;
	COURT_SAYS(
	    &court, sw_judge_stray_asymmetric, "medium flows=1 clients=0");
	group(&court, 3, 2);
	COURT_SAYS(&court, sw_judge_stray_asymmetric, "high flows=1 clients=0");
	court_tell(&court, SW_END_NOT, SW_STATE_SYN_SENT, 3);
	COURT_SAYS(&court, sw_judge_stray_asymmetric, "");
	court.c.half_kind = SW_HALF_OPENER;
	court.event.info.history[0] = 'S';
	COURT_SAYS(&court, sw_judge_stray_asymmetric, "high flows=1 clients=0");
	court.event.info.history[1] = 'h';
	COURT_SAYS(&court, sw_judge_stray_asymmetric, "low flows=1 clients=0");
	court.c.early = true;
	COURT_SAYS(&court, sw_judge_stray_asymmetric, "low");
	court.event.refused.message = SW_MESSAGE_DENIED;
	COURT_SAYS(&court, sw_judge_stray_asymmetric, "low");
	court.event.refused.message = SW_MESSAGE_OUT_OF_WINDOW;
	COURT_SAYS(&court, sw_judge_stray_asymmetric, "");
	court.event.refused.message = SW_MESSAGE_NOT_SYN;
	court.event.refused.opens_nothing = true;
	COURT_SAYS(&court, sw_judge_stray_asymmetric, "");
}
END_TEST

/* An RST alone is no half, unless the handshake's answer came before it. */
START_TEST(an_rst_is_no_half)
{
	struct court court;

	set_answer(&court, "R");
	court.c.addressee_opened = true;
	court.trace.young = false;
	COURT_SAYS(&court, sw_judge_stray_asymmetric, "");
	court.c.detour = SW_DETOUR_DOUBTED;
	COURT_SAYS(&court, sw_judge_stray_asymmetric, "low flows=1 clients=0");
	court.c.detour = SW_DETOUR_SURE;
	COURT_SAYS(&court, sw_judge_stray_asymmetric, "high flows=1 clients=0");
	court.c.detour = SW_DETOUR_NOT;
	court.trace.young = true;
	COURT_SAYS(&court, sw_judge_stray_asymmetric, "low flows=1 clients=0");
}
END_TEST

START_TEST(a_detour_tells_without_a_half)
{
	struct court court;

	court_set(&court);
	court.half.flows = 1;
	COURT_SAYS(&court, sw_judge_stray_asymmetric, "");
	court.c.detour = SW_DETOUR_DOUBTED;
	COURT_SAYS(&court, sw_judge_stray_asymmetric, "low flows=1 clients=0");
	court.c.detour = SW_DETOUR_SURE;
	COURT_SAYS(
	    &court, sw_judge_stray_asymmetric, "medium flows=1 clients=0");
	set_answer(&court, "SA");
	court.c.detour = SW_DETOUR_SURE;
	COURT_SAYS(&court, sw_judge_stray_asymmetric, "high flows=1 clients=0");
	court.c.detour = SW_DETOUR_DOUBTED;
	COURT_SAYS(&court, sw_judge_stray_asymmetric, "low flows=1 clients=0");
}
END_TEST

/* Of what passes between these interfaces only halves are seen. */
START_TEST(the_rest_of_a_pair_of_halves)
{
	struct court court;

	court_set(&court);
	court.half.flows = 1;
	court.pair.proven = court.pair.flows = 3;
	court.pair.tuples = 6;
	court_estimate(&court.pair.clients, 2);
	COURT_SAYS(
	    &court, sw_judge_stray_asymmetric, "medium flows=1 clients=0");
	COURT_SAYS(&court, sw_judge_stray_gap, "");
	court.pair.tuples = 7;
	COURT_SAYS(&court, sw_judge_stray_asymmetric, "");
	court.pair.tuples = 6;
	court.pair.proven = 2;
	COURT_SAYS(&court, sw_judge_stray_asymmetric, "");
	court.pair.proven = 3;
	court_estimate(&court.pair.clients, 1);
	COURT_SAYS(&court, sw_judge_stray_asymmetric, "");
	court_estimate(&court.pair.clients, 2);
	court.trace.side[1].packets = 1;
	COURT_SAYS(&court, sw_judge_stray_asymmetric, "");
	court.trace.side[1].packets = 0;
	court.c.tcp = false;
	COURT_SAYS(&court, sw_judge_stray_asymmetric, "");
	court.c.tcp = true;
	court.event.refused.opens = true;
	COURT_SAYS(&court, sw_judge_stray_asymmetric, "");
}
END_TEST

/* Hosts whose every SYN is missed. */
START_TEST(only_the_syn_is_missing)
{
	struct court court;

	court_set(&court);
	court.half.flows = 1;
	court.trace.young = true;
	court.trace.side[1].packets = 1;
	COURT_SAYS(&court, sw_judge_stray_asymmetric, "");
	court.c.gap_stopped = true;
	COURT_SAYS(&court, sw_judge_stray_asymmetric, "low flows=1 clients=0");
	court.trace.disowned = true;
	COURT_SAYS(&court, sw_judge_stray_asymmetric, "");
	court.trace.disowned = false;
	court.trace.side[1].packets = 0;
	COURT_SAYS(&court, sw_judge_stray_asymmetric, "");
	court.trace.side[1].packets = 1;
	court.trace.young = false;
	COURT_SAYS(&court, sw_judge_stray_asymmetric, "");
	court.trace.young = true;
	court.event.refused.opens = true;
	COURT_SAYS(&court, sw_judge_stray_asymmetric, "");
}
END_TEST

/* --- backscatter ----------------------------------------------------------- */

/* Answers of the kind: so many, of so many servers. */
static void
scatter(struct court *court, uint32_t flows, uint32_t servers)
{
	struct sw_answers *answers = &court->pair.answers[0];

	answers->flows = flows;
	court_estimate(&answers->servers, servers);
}

START_TEST(an_answer_that_nobody_asked_for)
{
	struct court court;

	set_answer(&court, "SA");
	scatter(&court, 2, 1);
	COURT_SAYS(&court, sw_judge_stray_backscatter, "low servers=1 flows=2");
	court.trace.answer = false;
	COURT_SAYS(&court, sw_judge_stray_backscatter, "");
	court_flags(&court, "R");
	COURT_SAYS(&court, sw_judge_stray_backscatter, "low servers=1 flows=2");
	court_flags(&court, "A");
	court.c.tcp = false;
	COURT_SAYS(&court, sw_judge_stray_backscatter, "low servers=1 flows=2");
	court.trace.goes_on = true;
	COURT_SAYS(&court, sw_judge_stray_backscatter, "");
	court.trace.goes_on = false;
	court.c.detour = SW_DETOUR_DOUBTED;
	COURT_SAYS(&court, sw_judge_stray_backscatter, "low servers=1 flows=2");
	court.c.detour = SW_DETOUR_SURE;
	COURT_SAYS(&court, sw_judge_stray_backscatter, "");
	set_answer(&court, "SA");
	court.c.half_kind = SW_HALF_STREAM;
	COURT_SAYS(&court, sw_judge_stray_backscatter, "");
	set_answer(&court, "SA");
	court_tell(&court, SW_END_RESET, SW_STATE_ESTABLISHED, 9);
	COURT_SAYS(&court, sw_judge_stray_backscatter, "");
}
END_TEST

START_TEST(disowned_answers_are_echoes)
{
	struct court court;

	set_answer(&court, "SA");
	court.trace.disowned = true;
	COURT_SAYS(
	    &court, sw_judge_stray_backscatter, "medium servers=0 flows=0");
	COURT_SAYS(&court, sw_judge_stray_gap, "");
	COURT_SAYS(&court, sw_judge_stray_asymmetric, "");
	court.pair.disowned = 4;
	COURT_SAYS(
	    &court, sw_judge_stray_backscatter, "medium servers=0 flows=0");
	court.pair.disowned = 5;
	COURT_SAYS(
	    &court, sw_judge_stray_backscatter, "high servers=0 flows=0");
	court.c.addressee_opened = true;
	COURT_SAYS(
	    &court, sw_judge_stray_backscatter, "medium servers=0 flows=0");
	court.c.addressee_opened = false;
	court.c.half_kind = SW_HALF_OPENER;
	COURT_SAYS(&court, sw_judge_stray_backscatter, "");
}
END_TEST

START_TEST(scattered_answers_are_echoes)
{
	struct court court;

	set_answer(&court, "SA");
	scatter(&court, 5, 5);
	COURT_SAYS(
	    &court, sw_judge_stray_backscatter, "medium servers=5 flows=5");
	scatter(&court, 9, 9);
	COURT_SAYS(
	    &court, sw_judge_stray_backscatter, "medium servers=9 flows=9");
	scatter(&court, 10, 10);
	COURT_SAYS(
	    &court, sw_judge_stray_backscatter, "high servers=10 flows=10");
	scatter(&court, 4, 4);
	COURT_SAYS(&court, sw_judge_stray_backscatter, "low servers=4 flows=4");
	court.pair.answers[0].were_scattered = true;
	COURT_SAYS(
	    &court, sw_judge_stray_backscatter, "high servers=4 flows=4");
	/* Of one kind only. */
	court.c.answers = &court.pair.answers[1];
	COURT_SAYS(&court, sw_judge_stray_backscatter, "low servers=0 flows=0");
}
END_TEST

static void
set_flood(struct court *court, uint32_t flows, uint32_t ms)
{
	set_answer(court, "SA");
	court->half.flows = flows;
	court->half.since = court->c.now.ns - ms * SW_NS_PER_MS;
}

START_TEST(a_flood_is_an_echo)
{
	struct court court;

	set_flood(&court, 32, 7999);
	COURT_SAYS(
	    &court, sw_judge_stray_backscatter, "medium servers=0 flows=0");
	set_flood(&court, 32, 8000);
	COURT_SAYS(&court, sw_judge_stray_backscatter, "low servers=0 flows=0");
	set_flood(&court, 31, 100);
	COURT_SAYS(&court, sw_judge_stray_backscatter, "low servers=0 flows=0");
	set_flood(&court, 32, 100);
	court.half.repeated = 7;
	court.half.proven = 7;
	COURT_SAYS(
	    &court, sw_judge_stray_backscatter, "medium servers=0 flows=0");
	court.half.repeated = 8;
	COURT_SAYS(&court, sw_judge_stray_backscatter, "low servers=0 flows=0");
	court.half.repeated = 7;
	court.half.proven = 8;
	COURT_SAYS(&court, sw_judge_stray_backscatter, "low servers=0 flows=0");
	set_flood(&court, 32, 100);
	court.c.detour = SW_DETOUR_SURE;
	COURT_SAYS(
	    &court, sw_judge_stray_asymmetric, "high flows=32 clients=0");
}
END_TEST

START_TEST(answers_with_mss_alone_are_echoes)
{
	struct court court;

	set_answer(&court, "SA");
	court.event.refused.length = 44;
	court.half.flows = 2;
	COURT_SAYS(&court, sw_judge_stray_backscatter, "low servers=0 flows=0");
	court.half.flows = 3;
	COURT_SAYS(
	    &court, sw_judge_stray_backscatter, "medium servers=0 flows=0");
}
END_TEST

START_TEST(a_scan_is_neither)
{
	struct court court;

	for (int scan = 0; scan < 2; scan++) {
		set_answer(&court, "RA");
		court.c.addressee_opened = true;
		court.trace.side[0].packets = 2;
		if (scan)
			court.trace.cause = SW_CAUSE_ACK_SCAN;
		COURT_SAYS(&court, sw_judge_stray_backscatter,
		    scan ? "" : "low servers=0 flows=0");
		COURT_SAYS(&court, sw_judge_stray_asymmetric,
		    scan ? "" : "low flows=1 clients=0");
	}
}
END_TEST

/* What was found to be asymmetric while its story lived. */
START_TEST(what_was_asymmetric_stays_so_for_an_opener)
{
	struct court court;

	set_answer(&court, "R");
	court_tell(&court, SW_END_NOT, SW_STATE_SYN_SENT, 3);
	court.c.half_kind = SW_HALF_OPENER;
	court.trace.young = false;
	court.trace.cause = SW_CAUSE_ASYMMETRIC;
	COURT_SAYS(&court, sw_judge_stray_asymmetric, "");
	court.trace.side[0].packets = 2;
	COURT_SAYS(&court, sw_judge_stray_asymmetric, "low");
	court.trace.cause = SW_CAUSE_GAP;
	COURT_SAYS(&court, sw_judge_stray_asymmetric, "");
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("half");

	tcase_add_test(t, one_answer_may_be_either);
	tcase_add_test(t, a_group_speaks_for_an_answer);
	tcase_add_test(t, an_answer_to_a_flood_is_nobodys);
	tcase_add_test(t, other_halves_are_surer);
	tcase_add_test(t, an_rst_is_no_half);
	tcase_add_test(t, a_detour_tells_without_a_half);
	tcase_add_test(t, the_rest_of_a_pair_of_halves);
	tcase_add_test(t, only_the_syn_is_missing);
	tcase_add_test(t, an_answer_that_nobody_asked_for);
	tcase_add_test(t, disowned_answers_are_echoes);
	tcase_add_test(t, scattered_answers_are_echoes);
	tcase_add_test(t, a_flood_is_an_echo);
	tcase_add_test(t, answers_with_mss_alone_are_echoes);
	tcase_add_test(t, a_scan_is_neither);
	tcase_add_test(t, what_was_asymmetric_stays_so_for_an_opener);
	return run_case("judge_half", t);
}
