/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packets as bytes: headers only, as a queue with a copy range hands them
 * over; the length fields speak of the payload that is not there.  Checksums
 * are zero, nobody looks.
 */
#include "wire.h"

#include <netinet/in.h>
#include <string.h>

#include "engine/packet/writer.h"

enum { PAYLOAD = 100, TCP_DATA = 32, TCP_SYN = 40 };

static uint32_t
mix(uint32_t x)
{
	x = (x ^ x >> 16) * UINT32_C(0x7feb352d);
	x = (x ^ x >> 15) * UINT32_C(0x846ca68b);
	return x ^ x >> 16;
}

struct sw_endpoints
wire_ends(uint8_t family, uint32_t i, unsigned direction)
{
	struct sw_endpoints ends = { .family = family, .proto = IPPROTO_TCP };

	ends.src.b[0] = 10;
	ends.src.b[family == SW_IPV4 ? 1 : 13] = (uint8_t)(i >> 22);
	ends.src.b[family == SW_IPV4 ? 2 : 14] = (uint8_t)(i >> 14);
	ends.src.b[family == SW_IPV4 ? 3 : 15] = (uint8_t)(i >> 6);
	ends.sport = (uint16_t)(1024 + (i * 40503u & 0x7fff));
	ends.dst.b[0] = 192;
	ends.dst.b[family == SW_IPV4 ? 3 : 15] = (uint8_t)(i & 63);
	ends.dport = 443;
	return direction ? sw_packet_endpoints_reverse(&ends) : ends;
}

static uint32_t
put_ip(uint8_t *at, const struct sw_endpoints *ends, uint32_t inside)
{
	if (ends->family == SW_IPV4) {
		memset(at, 0, 20);
		at[0] = 0x45;
		sw_put_u16(at + 2, 20 + inside);
		at[6] = 0x40;
		at[8] = 64;
		at[9] = IPPROTO_TCP;
		memcpy(at + 12, ends->src.b, 4);
		memcpy(at + 16, ends->dst.b, 4);
		return 20;
	}
	memset(at, 0, 8);
	at[0] = 0x60;
	sw_put_u16(at + 4, inside);
	at[6] = IPPROTO_TCP;
	at[7] = 64;
	memcpy(at + 8, ends->src.b, 16);
	memcpy(at + 24, ends->dst.b, 16);
	return 40;
}

static void
put_syn_options(uint8_t *at)
{
	static const uint8_t options[] = { 2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0,
		1, 0, 0, 0, 0, 1, 3, 3, 14 };

	memcpy(at, options, sizeof(options));
}

static void
put_data_options(uint8_t *at, uint32_t round)
{
	static const uint8_t options[] = { 1, 1, 8, 10 };

	memcpy(at, options, sizeof(options));
	sw_put_u32(at + 4, round);
	sw_put_u32(at + 8, round);
}

static uint8_t
flags_of(enum wire_kind kind)
{
	static const uint8_t flags[] = { [WIRE_SYN] = SW_SYN,
		[WIRE_SYNACK] = SW_SYN | SW_ACK,
		[WIRE_ACK] = SW_ACK,
		[WIRE_DATA] = SW_PSH | SW_ACK,
		[WIRE_FIN] = SW_FIN | SW_ACK,
		[WIRE_RESET] = SW_RST | SW_ACK };

	return flags[kind];
}

/* The number behind all that a side has sent. */
static uint32_t
next_of(uint32_t i, unsigned direction, const struct wire_progress *progress)
{
	return mix(2 * i + direction) + 1 + PAYLOAD * progress->sent[direction];
}

uint32_t
wire_make(uint8_t *at, uint8_t family, uint32_t i, enum wire_kind kind,
    unsigned direction, const struct wire_progress *progress)
{
	struct sw_endpoints ends = wire_ends(family, i, direction);
	bool syn = kind == WIRE_SYN || kind == WIRE_SYNACK;
	uint32_t length = syn ? TCP_SYN : TCP_DATA;
	uint32_t payload = kind == WIRE_DATA ? PAYLOAD : 0;
	uint32_t ip = put_ip(at, &ends, length + payload);
	uint8_t *tcp = at + ip;

	sw_put_u16(tcp, ends.sport);
	sw_put_u16(tcp + 2, ends.dport);
	sw_put_u32(tcp + 4, next_of(i, direction, progress) - payload - syn);
	sw_put_u32(
	    tcp + 8, kind == WIRE_SYN ? 0 : next_of(i, !direction, progress));
	tcp[12] = (uint8_t)(length / 4 << 4);
	tcp[13] = flags_of(kind);
	sw_put_u16(tcp + 14, 65535);
	sw_put_u32(tcp + 16, 0);
	if (syn)
		put_syn_options(tcp + 20);
	else
		put_data_options(tcp + 20, progress->sent[direction]);
	return ip + length;
}
