/* SPDX-License-Identifier: Apache-2.0 */
/*
 * link_layer: skips the headers before an IP datagram.
 *
 * A table maps each link type to one small function.  Each function ends at an
 * EtherType, or decides itself whether IP follows.
 */
#include "replay/link_layer.h"

#include "engine/packet/reader.h"

#define TAGS_MAX 4 /* VLAN tags in a row; two are common */

#define ETHER_IP4 0x0800
#define ETHER_VLAN 0x8100
#define ETHER_IP6 0x86dd
#define ETHER_PPPOE 0x8864
#define ETHER_QINQ 0x88a8
#define ETHER_QINQ_OLD 0x9100
#define ETHER_QINQ_OLDER 0x9200

#define PPP_IP4 0x0021
#define PPP_IP6 0x0057

#define COOKED_OUTGOING 4
#define ARPHRD_NETLINK 824

typedef enum sw_link_outcome (*strip_function)(
    struct sw_reader *reader, struct sw_link *link);

static enum sw_link_outcome
outcome(const struct sw_reader *reader, bool is_ip)
{
	if (reader->cut)
		return SW_LINK_CUT;
	return is_ip ? SW_LINK_IP : SW_LINK_NOT_IP;
}

static bool
is_tag(uint16_t type)
{
	return type == ETHER_VLAN || type == ETHER_QINQ ||
	       type == ETHER_QINQ_OLD || type == ETHER_QINQ_OLDER;
}

/* A PPPoE session frame (RFC 2516 §4): version and type 1, code 0. */
static enum sw_link_outcome
strip_pppoe(struct sw_reader *reader)
{
	uint16_t head = sw_reader_u16(reader);
	uint16_t protocol;

	sw_reader_skip(reader, 4); /* session, length */
	protocol = sw_reader_u16(reader);
	return outcome(reader,
	    head == 0x1100 && (protocol == PPP_IP4 || protocol == PPP_IP6));
}

/* Continues from an EtherType, over VLAN tags. */
static enum sw_link_outcome
strip_type(struct sw_reader *reader, uint16_t type)
{
	for (unsigned tags = 0; is_tag(type) && tags < TAGS_MAX; tags++) {
		sw_reader_skip(reader, 2);
		type = sw_reader_u16(reader);
	}
	if (type == ETHER_PPPOE && !reader->cut)
		return strip_pppoe(reader);
	return outcome(reader, type == ETHER_IP4 || type == ETHER_IP6);
}

static enum sw_link_outcome
strip_ethernet(struct sw_reader *reader, struct sw_link *link)
{
	(void)link;
	sw_reader_skip(reader, 12); /* both addresses */
	return strip_type(reader, sw_reader_u16(reader));
}

/* A netlink capture has a netlink family in place of the EtherType. */
static enum sw_link_outcome
strip_hardware(struct sw_reader *reader, uint16_t hardware, uint16_t type)
{
	if (hardware == ARPHRD_NETLINK)
		return outcome(reader, false);
	return strip_type(reader, type);
}

/* LINKTYPE_LINUX_SLL: packet type, ARPHRD, address, protocol. */
static enum sw_link_outcome
strip_cooked(struct sw_reader *reader, struct sw_link *link)
{
	uint16_t hardware;

	link->outgoing = sw_reader_u16(reader) == COOKED_OUTGOING;
	hardware = sw_reader_u16(reader);
	sw_reader_skip(reader, 10);
	return strip_hardware(reader, hardware, sw_reader_u16(reader));
}

/* LINKTYPE_LINUX_SLL2: protocol first, then the interface's index. */
static enum sw_link_outcome
strip_cooked2(struct sw_reader *reader, struct sw_link *link)
{
	uint16_t type = sw_reader_u16(reader);
	uint16_t hardware;

	sw_reader_skip(reader, 2);
	link->ifindex = sw_reader_u32(reader);
	hardware = sw_reader_u16(reader);
	link->outgoing = sw_reader_u8(reader) == COOKED_OUTGOING;
	sw_reader_skip(reader, 9);
	return strip_hardware(reader, hardware, type);
}

static enum sw_link_outcome
strip_raw(struct sw_reader *reader, struct sw_link *link)
{
	(void)reader;
	(void)link;
	return SW_LINK_IP;
}

/* An address family in the byte order of the capturing host; the number of IPv6
 * differs between systems. */
static bool
is_ip_family(uint32_t family)
{
	return family == 2 || family == 10 || family == 24 || family == 28 ||
	       family == 30;
}

static enum sw_link_outcome
strip_loopback(struct sw_reader *reader, struct sw_link *link)
{
	uint32_t family = sw_reader_u32(reader);

	(void)link;
	if (family > 0xffff)
		family = __builtin_bswap32(family);
	return outcome(reader, is_ip_family(family));
}

static strip_function
strip_of(uint32_t type)
{
	switch (type) {
	case SW_LINK_ETHERNET:
		return strip_ethernet;
	case SW_LINK_COOKED:
		return strip_cooked;
	case SW_LINK_COOKED2:
		return strip_cooked2;
	case SW_LINK_NULL:
	case SW_LINK_LOOP:
		return strip_loopback;
	case SW_LINK_RAW:
	case SW_LINK_RAW_OPENBSD:
	case SW_LINK_RAW_FILE:
	case SW_LINK_IPV4:
	case SW_LINK_IPV6:
		return strip_raw;
	default:
		return NULL;
	}
}

enum sw_link_outcome
sw_link_layer_strip(uint32_t type, const uint8_t *frame, size_t captured,
    uint32_t length, struct sw_link *link)
{
	struct sw_reader reader = sw_reader_open(frame, captured);
	strip_function strip = strip_of(type);
	struct sw_link found = { .stated = length };
	enum sw_link_outcome what;

	if (strip == NULL)
		return SW_LINK_UNKNOWN;
	what = strip(&reader, &found);
	if (what != SW_LINK_IP)
		return what;
	found.ip = frame + reader.at;
	found.captured = captured - reader.at;
	found.stated = length > reader.at ? length - (uint32_t)reader.at : 0;
	*link = found;
	return what;
}
