/* SPDX-License-Identifier: Apache-2.0 */
/*
 * past: what an engine that begins with an empty table may believe of the
 * connections that are older than it.
 *
 * Known are connections that the kernel's own tracker had seen established, each
 * with its opener, until they are taken.  Refused are tuples of which a packet
 * was refused while the engine learns: a Bloom filter, so that none of them is
 * ever forgotten, however many there are.
 */
#ifndef SYNWARD_ENGINE_TABLE_PAST_H
#define SYNWARD_ENGINE_TABLE_PAST_H

#include "engine/table/tuple.h"
#include "synward/time.h"

struct sw_past {
	struct sw_time learns_until; /* 0: it does not learn */
	struct sw_time known_since;
	struct sw_past_known *known; /* n_places of them, a power of two */
	uint32_t n_places, n_known;
	uint64_t *refused; /* NULL: it does not learn */
};

/* => false when memory is short; n: connections that can be known */
bool sw_past_expect(struct sw_past *past, uint32_t n, struct sw_time now);
bool sw_past_learn(struct sw_past *past, struct sw_time until);
void sw_past_free(struct sw_past *past);

/* opener_b: the opener is the tuple's b.
 * => false when it was known already, or there is no room */
bool sw_past_know(struct sw_past *past, const struct sw_tuple *tuple,
    uint64_t hash, bool opener_b);
/* => false when it is not known */
bool sw_past_knows(const struct sw_past *past, const struct sw_tuple *tuple,
    uint64_t hash, bool *opener_b);
void sw_past_forget(
    struct sw_past *past, const struct sw_tuple *tuple, uint64_t hash);

void sw_past_refuse(struct sw_past *past, uint64_t hash);
/* May be wrong where nothing was refused, never the other way round. */
bool sw_past_refused(const struct sw_past *past, uint64_t hash);

#endif
