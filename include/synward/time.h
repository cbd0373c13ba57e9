/* SPDX-License-Identifier: Apache-2.0 */
/*
 * time: the current time, which callers pass to the engine.
 *
 * The engine has no clock.  The daemon passes CLOCK_BOOTTIME, so the time of
 * a suspended machine counts and a stepped wall clock does not.  The replay
 * passes the time stamps of the capture, and a test passes any time.  The time
 * of one engine must not run backwards; the caller clamps it.
 *
 * Inside flow records a moment is kept as a tick, 1/64 s in 32 bits, which
 * wraps after 776 days and is only ever compared by difference.
 */
#ifndef SYNWARD_TIME_H
#define SYNWARD_TIME_H

#include <stdint.h>

#define SW_NS_PER_SECOND UINT64_C(1000000000)
#define SW_NS_PER_MS UINT64_C(1000000)
#define SW_TICKS_PER_SECOND 64u

/* The longest timeout of a flow, in seconds: 180 days. */
#define SW_TIMEOUT_LONGEST (180u * 86400u)

/* A time: nanoseconds since a start that the caller chose. */
struct sw_time {
	uint64_t ns;
};

/* The tick that contains the time; wraps. */
static inline uint32_t
sw_time_tick(struct sw_time t)
{
	return (uint32_t)(t.ns / (SW_NS_PER_SECOND / SW_TICKS_PER_SECOND));
}

/* The first tick that is not before the time: last-seen ticks are stored so,
 * because no flow may expire too early. */
static inline uint32_t
sw_time_tick_up(struct sw_time t)
{
	uint64_t length = SW_NS_PER_SECOND / SW_TICKS_PER_SECOND;

	return (uint32_t)((t.ns + length - 1) / length);
}

/* Ticks from one tick to a later one; 0 when it is not later. */
static inline uint32_t
sw_tick_since(uint32_t then, uint32_t now)
{
	uint32_t gone = now - then;

	return gone > INT32_MAX ? 0 : gone;
}

/* Milliseconds from one time to a later one; 0 when it is not later. */
static inline uint64_t
sw_time_ms_since(struct sw_time then, struct sw_time now)
{
	return now.ns > then.ns ? (now.ns - then.ns) / SW_NS_PER_MS : 0;
}

static inline struct sw_time
sw_time_add_ms(struct sw_time t, uint64_t ms)
{
	t.ns += ms * SW_NS_PER_MS;
	return t;
}

#endif
