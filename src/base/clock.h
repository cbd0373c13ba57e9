/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clock: the one place that asks the system what time it is.
 *
 * Flows live on CLOCK_BOOTTIME, which counts suspension and is never
 * stepped.  People read the wall clock: add sw_clock_wall_offset().
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

/* The moment the engine is told. */
static inline struct sw_time
sw_clock_now(void)
{
	return (struct sw_time){ sw_clock_read(CLOCK_BOOTTIME) };
}

/* Nanoseconds to add to a moment of sw_clock_now() for wall time. */
static inline int64_t
sw_clock_wall_offset(void)
{
	uint64_t wall = sw_clock_read(CLOCK_REALTIME);

	return (int64_t)(wall - sw_clock_read(CLOCK_BOOTTIME));
}

#endif
