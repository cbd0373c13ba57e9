/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An IPv4 datagram has the don't-fragment bit and identification 0 (RFC 6864),
 * because it is never fragmented.
 */
#include "engine/packet/ip_header.h"

#include <string.h>

#include "engine/packet/checksum.h"
#include "engine/packet/writer.h"

enum { HOP_LIMIT = 64 };

static size_t
write_ipv4(uint8_t *ip, const struct sw_endpoints *ends, uint8_t proto,
    uint8_t tos, size_t upper)
{
	memset(ip, 0, SW_IP_HEADER_IPV4);
	ip[0] = 0x45;
	ip[1] = tos;
	sw_put_u16(ip + 2, (uint32_t)(SW_IP_HEADER_IPV4 + upper));
	ip[6] = 0x40; /* do not fragment */
	ip[8] = HOP_LIMIT;
	ip[9] = proto;
	memcpy(ip + 12, ends->src.b, 4);
	memcpy(ip + 16, ends->dst.b, 4);
	sw_put_u16(ip + 10,
	    sw_checksum_fold(sw_checksum_sum(0, ip, SW_IP_HEADER_IPV4)));
	return SW_IP_HEADER_IPV4;
}

static size_t
write_ipv6(
    uint8_t *ip, const struct sw_endpoints *ends, uint8_t proto, size_t upper)
{
	memset(ip, 0, SW_IP_HEADER_IPV6);
	ip[0] = 0x60;
	sw_put_u16(ip + 4, (uint32_t)upper);
	ip[6] = proto;
	ip[7] = HOP_LIMIT;
	memcpy(ip + 8, ends->src.b, 16);
	memcpy(ip + 24, ends->dst.b, 16);
	return SW_IP_HEADER_IPV6;
}

size_t
sw_ip_header_write(uint8_t *ip, const struct sw_endpoints *ends, uint8_t proto,
    uint8_t tos, size_t upper)
{
	return ends->family == SW_IPV6
		   ? write_ipv6(ip, ends, proto, upper)
		   : write_ipv4(ip, ends, proto, tos, upper);
}

uint32_t
sw_ip_header_pseudo(
    const struct sw_endpoints *ends, uint8_t proto, size_t upper)
{
	size_t address = ends->family == SW_IPV6 ? 16 : 4;
	uint32_t sum = proto + (uint32_t)upper;

	sum = sw_checksum_sum(sum, ends->src.b, address);
	return sw_checksum_sum(sum, ends->dst.b, address);
}
