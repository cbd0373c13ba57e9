/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which flows have a lane, and when.
 *
 * A lane is opened after the batch whose packet showed that its flow may have
 * one, and only when the caller has nothing more to read: what is queued then
 * would be overtaken.  It is let go when its flow ends, or when the flow is no
 * longer one whose packets only carry on.  A lane is never evicted: a flow
 * that finds no place stays with the queue.
 *
 * Segments outside the windows are noted beside a record and change it only
 * when others prove them.  So while nothing but such notes is there the lane
 * may stay open, and blind packets slow nobody down.
 */
#include "engine/offload.h"

#include <netinet/in.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "engine/interfaces.h"
#include "engine/table/lane.h"
#include "engine/tcp/last.h"
#include "engine/tcp/lost.h"

const char *
sw_lane_reason_text(enum sw_lane_reason reason)
{
	static const char *const texts[SW_LANE_REASONS] = {
#define X(name, text) [SW_LANE_##name] = (text),
		SW_LANE_REASON_MAP(X)
#undef X
	};

	return (unsigned)reason < SW_LANE_REASONS ? texts[reason] : "unknown";
}

/* Is what is kept beside the record no more than notes that a segment inside
 * the windows throws away? */
static bool
only_noted(const struct sw_engine *engine, uint32_t index)
{
	const struct sw_cold *cold = sw_flows_cold(engine->flows, index);

	return cold->lost < SW_LOST_AGREED &&
	       !((cold->claimed[0] | cold->claimed[1]) & SW_CLAIM_SET);
}

static enum sw_lane_reason
reason_of_tcp(const struct sw_engine *engine, uint32_t index)
{
	const struct sw_flow *flow = sw_flows_at(engine->flows, index);

	if (flow->state != SW_STATE_ESTABLISHED)
		return SW_LANE_STATE;
	if (flow->flags & (SW_FLOW_PROBING | SW_FLOW_RESET | SW_FLOW_LOOSE) ||
	    flow->last & (SW_LAST_ASIDE | SW_LAST_FINS_AHEAD) ||
	    (flow->flags & SW_FLOW_LOST && !only_noted(engine, index)) ||
	    !flow->peer[0].maxwin || !flow->peer[1].maxwin)
		return SW_LANE_STEP;
	return SW_LANE_FAST;
}

static enum sw_lane_reason
reason_of_state(const struct sw_engine *engine, uint32_t index)
{
	const struct sw_flow *flow = sw_flows_at(engine->flows, index);
	const uint8_t both = SW_FLOW_REPLIED | SW_FLOW_ASSURED;

	if (flow->proto != IPPROTO_TCP && flow->proto != IPPROTO_UDP)
		return SW_LANE_PROTOCOL;
	if ((flow->flags & both) != both)
		return SW_LANE_STATE;
	if (flow->proto == IPPROTO_UDP)
		return flow->state == SW_STATE_UDP ? SW_LANE_FAST
						   : SW_LANE_STATE;
	return reason_of_tcp(engine, index);
}

static enum sw_lane_reason
reason_of_rule(const struct sw_engine *engine, uint32_t index)
{
	const struct sw_flow_policy *flow_policy = sw_engine_flow_policy(
	    engine, sw_flows_at(engine->flows, index)->rule);

	if (flow_policy->queued ||
	    sw_interfaces_is_parent(sw_flows_counters(engine->flows, index)))
		return SW_LANE_RULE;
	if (flow_policy->tracking != SW_TRACK_NORMAL &&
	    flow_policy->tracking != SW_TRACK_STRICT)
		return SW_LANE_TRACKING;
	return SW_LANE_FAST;
}

/* A lane holds 16 bits of each interface it compares. */
static enum sw_lane_reason
reason_of_way(const struct sw_engine *engine, uint32_t index)
{
	for (unsigned side = 0; side < 2; side++) {
		struct sw_interfaces way =
		    sw_interfaces_of(engine, index, side);

		if (!way.in || !way.out || way.in > UINT16_MAX)
			return SW_LANE_INTERFACE;
	}
	return SW_LANE_FAST;
}

/* The program does not see by which interface a packet leaves, and routes may
 * change with a mark, or from packet to packet.  The engine asks the policy
 * again when they do, so a flow that a rule might then deny stays with it. */
static enum sw_lane_reason
reason_of_leaving(const struct sw_engine *engine, uint32_t index)
{
	uint16_t rule = sw_flows_at(engine->flows, index)->rule;
	struct sw_endpoints ends = sw_flow_info_opener(engine, index);

	if (sw_engine_flow_policy(engine, rule)->roam)
		return SW_LANE_FAST;
	for (unsigned side = 0; side < 2; side++) {
		struct sw_interfaces way =
		    sw_interfaces_of(engine, index, side);
		struct sw_way own = { .in = way.in, .out = way.out };

		if (sw_policy_denies_leaving(engine->policy, &ends, &own))
			return SW_LANE_LEAVING;
		ends = sw_packet_endpoints_reverse(&ends);
	}
	return SW_LANE_FAST;
}

/* => FAST when the flow may have a lane */
static enum sw_lane_reason
reason(const struct sw_engine *engine, uint32_t index)
{
	enum sw_lane_reason of = reason_of_state(engine, index);

	if (sw_flows_at(engine->flows, index)->zone != 0)
		return SW_LANE_ZONE;
	if (of == SW_LANE_FAST)
		of = reason_of_rule(engine, index);
	if (of == SW_LANE_FAST)
		of = reason_of_way(engine, index);
	return of == SW_LANE_FAST ? reason_of_leaving(engine, index) : of;
}

static bool
is_young(const struct sw_engine *engine, uint32_t index)
{
	const struct sw_flow_counters *counters =
	    sw_flows_counters(engine->flows, index);

	return sw_flow_counters_packets(counters, 0) +
		   sw_flow_counters_packets(counters, 1) <
	       engine->offload->after;
}

enum sw_lane_reason
sw_offload_reason(const struct sw_engine *engine, uint32_t index)
{
	enum sw_lane_reason of;

	if (!engine->offload)
		return SW_LANE_OFF;
	if (sw_offload_has(engine, index))
		return SW_LANE_FAST;
	of = reason(engine, index);
	if (of != SW_LANE_FAST)
		return of;
	return is_young(engine, index) ? SW_LANE_YOUNG : SW_LANE_NEXT;
}

void
sw_offload_add_counts(
    struct sw_counts *counts, const struct sw_lane_counts *more)
{
	counts->passed += more->packets;
	counts->bytes_passed += more->bytes;
	counts->offload.opened += more->opened;
	counts->offload.taken += more->taken;
	counts->offload.full += more->full;
	counts->offload.packets += more->packets;
	counts->offload.bytes += more->bytes;
	counts->offload.lanes += more->lanes;
}

static uint32_t
epoch_gate(const struct sw_engine *engine)
{
	return sw_lane_open(__atomic_load_n(
	    &engine->offload->lanes.control->epoch, __ATOMIC_ACQUIRE));
}

/* Nothing of the lane may be written after its gate is open, and nothing of
 * the record after the flag is set: the fence keeps the compiler from it. */
static void
open_lane(struct sw_engine *engine, uint32_t index, struct sw_lane *lane,
    uint32_t gate)
{
	sw_offload_put(engine, index, lane);
	atomic_signal_fence(memory_order_seq_cst);
	sw_flows_at(engine->flows, index)->flags |= SW_FLOW_LANE;
	__atomic_store_n(&lane->gate, gate, __ATOMIC_RELEASE);
}

static void
clear_flag(const struct sw_engine *engine, uint32_t index)
{
	sw_flows_at(engine->flows, index)->flags &= (uint8_t)~SW_FLOW_LANE;
	atomic_signal_fence(memory_order_seq_cst);
}

static void
let_go(struct sw_offload *offload, struct sw_lane *lane)
{
	sw_offload_free(lane);
	offload->counts.taken++;
	offload->counts.lanes--;
}

void
sw_offload_read(const struct sw_engine *engine, uint32_t index)
{
	struct sw_lane *lane =
	    engine->offload ? sw_offload_find(engine, index) : NULL;
	uint32_t gate;

	if (!lane)
		return;
	gate = sw_offload_seize(lane);
	sw_offload_copy_back(engine, index, lane);
	__atomic_store_n(&lane->gate, gate, __ATOMIC_RELEASE);
}

void
sw_offload_hold(struct sw_engine *engine, uint32_t index)
{
	struct sw_offload *offload = engine->offload;
	struct sw_lane *lane = offload ? sw_offload_find(engine, index) : NULL;

	if (lane) {
		offload->gate = sw_offload_seize(lane);
		sw_offload_copy_back(engine, index, lane);
		offload->held = lane;
		offload->index = index;
		offload->seen = lane->seen;
	}
	clear_flag(engine, index);
}

/* The program's clock may have been ahead of the one this packet was read
 * by. */
static void
keep_seen(const struct sw_engine *engine, uint32_t index, uint32_t seen)
{
	struct sw_flow *flow = sw_flows_at(engine->flows, index);

	if ((int32_t)(seen - flow->seen) > 0)
		flow->seen = seen;
}

void
sw_offload_release(struct sw_engine *engine)
{
	struct sw_offload *offload = engine->offload;
	struct sw_lane *lane = offload->held;
	uint32_t index = offload->index;
	bool may = reason(engine, index) == SW_LANE_FAST;

	offload->held = NULL;
	keep_seen(engine, index, offload->seen);
	if (may && offload->gate == epoch_gate(engine)) {
		open_lane(engine, index, lane, offload->gate);
		return;
	}
	let_go(offload, lane);
	if (may)
		sw_offload_wish(offload, index);
}

void
sw_offload_carried(struct sw_engine *engine, uint32_t index)
{
	sw_offload_wish(engine->offload, index);
	if (engine->offload->held)
		sw_offload_release(engine);
}

void
sw_offload_leave(struct sw_engine *engine, uint32_t index)
{
	struct sw_offload *offload = engine->offload;

	if (sw_offload_has(engine, index))
		sw_offload_hold(engine, index);
	if (!offload || !offload->held || offload->index != index)
		return;
	let_go(offload, offload->held);
	offload->held = NULL;
}

/* The flow may be gone by now, or have had its wish. */
static void
grant(struct sw_engine *engine, uint32_t index)
{
	struct sw_offload *offload = engine->offload;
	struct sw_lane *lane;

	if (!sw_flows_deadline(engine->flows, index) ||
	    sw_offload_has(engine, index) || is_young(engine, index) ||
	    reason(engine, index) != SW_LANE_FAST)
		return;
	lane = sw_offload_claim(engine, index);
	if (!lane) {
		offload->counts.full++;
		return;
	}
	offload->counts.opened++;
	offload->counts.lanes++;
	open_lane(engine, index, lane, epoch_gate(engine));
}

void
sw_engine_open_lanes(struct sw_engine *engine, bool drained)
{
	struct sw_offload *offload = engine->offload;

	if (!offload)
		return;
	for (uint32_t i = 0; drained && i < offload->n; i++)
		grant(engine, offload->wish[i]);
	offload->n = 0;
}

bool
sw_engine_wishes_lanes(const struct sw_engine *engine)
{
	return engine->offload && engine->offload->n > 0;
}

/* What was carried by lanes that are used no more goes on counting. */
static void
keep_counts(struct sw_engine *engine)
{
	struct sw_counts *counts = &engine->counts;

	if (!engine->offload)
		return;
	sw_offload_add_counts(counts, &engine->offload->counts);
	counts->offload.lanes = 0;
}

bool
sw_engine_use_lanes(struct sw_engine *engine, const struct sw_lanes *lanes,
    uint16_t shard, uint32_t after)
{
	keep_counts(engine);
	free(engine->offload);
	engine->offload = NULL;
	if (!lanes)
		return true;
	engine->offload = calloc(1, sizeof(*engine->offload));
	if (!engine->offload)
		return false;
	engine->offload->lanes = *lanes;
	engine->offload->shard = shard;
	engine->offload->after = after;
	return true;
}

void
sw_engine_set_after(struct sw_engine *engine, uint32_t after)
{
	if (engine->offload)
		engine->offload->after = after;
}

uint32_t
sw_engine_recall_lanes(struct sw_engine *engine)
{
	uint32_t slots = sw_flows_slots(engine->flows), index = 0, end, n = 0;

	while (index < slots) {
		uint32_t used = sw_flows_unused(engine->flows, index, &end);

		for (; index < used; index++)
			if (sw_flows_deadline(engine->flows, index) &&
			    sw_offload_has(engine, index)) {
				sw_offload_leave(engine, index);
				n++;
			}
		index = end;
	}
	return n;
}

void
sw_engine_sync_lanes(struct sw_engine *engine, uint32_t from, uint32_t n)
{
	const struct sw_offload *offload = engine->offload;

	for (uint32_t i = from; offload && i < from + n; i++) {
		const struct sw_lane *lane = &offload->lanes.lane[i];
		uint32_t index = lane->index;

		if (__atomic_load_n(&lane->gate, __ATOMIC_ACQUIRE) !=
			SW_GATE_FREE &&
		    lane->shard == offload->shard &&
		    index < sw_flows_slots(engine->flows) &&
		    sw_flows_deadline(engine->flows, index))
			sw_offload_sync(engine, index);
	}
}
