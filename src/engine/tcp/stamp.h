/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stamp: what is known about a connection's time stamps (RFC 7323).
 *
 * A stamp comes from a clock that nobody off the path can read, so a segment
 * whose value and echo both fit proves that its sender sees the connection.
 * The last values are in the cold column.  A side's stamp is recorded once in
 * each time slot, so that most packets need not touch that cache line.
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

/* Is this the side's first segment of a slot at tick `seen`? */
static inline bool
sw_stamp_is_due(const struct sw_flow *flow, unsigned direction, uint32_t seen)
{
	return flow->stamped[direction] != (uint16_t)(seen >> SW_STAMP_SLOT);
}

/* Records the stamps of a segment that belongs to the connection. */
void sw_stamp_note(struct sw_flow *flow, struct sw_cold *cold,
    unsigned direction, const struct sw_tcp_segment *segment, uint32_t seen);

/* Can these stamps be the connection's next ones? */
enum sw_stamp sw_stamp_judge(const struct sw_cold *cold, unsigned direction,
    const struct sw_tcp_segment *segment, uint32_t tick);

/* Can this answer to the opener's SYN echo its stamp?  A segment without a
 * stamp can. */
bool sw_stamp_answers_syn(
    const struct sw_cold *cold, const struct sw_tcp_segment *segment);

#endif
