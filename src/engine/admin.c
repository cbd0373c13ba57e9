/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything that the caller does with an engine besides packets: create and
 * destroy it, sweep, adopt another policy, list, find and end flows.
 *
 * The block of memory contains, each aligned to a cache line: the flow table,
 * the tombstones of established flows, and those of all other flows.
 */

#include <stdlib.h>
#include <string.h>

#include "engine/import.h"
#include "engine/interfaces.h"
#include "engine/internal.h"
#include "engine/offload.h"
#include "engine/related/kin.h"

/* Datagrams with missing fragments; the kernel mostly reassembles before it
 * queues, so this is for hosts where it does not. */
#define FRAGMENTS 2048u

/* Entries that are ended in one batch. */
#define DUE 16u

/* Flows that were never established get less memory for their tombstones. */
static uint32_t
unassured_entries(const struct sw_limits *limits)
{
	return limits->tombstones / 4 > 16 ? limits->tombstones / 4 : 16;
}

static size_t
aligned(size_t bytes)
{
	return (bytes + 63) & ~(size_t)63;
}

size_t
sw_engine_memory(const struct sw_limits *limits)
{
	return aligned(sw_flow_open_memory(limits->max_flows)) +
	       aligned(sw_tombstones_memory(limits->tombstones)) +
	       aligned(sw_tombstones_memory(unassured_entries(limits)));
}

size_t
sw_engine_memory_former(const struct sw_limits *limits, size_t *at)
{
	*at = aligned(sw_flow_open_memory_former(limits->max_flows));
	return *at + aligned(sw_tombstones_memory(limits->tombstones)) +
	       aligned(sw_tombstones_memory(unassured_entries(limits)));
}

/* calloc aligns to 16; 63 more bytes leave room to align to a cache line. */
static uint8_t *
own_memory(struct sw_engine *engine, size_t bytes)
{
	uint8_t *start;

	engine->owned = calloc(1, bytes + 63);
	if (!engine->owned)
		return NULL;
	start = engine->owned;
	return start + (-(uintptr_t)start & 63);
}

/* => false when memory is short */
static bool
open_sources(struct sw_engine *engine)
{
	struct sw_limits *limits = &engine->limits;

	if (limits->max_src_flows == 0) {
		limits->sources = NULL;
		return true;
	}
	if (!limits->sources)
		limits->sources = engine->own_sources =
		    sw_source_limits_create(limits->max_flows, limits->key);
	return limits->sources != NULL;
}

/* => false when memory is short */
static bool
open_parents(struct sw_engine *engine)
{
	struct sw_limits *limits = &engine->limits;

	if (!limits->parents)
		limits->parents = engine->own_parents =
		    sw_parents_create(limits->max_flows, limits->key);
	return limits->parents != NULL;
}

static bool
open_parts(struct sw_engine *engine, uint8_t *memory)
{
	const struct sw_limits *limits = &engine->limits;
	uint8_t *tombstones =
	    memory + aligned(sw_flow_open_memory(limits->max_flows));
	uint8_t *unassured =
	    tombstones + aligned(sw_tombstones_memory(limits->tombstones));

	engine->flows = sw_flows_open(memory, limits->max_flows, limits->key,
	    &engine->restored, &engine->torn);
	if (engine->flows)
		memcpy(engine->limits.key, sw_flows_key(engine->flows),
		    sizeof(engine->limits.key));
	engine->tombstones = sw_tombstones_open(tombstones, limits->tombstones);
	engine->unassured =
	    sw_tombstones_open(unassured, unassured_entries(limits));
	engine->ring = sw_event_ring_create(limits->events);
	engine->silences = sw_silence_ring_create();
	engine->fragments = sw_fragments_create(FRAGMENTS, limits->key);
	return open_sources(engine) && open_parents(engine) && engine->flows &&
	       engine->tombstones && engine->unassured && engine->ring &&
	       engine->silences && engine->fragments;
}

static void
adopt(struct sw_engine *engine, const struct sw_policy *policy)
{
	engine->policy = policy;
	engine->shortest = sw_policy_shortest(policy) * SW_TICKS_PER_SECOND;
	if (engine->shortest > SW_SILENCE_LEAST * SW_TICKS_PER_SECOND)
		engine->shortest = SW_SILENCE_LEAST * SW_TICKS_PER_SECOND;
}

struct sw_engine *
sw_engine_create(const struct sw_limits *limits, void *memory,
    const struct sw_policy *policy, struct sw_time now)
{
	struct sw_engine *engine = calloc(1, sizeof(*engine));

	if (!engine)
		return NULL;
	engine->limits = *limits;
	engine->began = engine->looked = engine->round = now;
	adopt(engine, policy);
	if (!memory)
		memory = own_memory(engine, sw_engine_memory(limits));
	if (!memory || !open_parts(engine, memory)) {
		sw_engine_destroy(engine);
		return NULL;
	}
	sw_import_count(engine);
	if (engine->own_parents) {
		sw_engine_restore_parents(engine);
		sw_engine_restore_children(engine);
	}
	return engine;
}

void
sw_engine_destroy(struct sw_engine *engine)
{
	if (!engine)
		return;
	sw_past_free(&engine->past);
	sw_flow_open_close(engine->flows);
	sw_tombstones_close(engine->tombstones);
	sw_tombstones_close(engine->unassured);
	sw_event_ring_destroy(engine->ring);
	sw_silence_ring_destroy(engine->silences);
	sw_fragments_destroy(engine->fragments);
	sw_source_limits_destroy(engine->own_sources);
	sw_parents_destroy(engine->own_parents);
	free(engine->offload);
	free(engine->owned);
	free(engine);
}

uint32_t
sw_engine_restored(const struct sw_engine *engine, uint32_t *torn)
{
	*torn = engine->torn;
	return engine->restored;
}

bool
sw_engine_knows_first(struct sw_engine *engine, const struct sw_packet *packet,
    struct sw_time now)
{
	return sw_fragments_know_first(engine->fragments, packet, now);
}

void
sw_engine_move_fragments(struct sw_engine *from, struct sw_engine *to,
    const struct sw_packet *packet, struct sw_time now)
{
	struct sw_packet placed = *packet;

	sw_engine_place(to, &placed);
	sw_fragments_move(from->fragments, to->fragments, &placed, now);
}

uint64_t
sw_engine_hash(const uint8_t key[16], const struct sw_endpoints *ends)
{
	struct sw_tuple tuple;

	sw_tuple_make(&tuple, ends);
	/* The zone may not be known yet. */
	tuple.zone = 0;
	return sw_tuple_hash(&tuple, key);
}

/* Is its time over?  A flow that has a lane is looked at again when no packet
 * can pass by that any more. */
static bool
is_over(struct sw_engine *engine, uint32_t index, struct sw_time now)
{
	if (!sw_lifecycle_over(engine, index, sw_time_tick(now)))
		return false;
	sw_offload_leave(engine, index);
	return sw_lifecycle_over(engine, index, sw_time_tick(now));
}

static void
look_at(struct sw_engine *engine, uint32_t index, struct sw_time now)
{
	if (is_over(engine, index, now))
		sw_idle_lapse(engine, index, now);
	else
		sw_lifecycle_schedule(engine, index, sw_time_tick(now));
}

/* Its rule may allow related connections now. */
static void
look_again(struct sw_engine *engine, uint32_t index, struct sw_time now)
{
	look_at(engine, index, now);
	if (!sw_policy_relates(engine->policy) ||
	    !sw_flows_deadline(engine->flows, index))
		return;
	sw_kin_note(engine, index, NULL);
	if (sw_offload_has(engine, index) &&
	    sw_interfaces_is_parent(sw_flows_counters(engine->flows, index)))
		sw_offload_leave(engine, index);
}

/* After a change of policy a deadline may be later than it should be. */
static uint32_t
sweep_all(struct sw_engine *engine, struct sw_time now, uint32_t slots)
{
	uint32_t all = sw_flows_slots(engine->flows);

	while (slots && engine->recheck) {
		uint32_t index = engine->expiry.cursor % all;

		engine->expiry.cursor = index + 1;
		engine->recheck--;
		slots--;
		if (sw_flows_deadline(engine->flows, index))
			look_again(engine, index, now);
	}
	return slots;
}

/* An entry that may have expired, and where its tombstone would go. */
struct due {
	uint32_t index;
	const struct sw_tombstones *tombstones;
	uint64_t hash;
};

/* What ending the flow will touch. */
static void
prefetch_end(const struct sw_engine *engine, struct due *due)
{
	struct sw_tuple tuple;
	bool assured =
	    sw_flows_at(engine->flows, due->index)->flags & SW_FLOW_ASSURED;

	sw_flows_tuple(engine->flows, due->index, &tuple);
	due->tombstones = assured ? engine->tombstones : engine->unassured;
	due->hash = sw_tuple_hash(&tuple, engine->limits.key);
	sw_flows_prefetch(engine->flows, due->hash);
	sw_tombstones_prefetch(due->tombstones, due->hash);
}

/* What comes after that in the tombstones. */
static void
prefetch_chains(const struct due *due, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		sw_tombstones_prefetch_chain(due[i].tombstones, due[i].hash);
}

/* Collects up to DUE entries that may have expired, and prefetches what they
 * need.
 * => their number */
static uint32_t
collect_due(struct sw_engine *engine, struct sw_time now, uint32_t *slots,
    struct due due[DUE])
{
	uint32_t n = 0;

	while (n < DUE) {
		uint32_t index = sw_expiry_next(
		    &engine->expiry, engine->flows, sw_time_tick(now), slots);

		if (index == SW_FLOW_NONE)
			break;
		due[n].index = index;
		prefetch_end(engine, &due[n++]);
	}
	prefetch_chains(due, n);
	return n;
}

/* Records the end of a round in which each entry was inspected. */
static void
note_looks(struct sw_engine *engine, struct sw_time now, uint32_t slots)
{
	if (slots < engine->round_left) {
		engine->round_left -= slots;
		return;
	}
	engine->looked = engine->round;
	engine->round = now;
	engine->round_left = sw_flows_slots(engine->flows);
}

static void
look_over(struct sw_engine *engine, struct sw_time now, uint32_t slots)
{
	struct due due[DUE];
	uint32_t n;

	note_looks(engine, now, slots);
	slots = sweep_all(engine, now, slots);
	do {
		n = collect_due(engine, now, &slots, due);
		/* In a small table the cursor may wrap and collect an entry
		 * twice. */
		for (uint32_t i = 0; i < n; i++)
			if (sw_flows_deadline(engine->flows, due[i].index))
				look_at(engine, due[i].index, now);
	} while (n == DUE);
}

/* A flow that is probed gets several probes, so it may be due again. */
static void
look_at_all(struct sw_engine *engine, struct sw_time when, struct sw_time now)
{
	uint32_t all = sw_flows_slots(engine->flows);

	for (unsigned i = 0; i <= SW_PROBES && when.ns <= now.ns; i++) {
		look_over(engine, when, all);
		when = sw_time_add_ms(when, SW_PROBE_INTERVAL * 1000);
	}
}

void
sw_engine_catch_up(struct sw_engine *engine, struct sw_time now)
{
	while (now.ns >= engine->looked.ns + SW_LOOK_LEAST) {
		struct sw_time when = { engine->looked.ns + SW_LOOK_LEAST };

		look_at_all(engine, when, now);
		engine->looked = when;
	}
	if (sw_flows_count(engine->flows) == 0)
		engine->looked = now;
}

void
sw_engine_sweep(struct sw_engine *engine, struct sw_time now, uint32_t slots)
{
	sw_engine_catch_up(engine, now);
	look_over(engine, now, slots);
}

uint32_t
sw_engine_slots(const struct sw_engine *engine)
{
	return sw_flows_slots(engine->flows);
}

bool
sw_engine_take(struct sw_engine *engine, struct sw_event *event)
{
	return sw_event_ring_pop(engine->ring, event);
}

bool
sw_engine_pending(const struct sw_engine *engine)
{
	return sw_event_ring_pending(engine->ring) ||
	       sw_silence_ring_presses(engine->silences);
}

void
sw_engine_adopt(struct sw_engine *engine, const struct sw_policy *policy,
    struct sw_time now)
{
	bool same = sw_policy_same_zones(engine->policy, policy);

	adopt(engine, policy);
	if (!same)
		sw_engine_settle_zones(engine, now);
	engine->recheck = sw_flows_slots(engine->flows);
}

void
sw_engine_counts(const struct sw_engine *engine, struct sw_counts *counts)
{
	*counts = engine->counts;
	if (engine->offload)
		sw_offload_add_counts(counts, &engine->offload->counts);
	counts->flows = sw_flows_count(engine->flows);
	counts->parents = sw_parents_count(engine->limits.parents);
	counts->parents_lost = sw_parents_lost(engine->limits.parents);
	counts->flow_limit = engine->limits.max_flows;
	counts->tombstones = sw_tombstones_count(engine->tombstones) +
			     sw_tombstones_count(engine->unassured);
}

size_t
sw_engine_list(const struct sw_engine *engine, struct sw_time now,
    uint32_t *cursor, uint32_t look, struct sw_flow_info *infos, size_t max)
{
	uint32_t slots = sw_flows_slots(engine->flows);
	uint32_t tick = sw_time_tick(now);
	size_t n = 0;

	for (; *cursor < slots && look && n < max; (*cursor)++, look--) {
		if (!sw_flows_deadline(engine->flows, *cursor) ||
		    sw_lifecycle_over(engine, *cursor, tick))
			continue;
		sw_flow_info_tell(engine, *cursor, now, &infos[n++]);
	}
	return n;
}

static uint32_t
live(const struct sw_engine *engine, const struct sw_endpoints *ends,
    struct sw_time now)
{
	struct sw_tuple tuple;
	uint64_t hash;
	uint32_t index;

	sw_tuple_key(&tuple, ends, engine->limits.key, &hash);
	index = sw_flows_find(engine->flows, &tuple, hash);
	if (index != SW_FLOW_NONE &&
	    sw_lifecycle_over(engine, index, sw_time_tick(now)))
		return SW_FLOW_NONE;
	return index;
}

bool
sw_engine_find(const struct sw_engine *engine, const struct sw_endpoints *ends,
    struct sw_time now, struct sw_flow_info *info)
{
	uint32_t index = live(engine, ends, now);

	if (index == SW_FLOW_NONE)
		return false;
	sw_flow_info_tell(engine, index, now, info);
	return true;
}

bool
sw_engine_recall(const struct sw_engine *engine,
    const struct sw_endpoints *ends, struct sw_time now,
    struct sw_flow_info *info)
{
	struct sw_flow_info unassured;
	struct sw_tuple tuple;
	uint64_t hash;
	bool known;

	sw_tuple_key(&tuple, ends, engine->limits.key, &hash);
	known = sw_tombstones_find(engine->tombstones, &tuple, hash, now, info);
	if (!sw_tombstones_find(
		engine->unassured, &tuple, hash, now, &unassured))
		return known;
	if (!known || info->ended.ns <= unassured.ended.ns)
		*info = unassured;
	return true;
}

bool
sw_engine_kill(struct sw_engine *engine, const struct sw_endpoints *ends,
    struct sw_time now, bool reset)
{
	uint32_t index = live(engine, ends, now);

	if (index == SW_FLOW_NONE)
		return false;
	if (reset)
		sw_idle_reset(engine, index, now);
	sw_lifecycle_end(engine, index, SW_END_KILLED, now);
	return true;
}
