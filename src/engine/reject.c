/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reject: which sender gets an answer to a refusal: TCP by a reset, and
 * everything else by an ICMP error.
 *
 * RFC 1122 section 3.2.2 and RFC 4443 section 2.4: no error is sent about an
 * ICMP error, a fragment but the first, a packet to several hosts, or one
 * whose source is not a single host.  Of a datagram that came in fragments
 * the first is no longer available, so nothing is sent either.
 *
 * An error comes from the address that the packet was sent to, as a reset
 * does: a bridge may have no address of its own, and the answer takes the
 * way that an answer of that host would take.
 */
#include <netinet/in.h>
#include <string.h>

#include "engine/reject.h"

static bool
is_one_host_v4(const uint8_t *addr, bool source)
{
	if (addr[0] >= 224)
		return false;
	return !source || (addr[0] != 0 && addr[0] != 127);
}

static bool
is_one_host_v6(const uint8_t *addr, bool source)
{
	static const uint8_t none[15];

	if (addr[0] == 0xff)
		return false;
	return !source || memcmp(addr, none, sizeof none) != 0 || addr[15] > 1;
}

static bool
is_one_host(const struct sw_addr *addr, uint8_t family, bool source)
{
	return family == SW_IPV4 ? is_one_host_v4(addr->b, source)
				 : is_one_host_v6(addr->b, source);
}

static bool
may_tell(const struct sw_packet *packet)
{
	const struct sw_endpoints *ends = &packet->ends;

	if (packet->malformed || packet->fragment.is_fragment ||
	    !is_one_host(&ends->src, ends->family, true) ||
	    !is_one_host(&ends->dst, ends->family, false))
		return false;
	if (ends->proto == IPPROTO_TCP)
		return !(packet->tcp.flags & SW_RST);
	return !sw_proto_is_icmp(ends->proto) ||
	       packet->icmp.kind == SW_ICMP_REQUEST;
}

/* Where the bytes of the packet are available. */
static void
send_unreachable(struct sw_engine *engine, const struct sw_lookup *p)
{
	const struct sw_packet *packet = p->packet;
	struct sw_unreachable *told;
	struct sw_event *event;

	if (packet->bytes == NULL)
		return;
	event = sw_engine_event(engine, SW_EVENT_UNREACHABLE, p->now);
	if (event == NULL)
		return;
	told = &event->unreachable;
	told->ends = sw_packet_endpoints_reverse(&packet->ends);
	told->out = packet->in;
	told->quoted = packet->n_bytes < SW_QUOTE_MAX ? (uint8_t)packet->n_bytes
						      : SW_QUOTE_MAX;
	memcpy(told->quote, packet->bytes, told->quoted);
	sw_event_ring_push(engine->ring);
}

/* A refusal within a live flow gets no answer: the packet may be forged, and
 * its flow goes on. */
bool
sw_reject_applies(const struct sw_flow_policy *flow_policy,
    const struct sw_lookup *p, const struct sw_event *event)
{
	bool live = event->refused.has_flow && event->info.how == SW_END_NOT;

	return event->refused.message == SW_MESSAGE_DENIED &&
	       flow_policy->deny == SW_DENY_REJECT && !live &&
	       may_tell(p->packet);
}

/* The reset of a host that knows of no connection, RFC 9293 3.10.7.1.  Of the
 * kinds that are answered only a SYN, which is a number itself, has no ACK. */
static void
send_reset(struct sw_engine *engine, const struct sw_event *cause)
{
	const struct sw_refusal *refused = &cause->refused;
	struct sw_event *event =
	    sw_engine_event(engine, SW_EVENT_SEND, cause->time);
	struct sw_send *send;

	if (!event)
		return;
	event->rule = cause->rule;
	send = &event->send[0];
	send->ends = sw_packet_endpoints_reverse(&refused->ends);
	send->out = cause->in;
	send->answer = true;
	if (refused->tcp_flags & SW_ACK) {
		send->seq = refused->ack;
		send->flags = SW_RST;
	} else {
		send->ack = refused->seq + 1 + refused->payload;
		send->flags = SW_RST | SW_ACK;
	}
	sw_event_ring_push(engine->ring);
}

void
sw_reject_answer(struct sw_engine *engine, const struct sw_lookup *p,
    const struct sw_event *event)
{
	enum sw_action action = event->refused.action;

	if (action != SW_ACTION_RESET && action != SW_ACTION_REJECT)
		return;
	if (p->packet->ends.proto == IPPROTO_TCP)
		send_reset(engine, event);
	else
		send_unreachable(engine, p);
}
