/* SPDX-License-Identifier: Apache-2.0 */
/*
 * link_log: packets that a firewall logged, with what it knew of them.
 *
 * Linux writes NFLOG: a head and attributes, each with its length and type in
 * the byte order of the capturing host.  All types are below 256, so of the two
 * bytes of a type the one that is not 0 tells the order.  The payload is cut at
 * the size that the rule asked for, and nothing says so but the datagram's own
 * header; the interfaces are numbers.
 *
 * pf writes PFLOG: one struct, of which later systems have made longer ones;
 * its first byte is its length.  It has the interface's name and the direction.
 */
#include "replay/link_internal.h"

#define NFLOG_VERSION 0
#define ATTRIBUTE_HEAD 4
#define DATAGRAM_LEAST 20
#define ATTRIBUTE_FLAGS 0xc000 /* nested, network byte order */

enum attribute {
	ATTRIBUTE_MARK = 2,
	ATTRIBUTE_IN = 4,
	ATTRIBUTE_OUT = 5,
	ATTRIBUTE_PAYLOAD = 9,
};

/* Bytes of the struct before its last field that is read: of the first pf, and
 * since user and process are logged. */
#define PFLOG_LEAST 45
#define PFLOG_NAME 16
#define PFLOG_DIRECTION 60
#define PFLOG_DIRECTION_OLD 44
#define PFLOG_OUT 2

uint32_t
sw_link_log_length(const uint8_t *ip, size_t captured)
{
	struct sw_reader reader = sw_reader_open(ip, captured);
	uint8_t version = sw_link_peek(&reader) >> 4;
	uint32_t length;

	sw_reader_skip(&reader, version == 6 ? 4 : 2);
	length = sw_reader_u16(&reader);
	if (version == 6 && length > 0)
		length += 40;
	return length > captured ? length : (uint32_t)captured;
}

static uint16_t
number16(struct sw_reader *reader, bool little)
{
	return little ? sw_link_little16(reader) : sw_reader_u16(reader);
}

/* Does this attribute have its numbers in little-endian order? */
static bool
is_little(const struct sw_reader *reader)
{
	struct sw_reader look = *reader;

	sw_reader_skip(&look, 2);
	return sw_reader_u8(&look) != 0;
}

/* The payload is the datagram, as far as it was logged. */
static enum sw_link_outcome
find_payload(struct sw_reader *reader, size_t size, struct sw_link *link)
{
	size_t left = reader->at_hand - reader->at;

	if (left == 0) {
		link->stated = (uint32_t)reader->at + DATAGRAM_LEAST;
		return SW_LINK_CUT;
	}
	if (size < left)
		reader->at_hand = reader->at + size;
	link->stated = (uint32_t)reader->at +
		       sw_link_log_length(reader->bytes + reader->at,
			   reader->at_hand - reader->at);
	return SW_LINK_IP;
}

static void
read_attribute(struct sw_reader *value, uint16_t type, struct sw_link *link)
{
	uint32_t number = sw_reader_u32(value);

	if (value->cut)
		return;
	if (type == ATTRIBUTE_MARK)
		link->mark = number;
	if (type == ATTRIBUTE_IN)
		link->ifindex = number;
	if (type == ATTRIBUTE_OUT)
		link->out_ifindex = number;
}

/* The kernel writes the payload last. */
static enum sw_link_outcome
read_attributes(struct sw_reader *reader, struct sw_link *link)
{
	bool little = is_little(reader);

	while (reader->at < reader->at_hand) {
		size_t size = number16(reader, little);
		uint16_t type = number16(reader, little) & ~ATTRIBUTE_FLAGS;
		struct sw_reader value;

		if (reader->cut)
			return SW_LINK_CUT;
		if (size < ATTRIBUTE_HEAD)
			return SW_LINK_NOT_IP;
		size -= ATTRIBUTE_HEAD;
		if (type == ATTRIBUTE_PAYLOAD)
			return find_payload(reader, size, link);
		value = *reader;
		sw_reader_skip(reader, (size + 3) & ~(size_t)3);
		if (reader->cut)
			return SW_LINK_CUT;
		value.at_hand = value.at + size;
		read_attribute(&value, type, link);
	}
	return link->stated > reader->at_hand ? SW_LINK_CUT : SW_LINK_NOT_IP;
}

static bool
is_ip_version(uint8_t first)
{
	return first >> 4 == 4 || first >> 4 == 6;
}

/* The family is that of the rule, which for a bridge says nothing of the
 * packet. */
enum sw_link_outcome
sw_link_log_strip_nflog(struct sw_reader *reader, struct sw_link *link)
{
	uint8_t version;
	enum sw_link_outcome what;

	sw_reader_skip(reader, 1); /* family */
	version = sw_reader_u8(reader);
	sw_reader_skip(reader, 2); /* number of the log group */
	if (reader->cut)
		return SW_LINK_CUT;
	if (version != NFLOG_VERSION)
		return SW_LINK_NOT_IP;
	what = read_attributes(reader, link);
	if (what == SW_LINK_IP && !is_ip_version(sw_link_peek(reader)))
		return SW_LINK_NOT_IP;
	return what;
}

static uint8_t
name_size(const uint8_t *name)
{
	const uint8_t *end = memchr(name, '\0', PFLOG_NAME);

	return end == NULL ? PFLOG_NAME : (uint8_t)(end - name);
}

/* The length does not count the padding to four bytes on all systems. */
enum sw_link_outcome
sw_link_log_strip_pflog(struct sw_reader *reader, struct sw_link *link)
{
	const uint8_t *head = reader->bytes + reader->at;
	uint8_t size = sw_link_peek(reader);

	if (reader->at == reader->at_hand)
		return SW_LINK_CUT;
	if (size < PFLOG_LEAST)
		return SW_LINK_NOT_IP;
	if (sw_reader_take(reader, (size + 3u) & ~3u) == NULL)
		return SW_LINK_CUT;
	link->name = head + 4;
	link->name_size = name_size(link->name);
	link->outgoing =
	    head[size > PFLOG_DIRECTION ? PFLOG_DIRECTION
					: PFLOG_DIRECTION_OLD] == PFLOG_OUT;
	return sw_link_outcome_of(reader, sw_link_is_ip_family(head[1]));
}
