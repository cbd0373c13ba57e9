/* SPDX-License-Identifier: Apache-2.0 */
/*
 * link_ppp: PPP, alone, in HDLC framing or in Ethernet, and Cisco's HDLC.
 *
 * The two bytes of HDLC framing (RFC 1662) may be missing, and the field of the
 * protocol may be one byte instead of two (RFC 1661 §6.5): the second byte of
 * a protocol is odd, the first one is even, so one byte tells.
 *
 * Compressed datagrams and parts of them cannot be read without all frames
 * before; they are counted as packed.
 */
#include "replay/link_internal.h"

#define ADDRESS_ALL 0xff
#define UNNUMBERED 0x03
#define CISCO_UNICAST 0x0f
#define CISCO_MULTICAST 0x8f
#define SESSION 0x1100 /* version and type 1, code 0: RFC 2516 §4 */
#define PPPD_SENT 1

#define PPP_IP4 0x0021
#define PPP_TCP_COMPRESSED 0x002d
#define PPP_TCP_UNCOMPRESSED 0x002f
#define PPP_MULTILINK 0x003d
#define PPP_LINK_ENCRYPTED 0x0055
#define PPP_ENCRYPTED 0x0053
#define PPP_IP6 0x0057
#define PPP_LINK_COMPRESSED 0x00fb
#define PPP_COMPRESSED 0x00fd
#define PPP_MPLS 0x0281
#define PPP_MPLS_MULTICAST 0x0283

enum sw_link_outcome
sw_link_ppp_strip_protocol(struct sw_reader *reader)
{
	uint16_t protocol = sw_reader_u8(reader);

	if ((protocol & 1) == 0)
		protocol = (uint16_t)(protocol << 8 | sw_reader_u8(reader));
	if (reader->cut)
		return SW_LINK_CUT;
	switch (protocol) {
	case PPP_IP4:
	case PPP_IP6:
		return SW_LINK_IP;
	case PPP_MPLS:
	case PPP_MPLS_MULTICAST:
		return sw_link_ether_strip_labels(reader);
	case PPP_TCP_COMPRESSED:
	case PPP_TCP_UNCOMPRESSED: /* its protocol is a slot's number */
	case PPP_MULTILINK:
	case PPP_LINK_COMPRESSED:
	case PPP_COMPRESSED:
		return SW_LINK_PACKED;
	case PPP_LINK_ENCRYPTED:
	case PPP_ENCRYPTED:
		return SW_LINK_ENCRYPTED;
	default:
		return SW_LINK_NOT_IP;
	}
}

enum sw_link_outcome
sw_link_ppp_strip_session(struct sw_reader *reader)
{
	uint16_t head = sw_reader_u16(reader);

	sw_reader_skip(reader, 4); /* session, length */
	if (head != SESSION)
		return sw_link_outcome_of(reader, false);
	return sw_link_ppp_strip_protocol(reader);
}

/* Cisco's HDLC: address, control, EtherType. */
enum sw_link_outcome
sw_link_ppp_strip_cisco(struct sw_reader *reader, struct sw_link *link)
{
	uint8_t address = sw_reader_u8(reader);

	(void)link;
	sw_reader_skip(reader, 1);
	if (address != CISCO_UNICAST && address != CISCO_MULTICAST)
		return sw_link_outcome_of(reader, false);
	return sw_link_ether_strip_type(reader, sw_reader_u16(reader));
}

/* The address tells PPP in HDLC framing, Cisco's HDLC and bare PPP apart: no
 * protocol of PPP begins with one of these bytes. */
enum sw_link_outcome
sw_link_ppp_strip(struct sw_reader *reader, struct sw_link *link)
{
	uint8_t address = sw_link_peek(reader);

	if (address == CISCO_UNICAST || address == CISCO_MULTICAST)
		return sw_link_ppp_strip_cisco(reader, link);
	if (address == ADDRESS_ALL) {
		sw_reader_skip(reader, 1);
		if (sw_reader_u8(reader) != UNNUMBERED)
			return sw_link_outcome_of(reader, false);
	}
	return sw_link_ppp_strip_protocol(reader);
}

/* pppd replaces the address by the direction. */
enum sw_link_outcome
sw_link_ppp_strip_pppd(struct sw_reader *reader, struct sw_link *link)
{
	link->outgoing = sw_reader_u8(reader) == PPPD_SENT;
	if (sw_reader_u8(reader) != UNNUMBERED)
		return sw_link_outcome_of(reader, false);
	return sw_link_ppp_strip_protocol(reader);
}

/* Here the direction precedes the frame. */
enum sw_link_outcome
sw_link_ppp_strip_direction(struct sw_reader *reader, struct sw_link *link)
{
	link->outgoing = sw_reader_u8(reader) != 0;
	return sw_link_ppp_strip(reader, link);
}
