/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Judges of packets about whose connection nothing is known: each is asked
 * about cases that differ in one thing.
 */

#include <check.h>

#include "court.h"
#include "runner.h"

#define LOW_GAP "low gap=1000 flows=0"

/* The other side spoke, too. */
static void
answer(struct court *court)
{
	court->trace.side[1].packets = 1;
}

/* --- a gap ----------------------------------------------------------------- */

START_TEST(a_stranger_may_be_older_than_a_gap)
{
	struct court court;

	court_set(&court);
	COURT_SAYS(&court, sw_judge_stray_gap, LOW_GAP);
	court.c.gap = 7440000;
	COURT_SAYS(&court, sw_judge_stray_gap, "low gap=7440 flows=0");
	court.c.gap = 7440001;
	COURT_SAYS(&court, sw_judge_stray_gap, "");
	court_set(&court);
	court.event.refused.opens = true;
	COURT_SAYS(&court, sw_judge_stray_gap, "");
	court_set(&court);
	court.event.refused.opens_nothing = true;
	COURT_SAYS(&court, sw_judge_stray_gap, "");
	court_set(&court);
	court.c.odd_source = true;
	COURT_SAYS(&court, sw_judge_stray_gap, "");
	court_set(&court);
	court.c.gap_stopped = true;
	COURT_SAYS(&court, sw_judge_stray_gap, "");
	court_set(&court);
	court.event.refused.message = SW_MESSAGE_DENIED;
	COURT_SAYS(&court, sw_judge_stray_gap, "");
	court.event.refused.message = SW_MESSAGE_OUT_OF_WINDOW;
	COURT_SAYS(&court, sw_judge_stray_gap, "");
	court_set(&court);
	court.c.detour = SW_DETOUR_DOUBTED;
	COURT_SAYS(&court, sw_judge_stray_gap, LOW_GAP);
	court.c.detour = SW_DETOUR_SURE;
	COURT_SAYS(&court, sw_judge_stray_gap, "");
}
END_TEST

START_TEST(halves_and_floods_are_no_gap)
{
	static const char *const by_half[] = { [SW_HALF_NOT] = LOW_GAP,
		[SW_HALF_ANSWER] = LOW_GAP,
		[SW_HALF_OPENER] = "",
		[SW_HALF_STREAM] = "" };
	struct court court;

	for (unsigned half = 0; half <= SW_HALF_STREAM; half++) {
		court_set(&court);
		court.c.half_kind = (enum sw_half_kind)half;
		COURT_SAYS(&court, sw_judge_stray_gap, by_half[half]);
	}
	court_set(&court);
	court.c.flooded = true;
	COURT_SAYS(&court, sw_judge_stray_gap, "");
	court.trace.side[0].packets = 2;
	COURT_SAYS(&court, sw_judge_stray_gap, LOW_GAP);
}
END_TEST

START_TEST(a_story_may_have_gone_on_in_a_gap)
{
	struct court court;

	court_set(&court);
	court_tell(&court, SW_END_RESET, SW_STATE_ESTABLISHED, 90);
	COURT_SAYS(&court, sw_judge_stray_gap, "");
	court.c.gap_inside = true;
	COURT_SAYS(&court, sw_judge_stray_gap, LOW_GAP);
	court.c.fit = SW_FIT_WINDOW;
	COURT_SAYS(&court, sw_judge_stray_gap, "");
}
END_TEST

/* Young: what answers a SYN came first, so both must talk. */
START_TEST(a_young_one_must_be_answered)
{
	struct court court;

	court_set(&court);
	court.trace.young = true;
	COURT_SAYS(&court, sw_judge_stray_gap, "");
	answer(&court);
	COURT_SAYS(&court, sw_judge_stray_gap, LOW_GAP);
	court.c.gap = 10000;
	COURT_SAYS(&court, sw_judge_stray_gap, "low gap=10 flows=0");
	court.trace.disowned = true;
	COURT_SAYS(&court, sw_judge_stray_gap, "");
}
END_TEST

START_TEST(how_sure_a_gap_is)
{
	struct court court;

	court_set(&court);
	court.c.gap = 60000;
	court.c.strays = 3;
	COURT_SAYS(&court, sw_judge_stray_gap, "medium gap=60 flows=3");
	court.c.strays = 4;
	COURT_SAYS(&court, sw_judge_stray_gap, "high gap=60 flows=4");
	court.trace.answer = true;
	COURT_SAYS(&court, sw_judge_stray_gap, "low gap=60 flows=4");
	court.trace.side[0].packets = 2;
	COURT_SAYS(&court, sw_judge_stray_gap, "high gap=60 flows=4");
	court_set(&court);
	court.c.gap = 60001;
	court.c.strays = 4;
	COURT_SAYS(&court, sw_judge_stray_gap, "low gap=60 flows=4");
	answer(&court);
	COURT_SAYS(&court, sw_judge_stray_gap, "medium gap=60 flows=4");
	court.trace.young = true;
	COURT_SAYS(&court, sw_judge_stray_gap, "low gap=60 flows=4");
}
END_TEST

/* Long after the gap it says the same after longer and longer pauses. */
START_TEST(a_host_insists)
{
	struct court court;

	court_set(&court);
	court.trace.side[0].packets = court.trace.side[0].repeats = 3;
	court.trace.side[0].interval_was = 1000;
	court.trace.side[0].interval = 1500;
	COURT_SAYS(&court, sw_judge_stray_gap, "medium gap=1000 flows=0");
	court.trace.side[0].interval = 1499;
	COURT_SAYS(&court, sw_judge_stray_gap, LOW_GAP);
	court.trace.side[0].interval = 1500;
	court.trace.side[0].repeats = 2;
	COURT_SAYS(&court, sw_judge_stray_gap, LOW_GAP);
	court.trace.side[0].repeats = 3;
	court.c.way = 1;
	COURT_SAYS(&court, sw_judge_stray_gap, LOW_GAP);
}
END_TEST

/* --- what else it may be --------------------------------------------------- */

/* Bare, and forged: a tool's. */
static void
set_probe(struct court *court)
{
	court_set(court);
	court_flags(court, "A");
	court->event.refused.payload = 0;
	court->event.refused.ack = 0;
}

START_TEST(a_single_probe_is_a_scan)
{
	struct court court;

	set_probe(&court);
	COURT_SAYS(&court, sw_judge_stray_gap, "");
	COURT_SAYS(&court, sw_judge_stray_ack_scan, "");
	court.c.source = &court.source;
	COURT_SAYS(&court, sw_judge_stray_ack_scan, "low");
	court.event.refused.payload = 1;
	COURT_SAYS(&court, sw_judge_stray_ack_scan, "");
	COURT_SAYS(&court, sw_judge_stray_gap, LOW_GAP);
	set_probe(&court);
	court.c.source = &court.source;
	court.event.refused.ack = 77;
	COURT_SAYS(&court, sw_judge_stray_ack_scan, "");
	court.c.odd_source = true;
	COURT_SAYS(&court, sw_judge_stray_ack_scan, "low");
	court_flags(&court, "FA");
	COURT_SAYS(&court, sw_judge_stray_ack_scan, "low");
	court_flags(&court, "R");
	COURT_SAYS(&court, sw_judge_stray_ack_scan, "");
	court_flags(&court, "A");
	court.c.tcp = false;
	COURT_SAYS(&court, sw_judge_stray_ack_scan, "");
	set_probe(&court);
	court.c.source = &court.source;
	court.trace.side[0].packets = 2;
	COURT_SAYS(&court, sw_judge_stray_ack_scan, "");
	court.trace.side[0].packets = 1;
	answer(&court);
	COURT_SAYS(&court, sw_judge_stray_ack_scan, "");
	court.trace.side[1].packets = 0;
	court_tell(&court, SW_END_RESET, SW_STATE_ESTABLISHED, 9);
	COURT_SAYS(&court, sw_judge_stray_ack_scan, "");
}
END_TEST

/* A source that is a tool's without doubt, and its bare probe, not forged. */
static void
set_scan(struct court *court, uint32_t targets)
{
	set_probe(court);
	court->event.refused.ack = 5000;
	court->c.source = &court->source;
	court->source.probes = court->source.forged = 1;
	court_estimate(&court->source.targets, targets);
}

START_TEST(a_scan_has_targets)
{
	struct court court;

	set_scan(&court, 2);
	COURT_SAYS(&court, sw_judge_stray_ack_scan, "");
	set_scan(&court, 3);
	COURT_SAYS(&court, sw_judge_stray_ack_scan, "medium targets=3");
	COURT_SAYS(&court, sw_judge_stray_gap, "");
	court.event.refused.payload = 1;
	COURT_SAYS(&court, sw_judge_stray_ack_scan, "");
	set_scan(&court, 19);
	COURT_SAYS(&court, sw_judge_stray_ack_scan, "medium targets=19");
	set_scan(&court, 20);
	COURT_SAYS(&court, sw_judge_stray_ack_scan, "high targets=20");
	/* Whoever is scanned says nothing but RST. */
	answer(&court);
	COURT_SAYS(&court, sw_judge_stray_ack_scan, "");
	court.trace.side[1].only_resets = true;
	COURT_SAYS(&court, sw_judge_stray_ack_scan, "high targets=20");
	court.trace.side[1].only_resets = false;
	court.trace.side[0].only_resets = true;
	COURT_SAYS(&court, sw_judge_stray_ack_scan, "high targets=20");
	set_scan(&court, 20);
	court.c.tcp = false;
	COURT_SAYS(&court, sw_judge_stray_ack_scan, "");
	set_scan(&court, 20);
	court.event.refused.opens = true;
	COURT_SAYS(&court, sw_judge_stray_ack_scan, "");
	set_scan(&court, 3);
	court.source.forged = 0; /* a single port for three targets */
	court.source.sports = 1;
	COURT_SAYS(&court, sw_judge_stray_ack_scan, "");
	court.source.vertical = 3;
	COURT_SAYS(&court, sw_judge_stray_ack_scan, "medium targets=3");
}
END_TEST

START_TEST(what_was_a_scan_is_one)
{
	struct court court;

	court_set(&court);
	court.c.source = &court.source;
	court.trace.cause = SW_CAUSE_ACK_SCAN;
	COURT_SAYS(&court, sw_judge_stray_ack_scan, "");
	court.trace.side[0].packets = 2;
	COURT_SAYS(&court, sw_judge_stray_ack_scan, "medium");
	court.trace.cause = SW_CAUSE_GAP;
	COURT_SAYS(&court, sw_judge_stray_ack_scan, "");
	/* A host that lives is none. */
	court.trace.cause = SW_CAUSE_ACK_SCAN;
	court.source.probes = 10;
	court.source.stamped = 9;
	court.source.sports = 1;
	COURT_SAYS(&court, sw_judge_stray_ack_scan, "");
	court.source.stamped = 8;
	COURT_SAYS(&court, sw_judge_stray_ack_scan, "medium");
}
END_TEST

START_TEST(an_odd_probe_is_answered_by_rst)
{
	struct court court;

	court_set(&court);
	court.trace.cause = SW_CAUSE_BAD_FLAGS;
	court_flags(&court, "R");
	court.c.source = &court.source;
	court.c.way = 1;
	court.trace.side[1].packets = 1;
	court.trace.side[1].only_resets = true;
	COURT_SAYS(&court, sw_judge_stray_ack_scan, "medium");
	court_flags(&court, "A");
	COURT_SAYS(&court, sw_judge_stray_ack_scan, "");
	court_flags(&court, "R");
	court.c.way = 0;
	COURT_SAYS(&court, sw_judge_stray_ack_scan, "medium");
	court.c.way = 1;
	court.trace.side[0].packets = 0;
	court.trace.side[1].packets = 2;
	COURT_SAYS(&court, sw_judge_stray_ack_scan, "");
}
END_TEST

/* Twenty targets, no gap and no sign of life. */
static void
set_crowd(struct court *court, uint32_t targets)
{
	set_scan(court, targets);
	court->source.probes = 40;
	court->source.forged = 0;
	court->source.sports = UINT64_C(0xfffffffff); /* 36 ports */
	court->source.probed = 1600 * SW_NS_PER_MS;
	court->source.payloads = 10;
}

START_TEST(a_crowd_of_targets_is_a_scan)
{
	struct court court;

	set_crowd(&court, 19);
	COURT_SAYS(&court, sw_judge_stray_ack_scan, "");
	set_crowd(&court, 20);
	COURT_SAYS(&court, sw_judge_stray_ack_scan, "medium targets=20");
	court.source.payloads = 11;
	COURT_SAYS(&court, sw_judge_stray_ack_scan, "");
	set_crowd(&court, 20);
	court.c.gap = 60001;
	COURT_SAYS(&court, sw_judge_stray_ack_scan, "medium targets=20");
	court.c.gap = 60000;
	COURT_SAYS(&court, sw_judge_stray_ack_scan, "");
	court.c.gap_stopped = true;
	COURT_SAYS(&court, sw_judge_stray_ack_scan, "medium targets=20");
	set_crowd(&court, 20);
	court.source.again = 10; /* repeats as hosts do */
	COURT_SAYS(&court, sw_judge_stray_ack_scan, "");
	set_crowd(&court, 20);
	court.source.in_burst = 20; /* had no time to */
	court.source.burst = court.source.probed;
	COURT_SAYS(&court, sw_judge_stray_ack_scan, "");
	set_crowd(&court, 20);
	court.event.refused.payload = 5;
	COURT_SAYS(&court, sw_judge_stray_ack_scan, "");
}
END_TEST

START_TEST(what_breaks_the_law_is_no_tcp)
{
	struct court court;

	court_set(&court);
	COURT_SAYS(&court, sw_judge_stray_not_tcp, "");
	court.trace.side[0].unlawful = 8;
	court.trace.side[0].packets = 9;
	COURT_SAYS(&court, sw_judge_stray_not_tcp, "medium packets=9");
	COURT_SAYS(&court, sw_judge_stray_gap, "");
	answer(&court);
	court.trace.side[0].packets = 48;
	COURT_SAYS(&court, sw_judge_stray_not_tcp, "medium packets=49");
	court.trace.side[0].packets = 49;
	COURT_SAYS(&court, sw_judge_stray_not_tcp, "high packets=50");
	court.trace.side[0].packets = 50;
	court.trace.side[1].packets = 0;
	COURT_SAYS(&court, sw_judge_stray_not_tcp, "medium packets=50");
	court.c.tcp = false;
	COURT_SAYS(&court, sw_judge_stray_not_tcp, "");
	court.c.tcp = true;
	court_tell(&court, SW_END_RESET, SW_STATE_ESTABLISHED, 9);
	COURT_SAYS(&court, sw_judge_stray_not_tcp, "");
}
END_TEST

START_TEST(what_opens_nothing)
{
	struct court court;

	court_set(&court);
	COURT_SAYS(&court, sw_judge_stray_opens_nothing, "");
	court.event.refused.opens_nothing = true;
	COURT_SAYS(&court, sw_judge_stray_opens_nothing, "high");
	court_tell(&court, SW_END_RESET, SW_STATE_ESTABLISHED, 9);
	COURT_SAYS(&court, sw_judge_stray_opens_nothing, "");
	court_set(&court);
	court.trace.cause = SW_CAUSE_OPENS_NOTHING;
	COURT_SAYS(&court, sw_judge_stray_opens_nothing, "");
	court.trace.side[0].packets = 2;
	COURT_SAYS(&court, sw_judge_stray_opens_nothing, "high");
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("stray");

	tcase_add_test(t, a_stranger_may_be_older_than_a_gap);
	tcase_add_test(t, halves_and_floods_are_no_gap);
	tcase_add_test(t, a_story_may_have_gone_on_in_a_gap);
	tcase_add_test(t, a_young_one_must_be_answered);
	tcase_add_test(t, how_sure_a_gap_is);
	tcase_add_test(t, a_host_insists);
	tcase_add_test(t, a_single_probe_is_a_scan);
	tcase_add_test(t, a_scan_has_targets);
	tcase_add_test(t, what_was_a_scan_is_one);
	tcase_add_test(t, an_odd_probe_is_answered_by_rst);
	tcase_add_test(t, a_crowd_of_targets_is_a_scan);
	tcase_add_test(t, what_breaks_the_law_is_no_tcp);
	tcase_add_test(t, what_opens_nothing);
	return run_case("judge_stray", t);
}
