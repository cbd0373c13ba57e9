/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Follows a live flow.
 *
 * engine/tcp/tcp.c steps TCP; for UDP, ICMP requests and other protocols it is
 * only known whether the other side has answered.  A packet that moves a flow
 * refreshes its timer and is added to counters and history; a packet that
 * merely passes is added to the counters alone.
 *
 * A flow counts as assured once both sides have taken part: TCP when it is
 * established, others at the first reply.
 */

#include "engine/track.h"

#include <netinet/in.h>

#include "engine/interfaces.h"
#include "engine/offload.h"
#include "engine/related/kin.h"
#include "engine/sctp/sctp.h"
#include "engine/tcp/lost.h"
#include "engine/tcp/stamp.h"
#include "engine/tcp/tcp.h"
#include "engine/track_letters.h"

/* A handshake that took longer was delayed by more than the network, ticks. */
#define HANDSHAKE_MOST (8u * SW_TICKS_PER_SECOND)

_Static_assert(SW_FLOW_OPENER_B == 1, "is added to a side");

static inline unsigned
direction_of(const struct sw_lookup *p, const struct sw_flow *flow)
{
	return p->from_b ^ (flow->flags & SW_FLOW_OPENER_B);
}

static inline void
add_packet(struct sw_flow_counters *counters, const struct sw_lookup *p,
    unsigned direction)
{
	counters->packets[direction]++;
	counters->bytes[direction] += p->packet->length;
}

static inline void
write_counters(struct sw_engine *engine, const struct sw_lookup *p,
    uint32_t index, unsigned direction)
{
	add_packet(sw_flows_counters(engine->flows, index), p, direction);
}

/* The duration of the handshake is at least one round trip. */
static void
note_handshake(
    struct sw_engine *engine, const struct sw_lookup *p, uint32_t index)
{
	const struct sw_flow_history *history =
	    sw_flows_history(engine->flows, index);
	uint64_t ms =
	    sw_time_ms_since((struct sw_time){ history->opened }, p->now);
	uint64_t ticks = ms * SW_TICKS_PER_SECOND / 1000 + 1;

	sw_flows_cold(engine->flows, index)->handshake =
	    (uint16_t)(ticks < HANDSHAKE_MOST ? ticks : HANDSHAKE_MOST);
}

static void
assure(struct sw_engine *engine, const struct sw_lookup *p, uint32_t index,
    struct sw_flow *flow)
{
	if (flow->flags & SW_FLOW_ASSURED || !(flow->flags & SW_FLOW_REPLIED) ||
	    (flow->proto == IPPROTO_TCP &&
		flow->state != SW_STATE_ESTABLISHED) ||
	    (flow->proto == IPPROTO_SCTP &&
		flow->state != SW_STATE_SCTP_ESTABLISHED))
		return;
	flow->flags |= SW_FLOW_ASSURED;
	engine->counts.embryonic--;
	note_handshake(engine, p, index);
	sw_kin_note(engine, index, p);
	sw_lifecycle_announce(engine, p, index, SW_EVENT_ESTABLISHED);
}

static void
note_reply(struct sw_engine *engine, const struct sw_lookup *p, uint32_t index,
    struct sw_flow *flow, unsigned direction)
{
	if (direction == 0 || flow->flags & SW_FLOW_REPLIED)
		return;
	flow->flags |= SW_FLOW_REPLIED;
	sw_interfaces_reply(engine, p, index);
}

/* The flow is alive: its timer starts again. */
static void
refresh(struct sw_engine *engine, const struct sw_lookup *p, uint32_t index)
{
	struct sw_flow *flow = sw_flows_at(engine->flows, index);

	flow->seen = p->seen;
	if (flow->flags & SW_FLOW_PROBING) {
		flow->flags &= (uint8_t)~SW_FLOW_PROBING;
		sw_flows_history(engine->flows, index)->probes = 0;
	}
}

/* Does this segment answer our probe of its sender?  It is a bare
 * acknowledgement of everything that the other side sent, which the other side
 * has already received. */
static bool
answers_probe(const struct sw_flow *flow, const struct sw_tcp_segment *segment,
    unsigned direction)
{
	return flow->flags & SW_FLOW_PROBING && segment->kind == SW_TCP_ACK &&
	       !segment->payload && segment->seq == flow->peer[direction].end &&
	       segment->ack == flow->peer[!direction].end;
}

#define PROBE_COUNT 0x0f  /* bits of sw_flow_history.probes: number sent */
#define PROBE_ANSWER 0x10 /* shifted by the direction: it has answered */

static enum sw_track_outcome
absorb(struct sw_engine *engine, const struct sw_lookup *p, uint32_t index,
    unsigned direction)
{
	struct sw_flow_history *history =
	    sw_flows_history(engine->flows, index);

	history->probes |= (uint8_t)(PROBE_ANSWER << direction);
	if ((history->probes & ~PROBE_COUNT) ==
	    (PROBE_ANSWER | PROBE_ANSWER << 1))
		refresh(engine, p, index);
	return SW_TRACK_ABSORB;
}

/* In a new state the flow may have a shorter timeout than before, so the sweep
 * may have to inspect it earlier. */
static void
moved(struct sw_engine *engine, const struct sw_lookup *p, uint32_t index,
    unsigned direction, enum sw_state old)
{
	struct sw_flow *flow = sw_flows_at(engine->flows, index);

	sw_track_letters_note(engine, p, index, direction);
	note_reply(engine, p, index, flow, direction);
	refresh(engine, p, index);
	if (flow->state != old) {
		sw_lifecycle_set_state(engine, flow, old);
		sw_lifecycle_schedule(engine, index, p->tick);
		if (sw_lifecycle_is_closed(flow))
			sw_kin_release(engine, index);
	}
	assure(engine, p, index, flow);
	if (sw_interfaces_is_parent(sw_flows_counters(engine->flows, index)))
		sw_kin_note(engine, index, p);
}

/* Records when a half-closed flow last carried data; data shortly before its
 * FIN counts as if sent with it. */
static void
note_half_data(struct sw_engine *engine, const struct sw_lookup *p,
    uint32_t index, uint32_t last)
{
	const struct sw_flow *flow = sw_flows_at(engine->flows, index);
	bool had =
	    (flow->letters[0] | flow->letters[1]) & SW_TRACK_LETTER_D &&
	    sw_tick_since(last, p->tick) < SW_HALF_LATELY * SW_TICKS_PER_SECOND;

	if (!sw_lifecycle_half_closed(flow))
		return;
	if (p->packet->tcp.payload ||
	    (p->packet->tcp.kind == SW_TCP_FIN && had))
		sw_flows_cold(engine->flows, index)->half_data =
		    sw_lifecycle_half_moment(p->tick);
}

static struct sw_lost
notes_of(const struct sw_engine *engine, const struct sw_lookup *p,
    uint32_t index, struct sw_flow *flow)
{
	const struct sw_flow_policy *flow_policy =
	    sw_engine_flow_policy(engine, flow->rule);

	return (struct sw_lost){ .flow = flow,
		.history = sw_flows_history(engine->flows, index),
		.cold = sw_flows_cold(engine->flows, index),
		.tick = p->tick,
		.seen = p->seen,
		.strict = flow_policy->tracking == SW_TRACK_STRICT,
		.resync = flow_policy->resync,
		.watched = flow_policy->watched };
}

/* The packet belongs to the flow without moving it. */
static enum sw_track_outcome
passes(struct sw_engine *engine, const struct sw_lookup *p, uint32_t index,
    unsigned direction)
{
	struct sw_flow *flow = sw_flows_at(engine->flows, index);

	sw_track_letters_note(engine, p, index, direction);
	note_reply(engine, p, index, flow, direction);
	write_counters(engine, p, index, direction);
	return SW_TRACK_PASS;
}

/* The segment moves the flow. */
static enum sw_track_outcome
follows(struct sw_engine *engine, const struct sw_lookup *p, uint32_t index,
    unsigned direction, enum sw_state old)
{
	uint32_t last = sw_flows_at(engine->flows, index)->seen;

	sw_stamp_note(sw_flows_at(engine->flows, index),
	    sw_flows_cold(engine->flows, index), direction, &p->packet->tcp,
	    p->seen);
	moved(engine, p, index, direction, old);
	note_half_data(engine, p, index, last);
	write_counters(engine, p, index, direction);
	return SW_TRACK_PASS;
}

static enum sw_track_outcome
step_tcp(struct sw_engine *engine, const struct sw_lookup *p,
    const struct sw_lost *lost, uint32_t index, struct sw_tcp_refusal *refusal);

/* The record has taken over proven numbers, so the segment is stepped again. */
static enum sw_track_outcome
step_found(struct sw_engine *engine, const struct sw_lookup *p, uint32_t index,
    struct sw_tcp_step *step, enum sw_state old)
{
	struct sw_flow *flow = sw_flows_at(engine->flows, index);
	struct sw_flow_history *history =
	    sw_flows_history(engine->flows, index);

	(void)sw_tcp_step(flow, history, &p->packet->tcp, step);
	return follows(engine, p, index, step->direction, old);
}

/* The segment is outside the windows: strict tracking drops it, otherwise it
 * passes.  What it shows is recorded in both cases. */
static enum sw_track_outcome
outside(struct sw_engine *engine, const struct sw_lookup *p,
    const struct sw_lost *lost, uint32_t index, struct sw_tcp_step *step,
    struct sw_tcp_refusal *refusal)
{
	enum sw_state old = (enum sw_state)lost->flow->state;

	if (lost->watched && step->beyond && !lost->strict)
		sw_refuse_note(engine, p, index, step->beyond);
	switch (sw_lost_step(lost, step->direction, &p->packet->tcp)) {
	case SW_LOST_NOTED:
		break;
	case SW_LOST_REFRESHES:
		refresh(engine, p, index);
		break;
	case SW_LOST_FOUND:
		return step_found(engine, p, index, step, old);
	case SW_LOST_FOLLOWS:
		return passes(engine, p, index, step->direction);
	case SW_LOST_REPLACES:
		sw_lifecycle_replace(engine, p, index);
		return passes(engine, p, index, step->direction);
	}
	if (lost->strict && step->beyond)
		return sw_track_object(
		    refusal, SW_MESSAGE_OUT_OF_WINDOW, step->beyond);
	return passes(engine, p, index, step->direction);
}

/* Two hosts may have begun a new connection on the ports of an old one. */
static enum sw_track_outcome
restarts(struct sw_engine *engine, const struct sw_lookup *p,
    const struct sw_lost *lost, uint32_t index, struct sw_tcp_step *step)
{
	enum sw_state old = (enum sw_state)lost->flow->state;

	if (lost->flow->flags & SW_FLOW_ASSURED) {
		sw_lost_call(lost, step->direction, &p->packet->tcp);
		return passes(engine, p, index, step->direction);
	}
	sw_lifecycle_restart(engine, index, p->now);
	sw_tcp_restart(lost->flow, lost->history, &p->packet->tcp, step);
	return follows(engine, p, index, step->direction, old);
}

static enum sw_track_outcome
ends(struct sw_engine *engine, const struct sw_lookup *p, uint32_t index,
    unsigned direction)
{
	sw_track_letters_note(engine, p, index, direction);
	write_counters(engine, p, index, direction);
	sw_lifecycle_end(engine, index, SW_END_REFUSED, p->now);
	sw_repeat_note(&engine->again, p);
	return SW_TRACK_PASS;
}

static enum sw_track_outcome
step_tcp(struct sw_engine *engine, const struct sw_lookup *p,
    const struct sw_lost *lost, uint32_t index, struct sw_tcp_refusal *refusal)
{
	struct sw_flow *flow = lost->flow;
	struct sw_tcp_step step = { .direction =
					(uint8_t)direction_of(p, flow) };
	enum sw_state old = (enum sw_state)flow->state;

	switch (sw_tcp_step(flow, lost->history, &p->packet->tcp, &step)) {
	case SW_TCP_INVALID:
		return sw_track_object(refusal, SW_MESSAGE_NOT_SYN, 0);
	case SW_TCP_BEHIND:
		sw_lifecycle_set_state(engine, flow, old);
		step.beyond = 0;
		return outside(engine, p, lost, index, &step, refusal);
	case SW_TCP_BEYOND:
		sw_lifecycle_set_state(engine, flow, old);
		return outside(engine, p, lost, index, &step, refusal);
	case SW_TCP_REOPENS:
		return SW_TRACK_NEW;
	case SW_TCP_RESTARTS:
		return restarts(engine, p, lost, index, &step);
	case SW_TCP_FOLLOWS:
		sw_lost_forget(lost);
		return follows(engine, p, index, step.direction, old);
	case SW_TCP_PASSES:
		sw_lifecycle_set_state(engine, flow, old);
		return passes(engine, p, index, step.direction);
	case SW_TCP_ENDS:
		sw_lifecycle_set_state(engine, flow, old);
		return ends(engine, p, index, step.direction);
	}
	return SW_TRACK_PASS;
}

/* Does an RST echo a time stamp that was never sent?  As the answer to a SYN,
 * both hosts ignore it (RFC 7323 5.4). */
static bool
echoes_nothing(const struct sw_lost *lost, const struct sw_tcp_segment *segment,
    unsigned direction)
{
	return segment->kind == SW_TCP_RST && direction == 1 &&
	       lost->flow->state == SW_STATE_SYN_SENT &&
	       !sw_stamp_answers_syn(lost->cold, segment);
}

/* The flow was out of step before this segment.
 * => true when the record must not be stepped by it */
static bool
held_back(struct sw_engine *engine, const struct sw_lookup *p,
    const struct sw_lost *lost, uint32_t index)
{
	enum sw_state old = (enum sw_state)lost->flow->state;
	enum sw_lost_outcome outcome;

	if (!(lost->flow->flags & SW_FLOW_LOST))
		return false;
	sw_lifecycle_resolve(engine, lost, index);
	sw_lifecycle_set_state(engine, lost->flow, old);
	return sw_lost_holds_reset(
	    lost, direction_of(p, lost->flow), &p->packet->tcp, &outcome);
}

static enum sw_track_outcome
track_tcp(struct sw_engine *engine, const struct sw_lookup *p, uint32_t index,
    struct sw_flow *flow, struct sw_tcp_refusal *refusal)
{
	struct sw_lost lost = notes_of(engine, p, index, flow);
	unsigned direction = direction_of(p, flow);

	if (p->packet->tcp.kind == SW_TCP_BAD)
		return sw_track_object(refusal, SW_MESSAGE_BAD_FLAGS, 0);
	if (answers_probe(flow, &p->packet->tcp, direction))
		return absorb(engine, p, index, direction);
	if (echoes_nothing(&lost, &p->packet->tcp, direction) ||
	    held_back(engine, p, &lost, index))
		return passes(engine, p, index, direction);
	return step_tcp(engine, p, &lost, index, refusal);
}

static enum sw_track_outcome
track_sctp(struct sw_engine *engine, const struct sw_lookup *p, uint32_t index,
    struct sw_flow *flow, struct sw_tcp_refusal *refusal)
{
	unsigned direction = direction_of(p, flow);
	enum sw_state old = (enum sw_state)flow->state;

	switch (sw_sctp_step(flow, sw_flows_history(engine->flows, index),
	    &p->packet->sctp, direction)) {
	case SW_SCTP_FOLLOWS:
		moved(engine, p, index, direction, old);
		write_counters(engine, p, index, direction);
		return SW_TRACK_PASS;
	case SW_SCTP_PASSES:
		return passes(engine, p, index, direction);
	case SW_SCTP_FOREIGN:
		return sw_track_object(refusal, SW_MESSAGE_NOT_OPENING, 1);
	case SW_SCTP_INVALID:
		return sw_track_object(refusal, SW_MESSAGE_NOT_OPENING, 0);
	case SW_SCTP_REOPENS:
		return SW_TRACK_NEW;
	}
	return SW_TRACK_PASS;
}

static void
track_other(struct sw_engine *engine, const struct sw_lookup *p, uint32_t index,
    struct sw_flow *flow)
{
	unsigned direction = direction_of(p, flow);
	enum sw_state old = (enum sw_state)flow->state;

	if (direction == 1 && old == SW_STATE_UDP_UNREPLIED)
		flow->state = SW_STATE_UDP;
	moved(engine, p, index, direction, old);
	write_counters(engine, p, index, direction);
	sw_offload_wish(engine->offload, index);
}

enum sw_track_outcome
sw_track(struct sw_engine *engine, const struct sw_lookup *p, uint32_t index,
    struct sw_tcp_refusal *refusal)
{
	struct sw_flow *flow = sw_flows_at(engine->flows, index);
	enum sw_track_outcome outcome = SW_TRACK_PASS;
	struct sw_silence silence;
	bool silent = sw_idle_was_silent(engine, p, index, &silence);

	sw_flows_begin(engine->flows, index, flow);
	if (flow->proto == IPPROTO_TCP)
		outcome = track_tcp(engine, p, index, flow, refusal);
	else if (flow->proto == IPPROTO_SCTP)
		outcome = track_sctp(engine, p, index, flow, refusal);
	else
		track_other(engine, p, index, flow);
	sw_flows_commit(engine->flows);
	if (silent && outcome == SW_TRACK_PASS)
		sw_idle_note_silence(engine, p, index, &silence);
	return outcome;
}

/* Does the packet use the interfaces of its direction? */
static inline bool
keeps_way(struct sw_engine *engine, const struct sw_lookup *p, uint32_t index,
    const struct sw_flow_counters *counters, unsigned direction)
{
	return sw_interfaces_same(p, counters, direction) ||
	       (sw_interfaces_is_wide(p->packet->in, p->packet->out) &&
		   sw_interfaces_kept(engine, p, index, direction));
}

bool
sw_track_carries_on(
    struct sw_engine *engine, const struct sw_lookup *p, uint32_t index)
{
	const struct sw_tcp_segment *segment = &p->packet->tcp;
	struct sw_flow *flow = sw_flows_at(engine->flows, index);
	struct sw_flow_counters *counters =
	    sw_flows_counters(engine->flows, index);
	unsigned direction = direction_of(p, flow);
	unsigned letter =
	    segment->payload ? SW_TRACK_LETTER_D : SW_TRACK_LETTER_A;
	bool carries_on;

	if (!sw_tcp_in_the_middle(flow, segment) ||
	    sw_tick_since(flow->seen, p->tick) >= engine->shortest ||
	    !keeps_way(engine, p, index, counters, direction))
		return false;
	sw_flows_begin(engine->flows, index, flow);
	carries_on = sw_tcp_carries_on(flow, direction, segment);
	if (carries_on) {
		if (segment->has_timestamp &&
		    sw_stamp_is_due(flow, direction, p->seen))
			sw_stamp_note(flow, sw_flows_cold(engine->flows, index),
			    direction, segment, p->seen);
		flow->seen = p->seen;
		if (letter & ~flow->letters[direction])
			sw_track_letters_write(
			    engine, index, direction, letter);
		add_packet(counters, p, direction);
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
	       sw_engine_flow_policy(engine, flow->rule)->on_idle ==
		   SW_IDLE_PROBE;
}
