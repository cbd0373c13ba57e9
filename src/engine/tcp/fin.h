/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tcp_fin: a FIN closes its side only where it continues the stream.
 *
 * A host accepts a FIN when everything before it has arrived, and keeps a FIN
 * that is ahead until then.  An attacker who sees nothing of a connection can
 * hit the window, but hardly the next number, so the entry does what the host
 * does: a FIN ahead of the stream passes, changes nothing and is remembered.
 * It counts when the receiver acknowledges it from the receiver's own place,
 * or when it is repeated and continues the stream.
 */
#ifndef SYNWARD_ENGINE_TCP_FIN_H
#define SYNWARD_ENGINE_TCP_FIN_H

#include "engine/tcp/tcp.h"

/* Does this FIN close its side at once?  So it does where its side is not
 * known yet, and where nothing is open. */
bool sw_fin_is_exact(const struct sw_flow *flow, unsigned direction,
    const struct sw_tcp_segment *segment);

/* This side's FIN counts. */
void sw_fin_take(struct sw_flow *flow, struct sw_flow_history *history,
    unsigned direction, const struct sw_tcp_segment *segment);

/* The same for one that passed unseen or outside the windows and proved to be
 * the connection's, and the flow's state after it. */
void sw_fin_close_side(
    struct sw_flow *flow, struct sw_flow_history *history, unsigned direction);

/* Has the other side acknowledged all this side sent, its FIN included? */
bool sw_fin_is_covered(const struct sw_flow *flow, unsigned direction);

/* The closing states, from which FINs were sent and which are covered. */
enum sw_state sw_fin_state(const struct sw_flow *flow);

/* Remembers a FIN inside the window that is not exact, when it is ahead. */
void sw_fin_note(struct sw_flow *flow, struct sw_flow_history *history,
    unsigned direction, const struct sw_tcp_segment *segment);

/* What was remembered of this side's FIN counts no more. */
void sw_fin_forget(
    struct sw_flow *flow, struct sw_flow_history *history, unsigned direction);

/* Before the flow is stepped: forgets a FIN that its sender has gone past,
 * and counts one that this segment proves. */
void sw_fin_settle(struct sw_flow *flow, struct sw_flow_history *history,
    unsigned direction, const struct sw_tcp_segment *segment);

/* Does the segment acknowledge, or selectively so, what lies beyond all that
 * the other side is known to have sent, up to its FIN ahead? */
bool sw_fin_is_reached(const struct sw_flow *flow,
    const struct sw_flow_history *history, unsigned direction, uint32_t number);

/* The number behind the FIN ahead. */
static inline uint32_t
sw_fin_end(const struct sw_flow_history *history, unsigned direction)
{
	return history->tsval[direction];
}

/* Does the sender of a FIN ahead only acknowledge, from after its FIN?  Then
 * it sent nothing there that would refute the FIN. */
bool sw_fin_is_behind(const struct sw_flow *flow,
    const struct sw_flow_history *history, unsigned direction,
    const struct sw_tcp_segment *segment);

#endif
