/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lane_set: a program in the kernel with its maps, and where rules find it.
 *
 * All descriptors of a set belong together: the maps are those that the program
 * uses.  Every function here but the first two takes root.
 */
#ifndef SYNWARD_LANES_LANE_SET_H
#define SYNWARD_LANES_LANE_SET_H

#include <stdbool.h>
#include <stdint.h>

enum sw_lane_map {
	SW_LANE_MAP_CONTROL,
	SW_LANE_MAP_LANES,
	SW_LANE_MAP_STAMPS,
	SW_LANE_MAPS
};

/* Where the pins are. */
#define SW_LANE_BPFFS "/run/synward-bpf"
#define SW_LANE_PIN SW_LANE_BPFFS "/needs_daemon"

struct sw_lane_set {
	int code;
	int maps[SW_LANE_MAPS];
};

#define SW_LANE_SET_NONE ((struct sw_lane_set){ -1, { -1, -1, -1 } })

struct sw_lane_control;

/* Whom a program is for: a queue of this process's network. */
uint64_t sw_lane_set_instance(uint16_t queue);

/* The queue of an instance is in its upper 16 bits, below is the network. */
#define SW_LANE_NET_BITS 48

static inline unsigned
sw_lane_set_queue(uint64_t instance)
{
	return (unsigned)(instance >> SW_LANE_NET_BITS);
}

static inline unsigned long long
sw_lane_set_network(uint64_t instance)
{
	return instance & ((UINT64_C(1) << SW_LANE_NET_BITS) - 1);
}

void sw_lane_set_close(struct sw_lane_set *set);

const char *sw_lane_set_map_name(enum sw_lane_map map);

/* What the pinned control block says.  => false: there is none */
bool sw_lane_set_pinned_control(struct sw_lane_control *control);
/* => false: nothing is pinned, or what is pinned does not belong together */
bool sw_lane_set_open_pinned(struct sw_lane_set *set);
/* Does a daemon keep its lease? */
bool sw_lane_set_is_leased(const struct sw_lane_control *control);
/* The youngest program that a daemon keeps for this instance, pinned or not.
 * => false: none */
bool sw_lane_set_search(uint64_t instance, struct sw_lane_set *set);

/* Mounts the file system and pins the set in the place of what is pinned there.
 * => 0 or -errno */
int sw_lane_set_pin(const struct sw_lane_set *set);

#endif
