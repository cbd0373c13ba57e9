/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packet: converts bytes to values, once, front to back.
 *
 * An IP header, extensions, fragment fields, then the upper layer: each is read
 * by its own function (engine/packet/internal.h) through one bounded reader.
 * Three lengths are kept apart: what the header states, what the caller knows
 * about the true datagram, and what is in the copy.  A datagram that is cut in
 * the copy is fine; one whose header states more than was really sent is
 * malformed.
 *
 * Only the first fragment has an upper header, and must have all of it: a
 * sender that splits a header wants to hide it (RFC 1858, RFC 7112).
 */
#include <netinet/in.h>

#include "engine/packet/internal.h"

#define UDP_HEADER 8
#define FRAGMENT_HEADER 8 /* of IPv6, RFC 8200 §4.5 */
#define DATAGRAM_MAX 65535u

/* Segmentation offload leaves a length of 0, and so do jumbograms, whose true
 * length only the caller knows; but an IPv6 header without payload is valid. */
static enum sw_parse
resolve_length(struct sw_reader *reader, struct sw_ip *ip, uint32_t stated)
{
	if (ip->length == 0 && ip->family == SW_IPV6 && stated <= ip->header)
		ip->length = ip->header;
	else if (ip->length == 0)
		ip->length = stated;
	if (ip->length < ip->header)
		return SW_PARSE_TOTAL_LENGTH;
	if (stated > 0 && ip->length > stated)
		return SW_PARSE_CUT;
	sw_reader_set_length(reader, ip->length);
	return reader->cut ? SW_PARSE_CUT : SW_PARSE_OK;
}

/* All parts except the last are multiples of 8 bytes; the whole must fit a
 * datagram (IPv4 with its header, RFC 791; IPv6 without, RFC 8200). */
static enum sw_parse
resolve_fragment(const struct sw_reader *reader, struct sw_ip *ip)
{
	size_t length = reader->length - ip->part;
	size_t end = ip->fragment->offset + length;

	if (!ip->fragment->is_fragment)
		return SW_PARSE_OK;
	if (ip->family == SW_IPV4)
		end += ip->header;
	if (length == 0 || end > DATAGRAM_MAX ||
	    (ip->fragment->more && length % 8 != 0))
		return SW_PARSE_FRAGMENT_LENGTH;
	ip->fragment->length = (uint16_t)length;
	return SW_PARSE_OK;
}

/* The length in a first fragment's header is that of the whole datagram. */
static enum sw_parse
read_udp(struct sw_reader *reader, struct sw_packet *packet)
{
	size_t whole = sw_reader_left(reader), length;

	packet->ends.sport = sw_reader_u16(reader);
	packet->ends.dport = sw_reader_u16(reader);
	if (reader->cut || whole < UDP_HEADER)
		return SW_PARSE_CUT;
	length = sw_reader_u16(reader);
	sw_reader_skip(reader, 2);
	if (reader->cut)
		return reader->short_copy ? SW_PARSE_OK : SW_PARSE_CUT;
	if (length < UDP_HEADER ||
	    (length > whole && !packet->fragment.is_fragment))
		return SW_PARSE_UDP_LENGTH;
	packet->fragment.udp_length = (uint16_t)length;
	return SW_PARSE_OK;
}

/* Reads a protocol of which only the ports are known. */
static enum sw_parse
read_ports(struct sw_reader *reader, struct sw_endpoints *ends)
{
	ends->sport = sw_reader_u16(reader);
	ends->dport = sw_reader_u16(reader);
	return reader->cut ? SW_PARSE_CUT : SW_PARSE_OK;
}

/* ICMP in IPv6 and ICMPv6 in IPv4 do not exist. */
static enum sw_parse
read_icmp(struct sw_reader *reader, struct sw_packet *packet)
{
	uint8_t own =
	    packet->ends.family == SW_IPV4 ? IPPROTO_ICMP : IPPROTO_ICMPV6;

	if (packet->ends.proto == own)
		return sw_packet_read_icmp(
		    reader, &packet->icmp, &packet->ends);
	packet->icmp.kind = SW_ICMP_OTHER;
	return SW_PARSE_OK;
}

static enum sw_parse
read_upper(struct sw_reader *reader, struct sw_packet *packet)
{
	if (packet->fragment.offset > 0)
		return SW_PARSE_OK;
	switch (packet->ends.proto) {
	case IPPROTO_TCP:
		return sw_packet_read_tcp(reader, &packet->tcp, &packet->ends);
	case IPPROTO_UDP:
		return read_udp(reader, packet);
	case IPPROTO_SCTP:
		return sw_packet_read_sctp(reader, packet->fragment.is_fragment,
		    &packet->sctp, &packet->ends);
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return read_icmp(reader, packet);
	default:
		return sw_proto_has_ports(packet->ends.proto)
			   ? read_ports(reader, &packet->ends)
			   : SW_PARSE_OK;
	}
}

static enum sw_parse
read_datagram(struct sw_reader *reader, uint32_t stated, struct sw_ip *ip,
    struct sw_endpoints *ends)
{
	enum sw_parse outcome = sw_packet_read_ip(reader, ip, ends);

	if (outcome == SW_PARSE_OK)
		outcome = resolve_length(reader, ip, stated);
	if (outcome == SW_PARSE_OK)
		outcome = sw_packet_read_ip_extensions(reader, ip);
	if (outcome == SW_PARSE_OK)
		outcome = resolve_fragment(reader, ip);
	return outcome;
}

enum sw_parse
sw_packet_read_any(const uint8_t *bytes, size_t captured, uint32_t stated,
    struct sw_packet *packet)
{
	struct sw_reader reader = sw_reader_open(
	    bytes, stated > 0 && captured > stated ? stated : captured);
	struct sw_ip ip = { .fragment = &packet->fragment };
	enum sw_parse outcome;

	if (stated > captured)
		reader.length = stated;
	memset(packet, 0, sizeof(*packet));
	outcome = read_datagram(&reader, stated, &ip, &packet->ends);
	packet->ends.proto = ip.proto;
	packet->length = ip.length;
	packet->ttl = ip.ttl;
	if (outcome == SW_PARSE_OK)
		outcome = read_upper(&reader, packet);
	if (outcome == SW_PARSE_CUT && reader.short_copy) {
		outcome = SW_PARSE_COPY;
		packet->copied =
		    (uint16_t)(captured < UINT16_MAX ? captured : UINT16_MAX);
	}
	if (outcome == SW_PARSE_OK && packet->fragment.offset == 0 &&
	    packet->fragment.is_fragment)
		packet->fragment.headers = (uint16_t)(packet->fragment.length -
						      sw_reader_left(&reader));
	packet->malformed = (uint8_t)outcome;
	return outcome;
}

enum sw_parse
sw_packet_parse(const uint8_t *bytes, size_t captured, uint32_t stated,
    struct sw_packet *packet)
{
	if (sw_packet_read_fast(bytes, captured, stated, packet))
		return SW_PARSE_OK;
	return sw_packet_read_any(bytes, captured, stated, packet);
}

/* The kernel removes the IPv6 fragment header when it reassembles. */
void
sw_packet_join(
    const struct sw_packet *first, uint32_t upper, struct sw_packet *whole)
{
	const struct sw_fragment *fragment = &first->fragment;
	uint32_t more = upper - fragment->length;

	*whole = *first;
	whole->length += more;
	if (first->ends.family == SW_IPV6)
		whole->length -= FRAGMENT_HEADER;
	if (first->ends.proto == IPPROTO_TCP)
		whole->tcp.payload += more;
	if (fragment->udp_length > upper - fragment->headers + UDP_HEADER)
		whole->malformed = SW_PARSE_UDP_LENGTH;
	whole->fragment = (struct sw_fragment){ .id = fragment->id };
	whole->bytes = NULL; /* those of the first are gone */
	whole->n_bytes = 0;
}

const char *
sw_packet_parse_text(enum sw_parse outcome)
{
	static const char *const texts[SW_PARSE_COUNT] = {
#define X(name, text) [SW_PARSE_##name] = (text),
		SW_PARSE_MAP(X)
#undef X
	};

	return (unsigned)outcome < SW_PARSE_COUNT ? texts[outcome] : "unknown";
}

bool
sw_packet_opens(const struct sw_packet *packet)
{
	if (packet->malformed != SW_PARSE_OK || packet->fragment.offset > 0)
		return false;
	switch (packet->ends.proto) {
	case IPPROTO_TCP:
		return packet->tcp.kind == SW_TCP_SYN;
	case IPPROTO_SCTP:
		return sw_sctp_has(&packet->sctp, SW_SCTP_INIT) ||
		       sw_sctp_probes(&packet->sctp);
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return packet->icmp.kind == SW_ICMP_REQUEST;
	default:
		return true;
	}
}

struct sw_endpoints
sw_packet_endpoints_reverse(const struct sw_endpoints *ends)
{
	return (struct sw_endpoints){
		.src = ends->dst,
		.dst = ends->src,
		.sport = ends->dport,
		.dport = ends->sport,
		.family = ends->family,
		.proto = ends->proto,
		.zone = ends->zone,
	};
}

bool
sw_packet_endpoints_equal(
    const struct sw_endpoints *a, const struct sw_endpoints *b)
{
	return memcmp(&a->src, &b->src, sizeof(a->src)) == 0 &&
	       memcmp(&a->dst, &b->dst, sizeof(a->dst)) == 0 &&
	       a->sport == b->sport && a->dport == b->dport &&
	       a->family == b->family && a->proto == b->proto &&
	       a->zone == b->zone;
}
