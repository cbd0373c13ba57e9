/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Flows that are in memory before the first packet: those that an earlier
 * process left, in this block or in one of another size.
 *
 * A flow is moved with everything known about it.  Its key decides where it
 * goes, so tables of any size can be imported into each other.
 */

#include "engine/import.h"
#include "engine/internal.h"
#include "engine/tcp/lost.h"
#include "engine/tcp/tcp.h"

/* No flow is scheduled later than this, in ticks, with a second to spare. */
#define DEADLINE_FARTHEST ((SW_LIFE_LOOK + 1) * SW_TICKS_PER_SECOND)

/* A flow that exists stays, whatever the limit is now. */
static void
count_source(struct sw_engine *engine, uint32_t index)
{
	struct sw_endpoints opener = sw_flow_info_opener(engine, index);

	if (engine->limits.sources)
		sw_source_limits_add(
		    engine->limits.sources, &opener, UINT32_MAX);
}

static void
count(struct sw_engine *engine, uint32_t index)
{
	const struct sw_flow *flow = sw_flows_at(engine->flows, index);

	engine->counts.by_state[flow->state]++;
	engine->counts.embryonic += !(flow->flags & SW_FLOW_ASSURED);
	count_source(engine, index);
}

/* A time in the future must have been scribbled over the flow, which would then
 * live for months.  It counts as seen now, and is inspected soon, as is one
 * whose deadline is past: ticks wrap, so a time long ago becomes one far ahead
 * while nobody looks. */
static void
correct_times(struct sw_engine *engine, uint32_t index)
{
	struct sw_flow *flow = sw_flows_at(engine->flows, index);
	uint32_t now = sw_time_tick(engine->looked);
	uint32_t deadline = sw_flows_deadline(engine->flows, index);

	if ((int32_t)(flow->seen - now) > (int32_t)SW_TICKS_PER_SECOND)
		flow->seen = now;
	sw_lost_correct(flow, sw_flows_cold(engine->flows, index), now);
	if (deadline - now > DEADLINE_FARTHEST)
		sw_flows_set_deadline(engine->flows, index, now);
}

void
sw_import_count(struct sw_engine *engine)
{
	uint32_t slots = sw_flows_slots(engine->flows), index = 0, end;

	while (index < slots) {
		uint32_t unused = sw_flows_unused(engine->flows, index, &end);

		for (; index < unused; index++)
			if (sw_flows_deadline(engine->flows, index)) {
				correct_times(engine, index);
				count(engine, index);
			}
		index = end;
	}
}

bool
sw_engine_import_ends(
    const struct sw_engine *engine, uint32_t slot, struct sw_endpoints *ends)
{
	struct sw_tuple tuple;
	uint32_t end;

	if (slot >= sw_flows_unused(engine->flows, slot, &end) ||
	    !sw_flows_deadline(engine->flows, slot))
		return false;
	sw_flows_tuple(engine->flows, slot, &tuple);
	*ends = sw_tuple_ends(&tuple, false);
	return true;
}

bool
sw_engine_expect(struct sw_engine *engine, uint32_t n, struct sw_time now)
{
	return sw_past_expect(&engine->past, n, now);
}

bool
sw_engine_know(struct sw_engine *engine, const struct sw_endpoints *opener)
{
	struct sw_tuple tuple;
	uint64_t hash;
	bool from_b = sw_tuple_key(&tuple, opener, engine->limits.key, &hash);

	return sw_past_know(&engine->past, &tuple, hash, from_b);
}

bool
sw_engine_learn(struct sw_engine *engine, struct sw_time until)
{
	return sw_past_learn(&engine->past, until);
}

bool
sw_engine_import(
    struct sw_engine *engine, const struct sw_engine *from, uint32_t slot)
{
	struct sw_flows *flows = engine->flows;
	struct sw_tuple tuple;
	uint64_t hash;
	uint32_t index;

	sw_flows_tuple(from->flows, slot, &tuple);
	hash = sw_tuple_hash(&tuple, engine->limits.key);
	if (sw_flows_find(flows, &tuple, hash) != SW_FLOW_NONE)
		return false;
	index = sw_flows_insert(flows, &tuple, hash);
	if (index == SW_FLOW_NONE)
		return false;
	*sw_flows_at(flows, index) = *sw_flows_at(from->flows, slot);
	*sw_flows_counters(flows, index) =
	    *sw_flows_counters(from->flows, slot);
	*sw_flows_history(flows, index) = *sw_flows_history(from->flows, slot);
	*sw_flows_cold(flows, index) = *sw_flows_cold(from->flows, slot);
	sw_flows_set_deadline(
	    flows, index, sw_flows_deadline(from->flows, slot));
	count(engine, index);
	return true;
}
