/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packet_part: the readers of one header each, of which packet.c makes a
 * packet.
 *
 * Each takes the reader where its header begins and leaves it behind the
 * header.  Each returns SW_PARSE_OK or the first fault, and fills what it
 * read up to there.
 */
#ifndef SYNWARD_ENGINE_PACKET_PART_H
#define SYNWARD_ENGINE_PACKET_PART_H

#include "engine/reader.h"
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
sw_packet_read_extensions(struct sw_reader *reader, struct sw_ip *ip);

/* RFC 9293 §3.1; reads ports into ends as well. */
enum sw_parse sw_packet_read_tcp(struct sw_reader *reader,
    struct sw_tcp_segment *tcp, struct sw_endpoints *ends);

/* RFC 792, RFC 4443; ends->family tells which.  Reads the quoted packet of
 * an error, and the identifier of a request or reply into both ports. */
enum sw_parse sw_packet_read_icmp(struct sw_reader *reader,
    struct sw_icmp_message *icmp, struct sw_endpoints *ends);

#endif
