/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fast: the shortcut for nearly every packet.
 *
 * It reads a TCP segment in an IP datagram without options, extensions or
 * fragments, whose headers are all in the copy, with no TCP option or only the
 * time stamp, laid out as RFC 7323 appendix A recommends.  Every length is
 * known before it is read, so the readers need no checks and compilers omit
 * them.
 *
 * Any other packet, and any with an error, is left to the full reader, which
 * would return the same for the packets that are read here.
 */
#include <netinet/in.h>

#include "engine/packet/internal.h"

enum { IP4 = 20, IP6 = 40, TCP = 20, STAMP = 12 };

/* Bytes in the copy, and bytes that the datagram really has there. */
struct stretch {
	const uint8_t *bytes;
	size_t at_hand, whole;
};

static bool
read_stamp(const struct stretch *rest, struct sw_tcp_segment *tcp)
{
	struct sw_reader options = sw_reader_open(rest->bytes, STAMP);

	if (rest->at_hand < STAMP || rest->whole < STAMP ||
	    sw_reader_u32(&options) != SW_TCP_STAMP_ALONE)
		return false;
	tcp->has_timestamp = true;
	tcp->tsval = sw_reader_u32(&options);
	tcp->tsecr = sw_reader_u32(&options);
	tcp->payload = (uint32_t)(rest->whole - STAMP);
	return true;
}

static bool
read_segment(const struct stretch *ip, size_t ip_header,
    struct sw_tcp_segment *tcp, struct sw_endpoints *ends)
{
	struct sw_reader head = sw_reader_open(ip->bytes + ip_header, TCP);
	struct stretch rest = { ip->bytes + ip_header + TCP,
		ip->at_hand - ip_header - TCP, ip->whole - ip_header - TCP };
	size_t length = sw_packet_read_tcp_fields(&head, tcp, ends);

	if (length == TCP + STAMP)
		return read_stamp(&rest, tcp);
	tcp->payload = (uint32_t)rest.whole;
	return length == TCP;
}

static bool
read_ip4(struct stretch *ip, struct sw_packet *packet)
{
	struct sw_reader head = sw_reader_open(ip->bytes, IP4);
	bool plain = sw_reader_u8(&head) == 0x45;

	sw_reader_skip(&head, 1);
	packet->length = sw_reader_u16(&head);
	packet->fragment.id = sw_reader_u16(&head);
	plain &= (sw_reader_u16(&head) & 0x3fff) == 0;
	packet->ttl = sw_reader_u8(&head);
	plain &= sw_reader_u8(&head) == IPPROTO_TCP;
	sw_reader_skip(&head, 2);
	packet->ends.family = SW_IPV4;
	sw_reader_copy(&head, packet->ends.src.b, 4);
	sw_reader_copy(&head, packet->ends.dst.b, 4);
	ip->whole = packet->length;
	return plain & (ip->whole >= IP4 + TCP);
}

static bool
read_ip6(struct stretch *ip, struct sw_packet *packet)
{
	struct sw_reader head = sw_reader_open(ip->bytes, IP6);
	bool plain = sw_reader_u8(&head) >> 4 == 6;

	sw_reader_skip(&head, 3);
	packet->length = sw_reader_u16(&head) + IP6;
	plain &= sw_reader_u8(&head) == IPPROTO_TCP;
	packet->ttl = sw_reader_u8(&head);
	packet->ends.family = SW_IPV6;
	sw_reader_copy(&head, packet->ends.src.b, 16);
	sw_reader_copy(&head, packet->ends.dst.b, 16);
	ip->whole = packet->length;
	return plain & (ip->whole >= IP6 + TCP);
}

bool
sw_packet_read_fast(const uint8_t *bytes, size_t captured, uint32_t stated,
    struct sw_packet *packet)
{
	struct stretch ip = { .bytes = bytes, .at_hand = captured };
	bool six = captured > 0 && bytes[0] >> 4 == 6;
	size_t header = six ? IP6 : IP4;

	if (captured < header + TCP)
		return false;
	memset(packet, 0, sizeof(*packet));
	packet->ends.proto = IPPROTO_TCP;
	if (!(six ? read_ip6(&ip, packet) : read_ip4(&ip, packet)))
		return false;
	if (stated > 0 && (ip.whole > stated || captured > stated))
		return false;
	return read_segment(&ip, header, &packet->tcp, &packet->ends);
}
