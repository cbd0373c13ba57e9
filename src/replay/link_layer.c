/* SPDX-License-Identifier: Apache-2.0 */
/*
 * link_layer: skips the headers before an IP datagram.
 *
 * A table maps each link type to one small function.  Each function ends at an
 * EtherType, or decides itself whether IP follows.  The functions for the types
 * with longer headers are in the files that replay/link_internal.h names.
 */
#include "replay/link_internal.h"

#define COOKED_OUTGOING 4
#define COOKED_LLC 0x0004 /* an 802.2 header follows */
#define ARPHRD_NETLINK 824

typedef enum sw_link_outcome (*strip_function)(
    struct sw_reader *reader, struct sw_link *link);

/* A netlink capture has a netlink family in place of the EtherType. */
static enum sw_link_outcome
strip_hardware(struct sw_reader *reader, uint16_t hardware, uint16_t type)
{
	if (hardware == ARPHRD_NETLINK)
		return sw_link_outcome_of(reader, false);
	if (type == COOKED_LLC && !reader->cut)
		return sw_link_ether_strip_llc(reader);
	return sw_link_ether_strip_type(reader, type);
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

static enum sw_link_outcome
strip_llc(struct sw_reader *reader, struct sw_link *link)
{
	(void)link;
	return sw_link_ether_strip_llc(reader);
}

static enum sw_link_outcome
strip_labels(struct sw_reader *reader, struct sw_link *link)
{
	(void)link;
	return sw_link_ether_strip_labels(reader);
}

static enum sw_link_outcome
strip_session(struct sw_reader *reader, struct sw_link *link)
{
	(void)link;
	return sw_link_ppp_strip_session(reader);
}

/* An address family in the byte order of the capturing host. */
static enum sw_link_outcome
strip_loopback(struct sw_reader *reader, struct sw_link *link)
{
	uint32_t family = sw_reader_u32(reader);

	(void)link;
	if (family > 0xffff)
		family = __builtin_bswap32(family);
	return sw_link_outcome_of(reader, sw_link_is_ip_family(family));
}

static const struct {
	uint32_t type;
	strip_function strip;
} types[] = {
	{ SW_LINK_ETHERNET, sw_link_ether_strip },
	{ SW_LINK_COOKED, strip_cooked },
	{ SW_LINK_COOKED2, strip_cooked2 },
	{ SW_LINK_RAW, strip_raw },
	{ SW_LINK_RAW_OPENBSD, strip_raw },
	{ SW_LINK_RAW_FILE, strip_raw },
	{ SW_LINK_IPV4, strip_raw },
	{ SW_LINK_IPV6, strip_raw },
	{ SW_LINK_NULL, strip_loopback },
	{ SW_LINK_LOOP, strip_loopback },
	{ SW_LINK_NFLOG, sw_link_log_strip_nflog },
	{ SW_LINK_PFLOG, sw_link_log_strip_pflog },
	{ SW_LINK_PPP, sw_link_ppp_strip },
	{ SW_LINK_PPP_HDLC, sw_link_ppp_strip },
	{ SW_LINK_PPP_PPPD, sw_link_ppp_strip_pppd },
	{ SW_LINK_PPP_DIRECTION, sw_link_ppp_strip_direction },
	{ SW_LINK_PPPOE, strip_session },
	{ SW_LINK_CISCO_HDLC, sw_link_ppp_strip_cisco },
	{ SW_LINK_MPLS, strip_labels },
	{ SW_LINK_LLC, strip_llc },
	{ SW_LINK_LLC_LIVE, strip_llc },
	{ SW_LINK_FDDI, sw_link_ether_strip_fddi },
	{ SW_LINK_WIRELESS, sw_link_wireless_strip },
	{ SW_LINK_RADIOTAP, sw_link_wireless_strip_radiotap },
};

static strip_function
strip_of(uint32_t type)
{
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		if (types[i].type == type)
			return types[i].strip;
	return NULL;
}

bool
sw_link_layer_knows(uint32_t type)
{
	return strip_of(type) != NULL;
}

/* What the reader has come to. */
static enum sw_link_outcome
finish(const struct sw_reader *reader, size_t captured,
    enum sw_link_outcome what, struct sw_link *found, struct sw_link *link)
{
	if (what == SW_LINK_CUT && found->stated <= captured)
		what = SW_LINK_CORRUPT; /* the frame was not longer */
	if (what != SW_LINK_IP)
		return what;
	found->ip = reader->bytes + reader->at;
	found->captured = reader->at_hand - reader->at;
	found->stated = found->stated > reader->at
			    ? found->stated - (uint32_t)reader->at
			    : 0;
	*link = *found;
	return what;
}

enum sw_link_outcome
sw_link_layer_strip(uint32_t type, const uint8_t *frame, size_t captured,
    uint32_t length, struct sw_link *link)
{
	struct sw_reader reader = sw_reader_open(frame, captured);
	strip_function strip = strip_of(type);
	struct sw_link found = { .stated = length };

	if (strip == NULL)
		return SW_LINK_UNKNOWN;
	return finish(&reader, captured, strip(&reader, &found), &found, link);
}

enum sw_link_outcome
sw_link_layer_strip_type(uint16_t type, const uint8_t *frame, size_t captured,
    uint32_t length, struct sw_link *link)
{
	struct sw_reader reader = sw_reader_open(frame, captured);
	struct sw_link found = { .stated = length };

	return finish(&reader, captured,
	    sw_link_ether_strip_type(&reader, type), &found, link);
}

/* The sum of an IPv4 header is right, or was left to the hardware. */
static bool
is_ip4_header(const struct sw_link *link)
{
	struct sw_reader reader = sw_reader_open(link->ip, link->captured);
	uint8_t first = sw_link_peek(&reader);
	uint32_t sum = 0, own = 0;

	if (first < 0x45 || first > 0x4f)
		return false;
	for (unsigned i = 0; i < (first & 0x0fu) * 2; i++) {
		uint16_t word = sw_reader_u16(&reader);

		sum += word;
		if (i == 5)
			own = word;
	}
	sum = (sum & 0xffff) + (sum >> 16);
	return !reader.cut &&
	       (own == 0 || (sum & 0xffff) + (sum >> 16) == 0xffff);
}

/* Does a datagram begin here, and fill the rest of the frame but for padding?
 */
static bool
is_datagram(const struct sw_link *link)
{
	struct sw_reader reader = sw_reader_open(link->ip, link->captured);

	if (sw_link_log_length(link->ip, link->captured) > link->stated)
		return false;
	if (sw_link_peek(&reader) >> 4 == 6)
		return link->captured >= 40;
	return is_ip4_header(link);
}

bool
sw_link_layer_guess(
    const uint8_t *frame, size_t captured, uint32_t length, uint32_t *type)
{
	struct sw_link link;

	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		if (sw_link_layer_strip(types[i].type, frame, captured, length,
			&link) != SW_LINK_IP ||
		    !is_datagram(&link))
			continue;
		*type = types[i].type == SW_LINK_RAW ? SW_LINK_RAW_FILE
						     : types[i].type;
		return true;
	}
	return false;
}
