/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ICMP header is eight bytes, type, code, checksum and four that are not
 * used, and the beginning of the refused datagram follows.  The checksum of
 * ICMPv6 covers a pseudo header as well.
 */
#include <netinet/in.h>
#include <string.h>

#include "engine/packet/checksum.h"
#include "engine/packet/unreachable.h"
#include "engine/packet/writer.h"

enum {
	IPV4_HEADER = 20,
	IPV6_HEADER = 40,
	ICMP_HEADER = 8,
	HOP_LIMIT = 64,
	UNREACHABLE = 3,   /* ICMP: destination unreachable */
	PROHIBITED = 13,   /* communication administratively prohibited */
	UNREACHABLE_6 = 1, /* ICMPv6 */
	PROHIBITED_6 = 1,
};

static void
write_icmp(uint8_t *icmp, const struct sw_unreachable *told, uint8_t type,
    uint8_t code, uint32_t pseudo)
{
	memset(icmp, 0, ICMP_HEADER);
	icmp[0] = type;
	icmp[1] = code;
	memcpy(icmp + ICMP_HEADER, told->quote, told->quoted);
	sw_put_u16(icmp + 2, sw_checksum_fold(sw_checksum_sum(
				 pseudo, icmp, ICMP_HEADER + told->quoted)));
}

static size_t
write_ipv4(uint8_t *ip, const struct sw_unreachable *told)
{
	size_t length = IPV4_HEADER + ICMP_HEADER + told->quoted;

	write_icmp(ip + IPV4_HEADER, told, UNREACHABLE, PROHIBITED, 0);
	memset(ip, 0, IPV4_HEADER);
	ip[0] = 0x45;
	ip[1] = 0xc0; /* internetwork control, RFC 1812 4.3.2.5 */
	sw_put_u16(ip + 2, (uint32_t)length);
	ip[6] = 0x40; /* do not fragment */
	ip[8] = HOP_LIMIT;
	ip[9] = IPPROTO_ICMP;
	memcpy(ip + 12, told->ends.src.b, 4);
	memcpy(ip + 16, told->ends.dst.b, 4);
	sw_put_u16(
	    ip + 10, sw_checksum_fold(sw_checksum_sum(0, ip, IPV4_HEADER)));
	return length;
}

static size_t
write_ipv6(uint8_t *ip, const struct sw_unreachable *told)
{
	uint32_t length = ICMP_HEADER + told->quoted;
	uint32_t pseudo = IPPROTO_ICMPV6 + length;

	pseudo = sw_checksum_sum(pseudo, told->ends.src.b, 16);
	pseudo = sw_checksum_sum(pseudo, told->ends.dst.b, 16);
	write_icmp(ip + IPV6_HEADER, told, UNREACHABLE_6, PROHIBITED_6, pseudo);
	memset(ip, 0, IPV6_HEADER);
	ip[0] = 0x60;
	sw_put_u16(ip + 4, length);
	ip[6] = IPPROTO_ICMPV6;
	ip[7] = HOP_LIMIT;
	memcpy(ip + 8, told->ends.src.b, 16);
	memcpy(ip + 24, told->ends.dst.b, 16);
	return IPV6_HEADER + length;
}

size_t
sw_unreachable_bytes(
    const struct sw_unreachable *told, uint8_t bytes[SW_UNREACHABLE_MAX])
{
	return told->ends.family == SW_IPV6 ? write_ipv6(bytes, told)
					    : write_ipv4(bytes, told);
}
