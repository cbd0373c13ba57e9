/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Judging a FIN.
 *
 * The number after a FIN ahead is kept where the time stamp of its side's FIN
 * is kept later: either is known only while the other is not.
 */

#include "engine/tcp/fin.h"

#include "engine/tcp/last.h"
#include "engine/tcp/window.h"

static uint8_t
ahead_of(unsigned side)
{
	return (uint8_t)(SW_LAST_FIN_AHEAD << side);
}

static bool
is_ahead(const struct sw_flow *flow, unsigned side)
{
	return flow->last & ahead_of(side);
}

static bool
is_open(const struct sw_flow *flow)
{
	return flow->state >= SW_STATE_ESTABLISHED &&
	       flow->state <= SW_STATE_LAST_ACK;
}

/* Has the other side acknowledged all this side sent, its FIN included? */
bool
sw_fin_is_covered(const struct sw_flow *flow, unsigned direction)
{
	return flow->peer_flags[direction] & SW_PEER_FIN &&
	       flow->peer_flags[!direction] & SW_PEER_ACKED &&
	       !sw_seq_before(
		   flow->peer[!direction].maxack, flow->peer[direction].end);
}

/* The closing states, from which FINs were sent and which are covered. */
enum sw_state
sw_fin_state(const struct sw_flow *flow)
{
	bool both = flow->peer_flags[0] & flow->peer_flags[1] & SW_PEER_FIN;
	bool covered[2] = { sw_fin_is_covered(flow, 0),
		sw_fin_is_covered(flow, 1) };

	if (both)
		return covered[0] && covered[1] ? SW_STATE_TIME_WAIT
						: SW_STATE_LAST_ACK;
	return covered[0] || covered[1] ? SW_STATE_CLOSE_WAIT
					: SW_STATE_FIN_WAIT;
}

/* from <= number <= to, in sequence space round `from`. */
static bool
between(uint32_t number, uint32_t from, uint32_t to)
{
	return number - from <= to - from;
}

/* The next byte that the receiver expects is what it acknowledged last, or,
 * with data under way, what the sender has sent so far: the segment has it, or
 * its FIN is it.  A FIN that is known can only come again. */
bool
sw_fin_is_exact(const struct sw_flow *flow, unsigned direction,
    const struct sw_tcp_segment *segment)
{
	const struct sw_peer *sender = &flow->peer[direction];
	const struct sw_peer *receiver = &flow->peer[!direction];
	uint32_t fin = segment->seq + segment->payload;

	if (!sender->maxwin ||
	    !(is_open(flow) || flow->state == SW_STATE_SYN_RECV))
		return true;
	if (flow->peer_flags[!direction] & SW_PEER_ACKED &&
	    between(receiver->maxack, segment->seq, fin))
		return true;
	return flow->peer_flags[direction] & SW_PEER_FIN
		   ? fin + 1 == sender->end
		   : between(sender->end, segment->seq, fin);
}

void
sw_fin_note(struct sw_flow *flow, struct sw_flow_history *history,
    unsigned direction, const struct sw_tcp_segment *segment)
{
	if (flow->peer_flags[direction] & SW_PEER_FIN ||
	    !sw_seq_before(flow->peer[direction].end, segment->seq))
		return;
	flow->last |= ahead_of(direction);
	history->tsval[direction] = sw_window_segment_end(segment);
}

void
sw_fin_forget(
    struct sw_flow *flow, struct sw_flow_history *history, unsigned direction)
{
	if (!is_ahead(flow, direction))
		return;
	flow->last &= (uint8_t)~ahead_of(direction);
	history->tsval[direction] = 0;
}

static void
finish(
    struct sw_flow *flow, struct sw_flow_history *history, unsigned direction)
{
	if (!(flow->peer_flags[!direction] & SW_PEER_FIN))
		history->ender = (uint8_t)direction;
	sw_fin_forget(flow, history, direction);
	flow->peer_flags[direction] |= SW_PEER_FIN;
}

void
sw_fin_take(struct sw_flow *flow, struct sw_flow_history *history,
    unsigned direction, const struct sw_tcp_segment *segment)
{
	finish(flow, history, direction);
	if (segment->has_timestamp)
		history->tsval[direction] = segment->tsval;
}

void
sw_fin_close_side(
    struct sw_flow *flow, struct sw_flow_history *history, unsigned direction)
{
	if (!is_open(flow))
		return;
	finish(flow, history, direction);
	flow->state = sw_fin_state(flow);
}

bool
sw_fin_is_reached(const struct sw_flow *flow,
    const struct sw_flow_history *history, unsigned direction, uint32_t number)
{
	uint32_t end = flow->peer[!direction].end;

	return is_ahead(flow, !direction) &&
	       between(number, end + 1, sw_fin_end(history, !direction));
}

/* Is the segment's sender where it should be: between what the other side has
 * acknowledged and what it has sent?  An idle side has one such place. */
static bool
is_in_place(const struct sw_flow *flow, unsigned direction,
    const struct sw_tcp_segment *segment)
{
	const struct sw_peer *sender = &flow->peer[direction];
	const struct sw_peer *receiver = &flow->peer[!direction];

	return sender->maxwin && flow->peer_flags[!direction] & SW_PEER_ACKED &&
	       between(segment->seq, receiver->maxack, sender->end);
}

/* A receiver acknowledges a FIN only when all before it has arrived. */
static bool
proves(const struct sw_flow *flow, const struct sw_flow_history *history,
    unsigned direction, const struct sw_tcp_segment *segment)
{
	return is_ahead(flow, !direction) && is_open(flow) &&
	       (segment->kind == SW_TCP_ACK || segment->kind == SW_TCP_FIN) &&
	       segment->ack == sw_fin_end(history, !direction) &&
	       is_in_place(flow, direction, segment);
}

/* Has the side sent as far as its FIN, and gone on? */
static bool
is_refuted(const struct sw_flow *flow, const struct sw_flow_history *history,
    unsigned side)
{
	return !sw_seq_before(flow->peer[side].end, sw_fin_end(history, side));
}

bool
sw_fin_is_behind(const struct sw_flow *flow,
    const struct sw_flow_history *history, unsigned direction,
    const struct sw_tcp_segment *segment)
{
	return is_ahead(flow, direction) && segment->kind == SW_TCP_ACK &&
	       segment->payload == 0 &&
	       segment->seq == sw_fin_end(history, direction);
}

void
sw_fin_settle(struct sw_flow *flow, struct sw_flow_history *history,
    unsigned direction, const struct sw_tcp_segment *segment)
{
	for (unsigned side = 0; side < 2; side++)
		if (is_refuted(flow, history, side))
			sw_fin_forget(flow, history, side);
	if (!proves(flow, history, direction, segment))
		return;
	flow->peer[!direction].end = sw_fin_end(history, !direction);
	sw_fin_close_side(flow, history, !direction);
	if (segment->has_timestamp)
		history->tsval[!direction] = segment->tsecr;
}
