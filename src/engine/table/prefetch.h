/* SPDX-License-Identifier: Apache-2.0 */
/*
 * prefetch: has a cache line brought near before it is needed.
 *
 * As near as the second level: the first has few places for lines that are
 * on their way, and a prefetch for which there is none is lost or waits.  The
 * second takes a whole batch's, and the rest of the way is short.
 */
#ifndef SYNWARD_ENGINE_TABLE_PREFETCH_H
#define SYNWARD_ENGINE_TABLE_PREFETCH_H

static inline __attribute__((always_inline)) void
sw_prefetch(const void *line)
{
	__builtin_prefetch(line, 0, 2);
	/* To compilers a function that only prefetches has no effect, and
	 * calls of it may be left out; of this it has. */
	__asm__ volatile("");
}

#endif
