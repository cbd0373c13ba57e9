/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One connection takes another one's entry over: what is told of the former,
 * what is counted, and what the next one begins with.
 */

#include <check.h>
#include <stdlib.h>

#include "build.h"
#include "engine/internal.h"
#include "runner.h"
#include "script.h"

static struct sw_policy *policy;
static struct sw_engine *engine;
static struct sw_event ended, established;
static void *memory;

static void
open_engine(uint64_t ms)
{
	struct sw_flow_policy flow_policy = script_treatment(SW_TRACK_NORMAL);

	flow_policy.timeouts.seconds[SW_TIMEOUT_SYN_SENT] = 120;
	policy = sw_policy_compile(NULL, 0, &flow_policy);
	ck_assert_ptr_nonnull(policy);
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
	open_engine(0);
}

static void
end(void)
{
	close_engine();
	free(memory);
}

static struct sw_flow_info
step(const struct script_row *row)
{
	struct sw_packet packet = script_packet(row);
	struct sw_event event;
	struct sw_flow_info info;

	ended.kind = established.kind = SW_EVENT_SEND;
	ck_assert_int_eq(
	    sw_engine_step(engine, &packet, script_at(row->at)), SW_PASS);
	while (sw_engine_take(engine, &event))
		if (event.kind == SW_EVENT_ENDED)
			ended = event;
		else if (event.kind == SW_EVENT_ESTABLISHED)
			established = event;
	ck_assert(
	    sw_engine_find(engine, &packet.ends, script_at(row->at), &info));
	return info;
}

static void
check_counts(uint64_t opened, uint32_t embryonic, uint64_t reused)
{
	struct sw_counts counts;

	sw_engine_counts(engine, &counts);
	ck_assert_uint_eq(counts.flows, 1);
	ck_assert_uint_eq(counts.opened, opened);
	ck_assert_uint_eq(counts.embryonic, embryonic);
	ck_assert_uint_eq(counts.ended[SW_END_REUSED], reused);
}

static void
check_packets(const struct sw_flow_info *info, uint64_t client, uint64_t server)
{
	ck_assert_uint_eq(info->side[0].packets, client);
	ck_assert_uint_eq(info->side[1].packets, server);
	ck_assert_uint_eq(info->side[0].bytes, 40 * client);
	ck_assert_uint_eq(info->side[1].bytes, 40 * server);
}

START_TEST(a_handshake_begins_anew)
{
	static const struct script_row rows[] = {
		{ 0, 'C', "S", 1000, 0, 0 },
		{ 1, 'S', "SA", 5000, 1001, 0 },
		{ 2, 'C', "S", 900000, 0, 0 },
		{ 1000, 'S', "SA", 70000, 900001, 0 },
	};
	struct sw_flow_info info;

	for (unsigned i = 0; i < 3; i++) {
		info = step(&rows[i]);
		ck_assert_uint_eq(ended.kind, SW_EVENT_SEND);
		check_counts(1, 1, 0);
	}
	check_packets(&info, 2, 1);
	info = step(&rows[3]);
	ck_assert_uint_eq(ended.kind, SW_EVENT_ENDED);
	ck_assert_uint_eq(ended.info.how, SW_END_REUSED);
	ck_assert_uint_eq(ended.info.ended.ns, script_at(1000).ns);
	check_packets(&ended.info, 2, 1);
	check_counts(2, 1, 1);
	check_packets(&info, 0, 1);
	ck_assert_str_eq(info.history, "h");
	ck_assert_uint_eq(info.opened.ns, script_at(1000).ns);
	ck_assert(!info.assured);
	ck_assert_uint_eq(info.state, SW_STATE_SYN_RECV);
	ck_assert_uint_eq(established.kind, SW_EVENT_SEND);
}
END_TEST

START_TEST(a_call_replaces_a_connection)
{
	static const struct script_row rows[] = {
		{ 0, 'C', "S", 1000, 0, 0 },
		{ 1, 'S', "SA", 5000, 1001, 0 },
		{ 2, 'C', "A", 1001, 5001, 0 },
		{ 3, 'C', "S", 90000000, 0, 0 },
		{ 4, 'S', "SA", 70000000, 90000001, 0 },
		{ 1000, 'C', "A", 90000001, 70000001, 0 },
	};
	struct sw_flow_info info;

	for (unsigned i = 0; i < 5; i++) {
		info = step(&rows[i]);
		ck_assert_uint_eq(ended.kind, SW_EVENT_SEND);
		check_counts(1, i < 2, 0);
	}
	info = step(&rows[5]);
	ck_assert_uint_eq(ended.kind, SW_EVENT_ENDED);
	ck_assert_uint_eq(ended.info.how, SW_END_REUSED);
	check_packets(&ended.info, 3, 2);
	ck_assert_uint_eq(established.kind, SW_EVENT_ESTABLISHED);
	ck_assert_uint_eq(established.time.ns, script_at(1000).ns);
	check_counts(2, 0, 1);
	check_packets(&info, 1, 0);
	ck_assert_str_eq(info.history, "A");
	ck_assert_uint_eq(info.opened.ns, script_at(1000).ns);
	ck_assert(info.assured);
}
END_TEST

/* --- taken over ------------------------------------------------------------ */

static struct sw_flow *
only_flow(void)
{
	for (uint32_t i = 0; i < sw_engine_slots(engine); i++)
		if (sw_flows_deadline(engine->flows, i))
			return sw_flows_at(engine->flows, i);
	ck_abort_msg("there is no flow");
	return NULL;
}

/* A moment to come was scribbled: the flow counts as seen now. */
START_TEST(a_moment_to_come_is_now)
{
	static const struct script_row row = { 0, 'C', "S", 1000, 0, 0 };
	uint32_t now = sw_time_tick(script_at(5000));

	for (uint32_t ahead = 63; ahead <= 66; ahead++) {
		(void)step(&row);
		only_flow()->seen = now + ahead;
		close_engine();
		open_engine(5000);
		ck_assert_uint_eq(
		    only_flow()->seen, ahead > 64 ? now : now + ahead);
		end();
		begin();
	}
}
END_TEST

/* --- out of step ----------------------------------------------------------- */

/* Since the first segment outside the windows; both sides must show it. */
START_TEST(a_story_tells_since_when_it_is_lost)
{
	static const struct script_row rows[] = {
		{ 0, 'C', "S", 1000, 0, 0 },
		{ 1, 'S', "SA", 5000, 1001, 0 },
		{ 2, 'C', "A", 1001, 5001, 0 },
		{ 1000, 'C', "A", 50000000, 90000000, 0 },
		{ 2000, 'S', "A", 90000000, 50000000, 0 },
	};
	struct sw_flow_info info = { .how = SW_END_NOT };

	for (unsigned i = 0; i < 5; i++) {
		info = step(&rows[i]);
		ck_assert(info.lost == (i == 4));
	}
	ck_assert_uint_eq(info.lost_since.ns, script_at(1000).ns);
}
END_TEST

/* Both the grave of those that were established and limbo count. */
START_TEST(stories_are_counted)
{
	static const struct script_row syn = { 0, 'C', "S", 1000, 0, 0 };
	struct sw_counts counts;

	(void)step(&syn);
	sw_engine_sweep(engine, script_at(120000), sw_engine_slots(engine));
	sw_engine_counts(engine, &counts);
	ck_assert_uint_eq(counts.flows, 0);
	ck_assert_uint_eq(counts.flow_limit, 16);
	ck_assert_uint_eq(counts.tombstones, 1);
}
END_TEST

/* --- malformed ------------------------------------------------------------- */

/* A part of the handshake that was malformed explains two minutes, of a flow
 * that lives as well. */
START_TEST(a_malformed_answer_explains_a_live_flow)
{
	static const struct script_row syn = { 100000, 'C', "S", 1000, 0, 0 };
	static const struct script_row answer = { 0, 'S', "SA", 5000, 1001, 0 };
	static const struct script_row ack = { 0, 'C', "A", 1001, 5001, 0 };
	static const uint64_t moments[] = { 120000, 120001 };
	struct sw_packet packet = script_packet(&answer);
	struct sw_event event;

	packet.malformed = SW_PARSE_TCP_OFFSET;
	ck_assert_int_eq(
	    sw_engine_step(engine, &packet, script_at(0)), SW_DROP);
	(void)step(&syn);
	packet = script_packet(&ack);
	for (unsigned i = 0; i < 2; i++) {
		ck_assert_int_eq(
		    sw_engine_step(engine, &packet, script_at(moments[i])),
		    SW_DROP);
		do
			ck_assert(sw_engine_take(engine, &event));
		while (event.kind != SW_EVENT_REFUSED);
		ck_assert(event.refused.was_denied == !i);
		ck_assert_uint_eq(event.info.how, SW_END_NOT);
	}
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("reused");

	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, a_handshake_begins_anew);
	tcase_add_test(t, a_call_replaces_a_connection);
	tcase_add_test(t, a_moment_to_come_is_now);
	tcase_add_test(t, a_story_tells_since_when_it_is_lost);
	tcase_add_test(t, stories_are_counted);
	tcase_add_test(t, a_malformed_answer_explains_a_live_flow);
	return run_case("reused", t);
}
