/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The packets of the first one's shard are gathered from the whole batch and
 * stepped under one hold of its lock; then those of the next shard.
 */
#include "pipeline/step.h"

/* Steps all packets that belong to the shard of packet first.
 * => true when there are new events */
static bool
step_shard(struct sw_step_batch *all, struct sw_shards *shards, unsigned first,
    unsigned n, struct sw_time now)
{
	struct sw_shard *shard = &shards->list[all->shard[first]];
	const struct sw_packet *batch[SW_BATCH_MAX];
	enum sw_verdict verdicts[SW_BATCH_MAX];
	unsigned place[SW_BATCH_MAX], count = 0;

	for (unsigned i = first; i < n; i++) {
		if (all->shard[i] != all->shard[first])
			continue;
		place[count] = i;
		batch[count++] = &all->packets[i];
	}
	now = sw_shard_lock(shard, now);
	if (sw_engine_has_zones(shard->engine))
		for (unsigned i = 0; i < count; i++)
			sw_engine_place(shard->engine, &all->packets[place[i]]);
	sw_engine_batch(shard->engine, batch, count, now, verdicts);
	if (sw_engine_wishes_lanes(shard->engine))
		all->wishing[all->n_wishing++] = all->shard[first];
	sw_shard_unlock(shard);
	for (unsigned i = 0; i < count; i++) {
		all->verdicts[place[i]] = verdicts[i];
		all->shard[place[i]] = SW_STEP_NOT;
	}
	return sw_engine_pending(shard->engine);
}

bool
sw_step_all(struct sw_step_batch *batch, struct sw_shards *shards, unsigned n,
    struct sw_time now)
{
	bool events = false;

	for (unsigned i = 0; i < n; i++)
		if (batch->shard[i] != SW_STEP_NOT)
			events |= step_shard(batch, shards, i, n, now);
	return events;
}
