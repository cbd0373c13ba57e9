/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Protocol numbers: which protocols have ports, and which are ICMP.  A
 * protocol that is added to the list is read with its ports, may appear in a
 * rule with ports and is shown with them.
 */
#include <netinet/in.h>
#include <string.h>

#include "synward/packet.h"

const uint8_t sw_proto_with_ports[SW_PROTO_WITH_PORTS] = {
	IPPROTO_TCP,
	IPPROTO_UDP,
	IPPROTO_DCCP,
	IPPROTO_SCTP,
	IPPROTO_UDPLITE,
};

bool
sw_proto_has_ports(uint8_t proto)
{
	return memchr(sw_proto_with_ports, proto,
		   sizeof(sw_proto_with_ports)) != NULL;
}

bool
sw_proto_is_icmp(uint8_t proto)
{
	return proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6;
}
