/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hole put back, to show that the oracle finds it: a SYN matches rules with
 * tracking = off in either direction.
 */
#include "synward/policy.h"

uint16_t __wrap_sw_policy_match_opening(const struct sw_policy *policy,
    const struct sw_endpoints *opener, const struct sw_way *way);

uint16_t
__wrap_sw_policy_match_opening(const struct sw_policy *policy,
    const struct sw_endpoints *opener, const struct sw_way *way)
{
	struct sw_endpoints reverse = sw_packet_endpoints_reverse(opener);
	struct sw_way back = sw_way_reverse(way);
	uint16_t other = sw_policy_match(policy, &reverse, &back);

	return sw_policy_untracks(policy, other)
		   ? other
		   : sw_policy_match(policy, opener, way);
}
