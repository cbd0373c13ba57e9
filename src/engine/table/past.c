/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Known connections are in an open table, probed one place after another, at
 * most half full.  One that is forgotten leaves its place marked, so that those
 * after it are still found.
 *
 * The filter has 2^22 bits and sets three of them for a tuple: after 100,000
 * refused tuples it takes one other in 3,000 for refused.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/table/past.h"

enum { FREE, KNOWN, FORGOTTEN };

#define FILTER_BITS (UINT64_C(1) << 22)

struct sw_past_known {
	struct sw_tuple tuple;
	uint8_t use; /* FREE, KNOWN or FORGOTTEN */
	uint8_t opener_b;
};

bool
sw_past_expect(struct sw_past *past, uint32_t n, struct sw_time now)
{
	uint32_t places = 16;

	free(past->known);
	while (places < 2 * (uint64_t)n && places < UINT32_C(1) << 30)
		places *= 2;
	past->known = calloc(places, sizeof(*past->known));
	past->n_places = past->known ? places : 0;
	past->n_known = 0;
	past->known_since = now;
	return past->known != NULL;
}

bool
sw_past_learn(struct sw_past *past, struct sw_time until)
{
	if (!past->refused)
		past->refused = calloc(FILTER_BITS / 64, sizeof(uint64_t));
	past->learns_until = until;
	return past->refused != NULL;
}

void
sw_past_free(struct sw_past *past)
{
	free(past->known);
	free(past->refused);
	memset(past, 0, sizeof(*past));
}

/* => its place, or NULL */
static struct sw_past_known *
find(const struct sw_past *past, const struct sw_tuple *tuple, uint64_t hash)
{
	uint32_t mask = past->n_places - 1;

	for (uint32_t i = 0; i < past->n_places; i++) {
		struct sw_past_known *at =
		    &past->known[((uint32_t)hash + i) & mask];

		if (at->use == FREE)
			return NULL;
		if (at->use == KNOWN && sw_tuple_equal(&at->tuple, tuple))
			return at;
	}
	return NULL;
}

bool
sw_past_know(struct sw_past *past, const struct sw_tuple *tuple, uint64_t hash,
    bool opener_b)
{
	uint32_t at = (uint32_t)hash, mask = past->n_places - 1;

	if (past->n_known >= past->n_places / 2 || find(past, tuple, hash))
		return false;
	while (past->known[at & mask].use == KNOWN)
		at++;
	past->known[at & mask] =
	    (struct sw_past_known){ *tuple, KNOWN, opener_b };
	past->n_known++;
	return true;
}

bool
sw_past_knows(const struct sw_past *past, const struct sw_tuple *tuple,
    uint64_t hash, bool *opener_b)
{
	const struct sw_past_known *at =
	    past->n_known ? find(past, tuple, hash) : NULL;

	*opener_b = at && at->opener_b;
	return at != NULL;
}

void
sw_past_forget(
    struct sw_past *past, const struct sw_tuple *tuple, uint64_t hash)
{
	struct sw_past_known *at =
	    past->n_known ? find(past, tuple, hash) : NULL;

	if (!at)
		return;
	at->use = FORGOTTEN;
	past->n_known--;
}

/* Three bits of different parts of the hash. */
static uint64_t
bit_of(uint64_t hash, unsigned i)
{
	return hash >> (21 * i) & (FILTER_BITS / 2 - 1);
}

/* The first and the last use halves of their own. */
static uint64_t
place_of(uint64_t hash, unsigned i)
{
	return bit_of(hash, i) * 2 + (i & 1);
}

void
sw_past_refuse(struct sw_past *past, uint64_t hash)
{
	for (unsigned i = 0; i < 3 && past->refused; i++)
		past->refused[place_of(hash, i) / 64] |=
		    UINT64_C(1) << place_of(hash, i) % 64;
}

bool
sw_past_refused(const struct sw_past *past, uint64_t hash)
{
	for (unsigned i = 0; i < 3; i++)
		if (!past->refused || !(past->refused[place_of(hash, i) / 64] >>
					      place_of(hash, i) % 64 &
					  1))
			return false;
	return true;
}
