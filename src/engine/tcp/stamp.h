/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tcp_stamp: what is known of a connection's time stamps (RFC 7323).
 *
 * A stamp is drawn from a clock that nobody off the path can read, so a
 * segment whose value and echo both fit proves that its sender sees the
 * connection.  The last values are kept in the cold column.  A side's is noted
 * once in each slot of time, which spares most packets a cache line.
 */
#ifndef SYNWARD_ENGINE_TCP_STAMP_H
#define SYNWARD_ENGINE_TCP_STAMP_H

#include "engine/table/flow.h"

#define SW_STAMP_SLOT 9u /* 2^9 ticks, 8 s */

enum sw_stamp {
	SW_STAMP_UNKNOWN, /* none in use, or the last one is too old */
	SW_STAMP_RIGHT,
	SW_STAMP_WRONG,
};

/* Is the side's first segment of a slot at tick `seen`? */
static inline bool
sw_stamp_is_due(const struct sw_flow *flow, unsigned direction, uint32_t seen)
{
	return flow->stamped[direction] != (uint16_t)(seen >> SW_STAMP_SLOT);
}

/* Notes the stamps of a segment that is known to be the connection's. */
void sw_stamp_note(struct sw_flow *flow, struct sw_cold *cold,
    unsigned direction, const struct sw_tcp_segment *segment, uint32_t seen);

/* Could these stamps be the connection's next ones? */
enum sw_stamp sw_stamp_judge(const struct sw_cold *cold, unsigned direction,
    const struct sw_tcp_segment *segment, uint32_t tick);

/* Could this answer to the opener's SYN echo its stamp?  A segment without a
 * stamp could. */
bool sw_stamp_answers_syn(
    const struct sw_cold *cold, const struct sw_tcp_segment *segment);

#endif
