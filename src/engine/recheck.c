/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recheck: ends the flows that the policy in force denies.
 *
 * Each is asked about as its opening packet would be today: with the ends it
 * was opened between, the interfaces that its opener uses now, and the mark
 * and the bridge ports of the packet that opened it.  Of a flow that a former
 * program opened these two are not known, so it stays where the policy looks
 * at them.  A flow that the policy would only report as denied stays, too, and
 * so does a related connection that its rule still allows, whether its parent
 * lives or not.
 */

#include "engine/interfaces.h"
#include "engine/internal.h"
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
