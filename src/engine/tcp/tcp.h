/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tcp: a TCP flow's states and windows.
 *
 * Given a flow's record and a segment, says what the segment is to the flow
 * and moves the record accordingly.  States are the Linux kernel's; the
 * window check is that of van Rooij, "Real Stateful TCP Packet Filtering in
 * IP Filter" (2001), with the kernel's bounds.
 */
#ifndef SYNWARD_ENGINE_TCP_TCP_H
#define SYNWARD_ENGINE_TCP_TCP_H

#include "engine/table/flow.h"
#include "synward/policy.h"

enum sw_tcp_outcome {
	SW_TCP_FOLLOWS,	 /* belongs; record moved, timer to be refreshed */
	SW_TCP_PASSES,	 /* passes; timer not refreshed */
	SW_TCP_RESTARTS, /* both hosts agreed on a new connection: tell the
			    old one's end, then sw_tcp_restart() */
	SW_TCP_BEYOND,	 /* outside the window: strict drops, normal passes */
	SW_TCP_BEHIND,	 /* the same, so far back that nothing repeats it:
			    passes */
	SW_TCP_INVALID,	 /* belongs to no stage of this flow: dropped */
	SW_TCP_REOPENS,	 /* the flow is over, the segment opens anew */
	SW_TCP_ENDS,	 /* belongs, and the entry ends with it */
};

struct sw_tcp_step {
	uint8_t direction; /* 0 from the opener, 1 from the other */
	int32_t beyond;	   /* out: bytes right (+) or left (-) of window */
};

/* Prepares the record of a flow that this segment opens: an opening SYN,
 * or, when loose, any other. */
void sw_tcp_open(struct sw_flow *flow, struct sw_flow_history *history,
    const struct sw_tcp_segment *segment, bool loose);

/* Is this a plain segment of a connection established both ways?  Most
 * segments are. */
bool sw_tcp_in_the_middle(
    const struct sw_flow *flow, const struct sw_tcp_segment *segment);

/* Steps the flow by such a segment as sw_tcp_step() would, which FOLLOWS and
 * changes neither state nor flags nor history.
 * => false, and nothing is done, when it is not inside the windows */
bool sw_tcp_carries_on(struct sw_flow *flow, unsigned direction,
    const struct sw_tcp_segment *segment);

/* Steps the flow.  The caller writes flow->seen when it FOLLOWS, and the
 * flags REPLIED and ASSURED of every kind of flow. */
enum sw_tcp_outcome
sw_tcp_step(struct sw_flow *flow, struct sw_flow_history *history,
    const struct sw_tcp_segment *segment, struct sw_tcp_step *step);

/* Takes the record over for the new connection.  The flow follows. */
void sw_tcp_restart(struct sw_flow *flow, struct sw_flow_history *history,
    const struct sw_tcp_segment *segment, struct sw_tcp_step *step);

/* The flow's state after a side's exact RST that came by unseen or outside the
 * windows and proved to be the connection's. */
void sw_tcp_reset_side(
    struct sw_flow *flow, struct sw_flow_history *history, unsigned direction);

/* Seconds a state may last in silence, whoever waits for an answer. */
uint32_t
sw_tcp_state_timeout(enum sw_state state, const struct sw_timeouts *timeouts);

/* Does one side of the flow wait for the other?  Data is not acknowledged, a
 * window is closed, or a flow picked up in its middle was never answered. */
bool sw_tcp_is_unanswered(const struct sw_flow *flow);

/* Seconds a flow, of any protocol, may now be silent. */
uint32_t sw_tcp_flow_timeout(
    const struct sw_flow *flow, const struct sw_timeouts *timeouts);

#endif
