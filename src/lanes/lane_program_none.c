/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Built where clang or libbpf was missing: there is no program.
 */
#include <errno.h>
#include <stdio.h>

#include "lanes/lane_program.h"

int
sw_lane_program_load(struct sw_lane_program *program)
{
	program->set = SW_LANE_SET_NONE;
	snprintf(
	    program->why, sizeof program->why, "built without clang or libbpf");
	return -ENOSYS;
}
