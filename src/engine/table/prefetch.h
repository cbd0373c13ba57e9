/* SPDX-License-Identifier: Apache-2.0 */
/*
 * prefetch: loads a cache line before it is needed.
 *
 * It loads into the second level: the first has few slots for pending lines,
 * and a prefetch without a slot is lost or waits.  The second level has room
 * for a whole batch, and from there the line arrives quickly.
 */
#ifndef SYNWARD_ENGINE_TABLE_PREFETCH_H
#define SYNWARD_ENGINE_TABLE_PREFETCH_H

static inline __attribute__((always_inline)) void
sw_prefetch(const void *line)
{
	__builtin_prefetch(line, 0, 2);
	/* Compilers may omit a call whose only effect is a prefetch; this gives
	 * the function another effect. */
	__asm__ volatile("");
}

#endif
