/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source_limit: counts in a table without chains.
 *
 * An address has two buckets of one cache line, 8 words each.  A word contains
 * the count and a tag of the address, so that both change in one atomic step; a
 * word whose count falls to 0 is free again at once.  All 16 words are read
 * each time, so nothing is ever moved.
 *
 * Two threads may add a new address at the same moment and each take a word for
 * it: the sum of all words with its tag counts, whichever of them is raised or
 * lowered.  A limit may so be exceeded by as many flows as there are threads,
 * never by more.  With room for twice the possible sources, both buckets are
 * hardly ever full; if they are, the flow is not counted.
 */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "engine/table/tuple.h"
#include "synward/source.h"

enum {
	BUCKET = 8, /* words */
	COUNT_BITS = 28,
};

#define COUNT_MAX ((UINT64_C(1) << COUNT_BITS) - 1)

struct sw_source_limits {
	_Atomic uint64_t *words;
	uint64_t mask; /* number of buckets - 1 */
	uint8_t key[16];
	void *owned;
};

/* The buckets of an address, and the tag of its words. */
struct place {
	_Atomic uint64_t *bucket[2];
	uint64_t tag; /* in its position above the count, never 0 */
};

struct sw_source_limits *
sw_source_limits_create(uint32_t max_flows, const uint8_t key[16])
{
	struct sw_source_limits *sources = calloc(1, sizeof *sources);
	uint64_t buckets = 2;
	uint8_t *start;

	if (sources == NULL)
		return NULL;
	while (buckets * BUCKET < 2 * (uint64_t)max_flows)
		buckets *= 2;
	sources->owned = calloc(buckets * BUCKET + BUCKET, sizeof(uint64_t));
	if (sources->owned == NULL) {
		free(sources);
		return NULL;
	}
	start = sources->owned;
	start += -(uintptr_t)start & 63;
	sources->words = (_Atomic uint64_t *)(void *)start;
	sources->mask = buckets - 1;
	memcpy(sources->key, key, sizeof sources->key);
	return sources;
}

void
sw_source_limits_destroy(struct sw_source_limits *sources)
{
	if (sources == NULL)
		return;
	free(sources->owned);
	free(sources);
}

static struct place
place_of(
    const struct sw_source_limits *sources, const struct sw_endpoints *opener)
{
	uint8_t bytes[18];
	uint64_t hash;
	struct place place;

	memcpy(bytes, opener->src.b, 16);
	bytes[16] = opener->family;
	bytes[17] = opener->zone;
	hash = sw_tuple_siphash13(sources->key, bytes, sizeof bytes);
	place.tag = hash & ~COUNT_MAX;
	if (place.tag == 0)
		place.tag = COUNT_MAX + 1;
	/* The second bucket comes from other bits, and always differs from the
	 * first. */
	place.bucket[0] = sources->words + (hash & sources->mask) * BUCKET;
	hash = (hash >> 32 ^ hash * 0x9e3779b9u) | 1;
	place.bucket[1] =
	    sources->words +
	    (((uint64_t)(place.bucket[0] - sources->words) / BUCKET ^ hash) &
		sources->mask) *
		BUCKET;
	return place;
}

/* The state of both buckets for one address. */
struct seen {
	uint64_t sum;
	_Atomic uint64_t *own;	/* a word of this address, or NULL */
	_Atomic uint64_t *free; /* a free word, or NULL */
	uint64_t value;		/* content of own */
};

/* => the number of free words */
static unsigned
look_in(_Atomic uint64_t *bucket, uint64_t tag, struct seen *seen)
{
	unsigned n = 0;

	for (unsigned i = 0; i < BUCKET; i++) {
		uint64_t word =
		    atomic_load_explicit(&bucket[i], memory_order_relaxed);

		if (word == 0) {
			seen->free = &bucket[i];
			n++;
		} else if ((word & ~COUNT_MAX) == tag) {
			seen->sum += word & COUNT_MAX;
			seen->own = &bucket[i];
			seen->value = word;
		}
	}
	return n;
}

/* A new address uses the emptier of its buckets. */
static struct seen
look(const struct place *place)
{
	struct seen seen = { 0 };
	unsigned first = look_in(place->bucket[0], place->tag, &seen);
	_Atomic uint64_t *free = seen.free;

	if (look_in(place->bucket[1], place->tag, &seen) < first)
		seen.free = free;
	return seen;
}

static bool
change(_Atomic uint64_t *at, uint64_t from, uint64_t to)
{
	return atomic_compare_exchange_strong_explicit(
	    at, &from, to, memory_order_relaxed, memory_order_relaxed);
}

/* A step fails only when another thread's step has succeeded. */
bool
sw_source_limits_add(struct sw_source_limits *sources,
    const struct sw_endpoints *opener, uint32_t most)
{
	struct place place = place_of(sources, opener);

	for (;;) {
		struct seen seen = look(&place);

		if (seen.sum >= most)
			return false;
		if (seen.own == NULL && seen.free == NULL)
			return true;
		if (seen.own != NULL
			? change(seen.own, seen.value, seen.value + 1)
			: change(seen.free, 0, place.tag | 1))
			return true;
	}
}

void
sw_source_limits_remove(
    struct sw_source_limits *sources, const struct sw_endpoints *opener)
{
	struct place place = place_of(sources, opener);

	for (;;) {
		struct seen seen = look(&place);
		uint64_t less = seen.value - 1;

		if (seen.own == NULL)
			return;
		if (change(seen.own, seen.value,
			(less & COUNT_MAX) == 0 ? 0 : less))
			return;
	}
}

uint32_t
sw_source_limits_count(
    const struct sw_source_limits *sources, const struct sw_endpoints *opener)
{
	struct place place = place_of(sources, opener);

	return (uint32_t)look(&place).sum;
}
