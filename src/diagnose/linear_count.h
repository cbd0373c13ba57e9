/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linear_count: estimates how many different values were seen, in a few words
 * of memory.
 *
 * Linear counting (Whang 1990): each value sets the bit chosen by its hash; the
 * number of bits set gives the estimate.  Below a third of the bits it is
 * nearly exact, and it never exceeds the true number.
 */
#ifndef SYNWARD_DIAGNOSE_LINEAR_COUNT_H
#define SYNWARD_DIAGNOSE_LINEAR_COUNT_H

#include <stdint.h>

enum { SW_ESTIMATE_WORDS = 4 };

struct sw_estimate {
	uint64_t bits[SW_ESTIMATE_WORDS];
};

static inline void
sw_estimate_add(struct sw_estimate *estimate, uint64_t hash)
{
	unsigned bit = (unsigned)(hash >> 20) % (64 * SW_ESTIMATE_WORDS);

	estimate->bits[bit / 64] |= UINT64_C(1) << bit % 64;
}

static inline uint32_t
sw_estimate_count(const struct sw_estimate *estimate)
{
	const uint32_t m = 64 * SW_ESTIMATE_WORDS;
	uint32_t n = 0;

	for (unsigned i = 0; i < SW_ESTIMATE_WORDS; i++)
		n += (uint32_t)__builtin_popcountll(estimate->bits[i]);
	/* The first terms of -m ln(1 - n/m). */
	return n + n * n / (2 * m) + n * n * n / (3 * m * m);
}

#endif
