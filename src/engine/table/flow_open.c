/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flow_open: the block of memory of a flow table.
 *
 *	header | buckets | IPv4 records | IPv6 records | deadlines
 *	       | IPv4 counters | history | cold
 *
 * Every region begins at a cache line.  The block contains no pointer, and the
 * handle nothing that cannot be found again from the block.  Version 0.1 had no
 * cold column; it is the last region, so a block of that layout only needs
 * zeros at its end.
 */
#include "engine/table/flow_table.h"

#include <assert.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define FLOWS_LEAST 16u
#define FLOWS_MOST (UINT32_C(1) << 26)

/* The offsets of the regions in the block. */
struct layout {
	size_t buckets, records[SW_POOLS], deadlines, counters, histories;
	size_t cold, size;
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
	at.counters = region(&end, sizeof(struct sw_flow_counters), max);
	at.histories = region(&end, sizeof(struct sw_flow_history), 2 * max);
	at.cold = region(&end, sizeof(struct sw_cold), 2 * max);
	at.size = end;
	return at;
}

size_t
sw_flow_open_memory(uint32_t max)
{
	assert(max >= FLOWS_LEAST && max <= FLOWS_MOST);
	return layout_of(max).size;
}

size_t
sw_flow_open_memory_former(uint32_t max)
{
	return layout_of(max).cold;
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
	flows->counters = (void *)(base + at.counters);
	flows->histories = (void *)(base + at.histories);
	flows->cold = (void *)(base + at.cold);
	flows->max = max;
	flows->free[SW_POOL_IPV4] = SW_FLOW_NONE;
	flows->free[SW_POOL_IPV6] = SW_FLOW_NONE;
}

/* A former program knew no states of SCTP. */
#define STATES_FORMER SW_STATE_SCTP_CLOSED

static struct sw_flows_header
make_header(uint32_t max, const uint8_t key[16], uint32_t layout, uint64_t size,
    uint32_t states)
{
	struct sw_flows_header header;

	memset(&header, 0, sizeof(header));
	header.magic = SW_FLOWS_MAGIC;
	header.size = size;
	header.layout = layout;
	header.max = max;
	header.record[SW_POOL_IPV4] = SW_RECORD_IPV4;
	header.record[SW_POOL_IPV6] = SW_RECORD_IPV6;
	header.counters = sizeof(struct sw_flow_counters);
	header.history = sizeof(struct sw_flow_history);
	header.states = states;
	memcpy(header.key, key, sizeof(header.key));
	header.seal = sw_tuple_siphash13(
	    key, &header, offsetof(struct sw_flows_header, seal));
	return header;
}

static struct sw_flows_header
fresh_header(uint32_t max, const uint8_t key[16])
{
	return make_header(max, key, SW_FLOWS_LAYOUT, sw_flow_open_memory(max),
	    SW_STATE_COUNT);
}

static bool
is_like(
    const struct sw_flows_header *header, const struct sw_flows_header *other)
{
	return memcmp(header, other,
		   offsetof(struct sw_flows_header, reached)) == 0 &&
	       header->reached[SW_POOL_IPV4] <= other->max &&
	       header->reached[SW_POOL_IPV6] <= other->max;
}

/* Is this the header of a table with the layout that we would make? */
static bool
header_fits(const struct sw_flows_header *header, uint32_t max)
{
	struct sw_flows_header ours = fresh_header(max, header->key);

	return is_like(header, &ours);
}

/* Or with the layout of version 0.1? */
static bool
header_fits_former(const struct sw_flows_header *header, uint32_t max)
{
	struct sw_flows_header former = make_header(max, header->key,
	    SW_FLOWS_FORMER, sw_flow_open_memory_former(max), STATES_FORMER);

	return is_like(header, &former);
}

/* Or of our layout, from a program that did not follow associations? */
static bool
header_fits_stateless(const struct sw_flows_header *header, uint32_t max)
{
	struct sw_flows_header former = make_header(max, header->key,
	    SW_FLOWS_LAYOUT, sw_flow_open_memory(max), STATES_FORMER);

	return is_like(header, &former);
}

/* An association that was only seen to exist: its tags are learned. */
static void
modernise_sctp(struct sw_flow *flow)
{
	if (flow->proto != IPPROTO_SCTP || flow->state != SW_STATE_OTHER)
		return;
	flow->state = SW_STATE_SCTP_ESTABLISHED;
	flow->flags |= SW_FLOW_LOOSE;
	flow->scales = flow->last = 0;
	memset(flow->sctp, 0, sizeof(flow->sctp));
	memset(flow->stamped, 0, sizeof(flow->stamped));
	memset(flow->peer_flags, 0, sizeof(flow->peer_flags));
}

/* The bit SW_FLOW_LOST and the slots of stamps had another meaning. */
static void
modernise_record(struct sw_flow *flow)
{
	flow->flags &= (uint8_t)~SW_FLOW_LOST;
	flow->stamped[0] = flow->stamped[1] = 0;
	flow->last &= (uint8_t)~0x30;
	flow->peer_flags[0] &= 0x7f;
	flow->peer_flags[1] &= 0x7f;
	modernise_sctp(flow);
}

/* Keys had no checksum. */
static void
modernise_entry(struct sw_flows *flows, uint32_t index)
{
	struct sw_tuple tuple;

	sw_flows_tuple(flows, index, &tuple);
	modernise_record(sw_flows_record(flows, index));
	flows->cold[index].key_sum =
	    sw_flows_key_sum(sw_tuple_hash(&tuple, flows->header->key));
}

static void
modernise_note(
    struct sw_flows_header *header, void (*change)(struct sw_flow *flow))
{
	struct sw_flow noted;

	memcpy(&noted, header->note.record, SW_RECORD_MOVING);
	change(&noted);
	memcpy(header->note.record, &noted, SW_RECORD_MOVING);
}

/* Records first: who dies in between leaves a block that is taken for a former
 * one again. */
static void
modernise(struct sw_flows *flows,
    void (*change)(struct sw_flows *flows, uint32_t index))
{
	struct sw_flows_header *header = flows->header;
	struct sw_flows_header now = fresh_header(flows->max, header->key);

	for (enum sw_pool pool = 0; pool < SW_POOLS; pool++) {
		uint32_t base = pool == SW_POOL_IPV4 ? 0 : flows->max;

		for (uint32_t i = 0; i < header->reached[pool]; i++)
			if (flows->deadlines[base + i] != 0)
				change(flows, base + i);
	}
	modernise_note(header,
	    change == modernise_entry ? modernise_record : modernise_sctp);
	atomic_signal_fence(memory_order_release);
	memcpy(header, &now, offsetof(struct sw_flows_header, reached));
}

static void
modernise_state(struct sw_flows *flows, uint32_t index)
{
	modernise_sctp(sw_flows_record(flows, index));
}

/* Memory that only lost its magic number still has entries and deadlines, and
 * the next process would find flows in it that this engine never had.  Memory that is new is not written to: a page that nobody writes costs
 * nothing. */
static void
clear_leftovers(struct sw_flows_header *header, uint32_t max)
{
	const uint8_t *bytes = (const uint8_t *)header;
	uint8_t any = 0;

	for (size_t i = 0; i < sizeof(*header); i++)
		any |= bytes[i];
	if (any != 0)
		memset(header, 0, sw_flow_open_memory(max));
}

/* The magic number is written last: until then the block counts as new. */
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

/* How a record of another layout becomes one of ours. */
typedef void (*modernise_fn)(struct sw_flows *flows, uint32_t index);

/* => false: the block is of no layout that we know; *change is NULL when it
 * has ours */
static bool
recognise(
    const struct sw_flows_header *header, uint32_t max, modernise_fn *change)
{
	if (header_fits_former(header, max))
		*change = modernise_entry;
	else if (header_fits_stateless(header, max))
		*change = modernise_state;
	else
		*change = NULL;
	return *change != NULL || header_fits(header, max);
}

struct sw_flows *
sw_flows_open(void *memory, uint32_t max, const uint8_t key[16],
    uint32_t *restored, uint32_t *torn)
{
	struct sw_flows *flows;
	struct sw_flows_header *header = memory;
	modernise_fn change = NULL;
	bool is_new = header->magic == 0;

	assert(max >= FLOWS_LEAST && max <= FLOWS_MOST);
	assert((uintptr_t)memory % 64 == 0);
	*restored = 0;
	*torn = 0;
	if (is_new) {
		clear_leftovers(header, max);
		write_header(header, max, key);
	}
	if (!recognise(header, max, &change))
		return NULL;
	flows = calloc(1, sizeof(*flows));
	if (flows == NULL)
		return NULL;
	map_block(flows, memory, max);
	if (change != NULL)
		modernise(flows, change);
	if (!is_new)
		sw_flow_restore(flows, restored, torn);
	return flows;
}

void
sw_flow_open_close(struct sw_flows *flows)
{
	free(flows);
}
