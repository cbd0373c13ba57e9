/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lane_program: puts the program of src/bpf into the kernel.
 *
 * It takes root, so it is done once, before privileges are dropped.  What it
 * leaves: the program and its maps, pinned where the queue's rule finds them,
 * and a descriptor of each map, with which the worker needs no privilege.
 */
#ifndef SYNWARD_LANES_LANE_PROGRAM_H
#define SYNWARD_LANES_LANE_PROGRAM_H

#include <stddef.h>
#include <stdint.h>

enum sw_lane_map {
	SW_LANE_MAP_CONTROL,
	SW_LANE_MAP_LANES,
	SW_LANE_MAP_STAMPS,
	SW_LANE_MAPS
};

struct sw_lane_program {
	uint32_t lanes; /* rounded up to a power of two; 0: none wanted */
	uint16_t queue; /* the first one that it is put before */
	char why[192];	/* out: why there is no program, or "" */
	int maps[SW_LANE_MAPS]; /* out: the caller's, or -1 */
};

/* Takes over the program that is pinned, if it is of this build and of the
 * same size, or loads it and pins it in its place.
 * => 0, or -errno with why filled */
int sw_lane_program_load(struct sw_lane_program *program);

/* Where the pins are. */
#define SW_LANE_BPFFS "/run/synward-bpf"
#define SW_LANE_PIN SW_LANE_BPFFS "/needs_daemon"

#endif
