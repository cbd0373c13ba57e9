/* SPDX-License-Identifier: Apache-2.0 */
/*
 * draw: numbers that look random and are the same in each run.
 *
 * Marsaglia's xorshift of 64 bits; its upper half is the better one.
 */
#ifndef SYNWARD_SUPPORT_DRAW_H
#define SYNWARD_SUPPORT_DRAW_H

#include <stdint.h>

/* *seed is not 0 */
static inline uint64_t
draw(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

#endif
