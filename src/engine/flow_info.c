/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Collects everything known about a live flow, for events, lists and queries.
 *
 * For a flow that is out of step, the state is the presumed one, and the
 * remaining time is the entry's, whichever of its records lives longest
 * (engine/tcp/lost.h).
 */

#include <netinet/in.h>
#include <string.h>

#include "engine/interfaces.h"
#include "engine/internal.h"
#include "engine/offload.h"
#include "engine/related/kin.h"
#include "engine/table/letters.h"
#include "engine/tcp/lost.h"

static struct sw_time
moment_of(uint32_t tick, struct sw_time now)
{
	uint64_t gone = (uint64_t)sw_tick_since(tick, sw_time_tick(now)) *
			(SW_NS_PER_SECOND / SW_TICKS_PER_SECOND);

	return (struct sw_time){ now.ns > gone ? now.ns - gone : 0 };
}

static void
tell_side(const struct sw_flow_counters *counters,
    const struct sw_lost_view *view, unsigned side, bool tcp,
    struct sw_side *told)
{
	if (tcp) {
		told->next = view->peer[side].end;
		told->ack = view->peer[side].maxack;
		told->edge = view->peer[side].maxend;
	}
	told->packets = sw_flow_counters_packets(counters, side);
	told->bytes = counters->bytes[side];
}

struct sw_endpoints
sw_flow_info_opener(const struct sw_engine *engine, uint32_t index)
{
	struct sw_tuple tuple;

	sw_flows_tuple(engine->flows, index, &tuple);
	return sw_tuple_ends(&tuple,
	    sw_flows_at(engine->flows, index)->flags & SW_FLOW_OPENER_B);
}

static void
tell_view(const struct sw_engine *engine, uint32_t index, struct sw_time now,
    struct sw_flow_info *info)
{
	const struct sw_flow *flow = sw_flows_at(engine->flows, index);
	const struct sw_cold *cold = sw_flows_cold(engine->flows, index);
	const struct sw_flow_counters *counters =
	    sw_flows_counters(engine->flows, index);
	struct sw_lost_view view =
	    sw_lost_view(flow, cold, sw_lifecycle_record_due(engine, index),
		&sw_engine_flow_policy(engine, flow->rule)->timeouts);
	uint32_t since;

	info->seen = moment_of(view.seen, now);
	info->timeout =
	    view.timeout ? view.timeout : sw_lifecycle_timeout(engine, flow);
	info->unanswered = !view.timeout && sw_tcp_is_unanswered(flow);
	info->state = view.state;
	info->lost = sw_lost_is_told(flow, cold, &since);
	if (info->lost)
		info->lost_since = moment_of(since, now);
	for (unsigned side = 0; side < 2; side++)
		tell_side(counters, &view, side, flow->proto == IPPROTO_TCP,
		    &info->side[side]);
}

static void
tell_parent(
    const struct sw_engine *engine, uint32_t index, struct sw_flow_info *info)
{
	struct sw_endpoints parent;

	if (!sw_kin_parent(engine, index, &parent))
		return;
	info->parent_proto = parent.proto;
	info->parent_sport = parent.sport;
	info->parent_dport = parent.dport;
	info->parent_reversed =
	    memcmp(&parent.src, &info->opener.src, sizeof(parent.src)) != 0;
}

void
sw_flow_info_tell(const struct sw_engine *engine, uint32_t index,
    struct sw_time now, struct sw_flow_info *info)
{
	const struct sw_flow *flow = sw_flows_at(engine->flows, index);
	const struct sw_flow_history *history =
	    sw_flows_history(engine->flows, index);
	struct sw_way way;

	sw_offload_sync(engine, index);
	memset(info, 0, sizeof(*info));
	info->lane = (uint8_t)sw_offload_reason(engine, index);
	info->opener = sw_flow_info_opener(engine, index);
	info->opened.ns = history->opened < now.ns ? history->opened : now.ns;
	sw_interfaces_opener(engine, index, &way);
	info->in = way.in;
	info->out = way.out;
	info->phys_in = way.phys_in;
	info->phys_out = way.phys_out;
	info->mark = way.mark;
	info->back_in = history->back_in;
	info->rule = flow->rule;
	info->ender = history->ender;
	info->assured = flow->flags & SW_FLOW_ASSURED;
	info->probing = flow->flags & SW_FLOW_PROBING;
	tell_parent(engine, index, info);
	sw_letters_copy(info->history, history->history);
	tell_view(engine, index, now, info);
}
