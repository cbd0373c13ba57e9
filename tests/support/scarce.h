/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scarce: memory that runs out at a call of one's choice.
 *
 * Works in programs whose link sends the allocator's calls here (--wrap, see
 * CMakeLists.txt); libraries keep their own.  Each thread counts for itself.
 */
#ifndef SYNWARD_SUPPORT_SCARCE_H
#define SYNWARD_SUPPORT_SCARCE_H

#include <stdbool.h>

/* The nth allocation from now on fails, and no other. */
void scarce_at(unsigned nth);

/* None fails any more.  => did one? */
bool scarce_over(void);

/* Meanwhile none fails, and none is counted. */
void scarce_pause(bool pause);

/* Counts a call that is none of the allocator's.  => it shall fail */
bool scarce_fails(void);

#endif
