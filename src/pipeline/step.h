/* SPDX-License-Identifier: Apache-2.0 */
/*
 * step: has the shards decide a batch of packets, wherever it came from.
 *
 * Packets of one flow belong to one shard and are stepped in the order of their
 * arrival.
 */
#ifndef SYNWARD_PIPELINE_STEP_H
#define SYNWARD_PIPELINE_STEP_H

#include "shards/shard.h"

/* The shard of a packet that is not to be stepped. */
#define SW_STEP_NOT UINT32_MAX

struct sw_step_batch {
	struct sw_packet packets[SW_BATCH_MAX];
	/* from sw_shards_choose(), or SW_STEP_NOT */
	uint32_t shard[SW_BATCH_MAX];
	enum sw_verdict verdicts[SW_BATCH_MAX]; /* of those that are stepped */
	uint32_t wishing[SW_BATCH_MAX]; /* shards whose flows may get lanes */
	unsigned n_wishing; /* the caller opens them, and sets it to 0 */
};

/* Steps the first n packets of the batch; all their shards are SW_STEP_NOT
 * afterwards.
 * => true when there are new events */
bool sw_step_all(struct sw_step_batch *batch, struct sw_shards *shards,
    unsigned n, struct sw_time now);

#endif
