/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Judges of connections that went silent: each is asked about cases that
 * differ in one thing.
 */

#include <check.h>
#include <string.h>

#include "court.h"
#include "runner.h"

#define EST SW_STATE_ESTABLISHED

/* --- silence --------------------------------------------------------------- */

START_TEST(silence_is_told_with_its_timeout)
{
	static const char *const by_fit[] = { "low idle=90 timeout=60",
		"medium idle=90 timeout=60", "high idle=90 timeout=60" };
	struct court court;

	court_set(&court);
	COURT_SAYS(&court, sw_judge_flow_idle_expired, "");
	for (unsigned fit = SW_FIT_NONE; fit <= SW_FIT_EXACT; fit++) {
		court_tell(&court, SW_END_TIMEOUT, EST, 90);
		court.c.fit = (enum sw_fit)fit;
		COURT_SAYS(&court, sw_judge_flow_idle_expired, by_fit[fit]);
	}
	/* Seconds are rounded. */
	court.event.info.seen.ns += SW_NS_PER_SECOND / 2 + 1;
	COURT_SAYS(
	    &court, sw_judge_flow_idle_expired, "high idle=89 timeout=60");
	court.event.info.seen.ns -= 1;
	COURT_SAYS(
	    &court, sw_judge_flow_idle_expired, "high idle=90 timeout=60");
	court.event.refused.message = SW_MESSAGE_DENIED;
	COURT_SAYS(
	    &court, sw_judge_flow_idle_expired, "high idle=90 timeout=60");
	court.event.refused.message = SW_MESSAGE_OUT_OF_WINDOW;
	COURT_SAYS(&court, sw_judge_flow_idle_expired, "");
}
END_TEST

START_TEST(silence_of_any_open_state)
{
	struct court court;

	for (unsigned state = 0; state < SW_STATE_COUNT; state++) {
		bool open = state == EST ||
			    state == SW_STATE_SCTP_ESTABLISHED ||
			    (state >= SW_STATE_UDP_UNREPLIED &&
				state <= SW_STATE_OTHER);

		court_set(&court);
		court_tell(&court, SW_END_TIMEOUT, (enum sw_state)state, 90);
		court.c.fit = SW_FIT_EXACT;
		COURT_SAYS(&court, sw_judge_flow_idle_expired,
		    open ? "high idle=90 timeout=60" : "");
		court_tell(&court, SW_END_CLOSED, (enum sw_state)state, 90);
		COURT_SAYS(&court, sw_judge_flow_idle_expired, "");
	}
	/* Its packets went on elsewhere. */
	court_tell(&court, SW_END_TIMEOUT, EST, 90);
	court.event.info.lost = true;
	COURT_SAYS(&court, sw_judge_flow_idle_expired, "");
}
END_TEST

START_TEST(an_idle_reset_needs_no_fit)
{
	struct court court;

	court_set(&court);
	court.event.refused.message = SW_MESSAGE_IDLE_RESET;
	COURT_SAYS(&court, sw_judge_flow_idle_expired, "");
	court_tell(&court, SW_END_NOT, EST, 70);
	court.trace.first = 0;
	COURT_SAYS(
	    &court, sw_judge_flow_idle_expired, "high idle=70 timeout=60");
}
END_TEST

/* A probe of the client that comes again. */
static void
set_keepalive(struct court *court, uint32_t repeats, uint32_t interval)
{
	court_set(court);
	court_tell(court, SW_END_TIMEOUT, EST, 90);
	court_flags(court, "A");
	court->c.fit = SW_FIT_EXACT;
	court->event.refused.seq = 999;
	court->event.refused.payload = 0;
	court->trace.side[0].repeats = repeats;
	court->trace.side[0].interval = interval;
	court->trace.side[0].interval_was = interval;
}

static void
check_keepalive(struct court *court, const char *expected)
{
	COURT_SAYS(court, sw_judge_flow_keepalive_dead, expected);
	COURT_SAYS(court, sw_judge_flow_idle_expired,
	    *expected ? "" : "high idle=90 timeout=60");
}

START_TEST(keepalives_come_at_steady_intervals)
{
	struct court court;

	set_keepalive(&court, 2, 900);
	check_keepalive(
	    &court, "medium interval=1 repeat=2 idle=90 timeout=60");
	set_keepalive(&court, 2, 899);
	check_keepalive(&court, "");
	set_keepalive(&court, 1, 10000);
	check_keepalive(&court, "");
	set_keepalive(&court, 3, 10499);
	check_keepalive(&court, "high interval=10 repeat=3 idle=90 timeout=60");
	set_keepalive(&court, 3, 10500);
	check_keepalive(&court, "high interval=11 repeat=3 idle=90 timeout=60");
	court.trace.side[0].interval_was = 5000;
	check_keepalive(&court, "");
}
END_TEST

START_TEST(a_keepalive_repeats_the_last_byte_at_most)
{
	struct court court;

	set_keepalive(&court, 2, 5000);
	court.event.refused.payload = 1;
	check_keepalive(
	    &court, "medium interval=5 repeat=2 idle=90 timeout=60");
	court.event.refused.payload = 2;
	check_keepalive(&court, "");
	set_keepalive(&court, 2, 5000);
	court.event.refused.seq = 1000;
	check_keepalive(&court, "");
	set_keepalive(&court, 2, 5000);
	court_flags(&court, "FA");
	check_keepalive(&court, "");
	set_keepalive(&court, 2, 5000);
	court.event.info.state = SW_STATE_UDP;
	check_keepalive(&court, "");
	set_keepalive(&court, 2, 5000);
	court.c.tcp = false;
	check_keepalive(&court, "");
}
END_TEST

/* Whose peer shut its window asks whether it is open. */
START_TEST(a_window_probe_is_no_keepalive)
{
	struct court court;

	for (unsigned side = 0; side < 2; side++) {
		set_keepalive(&court, 2, 5000);
		court.c.side = side;
		court.event.refused.seq = side ? 4999 : 999;
		strcpy(court.event.info.history, side ? "ShAw" : "ShAW");
		check_keepalive(
		    &court, "medium interval=5 repeat=2 idle=90 timeout=60");
		strcpy(court.event.info.history, side ? "ShAW" : "ShAw");
		check_keepalive(&court, "");
	}
}
END_TEST

/* The trace's way and the story's side are not the same. */
START_TEST(a_keepalive_is_of_its_own_way)
{
	struct court court;

	set_keepalive(&court, 2, 5000);
	court.trace.side[1] = court.trace.side[0];
	court.trace.side[0].repeats = 1;
	check_keepalive(&court, "");
	court.c.way = 1;
	check_keepalive(
	    &court, "medium interval=5 repeat=2 idle=90 timeout=60");
}
END_TEST

/* --- a handshake that was never over --------------------------------------- */

START_TEST(who_answers_a_forgotten_syn)
{
	struct court court;

	for (unsigned state = 0; state < SW_STATE_COUNT; state++) {
		bool embryo = state == SW_STATE_SYN_SENT ||
			      state == SW_STATE_SYN_RECV ||
			      state == SW_STATE_SYN_SENT2 ||
			      state == SW_STATE_SCTP_COOKIE_WAIT ||
			      state == SW_STATE_SCTP_COOKIE_ECHOED;

		court_set(&court);
		court_tell(&court, SW_END_TIMEOUT, (enum sw_state)state, 90);
		court.c.fit = SW_FIT_WINDOW;
		COURT_SAYS(&court, sw_judge_flow_embryonic_late,
		    embryo ? "medium idle=90 timeout=60" : "");
		court.event.info.how = SW_END_NOT;
		COURT_SAYS(&court, sw_judge_flow_embryonic_late, "");
	}
	court_set(&court);
	COURT_SAYS(&court, sw_judge_flow_embryonic_late, "");
	court_tell(&court, SW_END_TIMEOUT, SW_STATE_SYN_SENT, 90);
	court.c.fit = SW_FIT_EXACT;
	court.half.embryos = 19;
	COURT_SAYS(
	    &court, sw_judge_flow_embryonic_late, "high idle=90 timeout=60");
	court.half.embryos = 20;
	COURT_SAYS(&court, sw_judge_flow_embryonic_late,
	    "low idle=90 timeout=60 flows=20");
	court.half.embryos = 0;
	court.c.half_kind = SW_HALF_OPENER;
	COURT_SAYS(&court, sw_judge_flow_embryonic_late, "");
	court.c.half_kind = SW_HALF_STREAM;
	COURT_SAYS(
	    &court, sw_judge_flow_embryonic_late, "high idle=90 timeout=60");
	court.trace.cause = SW_CAUSE_ASYMMETRIC;
	COURT_SAYS(&court, sw_judge_flow_embryonic_late, "");
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("silence");

	tcase_add_test(t, silence_is_told_with_its_timeout);
	tcase_add_test(t, silence_of_any_open_state);
	tcase_add_test(t, an_idle_reset_needs_no_fit);
	tcase_add_test(t, keepalives_come_at_steady_intervals);
	tcase_add_test(t, a_keepalive_repeats_the_last_byte_at_most);
	tcase_add_test(t, a_window_probe_is_no_keepalive);
	tcase_add_test(t, a_keepalive_is_of_its_own_way);
	tcase_add_test(t, who_answers_a_forgotten_syn);
	return run_case("judge_silence", t);
}
