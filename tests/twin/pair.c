/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands beside a record is compared by what follows from it: a lane
 * keeps fewer of the time stamps.
 */
#include <check.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/offload.h"
#include "pair.h"

static struct sw_engine *
engine_of(const struct sw_policy *policy, struct sw_time now)
{
	const struct sw_limits limits = { .max_flows = 64,
		.max_embryonic = 100,
		.tombstones = 64,
		.events = 64,
		.key = "a key for tests" };
	struct sw_engine *engine = sw_engine_create(&limits, NULL, policy, now);

	ck_assert_ptr_nonnull(engine);
	return engine;
}

void
pair_open(struct pair *pair, enum sw_tracking tracking)
{
	struct sw_flow_policy flow_policy = { .tracking = (uint8_t)tracking,
		.log = true };

	for (unsigned i = 0; i < SW_TIMEOUT_COUNT; i++)
		flow_policy.timeouts.seconds[i] = pair->real_time ? 2 : 20 + i;
	pair->policy = sw_policy_compile(NULL, 0, &flow_policy);
	pair->alone = engine_of(pair->policy, pair->now);
	pair->behind = engine_of(pair->policy, pair->now);
	ck_assert(sw_engine_use_lanes(pair->behind, &pair->lanes, 0, 4));
}

void
pair_close(struct pair *pair)
{
	sw_engine_destroy(pair->alone);
	sw_engine_destroy(pair->behind);
	sw_policy_destroy(pair->policy);
}

static void
drain(struct sw_engine *engine)
{
	struct sw_event event;

	while (sw_engine_take(engine, &event))
		;
}

static enum sw_verdict
step(struct pair *pair, struct sw_engine *engine,
    const struct talk_packet *bytes)
{
	struct sw_packet packet;
	enum sw_verdict verdict;

	sw_packet_parse(bytes->bytes, bytes->length, bytes->length, &packet);
	packet.in = bytes->in;
	packet.out = bytes->out;
	verdict = sw_engine_step(engine, &packet, pair->now);
	drain(engine);
	return verdict;
}

static enum sw_verdict
step_behind(struct pair *pair, const struct talk_packet *packet)
{
	enum sw_verdict verdict;

	if (!pair->needs_daemon(pair, packet)) {
		pair->fast++;
		return SW_PASS;
	}
	pair->slow++;
	verdict = step(pair, pair->behind, packet);
	sw_engine_open_lanes(pair->behind, talk_below(&pair->talk, 4) != 0);
	return verdict;
}

uint32_t
pair_find(const struct sw_engine *engine, unsigned of)
{
	struct sw_endpoints ends = talk_ends(of);
	struct sw_tuple tuple;
	uint64_t hash;

	sw_tuple_key(&tuple, &ends, engine->limits.key, &hash);
	return sw_flows_find(engine->flows, &tuple, hash);
}

static const char *
differ(const struct pair *pair, unsigned of)
{
	const struct sw_flows *a = pair->alone->flows, *b = pair->behind->flows;
	uint32_t i = pair_find(pair->alone, of),
		 j = pair_find(pair->behind, of);
	struct sw_flow one, other;

	if (i == SW_FLOW_NONE || j == SW_FLOW_NONE)
		return i == j ? NULL : "presence";
	if (sw_offload_has(pair->behind, j))
		sw_offload_sync(pair->behind, j);
	one = *sw_flows_at(a, i);
	other = *sw_flows_at(b, j);
	other.flags &= (uint8_t)~SW_FLOW_LANE;
	/* Thrown away by what passed the lane, at the next look. */
	if (memcmp(&one, &other, sizeof(one)) != 0)
		return "record";
	if (memcmp(sw_flows_counters(a, i), sw_flows_counters(b, j),
		sizeof(struct sw_flow_counters)) != 0)
		return "counters";
	if (memcmp(sw_flows_history(a, i), sw_flows_history(b, j),
		sizeof(struct sw_flow_history)) != 0)
		return "history";
	return NULL;
}

static void
let_time_pass(struct pair *pair)
{
	uint32_t ms = talk_below(
	    &pair->talk, talk_below(&pair->talk, 200) == 0 ? 30000 : 20);

	if (!pair->real_time)
		pair->now.ns += ms * SW_NS_PER_MS;
}

/* Where time is real, nobody waits for the end of closed connections. */
static void
forget_closed(struct pair *pair, unsigned of)
{
	uint32_t index = pair_find(pair->alone, of);
	struct sw_endpoints ends = talk_ends(of);

	if (!pair->real_time || index == SW_FLOW_NONE ||
	    ends.proto != IPPROTO_TCP ||
	    sw_flows_at(pair->alone->flows, index)->state <=
		SW_STATE_ESTABLISHED ||
	    talk_below(&pair->talk, 4))
		return;
	sw_engine_kill(pair->alone, &ends, pair->now, false);
	sw_engine_kill(pair->behind, &ends, pair->now, false);
}

static void
one_packet(struct pair *pair, uint32_t i)
{
	unsigned of = talk_below(&pair->talk, TALK_FLOWS);
	struct talk_packet packet;
	enum sw_verdict alone, behind;
	const char *what;

	let_time_pass(pair);
	forget_closed(pair, of);
	talk_next(&pair->talk, of, pair->alone, &packet);
	if (pair->change)
		pair->change(&packet);
	behind = step_behind(pair, &packet);
	alone = step(pair, pair->alone, &packet);
	pair->dropped += alone == SW_DROP;
	if (alone != behind)
		ck_abort_msg("packet %u: verdict %d behind the program, %d "
			     "alone",
		    i, behind, alone);
	what = differ(pair, of);
	if (what != NULL)
		ck_abort_msg("packet %u: another %s", i, what);
	if (i % 64 == 0) {
		sw_engine_sweep(pair->alone, pair->now, 128);
		sw_engine_sweep(pair->behind, pair->now, 128);
		drain(pair->alone);
		drain(pair->behind);
	}
}

static void
check_counts(const struct pair *pair, uint32_t packets)
{
	struct sw_counts alone, behind;

	sw_engine_sync_lanes(
	    pair->behind, 0, pair->lanes.control->sets * SW_LANE_WAYS);
	sw_engine_counts(pair->alone, &alone);
	sw_engine_counts(pair->behind, &behind);
	ck_assert_uint_eq(alone.passed, behind.passed);
	ck_assert_uint_eq(alone.bytes_passed, behind.bytes_passed);
	ck_assert_uint_eq(behind.offload.packets, pair->fast);
	ck_assert_uint_gt(pair->fast, packets / 4);
	ck_assert_uint_gt(pair->dropped, packets / 1000);
	printf("%u packets: %llu by the program, %llu by the engine, %llu "
	       "dropped; %llu lanes opened, %llu taken, %llu found no place\n",
	    packets, (unsigned long long)pair->fast,
	    (unsigned long long)pair->slow, (unsigned long long)pair->dropped,
	    (unsigned long long)behind.offload.opened,
	    (unsigned long long)behind.offload.taken,
	    (unsigned long long)behind.offload.full);
}

void
pair_run(struct pair *pair, uint32_t packets)
{
	for (uint32_t i = 0; i < packets; i++)
		one_packet(pair, i);
	check_counts(pair, packets);
}
