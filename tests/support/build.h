/* SPDX-License-Identifier: Apache-2.0 */
/*
 * build: packets for tests, as bytes with right lengths and checksums.
 *
 * What is left out of the struct takes a plain default, so that a test says
 * only what it is about:
 *
 *	uint8_t bytes[BUILD_MAX];
 *	size_t length = build_bytes(&(struct build){
 *	    .src = "10.0.0.1", .sport = 1024,
 *	    .dst = "10.0.0.2", .dport = 80,
 *	    .flags = build_flags("S"), .seq = 1000 }, bytes);
 */
#ifndef SYNWARD_SUPPORT_BUILD_H
#define SYNWARD_SUPPORT_BUILD_H

#include "synward/packet.h"

#define BUILD_MAX 65600

/* The family is that of the addresses' text. */
struct build {
	const char *src, *dst; /* NULL: 10.0.0.1 and 10.0.0.2 */
	uint8_t proto;	       /* 0: TCP */
	uint8_t ttl;	       /* 0: 64 */
	uint16_t sport, dport; /* TCP, UDP */
	/* TCP */
	uint8_t flags; /* see build_flags() */
	uint32_t seq, ack;
	uint16_t window;	/* 0 is 0 */
	const uint8_t *options; /* padded with zeros to 4 bytes */
	size_t options_length;	/* up to 40 */
	/* ICMP, ICMPv6 */
	uint8_t type, code;
	uint16_t id, icmp_seq;
	/* Behind the upper header; NULL with a length: zeros. */
	const uint8_t *payload;
	size_t payload_length;
	/* IP */
	bool raw; /* no upper header at all: only payload follows IP */
	const uint8_t *ip_options; /* IPv4, padded to 4 bytes */
	size_t ip_options_length;
	const uint8_t *extensions; /* IPv6, whole headers that end in proto */
	size_t extensions_length;
	uint8_t extensions_first; /* IPPROTO_* of the first of them */
	/* A fragment of id: bytes from offset on; IPv6 gets a fragment
	 * header behind the extensions. */
	bool fragment, more;
	uint16_t offset;
	uint32_t fragment_id;
};

/* => length; bytes has room for BUILD_MAX */
size_t build_bytes(const struct build *build, uint8_t *bytes);

/* Builds and parses; fails the test when the parser finds a fault. */
struct sw_packet build_packet(const struct build *build);

/* As sw_packet_parse(), of a copy that ends where captured ends, so that a
 * sanitizer sees a step too far. */
enum sw_parse build_parse(const uint8_t *bytes, size_t captured,
    uint32_t stated, struct sw_packet *packet);

/* => bytes written; fails the test when text is no hex of whole bytes */
size_t build_hex(const char *text, uint8_t *bytes);

/*
 * Part of a datagram as an IP fragment of it: the upper bytes from offset
 * on, at most size.  Extensions of IPv6 are taken for upper bytes; every
 * part has the options of IPv4.
 * => length
 */
size_t build_fragment(const uint8_t *whole, uint16_t offset, uint16_t size,
    uint32_t id, uint8_t *bytes);

/* "SA" to SW_SYN | SW_ACK; letters F S R P A U E W, "-" none; any other
 * fails the test. */
uint8_t build_flags(const char *letters);

/* "10.0.0.1" or "fd00::1"; fails the test on other text. */
struct sw_addr build_addr(const char *text);

struct sw_endpoints build_ends(const char *src, uint16_t sport, const char *dst,
    uint16_t dport, uint8_t proto);

/* The internet checksum (RFC 1071) of size bytes, added to sum. */
uint16_t build_checksum(const uint8_t *bytes, size_t size, uint32_t sum);

#endif
