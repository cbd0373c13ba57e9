/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lane_program: puts the program of src/bpf into the kernel.
 *
 * It takes root, so it is done once, before privileges are dropped.  What it
 * leaves: the program and its maps, pinned where the queue's rule finds them,
 * and a descriptor of each.  With those of the maps the worker needs no
 * privilege; that of the program keeps it for a rule that comes later, when
 * the pins are gone.
 */
#ifndef SYNWARD_LANES_LANE_PROGRAM_H
#define SYNWARD_LANES_LANE_PROGRAM_H

#include "lanes/lane_set.h"

struct sw_lane_program {
	uint32_t lanes; /* rounded up to a power of two; 0: none wanted */
	uint16_t queue; /* the first one that it is put before */
	char why[192];	/* out: why there is no program, or "" */
	struct sw_lane_set set; /* out: the caller's, or none */
};

/* Takes over the program that is pinned, if it is of this build and of the
 * same size, or loads it and pins it in its place.  What another daemon uses
 * stays.
 * => 0, or -errno with why filled */
int sw_lane_program_load(struct sw_lane_program *program);

#endif
