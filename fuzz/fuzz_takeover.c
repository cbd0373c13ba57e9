/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_takeover: whatever a predecessor left, the successor lives on, and
 * flows whose records were not touched are there.
 *
 * Input: writes to a table and its tombstones, six bytes each: the part
 * (header, buckets, a column), the place in it, what is written and how
 * wide.  So a field of a record or an entry of a bucket is one short write
 * away.  The engine that takes over is held against its own counts, is used
 * until every flow has run out, and leaves a table that the next one takes
 * over as it is.
 */
#include <netinet/in.h>
#include <string.h>

#include "engine/internal.h"
#include "engine/table/flow_table.h"
#include "must.h"

#define MAX_FLOWS 16
#define CONNECTIONS 12
#define LIST_MAX (4 * MAX_FLOWS)
#define DAYS 90000u /* seconds: longer than any timeout */
#define MEMORY (1u << 16)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static _Alignas(64) uint8_t memory[MEMORY], before[MEMORY];

struct scene {
	struct sw_policy *policy;
	struct sw_engine *engine;
	struct sw_time now;
	struct sw_endpoints ends[CONNECTIONS];
	uint32_t index[CONNECTIONS]; /* of each in the table */
};

static const struct sw_limits limits = { .max_flows = MAX_FLOWS,
	.max_embryonic = 100,
	.tombstones = 16,
	.events = 64,
	.key = "sixteen bytes ok" };

/* --- what is left ----------------------------------------------------------*/

static struct sw_endpoints
ends_of(unsigned n)
{
	struct sw_endpoints ends = { .family = n % 3 ? SW_IPV4 : SW_IPV6,
		.proto = n % 4 == 3   ? IPPROTO_UDP
			 : n % 4 == 1 ? IPPROTO_SCTP
				      : IPPROTO_TCP,
		.sport = (uint16_t)(1000 + n),
		.dport = 443 };

	ends.src.b[0] = ends.dst.b[0] = 10;
	ends.src.b[3] = (uint8_t)n;
	ends.dst.b[3] = 200;
	return ends;
}

static void
pass(struct scene *scene, const struct sw_packet *packet)
{
	struct sw_event event;

	sw_engine_step(scene->engine, packet, scene->now);
	while (sw_engine_take(scene->engine, &event))
		continue;
}

/* The initiate tag is used where the chunk tells one. */
static void
step_chunk(struct scene *scene, const struct sw_endpoints *ends,
    enum sw_sctp_chunk chunk, uint32_t tag, uint32_t told)
{
	struct sw_packet packet = { .length = 60, .ttl = 64, .ends = *ends };

	packet.sctp.chunks = (uint16_t)(1u << chunk);
	packet.sctp.tag = tag;
	packet.sctp.init_tag = told;
	packet.sctp.steps = chunk != SW_SCTP_DATA;
	packet.sctp.step[0] = (uint8_t)chunk;
	pass(scene, &packet);
}

/* Of SCTP data, or the wish to end, whose tag is the acknowledgement. */
static void
step(struct scene *scene, const struct sw_endpoints *ends, unsigned flags,
    uint32_t seq, uint32_t ack)
{
	struct sw_packet packet = { .length = 60, .ttl = 64, .ends = *ends };

	if (ends->proto == IPPROTO_SCTP) {
		step_chunk(scene, ends,
		    flags & SW_FIN ? SW_SCTP_SHUTDOWN : SW_SCTP_DATA, ack, 0);
		return;
	}
	packet.tcp.flags = (uint8_t)flags;
	packet.tcp.kind = (uint8_t)sw_tcp_kind((uint8_t)flags);
	packet.tcp.seq = seq;
	packet.tcp.ack = ack;
	packet.tcp.window = 1000;
	pass(scene, &packet);
}

static void
associate(struct scene *scene, const struct sw_endpoints *ends,
    const struct sw_endpoints *back)
{
	step_chunk(scene, ends, SW_SCTP_INIT, 0, 100);
	step_chunk(scene, back, SW_SCTP_INIT_ACK, 100, 500);
	step_chunk(scene, ends, SW_SCTP_COOKIE_ECHO, 500, 0);
	step_chunk(scene, back, SW_SCTP_COOKIE_ACK, 100, 0);
}

static void
handshake(struct scene *scene, unsigned n)
{
	struct sw_endpoints ends = ends_of(n);
	struct sw_endpoints back = sw_packet_endpoints_reverse(&ends);

	if (ends.proto == IPPROTO_SCTP) {
		associate(scene, &ends, &back);
		return;
	}
	step(scene, &ends, SW_SYN, 99, 0);
	step(scene, &back, SW_SYN | SW_ACK, 499, 100);
	step(scene, &ends, SW_ACK, 100, 500);
}

static void
open_engine(struct scene *scene)
{
	scene->engine =
	    sw_engine_create(&limits, memory, scene->policy, scene->now);
}

static void
leave_table(struct scene *scene)
{
	struct sw_flow_policy otherwise = { .timeouts =
						*sw_profile("rfc5382") };

	MUST(sw_engine_memory(&limits) <= sizeof memory);
	scene->now.ns = 1000 * SW_NS_PER_SECOND;
	scene->policy = sw_policy_compile(NULL, 0, &otherwise);
	memset(memory, 0, sizeof memory);
	open_engine(scene);
	MUST(scene->policy && scene->engine);
	/* Some that end, so that there are tombstones. */
	for (unsigned n = 100; n < 104; n++) {
		struct sw_endpoints ends = ends_of(n);

		handshake(scene, n);
		sw_engine_kill(scene->engine, &ends, scene->now, false);
	}
	for (unsigned n = 0; n < CONNECTIONS; n++) {
		scene->ends[n] = ends_of(n);
		handshake(scene, n);
	}
}

static void
note_places(struct scene *scene)
{
	for (unsigned n = 0; n < CONNECTIONS; n++) {
		struct sw_tuple tuple;
		uint64_t hash;

		sw_tuple_key(&tuple, &scene->ends[n], limits.key, &hash);
		scene->index[n] =
		    sw_flows_find(scene->engine->flows, &tuple, hash);
		MUST(scene->index[n] != SW_FLOW_NONE);
	}
}

/* --- what is written to it -------------------------------------------------*/

struct part {
	uint8_t *start;
	uint32_t item, items; /* bytes, how many */
};

static struct part
part_of(const struct sw_flows *flows, unsigned which)
{
	uint8_t *tombstones =
	    memory + ((sw_flow_open_memory(MAX_FLOWS) + 63) & ~63u);
	const struct part parts[] = {
		{ (uint8_t *)&flows->header->reached, 128, 1 },
		{ (uint8_t *)flows->buckets.bucket, 64, flows->buckets.count },
		{ (uint8_t *)flows->buckets.bucket, 64, flows->buckets.count },
		{ flows->records[SW_POOL_IPV4], SW_RECORD_IPV4, MAX_FLOWS },
		{ flows->records[SW_POOL_IPV6], SW_RECORD_IPV6, MAX_FLOWS },
		{ (uint8_t *)flows->deadlines, 4, 2 * MAX_FLOWS },
		{ (uint8_t *)flows->counters, 32, MAX_FLOWS },
		{ (uint8_t *)flows->histories, 64, 2 * MAX_FLOWS },
		{ (uint8_t *)flows->cold, sizeof(struct sw_cold),
		    2 * MAX_FLOWS },
		{ tombstones, 64, 1 },
		{ tombstones + 64, 4, 16 + 2 * 16 },
		{ tombstones + 64 + 12 * 16, 112, 16 },
		{ tombstones, 1,
		    (uint32_t)(memory + sw_engine_memory(&limits) -
			       tombstones) },
		{ memory, 64, 1 },
	};

	return parts[which % (sizeof parts / sizeof parts[0])];
}

static uint64_t
value_of(unsigned kind, unsigned byte)
{
	switch (kind & 7) {
	case 0:
		return byte;
	case 1:
		return UINT64_MAX;
	case 2:
		return UINT64_C(0x8000000080000000) | byte;
	case 3:
		return UINT64_C(0x0101010101010101) * byte;
	case 4:
		return UINT64_C(1) << (byte & 63);
	case 5:
		return 2 * MAX_FLOWS + byte;
	case 6:
		return (uint64_t)byte << 32 | 1;
	default:
		return 0;
	}
}

static void
write_one(const struct sw_flows *flows, const uint8_t op[6])
{
	struct part part = part_of(flows, op[0]);
	uint32_t item = (op[1] | (uint32_t)op[2] << 8) % part.items;
	uint32_t offset = op[3] % part.item, width = 1u << (op[4] >> 6);
	uint64_t value = value_of(op[4], op[5]);

	if (width > part.item - offset)
		width = part.item - offset;
	memcpy(part.start + (size_t)item * part.item + offset, &value, width);
}

/* --- what must hold then ---------------------------------------------------*/

static bool
is_same(const void *at, size_t size)
{
	return memcmp(at, before + ((const uint8_t *)at - memory), size) == 0;
}

/* Nothing a record proves itself by was written to. */
static bool
is_untouched(const struct sw_flows *flows, uint32_t index)
{
	size_t size = index < MAX_FLOWS ? SW_RECORD_IPV4 : 96;

	return is_same(sw_flows_record(flows, index), size) &&
	       is_same(&flows->deadlines[index], 4) &&
	       is_same(&flows->cold[index].key_sum, 4) &&
	       flows->header->note.subject != index + 1;
}

/* A block without its magic number counts as new memory. */
static uint32_t
untouched(const struct scene *scene)
{
	uint32_t set = 0;

	if (scene->engine->flows->header->magic == 0)
		return 0;
	for (unsigned n = 0; n < CONNECTIONS; n++)
		if (is_untouched(scene->engine->flows, scene->index[n]))
			set |= 1u << n;
	return set;
}

static void
must_be_there(const struct scene *scene, uint32_t set)
{
	struct sw_flow_info info;

	for (unsigned n = 0; n < CONNECTIONS; n++)
		if (set & 1u << n)
			MUST(sw_engine_find(
			    scene->engine, &scene->ends[n], scene->now, &info));
}

static void
check_counts(const struct scene *scene)
{
	struct sw_counts counts;
	uint32_t flows = 0;

	sw_engine_counts(scene->engine, &counts);
	for (unsigned i = 0; i < SW_STATE_COUNT; i++)
		flows += counts.by_state[i];
	MUST(counts.flows == flows);
	MUST(counts.flows <= 2 * MAX_FLOWS);
	MUST(counts.embryonic <= counts.flows);
}

static void
check_list(const struct scene *scene)
{
	struct sw_flow_info infos[LIST_MAX], found;
	uint32_t cursor = 0;
	size_t n = sw_engine_list(
	    scene->engine, scene->now, &cursor, UINT32_MAX, infos, LIST_MAX);

	for (size_t i = 0; i < n; i++) {
		MUST(infos[i].state < SW_STATE_COUNT);
		MUST(infos[i].opened.ns <= scene->now.ns);
		for (const char *c = infos[i].history; *c != '\0'; c++)
			MUST((unsigned)((*c | 0x20) - 'a') < 26);
		MUST(sw_engine_find(
		    scene->engine, &infos[i].opener, scene->now, &found));
	}
}

static void
use(struct scene *scene)
{
	struct sw_flow_info info;

	for (unsigned n = 0; n < 4 * MAX_FLOWS; n++) {
		struct sw_endpoints ends = ends_of(n % 128);
		struct sw_endpoints back = sw_packet_endpoints_reverse(&ends);

		step(scene, &ends, SW_ACK | SW_PSH, 100 + n, 500);
		step(scene, &back, n % 5 ? SW_ACK : SW_ACK | SW_FIN, 500, 100);
		if (n % 3 == 0)
			handshake(scene, n + 20);
		sw_engine_recall(scene->engine, &ends, scene->now, &info);
		if (n % 7 == 0)
			sw_engine_kill(scene->engine, &ends, scene->now, true);
		check_counts(scene);
	}
	check_list(scene);
}

static void
run_out(struct scene *scene)
{
	struct sw_counts counts;
	struct sw_event event;

	for (unsigned i = 0; i < 16; i++) {
		scene->now = sw_time_add_ms(scene->now, DAYS * 1000u);
		sw_engine_sweep(scene->engine, scene->now,
		    2 * sw_engine_slots(scene->engine));
		while (sw_engine_take(scene->engine, &event))
			continue;
	}
	sw_engine_counts(scene->engine, &counts);
	MUST(counts.flows == 0 && counts.embryonic == 0);
}

/* Another takes over what is there now, and finds nothing to mend. */
static void
take_over_again(struct scene *scene)
{
	struct sw_counts counts;
	uint32_t torn;

	sw_engine_counts(scene->engine, &counts);
	sw_engine_destroy(scene->engine);
	open_engine(scene);
	MUST(scene->engine);
	MUST(sw_engine_restored(scene->engine, &torn) == counts.flows);
	MUST(torn == 0);
	check_counts(scene);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct scene scene;
	uint32_t whole;

	leave_table(&scene);
	note_places(&scene);
	memcpy(before, memory, sizeof before);
	for (; size >= 6; data += 6, size -= 6)
		write_one(scene.engine->flows, data);
	whole = untouched(&scene);
	sw_engine_destroy(scene.engine);
	open_engine(&scene);
	/* Headers that are not ours are refused; the shell begins anew. */
	if (scene.engine != NULL) {
		check_counts(&scene);
		must_be_there(&scene, whole);
		take_over_again(&scene);
		must_be_there(&scene, whole);
		use(&scene);
		take_over_again(&scene);
		run_out(&scene);
		sw_engine_destroy(scene.engine);
	}
	sw_policy_destroy(scene.policy);
	return 0;
}
