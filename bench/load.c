/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Zipf's law with exponent 1 needs no table: the logarithm of the rank is of
 * equal chance everywhere.
 */
#include "load.h"

#include <math.h>
#include <netinet/in.h>

#include "engine/internal.h"

static const uint8_t key[16] = "sixteen bytes ok";

void
load_open(struct load *load, uint8_t family, uint32_t flows, uint32_t room)
{
	struct sw_flow_policy flow_policy = {
		.timeouts = *sw_profile("rfc5382"), .log = true
	};
	uint64_t most = (uint64_t)flows * room / 100;
	size_t flows_size;

	memset(load, 0, sizeof(*load));
	load->family = family;
	load->flows = flows;
	load->seed = UINT64_C(88172645463325252);
	load->stride = UINT64_C(2654435761) % flows | 1;
	load->now.ns = 1000 * SW_NS_PER_SECOND;
	load->limits = (struct sw_limits){ .max_flows = (uint32_t)most,
		.max_embryonic = 100,
		.tombstones = 1 << 20,
		.events = 4096 };
	memcpy(load->limits.key, key, sizeof(key));
	load->policy = sw_policy_compile(NULL, 0, &flow_policy);
	load->memory = meter_block(sw_engine_memory(&load->limits));
	flows_size = sw_flow_open_memory((uint32_t)most);
	memset((uint8_t *)load->memory + flows_size, 0,
	    sw_engine_memory(&load->limits) - flows_size);
	load->engine = sw_engine_create(
	    &load->limits, load->memory, load->policy, load->now);
	load->progress = calloc(flows, sizeof(*load->progress));
	if (!load->policy || !load->engine || !load->progress) {
		fprintf(stderr, "no memory for an engine\n");
		exit(1);
	}
}

void
load_close(struct load *load)
{
	sw_engine_destroy(load->engine);
	sw_policy_destroy(load->policy);
	free(load->progress);
	munmap(load->memory, sw_engine_memory(&load->limits));
}

void
load_sequence(struct load *load, uint32_t first)
{
	for (uint32_t i = 0; i < METER_CHUNK; i++)
		load->flow[i] = first + i;
}

static uint32_t
draw_zipf(struct load *load)
{
	double u = (double)(meter_draw(&load->seed) >> 11) / 0x1p53;
	uint64_t rank = (uint64_t)exp(u * log((double)load->flows));

	return (uint32_t)(rank * load->stride % load->flows);
}

void
load_choose(struct load *load, bool zipf)
{
	for (uint32_t i = 0; i < METER_CHUNK; i++)
		load->flow[i] = zipf ? draw_zipf(load)
				     : meter_below(&load->seed, load->flows);
}

void
load_strangers(struct load *load)
{
	for (uint32_t i = 0; i < METER_CHUNK; i++)
		load->flow[i] += WIRE_FLOWS / 2;
}

static void
make(struct load *load, uint32_t at, enum wire_kind kind, unsigned direction)
{
	uint32_t flow = load->flow[at];
	struct wire_progress stranger = { { 0 } };
	struct wire_progress *progress = &stranger;

	if (flow < load->flows)
		progress = &load->progress[flow];
	progress->sent[direction] += kind == WIRE_DATA;
	load->length[at] = wire_make(
	    load->bytes[at], load->family, flow, kind, direction, progress);
}

void
load_packets(struct load *load, enum wire_kind kind, unsigned direction)
{
	for (uint32_t i = 0; i < METER_CHUNK; i++)
		make(load, i, kind, direction);
}

void
load_traffic(struct load *load)
{
	for (uint32_t i = 0; i < METER_CHUNK; i++) {
		uint64_t r = meter_draw(&load->seed);

		make(load, i, r & 1 ? WIRE_DATA : WIRE_ACK, r >> 1 & 1);
	}
}

static void
step_batch(struct load *load, uint32_t from)
{
	struct sw_packet packet[METER_BATCH];
	const struct sw_packet *batch[METER_BATCH];

	for (uint32_t i = 0; i < METER_BATCH; i++) {
		sw_packet_parse(load->bytes[from + i], load->length[from + i],
		    0, &packet[i]);
		packet[i].in = 1;
		packet[i].out = 2;
		packet[i].local = false;
		batch[i] = &packet[i];
	}
	sw_engine_batch(
	    load->engine, batch, METER_BATCH, load->now, &load->verdict[from]);
}

void
load_step(struct load *load)
{
	load->now.ns += 1000000;
	for (uint32_t b = 0; b < METER_CHUNK; b += METER_BATCH)
		step_batch(load, b);
}

uint32_t
load_look_up(struct load *load, uint32_t from)
{
	const struct sw_flows *flows = load->engine->flows;
	struct sw_packet packet;
	struct sw_tuple tuple[METER_BATCH];
	uint64_t hash[METER_BATCH];
	uint32_t found = 0;

	for (uint32_t i = 0; i < METER_BATCH; i++) {
		sw_packet_parse(
		    load->bytes[from + i], load->length[from + i], 0, &packet);
		sw_tuple_key(
		    &tuple[i], &packet.ends, load->limits.key, &hash[i]);
		sw_flows_prefetch(flows, hash[i]);
	}
	for (uint32_t i = 0; i < METER_BATCH; i++)
		found +=
		    sw_flows_find(flows, &tuple[i], hash[i]) != SW_FLOW_NONE;
	return found;
}

uint32_t
load_passed(const struct load *load)
{
	uint32_t passed = 0;

	for (uint32_t i = 0; i < METER_CHUNK; i++)
		passed += load->verdict[i] == SW_PASS;
	return passed;
}

uint32_t
load_live(const struct load *load)
{
	struct sw_counts counts;

	sw_engine_counts(load->engine, &counts);
	return counts.flows;
}

void
load_drain(struct load *load)
{
	struct sw_event event;

	while (sw_engine_take(load->engine, &event))
		continue;
}
