/* SPDX-License-Identifier: Apache-2.0 */
/*
 * offload: flows that have a lane (engine/table/lane.h).
 *
 * While a record has SW_FLOW_LANE its lane is newer.  The one rule: before
 * the engine changes such a record, the lane is held: its numbers are copied
 * back and the flag is cleared.  After the packet the lane is opened again,
 * if the flow may still have one.
 */
#ifndef SYNWARD_ENGINE_OFFLOAD_H
#define SYNWARD_ENGINE_OFFLOAD_H

#include "engine/internal.h"
#include "synward/lanes.h"

struct sw_offload {
	struct sw_lanes lanes;
	uint16_t shard;
	uint32_t after;	      /* packets a flow has before it gets a lane */
	struct sw_lane *held; /* for the packet in hand, or NULL */
	uint32_t index;	      /* of its flow */
	uint32_t gate;	      /* as it was before */
	uint32_t seen;	      /* the flow's, as it was before */
	struct sw_lane_counts counts;
	uint32_t n; /* flows that may get a lane after this batch */
	uint32_t wish[SW_BATCH_MAX];
};

static inline bool
sw_offload_has(const struct sw_engine *engine, uint32_t index)
{
	return sw_flows_at(engine->flows, index)->flags & SW_FLOW_LANE;
}

/* Copies the lane's numbers to the record; the lane stays open.  The flow has
 * one. */
void sw_offload_read(const struct sw_engine *engine, uint32_t index);

/* The same for a flow that may have none. */
static inline void
sw_offload_sync(const struct sw_engine *engine, uint32_t index)
{
	if (sw_offload_has(engine, index))
		sw_offload_read(engine, index);
}

/* Holds the flow's lane for the packet in hand.  The flow has one. */
void sw_offload_hold(struct sw_engine *engine, uint32_t index);
/* The packet was stepped: opens again what is held, or lets it go. */
void sw_offload_release(struct sw_engine *engine);

/* The packet was decided: a lane is held from the look-up of its flow on. */
static inline void
sw_offload_finish(struct sw_engine *engine)
{
	if (engine->offload && engine->offload->held)
		sw_offload_release(engine);
}

/* The shortcut took the packet in hand. */
void sw_offload_carried(struct sw_engine *engine, uint32_t index);

/* Lets the flow's lane go, held or not; without one nothing happens. */
void sw_offload_leave(struct sw_engine *engine, uint32_t index);

/* A packet of the flow has just passed: it may get a lane after the batch. */
static inline void
sw_offload_wish(struct sw_offload *offload, uint32_t index)
{
	if (offload && offload->n < SW_BATCH_MAX)
		offload->wish[offload->n++] = index;
}

/* Adds what lanes counted; their packets have passed. */
void sw_offload_add_counts(
    struct sw_counts *counts, const struct sw_lane_counts *more);

/* Why the flow has no lane now. */
enum sw_lane_reason
sw_offload_reason(const struct sw_engine *engine, uint32_t index);

/* offload_lane.c: the lane of a flow in its set, or a free one, or NULL. */
struct sw_lane *sw_offload_find(const struct sw_engine *engine, uint32_t index);
struct sw_lane *
sw_offload_claim(const struct sw_engine *engine, uint32_t index);
/* Takes the lane from the program.  => its gate before */
uint32_t sw_offload_seize(struct sw_lane *lane);
void sw_offload_free(struct sw_lane *lane);

/* Between the record and a lane that is held. */
void sw_offload_copy_back(
    const struct sw_engine *engine, uint32_t index, const struct sw_lane *lane);
void sw_offload_put(
    const struct sw_engine *engine, uint32_t index, struct sw_lane *lane);

#endif
