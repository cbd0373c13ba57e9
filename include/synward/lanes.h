/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lanes: memory that the kernel's program and the engines share.
 *
 * Of an established flow the program carries the plain packets itself and
 * keeps their numbers in the flow's lane (engine/table/lane.h).  An engine
 * opens a lane for a flow, takes it back before it changes the flow's record,
 * and reads it before it tells of the flow.  It only loads and stores.
 */
#ifndef SYNWARD_LANES_H
#define SYNWARD_LANES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sw_lane;
struct sw_lane_stamps;
struct sw_lane_control;

/* The mapped memory; stays the caller's. */
struct sw_lanes {
	struct sw_lane *lane;
	struct sw_lane_stamps *stamps; /* as many */
	struct sw_lane_control *control;
};

/* Why the packets of a flow visit the engine.  X(name, text) */
#define SW_LANE_REASON_MAP(X)                                               \
	X(OFF, "the fast path is off")                                      \
	X(FAST, "carried by the kernel")                                    \
	X(PROTOCOL, "neither TCP nor UDP")                                  \
	X(STATE, "not established in both directions, or closing")          \
	X(YOUNG, "fewer packets than offload.after")                        \
	X(TRACKING, "its rule's tracking is neither normal nor strict")     \
	X(RULE, "its rule says fast = off, or names an outgoing interface") \
	X(LEAVING, "another rule denies it on another outgoing interface")  \
	X(STEP, "out of step, or waits for an answer")                      \
	X(INTERFACE, "ends on this host, or its interfaces are not known")  \
	X(FULL, "no lane free in its set")                                  \
	X(NEXT, "at its next packet through the queue")                     \
	X(ZONE, "in a zone, and the kernel tells none apart")

enum sw_lane_reason {
#define X(name, text) SW_LANE_##name,
	SW_LANE_REASON_MAP(X)
#undef X
	    SW_LANE_REASONS
};

const char *sw_lane_reason_text(enum sw_lane_reason reason);

struct sw_lane_counts {
	uint64_t opened, taken, full; /* full: found no place */
	uint64_t packets, bytes;      /* that did not visit the engine */
	uint32_t lanes;		      /* in use now */
};

#endif
