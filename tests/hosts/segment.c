/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A segment becomes a datagram, or what the parser makes of one.  The unit
 * test of the hosts compares the two.
 */

#include "segment.h"

#include <arpa/inet.h>
#include <string.h>

#include "build.h"
#include "engine/packet/writer.h"

uint32_t
segment_end(const struct segment *segment)
{
	return segment->seq + segment->length + !!(segment->flags & SW_SYN) +
	       !!(segment->flags & SW_FIN);
}

static size_t
put_option(uint8_t *options, size_t used, const uint8_t *bytes, size_t n)
{
	memcpy(options + used, bytes, n);
	return used + n;
}

static size_t
put_timestamp(uint8_t *options, size_t used, const struct segment *segment)
{
	uint8_t stamp[12] = { 1, 1, 8, 10 };

	sw_put_u32(stamp + 4, segment->tsval);
	sw_put_u32(stamp + 8, segment->tsecr);
	return put_option(options, used, stamp, sizeof(stamp));
}

static size_t
put_sack(uint8_t *options, size_t used, uint32_t edge)
{
	uint8_t sack[12] = { 1, 1, 5, 10 };

	sw_put_u32(sack + 4, edge - 100);
	sw_put_u32(sack + 8, edge);
	return put_option(options, used, sack, sizeof(sack));
}

static size_t
options_of(const struct segment *segment, uint8_t options[40])
{
	size_t used = 0;

	if (segment->wscale >= 0)
		used = put_option(options, used,
		    (uint8_t[]){ 3, 3, (uint8_t)segment->wscale, 1 }, 4);
	if (segment->sack_permitted)
		used = put_option(
		    options, used, (const uint8_t[]){ 4, 2, 1, 1 }, 4);
	if (segment->has_timestamp)
		used = put_timestamp(options, used, segment);
	if (segment->sack)
		used = put_sack(options, used, segment->sack);
	return used;
}

static struct sw_endpoints
ends_of(const struct segment *segment, const struct sw_endpoints *opener)
{
	return segment->side ? sw_packet_endpoints_reverse(opener) : *opener;
}

size_t
segment_bytes(const struct segment *segment, const struct sw_endpoints *opener,
    uint8_t *bytes)
{
	struct sw_endpoints ends = ends_of(segment, opener);
	char src[INET6_ADDRSTRLEN], dst[INET6_ADDRSTRLEN];
	int family = ends.family == SW_IPV6 ? AF_INET6 : AF_INET;
	uint8_t options[40];
	struct build build = { .src = src,
		.dst = dst,
		.sport = ends.sport,
		.dport = ends.dport,
		.flags = segment->flags,
		.seq = segment->seq,
		.ack = segment->ack,
		.window = segment->window,
		.options = options,
		.payload_length = segment->length };

	inet_ntop(family, ends.src.b, src, sizeof(src));
	inet_ntop(family, ends.dst.b, dst, sizeof(dst));
	build.options_length = options_of(segment, options);
	return build_bytes(&build, bytes);
}

static struct sw_tcp_segment
tcp_of(const struct segment *segment)
{
	bool sack = segment->sack && segment->flags & SW_ACK;

	return (struct sw_tcp_segment){ .flags = segment->flags,
		.kind = (uint8_t)sw_tcp_kind(segment->flags),
		.seq = segment->seq,
		.ack = segment->ack,
		.window = segment->window,
		.payload = segment->length,
		.has_wscale = segment->wscale >= 0,
		.wscale = segment->wscale >= 0 ? (uint8_t)segment->wscale : 0,
		.sack_permitted = segment->sack_permitted,
		.has_sack = sack,
		.sack_edge = sack && segment_before(segment->ack, segment->sack)
				 ? segment->sack
				 : segment->ack,
		.has_timestamp = segment->has_timestamp,
		.tsval = segment->tsval,
		.tsecr = segment->tsecr };
}

struct sw_packet
segment_packet(const struct segment *segment, const struct sw_endpoints *opener)
{
	uint8_t options[40];
	uint32_t ip = opener->family == SW_IPV6 ? 40 : 20;
	size_t padded = (options_of(segment, options) + 3) / 4 * 4;

	return (struct sw_packet){ .ends = ends_of(segment, opener),
		.length = ip + 20 + (uint32_t)padded + segment->length,
		.ttl = 64,
		.tcp = tcp_of(segment) };
}
