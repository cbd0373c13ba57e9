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

static struct sw_tracked
pass(void)
{
	return (struct sw_tracked){ .outcome = SW_TRACK_PASS };
}

static struct sw_tracked
object(enum sw_message message, int32_t beyond)
{
	return (struct sw_tracked){
		.outcome = SW_TRACK_REFUSE, .message = message, .beyond = beyond
	};
}

static unsigned
direction_of(const struct sw_passage *p, const struct sw_flow *flow)
{
	return p->from_b != !!(flow->flags & SW_FLOW_OPENER_B);
}

static void
write_ledger(struct sw_engine *engine, const struct sw_passage *p,
    uint32_t index, unsigned direction)
{
	struct sw_ledger *ledger = sw_flows_ledger(engine->flows, index);

	ledger->packets[direction]++;
	ledger->bytes[direction] += p->packet->length;
}

/* Adds a letter to the history when its side shows it for the first time;
 * capitals are the opener's. */
static void
write_letter(struct sw_engine *engine, uint32_t index, unsigned direction,
    unsigned letter)
{
	static const char letters[] = "SHADFRW";
	struct sw_flow *flow = sw_flows_at(engine->flows, index);
	struct sw_memoir *memoir;

	if (flow->letters[direction] & 1u << letter)
		return;
	flow->letters[direction] |= (uint8_t)(1u << letter);
	memoir = sw_flows_memoir(engine->flows, index);
	if (memoir->letters == sizeof(memoir->history))
		return;
	memoir->history[memoir->letters++] =
	    (char)(letters[letter] | (direction ? 0x20 : 0));
}

static void
write_history(struct sw_engine *engine, const struct sw_passage *p,
    uint32_t index, unsigned direction)
{
	enum { S, H, A, D, F, R, W };
	static const uint8_t of_kind[SW_TCP_KINDS] = { [SW_TCP_SYN] = S,
		[SW_TCP_SYNACK] = H,
		[SW_TCP_FIN] = F,
		[SW_TCP_ACK] = A,
		[SW_TCP_RST] = R };
	const struct sw_tcp_segment *segment = &p->packet->tcp;
	bool begins =
	    segment->kind == SW_TCP_SYN || segment->kind == SW_TCP_SYNACK;

	if (p->packet->ends.proto != IPPROTO_TCP) {
		write_letter(engine, index, direction, D);
		return;
	}
	/* A SYN precedes the data it carries, a FIN follows them. */
	if (begins)
		write_letter(engine, index, direction, of_kind[segment->kind]);
	if (segment->payload && segment->kind != SW_TCP_RST)
		write_letter(engine, index, direction, D);
	if (!begins && (segment->kind != SW_TCP_ACK || !segment->payload))
		write_letter(engine, index, direction, of_kind[segment->kind]);
	if (!segment->window && segment->kind == SW_TCP_ACK)
		write_letter(engine, index, direction, W);
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

/* The flow lives: its timer begins anew, and where it may now be silent for
 * less long than before, the sweep must look earlier. */
static void
refresh(struct sw_engine *engine, const struct sw_passage *p, uint32_t index,
    uint32_t timeout_before)
{
	struct sw_flow *flow = sw_flows_at(engine->flows, index);

	flow->seen = sw_time_tick_up(p->now);
	if (flow->flags & SW_FLOW_PROBING) {
		flow->flags &= (uint8_t)~SW_FLOW_PROBING;
		sw_flows_memoir(engine->flows, index)->probes = 0;
	}
	if (sw_life_timeout(engine, flow) < timeout_before)
		sw_life_schedule(engine, index);
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

static struct sw_tracked
absorb(struct sw_engine *engine, const struct sw_passage *p, uint32_t index,
    unsigned direction)
{
	struct sw_memoir *memoir = sw_flows_memoir(engine->flows, index);

	memoir->probes |= (uint8_t)(PROBE_ANSWER << direction);
	if ((memoir->probes & ~PROBE_COUNT) ==
	    (PROBE_ANSWER | PROBE_ANSWER << 1))
		refresh(engine, p, index, 0);
	return (struct sw_tracked){ .outcome = SW_TRACK_ABSORB };
}

/* Closing segments from both sides were out of the window: the flow has not
 * long to live, unless it had still less. */
static void
doubt(struct sw_engine *engine, const struct sw_passage *p, uint32_t index,
    struct sw_flow *flow)
{
	uint32_t left =
	    sw_life_timeout(engine, flow) -
	    sw_tick_since(flow->seen, p->tick) / SW_TICKS_PER_SECOND;

	if (flow->flags & SW_FLOW_DOUBTED)
		return;
	flow->flags |= SW_FLOW_DOUBTED;
	if (sw_life_timeout(engine, flow) >= left) {
		flow->flags &= (uint8_t)~SW_FLOW_DOUBTED;
		return;
	}
	flow->seen = sw_time_tick_up(p->now);
	sw_life_schedule(engine, index);
}

static struct sw_tracked
doubted(struct sw_engine *engine, const struct sw_passage *p, uint32_t index,
    const struct sw_tcp_step *step)
{
	struct sw_flow *flow = sw_flows_at(engine->flows, index);

	if (step->doubt)
		doubt(engine, p, index, flow);
	if (sw_engine_treatment(engine, flow->rule)->tracking ==
	    SW_TRACK_STRICT)
		return object(SW_MESSAGE_OUT_OF_WINDOW, step->beyond);
	return pass();
}

static void
moved(struct sw_engine *engine, const struct sw_passage *p, uint32_t index,
    unsigned direction, enum sw_state old, uint32_t timeout_before)
{
	struct sw_flow *flow = sw_flows_at(engine->flows, index);

	sw_life_set_state(engine, flow, old);
	write_history(engine, p, index, direction);
	note_reply(engine, p, index, flow, direction);
	refresh(engine, p, index, timeout_before);
	assure(engine, p, index, flow);
}

static struct sw_tracked
track_tcp(struct sw_engine *engine, const struct sw_passage *p, uint32_t index,
    struct sw_flow *flow)
{
	struct sw_memoir *memoir = sw_flows_memoir(engine->flows, index);
	struct sw_tcp_step step = { .direction =
					(uint8_t)direction_of(p, flow) };
	uint32_t timeout = sw_life_timeout(engine, flow);
	enum sw_state old = (enum sw_state)flow->state;

	if (p->packet->tcp.kind == SW_TCP_BAD)
		return object(SW_MESSAGE_BAD_FLAGS, 0);
	if (answers_probe(flow, &p->packet->tcp, step.direction))
		return absorb(engine, p, index, step.direction);
	switch (sw_tcp_step(flow, memoir, &p->packet->tcp, &step)) {
	case SW_TCP_INVALID:
		return object(SW_MESSAGE_NOT_SYN, 0);
	case SW_TCP_BEYOND:
		return doubted(engine, p, index, &step);
	case SW_TCP_REOPENS:
		return (struct sw_tracked){ .outcome = SW_TRACK_NEW };
	case SW_TCP_RESTARTS:
		sw_life_restart(engine, index, p->now);
		sw_tcp_restart(flow, memoir, &p->packet->tcp, &step);
		moved(engine, p, index, step.direction, old, timeout);
		break;
	case SW_TCP_FOLLOWS:
		moved(engine, p, index, step.direction, old, timeout);
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
		return pass();
	}
	write_ledger(engine, p, index, step.direction);
	return pass();
}

static void
track_other(struct sw_engine *engine, const struct sw_passage *p,
    uint32_t index, struct sw_flow *flow)
{
	unsigned direction = direction_of(p, flow);
	enum sw_state old = (enum sw_state)flow->state;
	uint32_t timeout = sw_life_timeout(engine, flow);

	if (direction == 1 && old == SW_STATE_UDP_UNREPLIED)
		flow->state = SW_STATE_UDP;
	moved(engine, p, index, direction, old, timeout);
	write_ledger(engine, p, index, direction);
}

struct sw_tracked
sw_track(struct sw_engine *engine, const struct sw_passage *p, uint32_t index)
{
	struct sw_flow *flow = sw_flows_at(engine->flows, index);
	struct sw_tracked tracked = pass();

	sw_flows_begin(engine->flows, index);
	if (flow->proto == IPPROTO_TCP)
		tracked = track_tcp(engine, p, index, flow);
	else
		track_other(engine, p, index, flow);
	sw_flows_commit(engine->flows);
	return tracked;
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
