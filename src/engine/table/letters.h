/* SPDX-License-Identifier: Apache-2.0 */
/*
 * letters: copies the history of a connection from memory that a predecessor
 * may have left.
 *
 * The history is written to log lines, so any other byte than a letter ends it.
 */
#ifndef SYNWARD_ENGINE_TABLE_LETTERS_H
#define SYNWARD_ENGINE_TABLE_LETTERS_H

#include <string.h>

#include "synward/event.h"

/* kept: without a terminating zero; all of `to` is written. */
static inline void
sw_letters_copy(char to[SW_HISTORY_MAX], const char kept[SW_HISTORY_MAX - 1])
{
	size_t n = 0;

	while (
	    n < SW_HISTORY_MAX - 1 && (unsigned)((kept[n] | 0x20) - 'a') < 26)
		n++;
	memcpy(to, kept, n);
	memset(to + n, 0, SW_HISTORY_MAX - n);
}

#endif
