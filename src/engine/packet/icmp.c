/* SPDX-License-Identifier: Apache-2.0 */
/*
 * icmp: ICMP and ICMPv6 messages, and the packets that their errors quote.
 *
 * A request and its reply carry the same identifier; it serves as the port of
 * the requesting side, and the request's type as the port of the replying
 * side.  So the two make one flow, and neither another kind of request with
 * that identifier nor one in the other direction is part of it.  An error
 * quotes the beginning of its packet: the IP header and at least 8 bytes after
 * it.  A quote that cannot name a flow (too short, a later fragment, itself an
 * error) is no fault of the message; it is marked invalid, and the message then
 * belongs to no flow.  If only our copy cuts the quote, that is reported as the
 * copy's fault.
 */
#include <netinet/in.h>

#include "engine/packet/internal.h"

#define ICMP_HEADER 8

/* Kinds by type, plus one: 0 means that the table has no such type. */
#define KIND(kind) ((kind) + 1)

static const uint8_t kinds4[256] = {
	[0] = KIND(SW_ICMP_REPLY),    /* echo reply */
	[3] = KIND(SW_ICMP_ERROR),    /* destination unreachable */
	[4] = KIND(SW_ICMP_ERROR),    /* source quench */
	[5] = KIND(SW_ICMP_ERROR),    /* redirect */
	[8] = KIND(SW_ICMP_REQUEST),  /* echo */
	[9] = KIND(SW_ICMP_LOCAL),    /* router advertisement */
	[10] = KIND(SW_ICMP_LOCAL),   /* router solicitation */
	[11] = KIND(SW_ICMP_ERROR),   /* time exceeded */
	[12] = KIND(SW_ICMP_ERROR),   /* parameter problem */
	[13] = KIND(SW_ICMP_REQUEST), /* timestamp */
	[14] = KIND(SW_ICMP_REPLY),
	[15] = KIND(SW_ICMP_REQUEST), /* information */
	[16] = KIND(SW_ICMP_REPLY),
	[17] = KIND(SW_ICMP_REQUEST), /* address mask */
	[18] = KIND(SW_ICMP_REPLY),
};

/* Types below 128 are errors, known or not (RFC 4443 §2.1). */
static const uint8_t kinds6[256] = {
	[128] = KIND(SW_ICMP_REQUEST), /* echo */
	[129] = KIND(SW_ICMP_REPLY),
	[130] = KIND(SW_ICMP_LOCAL),   /* multicast listener query */
	[131] = KIND(SW_ICMP_LOCAL),   /* report */
	[132] = KIND(SW_ICMP_LOCAL),   /* done */
	[133] = KIND(SW_ICMP_LOCAL),   /* router solicitation */
	[134] = KIND(SW_ICMP_LOCAL),   /* router advertisement */
	[135] = KIND(SW_ICMP_LOCAL),   /* neighbour solicitation */
	[136] = KIND(SW_ICMP_LOCAL),   /* neighbour advertisement */
	[137] = KIND(SW_ICMP_LOCAL),   /* redirect */
	[139] = KIND(SW_ICMP_REQUEST), /* node information (RFC 4620) */
	[140] = KIND(SW_ICMP_REPLY),
	[141] = KIND(SW_ICMP_LOCAL), /* inverse neighbour solicitation */
	[142] = KIND(SW_ICMP_LOCAL), /* inverse neighbour advertisement */
	[143] = KIND(SW_ICMP_LOCAL), /* listener report, version 2 */
	[148] = KIND(SW_ICMP_LOCAL), /* certification path (RFC 3971) */
	[149] = KIND(SW_ICMP_LOCAL),
	[151] = KIND(SW_ICMP_LOCAL), /* multicast routers (RFC 4286) */
	[152] = KIND(SW_ICMP_LOCAL),
	[153] = KIND(SW_ICMP_LOCAL),
};

static uint8_t
icmp_kind(uint8_t family, uint8_t type)
{
	uint8_t kind = family == SW_IPV4 ? kinds4[type] : kinds6[type];

	if (family == SW_IPV6 && type < 128)
		return SW_ICMP_ERROR;
	return kind == 0 ? SW_ICMP_OTHER : kind - 1;
}

static bool
has_id(uint8_t kind)
{
	return kind == SW_ICMP_REQUEST || kind == SW_ICMP_REPLY;
}

/* The type of the request that a reply answers: for IPv4 echo 8 for 0,
 * otherwise the type before. */
static uint8_t
request_type(uint8_t reply)
{
	return reply == 0 ? 8 : reply - 1;
}

static void
name_ends(struct sw_endpoints *ends, uint8_t kind, uint8_t type, uint16_t id)
{
	bool asks = kind == SW_ICMP_REQUEST;
	uint16_t question = asks ? type : request_type(type);

	ends->sport = asks ? id : question;
	ends->dport = asks ? question : id;
}

uint16_t
sw_packet_icmp_id(const struct sw_endpoints *ends)
{
	bool asks =
	    ends->dport < 256 &&
	    icmp_kind(ends->family, (uint8_t)ends->dport) == SW_ICMP_REQUEST;

	return asks ? ends->sport : ends->dport;
}

static void
quote_icmp(struct sw_reader *reader, struct sw_icmp_message *icmp)
{
	uint8_t type = sw_reader_u8(reader);
	uint8_t kind = icmp_kind(icmp->quote.family, type);
	uint16_t id;

	sw_reader_skip(reader, 3);
	id = sw_reader_u16(reader);
	sw_reader_skip(reader, 2);
	icmp->quote_valid = !reader->cut && has_id(kind);
	if (icmp->quote_valid)
		name_ends(&icmp->quote, kind, type, id);
}

static void
quote_ports(struct sw_reader *reader, struct sw_icmp_message *icmp)
{
	icmp->quote.sport = sw_reader_u16(reader);
	icmp->quote.dport = sw_reader_u16(reader);
	icmp->quote_seq = sw_reader_u32(reader);
	icmp->quote_valid = !reader->cut;
	if (icmp->quote.proto != IPPROTO_TCP &&
	    icmp->quote.proto != IPPROTO_SCTP)
		icmp->quote_seq = 0;
	else
		icmp->quote_has_seq = icmp->quote_valid;
}

static bool
speaks_icmp(const struct sw_endpoints *ends)
{
	return ends->proto ==
	       (ends->family == SW_IPV4 ? IPPROTO_ICMP : IPPROTO_ICMPV6);
}

static void
quote_upper(struct sw_reader *reader, struct sw_icmp_message *icmp)
{
	uint8_t proto = icmp->quote.proto;

	if (speaks_icmp(&icmp->quote))
		quote_icmp(reader, icmp);
	else if (sw_proto_has_ports(proto))
		quote_ports(reader, icmp);
	else
		icmp->quote_valid = true;
}

/* The quote must have the family of the message and begin its datagram. */
static void
read_quote(
    struct sw_reader *reader, struct sw_icmp_message *icmp, uint8_t family)
{
	struct sw_endpoints quote = { 0 };
	struct sw_fragment fragment = { 0 };
	struct sw_ip ip = { .fragment = &fragment };

	if (sw_packet_read_ip(reader, &ip, &quote) != SW_PARSE_OK ||
	    ip.family != family ||
	    sw_packet_read_ip_extensions(reader, &ip) != SW_PARSE_OK ||
	    fragment.offset > 0)
		return;
	quote.proto = ip.proto;
	icmp->quote = quote;
	quote_upper(reader, icmp);
}

enum sw_parse
sw_packet_read_icmp(struct sw_reader *reader, struct sw_icmp_message *icmp,
    struct sw_endpoints *ends)
{
	if (sw_reader_left(reader) < ICMP_HEADER)
		return SW_PARSE_ICMP_LENGTH;
	icmp->type = sw_reader_u8(reader);
	icmp->code = sw_reader_u8(reader);
	icmp->kind = icmp_kind(ends->family, icmp->type);
	sw_reader_skip(reader, 2);
	if (has_id(icmp->kind)) {
		icmp->id = sw_reader_u16(reader);
		name_ends(ends, icmp->kind, icmp->type, icmp->id);
		sw_reader_skip(reader, 2);
	} else {
		sw_reader_skip(reader, 4);
	}
	if (reader->cut)
		return SW_PARSE_CUT;
	if (icmp->kind == SW_ICMP_ERROR)
		read_quote(reader, icmp, ends->family);
	return reader->short_copy && !icmp->quote_valid ? SW_PARSE_CUT
							: SW_PARSE_OK;
}
