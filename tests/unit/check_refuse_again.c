/* SPDX-License-Identifier: Apache-2.0 */
/*
 * After a take-over the policy denies everything: the RST that ended its flow
 * shortly before still passes, by the way that the flow used.  And the stories
 * that are left by a full table, by ports that are used again, and by silence.
 */

#include <check.h>
#include <stdlib.h>

#include "engine/internal.h"
#include "runner.h"
#include "script.h"

static struct sw_flow_policy flow_policy;
static struct sw_policy *policy;
static struct sw_engine *engine;
static void *memory;

static void
open_engine(uint64_t ms)
{
	policy = sw_policy_compile(NULL, 0, &flow_policy);
	engine =
	    sw_engine_create(&script_limits, memory, policy, script_at(ms));
	ck_assert_ptr_nonnull(engine);
}

static void
close_engine(void)
{
	sw_engine_destroy(engine);
	sw_policy_destroy(policy);
}

static void
begin(void)
{
	memory = script_memory(&script_limits);
	flow_policy = script_treatment(SW_TRACK_STRICT);
	open_engine(0);
}

static void
end(void)
{
	close_engine();
	free(memory);
}

static struct sw_packet
segment(char from, const char *flags, uint32_t seq, uint32_t ack)
{
	struct script_row row = { 0, from, flags, seq, ack, 0 };

	return script_packet(&row);
}

/* => it passed */
static bool
step(const struct sw_packet *packet, uint64_t ms)
{
	return sw_engine_step(engine, packet, script_at(ms)) == SW_PASS;
}

static const struct {
	char from;
	uint32_t in, out;
	bool passes;
} ways[] = {
	{ 'S', 2, 1, true },
	{ 'S', 3, 1, false },
	{ 'S', 2, 3, false },
	{ 'C', 1, 2, true },
	{ 'C', 3, 2, false },
	{ 'C', 1, 3, false },
};

START_TEST(an_rst_uses_its_way_again)
{
	char from = ways[_i].from;
	struct sw_packet syn = segment('C', "S", 1000, 0);
	struct sw_packet rst = from == 'S' ? segment('S', "RA", 0, 1001)
					   : segment('C', "R", 1001, 0);

	ck_assert(step(&syn, 0));
	ck_assert(step(&rst, 0));
	close_engine();
	flow_policy.deny = SW_DENY_DROP;
	open_engine(1000);
	rst.in = ways[_i].in;
	rst.out = ways[_i].out;
	ck_assert(step(&rst, 2000) == ways[_i].passes);
}
END_TEST

/* An RST to a SYN that echoes a time stamp which was never sent ends nothing:
 * the host ignores it as well (RFC 7323 5.4). */
START_TEST(an_rst_echoes_what_was_sent)
{
	struct sw_packet syn = segment('C', "S", 1000, 0);
	struct sw_packet rst = segment('S', "RA", 0, 1001);
	struct sw_flow_info info;

	syn.tcp.has_timestamp = rst.tcp.has_timestamp = true;
	syn.tcp.tsval = 500;
	ck_assert(step(&syn, 0));
	for (rst.tcp.tsecr = 498; rst.tcp.tsecr < 503; rst.tcp.tsecr++) {
		if (rst.tcp.tsecr == 500)
			continue;
		ck_assert(step(&rst, 1));
		ck_assert(
		    sw_engine_find(engine, &syn.ends, script_at(1), &info));
		ck_assert_uint_eq(info.state, SW_STATE_SYN_SENT);
	}
	rst.tcp.tsecr = 500;
	ck_assert(step(&rst, 1));
	ck_assert(sw_engine_find(engine, &syn.ends, script_at(1), &info));
	ck_assert_uint_eq(info.state, SW_STATE_CLOSE);
}
END_TEST

/* Elsewhere it is not looked at. */
START_TEST(a_later_rst_echoes_anything)
{
	struct sw_packet syn = segment('C', "S", 1000, 0);
	struct sw_packet answer = segment('S', "SA", 5000, 1001);
	struct sw_packet rst = segment('S', "RA", 5001, 1001);
	struct sw_flow_info info;

	syn.tcp.has_timestamp = rst.tcp.has_timestamp = true;
	syn.tcp.tsval = 500;
	rst.tcp.tsecr = 400;
	ck_assert(step(&syn, 0));
	ck_assert(step(&answer, 1));
	ck_assert(step(&rst, 2));
	ck_assert(sw_engine_find(engine, &syn.ends, script_at(2), &info));
	ck_assert_uint_eq(info.state, SW_STATE_CLOSE);
}
END_TEST

static void
fill_table(void)
{
	static const struct script_row rows[] = { SCRIPT_HANDSHAKE,
		{ 3, 'C', "PA", 1001, 5001, 9 }, { 4, 'S', "A", 5001, 1010 } };

	for (uint16_t i = 0; i < script_limits.max_flows; i++)
		for (size_t r = 0; r < sizeof(rows) / sizeof(*rows); r++) {
			struct sw_packet packet = script_packet(&rows[r]);
			bool client = rows[r].from == 'C';

			*(client ? &packet.ends.sport : &packet.ends.dport) =
			    (uint16_t)(50000 + i);
			ck_assert(step(&packet, 0));
		}
}

START_TEST(a_full_table_leaves_the_story_of_a_syn)
{
	struct sw_packet syn = segment('C', "S", 1000, 0);
	struct sw_flow_info info;

	fill_table();
	ck_assert(!sw_engine_recall(engine, &syn.ends, script_at(1), &info));
	ck_assert(!step(&syn, 1));
	ck_assert(sw_engine_recall(engine, &syn.ends, script_at(1), &info));
	ck_assert_uint_eq(info.how, SW_END_FULL);
	ck_assert_uint_eq(info.in, 1);
	ck_assert_uint_eq(info.out, 2);
}
END_TEST

/* A port pair that is used again begins a story of its own. */
START_TEST(a_story_begins_again)
{
	static const struct script_row rows[] = { SCRIPT_HANDSHAKE,
		{ 3, 'C', "PA", 1001, 5001, 9 }, { 4, 'S', "A", 5001, 1010 },
		{ 4, 'S', "R", 5001, 0, 0 } };
	struct sw_packet syn = segment('C', "S", 9000, 0);
	struct sw_packet answer = segment('S', "SA", 70000, 9001);
	struct sw_flow_info info;

	script_pass(engine, rows, sizeof(rows) / sizeof(*rows));
	ck_assert(sw_engine_find(engine, &syn.ends, script_at(4), &info));
	ck_assert_uint_eq(info.ender, 1);
	ck_assert(info.assured);
	ck_assert(step(&syn, 5));
	ck_assert(sw_engine_find(engine, &syn.ends, script_at(6), &info));
	ck_assert_uint_eq(info.ender, 0);
	ck_assert_uint_eq(info.opened.ns, script_at(5).ns);
	ck_assert_str_eq(info.history, "S");
	ck_assert(!info.assured);
	ck_assert(step(&answer, 7));
	ck_assert(sw_engine_find(engine, &syn.ends, script_at(8), &info));
	ck_assert_str_eq(info.history, "Sh");
}
END_TEST

/* As does one whose hosts begin again while we still know the old one. */
START_TEST(a_story_is_replaced)
{
	static const struct script_row rows[] = { SCRIPT_HANDSHAKE,
		{ 1000, 'C', "S", 900000, 0, 0 },
		{ 1001, 'S', "SA", 70000, 900001, 0 },
		{ 1002, 'C', "A", 900001, 70001, 0 } };
	struct sw_packet syn = segment('C', "S", 9000, 0);
	struct sw_flow_info info;
	struct sw_counts counts;

	script_pass(engine, rows, sizeof(rows) / sizeof(*rows));
	ck_assert(sw_engine_find(engine, &syn.ends, script_at(1003), &info));
	ck_assert_uint_eq(info.opened.ns, script_at(1002).ns);
	ck_assert_str_eq(info.history, "A");
	ck_assert(sw_engine_recall(engine, &syn.ends, script_at(1003), &info));
	ck_assert_uint_eq(info.how, SW_END_REUSED);
	ck_assert_uint_eq(info.ended.ns, script_at(1002).ns);
	ck_assert_uint_lt(info.opened.ns, script_at(100).ns);
	sw_engine_counts(engine, &counts);
	ck_assert_uint_eq(counts.opened, 2);
	ck_assert_uint_eq(counts.ended[SW_END_REUSED], 1);
	ck_assert_uint_eq(counts.flows, 1);
}
END_TEST

/* One host went on with other numbers until shortly before: of one that timed
 * out this is told, of one that was killed it is not. */
START_TEST(a_timeout_tells_who_went_on)
{
	static const struct script_row rows[] = { SCRIPT_HANDSHAKE };
	struct sw_packet far = segment('C', "A", 900000, 5001);
	struct sw_flow_info info;
	bool killed = _i == 1;
	uint64_t ms = killed ? 6000000 : 7441000;

	script_pass(engine, rows, sizeof(rows) / sizeof(*rows));
	ck_assert(!step(&far, 5000000));
	if (killed)
		ck_assert(
		    sw_engine_kill(engine, &far.ends, script_at(ms), false));
	sw_engine_sweep(engine, script_at(ms), sw_engine_slots(engine));
	ck_assert(sw_engine_recall(engine, &far.ends, script_at(ms), &info));
	ck_assert_uint_eq(info.how, killed ? SW_END_KILLED : SW_END_TIMEOUT);
	ck_assert(info.lost == !killed);
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("refuse_again");

	tcase_add_checked_fixture(t, begin, end);
	tcase_add_loop_test(t, an_rst_uses_its_way_again, 0,
	    (int)(sizeof(ways) / sizeof(*ways)));
	tcase_add_test(t, an_rst_echoes_what_was_sent);
	tcase_add_test(t, a_later_rst_echoes_anything);
	tcase_add_test(t, a_full_table_leaves_the_story_of_a_syn);
	tcase_add_test(t, a_story_begins_again);
	tcase_add_test(t, a_story_is_replaced);
	tcase_add_loop_test(t, a_timeout_tells_who_went_on, 0, 2);
	return run_case("refuse_again", t);
}
