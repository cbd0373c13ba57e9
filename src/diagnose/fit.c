/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does a packet continue where its tuple's flow stopped?
 *
 * The two ports of a connection are soon used by another one.  The sequence
 * numbers distinguish them: if the flow continues, the packet begins at the
 * number its side would send next (or one before: a keepalive), and
 * acknowledges what the other side has sent.  Initial numbers are random (RFC
 * 6528), so another connection is far away except in one of some thousand
 * cases.
 */
#include <netinet/in.h>

#include "diagnose/case.h"

#define REACH_LEAST 65536
#define REACH_MOST (INT32_C(1) << 24)

static int32_t
distance(uint32_t from, uint32_t to)
{
	return (int32_t)(to - from);
}

/* How far from its next number a side may still be. */
static int32_t
reach(const struct sw_side *side)
{
	int32_t granted = distance(side->next, side->edge);

	if (granted < REACH_LEAST)
		return REACH_LEAST;
	return granted < REACH_MOST ? granted : REACH_MOST;
}

static enum sw_fit
place(const struct sw_side *side, int32_t off)
{
	if (off == 0 || off == -1)
		return SW_FIT_EXACT;
	return off >= -reach(side) && off <= reach(side) ? SW_FIT_WINDOW
							 : SW_FIT_NONE;
}

/* Compares what the packet acknowledges with what the other side has sent. */
static enum sw_fit
place_ack(const struct sw_side *other, uint32_t ack)
{
	int32_t off = distance(other->next, ack);

	if (off <= 0 && off >= -reach(other))
		return SW_FIT_EXACT;
	return off > 0 && off <= reach(other) ? SW_FIT_WINDOW : SW_FIT_NONE;
}

static bool
spoke(const struct sw_side *side)
{
	return side->next || side->ack;
}

/* Compares the sequence number alone.  A reset takes its number from what the
 * other side acknowledged, or from what it was sent. */
static enum sw_fit
place_seq(const struct sw_side *own, const struct sw_side *other,
    const struct sw_refusal *packet)
{
	if (packet->tcp_flags & SW_RST && packet->seq == other->ack)
		return SW_FIT_EXACT;
	return place(own, distance(own->next, packet->seq));
}

enum sw_fit
sw_fit_case(const struct sw_flow_info *info, unsigned side,
    const struct sw_refusal *packet)
{
	const struct sw_side *own = &info->side[side];
	const struct sw_side *other = &info->side[!side];
	bool acks = packet->tcp_flags & SW_ACK;
	enum sw_fit seq, ack;

	if (packet->ends.proto != IPPROTO_TCP)
		return SW_FIT_WINDOW;
	if (!spoke(own))
		return acks && packet->ack == other->next ? SW_FIT_EXACT
							  : SW_FIT_NONE;
	seq = place_seq(own, other, packet);
	if (!acks || !spoke(other) ||
	    (packet->tcp_flags & SW_RST && packet->ack == 0))
		return seq;
	ack = place_ack(other, packet->ack);
	return seq < ack ? seq : ack;
}
