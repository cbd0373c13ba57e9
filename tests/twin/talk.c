/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Flow 0 to 2 are TCP, the others UDP; of each two are IPv4 and one IPv6.
 *
 * Hosts keep no state of their own: what comes next is read from a record of
 * the flow, so that it lies where the record's windows are.
 */
#include "talk.h"

#include <endian.h>
#include <netinet/in.h>
#include <string.h>

#include "draw.h"
#include "engine/packet/writer.h"
#include "engine/table/tuple.h"

uint32_t
talk_below(struct talk *talk, uint32_t n)
{
	return (uint32_t)((draw(&talk->seed) >> 32) * n >> 32);
}

static bool
is_udp(unsigned of)
{
	return of >= TALK_FLOWS / 2;
}

static bool
is_ipv6(unsigned of)
{
	return of % 3 == 2;
}

struct sw_endpoints
talk_ends(unsigned of)
{
	struct sw_endpoints ends = {
		.sport = (uint16_t)(40000 + of),
		.dport = 443,
		.family = is_ipv6(of) ? SW_IPV6 : SW_IPV4,
		.proto = is_udp(of) ? IPPROTO_UDP : IPPROTO_TCP,
	};
	uint8_t *low = of & 1 ? ends.src.b : ends.dst.b;

	ends.src.b[0] = ends.dst.b[0] = 0xfd;
	ends.src.b[3] = (uint8_t)(1 + of);
	ends.dst.b[3] = 9;
	low[0] = 10;
	return ends;
}

struct segment {
	unsigned direction;
	uint32_t seq, ack, payload;
	uint16_t window;
	uint8_t flags;
	enum { PLAIN, STAMP, SACK, STAMP_SACK, SYN_OPTIONS, ODD, FORMS } form;
};

/* => bytes of the options */
static uint32_t
put_options(struct talk *talk, const struct segment *s, uint8_t *at)
{
	static const uint8_t odd[] = { 8, 10, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0 };
	static const uint8_t syn[] = { 2, 4, 5, 180, 4, 2, 1, 3, 3, 2, 1, 0 };
	uint32_t n = 0, blocks = 1 + talk_below(talk, 3);

	if (s->form == ODD)
		memcpy(at, odd, n = sizeof odd);
	if (s->form == SYN_OPTIONS) {
		memcpy(at, syn, n = sizeof syn);
		at[9] += (uint8_t)(3 * s->direction); /* its window scale */
	}
	if (s->form == STAMP || s->form == STAMP_SACK) {
		sw_put_u32(at, 0x0101080a);
		sw_put_u32(at + 4, talk->clock + s->direction);
		sw_put_u32(at + 8, talk->clock + !s->direction);
		n = 12;
	}
	if (s->form != SACK && s->form != STAMP_SACK)
		return n;
	sw_put_u32(at + n, 0x01010500 + 2 + 8 * blocks);
	for (uint32_t i = 0; i < blocks; i++) {
		uint32_t left = s->ack + talk_below(talk, 3000);

		sw_put_u32(at + n + 4 + 8 * i, left);
		sw_put_u32(at + n + 8 + 8 * i, left + talk_below(talk, 1500));
	}
	return n + 4 + 8 * blocks;
}

/* => bytes of the header */
static uint32_t
put_ip(uint8_t *bytes, const struct sw_endpoints *from, uint32_t upper)
{
	memset(bytes, 0, 40);
	if (from->family == SW_IPV6) {
		bytes[0] = 0x60;
		sw_put_u16(bytes + 4, upper);
		bytes[6] = from->proto;
		bytes[7] = 64;
		memcpy(bytes + 8, from->src.b, 16);
		memcpy(bytes + 24, from->dst.b, 16);
		return 40;
	}
	bytes[0] = 0x45;
	sw_put_u16(bytes + 2, 20 + upper);
	bytes[8] = 64;
	bytes[9] = from->proto;
	memcpy(bytes + 12, from->src.b, 4);
	memcpy(bytes + 16, from->dst.b, 4);
	return 20;
}

static void
put_packet(struct talk *talk, unsigned of, const struct segment *s,
    struct talk_packet *packet)
{
	struct sw_endpoints ends = talk_ends(of);
	uint8_t upper[60] = { 0 };
	uint32_t header = 8, ip;

	if (s->direction)
		ends = sw_packet_endpoints_reverse(&ends);
	sw_put_u16(upper, ends.sport);
	sw_put_u16(upper + 2, ends.dport);
	if (is_udp(of)) {
		sw_put_u16(upper + 4, 8 + s->payload);
	} else {
		sw_put_u32(upper + 4, s->seq);
		sw_put_u32(upper + 8, s->ack);
		header = 20 + put_options(talk, s, upper + 20);
		upper[12] = (uint8_t)(header / 4 << 4);
		upper[13] = s->flags;
		sw_put_u16(upper + 14, s->window);
	}
	ip = put_ip(packet->bytes, &ends, header + s->payload);
	memcpy(packet->bytes + ip, upper, header);
	packet->length = ip + header + s->payload;
	packet->in = s->direction ? TALK_OUTSIDE : TALK_INSIDE;
	packet->out = s->direction ? TALK_INSIDE : TALK_OUTSIDE;
}

static const struct sw_flow *
record_of(const struct sw_engine *engine, unsigned of)
{
	struct sw_endpoints ends = talk_ends(of);
	struct sw_tuple tuple;
	uint64_t hash;
	uint32_t index;

	sw_tuple_key(&tuple, &ends, engine->limits.key, &hash);
	index = sw_flows_find(engine->flows, &tuple, hash);
	return index == SW_FLOW_NONE ? NULL : sw_flows_at(engine->flows, index);
}

/* At the edges of the four inequalities, and far beyond them. */
static void
stray(struct talk *talk, const struct sw_flow *flow, struct segment *s)
{
	const struct sw_peer *S = &flow->peer[s->direction];
	const struct sw_peer *R = &flow->peer[!s->direction];
	uint32_t slack = S->maxwin > 66000 ? S->maxwin : 66000;
	uint32_t around = talk_below(talk, 3) - 1;

	switch (talk_below(talk, 12)) {
	case 0:
		s->seq = S->maxend + around;
		break;
	case 1:
		s->seq = S->maxend - s->payload + around;
		break;
	case 2:
		s->seq = S->end - R->maxwin - s->payload + around;
		break;
	case 3:
		s->ack = R->end + around;
		break;
	case 4:
		s->ack = R->end - slack + around;
		break;
	case 5:
		s->seq = (uint32_t)draw(&talk->seed);
		break;
	case 6:
		s->ack = (uint32_t)draw(&talk->seed);
		break;
	case 7:
		s->seq += talk_below(talk, 200000) - 100000;
		break;
	case 8:
		s->ack += talk_below(talk, 200000) - 100000;
		break;
	default:
		s->seq -= talk_below(talk, 3000);
		s->ack -= talk_below(talk, 3000);
	}
}

static void
unusual(struct talk *talk, struct segment *s)
{
	static const uint8_t flags[] = { 0x11, 0x14, 0x04, 0x02, 0x12, 0x30,
		0x00, 0x50, 0x90, 0x18 };

	switch (talk_below(talk, 40)) {
	case 0:
		s->flags = flags[talk_below(talk, sizeof flags)];
		break;
	case 1:
		s->window = 0;
		break;
	case 2:
		s->form = talk_below(talk, FORMS);
		break;
	case 3:
		s->flags = 0x18 | (uint8_t)(talk_below(talk, 4) << 6);
		break;
	default:
		break;
	}
}

static struct segment
continuation(struct talk *talk, const struct sw_flow *flow)
{
	unsigned direction = talk_below(talk, 2);
	struct segment s = { .direction = direction,
		.seq = flow->peer[direction].end,
		.ack = flow->peer[!direction].end,
		.payload = talk_below(talk, 2) ? talk_below(talk, 1400) : 0,
		.window = (uint16_t)(1 + talk_below(talk, 65535)),
		.flags = 0x10,
		.form = STAMP };

	if (!talk_below(talk, 8))
		s.form = STAMP_SACK;
	if (!talk_below(talk, 4))
		stray(talk, flow, &s);
	unusual(talk, &s);
	return s;
}

/* The rows of a handshake. */
static struct segment
greeting(struct talk *talk, const struct sw_flow *flow)
{
	struct segment s = { .seq = (uint32_t)draw(&talk->seed),
		.window = 60000,
		.flags = 0x02,
		.form = SYN_OPTIONS };

	if (flow && flow->state == SW_STATE_SYN_SENT) {
		s.direction = 1;
		s.flags = 0x12;
		s.ack = flow->peer[0].end;
	} else if (flow && flow->state == SW_STATE_SYN_RECV) {
		s.flags = 0x10;
		s.form = STAMP;
		s.seq = flow->peer[0].end;
		s.ack = flow->peer[1].end;
	}
	return s;
}

static bool
is_greeting(const struct sw_flow *flow)
{
	return !flow || flow->state == SW_STATE_SYN_SENT ||
	       flow->state == SW_STATE_SYN_RECV;
}

/* Bytes that are not as they should be, or another way. */
static void
spoil(struct talk *talk, struct talk_packet *packet)
{
	switch (talk_below(talk, 400)) {
	case 0:
		packet->in = 4;
		break;
	case 2:
		packet->bytes[talk_below(talk, 60)] ^=
		    (uint8_t)(1u << talk_below(talk, 8));
		break;
	case 3:
		packet->length -= packet->length > 60;
		break;
	default:
		break;
	}
}

void
talk_next(struct talk *talk, unsigned of, const struct sw_engine *engine,
    struct talk_packet *packet)
{
	const struct sw_flow *flow = record_of(engine, of);
	struct segment s = { .direction = talk_below(talk, 2),
		.payload = talk_below(talk, 1400) };

	talk->clock++;
	if (talk->last[of].length && !talk_below(talk, 8)) {
		*packet = talk->last[of];
		return;
	}
	if (!is_udp(of))
		s = is_greeting(flow) ? greeting(talk, flow)
				      : continuation(talk, flow);
	else if (!flow)
		s.direction = 0;
	put_packet(talk, of, &s, packet);
	spoil(talk, packet);
	talk->last[of] = *packet;
}
