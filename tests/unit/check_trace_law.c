/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_trace_law: do the packets of one refused tuple behave as TCP does,
 * and is their sender in touch with somebody who is not seen?
 */
#include <check.h>
#include <stdlib.h>

#include "runner.h"
#include "traces.h"

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

START_TEST(repeats_and_their_distances)
{
	static const struct traces_row rows[] = {
		{ 0, false, "A", 5000, 900, 0, SW_STEP_FIRST },
		{ 1000, false, "A", 5000, 900, 0, SW_STEP_REPEAT },
		{ 2000, false, "A", 5000, 900, 0, SW_STEP_REPEAT },
	};
	static const struct traces_row other = { 2500, false, "A", 5001, 900, 0,
		SW_STEP_CONTINUES };
	struct sw_trace *trace = traces_note(traces, &rows[0]);

	ck_assert_uint_eq(trace->side[0].repeats, 1);
	ck_assert(!sw_trace_steady(&trace->side[0]));
	traces_note(traces, &rows[1]);
	ck_assert_uint_eq(trace->side[0].interval, 1000);
	ck_assert_uint_eq(trace->side[0].interval_was, 0);
	ck_assert(!sw_trace_steady(&trace->side[0]));
	traces_note(traces, &rows[2]);
	ck_assert_uint_eq(trace->side[0].repeats, 3);
	ck_assert_uint_eq(trace->side[0].interval_was, 1000);
	ck_assert(sw_trace_steady(&trace->side[0]));
	traces_note(traces, &other);
	ck_assert_uint_eq(trace->side[0].repeats, 1);
	ck_assert_uint_eq(trace->side[0].interval, 0);
	ck_assert_uint_eq(trace->side[0].interval_was, 0);
}
END_TEST

START_TEST(steady_is_a_tenth_and_a_bit)
{
	static const struct {
		uint32_t repeats, was, interval;
		bool steady;
	} rows[] = {
		{ 3, 1000, 1150, true },
		{ 3, 1000, 1151, false },
		{ 3, 1000, 850, true },
		{ 3, 1000, 849, false },
		{ 2, 1000, 1000, false },
		{ 4, 200, 270, true },
		{ 4, 200, 271, false },
	};

	for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct sw_trace_side side = { .repeats = rows[i].repeats,
			.interval = rows[i].interval,
			.interval_was = rows[i].was };

		ck_assert_msg(
		    sw_trace_steady(&side) == rows[i].steady, "row %u", i);
	}
}
END_TEST

/* --- the law of TCP --- */

static const struct sw_trace_side *
law(uint32_t seq, uint32_t payload)
{
	static const struct traces_row first = { 0, false, "A", 5000, 1, 100,
		SW_STEP_FIRST };
	const struct traces_row row = { 5, false, "A", seq, 1, payload,
		SW_STEP_FIRST };

	begin();
	ck_assert_uint_eq(traces_note(traces, &first)->side[0].same, 1);
	return &traces_note(traces, &row)->side[0];
}

START_TEST(payload_keeps_the_law)
{
	static const struct {
		uint32_t seq, payload;
		unsigned same, lawful, unlawful;
	} rows[] = {
		{ 5000, 100, 2, 0, 0 },		      /* again */
		{ 5000, 99, 1, 0, 1 },		      /* other bytes there */
		{ 5001, 100, 1, 0, 1 },		      /* inside */
		{ 5099, 100, 1, 0, 1 },		      /* its last byte */
		{ 5100, 100, 1, 1, 0 },		      /* where it ended */
		{ 4999, 100, 1, 1, 0 },		      /* before it */
		{ 5000 + TRACES_NEAR, 100, 1, 0, 1 }, /* a megabyte away */
		{ 4999 + TRACES_NEAR, 100, 1, 1, 0 },
		{ 5000 - TRACES_NEAR, 100, 1, 0, 1 },
		{ 5001 - TRACES_NEAR, 100, 1, 1, 0 },
		{ 5001, 0, 1, 0, 0 }, /* says nothing */
	};

	for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct sw_trace_side *side =
		    law(rows[i].seq, rows[i].payload);

		ck_assert_msg(side->same == rows[i].same &&
				  side->lawful == rows[i].lawful &&
				  side->unlawful == rows[i].unlawful,
		    "row %u: %u same, %u lawful, %u unlawful", i, side->same,
		    side->lawful, side->unlawful);
		if (rows[i].payload)
			ck_assert_uint_eq(side->data_seq, rows[i].seq);
		else
			ck_assert_uint_eq(side->data_seq, 5000);
	}
}
END_TEST

START_TEST(so_often_is_unlawful)
{
	static const struct {
		unsigned one, other; /* packets of each side */
		unsigned unlawful, same, lawful;
		bool expected;
	} rows[] = {
		{ 9, 0, 8, 0, 0, true },
		{ 9, 0, 7, 0, 0, false },
		{ 9, 1, 5, 0, 0, true },
		{ 9, 1, 4, 0, 0, false },
		{ 9, 0, 0, 24, 0, true },
		{ 9, 0, 0, 23, 0, false },
		{ 9, 0, 8, 16, 0, true },
		{ 9, 0, 7, 16, 0, false },
		{ 9, 0, 8, 0, 1, true },
		{ 9, 0, 8, 0, 2, false },
	};

	for (unsigned i = 0; i < 2 * sizeof rows / sizeof rows[0]; i++) {
		unsigned r = i / 2, s = i % 2;
		struct sw_trace trace = { .id = 1 };

		trace.side[s].packets = rows[r].one;
		trace.side[!s].packets = rows[r].other;
		trace.side[s].unlawful = (uint16_t)rows[r].unlawful;
		trace.side[s].same = (uint16_t)rows[r].same;
		trace.side[s].lawful = (uint16_t)rows[r].lawful;
		ck_assert_msg(sw_trace_unlawful(&trace) == rows[r].expected,
		    "row %u, side %u", r, s);
	}
}
END_TEST

/* --- in touch with somebody unseen --- */

START_TEST(three_gains_are_one_way)
{
	struct traces_row row = { 0, false, "A", 5000, 900, 0, SW_STEP_FIRST };
	static const struct traces_row back = { 9, true, "A", 901, 5000, 0,
		SW_STEP_CONTINUES };
	struct sw_trace *trace = traces_note(traces, &row);

	for (unsigned i = 1; i <= 3; i++) {
		ck_assert_uint_eq(trace->side[0].gains, i - 1);
		ck_assert(!sw_trace_one_way(trace, 0));
		row.ack = 900 + i;
		traces_note(traces, &row);
		/* What is no more, or no ACK, is no gain. */
		traces_note(traces, &row);
		row.ack--;
		traces_note(traces, &row);
		row.ack = 90000;
		row.flags = "R";
		traces_note(traces, &row);
		row.flags = "A";
		row.ack = 900 + i;
		trace->side[0].ack = row.ack;
	}
	ck_assert(sw_trace_one_way(trace, 0));
	ck_assert(!sw_trace_one_way(trace, 1));
	traces_note(traces, &back);
	ck_assert(!sw_trace_one_way(trace, 0));
}
END_TEST

/* New data so long after the first that it must have been acknowledged. */
static bool
streams(uint64_t at, uint32_t seq, uint32_t payload)
{
	static const struct traces_row first = { 0, false, "A", 5000, 1, 100,
		SW_STEP_FIRST };
	const struct traces_row row = { at, false, "A", seq, 1, payload,
		SW_STEP_FIRST };
	bool answer;

	begin();
	ck_assert(!sw_trace_one_way(traces_note(traces, &first), 0));
	answer = traces_note(traces, &row)->side[0].streams;
	ck_assert(sw_trace_one_way(traces_note(traces, &row), 0) == answer);
	return answer;
}

START_TEST(new_data_after_patience)
{
	ck_assert(streams(3001, 5100, 1));
	ck_assert(!streams(3000, 5100, 1));
	ck_assert(!streams(3001, 5000, 100));
	ck_assert(streams(3001, 5000, 101));
	ck_assert(!streams(3001, 4000, 100));
	ck_assert(!streams(3001, 5100, 0));
	ck_assert(!streams(3001, 5100 + TRACES_NEAR - 1, 1));
	ck_assert(streams(3001, 5099 + TRACES_NEAR - 1, 1));
}
END_TEST

/* What was new early is no longer new. */
START_TEST(old_data_after_patience)
{
	static const struct traces_row rows[] = {
		{ 0, false, "A", 5000, 1, 100, SW_STEP_FIRST },
		{ 9, false, "A", 5100, 1, 100, SW_STEP_CONTINUES },
		{ 4000, false, "A", 5100, 1, 100, SW_STEP_REPEAT },
	};

	ck_assert(!RUN("old data", rows)->side[0].streams);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("law");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, payload_keeps_the_law);
	tcase_add_test(tcase, so_often_is_unlawful);
	tcase_add_test(tcase, three_gains_are_one_way);
	tcase_add_test(tcase, new_data_after_patience);
	tcase_add_test(tcase, old_data_after_patience);
	tcase_add_test(tcase, repeats_and_their_distances);
	tcase_add_test(tcase, steady_is_a_tenth_and_a_bit);
	return run_case("trace, the law of TCP", tcase);
}
