/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Overview
 *
 * A flow is a record and its columns, found through two possible buckets of an
 * index (engine/table/flow_bucket.h).  All of them are regions of one block of
 * memory without pointers (engine/table/flow_open.c), so that the next process
 * can map the block and continue.
 *
 * Life cycle
 *
 * Insert takes a free record, fills it, writes its index and tag into a bucket
 * and its deadline last; remove clears the deadline first.  A record is in use
 * when its deadline is not 0, so a process may die at any instruction and
 * leaves whole flows only, plus at most one torn record, which
 * engine/table/flow_restore.c recognises and drops.  sw_flows_begin() copies
 * the part of a record that a packet changes, so that the successor can undo a
 * half-done packet.  Free records are chained through their first word; records
 * above the header's mark were never touched and use no memory yet.
 *
 * Synchronisation
 *
 * None: one thread at a time uses a table, under the lock of its shard.
 * Compiler fences order the writes that matter when a process dies; they do not
 * order anything for other threads.
 */
#include "engine/table/flow_table.h"
#include "engine/table/prefetch.h"

#include <assert.h>
#include <stdatomic.h>
#include <string.h>

const uint8_t *
sw_flows_key(const struct sw_flows *flows)
{
	return flows->header->key;
}

static inline uint32_t
seek(const struct sw_flows *flows, const struct sw_bucket *bucket, uint16_t tag,
    const struct sw_tuple *tuple)
{
	uint32_t set = sw_bucket_matches(bucket, tag);

	for (; set != 0; set &= set - 1) {
		uint32_t index =
		    bucket->index[__builtin_ctz(set)] & ~SW_BUCKET_STRAY;

		if (sw_flows_is(flows, index, tuple))
			return index;
	}
	return SW_FLOW_NONE;
}

uint32_t
sw_flows_find(
    const struct sw_flows *flows, const struct sw_tuple *tuple, uint64_t hash)
{
	struct sw_spot spot = sw_buckets_spot(&flows->buckets, hash);
	const struct sw_bucket *home = &flows->buckets.bucket[spot.home];
	uint32_t index = seek(flows, home, spot.tag, tuple);
	uint32_t other;

	if (index != SW_FLOW_NONE || home->strays == 0)
		return index;
	other = sw_buckets_other(&flows->buckets, spot.home, spot.tag);
	return seek(flows, &flows->buckets.bucket[other], spot.tag, tuple);
}

void
sw_flows_prefetch(const struct sw_flows *flows, uint64_t hash)
{
	struct sw_spot spot = sw_buckets_spot(&flows->buckets, hash);

	sw_prefetch(&flows->buckets.bucket[spot.home]);
}

/* => the first flow with this tag */
static inline uint32_t
guess_in(const struct sw_bucket *bucket, uint16_t tag)
{
	uint32_t set = sw_bucket_matches(bucket, tag);

	if (set == 0)
		return SW_FLOW_NONE;
	return bucket->index[__builtin_ctz(set)] & ~SW_BUCKET_STRAY;
}

struct sw_guess
sw_flows_guess(const struct sw_flows *flows, uint64_t hash)
{
	struct sw_spot spot = sw_buckets_spot(&flows->buckets, hash);
	const struct sw_bucket *home = &flows->buckets.bucket[spot.home];
	struct sw_guess guess = { .turn = flows->turn };
	uint32_t other;

	guess.index = guess_in(home, spot.tag);
	if (guess.index != SW_FLOW_NONE || home->strays == 0)
		return guess;
	other = sw_buckets_other(&flows->buckets, spot.home, spot.tag);
	guess.index = guess_in(&flows->buckets.bucket[other], spot.tag);
	return guess;
}

void
sw_flows_prefetch_guess(const struct sw_flows *flows, struct sw_guess guess)
{
	if (guess.index == SW_FLOW_NONE)
		return;
	sw_prefetch(sw_flows_record(flows, guess.index));
	sw_prefetch(sw_flows_counters(flows, guess.index));
}

uint32_t
sw_flows_resolve(const struct sw_flows *flows, const struct sw_tuple *tuple,
    uint64_t hash, struct sw_guess guess)
{
	if (guess.turn == flows->turn &&
	    (guess.index == SW_FLOW_NONE ||
		sw_flows_is(flows, guess.index, tuple)))
		return guess.index;
	return sw_flows_find(flows, tuple, hash);
}

/* A free record: the one freed last, otherwise one never used yet. */
static uint32_t
take_record(struct sw_flows *flows, enum sw_pool pool)
{
	uint32_t base = pool == SW_POOL_IPV4 ? 0 : flows->max;
	uint32_t index = flows->free[pool];

	if (index == SW_FLOW_NONE) {
		assert(flows->header->reached[pool] < flows->max);
		return base + flows->header->reached[pool]++;
	}
	memcpy(&flows->free[pool], sw_flows_record(flows, index),
	    sizeof(flows->free[pool]));
	return index;
}

void
sw_flows_free(struct sw_flows *flows, uint32_t index)
{
	enum sw_pool pool = sw_flows_pool(flows, index);

	memcpy(sw_flows_record(flows, index), &flows->free[pool],
	    sizeof(flows->free[pool]));
	flows->free[pool] = index;
}

static void
write_key(struct sw_flow *flow, const struct sw_tuple *tuple)
{
	size_t width = tuple->family == SW_IPV4 ? 4 : 16;

	memset(flow, 0, sizeof(*flow));
	flow->a_port = tuple->a_port;
	flow->b_port = tuple->b_port;
	flow->proto = tuple->proto;
	flow->zone = tuple->zone;
	memcpy(flow->addr, tuple->a.b, width);
	memcpy(flow->addr + width, tuple->b.b, width);
}

uint32_t
sw_flows_insert(
    struct sw_flows *flows, const struct sw_tuple *tuple, uint64_t hash)
{
	enum sw_pool pool =
	    tuple->family == SW_IPV4 ? SW_POOL_IPV4 : SW_POOL_IPV6;
	uint32_t index;

	if (flows->count >= flows->max)
		return SW_FLOW_NONE;
	index = take_record(flows, pool);
	write_key(sw_flows_record(flows, index), tuple);
	memset(sw_flows_counters(flows, index), 0,
	    sizeof(struct sw_flow_counters));
	memset(&flows->histories[index], 0, sizeof(flows->histories[index]));
	memset(&flows->cold[index], 0, offsetof(struct sw_cold, lost));
	flows->cold[index].key_sum = sw_flows_key_sum(hash);
	atomic_signal_fence(memory_order_release);
	flows->deadlines[index] = 1;
	atomic_signal_fence(memory_order_release);
	if (sw_flow_bucket_insert(&flows->buckets, hash, index)) {
		flows->count++;
		flows->turn++;
	} else {
		flows->deadlines[index] = 0;
		sw_flows_free(flows, index);
		index = SW_FLOW_NONE;
	}
	return index;
}

static void
write_zone(struct sw_flows *flows, uint32_t index, uint8_t zone, uint64_t hash)
{
	sw_flows_record(flows, index)->zone = zone;
	flows->cold[index].key_sum = sw_flows_key_sum(hash);
}

bool
sw_flows_rezone(struct sw_flows *flows, uint32_t index, uint8_t zone)
{
	struct sw_tuple old, new;
	uint64_t from, to;
	bool moved;

	sw_flows_tuple(flows, index, &old);
	new = old;
	new.zone = zone;
	from = sw_tuple_hash(&old, flows->header->key);
	to = sw_tuple_hash(&new, flows->header->key);
	if (sw_flows_find(flows, &new, to) != SW_FLOW_NONE)
		return false;
	sw_flow_bucket_remove(&flows->buckets, from, index);
	write_zone(flows, index, zone, to);
	moved = sw_flow_bucket_insert(&flows->buckets, to, index);
	if (!moved) {
		write_zone(flows, index, old.zone, from);
		/* There is room where it was. */
		sw_flow_bucket_insert(&flows->buckets, from, index);
	}
	flows->turn++;
	return moved;
}

void
sw_flows_remove(struct sw_flows *flows, uint32_t index)
{
	struct sw_tuple tuple;
	bool was_there;

	assert(index < 2 * flows->max && flows->deadlines[index] != 0);
	sw_flows_tuple(flows, index, &tuple);
	flows->deadlines[index] = 0;
	atomic_signal_fence(memory_order_release);
	was_there = sw_flow_bucket_remove(
	    &flows->buckets, sw_tuple_hash(&tuple, flows->header->key), index);
	assert(was_there);
	(void)was_there;
	sw_flows_free(flows, index);
	flows->count--;
	flows->turn++;
}

void
sw_flows_begin(
    struct sw_flows *flows, uint32_t index, const struct sw_flow *flow)
{
	struct sw_flows_note *note = &flows->header->note;

	assert(note->subject == 0);
	memcpy(note->record, flow, SW_RECORD_MOVING);
	atomic_signal_fence(memory_order_seq_cst);
	note->subject = index + 1;
	atomic_signal_fence(memory_order_seq_cst);
}

void
sw_flows_commit(struct sw_flows *flows)
{
	atomic_signal_fence(memory_order_seq_cst);
	flows->header->note.subject = 0;
	atomic_signal_fence(memory_order_seq_cst);
}

struct sw_flow *
sw_flows_at(const struct sw_flows *flows, uint32_t index)
{
	return sw_flows_record(flows, index);
}

struct sw_flow_counters *
sw_flows_counters(const struct sw_flows *flows, uint32_t index)
{
	uint8_t *record;

	if (index < flows->max)
		return &flows->counters[index];
	record = (uint8_t *)sw_flows_record(flows, index);
	return (
	    struct sw_flow_counters *)(void *)(record + SW_FLOW_COUNTERS_IPV6);
}

struct sw_flow_history *
sw_flows_history(const struct sw_flows *flows, uint32_t index)
{
	return &flows->histories[index];
}

struct sw_cold *
sw_flows_cold(const struct sw_flows *flows, uint32_t index)
{
	return &flows->cold[index];
}

void
sw_flows_tuple(
    const struct sw_flows *flows, uint32_t index, struct sw_tuple *tuple)
{
	const struct sw_flow *flow = sw_flows_record(flows, index);
	bool ipv4 = index < flows->max;
	size_t width = ipv4 ? 4 : 16;

	memset(tuple, 0, sizeof(*tuple));
	memcpy(tuple->a.b, flow->addr, width);
	memcpy(tuple->b.b, flow->addr + width, width);
	tuple->a_port = flow->a_port;
	tuple->b_port = flow->b_port;
	tuple->family = ipv4 ? SW_IPV4 : SW_IPV6;
	tuple->proto = flow->proto;
	tuple->zone = flow->zone;
}

uint32_t
sw_flows_deadline(const struct sw_flows *flows, uint32_t index)
{
	return flows->deadlines[index];
}

void
sw_flows_set_deadline(struct sw_flows *flows, uint32_t index, uint32_t tick)
{
	flows->deadlines[index] = tick != 0 ? tick : 1;
}

const uint32_t *
sw_flows_deadlines(const struct sw_flows *flows)
{
	return flows->deadlines;
}

uint32_t
sw_flows_unused(const struct sw_flows *flows, uint32_t index, uint32_t *end)
{
	enum sw_pool pool = sw_flows_pool(flows, index);
	uint32_t base = pool == SW_POOL_IPV4 ? 0 : flows->max;

	*end = base + flows->max;
	return base + flows->header->reached[pool];
}

uint32_t
sw_flows_count(const struct sw_flows *flows)
{
	return flows->count;
}

uint32_t
sw_flows_slots(const struct sw_flows *flows)
{
	return 2 * flows->max;
}
