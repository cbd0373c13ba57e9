/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clock: the only place that asks the system for the time.
 *
 * Engine time is CLOCK_BOOTTIME, which includes suspension and is never
 * stepped.  Users read wall-clock time: add sw_clock_wall_offset().
 */
#ifndef SYNWARD_BASE_CLOCK_H
#define SYNWARD_BASE_CLOCK_H

#include <time.h>

#include "synward/time.h"

static inline uint64_t
sw_clock_read(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * SW_NS_PER_SECOND + (uint64_t)t.tv_nsec;
}

/* The current engine time, in nanoseconds of CLOCK_BOOTTIME. */
static inline struct sw_time
sw_clock_now(void)
{
	return (struct sw_time){ sw_clock_read(CLOCK_BOOTTIME) };
}

/* The nanoseconds to add to a time of sw_clock_now() to get wall-clock time. */
static inline int64_t
sw_clock_wall_offset(void)
{
	uint64_t wall = sw_clock_read(CLOCK_REALTIME);

	return (int64_t)(wall - sw_clock_read(CLOCK_BOOTTIME));
}

#endif
