/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packets are made as values, not as bytes: what is tested with them is what
 * becomes of many, not how one is read.
 */
#include "crowd.h"

#include <check.h>
#include <netinet/in.h>

#include "build.h"

struct crowd
crowd_open(
    const struct sw_limits *limits, const struct sw_flow_policy *flow_policy)
{
	struct crowd crowd = { .now.ns = 1000 * SW_NS_PER_SECOND,
		.proto = IPPROTO_TCP,
		.sources = UINT32_MAX };

	crowd.policy = sw_policy_compile(NULL, 0, flow_policy);
	ck_assert_ptr_nonnull(crowd.policy);
	crowd.engine = sw_engine_create(limits, NULL, crowd.policy, crowd.now);
	ck_assert_ptr_nonnull(crowd.engine);
	return crowd;
}

void
crowd_close(struct crowd *crowd)
{
	sw_engine_destroy(crowd->engine);
	sw_policy_destroy(crowd->policy);
}

static struct sw_endpoints
ends_of(const struct crowd *crowd, uint32_t i, unsigned direction)
{
	uint32_t client = i % crowd->sources, port = i / crowd->sources;
	struct sw_endpoints ends = { .family = SW_IPV4,
		.proto = crowd->proto,
		.sport = (uint16_t)(1024 + port),
		.dport = 80 };

	ends.src.b[0] = 10;
	ends.src.b[1] = (uint8_t)(client >> 16);
	ends.src.b[2] = (uint8_t)(client >> 8);
	ends.src.b[3] = (uint8_t)client;
	ends.dst.b[0] = 192;
	return direction ? sw_packet_endpoints_reverse(&ends) : ends;
}

struct sw_packet
crowd_datagram(uint32_t i)
{
	return (struct sw_packet){
		.ends = { .src = { { 10, (uint8_t)(i >> 16), (uint8_t)(i >> 8),
			      (uint8_t)i } },
		    .dst = { { 192, 0, 2, 1 } },
		    .sport = (uint16_t)(1024 + i % 50000),
		    .dport = 53,
		    .family = SW_IPV4,
		    .proto = IPPROTO_UDP },
		.length = 60,
	};
}

static uint32_t
first_number(uint32_t i, unsigned direction)
{
	return (i * 2 + direction) * UINT32_C(0x9e3779b1);
}

static void
drain(struct crowd *crowd)
{
	struct sw_event event;

	while (sw_engine_take(crowd->engine, &event)) {
		if (event.kind == SW_EVENT_SEND)
			crowd->sends += (event.send[0].flags != 0) +
					(event.send[1].flags != 0);
		if (event.kind != SW_EVENT_REFUSED)
			continue;
		crowd->refusals++;
		crowd->refused = event.refused;
	}
}

bool
crowd_step(struct crowd *crowd, uint32_t i, unsigned direction,
    const char *flags, uint32_t seq, uint32_t ack, uint32_t payload)
{
	struct sw_packet packet = { .ends = ends_of(crowd, i, direction),
		.length = 40 + payload,
		.in = direction ? 2 : 1,
		.out = direction ? 1 : 2,
		.ttl = 64 };
	enum sw_verdict verdict;

	if (crowd->proto == IPPROTO_TCP) {
		packet.tcp.flags = build_flags(flags);
		packet.tcp.kind = (uint8_t)sw_tcp_kind(packet.tcp.flags);
		packet.tcp.seq = first_number(i, direction) + seq;
		packet.tcp.ack = first_number(i, !direction) + ack;
		packet.tcp.payload = payload;
		packet.tcp.window = 65535;
	}
	verdict = sw_engine_step(crowd->engine, &packet, crowd->now);
	crowd->packets++;
	drain(crowd);
	return verdict == SW_PASS;
}

bool
crowd_establish(struct crowd *crowd, uint32_t i)
{
	return crowd_step(crowd, i, 0, "S", 0, 0, 0) &&
	       crowd_step(crowd, i, 1, "SA", 0, 1, 0) &&
	       crowd_step(crowd, i, 0, "A", 1, 1, 0) &&
	       crowd_step(crowd, i, 0, "PA", 1, 1, 100) &&
	       crowd_step(crowd, i, 1, "PA", 1, 101, 100) &&
	       crowd_step(crowd, i, 0, "A", 101, 101, 0);
}

bool
crowd_finish(struct crowd *crowd, uint32_t i)
{
	return crowd_step(crowd, i, 0, "FA", 101, 101, 0) &&
	       crowd_step(crowd, i, 1, "FA", 101, 102, 0) &&
	       crowd_step(crowd, i, 0, "A", 102, 102, 0);
}

void
crowd_wait(struct crowd *crowd, uint64_t ms)
{
	crowd->now = sw_time_add_ms(crowd->now, ms);
	sw_engine_sweep(
	    crowd->engine, crowd->now, sw_engine_slots(crowd->engine));
	drain(crowd);
}

struct sw_counts
crowd_counts(const struct crowd *crowd)
{
	struct sw_counts counts;

	sw_engine_counts(crowd->engine, &counts);
	return counts;
}

bool
crowd_has(const struct crowd *crowd, uint32_t i)
{
	struct sw_endpoints ends = ends_of(crowd, i, 0);
	struct sw_flow_info info;

	return sw_engine_find(crowd->engine, &ends, crowd->now, &info);
}
