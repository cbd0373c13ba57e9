/* SPDX-License-Identifier: Apache-2.0 */
/*
 * worker: a thread that gives each packet of one queue its verdict.
 */
#ifndef SYNWARD_PIPELINE_WORKER_H
#define SYNWARD_PIPELINE_WORKER_H

#include "base/counter.h"
#include "net/own_mark.h"
#include "pipeline/reporter.h"
#include "shards/shard.h"

struct sw_worker;

struct sw_worker_config {
	struct sw_nfqueue *nfq; /* => takes ownership */
	struct sw_shards *shards;
	struct sw_reporter *reporter;
	struct sw_queue_stats *stats;
	struct sw_own_mark own;
	uint32_t spin_ns; /* see pipeline/spin.h */
};

/* => NULL with errno set, and the caller still owns nfq */
struct sw_worker *sw_worker_start(const struct sw_worker_config *config);

/* Asks the thread to answer the packets in its queue and to end. */
void sw_worker_ask_stop(struct sw_worker *worker);

/* Waits until the thread has ended, and closes the queue. */
void sw_worker_stop(struct sw_worker *worker);

#endif
