/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bare TCP segment has the same twenty bytes under both families; only the IP
 * header before it and the pseudo header in its checksum differ.  So the
 * segment is written first, at its final place, the pseudo header is summed
 * from the values, and the IP header is written last.
 *
 * An IPv4 datagram has the don't-fragment bit and identification 0 (RFC 6864),
 * because it is never fragmented.
 */

#include <netinet/in.h>
#include <string.h>

#include "engine/packet/checksum.h"
#include "engine/packet/segment.h"
#include "engine/packet/writer.h"

enum {
	IPV4_HEADER = 20,
	IPV6_HEADER = 40,
	TCP_HEADER = 20,
	HOP_LIMIT = 64,
};

static void
write_tcp(uint8_t *tcp, const struct sw_send *send, size_t address)
{
	uint32_t pseudo = IPPROTO_TCP + TCP_HEADER;

	memset(tcp, 0, TCP_HEADER);
	sw_put_u16(tcp, send->ends.sport);
	sw_put_u16(tcp + 2, send->ends.dport);
	sw_put_u32(tcp + 4, send->seq);
	sw_put_u32(tcp + 8, send->ack);
	tcp[12] = TCP_HEADER / 4 << 4;
	tcp[13] = send->flags;

	pseudo = sw_checksum_sum(pseudo, send->ends.src.b, address);
	pseudo = sw_checksum_sum(pseudo, send->ends.dst.b, address);
	sw_put_u16(tcp + 16,
	    sw_checksum_fold(sw_checksum_sum(pseudo, tcp, TCP_HEADER)));
}

static size_t
write_ipv4(uint8_t *ip, const struct sw_send *send)
{
	memset(ip, 0, IPV4_HEADER);
	ip[0] = 0x45;
	sw_put_u16(ip + 2, IPV4_HEADER + TCP_HEADER);
	ip[6] = 0x40; /* do not fragment */
	ip[8] = HOP_LIMIT;
	ip[9] = IPPROTO_TCP;
	memcpy(ip + 12, send->ends.src.b, 4);
	memcpy(ip + 16, send->ends.dst.b, 4);
	sw_put_u16(
	    ip + 10, sw_checksum_fold(sw_checksum_sum(0, ip, IPV4_HEADER)));
	return IPV4_HEADER + TCP_HEADER;
}

static size_t
write_ipv6(uint8_t *ip, const struct sw_send *send)
{
	memset(ip, 0, IPV6_HEADER);
	ip[0] = 0x60;
	sw_put_u16(ip + 4, TCP_HEADER);
	ip[6] = IPPROTO_TCP;
	ip[7] = HOP_LIMIT;
	memcpy(ip + 8, send->ends.src.b, 16);
	memcpy(ip + 24, send->ends.dst.b, 16);
	return IPV6_HEADER + TCP_HEADER;
}

size_t
sw_segment_bytes(const struct sw_send *send, uint8_t bytes[SW_RESET_MAX])
{
	if (send->ends.family == SW_IPV6) {
		write_tcp(bytes + IPV6_HEADER, send, 16);
		return write_ipv6(bytes, send);
	}
	write_tcp(bytes + IPV4_HEADER, send, 4);
	return write_ipv4(bytes, send);
}
