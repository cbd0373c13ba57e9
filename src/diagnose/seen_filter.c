/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two filters of 2^18 bits.  A value sets three bits, taken from three parts of
 * its keyed hash.  When the current filter is old, or so full that it would
 * return true too often, the other one is cleared and becomes the current one.
 */
#include "diagnose/seen_filter.h"

#include <string.h>

#define LIFE (600 * SW_NS_PER_SECOND)
#define FULL (64u * SW_SEEN_FILTER_WORDS / 3)
#define BITS 3

static uint32_t
place(uint64_t id, unsigned i)
{
	return (uint32_t)(id >> 20 * i) % (64 * SW_SEEN_FILTER_WORDS);
}

static bool
holds(const uint64_t *bits, uint64_t id)
{
	for (unsigned i = 0; i < BITS; i++) {
		uint32_t at = place(id, i);

		if (!(bits[at / 64] >> at % 64 & 1))
			return false;
	}
	return true;
}

void
sw_seen_filter_note(
    struct sw_seen_filter *seen, uint64_t id, struct sw_time now)
{
	uint64_t *bits;

	if (now.ns - seen->turned >= LIFE || seen->noted >= FULL) {
		seen->present = !seen->present;
		seen->turned = now.ns;
		seen->noted = 0;
		memset(seen->bits[seen->present], 0, sizeof(seen->bits[0]));
	}
	bits = seen->bits[seen->present];
	for (unsigned i = 0; i < BITS; i++) {
		uint32_t at = place(id, i);

		seen->noted += !(bits[at / 64] >> at % 64 & 1);
		bits[at / 64] |= UINT64_C(1) << at % 64;
	}
}

bool
sw_seen_filter_knows(const struct sw_seen_filter *seen, uint64_t id)
{
	return holds(seen->bits[0], id) || holds(seen->bits[1], id);
}
