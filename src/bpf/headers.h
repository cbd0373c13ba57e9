/* SPDX-License-Identifier: Apache-2.0 */
/*
 * headers: what the program needs of a packet, read from its bytes.
 *
 * Taken are whole datagrams of TCP and UDP in plain IPv4 and IPv6 headers,
 * whose lengths agree.  Of TCP options those are read that hosts send all the
 * time, laid out as RFC 7323 and RFC 2018 recommend: a time stamp, SACK
 * blocks, or both.  Whatever else it is, the engine's parser says.
 */
#ifndef SYNWARD_BPF_HEADERS_H
#define SYNWARD_BPF_HEADERS_H

#include <linux/bpf.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "engine/table/lane.h"

#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_IPV6 0x86dd
#define PROTO_TCP 6
#define PROTO_UDP 17

/* Flags of TCP, and those of them that tell what a segment is. */
#define TCP_ACK 0x10
#define TCP_JUDGED 0x37 /* URG ACK RST SYN FIN */

/* First words of options: NOP, NOP, kind, length. */
#define OPTION_STAMP 0x0101080au
#define OPTION_SACK 0x01010500u
#define STAMP_BYTES 12u
#define BLOCKS_MOST 4u

struct packet {
	struct sw_lane_address a, b; /* in the engine's order */
	uint16_t a_port, b_port;
	uint8_t kind; /* SW_LANE_UDP, SW_LANE_IPV6 */
	uint8_t from_b;
	uint32_t in;
	uint32_t length; /* of the datagram */
	/* TCP */
	uint8_t flags;
	uint8_t readable; /* its options are known */
	uint8_t has_stamp, has_sack;
	uint16_t window;
	uint32_t seq, ack, payload, sack, stamp, echo;
};

struct ipv4_header {
	uint8_t version, tos;
	uint16_t length, id, fragment;
	uint8_t ttl, proto;
	uint16_t sum;
	uint32_t src, dst;
};

struct ipv6_header {
	uint32_t version;
	uint16_t length;
	uint8_t next, hops;
	uint64_t src[2], dst[2];
};

/* UDP's length is where the upper half of TCP's number is. */
struct upper_header {
	uint16_t sport, dport;
	uint32_t seq, ack;
	uint8_t offset, flags;
	uint16_t window, sum, urgent;
	uint32_t option[3];
};

enum { UDP_BYTES = 8, TCP_BYTES = 20 };

/* As much of the upper header as there is.  => 0 when there is too little */
static __always_inline int
load_upper(struct __sk_buff *skb, uint32_t at, uint32_t left,
    struct upper_header *upper)
{
	if (left >= TCP_BYTES + STAMP_BYTES)
		return bpf_skb_load_bytes(
			   skb, at, upper, TCP_BYTES + STAMP_BYTES) == 0;
	if (left >= TCP_BYTES)
		return bpf_skb_load_bytes(skb, at, upper, TCP_BYTES) == 0;
	return left >= UDP_BYTES &&
	       bpf_skb_load_bytes(skb, at, upper, UDP_BYTES) == 0;
}

/* The blocks behind a SACK option's first word.  => 0 when they are not laid
 * out as is usual */
static __always_inline int
read_sack(struct __sk_buff *skb, uint32_t at, uint32_t bytes, struct packet *p)
{
	uint32_t word, blocks, edge[2];
	int32_t furthest = 0;

	if (bytes < 12 || bpf_skb_load_bytes(skb, at, &word, 4))
		return 0;
	word = bpf_ntohl(word);
	blocks = ((word & 0xff) - 2) / 8;
	if ((word & 0xffffff00) != OPTION_SACK || blocks < 1 ||
	    blocks > BLOCKS_MOST || (word & 0xff) != 2 + 8 * blocks ||
	    bytes != 4 + 8 * blocks)
		return 0;
#pragma clang loop unroll(disable)
	for (uint32_t i = 0; i < BLOCKS_MOST; i++) {
		int32_t ahead;

		if (i >= blocks)
			break;
		if (bpf_skb_load_bytes(skb, at + 4 + 8 * i, edge, 8))
			return 0;
		ahead = (int32_t)(bpf_ntohl(edge[1]) - p->ack);
		if (ahead > furthest)
			furthest = ahead;
	}
	p->has_sack = 1;
	p->sack = p->ack + (uint32_t)furthest;
	return 1;
}

static __always_inline int
read_options(struct __sk_buff *skb, uint32_t at, uint32_t bytes,
    const struct upper_header *upper, struct packet *p)
{
	if (bytes == 0)
		return 1;
	at += TCP_BYTES;
	if (bytes >= STAMP_BYTES &&
	    upper->option[0] == bpf_htonl(OPTION_STAMP)) {
		p->has_stamp = 1;
		p->stamp = bpf_ntohl(upper->option[1]);
		p->echo = bpf_ntohl(upper->option[2]);
		if (bytes == STAMP_BYTES)
			return 1;
		at += STAMP_BYTES;
		bytes -= STAMP_BYTES;
	}
	return read_sack(skb, at, bytes, p);
}

static __always_inline int
read_tcp(struct __sk_buff *skb, uint32_t at, uint32_t left,
    const struct upper_header *upper, struct packet *p)
{
	uint32_t header = (upper->offset >> 4) * 4u;

	if (left < TCP_BYTES || header < TCP_BYTES || header > left)
		return 0;
	p->flags = upper->flags;
	p->seq = bpf_ntohl(upper->seq);
	p->ack = bpf_ntohl(upper->ack);
	p->window = bpf_ntohs(upper->window);
	p->payload = left - header;
	p->readable =
	    (uint8_t)read_options(skb, at, header - TCP_BYTES, upper, p);
	return 1;
}

static __always_inline int
read_udp(uint32_t left, const struct upper_header *upper, struct packet *p)
{
	uint32_t length = bpf_ntohl(upper->seq) >> 16;

	p->kind |= SW_LANE_UDP;
	return length >= UDP_BYTES && length <= left;
}

static __always_inline int
read_upper(struct __sk_buff *skb, uint8_t proto, uint32_t at, uint32_t left,
    struct upper_header *upper, struct packet *p)
{
	if (!load_upper(skb, at, left, upper))
		return 0;
	if (proto == PROTO_TCP)
		return read_tcp(skb, at, left, upper, p);
	return proto == PROTO_UDP && read_udp(left, upper, p);
}

/* Puts the ends in order. */
static __always_inline void
place(struct packet *p, struct sw_lane_address src, struct sw_lane_address dst,
    const struct upper_header *upper, uint8_t from_b)
{
	uint16_t sport = bpf_ntohs(upper->sport);
	uint16_t dport = bpf_ntohs(upper->dport);

	p->from_b = from_b;
	p->a = from_b ? dst : src;
	p->b = from_b ? src : dst;
	p->a_port = from_b ? dport : sport;
	p->b_port = from_b ? sport : dport;
}

static __always_inline struct sw_lane_address
mapped(uint32_t address)
{
	return (struct sw_lane_address){ { 0,
	    bpf_cpu_to_be64((uint64_t)0xffff << 32 | bpf_ntohl(address)) } };
}

static __always_inline int
read_ipv4(struct __sk_buff *skb, struct packet *p)
{
	struct upper_header upper = { 0 };
	struct ipv4_header ip;
	uint64_t src, dst;

	if (bpf_skb_load_bytes(skb, 0, &ip, sizeof(ip)) || ip.version != 0x45 ||
	    bpf_ntohs(ip.length) != p->length ||
	    ip.fragment & bpf_htons(0x3fff) ||
	    !read_upper(
		skb, ip.proto, sizeof(ip), p->length - sizeof(ip), &upper, p))
		return 0;
	src = (uint64_t)bpf_ntohl(ip.src) << 16 | bpf_ntohs(upper.sport);
	dst = (uint64_t)bpf_ntohl(ip.dst) << 16 | bpf_ntohs(upper.dport);
	place(p, mapped(ip.src), mapped(ip.dst), &upper, src > dst);
	return 1;
}

static __always_inline int
is_later(const uint64_t src[2], const uint64_t dst[2],
    const struct upper_header *upper)
{
	if (src[0] != dst[0])
		return bpf_be64_to_cpu(src[0]) > bpf_be64_to_cpu(dst[0]);
	if (src[1] != dst[1])
		return bpf_be64_to_cpu(src[1]) > bpf_be64_to_cpu(dst[1]);
	return bpf_ntohs(upper->sport) > bpf_ntohs(upper->dport);
}

static __always_inline int
read_ipv6(struct __sk_buff *skb, struct packet *p)
{
	struct upper_header upper = { 0 };
	struct ipv6_header ip;

	p->kind = SW_LANE_IPV6;
	if (bpf_skb_load_bytes(skb, 0, &ip, sizeof(ip)) ||
	    bpf_ntohl(ip.version) >> 28 != 6 ||
	    bpf_ntohs(ip.length) + sizeof(ip) != p->length ||
	    !read_upper(
		skb, ip.next, sizeof(ip), p->length - sizeof(ip), &upper, p))
		return 0;
	place(p, (struct sw_lane_address){ { ip.src[0], ip.src[1] } },
	    (struct sw_lane_address){ { ip.dst[0], ip.dst[1] } }, &upper,
	    is_later(ip.src, ip.dst, &upper));
	return 1;
}

/* => 0 for a packet that only the daemon reads */
static __always_inline int
read_packet(struct __sk_buff *skb, struct packet *p)
{
	p->length = skb->len;
	p->in = skb->ifindex;
	if (skb->protocol == bpf_htons(ETHERTYPE_IPV4))
		return p->length > sizeof(struct ipv4_header) &&
		       read_ipv4(skb, p);
	return skb->protocol == bpf_htons(ETHERTYPE_IPV6) &&
	       p->length > sizeof(struct ipv6_header) && read_ipv6(skb, p);
}

#endif
