/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flow: the table of live flows in one block of memory.
 *
 *	header | buckets | IPv4 records | IPv6 records | deadlines
 *	       | IPv4 ledgers | memoirs
 *
 * Every region begins at a cache line.  A record is in use when its deadline
 * is not 0: that one word is written last when a flow is made and first when
 * it is taken out, so that a process may die at any instruction and leave
 * nothing but whole flows (flow_restore.c tells them from torn ones).  Free
 * records are chained through their first word; those above the header's
 * mark have never been touched and cost no memory yet.
 *
 * The block holds no pointer, the handle nothing that could not be found
 * again from the block.
 */
#include "engine/flow_table.h"
#include "engine/prefetch.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define FLOWS_LEAST 16u
#define FLOWS_MOST (UINT32_C(1) << 26)

/* Where the regions lie in the block. */
struct layout {
	size_t buckets, records[SW_POOLS], deadlines, ledgers, memoirs, size;
};

static size_t
region(size_t *end, size_t item, uint32_t items)
{
	size_t start = *end;

	*end += (item * items + 63) & ~(size_t)63;
	return start;
}

static struct layout
layout_of(uint32_t max)
{
	struct layout at;
	size_t end = 0;

	region(&end, sizeof(struct sw_flows_header), 1);
	at.buckets =
	    region(&end, sizeof(struct sw_bucket), sw_buckets_needed(max));
	at.records[SW_POOL_IPV4] = region(&end, SW_RECORD_IPV4, max);
	at.records[SW_POOL_IPV6] = region(&end, SW_RECORD_IPV6, max);
	at.deadlines = region(&end, sizeof(uint32_t), 2 * max);
	at.ledgers = region(&end, sizeof(struct sw_ledger), max);
	at.memoirs = region(&end, sizeof(struct sw_memoir), 2 * max);
	at.size = end;
	return at;
}

size_t
sw_flows_memory(uint32_t max)
{
	assert(max >= FLOWS_LEAST && max <= FLOWS_MOST);
	return layout_of(max).size;
}

static void
map_block(struct sw_flows *flows, void *memory, uint32_t max)
{
	struct layout at = layout_of(max);
	uint8_t *base = memory;

	flows->header = memory;
	flows->buckets.bucket = (void *)(base + at.buckets);
	flows->buckets.count = sw_buckets_needed(max);
	flows->records[SW_POOL_IPV4] = base + at.records[SW_POOL_IPV4];
	flows->records[SW_POOL_IPV6] = base + at.records[SW_POOL_IPV6];
	flows->deadlines = (void *)(base + at.deadlines);
	flows->ledgers = (void *)(base + at.ledgers);
	flows->memoirs = (void *)(base + at.memoirs);
	flows->max = max;
	flows->free[SW_POOL_IPV4] = SW_FLOW_NONE;
	flows->free[SW_POOL_IPV6] = SW_FLOW_NONE;
}

static struct sw_flows_header
fresh_header(uint32_t max, const uint8_t key[16])
{
	struct sw_flows_header header;

	memset(&header, 0, sizeof(header));
	header.magic = SW_FLOWS_MAGIC;
	header.size = sw_flows_memory(max);
	header.layout = SW_FLOWS_LAYOUT;
	header.max = max;
	header.record[SW_POOL_IPV4] = SW_RECORD_IPV4;
	header.record[SW_POOL_IPV6] = SW_RECORD_IPV6;
	header.ledger = sizeof(struct sw_ledger);
	header.memoir = sizeof(struct sw_memoir);
	header.states = SW_STATE_COUNT;
	memcpy(header.key, key, sizeof(header.key));
	header.seal =
	    sw_siphash13(key, &header, offsetof(struct sw_flows_header, seal));
	return header;
}

/* Is this the header of a table just like one we would make? */
static bool
header_fits(const struct sw_flows_header *header, uint32_t max)
{
	struct sw_flows_header ours = fresh_header(max, header->key);

	return memcmp(header, &ours,
		   offsetof(struct sw_flows_header, reached)) == 0 &&
	       header->reached[SW_POOL_IPV4] <= max &&
	       header->reached[SW_POOL_IPV6] <= max;
}

/* The magic number goes in last: before it is there, the block counts as
 * new. */
static void
write_header(
    struct sw_flows_header *header, uint32_t max, const uint8_t key[16])
{
	struct sw_flows_header fresh = fresh_header(max, key);

	fresh.magic = 0;
	*header = fresh;
	atomic_signal_fence(memory_order_release);
	header->magic = SW_FLOWS_MAGIC;
}

struct sw_flows *
sw_flows_open(void *memory, uint32_t max, const uint8_t key[16],
    uint32_t *restored, uint32_t *torn)
{
	struct sw_flows *flows;
	struct sw_flows_header *header = memory;

	assert(max >= FLOWS_LEAST && max <= FLOWS_MOST);
	assert((uintptr_t)memory % 64 == 0);
	*restored = 0;
	*torn = 0;
	if (header->magic != 0 && !header_fits(header, max))
		return NULL;
	flows = calloc(1, sizeof(*flows));
	if (flows == NULL)
		return NULL;
	map_block(flows, memory, max);
	if (header->magic == 0)
		write_header(header, max, key);
	else
		sw_flows_restore(flows, restored, torn);
	return flows;
}

void
sw_flows_close(struct sw_flows *flows)
{
	free(flows);
}

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
	sw_prefetch(sw_flows_ledger(flows, guess.index));
}

uint32_t
sw_flows_settle(const struct sw_flows *flows, const struct sw_tuple *tuple,
    uint64_t hash, struct sw_guess guess)
{
	if (guess.turn == flows->turn &&
	    (guess.index == SW_FLOW_NONE ||
		sw_flows_is(flows, guess.index, tuple)))
		return guess.index;
	return sw_flows_find(flows, tuple, hash);
}

/* A record nobody uses: the last one freed, else one never used yet. */
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
	memcpy(flow->addr, tuple->a.b, width);
	memcpy(flow->addr + width, tuple->b.b, width);
}

/* Whoever takes over looks through the whole index when it was set. */
static void
set_moving(struct sw_flows *flows, uint32_t moving)
{
	atomic_signal_fence(memory_order_seq_cst);
	flows->header->moving = moving;
	atomic_signal_fence(memory_order_seq_cst);
}

uint32_t
sw_flows_insert(
    struct sw_flows *flows, const struct sw_tuple *tuple, uint64_t hash)
{
	enum sw_pool pool =
	    tuple->family == SW_IPV4 ? SW_POOL_IPV4 : SW_POOL_IPV6;
	uint32_t index;

	if (flows->count == flows->max)
		return SW_FLOW_NONE;
	index = take_record(flows, pool);
	write_key(sw_flows_record(flows, index), tuple);
	memset(sw_flows_ledger(flows, index), 0, sizeof(struct sw_ledger));
	memset(&flows->memoirs[index], 0, sizeof(flows->memoirs[index]));
	atomic_signal_fence(memory_order_release);
	set_moving(flows, 1);
	flows->deadlines[index] = 1;
	atomic_signal_fence(memory_order_release);
	if (sw_buckets_insert(&flows->buckets, hash, index)) {
		flows->count++;
		flows->turn++;
	} else {
		flows->deadlines[index] = 0;
		sw_flows_free(flows, index);
		index = SW_FLOW_NONE;
	}
	set_moving(flows, 0);
	return index;
}

void
sw_flows_remove(struct sw_flows *flows, uint32_t index)
{
	struct sw_tuple tuple;
	bool was_there;

	assert(index < 2 * flows->max && flows->deadlines[index] != 0);
	sw_flows_tuple(flows, index, &tuple);
	set_moving(flows, 1);
	flows->deadlines[index] = 0;
	atomic_signal_fence(memory_order_release);
	was_there = sw_buckets_remove(
	    &flows->buckets, sw_tuple_hash(&tuple, flows->header->key), index);
	assert(was_there);
	(void)was_there;
	set_moving(flows, 0);
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

struct sw_ledger *
sw_flows_ledger(const struct sw_flows *flows, uint32_t index)
{
	uint8_t *record;

	if (index < flows->max)
		return &flows->ledgers[index];
	record = (uint8_t *)sw_flows_record(flows, index);
	return (struct sw_ledger *)(void *)(record + SW_LEDGER_IPV6);
}

struct sw_memoir *
sw_flows_memoir(const struct sw_flows *flows, uint32_t index)
{
	return &flows->memoirs[index];
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
