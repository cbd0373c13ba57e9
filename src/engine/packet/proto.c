/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which protocols have ports.  A protocol that is added here is read with
 * its ports, may stand in a rule with ports and is shown with them.
 */
#include <netinet/in.h>
#include <string.h>

#include "synward/packet.h"

const uint8_t sw_ported[SW_PORTED] = {
	IPPROTO_TCP,
	IPPROTO_UDP,
	IPPROTO_DCCP,
	IPPROTO_SCTP,
	IPPROTO_UDPLITE,
};

bool
sw_proto_has_ports(uint8_t proto)
{
	return memchr(sw_ported, proto, sizeof(sw_ported)) != NULL;
}
