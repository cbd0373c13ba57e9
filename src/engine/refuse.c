/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Collects the facts about a refused packet.
 *
 * The facts are those that vanish with the packet: its fields, and the flow of
 * its tuple from the live table or a tombstone.  The cause is judged later,
 * from these facts (diagnose.h).
 *
 * A packet without a flow does not say which of its ends would have opened
 * one.  The tuple's former flow decides, otherwise the packet's kind (a SYN/ACK
 * comes from the server), otherwise its ports: the lower one counts as the
 * service.
 *
 * One such packet is not refused: the RST that ended its flow at once, when our
 * predecessor died between that and the verdict, and the packet was queued
 * again.
 */

#include <netinet/in.h>

#include "engine/internal.h"
#include "engine/packet/refusal.h"
#include "engine/reject.h"
#include "engine/related/kin.h"
#include "engine/sctp/sctp.h"
#include "engine/tcp/lost.h"
#include "engine/tcp/tcp.h"

/* How long a denied SYN explains later packets, in seconds. */
#define DENIED_LASTS 120u

/* How long an RST may wait for its verdict, including a hung process. */
#define ANSWER_LASTS 10u

bool
sw_refuse_from_opener(
    const struct sw_lookup *p, const struct sw_flow_info *info)
{
	const struct sw_packet *packet = p->packet;

	if (info)
		return sw_packet_endpoints_equal(&info->opener, &packet->ends);
	if (packet->ends.proto == IPPROTO_TCP) {
		if (sw_segment_calls(&packet->tcp))
			return true;
		if (packet->tcp.kind == SW_TCP_SYNACK)
			return false;
	}
	if (sw_proto_is_icmp(packet->ends.proto))
		return packet->icmp.kind != SW_ICMP_REPLY;
	if (packet->ends.proto == IPPROTO_SCTP &&
	    sw_sctp_handshakes(&packet->sctp))
		return sw_sctp_calls(&packet->sctp);
	return packet->ends.dport <= packet->ends.sport;
}

uint16_t
sw_refuse_rule(
    struct sw_engine *engine, const struct sw_lookup *p, bool from_opener)
{
	const struct sw_packet *packet = p->packet;
	struct sw_endpoints reverse;
	struct sw_way back;

	if (from_opener)
		return sw_policy_match(
		    engine->policy, &packet->ends, &packet->way);
	reverse = sw_packet_endpoints_reverse(&packet->ends);
	back = sw_way_reverse(&packet->way);
	return sw_policy_match(engine->policy, &reverse, &back);
}

/* Was the SYN denied so recently that it explains this packet? */
static bool
denied_lately(const struct sw_flow_info *info, struct sw_time now)
{
	return (info->how == SW_END_DENIED || info->how == SW_END_MALFORMED) &&
	       sw_time_ms_since(info->ended, now) <= DENIED_LASTS * 1000u;
}

/* Did a flow that never opened lose a part of its handshake as malformed? */
static bool
lost_handshake(struct sw_engine *engine, const struct sw_lookup *p,
    const struct sw_flow_info *live)
{
	struct sw_flow_info unassured;

	return live->state != SW_STATE_ESTABLISHED && !live->assured &&
	       sw_tombstones_find(
		   engine->unassured, &p->tuple, p->hash, p->now, &unassured) &&
	       unassured.how == SW_END_MALFORMED &&
	       denied_lately(&unassured, p->now);
}

/* Finds what is known about the tuple: its live flow, otherwise the one that
 * ended last.  The tombstones of unassured flows are used when they are newer,
 * or when the others have none. */
static void
recall(struct sw_engine *engine, const struct sw_lookup *p, uint32_t index,
    struct sw_event *event)
{
	struct sw_refusal *refused = &event->refused;
	struct sw_flow_info unassured;

	if (index != SW_FLOW_NONE) {
		sw_flow_info_tell(engine, index, p->now, &event->info);
		refused->has_flow = true;
		refused->was_denied = lost_handshake(engine, p, &event->info);
		return;
	}
	refused->has_flow = sw_tombstones_find(
	    engine->tombstones, &p->tuple, p->hash, p->now, &event->info);
	if (!sw_tombstones_find(
		engine->unassured, &p->tuple, p->hash, p->now, &unassured))
		return;
	if (unassured.ended.ns < event->info.ended.ns)
		return;
	refused->was_denied = denied_lately(&unassured, p->now);
	event->info = unassured;
	refused->has_flow = true;
}

/* An ICMP error is about another tuple, so that tuple's flow is reported.  It
 * may have expired and not been inspected since. */
static void
recall_quoted(
    struct sw_engine *engine, const struct sw_lookup *p, struct sw_event *event)
{
	const struct sw_endpoints *quote = &p->packet->icmp.quote;
	struct sw_tuple tuple;
	uint64_t hash;
	uint32_t index;

	sw_tuple_key(&tuple, quote, engine->limits.key, &hash);
	index = sw_flows_find(engine->flows, &tuple, hash);
	if (index != SW_FLOW_NONE && sw_lifecycle_over(engine, index, p->tick))
		sw_idle_lapse(engine, index, p->now);
	event->refused.has_flow = sw_tombstones_find(engine->tombstones, &tuple,
				      hash, p->now, &event->info) ||
				  sw_tombstones_find(engine->unassured, &tuple,
				      hash, p->now, &event->info);
}

static void
describe_limit(
    enum sw_message message, int32_t detail, struct sw_refusal *refused)
{
	refused->wrong_tag = message == SW_MESSAGE_NOT_OPENING && detail;
	if (message == SW_MESSAGE_OUT_OF_WINDOW)
		refused->beyond = detail;
	if (message != SW_MESSAGE_TABLE_FULL)
		return;
	refused->per_source = detail < 0;
	refused->limit = (uint32_t)(detail < 0 ? -detail : detail);
}

/* What the flow's hosts have shown to have sent unseen. */
static void
describe_unseen(const struct sw_engine *engine, const struct sw_lookup *p,
    uint32_t index, struct sw_refusal *refused)
{
	const struct sw_flow *flow;

	if (index == SW_FLOW_NONE || p->packet->ends.proto != IPPROTO_TCP)
		return;
	flow = sw_flows_at(engine->flows, index);
	refused->unseen =
	    sw_lost_unseen(flow, sw_flows_cold(engine->flows, index),
		p->from_b ^ (flow->flags & SW_FLOW_OPENER_B), &p->packet->tcp);
}

/* A refused opening packet leaves a tombstone, so that later packets of its
 * tuple can be distinguished from unknown ones: it was denied, or there was no
 * room. */
static void
remember_opening(struct sw_engine *engine, const struct sw_lookup *p,
    enum sw_message message, uint16_t rule)
{
	struct sw_flow_info info = { .opener = p->packet->ends,
		.opened = p->now,
		.seen = p->now,
		.ended = p->now,
		.in = p->packet->in,
		.out = p->packet->out,
		.rule = rule,
		.how = message == SW_MESSAGE_DENIED ? SW_END_DENIED
						    : SW_END_FULL };

	sw_tombstones_add(engine->unassured, &p->tuple, p->hash, &info);
}

/* A handshake packet that was dropped as malformed leaves one as well, if its
 * ports and flags could be read. */
static void
remember_malformed(struct sw_engine *engine, const struct sw_lookup *p)
{
	const struct sw_packet *packet = p->packet;
	bool answer = packet->tcp.kind == SW_TCP_SYNACK;
	struct sw_flow_info info = { .opener = packet->ends,
		.opened = p->now,
		.seen = p->now,
		.ended = p->now,
		.how = SW_END_MALFORMED };
	struct sw_way way = packet->way;

	if (packet->ends.proto != IPPROTO_TCP ||
	    packet->malformed >= SW_PARSE_FRAGMENT_ORPHAN ||
	    (packet->tcp.kind != SW_TCP_SYN && !answer))
		return;
	if (answer) {
		info.opener = sw_packet_endpoints_reverse(&packet->ends);
		way = sw_way_reverse(&way);
	}
	info.in = way.in;
	info.out = way.out;
	info.rule = sw_policy_match(engine->policy, &info.opener, &way);
	sw_tombstones_add(engine->unassured, &p->tuple, p->hash, &info);
}

static enum sw_action
action_of(const struct sw_flow_policy *flow_policy, const struct sw_lookup *p,
    const struct sw_event *event)
{
	const struct sw_refusal *refused = &event->refused;

	if (flow_policy->observe)
		return SW_ACTION_WOULD_DROP;
	if (sw_reject_applies(flow_policy, p, event))
		return SW_ACTION_REJECT;
	if (!sw_message_is_orphan(refused->message))
		return SW_ACTION_DROP;
	if (flow_policy->on_orphan == SW_ORPHAN_ACCEPT)
		return SW_ACTION_ACCEPT;
	if (flow_policy->on_orphan == SW_ORPHAN_RESET &&
	    refused->ends.proto == IPPROTO_TCP &&
	    !(refused->tcp_flags & SW_RST))
		return SW_ACTION_RESET;
	return SW_ACTION_DROP;
}

/* The info that says which end opened.  Not that of a denied SYN: anybody
 * may have forged it, and it must not change what happens to later packets. */
static const struct sw_flow_info *
believed(const struct sw_event *event)
{
	return event->refused.has_flow && event->info.how != SW_END_DENIED
		   ? &event->info
		   : NULL;
}

static uint16_t
resolve_rule(struct sw_engine *engine, const struct sw_lookup *p,
    enum sw_message message, int32_t detail, struct sw_event *event)
{
	struct sw_refusal *refused = &event->refused;
	uint16_t rule;

	refused->from_opener = sw_refuse_from_opener(p, believed(event));
	if (refused->has_flow && event->info.how == SW_END_NOT)
		return message == SW_MESSAGE_DENIED ? (uint16_t)detail
						    : event->info.rule;
	if (sw_event_answers_late(event))
		event->info.rule = sw_refuse_rule(engine, p, false);
	rule =
	    sw_refuse_rule(engine, p, refused->opens || refused->from_opener);
	if (refused->has_flow && /* its own rule may be gone */
	    !sw_policy_names(engine->policy, event->info.rule))
		event->info.rule = rule;
	return sw_kin_belonged(engine, event, rule) ? event->info.rule : rule;
}

void
sw_refuse_allowed(const struct sw_engine *engine, struct sw_event *event)
{
	const struct sw_timeouts *timeouts =
	    &sw_engine_flow_policy(engine, sw_event_own_rule(event))->timeouts;

	event->refused.state_timeout =
	    sw_tcp_state_timeout((enum sw_state)event->info.state, timeouts);
	event->refused.unacknowledged =
	    timeouts->seconds[SW_TIMEOUT_UNACKNOWLEDGED];
}

/* A packet that the policy refuses anyway is denied, whatever it lacks; and
 * only TCP lacks a SYN. */
static enum sw_message
true_message(enum sw_message message, const struct sw_flow_policy *flow_policy,
    const struct sw_lookup *p, uint32_t index)
{
	if (!sw_message_is_orphan(message))
		return message;
	if (index == SW_FLOW_NONE && flow_policy->deny)
		return SW_MESSAGE_DENIED;
	return p->packet->ends.proto == IPPROTO_TCP ? SW_MESSAGE_NOT_SYN
						    : SW_MESSAGE_NOT_OPENING;
}

static void
tell(struct sw_engine *engine, const struct sw_event *told)
{
	struct sw_event *event =
	    sw_engine_event(engine, SW_EVENT_REFUSED, told->time);

	if (!event) {
		engine->counts.refusals_lost++;
		return;
	}
	*event = *told;
	sw_event_ring_push(engine->ring);
}

static bool
is_reset(const struct sw_lookup *p)
{
	return p->packet->ends.proto == IPPROTO_TCP &&
	       p->packet->tcp.kind == SW_TCP_RST;
}

/* Does the policy let this packet open, or answer what opens, through its
 * interfaces?  Its flow, which would know them, is gone. */
static bool
allows_way(struct sw_engine *engine, const struct sw_lookup *p)
{
	uint16_t own = sw_refuse_rule(engine, p, true);
	uint16_t opener = sw_refuse_rule(engine, p, false);

	if (!sw_engine_flow_policy(engine, own)->deny)
		return true;
	return !sw_engine_flow_policy(engine, opener)->deny &&
	       !sw_policy_stands_before(engine->policy, own, opener);
}

/* An RST ends a flow at once when nothing was answered before, so no other
 * interface is known. */
static bool
uses_way_of(const struct sw_lookup *p, const struct sw_flow_info *info)
{
	const struct sw_packet *packet = p->packet;

	if (sw_refuse_from_opener(p, info))
		return packet->in == info->in && packet->out == info->out;
	return packet->in == info->out && packet->out == info->in;
}

/* Is this the RST that refused a connection shortly before we took over? Its
 * flow ended with it, and nothing else says that it was passed. */
static bool
comes_again(struct sw_engine *engine, const struct sw_lookup *p,
    const struct sw_event *event)
{
	const struct sw_flow_info *info = &event->info;

	return event->refused.has_flow && info->how == SW_END_REFUSED &&
	       is_reset(p) && sw_refuse_from_opener(p, info) == !info->ender &&
	       info->ended.ns <= engine->began.ns &&
	       sw_time_ms_since(info->ended, p->now) <= ANSWER_LASTS * 1000u &&
	       (uses_way_of(p, info) || allows_way(engine, p));
}

/* Passes it once: the tombstone then records the end.  Another rule may queue
 * the packet again. */
static enum sw_verdict
pass_again(struct sw_engine *engine, const struct sw_lookup *p,
    struct sw_flow_info *info)
{
	info->ended = p->now;
	sw_tombstones_add(engine->unassured, &p->tuple, p->hash, info);
	sw_repeat_note(&engine->again, p);
	return SW_PASS;
}

enum sw_verdict
sw_refuse(struct sw_engine *engine, const struct sw_lookup *p,
    enum sw_message message, uint32_t index, int32_t detail)
{
	struct sw_event event = { .kind = SW_EVENT_REFUSED,
		.time = p->now,
		.in = p->packet->in,
		.out = p->packet->out,
		.phys_in = p->packet->phys_in,
		.phys_out = p->packet->phys_out,
		.mark = p->packet->mark };
	const struct sw_flow_policy *flow_policy;

	if (message == SW_MESSAGE_NOT_SYN && index == SW_FLOW_NONE &&
	    is_reset(p) &&
	    sw_repeat_passes(&engine->again, p, allows_way(engine, p))) {
		engine->counts.twice++;
		return SW_PASS;
	}
	sw_refusal_describe(p->packet, &event.refused);
	if (message == SW_MESSAGE_MALFORMED) {
		remember_malformed(engine, p);
	} else {
		recall(engine, p, index, &event);
		if (comes_again(engine, p, &event))
			return pass_again(engine, p, &event.info);
		event.rule = resolve_rule(engine, p, message, detail, &event);
		sw_refuse_allowed(engine, &event);
		if (sw_refusal_quotes(p->packet) && !event.refused.has_flow)
			recall_quoted(engine, p, &event);
	}
	flow_policy = sw_engine_flow_policy(engine, event.rule);
	message = true_message(message, flow_policy, p, index);
	event.refused.message = message;
	event.refused.quiet = !flow_policy->log;
	describe_limit(message, detail, &event.refused);
	if (message == SW_MESSAGE_DENIED)
		sw_kin_describe(engine, &event.refused);
	describe_unseen(engine, p, index, &event.refused);
	event.refused.action = (uint8_t)action_of(flow_policy, p, &event);
	if (event.refused.opens && index == SW_FLOW_NONE &&
	    !sw_event_answers_late(&event))
		remember_opening(engine, p, message, event.rule);
	engine->message = (uint8_t)message;
	engine->counts.refused[message]++;
	tell(engine, &event);
	sw_reject_answer(engine, p, &event);
	if (event.refused.action == SW_ACTION_WOULD_DROP)
		engine->counts.would_drop++;
	return event.refused.action == SW_ACTION_WOULD_DROP ||
		       event.refused.action == SW_ACTION_ACCEPT
		   ? SW_PASS
		   : SW_DROP;
}

void
sw_refuse_note(struct sw_engine *engine, const struct sw_lookup *p,
    uint32_t index, int32_t beyond)
{
	struct sw_event event = { .kind = SW_EVENT_REFUSED,
		.time = p->now,
		.in = p->packet->in,
		.out = p->packet->out };

	sw_refusal_describe(p->packet, &event.refused);
	recall(engine, p, index, &event);
	event.rule = event.info.rule;
	event.refused.from_opener = sw_refuse_from_opener(p, &event.info);
	event.refused.message = SW_MESSAGE_OUT_OF_WINDOW;
	event.refused.action = SW_ACTION_NOTED;
	event.refused.beyond = beyond;
	sw_refuse_allowed(engine, &event);
	describe_unseen(engine, p, index, &event.refused);
	tell(engine, &event);
}

enum sw_verdict
sw_refuse_stray(struct sw_engine *engine, const struct sw_lookup *p,
    enum sw_message message)
{
	return sw_refuse(engine, p, message, SW_FLOW_NONE, 0);
}
