/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ICMP header is eight bytes, type, code, checksum and four that are not
 * used, and the beginning of the refused datagram follows.  The checksum of
 * ICMPv6 covers a pseudo header as well.
 */
#include <netinet/in.h>
#include <string.h>

#include "engine/packet/checksum.h"
#include "engine/packet/ip_header.h"
#include "engine/packet/unreachable.h"
#include "engine/packet/writer.h"

enum {
	ICMP_HEADER = 8,
	UNREACHABLE = 3,   /* ICMP: destination unreachable */
	PROHIBITED = 13,   /* communication administratively prohibited */
	UNREACHABLE_6 = 1, /* ICMPv6 */
	PROHIBITED_6 = 1,
	INTERNETWORK = 0xc0, /* internetwork control, RFC 1812 4.3.2.5 */
};

static void
write_icmp(
    uint8_t *icmp, const struct sw_unreachable *told, bool ipv6, size_t length)
{
	uint32_t pseudo =
	    ipv6 ? sw_ip_header_pseudo(&told->ends, IPPROTO_ICMPV6, length) : 0;

	memset(icmp, 0, ICMP_HEADER);
	icmp[0] = ipv6 ? UNREACHABLE_6 : UNREACHABLE;
	icmp[1] = ipv6 ? PROHIBITED_6 : PROHIBITED;
	memcpy(icmp + ICMP_HEADER, told->quote, told->quoted);
	sw_put_u16(
	    icmp + 2, sw_checksum_fold(sw_checksum_sum(pseudo, icmp, length)));
}

size_t
sw_unreachable_bytes(
    const struct sw_unreachable *told, uint8_t bytes[SW_UNREACHABLE_MAX])
{
	bool ipv6 = told->ends.family == SW_IPV6;
	size_t length = ICMP_HEADER + told->quoted;
	size_t header = sw_ip_header_write(bytes, &told->ends,
	    ipv6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP, INTERNETWORK, length);

	write_icmp(bytes + header, told, ipv6, length);
	return header + length;
}
