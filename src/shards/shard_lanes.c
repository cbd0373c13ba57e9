/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lanes are common to all shards; a flow's lane belongs to the shard of the
 * flow, and is opened, read and closed under that shard's lock.
 */
#include "base/clock.h"
#include "shards/shard.h"

/* Lanes looked at in one hold of the lock. */
enum { SLICE = 128 };

uint32_t
sw_shards_recall_lanes(struct sw_shards *shards)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < shards->n; i++) {
		struct sw_shard *shard = &shards->list[i];

		sw_shard_lock(shard, sw_clock_now());
		n += sw_engine_recall_lanes(shard->engine);
		sw_shard_unlock(shard);
	}
	return n;
}

bool
sw_shards_use_lanes(
    struct sw_shards *shards, const struct sw_lanes *lanes, uint32_t after)
{
	bool used = true;

	for (uint32_t i = 0; i < shards->n; i++) {
		struct sw_shard *shard = &shards->list[i];

		sw_shard_lock(shard, sw_clock_now());
		used &= sw_engine_use_lanes(
		    shard->engine, lanes, (uint16_t)i, after);
		sw_shard_unlock(shard);
	}
	return used;
}

void
sw_shards_set_after(struct sw_shards *shards, uint32_t after)
{
	for (uint32_t i = 0; i < shards->n; i++) {
		struct sw_shard *shard = &shards->list[i];

		sw_shard_lock(shard, sw_clock_now());
		sw_engine_set_after(shard->engine, after);
		sw_shard_unlock(shard);
	}
}

void
sw_shard_open_lanes(struct sw_shard *shard, bool drained)
{
	sw_shard_lock(shard, sw_clock_now());
	sw_engine_open_lanes(shard->engine, drained);
	sw_shard_unlock(shard);
}

static void
sync_slice(struct sw_shards *shards, uint32_t from, uint32_t n)
{
	for (uint32_t i = 0; i < shards->n; i++) {
		struct sw_shard *shard = &shards->list[i];

		sw_shard_lock(shard, sw_clock_now());
		sw_engine_sync_lanes(shard->engine, from, n);
		sw_shard_unlock(shard);
	}
}

bool
sw_shards_sync_lanes(struct sw_shards *shards, uint32_t n, uint32_t *at)
{
	uint32_t left = n - *at;
	uint32_t end = *at + (left < SW_SHARDS_LANES ? left : SW_SHARDS_LANES);

	for (; *at < end; *at += SLICE)
		sync_slice(shards, *at, end - *at < SLICE ? end - *at : SLICE);
	if (*at > end)
		*at = end;
	return *at < n;
}
