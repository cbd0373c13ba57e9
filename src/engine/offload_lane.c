/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A record and its lane.
 *
 * Counts are absolute in both, and stamps are only ever newer, so copying
 * back twice does no harm: a process that dies half-way leaves the flag set,
 * and the next one copies again.
 */
#include <netinet/in.h>
#include <stdatomic.h>
#include <string.h>

#include "engine/interfaces.h"
#include "engine/offload.h"
#include "engine/table/lane.h"
#include "engine/tcp/lost.h"
#include "engine/tcp/stamp.h"

_Static_assert(
    SW_LANE_STAMP_SLOT == SW_STAMP_SLOT &&
	SW_LANE_TICKS == SW_TICKS_PER_SECOND &&
	SW_LANE_TICK_NS * (uint64_t)SW_LANE_TICKS == SW_NS_PER_SECOND,
    "the program counts time as the engine does");

/* Looks at a gate that the program keeps before it is taken by force.  The
 * program never waits, so it needs some of them only while its processor
 * does something else. */
enum { PATIENCE = 1 << 24 };

enum { LETTER_ACK = 1 << 2, LETTER_DATA = 1 << 3 };

static struct sw_lane_address
address_of(const struct sw_addr *addr, uint8_t family)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	struct sw_lane_address of;

	if (family == SW_IPV6) {
		memcpy(&of, addr->b, sizeof(of));
		return of;
	}
	memcpy(&of, mapped, sizeof(mapped));
	memcpy((uint8_t *)&of + sizeof(mapped), addr->b, 4);
	return of;
}

static uint8_t
kind_of(const struct sw_tuple *tuple)
{
	return (uint8_t)((tuple->proto == IPPROTO_UDP ? SW_LANE_UDP : 0) |
			 (tuple->family == SW_IPV6 ? SW_LANE_IPV6 : 0));
}

/* What finds the flow; all else is zero. */
static struct sw_lane
key_of(const struct sw_engine *engine, uint32_t index)
{
	struct sw_tuple tuple;

	sw_flows_tuple(engine->flows, index, &tuple);
	return (struct sw_lane){ .gate = SW_GATE_HELD,
		.a_port = tuple.a_port,
		.b_port = tuple.b_port,
		.flags = kind_of(&tuple),
		.index = index,
		.shard = engine->offload->shard,
		.a = address_of(&tuple.a, tuple.family),
		.b = address_of(&tuple.b, tuple.family) };
}

static struct sw_lane *
set_of(const struct sw_engine *engine, const struct sw_lane *key)
{
	const struct sw_lanes *lanes = &engine->offload->lanes;
	uint32_t ports = (uint32_t)key->a_port << 16 | key->b_port;

	return &lanes->lane[sw_lane_set(
	    lanes->control, &key->a, &key->b, ports)];
}

struct sw_lane *
sw_offload_find(const struct sw_engine *engine, uint32_t index)
{
	struct sw_lane key = key_of(engine, index);
	struct sw_lane *set = set_of(engine, &key);

	for (unsigned i = 0; i < SW_LANE_WAYS; i++)
		if (set[i].index == index && set[i].shard == key.shard &&
		    __atomic_load_n(&set[i].gate, __ATOMIC_ACQUIRE) !=
			SW_GATE_FREE &&
		    memcmp(&set[i].a, &key.a, sizeof(key.a)) == 0 &&
		    memcmp(&set[i].b, &key.b, sizeof(key.b)) == 0)
			return &set[i];
	return NULL;
}

struct sw_lane *
sw_offload_claim(const struct sw_engine *engine, uint32_t index)
{
	struct sw_lane key = key_of(engine, index);
	struct sw_lane *set = set_of(engine, &key);

	for (unsigned i = 0; i < SW_LANE_WAYS; i++) {
		uint32_t gate = SW_GATE_FREE;

		if (!__atomic_compare_exchange_n(&set[i].gate, &gate,
			SW_GATE_HELD, false, __ATOMIC_ACQ_REL,
			__ATOMIC_RELAXED))
			continue;
		set[i] = key;
		return &set[i];
	}
	return NULL;
}

uint32_t
sw_offload_seize(struct sw_lane *lane)
{
	uint32_t gate = __atomic_load_n(&lane->gate, __ATOMIC_RELAXED);

	for (unsigned i = 0;; i++) {
		if (gate & SW_GATE_BUSY && i < PATIENCE)
			gate = __atomic_load_n(&lane->gate, __ATOMIC_RELAXED);
		else if (__atomic_compare_exchange_n(&lane->gate, &gate,
			     SW_GATE_HELD, false, __ATOMIC_ACQ_REL,
			     __ATOMIC_RELAXED))
			return gate;
	}
}

void
sw_offload_free(struct sw_lane *lane)
{
	lane->index = SW_FLOW_NONE;
	__atomic_store_n(&lane->gate, SW_GATE_FREE, __ATOMIC_RELEASE);
}

/* No note of a lane that was put there is as old as this. */
static uint32_t
before_all(const struct sw_flow *flow)
{
	return flow->seen - 1;
}

/* A lane's slot tells of a new note, but for the one after segments outside
 * the windows. */
static bool
has_note(const struct sw_flow *flow, const struct sw_lane *lane,
    const struct sw_lane_stamps *stamps, unsigned side)
{
	return lane->stamped[side] != flow->stamped[side] ||
	       (flow->flags & SW_FLOW_LOST &&
		   stamps->tick[side] != before_all(flow));
}

/* The segment whose stamps were noted last, as far as a note needs it. */
static void
copy_stamps(const struct sw_engine *engine, uint32_t index,
    const struct sw_lane *lane, unsigned side)
{
	const struct sw_lanes *lanes = &engine->offload->lanes;
	const struct sw_lane_stamps *stamps =
	    &lanes->stamps[lane - lanes->lane];
	const struct sw_tcp_segment segment = { .flags = SW_ACK,
		.kind = SW_TCP_ACK,
		.has_timestamp = true,
		.tsval = stamps->value[side],
		.tsecr = stamps->echo[side] };
	struct sw_flow *flow = sw_flows_at(engine->flows, index);

	if (has_note(flow, lane, stamps, side))
		sw_stamp_note(flow, sw_flows_cold(engine->flows, index), side,
		    &segment, stamps->tick[side]);
}

static void
copy_counts(
    const struct sw_engine *engine, uint32_t index, const struct sw_lane *lane)
{
	struct sw_flow_counters *counters =
	    sw_flows_counters(engine->flows, index);
	struct sw_lane_counts *counts = &engine->offload->counts;

	for (unsigned side = 0; side < 2; side++) {
		uint32_t more =
		    lane->packets[side] - (uint32_t)counters->packets[side];

		counts->packets += more;
		counts->bytes += lane->bytes[side] - counters->bytes[side];
		counters->packets[side] += more;
		counters->bytes[side] = lane->bytes[side];
	}
}

/* Segments outside the windows may have been noted while the lane was open;
 * what it carried since fits the record, so nothing else counts any more. */
static void
forget_lost(const struct sw_engine *engine, uint32_t index, uint32_t tick)
{
	const struct sw_lost lost = {
		.flow = sw_flows_at(engine->flows, index),
		.history = sw_flows_history(engine->flows, index),
		.cold = sw_flows_cold(engine->flows, index),
		.tick = tick,
		.seen = tick,
	};

	sw_lost_forget(&lost);
}

void
sw_offload_copy_back(
    const struct sw_engine *engine, uint32_t index, const struct sw_lane *lane)
{
	struct sw_flow *flow = sw_flows_at(engine->flows, index);

	if (flow->proto == IPPROTO_TCP) {
		copy_stamps(engine, index, lane, 0);
		copy_stamps(engine, index, lane, 1);
		memcpy(flow->peer, lane->peer, sizeof(flow->peer));
		memcpy(flow->peer_flags, lane->peer_flags,
		    sizeof(flow->peer_flags));
		flow->last = lane->last;
	}
	copy_counts(engine, index, lane);
	if (!(lane->flags & SW_LANE_NOTED))
		forget_lost(engine, index, lane->seen);
	flow->seen = lane->seen;
	atomic_signal_fence(memory_order_seq_cst);
}

/* Seconds of silence after which only the engine can tell whether the flow is
 * over, or is to report that it was silent. */
static uint16_t
limit_of(const struct sw_engine *engine, const struct sw_flow *flow)
{
	const uint32_t *seconds =
	    sw_engine_flow_policy(engine, flow->rule)->timeouts.seconds;
	uint32_t limit = seconds[SW_TIMEOUT_UDP];

	if (flow->proto == IPPROTO_TCP) {
		limit = seconds[SW_TIMEOUT_ESTABLISHED];
		if (seconds[SW_TIMEOUT_UNACKNOWLEDGED] < limit)
			limit = seconds[SW_TIMEOUT_UNACKNOWLEDGED];
	}
	return (uint16_t)(limit < SW_SILENCE_LEAST ? limit : SW_SILENCE_LEAST);
}

static uint8_t
letters_of(const struct sw_flow *flow, unsigned side)
{
	uint8_t letters = flow->letters[side];

	return (uint8_t)(((letters & LETTER_ACK ? SW_LANE_ACK : 0) |
			     (letters & LETTER_DATA ? SW_LANE_DATA : 0))
			 << side);
}

static void
expect_note(const struct sw_engine *engine, const struct sw_flow *flow,
    struct sw_lane *lane)
{
	const struct sw_lanes *lanes = &engine->offload->lanes;
	struct sw_lane_stamps *stamps = &lanes->stamps[lane - lanes->lane];

	lane->flags |= SW_LANE_NOTED;
	stamps->tick[0] = stamps->tick[1] = before_all(flow);
}

void
sw_offload_put(
    const struct sw_engine *engine, uint32_t index, struct sw_lane *lane)
{
	const struct sw_flow *flow = sw_flows_at(engine->flows, index);
	const struct sw_flow_counters *counters =
	    sw_flows_counters(engine->flows, index);

	memcpy(lane->peer, flow->peer, sizeof(lane->peer));
	memcpy(lane->peer_flags, flow->peer_flags, sizeof(lane->peer_flags));
	memcpy(lane->stamped, flow->stamped, sizeof(lane->stamped));
	lane->seen = flow->seen;
	lane->scales = flow->scales;
	lane->last = flow->last;
	lane->limit = limit_of(engine, flow);
	lane->flags = (uint8_t)((lane->flags & (SW_LANE_UDP | SW_LANE_IPV6)) |
				(flow->flags & SW_FLOW_OPENER_B) |
				letters_of(flow, 0) | letters_of(flow, 1));
	if (flow->flags & SW_FLOW_LOST)
		expect_note(engine, flow, lane);
	for (unsigned side = 0; side < 2; side++) {
		struct sw_interfaces way =
		    sw_interfaces_of(engine, index, side);

		lane->in[side] = (uint16_t)way.in;
		lane->packets[side] = (uint32_t)counters->packets[side];
		lane->bytes[side] = counters->bytes[side];
	}
}

_Static_assert((int)SW_LANE_OPENER_B == (int)SW_FLOW_OPENER_B, "is copied");
