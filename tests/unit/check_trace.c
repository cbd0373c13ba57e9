/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_trace: what is remembered of the packets of one refused tuple, and
 * for how long.
 */
#include <check.h>
#include <stdlib.h>

#include "runner.h"
#include "traces.h"

#define MS SW_NS_PER_MS

static struct sw_traces *traces;

static void
begin(void)
{
	traces = traces_fresh(traces);
}

static void
end(void)
{
	free(traces);
	traces = NULL;
}

#define RUN(name, rows) \
	traces_run(traces, name, rows, sizeof(rows) / sizeof((rows)[0]))

START_TEST(steps)
{
	static const struct traces_row rows[] = {
		{ 0, false, "A", 5000, 900, 100, SW_STEP_FIRST },
		{ 1, false, "A", 5000, 900, 100, SW_STEP_REPEAT },
		{ 2, false, "A", 5000, 901, 100, SW_STEP_REPEAT },
		{ 3, false, "PA", 5000, 900, 100, SW_STEP_CONTINUES },
		{ 4, false, "PA", 5001, 900, 100, SW_STEP_CONTINUES },
		{ 5, false, "PA", 5001, 900, 101, SW_STEP_CONTINUES },
		{ 6, false, "A", 5101 + TRACES_NEAR, 900, 0,
		    SW_STEP_CONTINUES },
		{ 7, false, "A", 5101 + 2 * TRACES_NEAR, 900, 0,
		    SW_STEP_JUMPS },
		{ 8, false, "A", 5102 + TRACES_NEAR, 900, 0,
		    SW_STEP_CONTINUES },
		{ 9, false, "A", 5102, 900, 0, SW_STEP_JUMPS },
	};
	struct sw_trace *trace = RUN("steps", rows);

	ck_assert_uint_eq(trace->side[0].packets, 10);
	ck_assert_uint_eq(sw_trace_packets(trace), 10);
	ck_assert_uint_eq(trace->side[0].first_seq, 5000);
	ck_assert_uint_eq(trace->side[0].end, 5102);
	ck_assert_uint_eq(trace->side[0].last, 100009 * MS);
	ck_assert_uint_eq(trace->first, 100000 * MS);
}
END_TEST

/* The other side is held against what it is acknowledged. */
START_TEST(steps_of_the_other_side)
{
	static const struct traces_row near[] = {
		{ 0, false, "A", 5000, 900, 0, SW_STEP_FIRST },
		{ 1, true, "A", 899 + TRACES_NEAR, 5000, 0, SW_STEP_CONTINUES },
		{ 1, true, "A", 899 + TRACES_NEAR, 5000, 0, SW_STEP_REPEAT },
	};
	static const struct traces_row far[] = {
		{ 0, true, "A", 5000, 900, 0, SW_STEP_FIRST },
		{ 1, false, "A", 900 + TRACES_NEAR, 5000, 0, SW_STEP_JUMPS },
	};
	struct sw_trace *trace = RUN("near", near);

	ck_assert_uint_eq(trace->side[1].packets, 2);
	ck_assert_uint_eq(sw_trace_packets(trace), 3);
	begin();
	RUN("far", far);
}
END_TEST

/* --- answers to what was never seen --- */

START_TEST(how_it_began)
{
	static const struct {
		const char *flags;
		uint32_t seq;
		bool young, answer;
	} rows[] = {
		{ "SA", 5, true, true },
		{ "RA", 0, true, true },
		{ "RA", 5, false, true },
		{ "R", 0, false, true },
		{ "A", 5, false, false },
		{ "S", 5, false, false },
	};

	for (unsigned i = 0; i < 2 * sizeof rows / sizeof rows[0]; i++) {
		const struct traces_row row = { 0, i % 2, rows[i / 2].flags,
			rows[i / 2].seq, 9, 0, SW_STEP_FIRST };
		struct sw_trace *trace;

		begin();
		trace = traces_note(traces, &row);
		ck_assert_msg(trace->young == rows[i / 2].young, "%u", i);
		ck_assert_msg(trace->answer == rows[i / 2].answer, "%u", i);
		ck_assert_uint_eq(trace->answer_way, i % 2);
	}
}
END_TEST

/* Disowned: at once and by RSTs alone, as many as there were answers. */
START_TEST(disowned)
{
	static const struct traces_row at_once[] = {
		{ 0, true, "SA", 5000, 901, 0, SW_STEP_FIRST },
		{ 999, false, "R", 901, 0, 0, SW_STEP_CONTINUES },
	};
	static const struct traces_row late[] = {
		{ 0, true, "SA", 5000, 901, 0, SW_STEP_FIRST },
		{ 1000, false, "R", 901, 0, 0, SW_STEP_CONTINUES },
	};
	static const struct traces_row too_few[] = {
		{ 0, true, "SA", 5000, 901, 0, SW_STEP_FIRST },
		{ 1, true, "SA", 5000, 901, 0, SW_STEP_REPEAT },
		{ 2, false, "R", 901, 0, 0, SW_STEP_CONTINUES },
	};
	static const struct traces_row by_ack[] = {
		{ 0, true, "SA", 5000, 901, 0, SW_STEP_FIRST },
		{ 1, false, "A", 901, 5001, 0, SW_STEP_CONTINUES },
		{ 2, false, "R", 901, 0, 0, SW_STEP_CONTINUES },
	};
	static const struct traces_row again[] = {
		{ 0, true, "SA", 5000, 901, 0, SW_STEP_FIRST },
		{ 1, false, "R", 901, 0, 0, SW_STEP_CONTINUES },
		{ 1000, true, "SA", 5000, 901, 0, SW_STEP_REPEAT },
		{ 2999, false, "R", 901, 0, 0, SW_STEP_REPEAT },
	};
	static const struct traces_row no_answer[] = {
		{ 0, true, "A", 5000, 901, 0, SW_STEP_FIRST },
		{ 1, false, "R", 901, 0, 0, SW_STEP_CONTINUES },
	};
	static const struct {
		const char *name;
		const struct traces_row *rows;
		size_t n;
		bool disowned;
	} tests[] = {
		{ "at once", at_once, 2, true },
		{ "late", late, 2, false },
		{ "too few", too_few, 3, false },
		{ "by ack", by_ack, 3, false },
		{ "again", again, 4, true },
		{ "no answer", no_answer, 2, false },
	};

	for (unsigned i = 0; i < sizeof tests / sizeof tests[0]; i++) {
		begin();
		ck_assert_msg(
		    traces_run(traces, tests[i].name, tests[i].rows, tests[i].n)
			    ->disowned == tests[i].disowned,
		    "%s", tests[i].name);
	}
}
END_TEST

START_TEST(the_answering_side_goes_on)
{
	static const struct {
		const char *first, *then;
		bool from_b, goes_on;
	} rows[] = {
		{ "SA", "A", true, true },
		{ "SA", "PA", true, true },
		{ "SA", "A", false, false },
		{ "SA", "R", true, false },
		{ "SA", "SA", true, false },
		{ "R", "A", true, false }, /* is not young */
		{ "A", "A", true, false },
	};

	for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct traces_row first = { 0, true, rows[i].first, 5000,
			901, 0, SW_STEP_FIRST };
		const struct traces_row then = { 1, rows[i].from_b,
			rows[i].then, rows[i].from_b ? 5001 : 901, 902, 0,
			SW_STEP_FIRST };

		begin();
		traces_note(traces, &first);
		ck_assert_msg(
		    traces_note(traces, &then)->goes_on == rows[i].goes_on,
		    "row %u", i);
	}
}
END_TEST

/* --- another connection of the same ports --- */

static uint32_t
packets_after(
    const char *first, uint64_t pause, const char *flags, uint32_t seq)
{
	const struct traces_row before = { 0, false, first, 5000, 1, 0,
		SW_STEP_FIRST };
	const struct traces_row after = { pause, false, flags, seq, 1, 0,
		SW_STEP_FIRST };

	begin();
	traces_note(traces, &before);
	return traces_note(traces, &after)->side[0].packets;
}

START_TEST(another_connection_begins_anew)
{
	const uint32_t far = 5000 + 10 * TRACES_NEAR;

	ck_assert_uint_eq(packets_after("A", 240001, "A", far), 1);
	ck_assert_uint_eq(packets_after("A", 240000, "A", far), 2);
	ck_assert_uint_eq(packets_after("A", 240001, "A", 5001), 2);
	ck_assert_uint_eq(packets_after("A", 1, "SA", far), 1);
	ck_assert_uint_eq(packets_after("A", 1, "SA", 5001), 2);
	ck_assert_uint_eq(packets_after("SA", 1, "SA", far), 2);
	ck_assert_uint_eq(packets_after("A", 1, "S", far), 2);
	ck_assert_uint_eq(packets_after("A", 1, "A", far), 2);
}
END_TEST

/* Silence is that of both sides. */
START_TEST(either_side_ends_the_silence)
{
	static const struct traces_row rows[] = {
		{ 0, false, "A", 5000, 900, 0, SW_STEP_FIRST },
		{ 200000, true, "A", 900, 5000, 0, SW_STEP_CONTINUES },
		{ 300000, false, "A", 5000 + 10 * TRACES_NEAR, 900, 0,
		    SW_STEP_JUMPS },
	};
	static const struct traces_row back[] = {
		{ 0, true, "A", 5000, 900, 0, SW_STEP_FIRST },
		{ 200000, false, "A", 900, 5000, 0, SW_STEP_CONTINUES },
		{ 300000, true, "A", 5000 + 10 * TRACES_NEAR, 900, 0,
		    SW_STEP_JUMPS },
	};

	ck_assert_uint_eq(sw_trace_packets(RUN("silence", rows)), 3);
	begin();
	ck_assert_uint_eq(sw_trace_packets(RUN("silence", back)), 3);
}
END_TEST

START_TEST(what_begins_anew_is_young)
{
	static const struct traces_row rows[] = {
		{ 0, false, "A", 5000, 901, 0, SW_STEP_FIRST },
		{ 1, true, "SA", 90000000, 5000, 0, SW_STEP_JUMPS },
	};
	struct sw_trace *trace;

	traces_note(traces, &rows[0])->cause = SW_CAUSE_GAP;
	trace = traces_note(traces, &rows[1]);
	ck_assert(trace->young);
	ck_assert_uint_eq(trace->answer_way, 1);
	ck_assert_uint_eq(trace->cause, SW_CAUSE_UNKNOWN);
	ck_assert_uint_eq(trace->first, 100001 * MS);
	ck_assert_uint_eq(trace->id, TRACES_ID);
}
END_TEST

/* --- places --- */

static struct sw_trace *
note_of(uint64_t id, uint64_t life, uint64_t at)
{
	struct sw_refusal packet = { .tcp_flags = SW_ACK, .seq = 7 };

	return sw_trace_note(
	    traces, id, life, false, &packet, (struct sw_time){ at * MS });
}

/* A story is told by when it began, give or take two ticks. */
START_TEST(another_story_begins_anew)
{
	const uint64_t ticks = 2 * SW_NS_PER_SECOND / SW_TICKS_PER_SECOND;
	const uint64_t life = 77 * SW_NS_PER_SECOND;

	note_of(TRACES_ID, life, 1);
	ck_assert_uint_eq(
	    note_of(TRACES_ID, life + ticks, 2)->side[0].packets, 2);
	ck_assert_uint_eq(
	    note_of(TRACES_ID, life - ticks, 3)->side[0].packets, 3);
	ck_assert_uint_eq(
	    note_of(TRACES_ID, life + ticks + 1, 4)->side[0].packets, 1);
	ck_assert_uint_eq(note_of(TRACES_ID, life, 5)->side[0].packets, 1);
	ck_assert_uint_eq(note_of(TRACES_ID, 0, 6)->side[0].packets, 1);
	ck_assert_uint_eq(note_of(TRACES_ID, 0, 7)->side[0].packets, 2);
}
END_TEST

/* It takes its own place, not that of who says less. */
START_TEST(another_story_displaces_its_own)
{
	note_of(1, 0, 1);
	note_of(2, 0, 2);
	note_of(2, 0, 3);
	note_of(2, 77 * SW_NS_PER_SECOND, 4);
	ck_assert_uint_eq(note_of(1, 0, 5)->side[0].packets, 2);
	ck_assert_uint_eq(
	    note_of(2, 77 * SW_NS_PER_SECOND, 6)->side[0].packets, 2);
	ck_assert_uint_eq(note_of(2, 0, 7)->side[0].packets, 1);
}
END_TEST

START_TEST(the_cause_is_found_by_the_tuple)
{
	note_of(1, 0, 1)->cause = SW_CAUSE_GAP;
	note_of(2, 0, 2)->cause = SW_CAUSE_ACK_SCAN;
	note_of(UINT64_C(5) << 40, 0, 2)->cause = SW_CAUSE_EVICTED;
	ck_assert_uint_eq(sw_trace_cause(traces, 1), SW_CAUSE_GAP);
	ck_assert_uint_eq(sw_trace_cause(traces, 2), SW_CAUSE_ACK_SCAN);
	ck_assert_uint_eq(
	    sw_trace_cause(traces, UINT64_C(5) << 40), SW_CAUSE_EVICTED);
	ck_assert_uint_eq(sw_trace_cause(traces, 3), SW_CAUSE_UNKNOWN);
	ck_assert_uint_eq(
	    sw_trace_cause(traces, UINT64_C(5) << 40 | 1), SW_CAUSE_UNKNOWN);
}
END_TEST

/* In a full set: one seen a single time goes first, then the older; a story
 * counts as 300 seconds. */
START_TEST(what_says_least_gives_way)
{
	for (uint64_t id = 1; id <= SW_TRACE_WAYS; id++)
		note_of(id, 0, id * 1000);
	note_of(1, 0, 5000);
	ck_assert_uint_eq(note_of(9, 0, 300000)->side[0].packets, 1);
	ck_assert_uint_eq(note_of(1, 0, 300001)->side[0].packets, 3);
	ck_assert_uint_eq(note_of(3, 0, 300002)->side[0].packets, 2);
	ck_assert_uint_eq(note_of(4, 0, 300003)->side[0].packets, 2);
	ck_assert_uint_eq(note_of(9, 0, 300004)->side[0].packets, 2);
	ck_assert_uint_eq(note_of(2, 0, 300005)->side[0].packets, 1);
}
END_TEST

START_TEST(a_story_is_worth_five_minutes)
{
	note_of(1, 0, 1000);
	note_of(1, 0, 1000); /* worth as one of 301,000 */
	for (uint64_t id = 2; id <= SW_TRACE_WAYS; id++)
		note_of(id, 0, 300999 + (id != 2) * 5000);
	note_of(9, 0, 400000);
	ck_assert_uint_eq(note_of(1, 0, 1000)->side[0].packets, 3);
	begin();
	note_of(1, 0, 1000);
	note_of(1, 0, 1000);
	for (uint64_t id = 2; id <= SW_TRACE_WAYS; id++)
		note_of(id, 0, 301001);
	note_of(9, 0, 400000);
	ck_assert_uint_eq(note_of(1, 0, 400001)->side[0].packets, 1);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("trace");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, steps);
	tcase_add_test(tcase, steps_of_the_other_side);
	tcase_add_test(tcase, how_it_began);
	tcase_add_test(tcase, disowned);
	tcase_add_test(tcase, the_answering_side_goes_on);
	tcase_add_test(tcase, another_connection_begins_anew);
	tcase_add_test(tcase, either_side_ends_the_silence);
	tcase_add_test(tcase, what_begins_anew_is_young);
	tcase_add_test(tcase, another_story_begins_anew);
	tcase_add_test(tcase, another_story_displaces_its_own);
	tcase_add_test(tcase, the_cause_is_found_by_the_tuple);
	tcase_add_test(tcase, what_says_least_gives_way);
	tcase_add_test(tcase, a_story_is_worth_five_minutes);
	return run_case("trace", tcase);
}
