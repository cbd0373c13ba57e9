/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flow_restore: takes over a table whose process is gone.
 *
 * It may have died between any two instructions, and whatever killed it may
 * have scribbled on the block before.  A record that a packet was changing
 * gets back what it held before that packet, which was not answered and will
 * come again.  Then each record in use has to prove itself: its values make
 * sense, its key stands in canonical order, and one of the two buckets its
 * keyed hash leads to vouches for it with its tag.  One that does not is
 * dropped alone.
 *
 * When the process died while an entry came or went, or a record was dropped,
 * the buckets are cleaned of entries without a record.  If the numbers of
 * both still differ, or the last process died while it made the index anew,
 * the index is made anew from the records.  Else the index is as it should
 * be, and no more of it is looked at than the records call for: a table sized
 * for many flows that holds a few is taken over at once.
 */
#include "engine/flow_table.h"

#include <stdatomic.h>
#include <string.h>

#define BATCH 32u
#define SCALE_MOST 14u /* RFC 7323 §2.3 */
#define TCP 6

/* A record under examination. */
struct witness {
	uint32_t index;
	struct sw_tuple tuple;
	uint64_t hash;
};

static bool
state_makes_sense(const struct sw_flow *flow)
{
	if (flow->state == SW_STATE_NONE || flow->state >= SW_STATE_COUNT)
		return false;
	return flow->state >= SW_STATE_UDP_UNREPLIED || flow->proto == TCP;
}

static bool
record_makes_sense(const struct sw_flow *flow, const struct sw_tuple *tuple)
{
	struct sw_endpoints ends = sw_tuple_ends(tuple, false);
	struct sw_tuple again;

	return flow->zero == 0 && state_makes_sense(flow) &&
	       (flow->scales & 0xf) <= SCALE_MOST &&
	       flow->scales >> 4 <= SCALE_MOST && !sw_tuple_make(&again, &ends);
}

/* Is the index in this bucket, and has no record before it the same key?
 * Those before it have been examined. */
static bool
bucket_vouches(const struct sw_flows *flows, const struct sw_bucket *bucket,
    uint16_t tag, uint32_t stray, const struct witness *witness)
{
	uint32_t set = sw_bucket_matches(bucket, tag);
	bool found = false;

	for (; set != 0; set &= set - 1) {
		uint32_t entry = bucket->index[__builtin_ctz(set)];
		uint32_t index = entry & ~SW_BUCKET_STRAY;

		if (entry == (witness->index | stray))
			found = true;
		else if (index < witness->index &&
			 flows->deadlines[index] != 0 &&
			 sw_flows_is(flows, index, &witness->tuple))
			return false;
	}
	return found;
}

static bool
index_vouches(const struct sw_flows *flows, const struct witness *witness)
{
	const struct sw_buckets *buckets = &flows->buckets;
	struct sw_spot spot = sw_buckets_spot(buckets, witness->hash);
	uint32_t other;

	if (bucket_vouches(
		flows, &buckets->bucket[spot.home], spot.tag, 0, witness))
		return true;
	other = sw_buckets_other(buckets, spot.home, spot.tag);
	return bucket_vouches(
	    flows, &buckets->bucket[other], spot.tag, SW_BUCKET_STRAY, witness);
}

/* Keeps or drops up to BATCH records whose buckets are on their way. */
static void
examine(struct sw_flows *flows, const struct witness *witnesses, uint32_t n,
    uint32_t *torn)
{
	bool trust_index = flows->header->reindexing == 0;

	for (uint32_t i = 0; i < n; i++) {
		const struct witness *w = &witnesses[i];

		if (record_makes_sense(
			sw_flows_record(flows, w->index), &w->tuple) &&
		    (!trust_index || index_vouches(flows, w))) {
			flows->count++;
		} else {
			flows->deadlines[w->index] = 0;
			(*torn)++;
		}
	}
}

static void
call_witness(
    const struct sw_flows *flows, uint32_t index, struct witness *witness)
{
	witness->index = index;
	sw_flows_tuple(flows, index, &witness->tuple);
	witness->hash = sw_tuple_hash(&witness->tuple, flows->header->key);
	sw_flows_prefetch(flows, witness->hash);
}

static void
examine_pool(
    struct sw_flows *flows, uint32_t base, uint32_t reached, uint32_t *torn)
{
	struct witness witnesses[BATCH];
	uint32_t n = 0;

	for (uint32_t i = base; i < base + reached; i++) {
		if (flows->deadlines[i] == 0)
			continue;
		call_witness(flows, i, &witnesses[n++]);
		if (n == BATCH) {
			examine(flows, witnesses, n, torn);
			n = 0;
		}
	}
	examine(flows, witnesses, n, torn);
}

/* Takes out what leads to no flow. */
static void
clean_bucket(const struct sw_flows *flows, struct sw_bucket *bucket)
{
	for (unsigned i = 0; i < SW_BUCKET_PLACES; i++) {
		uint32_t index = bucket->index[i] & ~SW_BUCKET_STRAY;

		if (index >= 2 * flows->max || flows->deadlines[index] == 0)
			bucket->tag[i] = 0;
	}
}

static uint32_t
count_entries(const struct sw_flows *flows)
{
	uint32_t entries = 0;

	for (uint32_t i = 0; i < flows->buckets.count; i++)
		entries += SW_BUCKET_PLACES -
			   sw_bucket_count(
			       sw_bucket_matches(&flows->buckets.bucket[i], 0));
	return entries;
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
	struct witness witness;

	call_witness(flows, index, &witness);
	if (sw_flows_find(flows, &witness.tuple, witness.hash) ==
		SW_FLOW_NONE &&
	    sw_buckets_insert(&flows->buckets, witness.hash, index))
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

static void
restore_index(struct sw_flows *flows, uint32_t *torn)
{
	if (flows->header->reindexing == 0) {
		if (count_entries(flows) != flows->count)
			for (uint32_t i = 0; i < flows->buckets.count; i++)
				clean_bucket(flows, &flows->buckets.bucket[i]);
		count_strays(flows);
	}
	if (flows->header->reindexing != 0 ||
	    count_entries(flows) != flows->count)
		reindex(flows, torn);
}

/* A step that was under way has not been. */
static void
undo_step(struct sw_flows *flows)
{
	struct sw_flows_note *note = &flows->header->note;
	uint32_t index = note->subject - 1;

	if (index < 2 * flows->max && flows->deadlines[index] != 0)
		memcpy(sw_flows_record(flows, index), note->record,
		    SW_RECORD_MOVING);
	atomic_signal_fence(memory_order_seq_cst);
	note->subject = 0;
}

void
sw_flows_restore(struct sw_flows *flows, uint32_t *restored, uint32_t *torn)
{
	const uint32_t *reached = flows->header->reached;

	undo_step(flows);
	examine_pool(flows, 0, reached[SW_POOL_IPV4], torn);
	examine_pool(flows, flows->max, reached[SW_POOL_IPV6], torn);
	if (*torn > 0 || flows->header->moving != 0 ||
	    flows->header->reindexing != 0)
		restore_index(flows, torn);
	flows->header->moving = 0;
	for (enum sw_pool pool = 0; pool < SW_POOLS; pool++) {
		uint32_t base = pool == SW_POOL_IPV4 ? 0 : flows->max;

		for (uint32_t i = reached[pool]; i-- > 0;)
			if (flows->deadlines[base + i] == 0)
				sw_flows_free(flows, base + i);
	}
	*restored = flows->count;
}
