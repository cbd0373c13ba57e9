/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes are made by hand, because tests send millions of them.
 */
#include "scene.h"

#include <check.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "engine/offload.h"
#include "engine/packet/writer.h"
#include "engine/table/tuple.h"

enum { FLOWS = 16384, BYTES = 40 };

static const struct sw_limits limits = { .max_flows = FLOWS,
	.max_embryonic = 100,
	.tombstones = 64,
	.events = 64,
	.key = "a key for tests" };

static void
attach(struct scene *scene)
{
	scene->engine =
	    sw_engine_create(&limits, scene->memory, scene->policy, scene->now);
	ck_assert_ptr_nonnull(scene->engine);
	ck_assert(
	    sw_engine_use_lanes(scene->engine, &scene->lanes, 0, SCENE_AFTER));
}

struct scene
scene_open(enum sw_tracking tracking, uint32_t sets)
{
	struct scene scene = { .now = { 1000 * SW_NS_PER_SECOND },
		.flow_policy = { .tracking = (uint8_t)tracking, .log = true },
		.lanes = twin_open(sets) };
	uint32_t *seconds = scene.flow_policy.timeouts.seconds;
	size_t size = sw_engine_memory(&limits);

	for (unsigned i = 0; i < SW_TIMEOUT_COUNT; i++)
		seconds[i] = 20;
	seconds[SW_TIMEOUT_ESTABLISHED] = SCENE_ESTABLISHED;
	seconds[SW_TIMEOUT_UNACKNOWLEDGED] = SCENE_UNACKNOWLEDGED;
	seconds[SW_TIMEOUT_UDP] = SCENE_UDP;
	scene.policy = sw_policy_compile(NULL, 0, &scene.flow_policy);
	scene.memory = aligned_alloc(64, (size + 63) & ~(size_t)63);
	ck_assert_ptr_nonnull(scene.memory);
	memset(scene.memory, 0, size);
	attach(&scene);
	return scene;
}

void
scene_close(struct scene *scene)
{
	sw_engine_destroy(scene->engine);
	sw_policy_destroy(scene->policy);
	free(scene->memory);
	twin_close(&scene->lanes);
}

void
scene_crash(struct scene *scene)
{
	sw_engine_destroy(scene->engine);
	scene->lanes.control->epoch++;
	attach(scene);
}

void
scene_adopt(struct scene *scene, const struct sw_rule *rules, size_t n)
{
	struct sw_policy *policy =
	    sw_policy_compile(rules, n, &scene->flow_policy);

	sw_engine_adopt(scene->engine, policy, scene->now);
	scene->lanes.control->epoch++;
	sw_policy_destroy(scene->policy);
	scene->policy = policy;
}

struct sw_endpoints
scene_ends(uint32_t host, bool udp)
{
	return (struct sw_endpoints){
		.src.b = { 10, (uint8_t)(host >> 16), (uint8_t)(host >> 8),
		    (uint8_t)host },
		.dst.b = { 10, 200, 0, 9 },
		.sport = 40000,
		.dport = 443,
		.family = SW_IPV4,
		.proto = udp ? IPPROTO_UDP : IPPROTO_TCP,
	};
}

static void
put_tcp(uint8_t *at, const struct scene_packet *packet)
{
	uint16_t window = packet->window ? packet->window : 30000;

	sw_put_u32(at + 4, packet->seq);
	sw_put_u32(at + 8, packet->ack);
	at[12] = 0x50;
	at[13] = packet->flags ? packet->flags : SW_ACK;
	sw_put_u16(at + 14, packet->zero_window ? 0 : window);
}

/* => length of the datagram */
static uint32_t
put_packet(uint8_t bytes[BYTES], const struct scene_packet *packet)
{
	struct sw_endpoints ends = scene_ends(packet->host, packet->udp);
	uint32_t header = packet->udp ? 8 : 20;
	uint32_t length = 20 + header + packet->payload;

	if (packet->side)
		ends = sw_packet_endpoints_reverse(&ends);
	memset(bytes, 0, BYTES);
	bytes[0] = 0x45;
	sw_put_u16(bytes + 2, length);
	bytes[8] = 64;
	bytes[9] = ends.proto;
	memcpy(bytes + 12, ends.src.b, 4);
	memcpy(bytes + 16, ends.dst.b, 4);
	sw_put_u16(bytes + 20, ends.sport);
	sw_put_u16(bytes + 22, ends.dport);
	if (packet->udp)
		sw_put_u16(bytes + 24, 8 + packet->payload);
	else
		put_tcp(bytes + 20, packet);
	return length;
}

static uint32_t
in_of(const struct scene_packet *packet)
{
	if (packet->in)
		return packet->in;
	return packet->side ? SCENE_OUTSIDE : SCENE_INSIDE;
}

enum scene_way
scene_step(struct scene *scene, const struct scene_packet *packet)
{
	uint8_t bytes[BYTES];
	uint32_t length = put_packet(bytes, packet);
	enum sw_verdict verdict;
	struct sw_packet parsed;
	struct sw_event event;

	sw_packet_parse(
	    bytes, BYTES < length ? BYTES : length, length, &parsed);
	parsed.in = in_of(packet);
	parsed.out = packet->side ? SCENE_INSIDE : SCENE_OUTSIDE;
	verdict = sw_engine_step(scene->engine, &parsed, scene->now);
	while (sw_engine_take(scene->engine, &event))
		;
	sw_engine_open_lanes(scene->engine, true);
	return verdict == SW_PASS ? BY_ENGINE : DROPPED;
}

enum scene_way
scene_send(struct scene *scene, const struct scene_packet *packet)
{
	uint8_t bytes[2048] = { 0 };
	uint32_t length = put_packet(bytes, packet);

	if (!twin_needs_daemon(
		&scene->lanes, bytes, length, in_of(packet), scene->now.ns))
		return BY_PROGRAM;
	return scene_step(scene, packet);
}

static void
begin_tcp(struct scene *scene, uint32_t host)
{
	scene_send(scene, &(struct scene_packet){
			      .host = host, .flags = SW_SYN, .seq = 999 });
	scene_send(scene, &(struct scene_packet){ .host = host,
			      .side = 1,
			      .flags = SW_SYN | SW_ACK,
			      .seq = 4999,
			      .ack = 1000 });
	for (unsigned side = 0; side < 2; side++)
		for (unsigned data = 0; data < 2; data++)
			scene_send(scene, &(struct scene_packet){ .host = host,
					      .side = side,
					      .seq = side ? 5000 : 1000,
					      .ack = side ? 1001 : 5000,
					      .payload = data });
	scene_send(scene,
	    &(struct scene_packet){ .host = host, .seq = 1001, .ack = 5001 });
}

static void
begin_udp(struct scene *scene, uint32_t host)
{
	for (unsigned i = 0; i < 2 * SCENE_AFTER; i++)
		scene_send(scene, &(struct scene_packet){ .host = host,
				      .udp = true,
				      .side = i & 1,
				      .payload = 10 });
}

void
scene_begin(struct scene *scene, uint32_t host, bool udp)
{
	if (udp)
		begin_udp(scene, host);
	else
		begin_tcp(scene, host);
}

uint32_t
scene_flow(const struct scene *scene, uint32_t host, bool udp)
{
	struct sw_endpoints ends = scene_ends(host, udp);
	struct sw_tuple tuple;
	uint64_t hash;

	sw_tuple_key(&tuple, &ends, scene->engine->limits.key, &hash);
	return sw_flows_find(scene->engine->flows, &tuple, hash);
}

bool
scene_is_fast(const struct scene *scene, uint32_t host, bool udp)
{
	uint32_t index = scene_flow(scene, host, udp);

	return index != SW_FLOW_NONE && sw_offload_has(scene->engine, index);
}

void
scene_wait(struct scene *scene, uint64_t ms)
{
	scene->now = sw_time_add_ms(scene->now, ms);
}
