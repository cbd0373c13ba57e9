/* SPDX-License-Identifier: Apache-2.0 */
/*
 * way: the interfaces of a flow's two directions.
 *
 * A flow remembers by which interfaces the packets of each direction come in
 * and go out.  The policy is asked again about a packet that uses others,
 * once for each change; where it allows them, they are remembered.
 *
 * What every packet asks is answered by the ledger, whose cache line a packet
 * writes anyway: above the number of packets it holds both interfaces, up to
 * index 2047.  Above that, the history and the cold column are compared.
 */
#ifndef SYNWARD_ENGINE_INTERFACES_H
#define SYNWARD_ENGINE_INTERFACES_H

#include "engine/internal.h"

/* Writes down the ways of a flow that this packet opens. */
void sw_interfaces_begin(
    struct sw_engine *engine, const struct sw_lookup *p, uint32_t index);
/* Notes the first reply. */
void sw_interfaces_reply(
    struct sw_engine *engine, const struct sw_lookup *p, uint32_t index);

/* May this packet of the flow use these interfaces?  Remembers them if so.
 * => the rule that denies, when not */
bool sw_interfaces_allowed(struct sw_engine *engine, const struct sw_lookup *p,
    uint32_t index, uint16_t *rule);

/* Does it use those of its direction, by the history and the cold column? */
bool sw_interfaces_kept(struct sw_engine *engine, const struct sw_lookup *p,
    uint32_t index, unsigned direction);

/* The first index that a ledger does not hold. */
#define SW_WAY_WIDE (UINT32_C(1) << SW_FLOW_COUNTERS_WAY_BITS)

static inline bool
sw_interfaces_is_wide(uint32_t in, uint32_t out)
{
	return (in | out) >= SW_WAY_WIDE;
}

/* The same by the ledger.
 * => false also for wide ways */
static inline bool
sw_interfaces_same(const struct sw_lookup *p,
    const struct sw_flow_counters *counters, unsigned direction)
{
	uint64_t ways =
	    counters->packets[direction] >> SW_FLOW_COUNTERS_COUNT_BITS;

	return (((ways >> SW_FLOW_COUNTERS_WAY_BITS) ^ p->packet->in) |
		   ((ways & (SW_WAY_WIDE - 1)) ^ p->packet->out)) == 0;
}

#endif
