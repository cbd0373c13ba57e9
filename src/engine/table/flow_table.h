/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flow_table: the members of struct sw_flows, for flow*.c only.
 *
 * The block of memory begins with a header and contains no pointer; the handle
 * has what can be found again from it: where the regions are, how many flows
 * live, which records are free.
 */
#ifndef SYNWARD_ENGINE_TABLE_FLOW_TABLE_H
#define SYNWARD_ENGINE_TABLE_FLOW_TABLE_H

#include "engine/table/flow.h"
#include "engine/table/flow_bucket.h"

#include <string.h>

enum sw_pool { SW_POOL_IPV4, SW_POOL_IPV6, SW_POOLS };

#define SW_FLOWS_MAGIC UINT64_C(0x31776f6c66647773) /* "swdflow1" */
#define SW_FLOWS_LAYOUT 3u
#define SW_FLOWS_FORMER 2u /* of version 0.1: without the cold column */

/* A copy of a record from before the current packet. */
struct sw_flows_note {
	uint8_t record[SW_RECORD_MOVING];
	uint32_t subject; /* its index + 1; 0 = no packet in progress */
	uint32_t zero;
};

_Static_assert(sizeof(struct sw_flows_note) == 64, "a cache line");

/* The beginning of the block.  The members after seal change while the table is
 * in use; those before it never do. */
struct sw_flows_header {
	uint64_t magic;
	uint64_t size; /* of the block, bytes */
	uint32_t layout;
	uint32_t max;
	uint16_t record[SW_POOLS];  /* bytes of a record */
	uint16_t counters, history; /* bytes of each */
	uint32_t states;	    /* SW_STATE_COUNT */
	uint8_t key[16];
	uint64_t seal;		    /* hash of the above with key */
	uint32_t reached[SW_POOLS]; /* records below have been used */
	uint32_t reindexing;	    /* 1 while buckets are rebuilt */
	uint32_t spare;
	uint8_t apart[48];
	struct sw_flows_note note;
};

_Static_assert(sizeof(struct sw_flows_header) == 192, "three cache lines");

struct sw_flows {
	struct sw_flows_header *header;
	struct sw_buckets buckets;
	uint8_t *records[SW_POOLS];
	uint32_t *deadlines;
	struct sw_flow_counters *counters; /* of IPv4 */
	struct sw_flow_history *histories;
	struct sw_cold *cold;
	uint32_t max;
	uint32_t count;
	uint32_t turn;		 /* number of inserts and removals */
	uint32_t free[SW_POOLS]; /* first of a chain, or SW_FLOW_NONE */
};

/* Powers of two, so that an index becomes an address by a shift.  The rest of
 * an IPv6 record's second cache line contains its counters. */
#define SW_RECORD_IPV4 64u
#define SW_RECORD_IPV6 128u
#define SW_FLOW_COUNTERS_IPV6 (SW_RECORD_IPV6 - sizeof(struct sw_flow_counters))

_Static_assert(
    sizeof(struct sw_flow) + 32 <= SW_FLOW_COUNTERS_IPV6, "no overlap");

static inline enum sw_pool
sw_flows_pool(const struct sw_flows *flows, uint32_t index)
{
	return index < flows->max ? SW_POOL_IPV4 : SW_POOL_IPV6;
}

static inline struct sw_flow *
sw_flows_record(const struct sw_flows *flows, uint32_t index)
{
	if (index < flows->max)
		return (
		    struct sw_flow *)(void *)(flows->records[SW_POOL_IPV4] +
					      (size_t)index * SW_RECORD_IPV4);
	return (struct sw_flow *)(void *)(flows->records[SW_POOL_IPV6] +
					  (size_t)(index - flows->max) *
					      SW_RECORD_IPV6);
}

/* => 0 when the four bytes are equal */
static inline uint32_t
sw_differ4(const void *a, const void *b)
{
	uint32_t x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return x ^ y;
}

_Static_assert(
    offsetof(struct sw_flow, b_port) == offsetof(struct sw_flow, a_port) + 2 &&
	offsetof(struct sw_tuple, b_port) ==
	    offsetof(struct sw_tuple, a_port) + 2,
    "ports are compared together");

/* Is this record's key the tuple?  Records of the other family never match.
 * Mostly it is, so nearly everything is compared before the only branch. */
static inline bool
sw_flows_is(
    const struct sw_flows *flows, uint32_t index, const struct sw_tuple *tuple)
{
	const struct sw_flow *flow = sw_flows_record(flows, index);
	uint32_t differ = sw_differ4(&flow->a_port, &tuple->a_port) |
			  (uint32_t)(flow->proto ^ tuple->proto) |
			  (uint32_t)(flow->zone ^ tuple->zone);

	if (index < flows->max)
		return !(differ | sw_differ4(flow->addr, tuple->a.b) |
			   sw_differ4(flow->addr + 4, tuple->b.b)) &
		       (tuple->family == SW_IPV4);
	return !differ && tuple->family == SW_IPV6 &&
	       memcmp(flow->addr, tuple->a.b, 16) == 0 &&
	       memcmp(flow->addr + 16, tuple->b.b, 16) == 0;
}

/* Stored with each record, so that a whole key can be distinguished from a
 * corrupted one without the index. */
static inline uint32_t
sw_flows_key_sum(uint64_t hash)
{
	return (uint32_t)(hash ^ hash >> 32);
}

/* Adds the record to its pool's chain of free ones. */
void sw_flows_free(struct sw_flows *flows, uint32_t index);

/* Takes over the records that an earlier process left in the block. */
void
sw_flow_restore(struct sw_flows *flows, uint32_t *restored, uint32_t *torn);

/* The result of a census of the index. */
struct sw_flows_census {
	uint32_t entries;
	uint64_t strays; /* 0: each bucket has the right number of them */
};

void sw_flow_index_take_census(
    const struct sw_flows *flows, struct sw_flows_census *census);

/* Makes the index lead to every record in use and to nothing else, unless the
 * census found it right; distrust: even then.  Records in use have been checked
 * and counted.  torn counts those that found no place */
void sw_flow_index_mend(struct sw_flows *flows, struct sw_flows_census *census,
    bool distrust, uint32_t *torn);

#endif
