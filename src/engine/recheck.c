/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recheck: what a new policy does to the flows that there are.
 *
 * Those that it denies end, where the configuration wants that.  Each is asked
 * about as its opening packet would be today: with the ends it
 * was opened between, the interfaces that its opener uses now, and the mark
 * and the bridge ports of the packet that opened it.  Of a flow that a former
 * program opened these two are not known, so it stays where the policy looks
 * at them.  A flow that the policy would only report as denied stays, too, and
 * so does a related connection that its rule still allows, whether its parent
 * lives or not.
 *
 * Which interfaces a zone has may change, too.  Then each flow moves to the
 * zone of its own interfaces, so that its next packet finds it.  All packets
 * wait for that, which happens only when the administrator or the name of an
 * interface changes it.
 */

#include "engine/interfaces.h"
#include "engine/internal.h"
#include "engine/offload.h"
#include "engine/related/kin.h"

static bool
is_denied(const struct sw_engine *engine, uint32_t index)
{
	static const uint8_t noted = SW_LOOKS_AT_MARK | SW_LOOKS_AT_PHYS;
	struct sw_endpoints opener = sw_flow_info_opener(engine, index);
	const struct sw_flow_policy *flow_policy;
	struct sw_way way;
	uint16_t rule;

	if (!sw_interfaces_opener(engine, index, &way) &&
	    (sw_policy_looks_any(engine->policy) & noted))
		return false;
	rule = sw_policy_match_opening(engine->policy, &opener, &way);
	flow_policy = sw_engine_flow_policy(engine, rule);
	return flow_policy->deny && !flow_policy->observe &&
	       !sw_kin_allowed(engine, index, rule);
}

uint32_t
sw_engine_recheck(struct sw_engine *engine, struct sw_time now,
    uint32_t *cursor, uint32_t look)
{
	uint32_t slots = sw_flows_slots(engine->flows), ended = 0;

	for (; *cursor < slots && look; ++*cursor, look--) {
		if (!sw_flows_deadline(engine->flows, *cursor) ||
		    sw_lifecycle_over(engine, *cursor, sw_time_tick(now)) ||
		    !is_denied(engine, *cursor))
			continue;
		sw_lifecycle_end(engine, *cursor, SW_END_REVOKED, now);
		ended++;
	}
	return ended;
}

/* In a full index a flow may find no place under its new key, or another one
 * has it: what cannot be found must not stay. */
static void
move_flow(
    struct sw_engine *engine, uint32_t index, uint8_t zone, struct sw_time now)
{
	sw_offload_leave(engine, index);
	if (!sw_flows_rezone(engine->flows, index, zone))
		sw_lifecycle_end(engine, index, SW_END_EVICTED, now);
}

static void
settle(struct sw_engine *engine, uint32_t index, struct sw_time now)
{
	const struct sw_flow *flow = sw_flows_at(engine->flows, index);
	struct sw_interfaces of = sw_interfaces_of(engine, index, 0);
	struct sw_way way = { .in = of.in, .out = of.out };
	uint8_t zone = sw_policy_zone(engine->policy, &way);

	if (zone != flow->zone)
		move_flow(engine, index, zone, now);
}

void
sw_engine_settle_zones(struct sw_engine *engine, struct sw_time now)
{
	uint32_t slots = sw_flows_slots(engine->flows), index = 0, end;

	while (index < slots) {
		uint32_t unused = sw_flows_unused(engine->flows, index, &end);

		for (; index < unused; index++)
			if (sw_flows_deadline(engine->flows, index))
				settle(engine, index, now);
		index = end;
	}
}
