/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reading: what an outcome says, in words: the vocabulary of the table of
 * differences.
 */
#ifndef SYNWARD_PROOF_READING_H
#define SYNWARD_PROOF_READING_H

#include "compare.h"
#include "engine/tcp/last.h"
#include "engine/tcp/window.h"
#include "outside.h"

#define IN(state) (1u << SW_STATE_##state)
#define HANDSHAKE (IN(SYN_SENT) | IN(SYN_RECV) | IN(SYN_SENT2))
#define LIVE (IN(ESTABLISHED) | IN(FIN_WAIT) | IN(CLOSE_WAIT) | IN(LAST_ACK))
#define CLOSING                                                         \
	(IN(FIN_WAIT) | IN(CLOSE_WAIT) | IN(LAST_ACK) | IN(TIME_WAIT) | \
	    IN(CLOSE))

static inline bool
is_kind(const struct outcome *o, enum sw_tcp_kind kind)
{
	return o->tcp.kind == kind;
}

static inline bool
began_alike(const struct outcome *o)
{
	return o->before[OURS].exists && o->before[KERNEL].exists &&
	       o->before[OURS].state == o->before[KERNEL].state;
}

static inline bool
began_in(const struct outcome *o, unsigned states)
{
	return began_alike(o) && 1u << o->before[OURS].state & states;
}

static inline bool
both_passed(const struct outcome *o)
{
	return o->passed[OURS] && o->passed[KERNEL];
}

static inline bool
we_are_in(const struct outcome *o, enum sw_state state)
{
	return o->after[OURS].exists && o->after[OURS].state == state;
}

static inline bool
kernel_is_in(const struct outcome *o, enum sw_state state)
{
	return o->after[KERNEL].exists && o->after[KERNEL].state == state;
}

static inline bool
kernel_stays(const struct outcome *o)
{
	return kernel_is_in(o, (enum sw_state)o->before[KERNEL].state);
}

/* Our entry is where it was; its time may be longer, for what is kept beside
 * it may live longer. */
static inline bool
stays(const struct outcome *o)
{
	return we_are_in(o, (enum sw_state)o->before[OURS].state) &&
	       o->after[OURS].timeout + 1 >= o->before[OURS].timeout;
}

/* Our entry is where it was, and its timer ran on. */
static inline bool
unmoved(const struct outcome *o)
{
	return we_are_in(o, (enum sw_state)o->before[OURS].state) &&
	       o->after[OURS].timeout <= o->before[OURS].timeout &&
	       o->after[OURS].timeout + 1 >= o->before[OURS].timeout;
}

/* What the window says of the segment; held against the kernel itself by
 * every packet of tracking = strict. */
static inline enum sw_window
window(const struct outcome *o)
{
	struct sw_flow copy = o->flow;
	int32_t beyond;
	enum sw_window w =
	    sw_window_judge(&copy, o->direction, &o->tcp, &beyond);

	return w == SW_WINDOW_BEGUN ? SW_WINDOW_INSIDE : w;
}

static inline const struct sw_peer *
sender(const struct outcome *o)
{
	return &o->flow.peer[o->direction];
}

static inline const struct sw_peer *
receiver(const struct outcome *o)
{
	return &o->flow.peer[!o->direction];
}

static inline bool
syn_aside(const struct outcome *o)
{
	return sw_last_aside(&o->flow, SW_TCP_SYN);
}

/* Does the segment acknowledge the SYN that the other side sent anew? */
static inline bool
names_syn_aside(const struct outcome *o)
{
	unsigned from = !!(o->flow.last & SW_LAST_DIRECTION);

	return syn_aside(o) && from != o->direction && o->tcp.flags & SW_ACK &&
	       o->tcp.ack == o->history.aside_end;
}

/* Does it take the number that a challenge to the SYN told? */
static inline bool
takes_number_aside(const struct outcome *o)
{
	return o->before[OURS].state == SW_STATE_SYN_SENT &&
	       sw_last_aside_from_other(&o->flow, o->direction, SW_TCP_ACK) &&
	       o->segment.seq == o->history.aside_ack;
}

static inline bool
receiver_acked(const struct outcome *o)
{
	return o->flow.peer_flags[!o->direction] & SW_PEER_ACKED;
}

/* Before what the receiver has acknowledged. */
static inline bool
behind(const struct outcome *o)
{
	return receiver_acked(o) &&
	       sw_seq_before(o->segment.seq, receiver(o)->maxack);
}

/* The number an RST must have: the next one its receiver expects. */
static inline bool
at_ack(const struct outcome *o)
{
	return receiver_acked(o) && o->segment.seq == receiver(o)->maxack;
}

static inline bool
at_end(const struct outcome *o)
{
	return sender(o)->maxwin && o->segment.seq == sender(o)->end;
}

/* While only a SYN was seen, an answer must acknowledge it. */
static inline bool
inexact(const struct outcome *o)
{
	bool answer = o->flow.state == SW_STATE_SYN_SENT && o->direction == 1;

	return answer || (!at_ack(o) && !at_end(o));
}

/* Strict drops an RST that runs ahead of the window, or lies behind what is
 * acknowledged; normal passes it. */
static inline bool
judged_by_window(const struct outcome *o)
{
	enum sw_window w = window(o);
	bool old = behind(o) && !syn_aside(o) &&
		   (o->segment.seq || o->before[OURS].assured);
	bool outside = w == SW_WINDOW_SEQ_ABOVE || w == SW_WINDOW_ACK_ABOVE;

	if (o->tracking != SW_TRACK_STRICT || names_syn_aside(o) ||
	    takes_number_aside(o) || o->before[OURS].state == SW_STATE_CLOSE)
		return o->passed[OURS];
	return o->passed[OURS] == !(outside || old);
}

/* An RST that is not exact, and we stay where we are. */
static inline bool
stray_reset(const struct outcome *o, unsigned states)
{
	return is_kind(o, SW_TCP_RST) && began_in(o, states) && inexact(o) &&
	       (unmoved(o) || lives_outside(o)) && judged_by_window(o);
}

/* An ACK back in syn_recv, after a simultaneous open. */
static inline bool
both_opened(const struct outcome *o)
{
	return o->flow.peer_flags[1] & SW_PEER_SIMOPEN &&
	       o->flow.state == SW_STATE_SYN_RECV && o->direction == 1 &&
	       is_kind(o, SW_TCP_ACK);
}

#endif
