/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes room for a new flow.
 *
 * When a limit is reached, a less valuable entry is evicted: first one that was
 * never answered, then one that is closing.  An established flow is never
 * evicted, nor a half-closed one while it carries data.
 */

#include "engine/internal.h"

/* The most slots to search for an entry to evict, and the most records to
 * inspect for a closing one. */
#define VICTIM_SLOTS 1024u
#define VICTIMS 64u

/* A half-closed flow may carry data for any time; while it does, it counts as
 * established. */
static bool
carries_data(const struct sw_engine *engine, uint32_t index, uint32_t tick)
{
	uint16_t at = sw_flows_cold(engine->flows, index)->half_data;
	uint16_t silent = (uint16_t)(sw_lifecycle_half_moment(tick) - at);

	return sw_lifecycle_half_closed(sw_flows_at(engine->flows, index)) &&
	       at && silent < SW_HALF_LATELY;
}

static bool
closing(const struct sw_engine *engine, uint32_t index, uint32_t tick)
{
	uint8_t state = sw_flows_at(engine->flows, index)->state;

	return state >= SW_STATE_FIN_WAIT && state <= SW_STATE_CLOSE &&
	       !carries_data(engine, index, tick);
}

/* The next entry of the search; entries that were never used are skipped. */
static uint32_t
next_candidate(struct sw_engine *engine)
{
	uint32_t slots = sw_flows_slots(engine->flows);
	uint32_t index = engine->victim % slots, end;

	if (index >= sw_flows_unused(engine->flows, index, &end))
		index = end % slots;
	engine->victim = index + 1;
	return index;
}

/* The next entry that may be evicted, or SW_FLOW_NONE.  Unanswered flows are
 * inspected every few seconds, so their deadlines identify them without reading
 * each record. */
static uint32_t
find_victim(struct sw_engine *engine, bool embryonic_only, uint32_t tick)
{
	uint32_t soon = tick + SW_EMBRYO_LEAST * SW_TICKS_PER_SECOND;
	uint32_t looks = embryonic_only ? 0 : VICTIMS;
	uint32_t second = SW_FLOW_NONE;

	for (uint32_t i = 0; i < VICTIM_SLOTS; i++) {
		uint32_t index = next_candidate(engine);
		uint32_t deadline = sw_flows_deadline(engine->flows, index);
		const struct sw_flow *flow = sw_flows_at(engine->flows, index);

		if (!deadline)
			continue;
		if ((int32_t)(deadline - soon) <= 0 && sw_flow_embryonic(flow))
			return index;
		if (looks > 0 && second == SW_FLOW_NONE) {
			looks--;
			second =
			    closing(engine, index, tick) ? index : SW_FLOW_NONE;
		}
	}
	return second;
}

static bool
make_room(struct sw_engine *engine, bool embryonic_only, struct sw_time now)
{
	uint32_t index = find_victim(engine, embryonic_only, sw_time_tick(now));

	if (index == SW_FLOW_NONE)
		return false;
	sw_lifecycle_end(engine, index, SW_END_EVICTED, now);
	return true;
}

uint32_t
sw_eviction_for_embryos(const struct sw_engine *engine)
{
	uint64_t allowed = (uint64_t)engine->limits.max_flows *
			   engine->limits.max_embryonic / 100;

	return allowed > 0 ? (uint32_t)allowed : 1;
}

uint32_t
sw_eviction_make_room(struct sw_engine *engine, struct sw_time now)
{
	uint32_t max = engine->limits.max_flows;
	uint32_t embryos = sw_eviction_for_embryos(engine);

	if (engine->counts.embryonic >= embryos &&
	    !make_room(engine, true, now))
		return embryos;
	if (sw_flows_count(engine->flows) >= max &&
	    !make_room(engine, false, now))
		return max;
	return 0;
}
