/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stats: what is counted about a queue, readable without a lock.
 *
 * Each field has one writer (the queue's worker, or the main loop for what
 * the kernel counts); any thread may read at any time.
 */
#ifndef SYNWARD_BASE_COUNTER_H
#define SYNWARD_BASE_COUNTER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Bucket b of the histogram counts verdicts that took below 2^b µs and not
 * below 2^(b-1); the last takes the rest. */
#define SW_STATS_BUCKETS 20

typedef _Atomic uint64_t sw_counter;

struct sw_queue_stats {
	uint16_t number;
	/* by the worker */
	_Alignas(64) sw_counter turns; /* of its loop: the heart beat */
	sw_counter packets;	       /* verdicts given */
	sw_counter batches;
	sw_counter own;		/* packets of ours, passed by their mark */
	sw_counter unreadable;	/* messages without packet or id */
	sw_counter enobufs;	/* the kernel said that it lost messages */
	sw_counter send_errors; /* verdicts the kernel did not take */
	sw_counter delay_ns;	/* sum over verdicts */
	sw_counter delay[SW_STATS_BUCKETS];
	/* by the main loop, from /proc/net/netfilter/nfnetlink_queue */
	_Alignas(64) sw_counter waiting; /* packets in the queue now */
	sw_counter queue_dropped;	 /* queue was full */
	sw_counter user_dropped;	 /* socket was full */
	_Atomic bool bound;		 /* the kernel lists the queue */
};

/* For a counter with one writer: no locked instruction. */
static inline void
sw_counter_add(sw_counter *counter, uint64_t n)
{
	uint64_t old = atomic_load_explicit(counter, memory_order_relaxed);

	atomic_store_explicit(counter, old + n, memory_order_relaxed);
}

static inline uint64_t
sw_counter_get(const sw_counter *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

#endif
