/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tcp_last: what sw_flow.last keeps of the last segment of a TCP flow: its
 * kind, its direction, whether its window was zero, and whether it was set
 * aside: let by as one that may
 * belong to a connection we are not in step with.  Beside them, of which side
 * a FIN came ahead of its stream (engine/tcp/fin.h).
 */
#ifndef SYNWARD_ENGINE_TCP_LAST_H
#define SYNWARD_ENGINE_TCP_LAST_H

#include "engine/table/flow.h"
#include "engine/tcp/carry.h"

static inline enum sw_tcp_kind
sw_last_kind(const struct sw_flow *flow)
{
	return (enum sw_tcp_kind)(flow->last & SW_LAST_KIND);
}

static inline unsigned
sw_last_direction(const struct sw_flow *flow)
{
	return !!(flow->last & SW_LAST_DIRECTION);
}

static inline void
sw_last_note(struct sw_flow *flow, unsigned direction, enum sw_tcp_kind kind)
{
	flow->last &=
	    (uint8_t) ~(SW_LAST_KIND | SW_LAST_DIRECTION | SW_LAST_ASIDE);
	flow->last |= (uint8_t)(kind | (direction ? SW_LAST_DIRECTION : 0));
}

/* Was it of this kind, and set aside? */
static inline bool
sw_last_aside(const struct sw_flow *flow, enum sw_tcp_kind kind)
{
	return flow->last & SW_LAST_ASIDE && sw_last_kind(flow) == kind;
}

/* And from the other side? */
static inline bool
sw_last_aside_from_other(
    const struct sw_flow *flow, unsigned direction, enum sw_tcp_kind kind)
{
	return sw_last_aside(flow, kind) &&
	       sw_last_direction(flow) != direction;
}

#endif
