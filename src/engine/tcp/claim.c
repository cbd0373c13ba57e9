/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Judges, stores and adopts claims.
 *
 * A segment is also compared with its own side's last claim, so a side that is
 * the only one still seen stays credible however far it advances, and with the
 * other side's claim, which says where it is expected.
 */
#include "engine/tcp/claim.h"

#include "engine/tcp/fin.h"
#include "engine/tcp/last.h"
#include "engine/tcp/stamp.h"
#include "engine/tcp/window.h"

/* from <= number <= to, in sequence space round `from`. */
static bool
between(uint32_t number, uint32_t from, uint32_t to)
{
	return number - from <= to - from;
}

/* Are both numbers inside the windows, or a little ahead? */
static bool
near_record(const struct sw_flow *base, unsigned direction,
    const struct sw_tcp_segment *segment)
{
	const struct sw_peer *sender = &base->peer[direction];
	const struct sw_peer *receiver = &base->peer[!direction];
	uint32_t most = sender->end + sw_lost_reach(base, direction);
	uint32_t slack =
	    sender->maxwin > SW_ACK_SLACK ? sender->maxwin : SW_ACK_SLACK;

	return sender->maxwin && receiver->maxwin &&
	       between(sw_window_segment_end(segment),
		   sender->end - receiver->maxwin, most + segment->payload) &&
	       between(segment->ack, receiver->end - slack,
		   receiver->end + sw_lost_reach(base, !direction));
}

/* Was this side's claim compared with this record?  A claim that continues
 * presumed numbers proves nothing about confirmed ones. */
static bool
is_claimed(
    const struct sw_lost *lost, const struct sw_flow *base, unsigned direction)
{
	bool of_shadow = base != lost->flow;

	return lost->cold->claimed[direction] & SW_CLAIM_SET &&
	       of_shadow == lost->cold->claims_shadow;
}

/* Are these numbers of a sender and its receiver within reach of the
 * record's? */
static bool
near_numbers(const struct sw_flow *base, unsigned direction, uint32_t seq,
    uint32_t seq_of, uint32_t ack, uint32_t ack_of)
{
	uint32_t own = sw_lost_reach(base, direction);
	uint32_t other = sw_lost_reach(base, !direction);

	return between(seq, seq_of - own, seq_of + own) &&
	       between(ack, ack_of - other, ack_of + other);
}

static bool
near_claim(const struct sw_lost *lost, const struct sw_flow *base,
    unsigned direction, const struct sw_tcp_segment *segment)
{
	const struct sw_claim *last = &lost->cold->claim[direction];

	return is_claimed(lost, base, direction) &&
	       near_numbers(base, direction, segment->seq, last->end,
		   segment->ack, last->ack);
}

/* Does it continue what the other side's claim acknowledged? */
static bool
answers_claim(const struct sw_lost *lost, const struct sw_flow *base,
    unsigned direction, const struct sw_tcp_segment *segment)
{
	const struct sw_claim *other = &lost->cold->claim[!direction];

	return is_claimed(lost, base, !direction) &&
	       near_numbers(base, direction, segment->seq, other->ack,
		   segment->ack, other->end);
}

/* An RST's own number proves nothing: it counts only at the number that its
 * side has claimed. */
static bool
is_stray_reset(const struct sw_lost *lost, const struct sw_flow *base,
    unsigned direction, const struct sw_tcp_segment *segment)
{
	const struct sw_claim *claim = lost->cold->claim;

	return segment->kind == SW_TCP_RST &&
	       !(is_claimed(lost, base, direction) &&
		   segment->seq == claim[direction].end) &&
	       !(is_claimed(lost, base, !direction) &&
		   segment->seq == claim[!direction].ack);
}

bool
sw_claim_is_credible(const struct sw_lost *lost, const struct sw_flow *base,
    unsigned direction, const struct sw_tcp_segment *segment)
{
	if (!(segment->flags & SW_ACK) && segment->kind != SW_TCP_RST)
		return false;
	switch (sw_stamp_judge(lost->cold, direction, segment, lost->tick)) {
	case SW_STAMP_RIGHT:
		return true;
	case SW_STAMP_WRONG:
		return false;
	case SW_STAMP_UNKNOWN:
		break;
	}
	if (is_stray_reset(lost, base, direction, segment))
		return false;
	return near_record(base, direction, segment) ||
	       near_claim(lost, base, direction, segment) ||
	       answers_claim(lost, base, direction, segment);
}

/* Hosts ignore SACK that was not agreed on. */
static bool
has_sack(const struct sw_flow *base, unsigned direction,
    const struct sw_tcp_segment *segment)
{
	return segment->has_sack && base->peer_flags[!direction] & SW_PEER_SACK;
}

bool
sw_claim_is_exact(const struct sw_flow *base, unsigned direction,
    const struct sw_tcp_segment *segment)
{
	return segment->kind == SW_TCP_ACK &&
	       segment->seq == base->peer[direction].end &&
	       near_record(base, direction, segment) &&
	       (!has_sack(base, direction, segment) ||
		   between(segment->sack_edge, segment->ack,
		       base->peer[!direction].end +
			   sw_lost_reach(base, !direction)));
}

bool
sw_claim_note(const struct sw_lost *lost, unsigned direction,
    const struct sw_tcp_segment *segment)
{
	struct sw_cold *cold = lost->cold;
	struct sw_claim *claim = &cold->claim[direction];
	bool reset = segment->kind == SW_TCP_RST;
	uint32_t end = reset ? segment->seq : sw_window_segment_end(segment);
	bool set = cold->claimed[direction] & SW_CLAIM_SET;
	bool repeats = set && !sw_seq_before(claim->end, end) &&
		       claim->end - end <= sw_lost_reach(lost->flow, direction);

	cold->claimed[direction] |=
	    SW_CLAIM_SET | (repeats ? SW_CLAIM_REPEATED : 0);
	if (segment->kind == SW_TCP_FIN)
		cold->claimed[direction] |= SW_CLAIM_FIN;
	if (reset)
		cold->claimed[direction] |= SW_CLAIM_RST;
	if (!repeats)
		claim->end = end;
	if (segment->flags & SW_ACK)
		claim->ack = segment->ack;
	claim->window = sw_lost_window(lost->flow, direction, segment);
	claim->tick = lost->tick;
	return repeats;
}

static uint32_t
at_least_slack(uint32_t reach)
{
	return reach > SW_ACK_SLACK ? reach : SW_ACK_SLACK;
}

bool
sw_claim_agree(const struct sw_lost *lost)
{
	const struct sw_cold *cold = lost->cold;
	const struct sw_claim *a = &cold->claim[0], *b = &cold->claim[1];
	uint32_t reach_a = at_least_slack(sw_lost_reach(lost->flow, 0));
	uint32_t reach_b = at_least_slack(sw_lost_reach(lost->flow, 1));

	return cold->claimed[0] & cold->claimed[1] & SW_CLAIM_SET &&
	       between(a->ack, b->end - reach_b, b->end + reach_b) &&
	       between(b->ack, a->end - reach_a, a->end + reach_a);
}

static uint32_t
later(uint32_t a, uint32_t b)
{
	return sw_seq_before(a, b) ? b : a;
}

/* Nothing recorded about the former numbers applies to these. */
static void
begin_with(const struct sw_lost *lost, struct sw_flow *base)
{
	base->seen = lost->seen;
	base->last &= (uint8_t)~SW_LAST_ZERO_WINDOW;
	for (unsigned side = 0; side < 2; side++) {
		base->peer_flags[side] &= (uint8_t)~SW_PEER_UNACKED;
		sw_fin_forget(base, lost->history, side);
	}
}

static void
take_side(struct sw_flow *base, unsigned side, const struct sw_claim *claim)
{
	struct sw_peer *peer = &base->peer[side], *other = &base->peer[!side];

	peer->maxack = claim->ack;
	base->peer_flags[side] |= SW_PEER_ACKED;
	if (peer->maxwin < claim->window)
		peer->maxwin = claim->window;
	other->maxend =
	    later(other->end, claim->ack + (claim->window ? claim->window : 1));
}

/* A FIN or RST that came with a claim counts now, because the claim does. */
static void
close_sides(const struct sw_lost *lost, struct sw_flow *base)
{
	for (unsigned side = 0; side < 2; side++) {
		uint8_t claimed = lost->cold->claimed[side];

		if (claimed & SW_CLAIM_FIN)
			sw_fin_close_side(base, lost->history, side);
		if (claimed & SW_CLAIM_RST &&
		    lost->cold->claim[side].end == base->peer[side].end)
			sw_tcp_reset_side(base, lost->history, side);
	}
}

void
sw_claim_adopt(const struct sw_lost *lost, struct sw_flow *base)
{
	const struct sw_claim *claim = lost->cold->claim;

	begin_with(lost, base);
	for (unsigned side = 0; side < 2; side++) {
		base->peer[side].end = later(claim[side].end, claim[!side].ack);
		if (claim[!side].ack != base->peer[side].end)
			base->peer_flags[side] |= SW_PEER_UNACKED;
	}
	take_side(base, 0, &claim[0]);
	take_side(base, 1, &claim[1]);
	close_sides(lost, base);
}

/* A segment that is retransmitted begins at the number that the other side has
 * acknowledged. */
void
sw_claim_adopt_one(const struct sw_lost *lost, struct sw_flow *base,
    unsigned direction, const struct sw_tcp_segment *segment)
{
	const struct sw_claim *claim = &lost->cold->claim[direction];
	struct sw_peer *sender = &base->peer[direction];
	struct sw_peer *receiver = &base->peer[!direction];

	begin_with(lost, base);
	sender->end = claim->end;
	sender->maxend = claim->end + receiver->maxwin;
	receiver->end = claim->ack;
	receiver->maxack = segment->seq;
	base->peer_flags[!direction] |= SW_PEER_ACKED;
	take_side(base, direction, claim);
	close_sides(lost, base);
}

void
sw_claim_extend(struct sw_flow *base, unsigned direction,
    const struct sw_tcp_segment *segment)
{
	struct sw_peer *receiver = &base->peer[!direction];

	receiver->end = later(receiver->end, segment->ack);
	if (has_sack(base, direction, segment))
		receiver->end = later(receiver->end, segment->sack_edge);
	receiver->maxend = later(receiver->maxend, receiver->end);
}
