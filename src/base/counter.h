/* SPDX-License-Identifier: Apache-2.0 */
/*
 * counter: the counters of one queue, readable without a lock.
 *
 * Each field has one writer: the queue's worker, or the main loop for the
 * kernel's own counters.  Any thread may read at any time.
 */
#ifndef SYNWARD_BASE_COUNTER_H
#define SYNWARD_BASE_COUNTER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Histogram of verdict delays.  Bucket b counts verdicts that took at least
 * 2^(b-1) µs and less than 2^b µs; the last bucket counts all slower ones. */
#define SW_STATS_BUCKETS 20

typedef _Atomic uint64_t sw_counter;

struct sw_queue_stats {
	uint16_t number;
	/* written by the worker */
	_Alignas(64) sw_counter turns; /* of its loop, a heartbeat */
	sw_counter packets;	       /* verdicts given */
	sw_counter batches;
	sw_counter own;		/* our own packets, by their mark */
	sw_counter unreadable;	/* messages without a packet or an id */
	sw_counter enobufs;	/* times the kernel reported lost messages */
	sw_counter send_errors; /* verdicts the kernel refused */
	sw_counter delay_ns;	/* sum over all verdicts */
	sw_counter delay[SW_STATS_BUCKETS];
	/* written by the main loop, from /proc/net/netfilter/nfnetlink_queue */
	_Alignas(64) sw_counter waiting; /* packets in the queue now */
	sw_counter queue_dropped;	 /* lost because the queue was full */
	sw_counter user_dropped;	 /* lost because the socket was full */
	_Atomic bool bound;		 /* the kernel lists the queue */
};

/* The same of a tap.  What was seen is the sum of packets and all that were
 * left out. */
struct sw_tap_stats {
	/* written by the worker */
	_Alignas(64) sw_counter turns; /* of its loop, a heartbeat */
	sw_counter packets;	       /* followed */
	sw_counter local;  /* left out: from or to this host itself */
	sw_counter not_ip; /* left out */
	sw_counter cut;	   /* left out: headers longer than the copy */
	sw_counter again;  /* left out: a VLAN's interface has them too */
	/* ns of engine time: all packets of before are stepped */
	_Atomic uint64_t seen;
	sw_counter lost; /* the ring was full */
	/* written by the main loop */
	_Alignas(64) sw_counter links; /* interfaces that it listens on */
};

/* Adds to a counter that only the calling thread writes; this needs no locked
 * instruction. */
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
