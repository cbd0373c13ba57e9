/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flow_restore: takes over a table whose process is gone.
 *
 * That process may have died between any two instructions, and the bug that
 * killed it may have scribbled over the block, including the header, so nothing
 * is used before it is checked.  A record that a packet was changing gets its
 * content from before that packet, which had no verdict and will be queued
 * again.  Then each record in use is checked: its values must make sense, its
 * key must be in canonical order, and one of the two buckets of its keyed hash
 * must confirm it with its tag.
 *
 * A record whose values make no sense is dropped alone.  When no bucket
 * confirms a record, either its key has changed, and it is dropped, or the
 * index has lost it, and it is entered again; a checksum of the key, in the
 * cold column, distinguishes the two.
 *
 * Last, the index is compared with the records (engine/table/flow_index.c),
 * cleaned of entries without a record, and rebuilt when that is not enough.
 */
#include "engine/table/flow_table.h"
#include "engine/table/prefetch.h"

#include <netinet/in.h>
#include <stdatomic.h>
#include <string.h>

#define BATCH 32u
#define SCALE_MOST 14u /* RFC 7323 §2.3 */

/* A record being checked. */
struct witness {
	uint32_t index;
	struct sw_tuple tuple;
	uint64_t hash;
	struct sw_spot spot;
};

/* Each protocol has its own states. */
static bool
state_makes_sense(const struct sw_flow *flow)
{
	if (flow->state == SW_STATE_NONE || flow->state >= SW_STATE_COUNT)
		return false;
	switch (flow->proto) {
	case IPPROTO_TCP:
		return flow->state < SW_STATE_UDP_UNREPLIED;
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
		return flow->state == SW_STATE_UDP_UNREPLIED ||
		       flow->state == SW_STATE_UDP;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return flow->state == SW_STATE_ICMP;
	case IPPROTO_SCTP:
		return flow->state >= SW_STATE_SCTP_CLOSED;
	default:
		return flow->state == SW_STATE_OTHER;
	}
}

/* Of SCTP: who has echoed a cookie has a tag for it, only a path has flags
 * that say so, and what TCP alone uses is zero. */
static bool
sides_make_sense(const struct sw_flow *flow)
{
	static const uint8_t known[2] = {
		SW_SCTP_SIDE_INIT | SW_SCTP_SIDE_ECHOED | SW_SCTP_SIDE_PATH,
		SW_SCTP_SIDE_INIT | SW_SCTP_SIDE_ECHOED
	};

	for (unsigned side = 0; side < 2; side++) {
		if (flow->peer_flags[side] & ~known[side])
			return false;
		if (flow->peer_flags[side] & SW_SCTP_SIDE_ECHOED &&
		    !flow->sctp[side].aside)
			return false;
	}
	return !flow->stamped[0] && !flow->stamped[1] && !flow->scales &&
	       !flow->last && !(flow->flags & SW_FLOW_LOST);
}

static bool
values_make_sense(const struct sw_flow *flow)
{
	return state_makes_sense(flow) &&
	       (flow->proto != IPPROTO_SCTP || sides_make_sense(flow)) &&
	       (flow->scales & 0xf) <= SCALE_MOST &&
	       flow->scales >> 4 <= SCALE_MOST;
}

static bool
record_makes_sense(const struct sw_flow *flow, const struct sw_tuple *tuple)
{
	struct sw_endpoints ends = sw_tuple_ends(tuple, false);
	struct sw_tuple again;

	return values_make_sense(flow) && !sw_tuple_make(&again, &ends);
}

/* Is the index in this bucket?  shadowed is set when an earlier record, which
 * has been checked, has the same key. */
static bool
bucket_vouches(const struct sw_flows *flows, const struct sw_bucket *bucket,
    uint32_t stray, const struct witness *witness, bool *shadowed)
{
	uint32_t set = sw_bucket_matches(bucket, witness->spot.tag);
	bool found = false;

	for (; set != 0; set &= set - 1) {
		uint32_t entry = bucket->index[__builtin_ctz(set)];
		uint32_t index = entry & ~SW_BUCKET_STRAY;

		if (entry == (witness->index | stray))
			found = true;
		else if (index < witness->index &&
			 flows->deadlines[index] != 0 &&
			 sw_flows_is(flows, index, &witness->tuple))
			*shadowed = true;
	}
	return found;
}

static bool
index_vouches(const struct sw_flows *flows, const struct witness *witness)
{
	const struct sw_buckets *buckets = &flows->buckets;
	const struct sw_bucket *home = &buckets->bucket[witness->spot.home];
	bool shadowed = false;
	bool found = bucket_vouches(flows, home, 0, witness, &shadowed);
	uint32_t other;

	if (!found || home->strays != 0) {
		other = sw_buckets_other(
		    buckets, witness->spot.home, witness->spot.tag);
		found |= bucket_vouches(flows, &buckets->bucket[other],
		    SW_BUCKET_STRAY, witness, &shadowed);
	}
	return found && !shadowed;
}

/* Has the index lost the record, or has the key changed? */
static bool
key_is_whole(const struct sw_flows *flows, const struct witness *witness)
{
	return flows->cold[witness->index].key_sum ==
	       sw_flows_key_sum(witness->hash);
}

/* Counts or drops up to BATCH records whose buckets were prefetched.
 * => the number of counted ones that the index does not lead to */
static uint32_t
examine(struct sw_flows *flows, const struct witness *witnesses, uint32_t n,
    uint32_t *torn)
{
	uint32_t lost = 0;

	for (uint32_t i = 0; i < n; i++) {
		const struct witness *w = &witnesses[i];
		bool keep = record_makes_sense(
		    sw_flows_record(flows, w->index), &w->tuple);

		if (keep && !index_vouches(flows, w)) {
			keep = key_is_whole(flows, w);
			lost += keep;
		}
		if (keep) {
			flows->count++;
		} else {
			flows->deadlines[w->index] = 0;
			(*torn)++;
		}
	}
	return lost;
}

static void
call_witness(
    const struct sw_flows *flows, uint32_t index, struct witness *witness)
{
	witness->index = index;
	sw_flows_tuple(flows, index, &witness->tuple);
	witness->hash = sw_tuple_hash(&witness->tuple, flows->header->key);
	witness->spot = sw_buckets_spot(&flows->buckets, witness->hash);
	sw_prefetch(&flows->buckets.bucket[witness->spot.home]);
}

/* Checks a pool and sets the mark above its records in use.  The mark that was
 * left is not believed: a record above it, which is neither checked nor counted,
 * would be a flow to each loop over all deadlines.
 * => the number of records that the index does not lead to */
static uint32_t
examine_pool(struct sw_flows *flows, enum sw_pool pool, uint32_t *torn)
{
	uint32_t base = pool == SW_POOL_IPV4 ? 0 : flows->max;
	struct witness witnesses[BATCH];
	uint32_t n = 0, lost = 0, after = 0;

	for (uint32_t i = 0; i < flows->max; i++) {
		if (flows->deadlines[base + i] == 0)
			continue;
		after = i + 1;
		call_witness(flows, base + i, &witnesses[n++]);
		if (n == BATCH) {
			lost += examine(flows, witnesses, n, torn);
			n = 0;
		}
	}
	flows->header->reached[pool] = after;
	return lost + examine(flows, witnesses, n, torn);
}

/* Is the saved copy of this record?  It has the record's ports and protocol,
 * whatever else the packet changed. */
static bool
note_fits(const struct sw_flows *flows, uint32_t index)
{
	const struct sw_flows_note *note = &flows->header->note;
	const struct sw_flow *flow = sw_flows_record(flows, index);
	struct sw_flow noted;

	memcpy(&noted, note->record, SW_RECORD_MOVING);
	return noted.a_port == flow->a_port && noted.b_port == flow->b_port &&
	       noted.proto == flow->proto && noted.zone == flow->zone &&
	       values_make_sense(&noted);
}

/* Undoes a packet that was half done. */
static void
undo_step(struct sw_flows *flows)
{
	struct sw_flows_note *note = &flows->header->note;
	uint32_t index = note->subject - 1;

	if (index < 2 * flows->max && flows->deadlines[index] != 0 &&
	    note_fits(flows, index))
		memcpy(sw_flows_record(flows, index), note->record,
		    SW_RECORD_MOVING);
	atomic_signal_fence(memory_order_seq_cst);
	note->subject = 0;
}

static void
chain_free(struct sw_flows *flows)
{
	for (enum sw_pool pool = 0; pool < SW_POOLS; pool++) {
		uint32_t base = pool == SW_POOL_IPV4 ? 0 : flows->max;

		for (uint32_t i = flows->header->reached[pool]; i-- > 0;)
			if (flows->deadlines[base + i] == 0)
				sw_flows_free(flows, base + i);
	}
}

void
sw_flow_restore(struct sw_flows *flows, uint32_t *restored, uint32_t *torn)
{
	bool distrust = flows->header->reindexing != 0;
	struct sw_flows_census census;
	uint32_t lost = 0;

	undo_step(flows);
	sw_flow_index_take_census(flows, &census);
	for (enum sw_pool pool = 0; pool < SW_POOLS; pool++)
		lost += examine_pool(flows, pool, torn);
	sw_flow_index_mend(flows, &census, distrust || lost > 0, torn);
	chain_free(flows);
	*restored = flows->count;
}
