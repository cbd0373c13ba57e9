/* SPDX-License-Identifier: Apache-2.0 */
/*
 * link_cut: what is left of a packet whose headers the capture has cut.
 */
#include <netinet/in.h>

#include "replay/link_layer.h"
#include "synward/packet.h"

#define IP4_HEADER 20
#define IP6_HEADER 40
#define PORTS 4

/* In IPv6, the chain of extension headers may have been cut before the one that
 * names the protocol. */
static bool
is_extension(uint8_t proto)
{
	return proto == IPPROTO_HOPOPTS || proto == IPPROTO_ROUTING ||
	       proto == IPPROTO_FRAGMENT || proto == IPPROTO_AH ||
	       proto == IPPROTO_DSTOPTS;
}

static bool
has_ports(uint8_t proto)
{
	return proto == IPPROTO_TCP || proto == IPPROTO_UDP ||
	       proto == IPPROTO_SCTP;
}

/* Are both ports there?  After extension headers they are not searched. */
static bool
ports_are_whole(const struct sw_link *link, const struct sw_packet *packet)
{
	size_t header = (link->ip[0] & 0x0fu) * 4;

	if (packet->ends.family == SW_IPV6)
		header = link->ip[6] == packet->ends.proto ? IP6_HEADER
							   : SIZE_MAX - PORTS;
	return has_ports(packet->ends.proto) && packet->fragment.offset == 0 &&
	       link->captured >= header + PORTS;
}

bool
sw_link_cut_ends(const struct sw_link *link, const struct sw_packet *packet,
    struct sw_endpoints *ends)
{
	bool is_ip6 = packet->ends.family == SW_IPV6;

	*ends = packet->ends;
	if (link->captured < (is_ip6 ? IP6_HEADER : IP4_HEADER))
		return false;
	if (is_ip6 && is_extension(ends->proto))
		ends->proto = 0;
	if (!ports_are_whole(link, packet))
		ends->sport = ends->dport = 0;
	return true;
}
