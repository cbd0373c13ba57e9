/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wakeup: an eventfd that wakes the thread which polls it.
 */
#ifndef SYNWARD_BASE_WAKEUP_H
#define SYNWARD_BASE_WAKEUP_H

#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* => the descriptor, or -1 with errno set */
static inline int
sw_wakeup_open(void)
{
	return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

static inline void
sw_wakeup_ring(int wakeup)
{
	uint64_t one = 1;

	/* A full counter is still readable, so the reader wakes anyway. */
	if (write(wakeup, &one, sizeof one) < 0)
		return;
}

static inline void
sw_wakeup_clear(int wakeup)
{
	uint64_t rung;

	if (read(wakeup, &rung, sizeof rung) < 0)
		return;
}

#endif
