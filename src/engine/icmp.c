/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An ICMP error quotes the packet that caused it (RFC 792, RFC 4443, RFC 5508)
 * and belongs to that packet's flow.  It is accepted only when it is addressed
 * to the quoted packet's source and, if that is TCP, when its sequence number
 * is one that the flow may have under way (RFC 5927), or, if it is SCTP, when
 * it has the tag of the association (RFC 9260 §10), because a blind forger
 * knows at most the tuple.
 */

#include "engine/icmp.h"

#include <netinet/in.h>
#include <string.h>

#include "engine/offload.h"
#include "engine/sctp/sctp.h"
#include "engine/tcp/lost.h"
#include "engine/tcp/window.h"

static bool
is_icmp(const struct sw_packet *packet)
{
	return sw_proto_is_icmp(packet->ends.proto);
}

bool
sw_icmp_concerns_link(const struct sw_packet *packet)
{
	return is_icmp(packet) && !packet->fragment.offset &&
	       packet->icmp.kind == SW_ICMP_LOCAL;
}

bool
sw_icmp_stands_alone(const struct sw_packet *packet)
{
	return packet->local && sw_icmp_concerns_link(packet);
}

/* Was it sent by that side, and perhaps not acknowledged yet?  Checks from one
 * window before the acknowledged number to the last byte sent. */
static bool
under_way(const struct sw_flow *flow, unsigned direction, uint32_t seq)
{
	const struct sw_peer *sender = &flow->peer[direction];
	const struct sw_peer *receiver = &flow->peer[!direction];
	uint32_t window = receiver->maxwin > 65535 ? receiver->maxwin : 65535;

	if (flow->proto == IPPROTO_SCTP)
		return sw_sctp_may_carry(flow, direction, seq);
	if (!sender->maxwin)
		return true;
	return !sw_seq_before(seq, sender->end - window - 1) &&
	       !sw_seq_before(sender->end, seq);
}

/* For a flow out of step the segment may have numbers that are known nowhere
 * else. */
static bool
quotes_segment(
    const struct sw_engine *engine, uint32_t index, bool from_b, uint32_t seq)
{
	const struct sw_flow *flow = sw_flows_at(engine->flows, index);
	unsigned direction = from_b != !!(flow->flags & SW_FLOW_OPENER_B);

	sw_offload_sync(engine, index);
	return under_way(flow, direction, seq) ||
	       sw_lost_under_way(
		   flow, sw_flows_cold(engine->flows, index), direction, seq);
}

static bool
quotes_flow(struct sw_engine *engine, const struct sw_lookup *p)
{
	const struct sw_icmp_message *icmp = &p->packet->icmp;
	struct sw_tuple tuple;
	uint64_t hash;
	bool from_b =
	    sw_tuple_key(&tuple, &icmp->quote, engine->limits.key, &hash);
	uint32_t index = sw_flows_find(engine->flows, &tuple, hash);

	if (index == SW_FLOW_NONE || sw_lifecycle_over(engine, index, p->tick))
		return false;
	return !icmp->quote_has_seq ||
	       quotes_segment(engine, index, from_b, icmp->quote_seq);
}

/* The quoted packet had the other direction: it left through the interface on
 * which the error arrived.  A packet without a rule counts only when its other
 * direction has no rule either. */
static bool
quotes_untracked(struct sw_engine *engine, const struct sw_packet *packet)
{
	const struct sw_policy *policy = engine->policy;
	struct sw_endpoints reverse =
	    sw_packet_endpoints_reverse(&packet->icmp.quote);
	struct sw_way back = sw_way_reverse(&packet->way);
	uint16_t rule = sw_policy_match(policy, &packet->icmp.quote, &back);
	uint16_t other = sw_policy_match(policy, &reverse, &packet->way);

	if (!sw_policy_names(policy, rule))
		return sw_policy_untracks(policy, other);
	return sw_policy_untracks(policy, rule) ||
	       (sw_policy_names(policy, other) &&
		   sw_policy_untracks(policy, other));
}

bool
sw_icmp_passes(struct sw_engine *engine, const struct sw_lookup *p)
{
	const struct sw_packet *packet = p->packet;

	if (!is_icmp(packet) || packet->fragment.offset ||
	    packet->icmp.kind != SW_ICMP_ERROR || !packet->icmp.quote_valid)
		return false;
	if (memcmp(&packet->ends.dst, &packet->icmp.quote.src,
		sizeof(packet->ends.dst)) != 0)
		return false;
	return quotes_flow(engine, p) || quotes_untracked(engine, packet);
}
