/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connections that are older than the table are passed to the shard in which
 * their flow will be, before the first packet.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "shards/shard.h"

/* => false when memory is short */
static bool
expect(struct sw_shards *shards, const struct sw_endpoints openers[], size_t n,
    struct sw_time now)
{
	uint32_t *each = calloc(shards->n, sizeof *each);
	bool enough = each != NULL;

	for (size_t i = 0; i < n && enough; i++)
		each[sw_shards_index(shards, &openers[i])]++;
	for (uint32_t i = 0; i < shards->n && enough; i++)
		enough = sw_engine_expect(shards->list[i].engine, each[i], now);
	free(each);
	return enough;
}

int
sw_shards_know(struct sw_shards *shards, const struct sw_endpoints openers[],
    size_t n, struct sw_time now)
{
	int known = 0;

	if (!expect(shards, openers, n, now))
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		known += sw_engine_know(
		    shards->list[sw_shards_index(shards, &openers[i])].engine,
		    &openers[i]);
	return known;
}

bool
sw_shards_learn(struct sw_shards *shards, struct sw_time until)
{
	bool learns = true;

	for (uint32_t i = 0; i < shards->n; i++) {
		struct sw_shard *shard = &shards->list[i];

		sw_shard_lock(shard, sw_clock_now());
		learns &= sw_engine_learn(shard->engine, until);
		sw_shard_unlock(shard);
	}
	return learns;
}
