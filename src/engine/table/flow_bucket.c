/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds places in the index, and makes room in it.
 *
 * An entry is written in two stores, index then tag, and only the tag makes it
 * valid: when the process dies in between, the place is still free.  An entry
 * that moves is for a moment in both of its buckets, never in none.  The count
 * of strays may then be wrong by one; the process that takes the memory over
 * counts again.
 */
#include "engine/table/flow_bucket.h"

#include <stdatomic.h>

static uint32_t
free_places(const struct sw_bucket *bucket)
{
	return sw_bucket_matches(bucket, 0);
}

static unsigned
residents(const struct sw_bucket *bucket)
{
	return SW_BUCKET_PLACES - sw_bucket_count(free_places(bucket));
}

static void
place(struct sw_bucket *bucket, uint16_t tag, uint32_t index)
{
	int at = __builtin_ctz(free_places(bucket));

	bucket->index[at] = index;
	atomic_signal_fence(memory_order_release);
	bucket->tag[at] = tag;
	atomic_signal_fence(memory_order_release);
}

/* Moves the entry to its other bucket, if that has room. */
static bool
move_resident(struct sw_buckets *buckets, uint32_t at, unsigned resident)
{
	struct sw_bucket *here = &buckets->bucket[at];
	uint16_t tag = here->tag[resident];
	uint32_t index = here->index[resident];
	struct sw_bucket *there =
	    &buckets->bucket[sw_buckets_other(buckets, at, tag)];

	if (free_places(there) == 0)
		return false;
	place(there, tag, index ^ SW_BUCKET_STRAY);
	here->tag[resident] = 0;
	if (index & SW_BUCKET_STRAY)
		there->strays--;
	else
		here->strays++;
	return true;
}

static bool
make_room(struct sw_buckets *buckets, uint32_t at)
{
	for (unsigned i = 0; i < SW_BUCKET_PLACES; i++)
		if (move_resident(buckets, at, i))
			return true;
	return false;
}

bool
sw_flow_bucket_insert(struct sw_buckets *buckets, uint64_t hash, uint32_t index)
{
	struct sw_spot spot = sw_buckets_spot(buckets, hash);
	struct sw_bucket *home = &buckets->bucket[spot.home];
	unsigned crowd = residents(home);
	uint32_t other;

	if (crowd < SW_BUCKET_CROWDED) {
		place(home, spot.tag, index);
		return true;
	}
	other = sw_buckets_other(buckets, spot.home, spot.tag);
	if (residents(&buckets->bucket[other]) < crowd) {
		place(
		    &buckets->bucket[other], spot.tag, index | SW_BUCKET_STRAY);
		home->strays++;
		return true;
	}
	if (crowd == SW_BUCKET_PLACES && !make_room(buckets, spot.home))
		return false;
	place(home, spot.tag, index);
	return true;
}

static bool
erase(struct sw_bucket *bucket, uint16_t tag, uint32_t index)
{
	uint32_t set = sw_bucket_matches(bucket, tag);

	for (; set != 0; set &= set - 1) {
		int at = __builtin_ctz(set);

		if (bucket->index[at] == index) {
			bucket->tag[at] = 0;
			return true;
		}
	}
	return false;
}

bool
sw_flow_bucket_remove(struct sw_buckets *buckets, uint64_t hash, uint32_t index)
{
	struct sw_spot spot = sw_buckets_spot(buckets, hash);
	struct sw_bucket *home = &buckets->bucket[spot.home];
	uint32_t other;

	if (erase(home, spot.tag, index))
		return true;
	other = sw_buckets_other(buckets, spot.home, spot.tag);
	if (!erase(&buckets->bucket[other], spot.tag, index | SW_BUCKET_STRAY))
		return false;
	home->strays--;
	return true;
}
