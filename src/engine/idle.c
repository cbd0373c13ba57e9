/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Handles a flow that was silent for as long as its timeout.
 *
 * The flow ends.  If its rule says so and it was established both ways, both
 * ends are reset first; or both get a probe, a segment one byte before the
 * window like a keepalive, and are reset when they do not answer.  The segments
 * are left as events, which the caller sends.  Only flows that both sides have
 * agreed to are ever sent anything, so that a forged packet gets no answer.
 *
 * In observe mode nothing is sent: the flow ends, and the event says that it
 * would have been reset.
 *
 * A flow that speaks again before its timeout has ended is reported as well, if
 * it was silent for a minute: the timeout was needed.
 */

#include <netinet/in.h>

#include "engine/internal.h"
#include "engine/tcp/tcp.h"

/* A segment to this receiver, as if from the other side. */
static struct sw_send
segment_to(const struct sw_flow_info *info, unsigned receiver, uint8_t flags)
{
	struct sw_send send = { .flags = flags };

	send.ends = receiver ? info->opener
			     : sw_packet_endpoints_reverse(&info->opener);
	send.seq = info->side[receiver].ack;
	send.ack = info->side[!receiver].ack;
	send.out = receiver ? info->out : info->in;
	return send;
}

static void
send_both(struct sw_engine *engine, const struct sw_flow_info *info,
    uint8_t flags, uint32_t before, struct sw_time now)
{
	struct sw_event *event = sw_engine_event(engine, SW_EVENT_SEND, now);

	if (!event)
		return;
	event->rule = info->rule;
	event->info = *info;
	for (unsigned side = 0; side < 2; side++) {
		event->send[side] = segment_to(info, side, flags);
		event->send[side].seq -= before;
	}
	sw_event_ring_push(engine->ring);
}

static void
tell_idle_reset(struct sw_engine *engine, const struct sw_flow_info *info,
    enum sw_action action, struct sw_time now)
{
	struct sw_event *event = sw_engine_event(engine, SW_EVENT_REFUSED, now);

	engine->counts.refused[SW_MESSAGE_IDLE_RESET]++;
	if (!event) {
		engine->counts.refusals_lost++;
		return;
	}
	event->in = info->in;
	event->out = info->out;
	event->rule = info->rule;
	event->info = *info;
	event->refused = (struct sw_refusal){ .ends = info->opener,
		.message = SW_MESSAGE_IDLE_RESET,
		.action = (uint8_t)action,
		.has_flow = true,
		.from_opener = true };
	sw_refuse_allowed(engine, event);
	sw_event_ring_push(engine->ring);
}

void
sw_idle_reset(struct sw_engine *engine, uint32_t index, struct sw_time now)
{
	struct sw_flow_info info;

	sw_flow_info_tell(engine, index, now, &info);
	if (info.state == SW_STATE_ESTABLISHED && info.assured)
		send_both(engine, &info, SW_RST | SW_ACK, 0, now);
}

static void
reset_idle(
    struct sw_engine *engine, uint32_t index, bool observe, struct sw_time now)
{
	struct sw_flow_info info;

	if (!observe)
		sw_idle_reset(engine, index, now);
	sw_flow_info_tell(engine, index, now, &info);
	info.how = SW_END_TIMEOUT;
	tell_idle_reset(engine, &info,
	    observe ? SW_ACTION_WOULD_DROP : SW_ACTION_RESET, now);
}

static void
probe_both(struct sw_engine *engine, uint32_t index, struct sw_time now)
{
	struct sw_flow *flow = sw_flows_at(engine->flows, index);
	struct sw_flow_info info;

	sw_flow_info_tell(engine, index, now, &info);
	send_both(engine, &info, SW_ACK, 1, now);
	flow->flags |= SW_FLOW_PROBING;
	sw_flows_history(engine->flows, index)->probes++;
	sw_lifecycle_schedule(engine, index, sw_time_tick(now));
}

bool
sw_idle_lapse(struct sw_engine *engine, uint32_t index, struct sw_time now)
{
	const struct sw_flow *flow = sw_flows_at(engine->flows, index);
	const struct sw_flow_policy *flow_policy =
	    sw_engine_flow_policy(engine, flow->rule);
	bool open = flow->state == SW_STATE_ESTABLISHED &&
		    flow->flags & SW_FLOW_ASSURED;
	uint8_t probes = sw_flows_history(engine->flows, index)->probes & 15;

	if (open && flow_policy->on_idle == SW_IDLE_PROBE &&
	    !flow_policy->observe && probes < SW_PROBES) {
		probe_both(engine, index, now);
		return false;
	}
	if (open && flow_policy->on_idle != SW_IDLE_EXPIRE)
		reset_idle(engine, index, flow_policy->observe, now);
	sw_lifecycle_end(engine, index, SW_END_TIMEOUT, now);
	return true;
}

/* The name of the timeout that applies to the flow as it is. */
static enum sw_timeout
timeout_of(const struct sw_engine *engine, const struct sw_flow *flow)
{
	static const uint8_t of[SW_STATE_COUNT] = {
#define X(name, text, timeout) [SW_STATE_##name] = SW_TIMEOUT_##timeout,
		SW_STATE_MAP(X)
#undef X
	};
	const struct sw_timeouts *timeouts =
	    &sw_engine_flow_policy(engine, flow->rule)->timeouts;
	bool tcp = flow->proto == IPPROTO_TCP;

	if (tcp && flow->flags & SW_FLOW_RESET)
		return SW_TIMEOUT_CLOSE;
	if (tcp && sw_tcp_is_unanswered(flow) &&
	    timeouts->seconds[SW_TIMEOUT_UNACKNOWLEDGED] <
		timeouts->seconds[of[flow->state]])
		return SW_TIMEOUT_UNACKNOWLEDGED;
	return (enum sw_timeout)of[flow->state];
}

/* A bare acknowledgement, or one byte, from before the sender's next byte (RFC
 * 9293 3.8.4). */
static bool
is_keepalive(const struct sw_lookup *p, const struct sw_flow *flow)
{
	const struct sw_tcp_segment *segment = &p->packet->tcp;
	unsigned side = p->from_b ^ (flow->flags & SW_FLOW_OPENER_B);

	return flow->proto == IPPROTO_TCP && segment->kind == SW_TCP_ACK &&
	       segment->payload <= 1 &&
	       segment->seq == flow->peer[side].end - 1;
}

bool
sw_idle_was_silent(const struct sw_engine *engine, const struct sw_lookup *p,
    uint32_t index, struct sw_silence *silence)
{
	const struct sw_flow *flow = sw_flows_at(engine->flows, index);
	uint32_t ticks = sw_tick_since(flow->seen, p->tick);

	if (ticks < SW_SILENCE_LEAST * SW_TICKS_PER_SECOND)
		return false;
	*silence = (struct sw_silence){ .seconds = ticks / SW_TICKS_PER_SECOND,
		.rule = flow->rule,
		.timeout = (uint8_t)timeout_of(engine, flow),
		.keepalive = is_keepalive(p, flow) };
	return true;
}

void
sw_idle_note_silence(struct sw_engine *engine, const struct sw_lookup *p,
    uint32_t index, const struct sw_silence *silence)
{
	if (sw_flows_deadline(engine->flows, index) &&
	    sw_flows_at(engine->flows, index)->seen == p->seen)
		sw_silence_ring_push(engine->silences, silence);
}

bool
sw_engine_take_silence(struct sw_engine *engine, struct sw_silence *silence)
{
	return sw_silence_ring_pop(engine->silences, silence);
}

uint64_t
sw_engine_silences_lost(const struct sw_engine *engine)
{
	return sw_silence_ring_lost(engine->silences);
}
