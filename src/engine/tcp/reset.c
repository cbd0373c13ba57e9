/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Judges an RST.
 *
 * Is it exact?  Or does it answer the SYN of an unfinished handshake, which has
 * its own numbers?  Any other RST changes nothing.  It passes when it is in the
 * window, because its receiver then sends a challenge, and when it repeats or
 * overtakes something; it is out of window when it is ahead of what was
 * granted, or behind what its receiver has acknowledged.
 */

#include "engine/tcp/reset.h"

#include "engine/tcp/last.h"
#include "engine/tcp/window.h"

static bool
covers(uint32_t ack, uint32_t iss, uint32_t end)
{
	return sw_seq_before(iss, ack) && !sw_seq_before(end, ack);
}

/* The RST of a host that knows no connection names the SYN that it answers (RFC
 * 9293 3.5.2). */
static bool
reset_of_handshake(const struct sw_flow *flow,
    const struct sw_flow_history *history, unsigned direction,
    const struct sw_tcp_segment *segment)
{
	bool acks = segment->flags & SW_ACK;

	if (flow->state == SW_STATE_SYN_SENT && direction == 1)
		return acks &&
		       covers(segment->ack, history->iss, flow->peer[0].end);
	if (flow->state == SW_STATE_SYN_RECV ||
	    flow->state == SW_STATE_SYN_SENT2)
		return acks && segment->seq == 0 &&
		       segment->ack == flow->peer[!direction].end;
	return false;
}

/* Does it answer something that was set aside: a SYN, by naming it, or a
 * challenge, by using its number?  It passes, because it is for the host that
 * sent that; but anybody may have forged both, so it says nothing about the
 * flow. */
static bool
answers_aside(const struct sw_flow *flow, const struct sw_flow_history *history,
    unsigned direction, const struct sw_tcp_segment *segment)
{
	if (sw_last_aside_from_other(flow, direction, SW_TCP_SYN))
		return segment->flags & SW_ACK &&
		       segment->ack == history->aside_end;
	return flow->state == SW_STATE_SYN_SENT &&
	       sw_last_aside_from_other(flow, direction, SW_TCP_ACK) &&
	       segment->seq == history->aside_ack;
}

/* Is the sequence number exactly the next one that the receiver expects?  That
 * is the number it acknowledged last or, with data under way, the end of what
 * the sender has sent.  After a FIN hosts obey the FIN's own number, too. */
bool
sw_tcp_reset_is_exact(const struct sw_flow *flow, unsigned direction,
    const struct sw_tcp_segment *segment)
{
	const struct sw_peer *sender = &flow->peer[direction];
	const struct sw_peer *receiver = &flow->peer[!direction];
	bool finished = flow->peer_flags[direction] & SW_PEER_FIN;

	if (flow->peer_flags[!direction] & SW_PEER_ACKED &&
	    segment->seq == receiver->maxack)
		return true;
	if (sender->maxwin)
		return segment->seq == sender->end ||
		       (finished && segment->seq + 1 == sender->end);
	return segment->flags & SW_ACK && segment->ack == receiver->end &&
	       flow->flags & SW_FLOW_LOOSE;
}

/* Is the segment before what its receiver has acknowledged?  While a SYN is set
 * aside, it may be of an older connection; and a host that knows none answers a
 * SYN with number 0. */
static bool
behind(const struct sw_flow *flow, unsigned direction, uint32_t seq)
{
	if (seq == 0 && !(flow->flags & SW_FLOW_ASSURED))
		return false;
	return flow->peer_flags[!direction] & SW_PEER_ACKED &&
	       !sw_last_aside(flow, SW_TCP_SYN) &&
	       sw_seq_before(seq, flow->peer[!direction].maxack);
}

/* Handles an RST that ends nothing: inside the window the receiver decides, and
 * sends a challenge; before what the receiver has acknowledged it is
 * ignored. */
static enum sw_tcp_outcome
stray_reset(struct sw_flow *flow, struct sw_tcp_step *step,
    const struct sw_tcp_segment *segment)
{
	struct sw_flow copy = *flow; /* judging an RST must not begin a side */
	unsigned direction = step->direction;
	enum sw_window window =
	    sw_window_judge(&copy, direction, segment, &step->beyond);

	if (flow->state == SW_STATE_CLOSE) {
		step->beyond = 0;
		return SW_TCP_PASSES; /* nothing is left to end */
	}
	if (behind(flow, direction, segment->seq)) {
		step->beyond =
		    (int32_t)(segment->seq - flow->peer[!direction].maxack);
		return SW_TCP_BEYOND;
	}
	if (window == SW_WINDOW_SEQ_ABOVE || window == SW_WINDOW_ACK_ABOVE)
		return SW_TCP_BEYOND;
	step->beyond = 0;
	return SW_TCP_PASSES;
}

/* Data of the other side may still use the window that an RST grants, but not
 * while the flow closes, because the RST may then be of a later connection. */
static void
learn_from_reset(struct sw_flow *flow, unsigned direction,
    const struct sw_tcp_segment *segment)
{
	bool closing =
	    flow->state >= SW_STATE_FIN_WAIT && flow->state <= SW_STATE_CLOSE;
	int32_t beyond;

	if (flow->peer[direction].maxwin && !closing &&
	    sw_window_judge(flow, direction, segment, &beyond) ==
		SW_WINDOW_INSIDE)
		sw_window_learn(flow, direction, segment);
}

enum sw_tcp_outcome
sw_tcp_reset(struct sw_flow *flow, struct sw_flow_history *history,
    struct sw_tcp_step *step, const struct sw_tcp_segment *segment)
{
	unsigned direction = step->direction;
	bool answer = flow->state == SW_STATE_SYN_SENT && direction == 1;
	bool exact = !answer && sw_tcp_reset_is_exact(flow, direction, segment);

	if (!exact && !reset_of_handshake(flow, history, direction, segment)) {
		if (answers_aside(flow, history, direction, segment))
			return SW_TCP_PASSES;
		return stray_reset(flow, step, segment);
	}
	if (exact)
		learn_from_reset(flow, direction, segment);
	sw_last_note(flow, direction, SW_TCP_RST);
	flow->state = SW_STATE_CLOSE;
	flow->flags |= SW_FLOW_RESET;
	history->ender = (uint8_t)direction;
	return flow->flags & SW_FLOW_REPLIED ? SW_TCP_FOLLOWS : SW_TCP_ENDS;
}
