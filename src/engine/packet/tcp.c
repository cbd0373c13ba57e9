/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tcp: the TCP header, its options, and the meaning of its flags.
 *
 * The flag table lists the nine combinations of SYN, ACK, FIN, RST and URG that
 * stacks send, each with any of PSH, ECE and CWR.  All others are bad because
 * the table lacks them.  These are the combinations that the Linux kernel's own
 * tracker accepts.
 *
 * A contradictory option ends the reading of options and nothing more: hosts do
 * the same, and a tracker that is stricter than the hosts breaks their
 * connections.
 */
#include "engine/packet/internal.h"

#define TCP_HEADER 20
#define WSCALE_MAX 14 /* RFC 7323 §2.3 */

enum {
	OPTION_END = 0,
	OPTION_NOP = 1,
	OPTION_MSS = 2,
	OPTION_WSCALE = 3,
	OPTION_SACK_PERMITTED = 4,
	OPTION_SACK = 5,
	OPTION_TIMESTAMP = 8,
};

/* One row for each value of the bits that are ignored. */
#define KIND(flags, kind)                                        \
	KIND_PSH(flags, kind), KIND_PSH((flags) | SW_ECE, kind), \
	    KIND_PSH((flags) | SW_CWR, kind),                    \
	    KIND_PSH((flags) | SW_ECE | SW_CWR, kind)
#define KIND_PSH(flags, kind) [flags] = (kind), [(flags) | SW_PSH] = (kind)

_Static_assert(SW_TCP_BAD == 0, "what the table leaves out is bad");

static const uint8_t kinds[256] = {
	KIND(SW_SYN, SW_TCP_SYN),
	KIND(SW_SYN | SW_URG, SW_TCP_SYN),
	KIND(SW_SYN | SW_ACK, SW_TCP_SYNACK),
	KIND(SW_FIN | SW_ACK, SW_TCP_FIN),
	KIND(SW_FIN | SW_ACK | SW_URG, SW_TCP_FIN),
	KIND(SW_ACK, SW_TCP_ACK),
	KIND(SW_ACK | SW_URG, SW_TCP_ACK),
	KIND(SW_RST, SW_TCP_RST),
	KIND(SW_RST | SW_ACK, SW_TCP_RST),
};

enum sw_tcp_kind
sw_tcp_kind(uint8_t flags)
{
	return (enum sw_tcp_kind)kinds[flags];
}

/* RFC 2018 §3: left and right edge of up to four blocks.  Edges are compared by
 * their distance from the acknowledgement.  Only the first SACK option of a
 * segment counts. */
static void
read_sack(struct sw_reader *body, struct sw_tcp_segment *tcp)
{
	size_t size = sw_reader_left(body);
	int32_t furthest = 0;

	if (size == 0 || size % 8 != 0 || tcp->has_sack)
		return;
	while (sw_reader_left(body) > 0) {
		int32_t ahead;

		sw_reader_skip(body, 4);
		ahead = (int32_t)(sw_reader_u32(body) - tcp->ack);
		if (ahead > furthest)
			furthest = ahead;
	}
	tcp->has_sack = true;
	tcp->sack_edge = tcp->ack + (uint32_t)furthest;
}

static void
read_wscale(struct sw_reader *body, struct sw_tcp_segment *tcp)
{
	uint8_t wscale = sw_reader_u8(body);

	tcp->has_wscale = true;
	tcp->wscale = wscale > WSCALE_MAX ? WSCALE_MAX : wscale;
}

static void
read_timestamp(struct sw_reader *body, struct sw_tcp_segment *tcp)
{
	tcp->has_timestamp = true;
	tcp->tsval = sw_reader_u32(body);
	tcp->tsecr = sw_reader_u32(body);
}

/* An option of a wrong size is skipped. */
static void
read_option(uint8_t option, struct sw_reader *body, struct sw_tcp_segment *tcp)
{
	size_t size = sw_reader_left(body);

	if (option == OPTION_SACK) {
		read_sack(body, tcp);
	} else if (option == OPTION_TIMESTAMP && size == 8) {
		read_timestamp(body, tcp);
	} else if (option == OPTION_WSCALE && size == 1) {
		read_wscale(body, tcp);
	} else if (option == OPTION_SACK_PERMITTED && size == 0) {
		tcp->sack_permitted = true;
	} else if (option == OPTION_MSS && size == 2) {
		tcp->has_mss = true;
		tcp->mss = sw_reader_u16(body);
	}
}

static void
read_options(struct sw_reader *options, struct sw_tcp_segment *tcp)
{
	while (sw_reader_left(options) > 0) {
		uint8_t option = sw_reader_u8(options);
		struct sw_reader body;
		uint8_t size;

		if (option == OPTION_END)
			return;
		if (option == OPTION_NOP)
			continue;
		size = sw_reader_u8(options);
		if (size < 2)
			return;
		body = sw_reader_part(options, size - 2u);
		if (body.cut)
			return;
		read_option(option, &body, tcp);
	}
}

/* Our copy ends inside the options.  An option of a SYN that was cut off must
 * not make its connection look out of window. */
static void
read_short_options(const struct sw_reader *reader, struct sw_tcp_segment *tcp)
{
	struct sw_reader rest = sw_reader_open(
	    reader->bytes + reader->at, reader->at_hand - reader->at);

	read_options(&rest, tcp);
	if (!(tcp->flags & SW_SYN))
		return;
	if (!tcp->has_wscale)
		tcp->wscale = WSCALE_MAX;
	tcp->has_wscale = true;
	tcp->sack_permitted = true;
}

enum sw_parse
sw_packet_read_tcp(struct sw_reader *reader, struct sw_tcp_segment *tcp,
    struct sw_endpoints *ends)
{
	size_t whole = sw_reader_left(reader), length;
	uint8_t room[TCP_HEADER];
	struct sw_reader head = sw_reader_head(reader, room, sizeof(room));
	struct sw_reader options;

	length = sw_packet_read_tcp_fields(&head, tcp, ends);
	if (reader->cut)
		return SW_PARSE_CUT;
	if (length < TCP_HEADER || length > whole)
		return SW_PARSE_TCP_OFFSET;
	tcp->payload = (uint32_t)(whole - length);
	options = sw_reader_part(reader, length - TCP_HEADER);
	if (options.cut)
		read_short_options(reader, tcp);
	else
		read_options(&options, tcp);
	return SW_PARSE_OK;
}
