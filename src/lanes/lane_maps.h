/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lane_maps: the program's maps in this process's memory.
 */
#ifndef SYNWARD_LANES_LANE_MAPS_H
#define SYNWARD_LANES_LANE_MAPS_H

#include "lanes/lane_set.h"
#include "synward/lanes.h"
#include "synward/time.h"

#define SW_LANE_SETS_MOST (1u << 22)

struct sw_lane_control;

struct sw_lane_maps {
	struct sw_lanes at; /* lane NULL: none */
	uint32_t n;	    /* of lanes */
	bool is_open;
	int fds[SW_LANE_MAPS]; /* when it is open */
};

/* Reads what the map of that descriptor says of itself.  => false: no map */
bool sw_lane_maps_peek(int fd, struct sw_lane_control *control);
/* Writes it.  => false with errno set */
bool sw_lane_maps_stamp(int fd, const struct sw_lane_control *control);

/* Takes the descriptors in every case.
 * => 0, -EINVAL for maps of another layout, whose lanes are all shut now, or
 *    -errno */
int sw_lane_maps_open(struct sw_lane_maps *maps, const int fds[SW_LANE_MAPS]);
void sw_lane_maps_close(struct sw_lane_maps *maps);

/* Shuts every lane at once: each flow's next packet visits its engine. */
void sw_lane_maps_shut(struct sw_lane_maps *maps);

/* Forgets all lanes and draws new keys.  No flow has a lane.
 * => 0 or -errno */
int sw_lane_maps_renew(struct sw_lane_maps *maps);

/* The program may carry packets until then. */
void sw_lane_maps_allow(struct sw_lane_maps *maps, struct sw_time until);
/* Nobody goes on with the lanes whose control block that is: they are all shut,
 * and the lease is over. */
void sw_lane_maps_end(int fd);

#endif
