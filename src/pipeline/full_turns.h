/* SPDX-License-Identifier: Apache-2.0 */
/*
 * full_turns: may flows get lanes after this turn?
 *
 * Packets of a flow that still wait in the queue are overtaken by the first
 * one that its lane carries.  So lanes are opened after a turn that was not
 * full, because nothing waits then.  But under a load that always fills the
 * turns no flow would ever get a lane, and the load would stay.  So after
 * SW_FULL_TURNS of them in a row lanes are opened even so, and what waits
 * of each flow is overtaken once.
 */
#ifndef SYNWARD_PIPELINE_FULL_TURNS_H
#define SYNWARD_PIPELINE_FULL_TURNS_H

#include <stdbool.h>
#include <stdint.h>

#define SW_FULL_TURNS 64

/* n: full turns in a row, counted here; starts as 0.  full: this turn */
static inline bool
sw_full_turns_may_open(uint32_t *n, bool full)
{
	if (!full)
		*n = 0;
	else if (*n < SW_FULL_TURNS)
		++*n;
	return *n == 0 || *n == SW_FULL_TURNS;
}

#endif
