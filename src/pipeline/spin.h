/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spin: is it worth looking again before going to sleep?
 *
 * To sleep and to be woken costs a thread some microseconds, in which a
 * packet waits.  A connection that opens is a chain of packets each of which
 * is sent because of the last one, so it pays that for each of them.  While
 * pauses between packets are shorter than a limit, the thread looks for the
 * next packet until that time is over, and sleeps only then.
 *
 * It begins after SW_SPIN_TRUST short pauses in a row, and ends after that
 * many long ones.  So it never spins when idle, and hardly ever for traffic
 * that is too slow to profit.
 */
#ifndef SYNWARD_PIPELINE_SPIN_H
#define SYNWARD_PIPELINE_SPIN_H

#include <stdbool.h>
#include <stdint.h>

#define SW_SPIN_TRUST 4

/* Starts as all zeroes, except most. */
struct sw_spin {
	uint32_t most;	/* length of a short pause, ns; 0: never spins */
	uint64_t last;	/* end of the last turn with packets, ns */
	uint8_t streak; /* pauses in a row that were not as expected */
	bool worth;
};

/* Packets came at this time. */
static inline void
sw_spin_note_begin(struct sw_spin *spin, uint64_t now)
{
	bool is_short = now - spin->last < spin->most;

	spin->streak =
	    is_short == spin->worth ? 0 : (uint8_t)(spin->streak + 1);
	if (spin->streak < SW_SPIN_TRUST)
		return;
	spin->worth = is_short;
	spin->streak = 0;
}

/* They are answered. */
static inline void
sw_spin_note_end(struct sw_spin *spin, uint64_t now)
{
	spin->last = now;
}

/* Should the thread look again instead of sleeping? */
static inline bool
sw_spin_goes_on(const struct sw_spin *spin, uint64_t now)
{
	return spin->worth && now - spin->last < spin->most;
}

#endif
