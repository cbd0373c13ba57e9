/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An association is set up by four packets.  INIT and INIT ACK each state the
 * tag that packets of the other side must carry; COOKIE ECHO and COOKIE ACK
 * carry those tags and so prove that both were received.
 *
 * Tags that INIT and INIT ACK state are kept aside of the association's until
 * the cookie is echoed, because an INIT proves nothing: a host that restarts
 * sends one into its old association, and so can anybody who forges its
 * address.  Two are kept for each side, since the answers to a repeated INIT
 * differ, and the first may be the one that counts.  Where an association
 * lives, the tags aside become its own only when the side that was asked
 * answers COOKIE ECHO, or goes on with its new tag (RFC 9260 §5.2.4).
 *
 * A flow that a HEARTBEAT began is a further path of an association whose
 * handshake passed elsewhere.  Its tags are learned from the HEARTBEAT and the
 * answer; when the association restarts, HEARTBEATs bring the new ones.
 *
 * A packet that is refused changes nothing, whichever of its chunks is at
 * fault.
 */

#include "engine/sctp/sctp.h"

#include "engine/sctp/table.h"

/* One packet, and the record it may change. */
struct step {
	struct sw_flow *flow;
	const struct sw_sctp_packet *sctp;
	unsigned from; /* side that sent it */
	bool reflects; /* T bit: the tag is the sender's own */
};

static bool
is_aside(const struct sw_sctp_side *side, uint32_t tag)
{
	return tag && (tag == side->aside || tag == side->former);
}

/* The latest tag that side's packets would carry. */
static void
put_aside(struct sw_sctp_side *side, uint32_t tag)
{
	if (tag == side->aside)
		return;
	side->former = side->aside;
	side->aside = tag;
}

static void
clear_aside(struct sw_flow *flow)
{
	for (unsigned side = 0; side < 2; side++) {
		flow->sctp[side].aside = flow->sctp[side].former = 0;
		flow->peer_flags[side] &= SW_SCTP_SIDE_PATH;
	}
}

/* The association has the tags aside; this packet carried one of them. */
static void
adopt(const struct step *step)
{
	struct sw_sctp_side *from = &step->flow->sctp[step->from];
	struct sw_sctp_side *to = &step->flow->sctp[!step->from];

	from->tag = step->sctp->tag;
	to->tag = to->aside;
	clear_aside(step->flow);
}

static bool
is_path(const struct sw_flow *flow)
{
	return flow->peer_flags[0] & SW_SCTP_SIDE_PATH;
}

/* A HEARTBEAT brought new tags to a path, and its answer did. */
static bool
is_renewed(const struct sw_flow *flow)
{
	return is_path(flow) && flow->sctp[0].aside && flow->sctp[1].aside;
}

static bool
waits_for_cookie(const struct sw_flow *flow)
{
	return flow->state == SW_STATE_SCTP_COOKIE_WAIT;
}

/* Has either side echoed a cookie beside the association? */
static bool
was_echoed(const struct sw_flow *flow)
{
	return (flow->peer_flags[0] | flow->peer_flags[1]) &
	       SW_SCTP_SIDE_ECHOED;
}

/* Is the tag of this side's packets not known yet?  So it is where a flow began
 * in its middle, or on a path that was not answered; there only HEARTBEATs
 * count. */
static bool
lacks_tag(const struct step *step, enum sw_sctp_chunk chunk)
{
	const struct sw_flow *flow = step->flow;
	bool probe =
	    chunk == SW_SCTP_HEARTBEAT || chunk == SW_SCTP_HEARTBEAT_ACK;

	if (flow->sctp[step->from].tag || waits_for_cookie(flow) ||
	    flow->state == SW_STATE_SCTP_CLOSED)
		return false;
	return probe || flow->state != SW_STATE_SCTP_HEARTBEAT_SENT;
}

/* What ends nothing.  What would end an association whose tags are not proven
 * passes, because it may be right, and changes nothing. */
static bool
goes_on(enum sw_sctp_chunk chunk)
{
	return chunk == SW_SCTP_DATA || chunk == SW_SCTP_HEARTBEAT ||
	       chunk == SW_SCTP_HEARTBEAT_ACK;
}

static enum sw_sctp_outcome
learn(const struct step *step, enum sw_sctp_chunk chunk)
{
	if (!goes_on(chunk))
		return SW_SCTP_PASSES;
	step->flow->sctp[step->from].tag = step->sctp->tag;
	return SW_SCTP_FOLLOWS;
}

/* The tag of a handshake that is under way, beside an association or as the
 * first.  An ABORT may be the answer to an INIT. */
static bool
fits_aside(const struct step *step, enum sw_sctp_chunk chunk)
{
	const struct sw_flow *flow = step->flow;
	unsigned side = step->from ^ step->reflects;
	bool refuses = chunk == SW_SCTP_ABORT &&
		       flow->peer_flags[!step->from] & SW_SCTP_SIDE_INIT;

	return (waits_for_cookie(flow) || was_echoed(flow) ||
		   is_renewed(flow) || refuses) &&
	       is_aside(&flow->sctp[side], step->sctp->tag);
}

static bool
fits(const struct step *step)
{
	uint32_t tag = step->flow->sctp[step->from ^ step->reflects].tag;

	return tag && step->sctp->tag == tag;
}

/* After an association restarted, a path learns of it by a HEARTBEAT and by
 * its answer from the other side. */
static bool
renews_path(const struct step *step, enum sw_sctp_chunk chunk)
{
	struct sw_flow *flow = step->flow;
	bool answers =
	    chunk == SW_SCTP_HEARTBEAT_ACK && flow->sctp[!step->from].aside;

	if (!is_path(flow) || flow->state != SW_STATE_SCTP_ESTABLISHED ||
	    (chunk != SW_SCTP_HEARTBEAT && !answers))
		return false;
	put_aside(&flow->sctp[step->from], step->sctp->tag);
	return true;
}

/* The side that was asked for the cookie goes on with its new tag. */
static bool
confirms(const struct step *step, enum sw_sctp_chunk chunk)
{
	return step->flow->peer_flags[!step->from] & SW_SCTP_SIDE_ECHOED &&
	       chunk != SW_SCTP_ABORT && chunk != SW_SCTP_ERROR;
}

/* A chunk of a handshake beside the association. */
static enum sw_sctp_outcome
step_aside(const struct step *step, enum sw_sctp_chunk chunk)
{
	if (chunk == SW_SCTP_ABORT || chunk == SW_SCTP_ERROR) {
		clear_aside(step->flow);
		return SW_SCTP_PASSES;
	}
	if (!confirms(step, chunk))
		return SW_SCTP_PASSES;
	adopt(step);
	step->flow->state = SW_STATE_SCTP_ESTABLISHED;
	return SW_SCTP_FOLLOWS;
}

static enum sw_sctp_outcome
step_init(const struct step *step)
{
	struct sw_flow *flow = step->flow;

	put_aside(&flow->sctp[!step->from], step->sctp->init_tag);
	flow->peer_flags[step->from] |= SW_SCTP_SIDE_INIT;
	return SW_SCTP_PASSES;
}

/* It must carry the tag of an INIT from the other side; and what answers an
 * earlier copy may come late. */
static enum sw_sctp_outcome
step_init_ack(const struct step *step)
{
	struct sw_flow *flow = step->flow;
	struct sw_sctp_side *from = &flow->sctp[step->from];

	if (!(flow->peer_flags[!step->from] & SW_SCTP_SIDE_INIT) ||
	    !is_aside(from, step->sctp->tag))
		return fits(step) ? SW_SCTP_PASSES : SW_SCTP_FOREIGN;
	put_aside(from, step->sctp->tag);
	put_aside(&flow->sctp[!step->from], step->sctp->init_tag);
	return waits_for_cookie(flow) ? SW_SCTP_FOLLOWS : SW_SCTP_PASSES;
}

/* Carries the tag that INIT ACK stated.  Of the first handshake the tags become
 * the association's at once. */
static enum sw_sctp_outcome
step_cookie_echo(const struct step *step)
{
	struct sw_flow *flow = step->flow;
	struct sw_sctp_side *from = &flow->sctp[step->from];

	if (fits(step))
		return SW_SCTP_FOLLOWS;
	if (!is_aside(from, step->sctp->tag) || !flow->sctp[!step->from].aside)
		return SW_SCTP_FOREIGN;
	if (waits_for_cookie(flow)) {
		adopt(step);
		return SW_SCTP_FOLLOWS;
	}
	put_aside(from, step->sctp->tag);
	flow->peer_flags[step->from] |= SW_SCTP_SIDE_ECHOED;
	return SW_SCTP_PASSES;
}

/* SHUTDOWN ACK of an association from before the handshake, and what
 * completes it, which reflects its tag (RFC 9260 §8.4). */
static bool
is_of_former(const struct step *step, enum sw_sctp_chunk chunk)
{
	struct sw_flow *flow = step->flow;
	uint32_t *stray = &flow->sctp[step->from].stray;

	if (!waits_for_cookie(flow))
		return false;
	if (chunk == SW_SCTP_SHUTDOWN_ACK) {
		*stray = step->sctp->tag;
		return true;
	}
	return chunk == SW_SCTP_SHUTDOWN_COMPLETE && step->reflects &&
	       step->sctp->tag == flow->sctp[!step->from].stray;
}

/* Any other chunk, and those that change nothing. */
static enum sw_sctp_outcome
step_other(const struct step *step, enum sw_sctp_chunk chunk)
{
	struct sw_flow *flow = step->flow;

	if (fits(step))
		return SW_SCTP_FOLLOWS;
	if (fits_aside(step, chunk)) {
		if (is_renewed(flow))
			return goes_on(chunk) ? SW_SCTP_FOLLOWS
					      : SW_SCTP_PASSES;
		return waits_for_cookie(flow) ? SW_SCTP_FOLLOWS
					      : step_aside(step, chunk);
	}
	if (lacks_tag(step, chunk))
		return learn(step, chunk);
	if (renews_path(step, chunk) || is_of_former(step, chunk))
		return SW_SCTP_PASSES;
	return flow->sctp[step->from].tag || waits_for_cookie(flow)
		   ? SW_SCTP_FOREIGN
		   : SW_SCTP_INVALID;
}

static enum sw_sctp_outcome
judge_tags(const struct step *step, enum sw_sctp_chunk chunk)
{
	if (chunk == SW_SCTP_INIT)
		return step_init(step);
	if (chunk == SW_SCTP_INIT_ACK)
		return step_init_ack(step);
	if (chunk == SW_SCTP_COOKIE_ECHO)
		return step_cookie_echo(step);
	return step_other(step, chunk);
}

/* What comes late after an ABORT that ends a handshake carries its tags. */
static void
note_end(const struct step *step, struct sw_flow_history *history,
    enum sw_sctp_chunk chunk)
{
	struct sw_flow *flow = step->flow;

	if (chunk == SW_SCTP_ABORT)
		flow->flags |= SW_FLOW_RESET;
	if (waits_for_cookie(flow)) {
		for (unsigned side = 0; side < 2; side++)
			flow->sctp[side].tag = flow->sctp[side].aside;
		flow->sctp[step->from ^ step->reflects].tag = step->sctp->tag;
	}
	history->ender = (uint8_t)step->from;
}

/* => FOLLOWS and PASSES have changed the record */
static enum sw_sctp_outcome
step_chunk(struct step *step, struct sw_flow_history *history,
    enum sw_sctp_chunk chunk)
{
	struct sw_flow *flow = step->flow;
	struct sw_sctp_cell cell =
	    sw_sctp_table_cell(step->from, chunk, (enum sw_state)flow->state);
	enum sw_sctp_outcome outcome;

	if (cell.act == SW_SCTP_REFUSE)
		return SW_SCTP_INVALID;
	if (cell.act == SW_SCTP_REOPEN)
		return SW_SCTP_REOPENS;
	outcome = judge_tags(step, chunk);
	if (outcome != SW_SCTP_FOLLOWS)
		return outcome;
	if (cell.act == SW_SCTP_ASIDE)
		return SW_SCTP_PASSES;
	cell =
	    sw_sctp_table_cell(step->from, chunk, (enum sw_state)flow->state);
	if (cell.next == SW_STATE_SCTP_CLOSED)
		note_end(step, history, chunk);
	flow->state = cell.next;
	return SW_SCTP_FOLLOWS;
}

/* DATA, SACK and their like. */
static bool
has_idle(const struct sw_sctp_packet *sctp)
{
	static const uint16_t idle = 1u << SW_SCTP_DATA | 1u << SW_SCTP_SACK |
				     1u << SW_SCTP_ECNE | 1u << SW_SCTP_CWR |
				     1u << SW_SCTP_OTHER;

	return sctp->chunks & idle;
}

/* How many chunks count; those that change nothing count as one more.  What
 * shares a packet with ABORT is ignored (RFC 9260 §3.3.7). */
static unsigned
steps_of(const struct sw_sctp_packet *sctp)
{
	for (unsigned i = 0; i < sctp->steps; i++)
		if (sctp->step[i] == SW_SCTP_ABORT)
			return i + 1;
	return sctp->steps + has_idle(sctp);
}

enum sw_sctp_outcome
sw_sctp_step(struct sw_flow *flow, struct sw_flow_history *history,
    const struct sw_sctp_packet *sctp, unsigned direction)
{
	struct sw_flow before = *flow;
	struct sw_flow_history told = *history;
	struct step step = { .flow = flow, .sctp = sctp, .from = direction };
	enum sw_sctp_outcome all = SW_SCTP_PASSES, outcome = SW_SCTP_PASSES;
	unsigned n = steps_of(sctp);

	for (unsigned i = 0; i < n && outcome <= SW_SCTP_PASSES; i++) {
		step.reflects = sctp->reflects >> i & 1;
		outcome = step_chunk(&step, history,
		    i < sctp->steps ? (enum sw_sctp_chunk)sctp->step[i]
				    : SW_SCTP_DATA);
		if (outcome == SW_SCTP_FOLLOWS)
			all = SW_SCTP_FOLLOWS;
	}
	if (outcome <= SW_SCTP_PASSES)
		return all;
	*flow = before;
	*history = told;
	return outcome;
}

bool
sw_sctp_calls(const struct sw_sctp_packet *sctp)
{
	return sw_sctp_has(sctp, SW_SCTP_INIT) ||
	       sw_sctp_has(sctp, SW_SCTP_COOKIE_ECHO);
}

bool
sw_sctp_handshakes(const struct sw_sctp_packet *sctp)
{
	return sw_sctp_calls(sctp) || sw_sctp_has(sctp, SW_SCTP_INIT_ACK) ||
	       sw_sctp_has(sctp, SW_SCTP_COOKIE_ACK);
}

bool
sw_sctp_is_in_the_middle(const struct sw_sctp_packet *sctp)
{
	for (unsigned i = 0; i < sctp->steps; i++)
		if (sctp->step[i] != SW_SCTP_HEARTBEAT &&
		    sctp->step[i] != SW_SCTP_HEARTBEAT_ACK)
			return false;
	return sctp->tag != 0;
}

void
sw_sctp_open(struct sw_flow *flow, const struct sw_sctp_packet *sctp)
{
	if (sw_sctp_has(sctp, SW_SCTP_INIT)) {
		flow->state = SW_STATE_SCTP_COOKIE_WAIT;
		return;
	}
	flow->sctp[0].tag = sctp->tag;
	if (sw_sctp_probes(sctp)) {
		flow->state = SW_STATE_SCTP_HEARTBEAT_SENT;
		flow->peer_flags[0] = SW_SCTP_SIDE_PATH;
		return;
	}
	flow->state = SW_STATE_SCTP_ESTABLISHED;
	flow->flags |= SW_FLOW_LOOSE;
}

bool
sw_sctp_may_carry(const struct sw_flow *flow, unsigned direction, uint32_t tag)
{
	const struct sw_sctp_side *side = &flow->sctp[direction];

	if (!tag) /* INIT */
		return flow->peer_flags[direction] & SW_SCTP_SIDE_INIT;
	return tag == side->tag || is_aside(side, tag) || !side->tag;
}
