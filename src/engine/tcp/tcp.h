/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tcp: a TCP flow's states and windows.
 *
 * Given a flow's record and a segment, this says how the segment relates to the
 * flow and updates the record.  States are the Linux kernel's; the window check
 * is that of van Rooij, "Real Stateful TCP Packet Filtering in IP Filter"
 * (2001), with the kernel's bounds.
 */
#ifndef SYNWARD_ENGINE_TCP_TCP_H
#define SYNWARD_ENGINE_TCP_TCP_H

#include "engine/table/flow.h"
#include "synward/policy.h"

enum sw_tcp_outcome {
	SW_TCP_FOLLOWS, /* belongs; caller refreshes the timer */
	SW_TCP_PASSES,	/* passes; timer not refreshed */
	/* both hosts have agreed on a new connection: report the old one's end,
	 * then sw_tcp_restart() */
	SW_TCP_RESTARTS,
	SW_TCP_BEYOND, /* outside the window: strict drops, normal passes */
	/* the same, so far back that no retransmission explains it: passes */
	SW_TCP_BEHIND,
	SW_TCP_INVALID, /* belongs to no state of this flow: dropped */
	SW_TCP_REOPENS, /* the flow is over, the segment opens a new one */
	SW_TCP_ENDS,	/* belongs, and the entry ends with it */
};

struct sw_tcp_step {
	uint8_t direction; /* 0 from the opener, 1 from the other */
	int32_t beyond;	   /* out: bytes right (+) or left (-) of the window */
};

/* Prepares the record of a flow that this segment opens: an opening SYN, or,
 * with loose tracking, any other. */
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

/* Steps the flow.  The caller writes flow->seen on FOLLOWS, and the flags
 * REPLIED and ASSURED for every protocol. */
enum sw_tcp_outcome
sw_tcp_step(struct sw_flow *flow, struct sw_flow_history *history,
    const struct sw_tcp_segment *segment, struct sw_tcp_step *step);

/* Uses the record for the new connection.  The flow continues. */
void sw_tcp_restart(struct sw_flow *flow, struct sw_flow_history *history,
    const struct sw_tcp_segment *segment, struct sw_tcp_step *step);

/* The flow's state after a side's exact RST that passed unseen or outside the
 * windows and proved to be the connection's. */
void sw_tcp_reset_side(
    struct sw_flow *flow, struct sw_flow_history *history, unsigned direction);

/* Seconds that a state may last in silence, whichever side waits for an
 * answer. */
uint32_t
sw_tcp_state_timeout(enum sw_state state, const struct sw_timeouts *timeouts);

/* Does one side of the flow wait for the other?  That is, data is not
 * acknowledged, a window is closed, or a flow picked up mid-stream was never
 * answered. */
bool sw_tcp_is_unanswered(const struct sw_flow *flow);

/* Seconds that a flow, of any protocol, may now be silent. */
uint32_t sw_tcp_flow_timeout(
    const struct sw_flow *flow, const struct sw_timeouts *timeouts);

#endif
