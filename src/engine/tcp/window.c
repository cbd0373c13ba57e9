/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Windows as seen from the middle (Guido van Rooij, "Real Stateful TCP Packet
 * Filtering in IP Filter", 2001).
 *
 * Each side has: end, the highest sequence number it sent; maxend, the right
 * edge that the other side granted it; maxwin, the largest window it
 * advertised; maxack, the highest acknowledgement it sent.  A segment from S to
 * R is inside when
 *
 *	I	seq  <= S.maxend
 *	II	end  >= S.end - R.maxwin	(when R has sent a segment)
 *	III	sack <= R.end
 *	IV	sack >= R.end - max(S.maxwin, 66000)
 *
 * where sack is the highest right edge of the SACK blocks, or the ack.  I uses
 * the segment's start, so that the segment may straddle the edge; IV allows for
 * acknowledgements that overtook each other.  The window field of SYN and
 * SYN/ACK is never scaled, and scaling counts only when both offered it.
 *
 * The window of a SYN is granted from the SYN/ACK on: a server that took data
 * from the SYN may answer before the third segment (RFC 7413 3).
 */

#include "engine/tcp/window.h"

/* How far a connection picked up mid-stream may be from what is known. */
#define NEAR UINT32_C(0x100000)

/* A segment in the terms of the inequalities. */
struct view {
	uint32_t seq, end, ack, sack, window;
};

static uint32_t
scale_of(const struct sw_flow *flow, unsigned direction)
{
	return flow->scales >> (4 * direction) & 15u;
}

static void
set_scale(struct sw_flow *flow, unsigned direction, uint8_t scale)
{
	if (direction)
		flow->scales = (uint8_t)((flow->scales & 15) | scale << 4);
	else
		flow->scales = (uint8_t)((flow->scales & 0xf0) | scale);
}

static uint32_t
at_least_one(uint32_t n)
{
	return n ? n : 1;
}

uint32_t
sw_window_segment_end(const struct sw_tcp_segment *segment)
{
	return segment->seq + segment->payload + !!(segment->flags & SW_SYN) +
	       !!(segment->flags & SW_FIN);
}

void
sw_window_begin(struct sw_flow *flow, unsigned direction,
    const struct sw_tcp_segment *segment)
{
	struct sw_peer *sender = &flow->peer[direction];
	uint8_t *flags = flow->peer_flags;

	sender->end = sender->maxend = sw_window_segment_end(segment);
	sender->maxwin = at_least_one(segment->window);
	if (segment->flags & SW_ACK)
		sender->maxend += flow->peer[!direction].maxwin;
	flags[direction] &= SW_PEER_LIBERAL;
	if (segment->sack_permitted)
		flags[direction] |= SW_PEER_SACK;
	if (segment->has_wscale)
		flags[direction] |= SW_PEER_WSCALE;
	set_scale(flow, direction, segment->wscale);
	if (direction == 1 && !(flags[0] & flags[1] & SW_PEER_WSCALE))
		flow->scales = 0;
}

/* The first segment of a side, and no SYN: its numbers are accepted. */
static void
begin_midstream(struct sw_flow *flow, unsigned direction, const struct view *v)
{
	struct sw_peer *sender = &flow->peer[direction];
	struct sw_peer *receiver = &flow->peer[!direction];

	sender->end = v->end;
	sender->maxwin = at_least_one(v->window);
	sender->maxend = v->end + sender->maxwin;
	if (v->sack == receiver->end + 1)
		receiver->end++; /* answers a keepalive we did not count */
}

static inline struct view
view_of(const struct sw_flow *flow, unsigned direction,
    const struct sw_tcp_segment *segment)
{
	struct view v = { .seq = segment->seq,
		.end = sw_window_segment_end(segment),
		.ack = segment->ack,
		.sack = segment->ack,
		.window = segment->window };

	if (!(segment->flags & SW_SYN))
		v.window <<= scale_of(flow, direction);
	if (segment->has_sack &&
	    (flow->peer_flags[!direction] & SW_PEER_SACK) &&
	    sw_seq_before(v.sack, segment->sack_edge))
		v.sack = segment->sack_edge;
	return v;
}

static bool
within(uint32_t number, uint32_t of)
{
	return number - of + NEAR <= 2 * NEAR;
}

/* The other side of a flow picked up mid-stream has sent nothing yet, but the
 * opener's numbers say where it is. */
static bool
is_foreign(const struct sw_flow *flow, unsigned direction, const struct view *v)
{
	const struct sw_peer *receiver = &flow->peer[!direction];

	return !flow->peer[direction].maxwin && flow->flags & SW_FLOW_LOOSE &&
	       flow->peer_flags[!direction] & SW_PEER_ACKED &&
	       !(within(v->end, receiver->maxack) &&
		   within(v->ack, receiver->end));
}

/* A segment without a usable acknowledgement counts as acknowledging
 * everything. */
static void
pretend_ack(const struct sw_flow *flow, unsigned direction,
    const struct sw_tcp_segment *segment, struct view *v)
{
	bool broken_reset = segment->kind == SW_TCP_RST && segment->ack == 0;

	if (!(segment->flags & SW_ACK) || broken_reset)
		v->ack = v->sack = flow->peer[!direction].end;
}

/* => true when the segment itself is all that is known about its side */
static inline bool
begin_side(struct sw_flow *flow, unsigned direction,
    const struct sw_tcp_segment *segment, const struct view *v)
{
	struct sw_peer *sender = &flow->peer[direction];
	bool syn = segment->flags & SW_SYN;
	bool handshake = flow->state == SW_STATE_SYN_SENT ||
			 flow->state == SW_STATE_SYN_RECV;

	if (!sender->maxwin && !syn) {
		begin_midstream(flow, direction, v);
		return false;
	}
	if (sender->maxwin &&
	    !(syn && handshake && sw_seq_before(sender->end, v->end)))
		return false;
	sw_window_begin(flow, direction, segment);
	return direction == 1 && !(segment->flags & SW_ACK);
}

static int32_t
distance(uint32_t from, uint32_t to)
{
	return (int32_t)(to - from);
}

static inline __attribute__((always_inline)) enum sw_window
judge(struct sw_flow *flow, unsigned direction,
    const struct sw_tcp_segment *segment, struct view *v, int32_t *beyond)
{
	const struct sw_peer *sender = &flow->peer[direction];
	const struct sw_peer *receiver = &flow->peer[!direction];
	uint32_t ack_floor, seq_floor;

	*beyond = 0;
	if (is_foreign(flow, direction, v)) {
		*beyond = distance(flow->peer[!direction].maxack, v->end);
		return SW_WINDOW_SEQ_ABOVE;
	}
	if (begin_side(flow, direction, segment, v))
		return SW_WINDOW_BEGUN;
	pretend_ack(flow, direction, segment, v);
	if (segment->kind == SW_TCP_RST && !segment->seq &&
	    flow->state == SW_STATE_SYN_SENT)
		v->seq = v->end = sender->end; /* answers a SYN */
	ack_floor =
	    receiver->end -
	    (sender->maxwin > SW_ACK_SLACK ? sender->maxwin : SW_ACK_SLACK);
	seq_floor = sender->end - receiver->maxwin;

	if (sw_seq_before(sender->maxend, v->seq)) {
		*beyond = distance(sender->maxend, v->end);
		return SW_WINDOW_SEQ_ABOVE;
	}
	if (sw_seq_before(receiver->end, v->sack)) {
		*beyond = distance(receiver->end, v->sack);
		return SW_WINDOW_ACK_ABOVE;
	}
	if (receiver->maxwin && sw_seq_before(v->end, seq_floor)) {
		*beyond = distance(seq_floor, v->end);
		return SW_WINDOW_SEQ_BELOW;
	}
	if (sw_seq_before(v->sack, ack_floor)) {
		*beyond = distance(ack_floor, v->sack);
		return SW_WINDOW_ACK_BELOW;
	}
	return SW_WINDOW_INSIDE;
}

/* Data and acknowledgements come in an unpredictable order, so what they show
 * is selected without a branch. */
static inline uint32_t
choose(bool which, uint32_t yes, uint32_t no)
{
	return no ^ ((no ^ yes) & -(uint32_t)which);
}

static inline void
learn_data(struct sw_peer *sender, uint8_t *flags, const struct view *v)
{
	bool more = sw_seq_before(sender->end, v->end);

	sender->end = choose(more, v->end, sender->end);
	*flags |= (uint8_t)choose(more, SW_PEER_UNACKED, 0);
}

static inline void
learn_ack(struct sw_peer *sender, uint8_t *flags, const struct view *v)
{
	bool more =
	    !(*flags & SW_PEER_ACKED) | sw_seq_before(sender->maxack, v->ack);

	sender->maxack = choose(more, v->ack, sender->maxack);
	*flags |= SW_PEER_ACKED;
}

static inline void
learn_grant(struct sw_peer *receiver, uint8_t *flags, const struct view *v)
{
	/* One more than nothing: the byte of a zero-window probe. */
	uint32_t edge = v->sack + v->window;
	bool more = !sw_seq_before(edge, receiver->maxend);
	bool all = v->ack == receiver->end;

	receiver->maxend = choose(more, edge + !v->window, receiver->maxend);
	*flags &= (uint8_t)~choose(all, SW_PEER_UNACKED, 0);
}

static inline void
learn(struct sw_flow *flow, unsigned direction,
    const struct sw_tcp_segment *segment, const struct view *v)
{
	struct sw_peer *sender = &flow->peer[direction];
	struct sw_peer *receiver = &flow->peer[!direction];
	uint32_t window = v->window + (v->sack - v->ack);

	sender->maxwin = sender->maxwin < window ? window : sender->maxwin;
	learn_data(sender, &flow->peer_flags[direction], v);
	if (segment->flags & SW_ACK)
		learn_ack(sender, &flow->peer_flags[direction], v);
	if (receiver->maxwin && sw_seq_before(sender->maxend, v->end))
		receiver->maxwin += v->end - sender->maxend;
	learn_grant(receiver, &flow->peer_flags[!direction], v);
}

enum sw_window
sw_window_judge(struct sw_flow *flow, unsigned direction,
    const struct sw_tcp_segment *segment, int32_t *beyond)
{
	struct view v = view_of(flow, direction, segment);

	return judge(flow, direction, segment, &v, beyond);
}

void
sw_window_learn(struct sw_flow *flow, unsigned direction,
    const struct sw_tcp_segment *segment)
{
	struct view v = view_of(flow, direction, segment);

	pretend_ack(flow, direction, segment, &v);
	learn(flow, direction, segment, &v);
}

enum sw_window
sw_window_take(struct sw_flow *flow, unsigned direction,
    const struct sw_tcp_segment *segment, int32_t *beyond)
{
	struct view v = view_of(flow, direction, segment);
	enum sw_window where = judge(flow, direction, segment, &v, beyond);

	if (where == SW_WINDOW_INSIDE)
		learn(flow, direction, segment, &v);
	return where;
}

bool
sw_window_is_near(struct sw_flow *flow, unsigned direction,
    const struct sw_tcp_segment *segment)
{
	if (!(flow->peer_flags[direction] & SW_PEER_LIBERAL) ||
	    !within(
		sw_window_segment_end(segment), flow->peer[direction].end) ||
	    !within(segment->ack, flow->peer[!direction].end))
		return false;
	sw_window_learn(flow, direction, segment);
	return true;
}

bool
sw_window_carry(struct sw_flow *flow, unsigned direction,
    const struct sw_tcp_segment *segment)
{
	const struct sw_carry_flow sides = { &flow->peer[direction],
		&flow->peer[!direction], &flow->peer_flags[direction],
		&flow->peer_flags[!direction] };
	struct sw_carry s = { .seq = segment->seq,
		.end = segment->seq + segment->payload,
		.ack = segment->ack,
		.sack = segment->ack,
		.window = (uint32_t)segment->window
			  << scale_of(flow, direction) };

	if (segment->has_sack && flow->peer_flags[!direction] & SW_PEER_SACK)
		s.sack = sw_carry_later(s.ack, segment->sack_edge);
	return sw_carry_step(&sides, &s);
}
