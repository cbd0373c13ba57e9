/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time stamps: what is kept of them, and each bound of what is believed.
 */

#include <check.h>

#include "build.h"
#include "engine/tcp/stamp.h"
#include "runner.h"

enum { SECOND = SW_TICKS_PER_SECOND, STALE = 600 };

struct stamped {
	const char *flags;
	uint32_t tsval, tsecr; /* tsval 0: no stamp at all */
};

static struct sw_tcp_segment
segment_of(const struct stamped *stamped)
{
	struct sw_tcp_segment segment = { .flags = build_flags(stamped->flags),
		.has_timestamp = stamped->tsval != 0,
		.tsval = stamped->tsval,
		.tsecr = stamped->tsecr };

	segment.kind = (uint8_t)sw_tcp_kind(segment.flags);
	return segment;
}

/* --- what is kept ---------------------------------------------------------- */

struct kept {
	unsigned direction;
	struct stamped stamped;
	uint32_t seen;
	/* then: */
	uint8_t known;
	uint32_t syn, tsval[2], echoed[2], tick[2];
};

static void
check_kept(const struct kept *rows, size_t n)
{
	struct sw_flow flow = { .proto = 6 };
	struct sw_cold cold = { .ts_known = 0 };

	for (size_t i = 0; i < n; i++) {
		const struct kept *row = &rows[i];
		struct sw_tcp_segment segment = segment_of(&row->stamped);

		sw_stamp_note(
		    &flow, &cold, row->direction, &segment, row->seen);
		ck_assert_uint_eq(cold.ts_known, row->known);
		ck_assert_uint_eq(cold.syn_tsval, row->syn);
		for (unsigned side = 0; side < 2; side++) {
			ck_assert_uint_eq(cold.tsval[side], row->tsval[side]);
			ck_assert_uint_eq(cold.echoed[side], row->echoed[side]);
			ck_assert_uint_eq(cold.ts_tick[side], row->tick[side]);
			ck_assert_uint_eq(flow.stamped[side],
			    (uint16_t)(row->tick[side] >> SW_STAMP_SLOT));
		}
	}
}

/* A value goes forward only, and an echo shows what the other side sent. */
START_TEST(the_last_of_each_side_is_kept)
{
	static const struct kept rows[] = {
		{ 0, { "S", 100, 7 }, 600, 1, 100, { 100, 0 }, { 0, 0 },
		    { 600, 0 } },
		{ 0, { "S", 150, 0 }, 700, 1, 100, { 150, 0 }, { 0, 0 },
		    { 700, 0 } },
		{ 1, { "SA", 9000, 150 }, 800, 3, 100, { 150, 9000 },
		    { 0, 150 }, { 700, 800 } },
		{ 0, { "A", 160, 9000 }, 900, 3, 100, { 160, 9000 },
		    { 9000, 150 }, { 900, 800 } },
		{ 0, { "A", 0, 0 }, 5000, 3, 100, { 160, 9000 }, { 9000, 150 },
		    { 900, 800 } },
		{ 0, { "A", 155, 9000 }, 1600, 3, 100, { 160, 9000 },
		    { 9000, 150 }, { 1600, 800 } },
		{ 1, { "A", 9500, 170 }, 2000, 3, 100, { 170, 9500 },
		    { 9000, 170 }, { 1600, 2000 } },
		{ 1, { "A", 9500, 165 }, 2100, 3, 100, { 170, 9500 },
		    { 9000, 165 }, { 1600, 2100 } },
		{ 0, { "S", 400, 0 }, 2200, 3, 100, { 400, 9500 },
		    { 9000, 165 }, { 2200, 2100 } },
	};

	check_kept(rows, sizeof(rows) / sizeof(*rows));
}
END_TEST

/* Its echo tells of a side that showed no stamp of its own: nothing. */
START_TEST(an_echo_alone_is_no_value)
{
	static const struct kept rows[] = {
		{ 0, { "A", 100, 5000 }, 64, 1, 0, { 100, 0 }, { 5000, 0 },
		    { 64, 0 } },
		{ 1, { "A", 4000, 100 }, 65, 3, 0, { 100, 4000 }, { 5000, 100 },
		    { 64, 65 } },
		{ 0, { "A", 110, 4900 }, 66, 3, 0, { 110, 4900 }, { 4900, 100 },
		    { 66, 65 } },
	};
	static const struct kept called[] = {
		{ 1, { "A", 4000, 100 }, 65, 2, 0, { 0, 4000 }, { 0, 100 },
		    { 0, 65 } },
		{ 0, { "A", 0xfffffff0, 0 }, 70, 3, 0, { 0xfffffff0, 4000 },
		    { 0, 100 }, { 70, 65 } },
		{ 0, { "A", 5, 4000 }, 80, 3, 0, { 5, 4000 }, { 4000, 100 },
		    { 80, 65 } },
	};

	check_kept(rows, sizeof(rows) / sizeof(*rows));
	check_kept(called, sizeof(called) / sizeof(*called));
}
END_TEST

START_TEST(a_side_is_due_once_in_a_slot)
{
	struct sw_flow flow = { .stamped = { 3, 4 } };
	uint32_t slot = 1u << SW_STAMP_SLOT;

	ck_assert(!sw_stamp_is_due(&flow, 0, 3 * slot));
	ck_assert(!sw_stamp_is_due(&flow, 0, 4 * slot - 1));
	ck_assert(sw_stamp_is_due(&flow, 0, 4 * slot));
	ck_assert(sw_stamp_is_due(&flow, 1, 4 * slot - 1));
	ck_assert(!sw_stamp_is_due(&flow, 1, 4 * slot));
}
END_TEST

/* --- what is believed ------------------------------------------------------ */

#define BASE 1000000u /* tick */
#define MINE 500000u  /* the sender's last value */
#define YOURS 800000u /* the receiver's, which the sender echoed to OLD */
#define OLD (YOURS - 300u)

struct judged {
	uint32_t later; /* ticks since both were noted */
	uint32_t tsval, tsecr;
	enum sw_stamp expected;
};

static struct sw_cold
known_to(unsigned direction)
{
	struct sw_cold cold = { .ts_known = 3, .ts_tick = { BASE, BASE } };

	cold.tsval[direction] = MINE;
	cold.tsval[!direction] = YOURS;
	cold.echoed[direction] = OLD;
	cold.echoed[!direction] = 1;
	return cold;
}

static enum sw_stamp
judge(const struct sw_cold *cold, unsigned direction, const struct judged *row)
{
	struct stamped stamped = { "A", row->tsval, row->tsecr };
	struct sw_tcp_segment segment = segment_of(&stamped);

	return sw_stamp_judge(cold, direction, &segment, BASE + row->later);
}

START_TEST(both_stamps_have_bounds)
{
	static const struct judged rows[] = {
		{ 0, MINE, YOURS, SW_STAMP_RIGHT },
		{ 0, MINE - 1, YOURS, SW_STAMP_WRONG },
		{ 0, MINE + 2048, YOURS, SW_STAMP_RIGHT },
		{ 0, MINE + 2049, YOURS, SW_STAMP_WRONG },
		{ 0, MINE, OLD, SW_STAMP_RIGHT },
		{ 0, MINE, OLD - 1, SW_STAMP_WRONG },
		{ 0, MINE, YOURS + 2048, SW_STAMP_RIGHT },
		{ 0, MINE, YOURS + 2049, SW_STAMP_WRONG },
		{ 0, 0, YOURS, SW_STAMP_WRONG }, /* no stamp */
		{ SECOND, MINE + 3298, YOURS + 3298, SW_STAMP_RIGHT },
		{ SECOND, MINE + 3299, YOURS, SW_STAMP_WRONG },
		{ SECOND, MINE, YOURS + 3299, SW_STAMP_WRONG },
		{ STALE * SECOND, MINE + 752048, YOURS, SW_STAMP_RIGHT },
		{ STALE * SECOND, MINE + 752049, YOURS, SW_STAMP_WRONG },
		{ STALE * SECOND + 1, MINE, YOURS, SW_STAMP_UNKNOWN },
	};

	for (unsigned direction = 0; direction < 2; direction++) {
		struct sw_cold cold = known_to(direction);

		for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
			ck_assert_msg(judge(&cold, direction, &rows[i]) ==
					  rows[i].expected,
			    "row %zu, side %u", i + 1, direction);
	}
}
END_TEST

/* Either side's last may be too old; and one side alone tells nothing. */
START_TEST(both_must_be_known)
{
	static const struct judged right = { STALE * SECOND, MINE, YOURS, 0 };

	for (unsigned side = 0; side < 2; side++) {
		struct sw_cold cold = known_to(0);

		cold.ts_tick[side]--;
		ck_assert(judge(&cold, 0, &right) == SW_STAMP_UNKNOWN);
		cold.ts_tick[side]++;
		cold.ts_known = (uint8_t)(1u << side);
		ck_assert(judge(&cold, 0, &right) == SW_STAMP_UNKNOWN);
		cold.ts_known = 3;
		ck_assert(judge(&cold, 0, &right) == SW_STAMP_RIGHT);
	}
}
END_TEST

/* An echo may be as far back as the last one was, and 1 MiB ms at most. */
START_TEST(an_echo_that_lags_far_is_not_followed)
{
	struct sw_cold cold = known_to(0);
	const uint32_t most = 0x100000;
	struct judged row = { 0, MINE, 0, 0 };

	cold.echoed[0] = YOURS - most;
	row.tsecr = YOURS - most;
	ck_assert(judge(&cold, 0, &row) == SW_STAMP_RIGHT);
	cold.echoed[0] = YOURS - most - 1;
	ck_assert(judge(&cold, 0, &row) == SW_STAMP_RIGHT);
	row.tsecr = YOURS - most - 1;
	ck_assert(judge(&cold, 0, &row) == SW_STAMP_WRONG);
	row.tsecr = YOURS + 2048;
	ck_assert(judge(&cold, 0, &row) == SW_STAMP_RIGHT);
	row.tsecr = YOURS + 2049;
	ck_assert(judge(&cold, 0, &row) == SW_STAMP_WRONG);
}
END_TEST

START_TEST(an_answer_echoes_a_syn)
{
	struct sw_cold cold = {
		.ts_known = 1, .syn_tsval = 100, .tsval = { 250, 0 }
	};
	static const struct {
		uint32_t tsval, tsecr;
		bool could;
	} rows[] = {
		{ 9, 99, false },
		{ 9, 100, true },
		{ 9, 250, true },
		{ 9, 251, false },
		{ 0, 99, true },
	};
	struct sw_tcp_segment segment;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct stamped s = { "RA", rows[i].tsval, rows[i].tsecr };

		segment = segment_of(&s);
		ck_assert(
		    sw_stamp_answers_syn(&cold, &segment) == rows[i].could);
	}
	segment = segment_of(&(struct stamped){ "RA", 9, 99 });
	cold.ts_known = 2;
	ck_assert(sw_stamp_answers_syn(&cold, &segment));
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("stamps");

	tcase_add_test(t, the_last_of_each_side_is_kept);
	tcase_add_test(t, an_echo_alone_is_no_value);
	tcase_add_test(t, a_side_is_due_once_in_a_slot);
	tcase_add_test(t, both_stamps_have_bounds);
	tcase_add_test(t, both_must_be_known);
	tcase_add_test(t, an_echo_that_lags_far_is_not_followed);
	tcase_add_test(t, an_answer_echoes_a_syn);
	return run_case("tcp_stamp", t);
}
