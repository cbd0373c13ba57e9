/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flow_bucket: maps a hash to the few records that may match.
 *
 * A bucket is one cache line of ten places, each a 16-bit tag and an index.  A
 * hash gives a home bucket and a tag; tag and home give the other bucket, and
 * the other way round, so an entry can be moved between its two buckets without
 * reading its record.  A flow is in its home bucket unless that is crowded; the
 * home bucket counts its flows in other buckets, so that a lookup mostly reads
 * one line, whether it finds a flow or not.
 */
#ifndef SYNWARD_ENGINE_TABLE_FLOW_BUCKET_H
#define SYNWARD_ENGINE_TABLE_FLOW_BUCKET_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define SW_BUCKET_PLACES 10
#define SW_BUCKET_ALL ((1u << SW_BUCKET_PLACES) - 1) /* a set of places */
#define SW_BUCKET_CROWDED 8		     /* then use the other bucket */
#define SW_BUCKET_STRAY UINT32_C(0x80000000) /* index: not in its home bucket */

struct sw_bucket {
	uint16_t tag[SW_BUCKET_PLACES]; /* 0 = free */
	uint32_t strays;		/* its flows in other buckets */
	uint32_t index[SW_BUCKET_PLACES];
};

_Static_assert(sizeof(struct sw_bucket) == 64, "a cache line");

struct sw_buckets {
	struct sw_bucket *bucket;
	uint32_t count; /* even */
};

/* The buckets and the tag of a hash. */
struct sw_spot {
	uint32_t home;
	uint16_t tag;
};

/* The number of buckets for max flows: five flows per bucket when full. */
static inline uint32_t
sw_buckets_needed(uint32_t max)
{
	return 2 * ((max + 9) / 10);
}

/* Scales the upper bits of x to a number below n. */
static inline uint32_t
sw_buckets_scale(uint32_t x, uint32_t n)
{
	return (uint32_t)((uint64_t)x * n >> 32);
}

/* Uses the lower 48 bits; the upper ones have selected the shard. */
static inline struct sw_spot
sw_buckets_spot(const struct sw_buckets *buckets, uint64_t hash)
{
	uint16_t tag = (uint16_t)(hash >> 32);

	return (struct sw_spot){
		.home = sw_buckets_scale((uint32_t)hash, buckets->count),
		.tag = tag != 0 ? tag : 1,
	};
}

/* The other bucket of a tag; the function is its own inverse.  The number of
 * buckets is even and the sum is odd, so the two always differ. */
static inline uint32_t
sw_buckets_other(const struct sw_buckets *buckets, uint32_t one, uint16_t tag)
{
	uint32_t sum =
	    sw_buckets_scale(tag * UINT32_C(0x9e3779b1), buckets->count) | 1;

	return one <= sum ? sum - one : sum + buckets->count - one;
}

/* Eight tags side by side; a comparison gives all ones where it is true. */
typedef uint16_t sw_tags __attribute__((vector_size(16)));
typedef uint8_t sw_marks __attribute__((vector_size(8)));

/* A set of places of a bucket: bit n is place n. */
static inline uint32_t
sw_bucket_matches(const struct sw_bucket *bucket, uint16_t tag)
{
	/* Moves the lowest bit of each byte into the uppermost byte. */
	const uint64_t gather = UINT64_C(0x0102040810204080);
	sw_tags tags;
	sw_marks marks;
	uint64_t equal;
	uint32_t set;

	memcpy(&tags, bucket->tag, sizeof(tags));
	marks = __builtin_convertvector(tags == tag, sw_marks);
	memcpy(&equal, &marks, sizeof(equal));
	set = (uint32_t)((le64toh(equal) & UINT64_C(0x0101010101010101)) *
			     gather >>
			 56);
	set |= (uint32_t)(bucket->tag[8] == tag) << 8;
	set |= (uint32_t)(bucket->tag[9] == tag) << 9;
	return set;
}

/* Members of a set of places. */
static inline uint32_t
sw_bucket_count(uint32_t set)
{
	uint32_t n = 0;

	for (; set != 0; set &= set - 1)
		n++;
	return n;
}

/* Stores the index.
 * => false when there is no room, even after moving one entry */
bool sw_flow_bucket_insert(
    struct sw_buckets *buckets, uint64_t hash, uint32_t index);

/* => false when the index is in neither bucket of the hash */
bool sw_flow_bucket_remove(
    struct sw_buckets *buckets, uint64_t hash, uint32_t index);

#endif
