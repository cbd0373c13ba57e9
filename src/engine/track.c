/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Following a flow.
 *
 * TCP is stepped by tcp.c; UDP, ICMP requests and other protocols know only
 * whether the other side was heard.  What moves a flow refreshes its timer
 * and is entered in ledger and history; what merely passes is entered in
 * the ledger alone.
 *
 * A flow counts as assured once both sides were heard in earnest: TCP when
 * it is established, others at the first reply.
 */

#include "engine/track.h"

#include <netinet/in.h>

#include "engine/tcp.h"

static enum sw_track_outcome
object(struct sw_objection *objection, enum sw_message message, int32_t beyond)
{
	*objection = (struct sw_objection){ message, beyond };
	return SW_TRACK_REFUSE;
}

_Static_assert(SW_FLOW_OPENER_B == 1, "is added to a side");

static inline unsigned
direction_of(const struct sw_passage *p, const struct sw_flow *flow)
{
	return p->from_b ^ (flow->flags & SW_FLOW_OPENER_B);
}

static inline void
write_ledger(struct sw_engine *engine, const struct sw_passage *p,
    uint32_t index, unsigned direction)
{
	struct sw_ledger *ledger = sw_flows_ledger(engine->flows, index);

	ledger->packets[direction]++;
	ledger->bytes[direction] += p->packet->length;
}

enum { S, H, A, D, F, R, W };

/* Adds the letters of the set that its side shows for the first time, in
 * the order of the bits; capitals are the opener's. */
static void
write_letters(
    struct sw_engine *engine, uint32_t index, unsigned direction, unsigned set)
{
	static const char letters[] = "SHADFRW";
	struct sw_flow *flow = sw_flows_at(engine->flows, index);
	struct sw_memoir *memoir;

	set &= ~(unsigned)flow->letters[direction];
	if (!set)
		return;
	flow->letters[direction] |= (uint8_t)set;
	memoir = sw_flows_memoir(engine->flows, index);
	for (; set && memoir->letters < sizeof(memoir->history); set &= set - 1)
		memoir->history[memoir->letters++] =
		    (char)(letters[__builtin_ctz(set)] |
			   (direction ? 0x20 : 0));
}

/* What a segment shows: its kind, data, or both; an ACK with data is told by
 * the data.  A SYN precedes the data it carries, a FIN follows them. */
static unsigned
letters_of(const struct sw_tcp_segment *segment)
{
	static const uint8_t of_kind[SW_TCP_KINDS][2] = {
		[SW_TCP_SYN] = { 1 << S, 1 << S | 1 << D },
		[SW_TCP_SYNACK] = { 1 << H, 1 << H | 1 << D },
		[SW_TCP_FIN] = { 1 << F, 1 << F | 1 << D },
		[SW_TCP_ACK] = { 1 << A, 1 << D },
		[SW_TCP_RST] = { 1 << R, 1 << R },
	};
	unsigned shut = (segment->window == 0) & (segment->kind == SW_TCP_ACK);

	return of_kind[segment->kind][segment->payload != 0] | shut << W;
}

static void
write_history(struct sw_engine *engine, const struct sw_passage *p,
    uint32_t index, unsigned direction)
{
	bool tcp = p->packet->ends.proto == IPPROTO_TCP;

	write_letters(engine, index, direction,
	    tcp ? letters_of(&p->packet->tcp) : 1 << D);
}

static void
assure(struct sw_engine *engine, const struct sw_passage *p, uint32_t index,
    struct sw_flow *flow)
{
	bool tcp = p->packet->ends.proto == IPPROTO_TCP;

	if (flow->flags & SW_FLOW_ASSURED || !(flow->flags & SW_FLOW_REPLIED) ||
	    (tcp && flow->state != SW_STATE_ESTABLISHED))
		return;
	flow->flags |= SW_FLOW_ASSURED;
	engine->counts.embryonic--;
	sw_life_announce(engine, p, index, SW_EVENT_ESTABLISHED);
}

static void
note_reply(struct sw_engine *engine, const struct sw_passage *p, uint32_t index,
    struct sw_flow *flow, unsigned direction)
{
	if (direction == 0 || flow->flags & SW_FLOW_REPLIED)
		return;
	flow->flags |= SW_FLOW_REPLIED;
	sw_flows_memoir(engine->flows, index)->back_in = p->packet->in;
}

/* The flow lives: its timer begins anew. */
static void
refresh(struct sw_engine *engine, const struct sw_passage *p, uint32_t index)
{
	struct sw_flow *flow = sw_flows_at(engine->flows, index);

	flow->seen = p->seen;
	if (flow->flags & SW_FLOW_PROBING) {
		flow->flags &= (uint8_t)~SW_FLOW_PROBING;
		sw_flows_memoir(engine->flows, index)->probes = 0;
	}
}

/* Does this segment answer our probe of its sender?  A bare acknowledgement
 * of all the other side sent: the other side has seen it before. */
static bool
answers_probe(const struct sw_flow *flow, const struct sw_tcp_segment *segment,
    unsigned direction)
{
	return flow->flags & SW_FLOW_PROBING && segment->kind == SW_TCP_ACK &&
	       !segment->payload && segment->seq == flow->peer[direction].end &&
	       segment->ack == flow->peer[!direction].end;
}

#define PROBE_COUNT 0x0f  /* of sw_memoir.probes: how many were sent */
#define PROBE_ANSWER 0x10 /* shifted by the direction: it answered */

static enum sw_track_outcome
absorb(struct sw_engine *engine, const struct sw_passage *p, uint32_t index,
    unsigned direction)
{
	struct sw_memoir *memoir = sw_flows_memoir(engine->flows, index);

	memoir->probes |= (uint8_t)(PROBE_ANSWER << direction);
	if ((memoir->probes & ~PROBE_COUNT) ==
	    (PROBE_ANSWER | PROBE_ANSWER << 1))
		refresh(engine, p, index);
	return SW_TRACK_ABSORB;
}

/* Outside the windows: strict drops it, elsewhere it passes. */
static enum sw_track_outcome
outside(struct sw_engine *engine, const struct sw_flow *flow,
    const struct sw_tcp_step *step, struct sw_objection *objection)
{
	if (sw_engine_treatment(engine, flow->rule)->tracking ==
	    SW_TRACK_STRICT)
		return object(
		    objection, SW_MESSAGE_OUT_OF_WINDOW, step->beyond);
	return SW_TRACK_PASS;
}

/* Where the state has changed the flow may be silent for less long than
 * before, so the sweep may have to look earlier. */
static void
moved(struct sw_engine *engine, const struct sw_passage *p, uint32_t index,
    unsigned direction, enum sw_state old)
{
	struct sw_flow *flow = sw_flows_at(engine->flows, index);

	write_history(engine, p, index, direction);
	note_reply(engine, p, index, flow, direction);
	refresh(engine, p, index);
	if (flow->state != old) {
		sw_life_set_state(engine, flow, old);
		sw_life_schedule(engine, index, p->tick);
	}
	assure(engine, p, index, flow);
}

static enum sw_track_outcome
track_tcp(struct sw_engine *engine, const struct sw_passage *p, uint32_t index,
    struct sw_flow *flow, struct sw_objection *objection)
{
	struct sw_memoir *memoir = sw_flows_memoir(engine->flows, index);
	struct sw_tcp_step step = { .direction =
					(uint8_t)direction_of(p, flow) };
	enum sw_state old = (enum sw_state)flow->state;

	if (p->packet->tcp.kind == SW_TCP_BAD)
		return object(objection, SW_MESSAGE_BAD_FLAGS, 0);
	if (answers_probe(flow, &p->packet->tcp, step.direction))
		return absorb(engine, p, index, step.direction);
	switch (sw_tcp_step(flow, memoir, &p->packet->tcp, &step)) {
	case SW_TCP_INVALID:
		return object(objection, SW_MESSAGE_NOT_SYN, 0);
	case SW_TCP_BEYOND:
		return outside(engine, flow, &step, objection);
	case SW_TCP_REOPENS:
		return SW_TRACK_NEW;
	case SW_TCP_RESTARTS:
		sw_life_restart(engine, index, p->now);
		sw_tcp_restart(flow, memoir, &p->packet->tcp, &step);
		moved(engine, p, index, step.direction, old);
		break;
	case SW_TCP_FOLLOWS:
		moved(engine, p, index, step.direction, old);
		break;
	case SW_TCP_PASSES:
		sw_life_set_state(engine, flow, old);
		write_history(engine, p, index, step.direction);
		note_reply(engine, p, index, flow, step.direction);
		break;
	case SW_TCP_ENDS:
		sw_life_set_state(engine, flow, old);
		write_history(engine, p, index, step.direction);
		write_ledger(engine, p, index, step.direction);
		sw_life_end(engine, index, SW_END_REFUSED, p->now);
		return SW_TRACK_PASS;
	}
	write_ledger(engine, p, index, step.direction);
	return SW_TRACK_PASS;
}

static void
track_other(struct sw_engine *engine, const struct sw_passage *p,
    uint32_t index, struct sw_flow *flow)
{
	unsigned direction = direction_of(p, flow);
	enum sw_state old = (enum sw_state)flow->state;

	if (direction == 1 && old == SW_STATE_UDP_UNREPLIED)
		flow->state = SW_STATE_UDP;
	moved(engine, p, index, direction, old);
	write_ledger(engine, p, index, direction);
}

enum sw_track_outcome
sw_track(struct sw_engine *engine, const struct sw_passage *p, uint32_t index,
    struct sw_objection *objection)
{
	struct sw_flow *flow = sw_flows_at(engine->flows, index);
	enum sw_track_outcome outcome = SW_TRACK_PASS;

	sw_flows_begin(engine->flows, index, flow);
	if (flow->proto != IPPROTO_TCP)
		track_other(engine, p, index, flow);
	else
		outcome = track_tcp(engine, p, index, flow, objection);
	sw_flows_commit(engine->flows);
	return outcome;
}

bool
sw_track_carries_on(
    struct sw_engine *engine, const struct sw_passage *p, uint32_t index)
{
	const struct sw_tcp_segment *segment = &p->packet->tcp;
	struct sw_flow *flow = sw_flows_at(engine->flows, index);
	unsigned direction = direction_of(p, flow);
	unsigned letter = 1u << (segment->payload ? D : A);
	bool carries_on;

	if (!sw_tcp_in_the_middle(flow, segment) ||
	    sw_tick_since(flow->seen, p->tick) >= engine->shortest)
		return false;
	sw_flows_begin(engine->flows, index, flow);
	carries_on = sw_tcp_carries_on(flow, direction, segment);
	if (carries_on) {
		flow->seen = p->seen;
		if (letter & ~flow->letters[direction])
			write_letters(engine, index, direction, letter);
		write_ledger(engine, p, index, direction);
	}
	sw_flows_commit(engine->flows);
	return carries_on;
}

bool
sw_track_proves_life(const struct sw_engine *engine, uint32_t index)
{
	const struct sw_flow *flow = sw_flows_at(engine->flows, index);

	return flow->state == SW_STATE_ESTABLISHED &&
	       flow->flags & SW_FLOW_ASSURED &&
	       sw_engine_treatment(engine, flow->rule)->on_idle ==
		   SW_IDLE_PROBE;
}
