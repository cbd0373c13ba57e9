/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Built where libbpf was missing: no set is found and none can be pinned.
 */
#include <errno.h>

#include "lanes/lane_set.h"

uint64_t
sw_lane_set_instance(uint16_t queue)
{
	return queue;
}

void
sw_lane_set_close(struct sw_lane_set *set)
{
	*set = SW_LANE_SET_NONE;
}

const char *
sw_lane_set_map_name(enum sw_lane_map map)
{
	(void)map;
	return "";
}

bool
sw_lane_set_pinned_control(struct sw_lane_control *control)
{
	(void)control;
	return false;
}

bool
sw_lane_set_is_leased(const struct sw_lane_control *control)
{
	(void)control;
	return false;
}

bool
sw_lane_set_open_pinned(struct sw_lane_set *set)
{
	*set = SW_LANE_SET_NONE;
	return false;
}

bool
sw_lane_set_search(uint64_t instance, struct sw_lane_set *set)
{
	(void)instance;
	*set = SW_LANE_SET_NONE;
	return false;
}

int
sw_lane_set_pin(const struct sw_lane_set *set)
{
	(void)set;
	return -ENOSYS;
}
