/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Steps a TCP flow.
 *
 * The table (engine/tcp/table.c) names the state that a segment leads to, the
 * window check (engine/tcp/window.c) accepts or refuses it, and this file
 * combines the two, with what neither can decide alone:
 *
 * - An RST ends the flow only where it is exact (engine/tcp/reset.c), and a FIN
 *   closes its side only where it continues the stream (engine/tcp/fin.c).
 * - Only an ACK that covers a FIN moves a closing flow on, so neither a
 *   challenge ACK nor late data is taken for the last ACK.
 * - A SYN into a live flow may be real: the two hosts may be in step while
 *   we are not.  It is set aside and passes; when a SYN/ACK acknowledges
 *   exactly it, the flow restarts from there; when an RST does, that passes,
 *   too, but ends nothing, because both may be forged.
 * - A segment outside the window changes nothing here; what several of them
 *   show is stored besides the record (engine/tcp/lost.h).
 */

#include <netinet/in.h>

#include "engine/tcp/tcp.h"

#include "engine/tcp/fin.h"
#include "engine/tcp/last.h"
#include "engine/tcp/reset.h"
#include "engine/tcp/table.h"
#include "engine/tcp/window.h"

/* Bit of sw_flow_history.aside_flags besides a peer's flags: was challenged. */
#define ASIDE_CHALLENGED 0x80
/* Another bit: the called side has sent a SYN. */
#define ASIDE_CALLED 0x40

/* Bytes left of the window within which a segment may be a late one. */
#define REPEAT_MOST 0x100000

/* An ACK that closes the window: data wait for it to open. */
static inline void
note_window(struct sw_flow *flow, const struct sw_tcp_segment *segment)
{
	uint8_t shut = segment->window ? 0 : SW_LAST_ZERO_WINDOW;

	if (segment->kind == SW_TCP_ACK)
		flow->last =
		    (uint8_t)((flow->last & ~SW_LAST_ZERO_WINDOW) | shut);
}

static inline void
note_last(struct sw_flow *flow, unsigned direction,
    const struct sw_tcp_segment *segment)
{
	note_window(flow, segment);
	sw_last_note(flow, direction, (enum sw_tcp_kind)segment->kind);
}

void
sw_tcp_open(struct sw_flow *flow, struct sw_flow_history *history,
    const struct sw_tcp_segment *segment, bool loose)
{
	struct sw_peer *opener = &flow->peer[0];

	flow->state = SW_STATE_NONE;
	flow->last = SW_TCP_BAD;
	history->iss = segment->seq;
	if (!loose) {
		flow->scales = 0;
		sw_window_begin(flow, 0, segment);
		return;
	}
	opener->end = sw_window_segment_end(segment);
	opener->maxwin = segment->window ? segment->window : 1;
	opener->maxend = opener->end + opener->maxwin;
	opener->maxack = segment->ack;
	flow->peer[1].end = segment->ack;
	flow->peer[1].maxend = segment->ack + opener->maxwin;
	flow->flags |= SW_FLOW_LOOSE;
	flow->peer_flags[0] = flow->peer_flags[1] =
	    SW_PEER_SACK | SW_PEER_LIBERAL;
	flow->peer_flags[0] |= SW_PEER_ACKED;
}

/* Records a SYN or ACK that passes without effect, in case we are out of
 * step. */
static void
set_aside(struct sw_flow *flow, struct sw_flow_history *history,
    unsigned direction, const struct sw_tcp_segment *segment)
{
	sw_last_note(flow, direction, (enum sw_tcp_kind)segment->kind);
	flow->last |= SW_LAST_ASIDE;
	history->aside_end = sw_window_segment_end(segment);
	history->aside_ack = segment->ack;
	history->aside_window = segment->window;
	if (segment->kind != SW_TCP_SYN)
		return;
	history->aside_ack = segment->seq;
	history->aside_scale = segment->wscale;
	history->aside_flags =
	    (uint8_t)((segment->has_wscale ? SW_PEER_WSCALE : 0) |
		      (segment->sack_permitted ? SW_PEER_SACK : 0) |
		      (direction ? ASIDE_CALLED : 0) |
		      (history->aside_flags & ASIDE_CALLED));
}

/* Is this the known SYN/ACK, and the SYN set aside the known one?  Then a
 * handshake is repeated, and nothing begins. */
static bool
repeats_handshake(const struct sw_flow *flow,
    const struct sw_flow_history *history, unsigned direction,
    const struct sw_tcp_segment *segment)
{
	const struct sw_peer *sender = &flow->peer[direction];
	uint32_t end = sw_window_segment_end(segment);

	return direction == 1 && history->aside_ack == history->iss &&
	       sender->maxwin && !sw_seq_before(sender->end, end) &&
	       sender->end - end <= flow->peer[0].maxwin;
}

/* Does this SYN/ACK acknowledge exactly the SYN that was set aside? */
static bool
answers_aside(const struct sw_flow *flow, const struct sw_flow_history *history,
    unsigned direction, const struct sw_tcp_segment *segment)
{
	return segment->kind == SW_TCP_SYNACK &&
	       sw_last_aside_from_other(flow, direction, SW_TCP_SYN) &&
	       segment->ack == history->aside_end &&
	       !repeats_handshake(flow, history, direction, segment);
}

/* In a simultaneous open, the second SYN/ACK is the first segment of its side
 * that grants anything. */
static bool
answers_simultaneous(const struct sw_flow *flow, unsigned direction,
    const struct sw_tcp_segment *segment)
{
	return segment->kind == SW_TCP_SYNACK && direction == 1 &&
	       flow->state == SW_STATE_SYN_RECV &&
	       flow->peer_flags[1] & SW_PEER_SIMOPEN;
}

/* Does the called side repeat its SYN of a simultaneous open? */
static bool
repeats_simultaneous(const struct sw_flow *flow, unsigned direction,
    const struct sw_tcp_segment *segment)
{
	return segment->kind == SW_TCP_SYN && direction == 1 &&
	       flow->state == SW_STATE_SYN_RECV &&
	       flow->peer_flags[1] & SW_PEER_SIMOPEN &&
	       sw_window_segment_end(segment) == flow->peer[1].end;
}

static enum sw_tcp_outcome
step_aside(struct sw_flow *flow, struct sw_flow_history *history,
    unsigned direction, const struct sw_tcp_segment *segment)
{
	int32_t beyond;

	if (answers_aside(flow, history, direction, segment))
		return SW_TCP_RESTARTS;
	if (answers_simultaneous(flow, direction, segment))
		(void)sw_window_take(flow, direction, segment, &beyond);
	set_aside(flow, history, direction, segment);
	return SW_TCP_PASSES;
}

/* May this SYN begin a new connection on a tuple in time_wait or close?  By RFC
 * 9293 3.6.1 and RFC 6191: with a sequence number beyond the old one, or a
 * newer time stamp.  After a reset nothing of the old connection is left.  A
 * SYN of the called side cannot be an old one of this connection; and if it
 * were set aside, the rules for its own direction would never be checked. */
static bool
reopens(const struct sw_flow *flow, const struct sw_flow_history *history,
    unsigned direction, const struct sw_tcp_segment *segment)
{
	uint32_t tsval = history->tsval[direction];

	if (flow->state == SW_STATE_CLOSE || direction == 1)
		return true;
	if (sw_seq_before(flow->peer[direction].end, segment->seq + 1))
		return true;
	return segment->has_timestamp && tsval &&
	       sw_seq_before(tsval, segment->tsval);
}

/* An ACK to a SYN in last_ack is a challenge (RFC 5961 4.2), unless with it
 * both FINs are covered: nothing moves, and the SYN may still be answered. */
static bool
challenges(const struct sw_flow *flow, const struct sw_flow_history *history,
    unsigned direction, const struct sw_tcp_segment *segment)
{
	return flow->state == SW_STATE_LAST_ACK &&
	       segment->kind == SW_TCP_ACK &&
	       !(history->aside_flags & ASIDE_CHALLENGED) &&
	       sw_last_aside_from_other(flow, direction, SW_TCP_SYN) &&
	       !(segment->ack == flow->peer[!direction].end &&
		   sw_fin_is_covered(flow, direction));
}

static bool
is_closing(enum sw_state state)
{
	return state == SW_STATE_FIN_WAIT || state == SW_STATE_CLOSE_WAIT ||
	       state == SW_STATE_LAST_ACK;
}

static bool
is_open(const struct sw_flow *flow)
{
	return flow->state >= SW_STATE_ESTABLISHED &&
	       flow->state <= SW_STATE_LAST_ACK;
}

void
sw_tcp_reset_side(
    struct sw_flow *flow, struct sw_flow_history *history, unsigned direction)
{
	if (!is_open(flow))
		return;
	flow->state = SW_STATE_CLOSE;
	flow->flags |= SW_FLOW_RESET;
	history->ender = (uint8_t)direction;
}

/* The segment is inside the window: the flow advances. */
static enum sw_tcp_outcome
move(struct sw_flow *flow, struct sw_flow_history *history, unsigned direction,
    const struct sw_tcp_segment *segment, enum sw_state next)
{
	enum sw_state old = (enum sw_state)flow->state;

	if (segment->kind == SW_TCP_FIN)
		sw_fin_take(flow, history, direction, segment);
	if (next == SW_STATE_SYN_SENT2)
		flow->peer_flags[1] |= SW_PEER_SIMOPEN;
	if (next == SW_STATE_SYN_RECV && old == SW_STATE_SYN_RECV &&
	    direction == 1 && flow->peer_flags[1] & SW_PEER_SIMOPEN)
		next = SW_STATE_ESTABLISHED;
	if (is_closing(next) || (next == SW_STATE_TIME_WAIT && next != old))
		next = sw_fin_state(flow);
	note_last(flow, direction, segment);
	flow->flags &= (uint8_t)~SW_FLOW_RESET;
	flow->state = next;
	if (segment->kind == SW_TCP_SYN && old == SW_STATE_SYN_SENT)
		return SW_TCP_PASSES; /* does not prolong the flow */
	return SW_TCP_FOLLOWS;
}

/* A SYN that is tried again with a lower number than the first: either may be
 * the stray one, so neither replaces the other. */
static bool
second_try(const struct sw_flow *flow, unsigned direction,
    const struct sw_tcp_segment *segment)
{
	return flow->state == SW_STATE_SYN_SENT && direction == 0 &&
	       segment->kind == SW_TCP_SYN &&
	       sw_seq_before(sw_window_segment_end(segment), flow->peer[0].end);
}

/* => SW_TCP_FOLLOWS when the segment is inside the window, and has moved it */
static enum sw_tcp_outcome
take(struct sw_flow *flow, struct sw_tcp_step *step,
    const struct sw_tcp_segment *segment)
{
	unsigned direction = step->direction;

	switch (sw_window_take(flow, direction, segment, &step->beyond)) {
	case SW_WINDOW_INSIDE:
	case SW_WINDOW_BEGUN: /* grants and acknowledges nothing */
		break;
	case SW_WINDOW_SEQ_BELOW: /* repeated, though acknowledged */
	case SW_WINDOW_ACK_BELOW: /* overtaken on the way */
		if (sw_window_is_near(flow, direction, segment))
			break;
		return step->beyond < -REPEAT_MOST ? SW_TCP_BEHIND
						   : SW_TCP_PASSES;
	case SW_WINDOW_SEQ_ABOVE:
	case SW_WINDOW_ACK_ABOVE:
		if (sw_window_is_near(flow, direction, segment))
			break;
		return SW_TCP_BEYOND;
	}
	return SW_TCP_FOLLOWS;
}

/* Is the segment inside the window, which reaches to the other side's FIN where
 * that is ahead?  There is no reason to drop it, nor to learn from it. */
static enum sw_tcp_outcome
pass_by(const struct sw_flow *flow, const struct sw_flow_history *history,
    struct sw_tcp_step *step, const struct sw_tcp_segment *segment)
{
	struct sw_flow copy = *flow;
	unsigned direction = step->direction;

	if (sw_fin_is_reached(flow, history, direction, segment->ack))
		copy.peer[!direction].end = sw_fin_end(history, !direction);
	return take(&copy, step, segment);
}

/* The segment without a SACK of a FIN ahead, which may be forged. */
static struct sw_tcp_segment
without_ahead(const struct sw_flow *flow, const struct sw_flow_history *history,
    unsigned direction, const struct sw_tcp_segment *segment)
{
	struct sw_tcp_segment plain = *segment;

	plain.has_sack =
	    segment->has_sack &&
	    !sw_fin_is_reached(flow, history, direction, segment->sack_edge);
	return plain;
}

static enum sw_tcp_outcome
judge(struct sw_flow *flow, struct sw_flow_history *history,
    struct sw_tcp_step *step, const struct sw_tcp_segment *segment,
    enum sw_state next)
{
	unsigned direction = step->direction;
	uint32_t old_end = flow->peer[direction].end;
	struct sw_tcp_segment plain =
	    without_ahead(flow, history, direction, segment);
	bool stray = segment->kind == SW_TCP_FIN &&
		     !sw_fin_is_exact(flow, direction, segment);
	enum sw_tcp_outcome outcome;

	if (stray ||
	    sw_fin_is_reached(flow, history, direction, segment->ack)) {
		outcome = pass_by(flow, history, step, &plain);
		if (stray && outcome == SW_TCP_FOLLOWS)
			sw_fin_note(flow, history, direction, segment);
		return outcome;
	}
	outcome = take(flow, step, &plain);
	if (outcome != SW_TCP_FOLLOWS)
		return outcome;
	if (sw_fin_is_behind(flow, history, direction, segment))
		flow->peer[direction].end = old_end;
	if (segment->kind == SW_TCP_SYN && direction == 0 &&
	    old_end != flow->peer[0].end)
		history->iss = segment->seq;
	return move(flow, history, direction, segment, next);
}

_Static_assert(SW_TCP_ACK == SW_CARRY_KIND, "the kind of what carries on");

bool
sw_tcp_in_the_middle(
    const struct sw_flow *flow, const struct sw_tcp_segment *segment)
{
	const uint8_t looked_at = SW_FLOW_REPLIED | SW_FLOW_ASSURED |
				  SW_FLOW_PROBING | SW_FLOW_RESET |
				  SW_FLOW_LOST | SW_FLOW_LANE;

	return segment->kind == SW_TCP_ACK &&
	       flow->state == SW_STATE_ESTABLISHED &&
	       !(flow->last & (SW_LAST_ASIDE | SW_LAST_FINS_AHEAD)) &&
	       (flow->flags & looked_at) == (SW_FLOW_REPLIED | SW_FLOW_ASSURED);
}

bool
sw_tcp_carries_on(struct sw_flow *flow, unsigned direction,
    const struct sw_tcp_segment *segment)
{
	if (!sw_window_carry(flow, direction, segment))
		return false;
	flow->last = sw_carry_last(flow->last, direction);
	return true;
}

enum sw_tcp_outcome
sw_tcp_step(struct sw_flow *flow, struct sw_flow_history *history,
    const struct sw_tcp_segment *segment, struct sw_tcp_step *step)
{
	unsigned direction = step->direction;
	struct sw_tcp_table_cell cell;

	step->beyond = 0;
	sw_fin_settle(flow, history, direction, segment);
	cell = sw_tcp_table_cell(direction, (enum sw_tcp_kind)segment->kind,
	    (enum sw_state)flow->state);
	switch ((enum sw_tcp_act)cell.act) {
	case SW_ACT_REFUSE:
		return repeats_simultaneous(flow, direction, segment)
			   ? SW_TCP_PASSES
			   : SW_TCP_INVALID;
	case SW_ACT_REOPEN:
		if (reopens(flow, history, direction, segment))
			return SW_TCP_REOPENS;
		return step_aside(flow, history, direction, segment);
	case SW_ACT_ANSWER:
		if (!(history->aside_flags & ASIDE_CALLED))
			return SW_TCP_INVALID;
		return step_aside(flow, history, direction, segment);
	case SW_ACT_ASIDE:
		return step_aside(flow, history, direction, segment);
	case SW_ACT_MOVE:
		break;
	}
	if (segment->kind == SW_TCP_RST)
		return sw_tcp_reset(flow, history, step, segment);
	if (answers_aside(flow, history, direction, segment))
		return SW_TCP_RESTARTS;
	if (challenges(flow, history, direction, segment)) {
		history->aside_flags |= ASIDE_CHALLENGED;
		return SW_TCP_PASSES;
	}
	if (second_try(flow, direction, segment)) {
		/* Whatever the answer, its sender has that window. */
		(void)sw_window_take(flow, direction, segment, &step->beyond);
		return step_aside(flow, history, direction, segment);
	}
	return judge(flow, history, step, segment, (enum sw_state)cell.next);
}

void
sw_tcp_restart(struct sw_flow *flow, struct sw_flow_history *history,
    const struct sw_tcp_segment *segment, struct sw_tcp_step *step)
{
	unsigned direction = step->direction;
	struct sw_peer *caller = &flow->peer[!direction];

	sw_fin_forget(flow, history, 0);
	sw_fin_forget(flow, history, 1);
	flow->peer[direction] = (struct sw_peer){ 0 };
	flow->peer_flags[direction] = 0;
	*caller = (struct sw_peer){ .end = history->aside_end,
		.maxend = history->aside_end,
		.maxwin = history->aside_window ? history->aside_window : 1 };
	flow->peer_flags[!direction] =
	    history->aside_flags & (SW_PEER_WSCALE | SW_PEER_SACK);
	flow->scales = (uint8_t)(history->aside_scale << (direction ? 0 : 4));
	flow->flags &= SW_FLOW_OPENER_B | SW_FLOW_REPLIED;
	flow->last = SW_TCP_BAD;
	history->iss = history->aside_ack;
	sw_window_begin(flow, direction, segment);
	sw_window_learn(flow, direction, segment);
	sw_last_note(flow, direction, SW_TCP_SYNACK);
	flow->state = SW_STATE_SYN_RECV;
}

uint32_t
sw_tcp_state_timeout(enum sw_state state, const struct sw_timeouts *timeouts)
{
	static const uint8_t of_state[] = {
#define X(name, text, timeout) [SW_STATE_##name] = SW_TIMEOUT_##timeout,
		SW_STATE_MAP(X)
#undef X
	};

	return timeouts->seconds[of_state[state]];
}

/* Does a side wait?  This is computed for every packet, and data and answers
 * come in an unpredictable order, so it has no branch. */
bool
sw_tcp_is_unanswered(const struct sw_flow *flow)
{
	unsigned peers = flow->peer_flags[0] | flow->peer_flags[1];
	unsigned unheard = (flow->state == SW_STATE_ESTABLISHED) &
			   !(flow->flags & SW_FLOW_REPLIED);

	return ((peers & SW_PEER_UNACKED) | (flow->last & SW_LAST_ZERO_WINDOW) |
		   unheard) != 0;
}

uint32_t
sw_tcp_flow_timeout(
    const struct sw_flow *flow, const struct sw_timeouts *timeouts)
{
	uint32_t seconds =
	    sw_tcp_state_timeout((enum sw_state)flow->state, timeouts);
	uint32_t most = sw_tcp_is_unanswered(flow)
			    ? timeouts->seconds[SW_TIMEOUT_UNACKNOWLEDGED]
			    : UINT32_MAX;

	if (flow->flags & SW_FLOW_RESET && flow->proto == IPPROTO_TCP)
		return timeouts->seconds[SW_TIMEOUT_CLOSE];
	return seconds < most ? seconds : most;
}
