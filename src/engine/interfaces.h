/* SPDX-License-Identifier: Apache-2.0 */
/*
 * interfaces: the interfaces of a flow's two directions.
 *
 * A flow remembers the interfaces on which the packets of each direction arrive
 * and leave.  When a packet uses others, the policy is checked again, once for
 * each change; if it allows them, they are remembered.
 *
 * The check that every packet needs uses the flow's counters, whose cache line
 * a packet writes anyway: the upper bits of the number of packets contain both
 * interfaces, up to index 2047.  Above that, the history and the cold column
 * are compared.
 */
#ifndef SYNWARD_ENGINE_INTERFACES_H
#define SYNWARD_ENGINE_INTERFACES_H

#include "engine/internal.h"

/* Stores the interfaces of a flow that this packet opens. */
void sw_interfaces_begin(
    struct sw_engine *engine, const struct sw_lookup *p, uint32_t index);
/* The way by which the opener's packets go, with the mark and the bridge
 * ports of the first.  => false where these are not known */
bool sw_interfaces_opener(
    const struct sw_engine *engine, uint32_t index, struct sw_way *way);
/* Notes the first reply. */
void sw_interfaces_reply(
    struct sw_engine *engine, const struct sw_lookup *p, uint32_t index);

/* May this packet of the flow use these interfaces?  Remembers them if so.
 * => the rule that denies them, if not */
bool sw_interfaces_allowed(struct sw_engine *engine, const struct sw_lookup *p,
    uint32_t index, uint16_t *rule);

/* The interfaces that are remembered of a direction, or expected. */
struct sw_interfaces sw_interfaces_of(
    const struct sw_engine *engine, uint32_t index, unsigned direction);

/* Does it use those of its direction, according to the history and the cold
 * column? */
bool sw_interfaces_kept(struct sw_engine *engine, const struct sw_lookup *p,
    uint32_t index, unsigned direction);

/* The first index that does not fit into the counters: one less than their
 * bits allow, which is the mark of a parent. */
#define SW_WAY_WIDE ((UINT32_C(1) << SW_FLOW_COUNTERS_WAY_BITS) - 1)

/* In place of both interfaces, for each direction of a parent of related
 * connections: each of its packets is then looked at closely. */
#define SW_WAY_PARENT ((UINT64_C(1) << 2 * SW_FLOW_COUNTERS_WAY_BITS) - 1)

void sw_interfaces_mark_parent(struct sw_engine *engine, uint32_t index);

static inline bool
sw_interfaces_is_parent(const struct sw_flow_counters *counters)
{
	return counters->packets[0] >> SW_FLOW_COUNTERS_COUNT_BITS ==
	       SW_WAY_PARENT;
}

static inline bool
sw_interfaces_is_wide(uint32_t in, uint32_t out)
{
	return in >= SW_WAY_WIDE || out >= SW_WAY_WIDE;
}

/* Does it use those of its direction, according to the counters?
 * => false also for larger indices */
static inline bool
sw_interfaces_same(const struct sw_lookup *p,
    const struct sw_flow_counters *counters, unsigned direction)
{
	uint64_t ways =
	    counters->packets[direction] >> SW_FLOW_COUNTERS_COUNT_BITS;

	return (((ways >> SW_FLOW_COUNTERS_WAY_BITS) ^ p->packet->in) |
		   ((ways & SW_WAY_WIDE) ^ p->packet->out)) == 0;
}

#endif
