/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Only what the packet itself says is copied; what is known about its flow, and
 * what follows from that, is added by those who keep flows.
 */
#include <netinet/in.h>

#include "engine/packet/refusal.h"

bool
sw_refusal_quotes(const struct sw_packet *packet)
{
	return sw_proto_is_icmp(packet->ends.proto) && packet->icmp.quote_valid;
}

static bool
is_icmp_reply(const struct sw_packet *packet)
{
	return sw_proto_is_icmp(packet->ends.proto) &&
	       packet->icmp.kind == SW_ICMP_REPLY;
}

static void
describe_upper(const struct sw_packet *packet, struct sw_refusal *refused)
{
	if (packet->ends.proto == IPPROTO_TCP) {
		refused->tcp_flags = packet->tcp.flags;
		refused->seq = packet->tcp.seq;
		refused->ack = packet->tcp.ack;
		refused->window = packet->tcp.window;
		refused->payload = packet->tcp.payload;
		refused->has_timestamp = packet->tcp.has_timestamp;
		refused->tsval = packet->tcp.tsval;
		refused->tsecr = packet->tcp.tsecr;
	} else if (packet->ends.proto == IPPROTO_SCTP) {
		refused->chunks = packet->sctp.chunks;
	} else if (sw_proto_is_icmp(packet->ends.proto)) {
		refused->icmp_type = packet->icmp.type;
		refused->icmp_code = packet->icmp.code;
		if (sw_refusal_quotes(packet))
			refused->quote = packet->icmp.quote;
	}
}

void
sw_refusal_describe(const struct sw_packet *packet, struct sw_refusal *refused)
{
	refused->ends = packet->ends;
	refused->length = packet->length;
	refused->ttl = packet->ttl;
	refused->malformed = packet->malformed;
	refused->copied = packet->copied;
	if (packet->malformed)
		return;
	refused->opens = sw_packet_opens(packet);
	refused->answers = is_icmp_reply(packet);
	refused->opens_nothing = packet->ends.proto != IPPROTO_TCP &&
				 packet->ends.proto != IPPROTO_SCTP &&
				 !packet->fragment.offset && !refused->opens &&
				 !refused->answers;
	describe_upper(packet, refused);
}
