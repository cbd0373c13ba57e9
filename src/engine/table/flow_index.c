/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks the index of a table that was taken over, and repairs it.
 *
 * A census reads every bucket once.  Each live record is confirmed by its own
 * entry (engine/table/flow_restore.c); so when there are as many entries as
 * records, there is no other entry: none with an index out of range, none to a
 * free record, none twice.  The numbers of strays are compared as sums in which
 * each bucket has its own weight, because counting them again would write to
 * every bucket.
 *
 * A census of an index for a million flows reads 13 MB.  It is always taken,
 * because a process that died of a corrupted table left no message about it.
 */
#include "engine/table/flow_table.h"

#include <stdatomic.h>
#include <string.h>

/* The weight of a stray from that home bucket: two different sets of strays are
 * unlikely to have the same sum. */
static uint64_t
weight(uint32_t home)
{
	uint64_t x = (home + UINT64_C(1)) * UINT64_C(0x9e3779b97f4a7c15);

	return (x ^ x >> 32) * UINT64_C(0xd6e8feb86659fd93);
}

static inline void
count_bucket(
    const struct sw_flows *flows, uint32_t at, struct sw_flows_census *census)
{
	const struct sw_bucket *bucket = &flows->buckets.bucket[at];
	uint32_t set = ~sw_bucket_matches(bucket, 0) & SW_BUCKET_ALL;

	census->strays -= bucket->strays == 0 ? 0 : bucket->strays * weight(at);
	for (; set != 0; set &= set - 1) {
		unsigned place = (unsigned)__builtin_ctz(set);
		uint32_t entry = bucket->index[place];

		census->entries++;
		if (entry & SW_BUCKET_STRAY)
			census->strays += weight(sw_buckets_other(
			    &flows->buckets, at, bucket->tag[place]));
	}
}

void
sw_flow_index_take_census(
    const struct sw_flows *flows, struct sw_flows_census *census)
{
	struct sw_flows_census found = { 0 };

	for (uint32_t i = 0; i < flows->buckets.count; i++)
		count_bucket(flows, i, &found);
	*census = found;
}

/* Removes entries that lead to no flow. */
static void
clean_bucket(const struct sw_flows *flows, struct sw_bucket *bucket)
{
	for (unsigned i = 0; i < SW_BUCKET_PLACES; i++) {
		uint32_t index = bucket->index[i] & ~SW_BUCKET_STRAY;

		if (index >= 2 * flows->max || flows->deadlines[index] == 0)
			bucket->tag[i] = 0;
	}
}

static void
count_strays(struct sw_flows *flows)
{
	struct sw_buckets *buckets = &flows->buckets;

	for (uint32_t i = 0; i < buckets->count; i++)
		buckets->bucket[i].strays = 0;
	for (uint32_t i = 0; i < buckets->count; i++) {
		const struct sw_bucket *bucket = &buckets->bucket[i];

		for (unsigned p = 0; p < SW_BUCKET_PLACES; p++)
			if (bucket->tag[p] != 0 &&
			    bucket->index[p] & SW_BUCKET_STRAY)
				buckets
				    ->bucket[sw_buckets_other(
					buckets, i, bucket->tag[p])]
				    .strays++;
	}
}

static void
index_record(struct sw_flows *flows, uint32_t index, uint32_t *torn)
{
	struct sw_tuple tuple;
	uint64_t hash;

	sw_flows_tuple(flows, index, &tuple);
	hash = sw_tuple_hash(&tuple, flows->header->key);
	if (sw_flows_find(flows, &tuple, hash) == SW_FLOW_NONE &&
	    sw_flow_bucket_insert(&flows->buckets, hash, index))
		return;
	flows->deadlines[index] = 0;
	flows->count--;
	(*torn)++;
}

static void
reindex(struct sw_flows *flows, uint32_t *torn)
{
	flows->header->reindexing = 1;
	atomic_signal_fence(memory_order_release);
	memset(flows->buckets.bucket, 0,
	    sizeof(struct sw_bucket) * flows->buckets.count);
	for (enum sw_pool pool = 0; pool < SW_POOLS; pool++) {
		uint32_t base = pool == SW_POOL_IPV4 ? 0 : flows->max;

		for (uint32_t i = 0; i < flows->header->reached[pool]; i++)
			if (flows->deadlines[base + i] != 0)
				index_record(flows, base + i, torn);
	}
	atomic_signal_fence(memory_order_release);
	flows->header->reindexing = 0;
}

void
sw_flow_index_mend(struct sw_flows *flows, struct sw_flows_census *census,
    bool distrust, uint32_t *torn)
{
	if (!distrust && census->entries == flows->count && census->strays == 0)
		return;
	if (!distrust) {
		for (uint32_t i = 0; i < flows->buckets.count; i++)
			clean_bucket(flows, &flows->buckets.bucket[i]);
		count_strays(flows);
		sw_flow_index_take_census(flows, census);
	}
	if (distrust || census->entries != flows->count)
		reindex(flows, torn);
}
