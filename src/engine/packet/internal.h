/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packet_part: the readers of one header each, of which engine/packet/packet.c makes a
 * packet.
 *
 * Each takes the reader where its header begins and leaves it behind the
 * header.  Each returns SW_PARSE_OK or the first fault, and fills what it
 * read up to there.
 */
#ifndef SYNWARD_ENGINE_PACKET_INTERNAL_H
#define SYNWARD_ENGINE_PACKET_INTERNAL_H

#include "engine/packet/reader.h"
#include "synward/packet.h"

/* What IPv4 and IPv6 have in common, beside the addresses. */
struct sw_ip {
	uint8_t family; /* enum sw_family; 0 for neither */
	uint8_t proto;	/* IPPROTO_*; of IPv6 the last that was reached */
	uint8_t ttl;
	bool extended;	 /* IPv6: extensions may follow */
	uint16_t header; /* bytes, IPv4 options included, extensions not */
	uint32_t length; /* of the datagram as the header tells it; IPv6
				 payload length 0 and IPv4 total length 0
				 both give 0 */
	uint16_t part;	 /* of a fragment: bytes before its part, of which
			    IPv6 extensions may be the first */
	struct sw_fragment *fragment; /* => where it goes; zero; its length
					 is left so */
};

/* The IPv4 header with options, or the fixed IPv6 header.  Writes family and
 * addresses into ends, which is zero. */
enum sw_parse sw_packet_read_ip(
    struct sw_reader *reader, struct sw_ip *ip, struct sw_endpoints *ends);

/* IPv6 extension headers up to the upper layer, or to the fragment header
 * of a later fragment (RFC 8200 §4); nothing to do for IPv4. */
enum sw_parse
sw_packet_read_ip_extensions(struct sw_reader *reader, struct sw_ip *ip);

/* RFC 9293 §3.1; reads ports into ends as well. */
enum sw_parse sw_packet_read_tcp(struct sw_reader *reader,
    struct sw_tcp_segment *tcp, struct sw_endpoints *ends);

/* RFC 792, RFC 4443; ends->family tells which.  Reads the quoted packet of
 * an error, and what a request or reply has in the place of ports. */
enum sw_parse sw_packet_read_icmp(struct sw_reader *reader,
    struct sw_icmp_message *icmp, struct sw_endpoints *ends);

/* Two NOPs and a time stamp option: how the only option of most segments
 * begins. */
#define SW_TCP_STAMP_ALONE UINT32_C(0x0101080a)

/* The fixed part of a TCP header, of a reader that holds it all.
 * => the header's length as stated, bytes */
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

/* Reads a packet that is as plain as most are.
 * => false, and packet holds anything, when it is not */
bool sw_packet_read_fast(const uint8_t *bytes, size_t captured, uint32_t stated,
    struct sw_packet *packet);

/* Reads any packet: sw_packet_parse() without the shortcut. */
enum sw_parse sw_packet_read_any(const uint8_t *bytes, size_t captured,
    uint32_t stated, struct sw_packet *packet);

#endif
