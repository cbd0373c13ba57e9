/* SPDX-License-Identifier: Apache-2.0 */
/*
 * build: writes headers front to back into the test's buffer, then comes
 * back for lengths and checksums.  It shares no code with the parser, so
 * that each checks the other.
 */
#include "build.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A test that builds nonsense is wrong itself. */
static void
check(bool right, const char *what, const char *value)
{
	if (right)
		return;
	fprintf(stderr, "build: %s: %s\n", what, value);
	abort();
}

static size_t
put8(uint8_t *to, uint8_t value)
{
	to[0] = value;
	return 1;
}

static size_t
put16(uint8_t *to, uint32_t value)
{
	to[0] = (uint8_t)(value >> 8);
	to[1] = (uint8_t)value;
	return 2;
}

static size_t
put32(uint8_t *to, uint32_t value)
{
	put16(to, value >> 16);
	put16(to + 2, value);
	return 4;
}

static size_t
put(uint8_t *to, const uint8_t *from, size_t size)
{
	if (from == NULL)
		memset(to, 0, size);
	else
		memcpy(to, from, size);
	return size;
}

/* As put(), then zeros up to a multiple of 4. */
static size_t
put_padded(uint8_t *to, const uint8_t *from, size_t size)
{
	size_t padded = (size + 3) / 4 * 4;

	memset(to, 0, padded);
	put(to, from, size);
	return padded;
}

uint16_t
build_checksum(const uint8_t *bytes, size_t size, uint32_t sum)
{
	for (size_t i = 0; i < size; i++)
		sum += i % 2 == 0 ? (uint32_t)bytes[i] << 8 : bytes[i];
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static bool
is_ip6(const struct build *build)
{
	return build->src != NULL && strchr(build->src, ':') != NULL;
}

static uint8_t
proto_of(const struct build *build)
{
	return build->proto == 0 ? IPPROTO_TCP : build->proto;
}

struct sw_addr
build_addr(const char *text)
{
	struct sw_addr addr = { { 0 } };
	int family = strchr(text, ':') != NULL ? AF_INET6 : AF_INET;

	check(inet_pton(family, text, addr.b) == 1, "no address", text);
	return addr;
}

static struct sw_addr
src_of(const struct build *build)
{
	return build_addr(build->src == NULL ? "10.0.0.1" : build->src);
}

static struct sw_addr
dst_of(const struct build *build)
{
	return build_addr(build->dst == NULL ? "10.0.0.2" : build->dst);
}

uint8_t
build_flags(const char *letters)
{
	static const char order[] = "FSRPAUEW";
	uint8_t flags = 0;

	for (const char *c = letters; *c != '\0'; c++) {
		const char *at = strchr(order, *c);

		if (*c == '-')
			continue;
		check(at != NULL, "no flags", letters);
		flags |= (uint8_t)(1u << (at - order));
	}
	return flags;
}

struct sw_endpoints
build_ends(const char *src, uint16_t sport, const char *dst, uint16_t dport,
    uint8_t proto)
{
	return (struct sw_endpoints){
		.src = build_addr(src),
		.dst = build_addr(dst),
		.sport = sport,
		.dport = dport,
		.family = strchr(src, ':') != NULL ? SW_IPV6 : SW_IPV4,
		.proto = proto,
	};
}

static size_t
put_tcp(const struct build *build, uint8_t *to)
{
	size_t options =
	    put_padded(to + 20, build->options, build->options_length);

	check(options <= 40, "TCP options", "more than 40 bytes");
	put16(to, build->sport);
	put16(to + 2, build->dport);
	put32(to + 4, build->seq);
	put32(to + 8, build->ack);
	put8(to + 12, (uint8_t)((20 + options) / 4 << 4));
	put8(to + 13, build->flags);
	put16(to + 14, build->window);
	put32(to + 16, 0);
	return 20 + options;
}

static size_t
put_udp(const struct build *build, uint8_t *to)
{
	put16(to, build->sport);
	put16(to + 2, build->dport);
	put16(to + 4, (uint32_t)(8 + build->payload_length));
	put16(to + 6, 0);
	return 8;
}

static size_t
put_icmp(const struct build *build, uint8_t *to)
{
	put8(to, build->type);
	put8(to + 1, build->code);
	put16(to + 2, 0);
	put16(to + 4, build->id);
	put16(to + 6, build->icmp_seq);
	return 8;
}

/* Where the checksum of a protocol's header is; 0 = none. */
static size_t
checksum_at(uint8_t proto)
{
	if (proto == IPPROTO_TCP)
		return 16;
	if (proto == IPPROTO_UDP)
		return 6;
	if (proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6)
		return 2;
	return 0;
}

/* RFC 9293 §3.1, RFC 8200 §8.1; ICMP of IPv4 has no pseudo header. */
static uint32_t
pseudo_header(const struct build *build, size_t size)
{
	struct sw_addr src = src_of(build), dst = dst_of(build);
	uint32_t sum = proto_of(build) + (uint32_t)size;

	if (proto_of(build) == IPPROTO_ICMP)
		return 0;
	sum += (uint16_t)~build_checksum(src.b, sizeof(src.b), 0);
	return sum + (uint16_t)~build_checksum(dst.b, sizeof(dst.b), 0);
}

static size_t
put_upper(const struct build *build, uint8_t *to)
{
	uint8_t proto = proto_of(build);
	size_t at = checksum_at(proto), size = 0;

	if (!build->raw && proto == IPPROTO_TCP)
		size = put_tcp(build, to);
	else if (!build->raw && proto == IPPROTO_UDP)
		size = put_udp(build, to);
	else if (!build->raw && at > 0)
		size = put_icmp(build, to);
	size += put(to + size, build->payload, build->payload_length);
	if (!build->raw && at > 0)
		put16(to + at,
		    build_checksum(to, size, pseudo_header(build, size)));
	return size;
}

static size_t
put_ip4(const struct build *build, uint8_t *to)
{
	struct sw_addr src = src_of(build), dst = dst_of(build);
	size_t options =
	    put_padded(to + 20, build->ip_options, build->ip_options_length);
	size_t header = 20 + options, length;
	uint32_t word = build->offset / 8u | (build->more ? 0x2000u : 0);

	check(options <= 40, "IP options", "more than 40 bytes");
	length = header + put_upper(build, to + header);
	check(length <= 65535, "IPv4", "too long");
	put8(to, (uint8_t)(0x40 | header / 4));
	put8(to + 1, 0);
	put16(to + 2, (uint32_t)length);
	put16(to + 4, build->fragment_id);
	put16(to + 6, build->fragment ? word : 0x4000);
	put8(to + 8, build->ttl == 0 ? 64 : build->ttl);
	put8(to + 9, proto_of(build));
	put16(to + 10, 0);
	put(to + 12, src.b, 4);
	put(to + 16, dst.b, 4);
	put16(to + 10, build_checksum(to, header, 0));
	return length;
}

static size_t
put_fragment_header(const struct build *build, uint8_t *to)
{
	if (!build->fragment)
		return 0;
	put8(to, proto_of(build));
	put8(to + 1, 0);
	put16(to + 2, (build->offset & 0xfff8u) | (build->more ? 1 : 0));
	put32(to + 4, build->fragment_id);
	return 8;
}

static size_t
put_ip6(const struct build *build, uint8_t *to)
{
	struct sw_addr src = src_of(build), dst = dst_of(build);
	uint8_t first = build->fragment ? IPPROTO_FRAGMENT : proto_of(build);
	size_t size = 40;

	if (build->extensions_length > 0)
		first = build->extensions_first;
	size += put(to + size, build->extensions, build->extensions_length);
	size += put_fragment_header(build, to + size);
	size += put_upper(build, to + size);
	check(size - 40 <= 65535, "IPv6", "too long");
	put32(to, 0x60000000);
	put16(to + 4, (uint32_t)(size - 40));
	put8(to + 6, first);
	put8(to + 7, build->ttl == 0 ? 64 : build->ttl);
	put(to + 8, src.b, 16);
	put(to + 24, dst.b, 16);
	return size;
}

size_t
build_bytes(const struct build *build, uint8_t *bytes)
{
	return is_ip6(build) ? put_ip6(build, bytes) : put_ip4(build, bytes);
}

enum sw_parse
build_parse(const uint8_t *bytes, size_t captured, uint32_t stated,
    struct sw_packet *packet)
{
	uint8_t *copy = malloc(captured == 0 ? 1 : captured);
	enum sw_parse outcome;

	check(copy != NULL, "memory", "none");
	put(copy, bytes, captured);
	outcome = sw_packet_parse(copy, captured, stated, packet);
	free(copy);
	return outcome;
}

size_t
build_hex(const char *text, uint8_t *bytes)
{
	size_t size = 0, read = 0;
	unsigned byte;

	while (sscanf(text + read, "%2x", &byte) == 1) {
		bytes[size++] = (uint8_t)byte;
		read += 2;
	}
	check(read == strlen(text), "no hex", text);
	return size;
}

struct sw_packet
build_packet(const struct build *build)
{
	uint8_t *bytes = calloc(1, BUILD_MAX);
	struct sw_packet packet;
	enum sw_parse outcome;
	uint32_t length;

	check(bytes != NULL, "memory", "none");
	length = (uint32_t)build_bytes(build, bytes);
	outcome = build_parse(bytes, length, length, &packet);
	check(
	    outcome == SW_PARSE_OK, "malformed", sw_packet_parse_text(outcome));
	free(bytes);
	return packet;
}

size_t
build_fragment(const uint8_t *whole, uint16_t offset, uint16_t size,
    uint32_t id, uint8_t *bytes)
{
	bool ip6 = whole[0] >> 4 == 6;
	size_t header = ip6 ? 40 : (whole[0] & 0x0fu) * 4u;
	uint16_t field =
	    (uint16_t)(whole[ip6 ? 4 : 2] << 8 | whole[ip6 ? 5 : 3]);
	size_t upper = ip6 ? field : field - header;
	size_t part = upper - offset < size ? upper - offset : size;
	struct build build = {
		.proto = whole[ip6 ? 6 : 9],
		.ttl = whole[ip6 ? 7 : 8],
		.raw = true,
		.ip_options = whole + 20,
		.ip_options_length = ip6 ? 0 : header - 20,
		.payload = whole + header + offset,
		.payload_length = part,
		.fragment = true,
		.more = offset + part < upper,
		.offset = offset,
		.fragment_id = id,
	};
	char src[INET6_ADDRSTRLEN], dst[INET6_ADDRSTRLEN];
	int family = ip6 ? AF_INET6 : AF_INET;

	check(offset < upper, "fragment", "behind the end");
	build.src = inet_ntop(family, whole + (ip6 ? 8 : 12), src, sizeof(src));
	build.dst =
	    inet_ntop(family, whole + (ip6 ? 24 : 16), dst, sizeof(dst));
	return build_bytes(&build, bytes);
}
