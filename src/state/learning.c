/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The end is a time, which the engines know, so nothing has to happen then.
 */
#include "state/learning.h"
#include "shards/shard.h"

bool
sw_learning_begin(
    struct sw_daemon *daemon, uint32_t seconds, struct sw_time now)
{
	struct sw_time until = sw_time_add_ms(now, (uint64_t)seconds * 1000);

	if (!sw_shards_learn(daemon->shards, until)) {
		sw_shards_learn(daemon->shards, now);
		return false;
	}
	daemon->learns_until = until;
	return true;
}

uint32_t
sw_learning_left(const struct sw_daemon *daemon, struct sw_time now)
{
	uint64_t ms = sw_time_ms_since(now, daemon->learns_until);

	return (uint32_t)((ms + 999) / 1000);
}
