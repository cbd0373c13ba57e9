/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The edge of the window, by the kernel's bounds and by ours.
 */

#include "outside.h"

#include "engine/tcp/fin.h"
#include "engine/tcp/lost.h"
#include "engine/tcp/shadow.h"
#include "engine/tcp/table.h"
#include "engine/tcp/tcp.h"
#include "reading.h"

/* As tcp.c keeps it in sw_flow_history.aside_flags. */
#define ASIDE_CALLED 0x40

/* Does the kernel count as sent what begins behind `edge`?  As much as the
 * window of its receiver, when all else is right. */
static bool
counts_beyond(const struct outcome *o, uint32_t edge)
{
	uint32_t end = sw_window_segment_end(&o->tcp);
	uint32_t most = receiver(o)->maxwin;

	return sw_seq_before(edge, o->segment.seq) && most &&
	       end - edge + 1 <= most;
}

/* Judged as if it began where it may: is all else right? */
static bool
right_otherwise(const struct outcome *o)
{
	struct sw_flow copy = o->flow;
	int32_t beyond;

	copy.peer[o->direction].maxend = o->segment.seq;
	return sw_window_judge(&copy, o->direction, &o->tcp, &beyond) ==
	       SW_WINDOW_INSIDE;
}

bool
overshoots(const struct outcome *o)
{
	return began_alike(o) && window(o) == SW_WINDOW_SEQ_ABOVE &&
	       counts_beyond(o, sender(o)->maxend) && right_otherwise(o);
}

bool
strict_overshoots(const struct outcome *o)
{
	return o->tracking == SW_TRACK_STRICT && overshoots(o) &&
	       !o->passed[OURS] && o->passed[KERNEL] && unmoved(o) &&
	       kernel_stays(o);
}

/* What the kernel grants a side until its receiver acknowledges anything:
 * nothing behind its SYN. */
static uint32_t
edge_of_syn(const struct outcome *o)
{
	return sender(o)->maxend - receiver(o)->maxwin;
}

static bool
is_beyond(enum sw_window w)
{
	return w == SW_WINDOW_SEQ_ABOVE || w == SW_WINDOW_ACK_ABOVE;
}

static bool
uses_grant_of_syn(const struct outcome *o)
{
	return began_alike(o) && o->direction == 1 && !receiver_acked(o) &&
	       !(o->flow.peer_flags[1] & SW_PEER_SIMOPEN) &&
	       sender(o)->maxwin && receiver(o)->maxwin &&
	       !is_beyond(window(o)) &&
	       sw_seq_before(edge_of_syn(o), sw_window_segment_end(&o->tcp));
}

/* The first acknowledgement of a side grants less than its SYN did, and so
 * the edge stays where it was; the kernel's is nearer. */
static bool
keeps_grant_of_syn(const struct outcome *o)
{
	const struct sw_peer *after = &o->flow_after.peer[!o->direction];
	uint32_t window = sw_lost_window(&o->flow, o->direction, &o->tcp);

	return began_alike(o) && o->tcp.flags & SW_ACK &&
	       !(o->flow.peer_flags[o->direction] & SW_PEER_ACKED) &&
	       o->flow_after.peer_flags[o->direction] & SW_PEER_ACKED &&
	       receiver(o)->maxwin && after->maxend == receiver(o)->maxend &&
	       o->tcp.ack + window != after->maxend;
}

/* In a handshake a SYN with a higher number begins its side anew, and is
 * granted what the other side told so far. */
static bool
begins_anew(const struct outcome *o)
{
	uint32_t end = sw_window_segment_end(&o->tcp);

	return began_in(o, HANDSHAKE) && o->tcp.flags & SW_SYN &&
	       sender(o)->maxwin && receiver(o)->maxwin &&
	       sender(o)->end != end &&
	       o->flow_after.peer[o->direction].end == end;
}

/* The second SYN/ACK of a simultaneous open grants, though it is set aside. */
static bool
grants_aside(const struct outcome *o)
{
	return is_kind(o, SW_TCP_SYNACK) && o->direction == 1 &&
	       began_in(o, IN(SYN_RECV)) &&
	       o->flow.peer_flags[1] & SW_PEER_SIMOPEN;
}

static struct sw_tcp_table_cell
cell_of(const struct outcome *o)
{
	return sw_tcp_table_cell(o->direction, (enum sw_tcp_kind)o->tcp.kind,
	    (enum sw_state)o->before[OURS].state);
}

bool
syn_grants(const struct outcome *o)
{
	bool inside = window(o) == SW_WINDOW_INSIDE;
	bool stray_fin = is_kind(o, SW_TCP_FIN) &&
			 !sw_fin_is_exact(&o->flow, o->direction, &o->tcp);
	enum sw_state next = stray_fin ? (enum sw_state)o->before[OURS].state
				       : (enum sw_state)cell_of(o).next;
	bool moves = we_are_in(o, next);

	return uses_grant_of_syn(o) && o->passed[OURS] &&
	       sw_seq_before(edge_of_syn(o), o->segment.seq) &&
	       (is_kind(o, SW_TCP_RST) || !inside ? unmoved(o) : moves) &&
	       kernel_stays(o);
}

static bool
is_outside(const struct outcome *o)
{
	bool late_reset = is_kind(o, SW_TCP_RST) && behind(o);

	return began_alike(o) && (late_reset || window(o) != SW_WINDOW_INSIDE);
}

static bool
is_noted(const struct sw_flow *flow)
{
	return flow->flags & SW_FLOW_LOST;
}

bool
lives_outside(const struct outcome *o)
{
	uint8_t claimed = o->cold_after.claimed[o->direction];

	return o->tracking == SW_TRACK_NORMAL && is_outside(o) &&
	       we_are_in(o, (enum sw_state)o->before[OURS].state) &&
	       is_noted(&o->flow_after) &&
	       (o->cold_after.heard == 3 || claimed & SW_CLAIM_SET);
}

/* The flag of notes is gone, though the segment was outside: the record has
 * the segment's numbers. */
static bool
is_found(const struct outcome *o)
{
	return is_outside(o) && is_noted(&o->flow) &&
	       !is_noted(&o->flow_after) && !o->cold.claims_shadow &&
	       o->cold.claimed[!o->direction] & SW_CLAIM_SET &&
	       o->flow_after.peer[o->direction].maxack == o->tcp.ack;
}

/* Is a side's FIN known, of the record, of its claim, or by this segment? */
static bool
has_fin(const struct outcome *o, unsigned side)
{
	bool open = o->flow.state >= SW_STATE_ESTABLISHED;

	return o->flow.peer_flags[side] & SW_PEER_FIN ||
	       (open && o->cold.claimed[side] & SW_CLAIM_FIN) ||
	       (side == o->direction && is_kind(o, SW_TCP_FIN));
}

static bool
is_covered(const struct outcome *o, unsigned side)
{
	const struct sw_peer *peer = o->flow_after.peer;

	return has_fin(o, side) &&
	       !sw_seq_before(peer[!side].maxack, peer[side].end);
}

/* By an RST of its claim, or by this one, that is exact. */
static bool
is_reset(const struct outcome *o, unsigned side)
{
	uint32_t end = o->flow_after.peer[side].end;
	bool now = side == o->direction && is_kind(o, SW_TCP_RST) &&
		   o->segment.seq == end;

	return now || (o->cold.claimed[side] & SW_CLAIM_RST &&
			  o->cold.claim[side].end == end);
}

/* Even by the numbers that the record took over?  Its SACK may be ahead. */
static bool
is_still_outside(const struct outcome *o)
{
	struct sw_flow copy = o->flow_after;
	int32_t beyond;

	return sw_window_judge(&copy, o->direction, &o->tcp, &beyond) !=
	       SW_WINDOW_INSIDE;
}

static bool
claims_fin(const struct outcome *o)
{
	return (o->cold.claimed[0] | o->cold.claimed[1]) & SW_CLAIM_FIN ||
	       is_kind(o, SW_TCP_FIN);
}

static enum sw_state
state_of_claims(const struct outcome *o)
{
	unsigned fins = (unsigned)has_fin(o, 0) + has_fin(o, 1);
	unsigned covered = (unsigned)is_covered(o, 0) + is_covered(o, 1);

	if (is_reset(o, 0) || is_reset(o, 1))
		return SW_STATE_CLOSE;
	if (is_still_outside(o) && !claims_fin(o))
		return (enum sw_state)o->flow.state;
	if (!fins && is_kind(o, SW_TCP_RST))
		return (enum sw_state)o->flow.state;
	if (!fins && both_opened(o))
		return SW_STATE_ESTABLISHED;
	if (!fins)
		return (enum sw_state)cell_of(o).next;
	if (fins == 2)
		return covered == 2 ? SW_STATE_TIME_WAIT : SW_STATE_LAST_ACK;
	return covered ? SW_STATE_CLOSE_WAIT : SW_STATE_FIN_WAIT;
}

bool
set_right(const struct outcome *o)
{
	return o->tracking == SW_TRACK_NORMAL && is_found(o) &&
	       o->passed[OURS] &&
	       (o->passed[KERNEL] || (is_kind(o, SW_TCP_RST) && behind(o))) &&
	       we_are_in(o, state_of_claims(o));
}

bool
server_called(const struct outcome *o)
{
	return o->history.aside_flags & ASIDE_CALLED;
}

/* A record beside the first is what is told from now on. */
static bool
is_presumed(const struct outcome *o)
{
	return is_noted(&o->flow_after) &&
	       o->cold_after.lost == SW_LOST_PRESUMED;
}

/* Its numbers are another conversation's, and its state follows from the FINs
 * that came there. */
bool
presumed(const struct outcome *o)
{
	bool newly = !is_noted(&o->flow) || o->cold.lost != SW_LOST_PRESUMED;

	return o->tracking == SW_TRACK_NORMAL && is_outside(o) && newly &&
	       is_presumed(o) && both_passed(o) &&
	       o->flow_after.state == o->flow.state &&
	       we_are_in(
		   o, (enum sw_state)sw_shadow_record(&o->cold_after).state);
}

bool
moves_windows_outside(const struct outcome *o)
{
	return is_found(o) || is_presumed(o) || overshoots(o) ||
	       uses_grant_of_syn(o) || keeps_grant_of_syn(o) ||
	       begins_anew(o) || grants_aside(o);
}
