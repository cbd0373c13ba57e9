/* SPDX-License-Identifier: Apache-2.0 */
/*
 * link_ether: Ethernet, FDDI, and what an EtherType or an 802.2 header leads
 * to.
 *
 * A number up to 1500 in the place of the EtherType is a length: then an 802.2
 * LLC header follows, which leads to an EtherType again if it is a SNAP header
 * (RFC 1042).  A stack of MPLS labels does not say what follows it; its first
 * half byte does (RFC 4928), because an IPv4 header begins with 4, an IPv6
 * header with 6, and a control word with 0 or 1 (RFC 4385).
 */
#include "replay/link_internal.h"

#define TAGS_MAX 4 /* VLAN tags in a row; two are common */
#define LENGTH_MAX 1500

#define ETHER_VLAN 0x8100
#define ETHER_MPLS 0x8847
#define ETHER_MPLS_MULTICAST 0x8848
#define ETHER_PPPOE 0x8864
#define ETHER_QINQ 0x88a8
#define ETHER_QINQ_OLD 0x9100
#define ETHER_QINQ_OLDER 0x9200

#define SAP_IP 0x06
#define SAP_SNAP 0xaa
#define UNNUMBERED 0x03
#define OUI_ETHER 0x000000
#define OUI_BRIDGE 0x0000f8 /* 802.1H, for types that RFC 1042 confuses */

#define BOTTOM_OF_STACK 0x100

#define FDDI_FORMAT 0x70 /* the bits of a frame control that are its format */
#define FDDI_LLC 0x50

static bool
is_tag(uint16_t type)
{
	return type == ETHER_VLAN || type == ETHER_QINQ ||
	       type == ETHER_QINQ_OLD || type == ETHER_QINQ_OLDER;
}

/* The number of labels is limited by the frame. */
enum sw_link_outcome
sw_link_ether_strip_labels(struct sw_reader *reader)
{
	uint8_t first;

	while (!reader->cut && (sw_reader_u32(reader) & BOTTOM_OF_STACK) == 0)
		;
	if (reader->cut || reader->at == reader->at_hand)
		return SW_LINK_CUT;
	first = sw_link_peek(reader);
	return sw_link_outcome_of(reader,
	    first >> 4 == 6 || (first >> 4 == 4 && (first & 0x0f) >= 5));
}

enum sw_link_outcome
sw_link_ether_strip_llc(struct sw_reader *reader)
{
	uint8_t to = sw_reader_u8(reader), from = sw_reader_u8(reader);
	uint8_t control = sw_reader_u8(reader);
	uint32_t organization;

	if (to == SAP_IP && from == SAP_IP)
		return sw_link_outcome_of(reader, control == UNNUMBERED);
	if (to != SAP_SNAP || from != SAP_SNAP || control != UNNUMBERED)
		return sw_link_outcome_of(reader, false);
	organization = (uint32_t)sw_reader_u8(reader) << 16;
	organization |= sw_reader_u16(reader);
	if (organization != OUI_ETHER && organization != OUI_BRIDGE)
		return sw_link_outcome_of(reader, false);
	return sw_link_ether_strip_type(reader, sw_reader_u16(reader));
}

static bool
is_length(const struct sw_reader *reader, uint16_t type)
{
	return !reader->cut && type <= LENGTH_MAX;
}

enum sw_link_outcome
sw_link_ether_strip_type(struct sw_reader *reader, uint16_t type)
{
	unsigned tags = 0;

	for (; is_tag(type) && tags < TAGS_MAX; tags++) {
		sw_reader_skip(reader, 2);
		type = sw_reader_u16(reader);
	}
	if (reader->cut)
		return SW_LINK_CUT;
	if (type == ETHER_PPPOE)
		return sw_link_ppp_strip_session(reader);
	if (type == ETHER_MPLS || type == ETHER_MPLS_MULTICAST)
		return sw_link_ether_strip_labels(reader);
	if (tags > 0 && is_length(reader, type))
		return sw_link_ether_strip_llc(reader);
	return sw_link_outcome_of(
	    reader, type == SW_ETHER_IP4 || type == SW_ETHER_IP6);
}

enum sw_link_outcome
sw_link_ether_strip(struct sw_reader *reader, struct sw_link *link)
{
	uint16_t type;

	(void)link;
	sw_reader_skip(reader, 12); /* both addresses */
	type = sw_reader_u16(reader);
	if (is_length(reader, type))
		return sw_link_ether_strip_llc(reader);
	return sw_link_ether_strip_type(reader, type);
}

/* A frame is LLC, synchronous or not, or belongs to the ring's own protocol. */
enum sw_link_outcome
sw_link_ether_strip_fddi(struct sw_reader *reader, struct sw_link *link)
{
	uint8_t control = sw_reader_u8(reader);

	(void)link;
	sw_reader_skip(reader, 12); /* both addresses */
	if ((control & FDDI_FORMAT) != FDDI_LLC)
		return sw_link_outcome_of(reader, false);
	return sw_link_ether_strip_llc(reader);
}
