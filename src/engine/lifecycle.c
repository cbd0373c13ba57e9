/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The begin and end of a flow.
 *
 * Begin: if the limits allow it, a record is taken from the table
 * (engine/eviction.c makes room).
 *
 * End: the flow leaves a tombstone, in the ring for established flows or in the
 * one for all others, and an event reports it.
 */

#include <assert.h>
#include <netinet/in.h>
#include <string.h>

#include "engine/interfaces.h"
#include "engine/internal.h"
#include "engine/offload.h"
#include "engine/related/kin.h"
#include "engine/sctp/sctp.h"
#include "engine/tcp/lost.h"
#include "engine/tcp/table.h"
#include "engine/tcp/tcp.h"

static enum sw_state
first_state(uint8_t proto)
{
	switch (proto) {
	case IPPROTO_TCP:
	case IPPROTO_SCTP:
		return SW_STATE_NONE;
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
		return SW_STATE_UDP_UNREPLIED;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return SW_STATE_ICMP;
	default:
		return SW_STATE_OTHER;
	}
}

/* How full table and embryonic share are, the fuller of both, in 16ths; 15 at
 * most. */
static uint32_t
fullness(const struct sw_engine *engine)
{
	uint64_t flows = (uint64_t)sw_flows_count(engine->flows) * 16 /
			 engine->limits.max_flows;
	uint64_t embryos = (uint64_t)engine->counts.embryonic * 16 /
			   sw_eviction_for_embryos(engine);
	uint64_t fuller = flows > embryos ? flows : embryos;

	return fuller < 15 ? (uint32_t)fuller : 15;
}

/* Where room is short a flow that nobody answered gets less time to be:
 * from half full on, down to an eighth.  A real answer takes milliseconds,
 * a flood's none ever comes. */
static uint32_t
embryonic_timeout(const struct sw_engine *engine, uint32_t seconds)
{
	uint32_t full = fullness(engine);
	uint32_t part = full <= 8 ? 8 : 16 - full;
	uint32_t shrunk = seconds * part / 8;

	if (shrunk < SW_EMBRYO_LEAST)
		shrunk = SW_EMBRYO_LEAST;
	return shrunk < seconds ? shrunk : seconds;
}

/* The opening packet is followed only afterwards: the event already has the
 * state to which it leads. */
static void
foretell(const struct sw_engine *engine, const struct sw_lookup *p,
    struct sw_event *event)
{
	const struct sw_timeouts *timeouts =
	    &sw_engine_flow_policy(engine, event->rule)->timeouts;
	struct sw_tcp_table_cell cell;

	if (p->packet->ends.proto != IPPROTO_TCP)
		return;
	cell = sw_tcp_table_cell(
	    0, (enum sw_tcp_kind)p->packet->tcp.kind, SW_STATE_NONE);
	assert(cell.act == SW_ACT_MOVE);
	event->info.state = cell.next;
	event->info.timeout = embryonic_timeout(
	    engine, sw_tcp_state_timeout((enum sw_state)cell.next, timeouts));
}

void
sw_lifecycle_announce(struct sw_engine *engine, const struct sw_lookup *p,
    uint32_t index, enum sw_event_kind kind)
{
	struct sw_event *event = sw_engine_event(engine, kind, p->now);

	if (!event)
		return;
	event->in = p->packet->in;
	event->out = p->packet->out;
	event->rule = sw_flows_at(engine->flows, index)->rule;
	sw_flow_info_tell(engine, index, p->now, &event->info);
	if (kind == SW_EVENT_OPENED)
		foretell(engine, p, event);
	sw_event_ring_push(engine->ring);
}

static void
fill(struct sw_engine *engine, const struct sw_lookup *p, uint32_t index,
    uint16_t rule)
{
	struct sw_flow *flow = sw_flows_at(engine->flows, index);
	struct sw_flow_history *history =
	    sw_flows_history(engine->flows, index);
	const struct sw_tcp_segment *segment = &p->packet->tcp;

	memset(sw_flows_counters(engine->flows, index), 0,
	    sizeof(struct sw_flow_counters));
	memset(history, 0, sizeof(*history));
	history->opened = p->now.ns;
	sw_interfaces_begin(engine, p, index);
	flow->flags = p->from_b ? SW_FLOW_OPENER_B : 0;
	flow->rule = rule;
	flow->seen = p->seen;
	flow->state = first_state(flow->proto);
	if (flow->proto == IPPROTO_TCP)
		sw_tcp_open(
		    flow, history, segment, segment->kind != SW_TCP_SYN);
	else if (flow->proto == IPPROTO_SCTP)
		sw_sctp_open(flow, &p->packet->sctp);
}

/* A source that has reached its limit makes no room by opening more. */
static bool
count_source(struct sw_engine *engine, const struct sw_lookup *p)
{
	return !engine->limits.sources ||
	       sw_source_limits_add(engine->limits.sources, &p->packet->ends,
		   engine->limits.max_src_flows);
}

static void
uncount_source(struct sw_engine *engine, const struct sw_endpoints *opener)
{
	if (engine->limits.sources)
		sw_source_limits_remove(engine->limits.sources, opener);
}

/* => an index, or SW_FLOW_NONE with the limit that was reached */
static uint32_t
find_place(struct sw_engine *engine, const struct sw_lookup *p, int32_t *limit)
{
	uint32_t index;

	*limit = (int32_t)sw_eviction_make_room(engine, p->now);
	if (*limit)
		return SW_FLOW_NONE;
	index = sw_flows_insert(engine->flows, &p->tuple, p->hash);
	if (index == SW_FLOW_NONE)
		*limit = (int32_t)engine->limits.max_flows;
	return index;
}

uint32_t
sw_lifecycle_begin(struct sw_engine *engine, const struct sw_lookup *p,
    uint16_t rule, int32_t *limit)
{
	uint32_t index;

	if (!count_source(engine, p)) {
		*limit = -(int32_t)engine->limits.max_src_flows;
		return SW_FLOW_NONE;
	}
	index = find_place(engine, p, limit);
	if (index == SW_FLOW_NONE) {
		uncount_source(engine, &p->packet->ends);
		return SW_FLOW_NONE;
	}
	fill(engine, p, index, rule);
	engine->counts.opened++;
	engine->counts.embryonic++;
	engine->counts.by_state[sw_flows_at(engine->flows, index)->state]++;
	engine->counts.related += engine->kin != NULL;
	sw_lifecycle_schedule(engine, index, p->tick);
	sw_kin_note(engine, index, NULL);
	sw_lifecycle_announce(engine, p, index, SW_EVENT_OPENED);
	return index;
}

void
sw_lifecycle_set_state(
    struct sw_engine *engine, struct sw_flow *flow, enum sw_state old)
{
	if (flow->state == old)
		return;
	engine->counts.by_state[old]--;
	engine->counts.by_state[flow->state]++;
}

uint32_t
sw_lifecycle_timeout(const struct sw_engine *engine, const struct sw_flow *flow)
{
	uint32_t seconds = sw_tcp_flow_timeout(
	    flow, &sw_engine_flow_policy(engine, flow->rule)->timeouts);

	return sw_flow_embryonic(flow) ? embryonic_timeout(engine, seconds)
				       : seconds;
}

/* The end of the record's timeout, extended for the probes that were sent. */
uint32_t
sw_lifecycle_record_due(const struct sw_engine *engine, uint32_t index)
{
	const struct sw_flow *flow = sw_flows_at(engine->flows, index);
	uint32_t seconds = sw_lifecycle_timeout(engine, flow);

	if (flow->flags & SW_FLOW_PROBING)
		seconds +=
		    SW_PROBE_INTERVAL *
		    (sw_flows_history(engine->flows, index)->probes & 15u);
	return flow->seen + seconds * SW_TICKS_PER_SECOND;
}

/* The tick at which the flow must be inspected. */
static uint32_t
due(const struct sw_engine *engine, uint32_t index)
{
	const struct sw_flow *flow = sw_flows_at(engine->flows, index);

	return sw_lost_due(flow, sw_flows_cold(engine->flows, index),
	    sw_lifecycle_record_due(engine, index),
	    &sw_engine_flow_policy(engine, flow->rule)->timeouts);
}

void
sw_lifecycle_resolve(
    struct sw_engine *engine, const struct sw_lost *lost, uint32_t index)
{
	sw_lost_resolve(lost, sw_lifecycle_record_due(engine, index),
	    &sw_engine_flow_policy(engine, lost->flow->rule)->timeouts);
}

/* For a busy flow the first comparison is enough. */
bool
sw_lifecycle_over(const struct sw_engine *engine, uint32_t index, uint32_t tick)
{
	const struct sw_flow *flow = sw_flows_at(engine->flows, index);

	if (!sw_flow_embryonic(flow) &&
	    sw_tick_since(flow->seen, tick) < engine->shortest)
		return false;
	sw_offload_sync(engine, index);
	return (int32_t)(tick - due(engine, index)) >= 0;
}

/* Seconds until the next inspection.  Data that is sent in the meantime may
 * shorten the flow's timeout at any moment. */
static uint32_t
look_after(const struct sw_engine *engine, uint32_t index)
{
	uint16_t rule = sw_flows_at(engine->flows, index)->rule;
	uint32_t cut = sw_engine_flow_policy(engine, rule)
			   ->timeouts.seconds[SW_TIMEOUT_UNACKNOWLEDGED];

	return cut < SW_LIFE_LOOK ? cut : SW_LIFE_LOOK;
}

void
sw_lifecycle_schedule(struct sw_engine *engine, uint32_t index, uint32_t tick)
{
	bool soon = sw_flow_embryonic(sw_flows_at(engine->flows, index));
	uint32_t look = soon ? SW_EMBRYO_LEAST : look_after(engine, index);
	uint32_t last = tick + look * SW_TICKS_PER_SECOND;
	uint32_t end = due(engine, index);

	sw_flows_set_deadline(
	    engine->flows, index, (int32_t)(last - end) < 0 ? last : end);
}

/* A flow that was closed when its last timeout ended was not idle. */
static enum sw_end
true_end(const struct sw_flow *flow, enum sw_end how)
{
	if (how != SW_END_TIMEOUT)
		return how;
	if (flow->flags & SW_FLOW_RESET || flow->state == SW_STATE_CLOSE)
		return SW_END_RESET;
	return flow->state == SW_STATE_TIME_WAIT ||
		       flow->state == SW_STATE_SCTP_CLOSED
		   ? SW_END_CLOSED
		   : how;
}

static void
add_tombstone(struct sw_engine *engine, const struct sw_tuple *tuple,
    uint64_t hash, const struct sw_flow_info *info)
{
	struct sw_tombstones *tombstones =
	    info->assured ? engine->tombstones : engine->unassured;
	struct sw_event *event;

	sw_tombstones_add(tombstones, tuple, hash, info);
	engine->counts.ended[info->how]++;
	event = sw_engine_event(engine, SW_EVENT_ENDED, info->ended);
	if (!event)
		return;
	event->in = info->in;
	event->out = info->out;
	event->rule = info->rule;
	event->info = *info;
	sw_event_ring_push(engine->ring);
}

static void
tell_end(struct sw_engine *engine, uint32_t index, enum sw_end how,
    struct sw_time now)
{
	const struct sw_flow *flow = sw_flows_at(engine->flows, index);
	struct sw_tuple tuple;
	struct sw_flow_info info;

	sw_flows_tuple(engine->flows, index, &tuple);
	sw_flow_info_tell(engine, index, now, &info);
	info.how = true_end(flow, how);
	info.ended = now;
	info.lost |= how == SW_END_TIMEOUT &&
		     sw_lost_was_seen(flow, sw_flows_cold(engine->flows, index),
			 sw_time_tick(now), info.timeout);
	add_tombstone(
	    engine, &tuple, sw_tuple_hash(&tuple, engine->limits.key), &info);
}

void
sw_lifecycle_end(struct sw_engine *engine, uint32_t index, enum sw_end how,
    struct sw_time now)
{
	struct sw_flow *flow = sw_flows_at(engine->flows, index);
	struct sw_endpoints opener = sw_flow_info_opener(engine, index);

	sw_offload_leave(engine, index);
	sw_kin_release(engine, index);
	sw_kin_forget(engine, index);
	uncount_source(engine, &opener);
	tell_end(engine, index, how, now);
	engine->counts.by_state[flow->state]--;
	if (sw_flow_embryonic(flow))
		engine->counts.embryonic--;
	sw_flows_remove(engine->flows, index);
}

/* Clears the counts and keeps the interfaces. */
static void
clear_counters(struct sw_flow_counters *counters)
{
	for (unsigned side = 0; side < 2; side++) {
		counters->packets[side] &= ~SW_FLOW_COUNTERS_COUNT;
		counters->bytes[side] = 0;
	}
}

void
sw_lifecycle_restart(
    struct sw_engine *engine, uint32_t index, struct sw_time now)
{
	struct sw_flow_history *history =
	    sw_flows_history(engine->flows, index);
	struct sw_flow *flow = sw_flows_at(engine->flows, index);

	tell_end(engine, index, SW_END_REUSED, now);
	sw_kin_forget(engine, index);
	if (!sw_flow_embryonic(flow))
		engine->counts.embryonic++;
	engine->counts.opened++;
	flow->flags &= (uint8_t)~SW_FLOW_ASSURED;
	flow->letters[0] = flow->letters[1] = 0;
	clear_counters(sw_flows_counters(engine->flows, index));
	memset(history->history, 0, sizeof(history->history));
	history->letters = 0;
	history->probes = 0;
	history->ender = 0;
	history->opened = now.ns;
	sw_flows_cold(engine->flows, index)->half_data = 0;
}

void
sw_lifecycle_replace(
    struct sw_engine *engine, const struct sw_lookup *p, uint32_t index)
{
	struct sw_flow_history *history =
	    sw_flows_history(engine->flows, index);
	struct sw_flow *flow = sw_flows_at(engine->flows, index);

	tell_end(engine, index, SW_END_REUSED, p->now);
	engine->counts.opened++;
	flow->letters[0] = flow->letters[1] = 0;
	clear_counters(sw_flows_counters(engine->flows, index));
	memset(history->history, 0, sizeof(history->history));
	history->letters = 0;
	history->opened = p->now.ns;
	sw_lifecycle_announce(engine, p, index, SW_EVENT_ESTABLISHED);
}
