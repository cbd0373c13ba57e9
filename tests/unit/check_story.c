/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_story: what is told of a flow, packet after packet, and what is
 * counted of packets.
 *
 * A row is a segment, and what the flow's story must say after it: packets
 * and bytes each way, the letters of its history, when it was last seen.
 */
#include <check.h>
#include <string.h>

#include "balance.h"
#include "build.h"
#include "runner.h"
#include "script.h"

struct row {
	struct script_row segment;
	uint64_t packets[2], bytes[2];
	const char *history;
	uint32_t seen; /* ms, of the segment that refreshed it last */
};

static struct sw_policy *policy;
static struct sw_engine *engine;

static void
begin(void)
{
	struct sw_flow_policy flow_policy = script_treatment(SW_TRACK_STRICT);
	struct sw_limits limits = { .max_flows = 64,
		.max_embryonic = 50,
		.tombstones = 64,
		.events = 64,
		.key = "a key for tests" };

	policy = sw_policy_compile(NULL, 0, &flow_policy);
	engine = sw_engine_create(&limits, NULL, policy, (struct sw_time){ 0 });
	ck_assert_ptr_nonnull(engine);
}

static void
end(void)
{
	sw_engine_destroy(engine);
	sw_policy_destroy(policy);
}

static struct sw_time
moment(uint32_t ms)
{
	return (struct sw_time){ (1000000 + ms) * SW_NS_PER_MS };
}

static void
check_told(const struct row *row, unsigned number)
{
	struct sw_packet packet = script_packet(&row->segment);
	struct sw_counts counts;
	struct sw_flow_info info;

	ck_assert(sw_engine_find(
	    engine, &packet.ends, moment(row->segment.at), &info));
	ck_assert_str_eq(
	    sw_event_state_text((enum sw_state)info.state), row->segment.state);
	sw_engine_counts(engine, &counts);
	ck_assert_uint_eq(counts.by_state[info.state], 1);
	for (unsigned side = 0; side < 2; side++) {
		ck_assert_msg(info.side[side].packets == row->packets[side],
		    "row %u: side %u has %lu packets", number, side,
		    (unsigned long)info.side[side].packets);
		ck_assert_msg(info.side[side].bytes == row->bytes[side],
		    "row %u: side %u has %lu bytes", number, side,
		    (unsigned long)info.side[side].bytes);
	}
	ck_assert_msg(strcmp(info.history, row->history) == 0,
	    "row %u: history %s", number, info.history);
	ck_assert_uint_eq(
	    info.seen.ns / SW_NS_PER_MS, moment(row->seen).ns / SW_NS_PER_MS);
	ck_assert_uint_eq(info.in, 1);
	ck_assert_uint_eq(info.out, 2);
	ck_assert_uint_eq(info.back_in, row->packets[1] ? 2 : 0);
}

static void
run(const struct row *rows, unsigned n)
{
	struct sw_event event;

	for (unsigned i = 0; i < n; i++) {
		struct sw_packet packet = script_packet(&rows[i].segment);
		struct sw_time now = moment(rows[i].segment.at);
		enum sw_verdict verdict = sw_engine_step(engine, &packet, now);

		ck_assert_msg(
		    (verdict == SW_PASS) == (rows[i].segment.expect == '+'),
		    "row %u", i);
		while (sw_engine_take(engine, &event))
			;
		balance_check(engine, now);
		check_told(&rows[i], i);
	}
}

#define RUN(rows) run(rows, sizeof(rows) / sizeof((rows)[0]))

/* Times are whole ticks, 1/64 s, as far as a flow remembers them. */
static const struct row conversation[] = {
	{ { 0, 'C', "S", 1000, 0, 0, '+', "syn_sent" }, { 1, 0 }, { 40, 0 },
	    "S", 0 },
	{ { 125, 'S', "SA", 5000, 1001, 0, '+', "syn_recv" }, { 1, 1 },
	    { 40, 40 }, "Sh", 125 },
	{ { 250, 'C', "A", 1001, 5001, 0, '+', "established" }, { 2, 1 },
	    { 80, 40 }, "ShA", 250 },
	{ { 375, 'C', "PA", 1001, 5001, 100, '+', "established" }, { 3, 1 },
	    { 220, 40 }, "ShAD", 375 },
	{ { 500, 'S', "A", 5001, 1101, 0, '+', "established" }, { 3, 2 },
	    { 220, 80 }, "ShADa", 500 },
	{ { 625, 'S', "PA", 5001, 1101, 7, '+', "established" }, { 3, 3 },
	    { 220, 127 }, "ShADad", 625 },
	/* A letter is written once. */
	{ { 750, 'C', "PA", 1101, 5008, 60, '+', "established" }, { 4, 3 },
	    { 320, 127 }, "ShADad", 750 },
	/* What is refused is not of the flow. */
	{ { 875, 'C', "PA", 9001101, 5008, 60, '-', "established" }, { 4, 3 },
	    { 320, 127 }, "ShADad", 750 },
	{ { 1000, 'S', "FA", 5008, 1161, 0, '+', "fin_wait" }, { 4, 4 },
	    { 320, 167 }, "ShADadf", 1000 },
	{ { 1125, 'C', "FA", 1161, 5009, 0, '+', "last_ack" }, { 5, 4 },
	    { 360, 167 }, "ShADadfF", 1125 },
	{ { 1250, 'S', "A", 5009, 1162, 0, '+', "time_wait" }, { 5, 5 },
	    { 360, 207 }, "ShADadfF", 1250 },
};

START_TEST(a_conversation_is_told)
{
	RUN(conversation);
}
END_TEST

/* The next connection of the same ports begins with a clean sheet. */
START_TEST(the_next_one_is_told_alone)
{
	static const struct row next[] = {
		{ { 2000, 'C', "S", 90000000, 0, 0, '+', "syn_sent" }, { 1, 0 },
		    { 40, 0 }, "S", 2000 },
		{ { 2125, 'S', "SA", 7000, 90000001, 0, '+', "syn_recv" },
		    { 1, 1 }, { 40, 40 }, "Sh", 2125 },
	};
	struct sw_counts counts;

	RUN(conversation);
	RUN(next);
	sw_engine_counts(engine, &counts);
	ck_assert_uint_eq(counts.opened, 2);
	ck_assert_uint_eq(counts.ended[SW_END_REUSED], 1);
	ck_assert_uint_eq(counts.flows, 1);
	ck_assert_uint_eq(counts.embryonic, 1);
}
END_TEST

START_TEST(a_reset_is_a_letter)
{
	static const struct row rows[] = {
		{ { 0, 'C', "S", 1000, 0, 0, '+', "syn_sent" }, { 1, 0 },
		    { 40, 0 }, "S", 0 },
		{ { 125, 'S', "SA", 5000, 1001, 0, '+', "syn_recv" }, { 1, 1 },
		    { 40, 40 }, "Sh", 125 },
		{ { 250, 'C', "A", 1001, 5001, 0, '+', "established" },
		    { 2, 1 }, { 80, 40 }, "ShA", 250 },
		{ { 375, 'S', "RA", 5001, 1001, 0, '+', "close" }, { 2, 2 },
		    { 80, 80 }, "ShAr", 375 },
	};

	RUN(rows);
}
END_TEST

START_TEST(packets_and_bytes_are_counted)
{
	struct sw_counts counts;

	RUN(conversation);
	sw_engine_counts(engine, &counts);
	ck_assert_uint_eq(counts.passed, 10);
	ck_assert_uint_eq(counts.dropped, 1);
	ck_assert_uint_eq(counts.bytes_passed, 360 + 207);
	ck_assert_uint_eq(counts.bytes_dropped, 100);
	ck_assert_uint_eq(counts.opened, 1);
	ck_assert_uint_eq(counts.events_lost, 0);
	ck_assert_uint_eq(counts.flow_limit, 64);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("story");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, a_conversation_is_told);
	tcase_add_test(tcase, the_next_one_is_told_alone);
	tcase_add_test(tcase, a_reset_is_a_letter);
	tcase_add_test(tcase, packets_and_bytes_are_counted);
	return run_case("story", tcase);
}
