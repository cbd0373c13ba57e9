/* SPDX-License-Identifier: Apache-2.0 */
/*
 * internal: the readers for one header each, from which engine/packet/packet.c
 * makes a packet.
 *
 * Each starts with the reader at the beginning of its header and leaves it
 * after the header.  Each returns SW_PARSE_OK or the first fault, and fills
 * what it has read up to there.
 */
#ifndef SYNWARD_ENGINE_PACKET_INTERNAL_H
#define SYNWARD_ENGINE_PACKET_INTERNAL_H

#include "engine/packet/reader.h"
#include "synward/packet.h"

/* What IPv4 and IPv6 have in common, besides the addresses. */
struct sw_ip {
	uint8_t family; /* enum sw_family; 0 for neither */
	uint8_t proto;	/* IPPROTO_*; for IPv6 the last one reached */
	uint8_t ttl;
	bool extended;	 /* IPv6: extensions may follow */
	uint16_t header; /* bytes, with IPv4 options, without extensions */
	/* of the datagram according to the header; 0 for an IPv6 payload length
	 * or IPv4 total length of 0 */
	uint32_t length;
	/* of a fragment: bytes before its part; IPv6 extensions may be the
	 * first of it */
	uint16_t part;
	/* => where the result goes; must be zero; its length is not written */
	struct sw_fragment *fragment;
};

/* Reads the IPv4 header with options, or the fixed IPv6 header.  Writes family
 * and addresses into ends, which must be zero. */
enum sw_parse sw_packet_read_ip(
    struct sw_reader *reader, struct sw_ip *ip, struct sw_endpoints *ends);

/* Reads IPv6 extension headers up to the upper layer, or to the fragment header
 * of a later fragment (RFC 8200 §4); does nothing for IPv4. */
enum sw_parse
sw_packet_read_ip_extensions(struct sw_reader *reader, struct sw_ip *ip);

/* RFC 9293 §3.1; reads ports into ends as well. */
enum sw_parse sw_packet_read_tcp(struct sw_reader *reader,
    struct sw_tcp_segment *tcp, struct sw_endpoints *ends);

/* RFC 9260 §3; reads ports into ends as well.  Chunks that a fragment or a
 * short copy does not hold are left out. */
enum sw_parse sw_packet_read_sctp(struct sw_reader *reader, bool fragment,
    struct sw_sctp_packet *sctp, struct sw_endpoints *ends);

/* RFC 792, RFC 4443; ends->family says which.  Reads the quoted packet of an
 * error, and the fields that a request or reply has in place of ports. */
enum sw_parse sw_packet_read_icmp(struct sw_reader *reader,
    struct sw_icmp_message *icmp, struct sw_endpoints *ends);

/* Two NOPs and a time stamp option: the beginning of the only option in most
 * segments. */
#define SW_TCP_STAMP_ALONE UINT32_C(0x0101080a)

/* The fixed part of a TCP header, from a reader that has all of it.
 * => the header's length as stated, in bytes */
static inline size_t
sw_packet_read_tcp_fields(struct sw_reader *head, struct sw_tcp_segment *tcp,
    struct sw_endpoints *ends)
{
	size_t length;

	ends->sport = sw_reader_u16(head);
	ends->dport = sw_reader_u16(head);
	tcp->seq = sw_reader_u32(head);
	tcp->ack = sw_reader_u32(head);
	length = (sw_reader_u8(head) >> 4) * 4u;
	tcp->flags = sw_reader_u8(head);
	tcp->kind = (uint8_t)sw_tcp_kind(tcp->flags);
	tcp->window = sw_reader_u16(head);
	return length;
}

/* Reads a packet of the most common form.
 * => false, with undefined content of packet, for any other form */
bool sw_packet_read_fast(const uint8_t *bytes, size_t captured, uint32_t stated,
    struct sw_packet *packet);

/* Reads any packet: sw_packet_parse() without the shortcut. */
enum sw_parse sw_packet_read_any(const uint8_t *bytes, size_t captured,
    uint32_t stated, struct sw_packet *packet);

#endif
