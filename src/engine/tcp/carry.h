/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tcp_carry: the step of a plain segment in the middle of a connection.
 *
 * Nearly every segment only acknowledges, carries data, or both, inside both
 * windows.  Few questions tell so, and what it teaches is chosen without a
 * branch, because data and acknowledgements come in no order that a processor
 * could guess.
 *
 * The engine and the kernel's program take this very step, so the header
 * needs nothing but fixed-width integers and calls nothing.
 */
#ifndef SYNWARD_ENGINE_TCP_CARRY_H
#define SYNWARD_ENGINE_TCP_CARRY_H

#include "engine/table/peer.h"

/* 64 KiB and a header: what may be in flight. */
#define SW_ACK_SLACK 66000u

/* What sw_flow.last keeps of the last segment: see engine/tcp/last.h. */
enum sw_last {
	SW_LAST_KIND = 0x07, /* enum sw_tcp_kind; BAD: none yet */
	SW_LAST_DIRECTION = 0x08,
	SW_LAST_FIN_AHEAD = 0x10, /* shifted by the side */
	SW_LAST_FINS_AHEAD = SW_LAST_FIN_AHEAD | SW_LAST_FIN_AHEAD << 1,
	SW_LAST_ZERO_WINDOW = 0x40,
	SW_LAST_ASIDE = 0x80,
};

/* SW_TCP_ACK, as a segment without SYN, FIN and RST is noted. */
#define SW_CARRY_KIND 4u

/* A segment with ACK and neither SYN, FIN nor RST. */
struct sw_carry {
	uint32_t seq, end; /* end: after its last byte */
	uint32_t ack;
	uint32_t sack;	 /* right edge of its furthest SACK block, or ack */
	uint32_t window; /* scaled */
};

/* Both sides of the flow, as the segment travels. */
struct sw_carry_flow {
	struct sw_peer *sender, *receiver;
	uint8_t *sender_flags, *receiver_flags; /* enum sw_peer_flag */
};

/* The later of two sequence numbers. */
static inline uint32_t
sw_carry_later(uint32_t a, uint32_t b)
{
	int32_t ahead = (int32_t)(b - a);

	return ahead > 0 ? b : a;
}

/* All four inequalities hold, and end is within what was granted as well. */
static inline int
sw_carry_is_inside(const struct sw_peer *sender, const struct sw_peer *receiver,
    const struct sw_carry *s)
{
	uint32_t slack =
	    sender->maxwin > SW_ACK_SLACK ? sender->maxwin : SW_ACK_SLACK;
	uint32_t outside = sender->maxend - s->seq; /* I */

	outside |= sender->maxend - s->end;
	outside |= s->end - (sender->end - receiver->maxwin); /* II */
	outside |= receiver->end - s->sack;		      /* III */
	outside |= s->sack - (receiver->end - slack);	      /* IV */
	return (int32_t)outside >= 0;
}

/* Holds the segment against the windows and, inside them, has both sides
 * learn from it.
 * => 0, and nothing is done, when it is not well inside, or shuts the window */
static inline int
sw_carry_step(const struct sw_carry_flow *flow, const struct sw_carry *s)
{
	struct sw_peer *sender = flow->sender, *receiver = flow->receiver;
	uint32_t window = s->window + (s->sack - s->ack);
	uint32_t more = (int32_t)(sender->end - s->end) < 0;
	uint32_t all = s->ack == receiver->end;

	if (!s->window || !(*flow->sender_flags & SW_PEER_ACKED) ||
	    !sender->maxwin || !receiver->maxwin ||
	    !sw_carry_is_inside(sender, receiver, s))
		return 0;
	*flow->sender_flags |= (uint8_t)(more * SW_PEER_UNACKED);
	*flow->receiver_flags &= (uint8_t) ~(all * SW_PEER_UNACKED);
	sender->end = sw_carry_later(sender->end, s->end);
	sender->maxwin = sender->maxwin < window ? window : sender->maxwin;
	sender->maxack = sw_carry_later(sender->maxack, s->ack);
	receiver->maxend =
	    sw_carry_later(receiver->maxend, s->sack + s->window);
	return 1;
}

/* => sw_flow.last after such a segment */
static inline uint8_t
sw_carry_last(uint8_t last, uint32_t direction)
{
	last &= (uint8_t) ~(SW_LAST_KIND | SW_LAST_DIRECTION |
			    SW_LAST_ZERO_WINDOW | SW_LAST_ASIDE);
	return (uint8_t)(last | SW_CARRY_KIND |
			 (direction ? SW_LAST_DIRECTION : 0));
}

#endif
