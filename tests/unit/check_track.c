/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What following a flow notes of it beside its windows: how long its handshake
 * took, its time stamps, when it carried data half closed, who answered a
 * probe.
 */

#include <check.h>

#include "build.h"
#include "engine/internal.h"
#include "engine/tcp/tcp.h"
#include "runner.h"
#include "script.h"

static struct sw_flow_policy flow_policy;
static struct sw_policy *policy;
static struct sw_engine *engine;

static void
open_engine(void)
{
	policy = sw_policy_compile(NULL, 0, &flow_policy);
	ck_assert_ptr_nonnull(policy);
	engine = sw_engine_create(&script_limits, NULL, policy, script_at(0));
	ck_assert_ptr_nonnull(engine);
}

static void
end(void)
{
	sw_engine_destroy(engine);
	sw_policy_destroy(policy);
}

static void
begin(void)
{
	flow_policy = script_treatment(SW_TRACK_NORMAL);
	flow_policy.on_idle = SW_IDLE_PROBE;
	open_engine();
}

static bool
step(const struct script_row *row)
{
	struct sw_packet packet = script_packet(row);
	enum sw_verdict verdict =
	    sw_engine_step(engine, &packet, script_at(row->at));

	return verdict == SW_PASS;
}

static uint32_t
flow_index(void)
{
	static const struct script_row row = { 0, 'C', "A", 0, 0, 0 };
	struct sw_packet packet = script_packet(&row);
	struct sw_tuple tuple;
	uint64_t hash;
	uint32_t index;

	sw_tuple_key(&tuple, &packet.ends, engine->limits.key, &hash);
	index = sw_flows_find(engine->flows, &tuple, hash);
	ck_assert_uint_ne(index, SW_FLOW_NONE);
	return index;
}

static const struct sw_cold *
cold(void)
{
	return sw_flows_cold(engine->flows, flow_index());
}

static const struct sw_flow *
flow(void)
{
	return sw_flows_at(engine->flows, flow_index());
}

static void
establish(uint32_t ms)
{
	ck_assert(step(&(struct script_row){ 0, 'C', "S", 1000, 0, 0 }));
	ck_assert(step(&(struct script_row){ 0, 'S', "SA", 5000, 1001, 0 }));
	ck_assert(step(&(struct script_row){ ms, 'C', "A", 1001, 5001, 0 }));
}

START_TEST(a_handshake_takes_its_time)
{
	static const struct {
		uint32_t ms;
		uint16_t ticks;
	} rows[] = { { 0, 1 }, { 15, 1 }, { 16, 2 }, { 1000, 65 },
		{ 7983, 511 }, { 7999, 512 }, { 20000, 512 } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		establish(rows[i].ms);
		ck_assert_uint_eq(cold()->handshake, rows[i].ticks);
		/* Later segments change nothing of it. */
		ck_assert(step(&(struct script_row){
		    rows[i].ms + 5000, 'C', "A", 1001, 5001, 0 }));
		ck_assert_uint_eq(cold()->handshake, rows[i].ticks);
		end();
		open_engine();
	}
}
END_TEST

/* --- time stamps ----------------------------------------------------------- */

static void
stamped(uint32_t ms, char from, const char *flags, uint32_t tsval)
{
	bool syn = *flags == 'S';
	struct script_row row = { ms, from, flags,
		(from == 'C' ? 1001 : 5001) - syn,
		flags[syn] ? (from == 'C' ? 5001 : 1001) : 0, 0,
		.tsval = tsval };

	ck_assert(step(&row));
}

/* Once in a slot of 8 s, however many segments come. */
START_TEST(a_stamp_is_noted_once_in_a_slot)
{
	stamped(0, 'C', "S", 100);
	stamped(1, 'S', "SA", 900);
	stamped(2, 'C', "A", 101);
	ck_assert_uint_eq(cold()->syn_tsval, 100);
	ck_assert_uint_eq(cold()->ts_known, 3);
	ck_assert_uint_eq(cold()->tsval[0], 101);
	ck_assert_uint_eq(cold()->tsval[1], 900);
	stamped(3, 'C', "A", 102);
	ck_assert_uint_eq(cold()->tsval[0], 101);
	stamped(8000, 'C', "A", 110);
	ck_assert_uint_eq(cold()->tsval[0], 110);
	ck_assert_uint_eq(cold()->tsval[1], 900);
	stamped(8001, 'C', "A", 111);
	ck_assert_uint_eq(cold()->tsval[0], 110);
	stamped(8002, 'S', "A", 950);
	ck_assert_uint_eq(cold()->tsval[1], 950);
}
END_TEST

/* --- half closed ----------------------------------------------------------- */

static uint16_t
half_moment(uint32_t ms)
{
	return sw_lifecycle_half_moment(sw_time_tick(script_at(ms)));
}

START_TEST(data_of_a_half_closed_flow_is_noted)
{
	establish(0);
	ck_assert(step(&(struct script_row){ 10, 'C', "PA", 1001, 5001, 9 }));
	ck_assert_uint_eq(cold()->half_data, 0);
	ck_assert(
	    step(&(struct script_row){ 59000, 'C', "FA", 1010, 5001, 0 }));
	ck_assert_uint_eq(cold()->half_data, half_moment(59000));
	ck_assert(step(&(struct script_row){ 62000, 'S', "A", 5001, 1011, 0 }));
	ck_assert_uint_eq(cold()->half_data, half_moment(59000));
	ck_assert(
	    step(&(struct script_row){ 63000, 'S', "PA", 5001, 1011, 5 }));
	ck_assert_uint_eq(cold()->half_data, half_moment(63000));
	ck_assert_uint_eq(flow()->state, SW_STATE_CLOSE_WAIT);
	ck_assert(
	    step(&(struct script_row){ 65000, 'S', "FA", 5006, 1011, 0 }));
	ck_assert_uint_eq(cold()->half_data, half_moment(63000));
}
END_TEST

/* Long before its FIN, or never. */
START_TEST(old_data_does_not_count)
{
	establish(0);
	ck_assert(step(&(struct script_row){ 10, 'C', "FA", 1001, 5001, 0 }));
	ck_assert_uint_eq(cold()->half_data, 0);
	end();
	open_engine();
	establish(0);
	ck_assert(step(&(struct script_row){ 0, 'C', "PA", 1001, 5001, 9 }));
	ck_assert(
	    step(&(struct script_row){ 60000, 'C', "FA", 1010, 5001, 0 }));
	ck_assert_uint_eq(cold()->half_data, 0);
}
END_TEST

/* --- probes ---------------------------------------------------------------- */

#define IDLE 7440000u /* ms */

static void
probe(void)
{
	establish(0);
	sw_engine_sweep(engine, script_at(IDLE), sw_engine_slots(engine));
	ck_assert(flow()->flags & SW_FLOW_PROBING);
	ck_assert_uint_eq(
	    sw_flows_history(engine->flows, flow_index())->probes, 1);
}

static bool
answer(
    char from, const char *flags, uint32_t seq, uint32_t ack, uint32_t payload)
{
	return step(
	    &(struct script_row){ IDLE + 100, from, flags, seq, ack, payload });
}

/* Both answers are kept from the hosts, who sent nothing. */
START_TEST(both_answers_prove_life)
{
	for (int order = 0; order < 2; order++) {
		probe();
		ck_assert(!answer(order ? 'S' : 'C', "A", order ? 5001 : 1001,
		    order ? 1001 : 5001, 0));
		ck_assert(flow()->flags & SW_FLOW_PROBING);
		/* Once more by the same: that is one. */
		ck_assert(!answer(order ? 'S' : 'C', "A", order ? 5001 : 1001,
		    order ? 1001 : 5001, 0));
		ck_assert(flow()->flags & SW_FLOW_PROBING);
		ck_assert(!answer(order ? 'C' : 'S', "A", order ? 1001 : 5001,
		    order ? 5001 : 1001, 0));
		ck_assert(!(flow()->flags & SW_FLOW_PROBING));
		ck_assert_uint_eq(
		    sw_flows_history(engine->flows, flow_index())->probes, 0);
		ck_assert_uint_eq(
		    flow()->seen, sw_time_tick_up(script_at(IDLE + 100)));
		end();
		open_engine();
	}
}
END_TEST

START_TEST(other_segments_are_the_hosts_own)
{
	static const struct {
		const char *flags;
		uint32_t seq, ack, payload;
	} rows[] = {
		{ "A", 1000, 5001, 0 }, /* a keepalive */
		{ "A", 1001, 5000, 0 },
		{ "A", 1001, 5001, 1 },
		{ "FA", 1001, 5001, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		probe();
		ck_assert_msg(answer('C', rows[i].flags, rows[i].seq,
				  rows[i].ack, rows[i].payload),
		    "%zu", i);
		ck_assert(!(flow()->flags & SW_FLOW_PROBING));
		ck_assert_uint_eq(
		    sw_flows_history(engine->flows, flow_index())->probes, 0);
		end();
		open_engine();
	}
	establish(0);
	ck_assert(answer('C', "A", 1001, 5001, 0));
}
END_TEST

/* --- ended at once --------------------------------------------------------- */

START_TEST(a_refused_syn_has_its_story)
{
	struct script_row syn = { 0, 'C', "S", 1000, 0, 7 };
	struct script_row rst = { 10, 'S', "RA", 0, 1008, 0 };
	struct sw_endpoints ends = script_packet(&syn).ends;
	struct sw_packet packet;
	struct sw_flow_info info;
	struct sw_event event;

	ck_assert(step(&syn));
	ck_assert(step(&rst));
	do
		ck_assert(sw_engine_take(engine, &event));
	while (event.kind != SW_EVENT_ENDED);
	ck_assert_uint_eq(event.info.side[0].packets, 1);
	ck_assert_uint_eq(event.info.side[1].packets, 1);
	ck_assert_uint_eq(event.info.side[0].bytes, 47);
	ck_assert_uint_eq(event.info.side[1].bytes, 40);
	ck_assert(!sw_engine_find(engine, &ends, script_at(10), &info));
	ck_assert(sw_engine_recall(engine, &ends, script_at(20), &info));
	ck_assert_uint_eq(info.how, SW_END_REFUSED);
	ck_assert_uint_eq(info.ended.ns, script_at(10).ns);
	ck_assert_uint_eq(info.ender, 1);
	ck_assert_str_eq(info.history, "SDr");
	ck_assert_uint_eq(engine->counts.embryonic, 0);
	ck_assert_uint_eq(engine->counts.by_state[SW_STATE_CLOSE], 0);
	ck_assert_uint_eq(engine->counts.by_state[SW_STATE_SYN_SENT], 0);
	/* It may come again through another rule, and only whole. */
	ck_assert(step(&rst));
	packet = script_packet(&rst);
	packet.malformed = SW_PARSE_TCP_OFFSET;
	ck_assert_int_eq(
	    sw_engine_step(engine, &packet, script_at(rst.at)), SW_DROP);
}
END_TEST

/* --- over, or elsewhere ---------------------------------------------------- */

/* Only an open flow may be asked whether it lives: that one is found though
 * its time is over. */
START_TEST(a_closing_flow_is_over_in_time)
{
	establish(0);
	ck_assert(step(&(struct script_row){ IDLE, 'C', "A", 1001, 5001, 0 }));
	ck_assert(
	    step(&(struct script_row){ IDLE + 5, 'S', "FA", 5001, 1001, 0 }));
	ck_assert(!step(
	    &(struct script_row){ IDLE + 121000, 'C', "A", 1001, 5002, 0 }));
}
END_TEST

/* What both hosts show that they sent unseen is told of what is refused. */
START_TEST(unseen_bytes_are_told)
{
	static const struct script_row rows[] = {
		{ 10, 'C', "A", 71001, 5001, 0 },
		{ 11, 'S', "A", 5001, 71001, 0 },
		{ 12, 'C', "A", 71001, 5001, 0 },
	};
	struct sw_event event;

	flow_policy.tracking = SW_TRACK_STRICT;
	end();
	open_engine();
	establish(0);
	for (unsigned i = 0; i < 3; i++) {
		ck_assert(!step(&rows[i]));
		do
			ck_assert(sw_engine_take(engine, &event));
		while (event.kind != SW_EVENT_REFUSED);
		ck_assert_uint_eq(event.refused.unseen, i ? 70000 : 0);
	}
}
END_TEST

/* The window that the former connection shut is open to the next one. */
START_TEST(a_restart_waits_for_nobody)
{
	static const struct script_row rows[] = {
		{ 0, 'C', "S", 1000, 0, 0 },
		{ 1, 'S', "SA", 5000, 1001, 0 },
		{ 2, 'S', "A", 5001, 1001, 0, .window = -1 },
		{ 3, 'C', "S", 900000, 0, 0 },
		{ 4, 'S', "SA", 70000, 900001, 0 },
	};

	for (unsigned i = 0; i < 5; i++) {
		ck_assert(step(&rows[i]));
		ck_assert(sw_tcp_is_unanswered(flow()) == (i == 2 || i == 3));
	}
}
END_TEST

/* A message of the link passes, and that is not for want of tracking. */
START_TEST(what_concerns_the_link_passes)
{
	struct sw_packet packet = { .length = 56, .in = 1, .out = 2 };
	struct sw_counts counts;

	packet.ends = build_ends("fd00::1", 0, "fd00::2", 0, 58);
	packet.icmp.kind = SW_ICMP_LOCAL;
	ck_assert_int_eq(
	    sw_engine_step(engine, &packet, script_at(0)), SW_PASS);
	packet.local = true;
	ck_assert_int_eq(
	    sw_engine_step(engine, &packet, script_at(0)), SW_PASS);
	sw_engine_counts(engine, &counts);
	ck_assert_uint_eq(counts.untracked, 0);
	ck_assert_uint_eq(counts.flows, 0);
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("track");

	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, a_handshake_takes_its_time);
	tcase_add_test(t, a_stamp_is_noted_once_in_a_slot);
	tcase_add_test(t, data_of_a_half_closed_flow_is_noted);
	tcase_add_test(t, old_data_does_not_count);
	tcase_add_test(t, both_answers_prove_life);
	tcase_add_test(t, other_segments_are_the_hosts_own);
	tcase_add_test(t, a_refused_syn_has_its_story);
	tcase_add_test(t, a_closing_flow_is_over_in_time);
	tcase_add_test(t, unseen_bytes_are_told);
	tcase_add_test(t, a_restart_waits_for_nobody);
	tcase_add_test(t, what_concerns_the_link_passes);
	return run_case("track", t);
}
