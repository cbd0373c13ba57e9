/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ip: the IPv4 header, the IPv6 header and its extensions.
 *
 * Used for the packet itself and for the packet that an ICMP error quotes, so
 * nothing here checks the length that a header states for its datagram: a quote
 * ends before it by nature.  engine/packet/packet.c checks it.
 *
 * Extension headers are read until the next header is none (RFC 8200 §4.1).
 * Eight of them and one fragment header are more than any stack sends; a packet
 * with more is meant to hide its ports.
 */
#include <netinet/in.h>

#include "engine/packet/internal.h"

#define IP4_HEADER 20
#define IP6_HEADER 40
#define EXTENSIONS_MAX 8

static void
resolve_ip4_fragment(struct sw_fragment *fragment, uint16_t id, uint16_t word)
{
	fragment->more = (word & 0x2000) != 0;
	fragment->offset = (uint16_t)((word & 0x1fff) << 3);
	fragment->id = id;
	fragment->is_fragment = (word & 0x3fff) != 0;
}

static enum sw_parse
read_ip4(struct sw_reader *reader, struct sw_ip *ip, struct sw_endpoints *ends)
{
	uint8_t room[IP4_HEADER];
	struct sw_reader head = sw_reader_head(reader, room, sizeof(room));
	uint16_t id;

	ends->family = SW_IPV4;
	ip->family = SW_IPV4;
	ip->header = (uint16_t)((sw_reader_u8(&head) & 0x0f) * 4);
	sw_reader_skip(&head, 1);
	ip->length = sw_reader_u16(&head);
	id = sw_reader_u16(&head);
	resolve_ip4_fragment(ip->fragment, id, sw_reader_u16(&head));
	ip->ttl = sw_reader_u8(&head);
	ip->proto = sw_reader_u8(&head);
	sw_reader_skip(&head, 2);
	sw_reader_copy(&head, ends->src.b, 4);
	sw_reader_copy(&head, ends->dst.b, 4);
	if (ip->header < IP4_HEADER)
		return SW_PARSE_HEADER_LENGTH;
	ip->part = ip->header;
	sw_reader_skip(reader, ip->header - IP4_HEADER);
	return reader->cut ? SW_PARSE_CUT : SW_PARSE_OK;
}

static enum sw_parse
read_ip6(struct sw_reader *reader, struct sw_ip *ip, struct sw_endpoints *ends)
{
	uint8_t room[IP6_HEADER];
	struct sw_reader head = sw_reader_head(reader, room, sizeof(room));
	uint16_t payload;

	ends->family = SW_IPV6;
	ip->family = SW_IPV6;
	ip->header = IP6_HEADER;
	ip->extended = true;
	sw_reader_skip(&head, 4);
	payload = sw_reader_u16(&head);
	ip->length = payload == 0 ? 0 : IP6_HEADER + payload;
	ip->proto = sw_reader_u8(&head);
	ip->ttl = sw_reader_u8(&head);
	sw_reader_copy(&head, ends->src.b, 16);
	sw_reader_copy(&head, ends->dst.b, 16);
	return reader->cut ? SW_PARSE_CUT : SW_PARSE_OK;
}

enum sw_parse
sw_packet_read_ip(
    struct sw_reader *reader, struct sw_ip *ip, struct sw_endpoints *ends)
{
	struct sw_reader look = *reader;
	uint8_t first = sw_reader_u8(&look);

	if (look.cut) {
		*reader = look;
		return SW_PARSE_CUT;
	}
	if (first >> 4 == 4)
		return read_ip4(reader, ip, ends);
	if (first >> 4 == 6)
		return read_ip6(reader, ip, ends);
	return SW_PARSE_VERSION;
}

static bool
is_options(uint8_t proto)
{
	return proto == IPPROTO_HOPOPTS || proto == IPPROTO_ROUTING ||
	       proto == IPPROTO_DSTOPTS || proto == IPPROTO_AH;
}

/* The length is in units of 8 bytes after the first 8; for AH in units of 4
 * after the first 8 (RFC 4302 §2.2). */
static void
skip_options(struct sw_reader *reader, struct sw_ip *ip)
{
	bool is_ah = ip->proto == IPPROTO_AH;
	size_t more;

	ip->proto = sw_reader_u8(reader);
	more = sw_reader_u8(reader);
	sw_reader_skip(reader, 6 + more * (is_ah ? 4 : 8));
}

/* An atomic fragment (RFC 6946) is whole, so it does not count as a
 * fragment. */
static void
read_fragment(struct sw_reader *reader, struct sw_ip *ip)
{
	uint16_t word;

	ip->proto = sw_reader_u8(reader);
	sw_reader_skip(reader, 1);
	word = sw_reader_u16(reader);
	ip->fragment->offset = word & 0xfff8;
	ip->fragment->more = (word & 1) != 0;
	ip->fragment->id = sw_reader_u32(reader);
	ip->part = (uint16_t)reader->at;
	ip->fragment->is_fragment =
	    ip->fragment->more || ip->fragment->offset > 0;
}

enum sw_parse
sw_packet_read_ip_extensions(struct sw_reader *reader, struct sw_ip *ip)
{
	unsigned options = 0, fragments = 0;

	while (ip->extended && !reader->cut && ip->fragment->offset == 0) {
		if (ip->proto == IPPROTO_FRAGMENT) {
			if (fragments++ > 0)
				return SW_PARSE_FRAGMENT_TWICE;
			read_fragment(reader, ip);
			continue;
		}
		if (!is_options(ip->proto))
			break;
		if (ip->proto == IPPROTO_HOPOPTS && options + fragments > 0)
			return SW_PARSE_EXTENSION_ORDER;
		if (options++ == EXTENSIONS_MAX)
			return SW_PARSE_EXTENSIONS;
		skip_options(reader, ip);
	}
	return reader->cut ? SW_PARSE_CUT : SW_PARSE_OK;
}
