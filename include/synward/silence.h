/* SPDX-License-Identifier: Apache-2.0 */
/*
 * silence: a live flow said nothing for a while, and then spoke again.
 *
 * The engine reports these beside its events, because they are many and small.
 * They show which timeouts are needed, and for how long.
 */
#ifndef SYNWARD_SILENCE_H
#define SYNWARD_SILENCE_H

#include <stdbool.h>
#include <stdint.h>

/* Shorter silences are not reported, in seconds. */
#define SW_SILENCE_LEAST 60u

struct sw_silence {
	uint32_t seconds; /* rounded down */
	uint16_t rule;	  /* slot, see policy.h */
	uint8_t timeout;  /* enum sw_timeout: the one that applied */
	bool keepalive;	  /* a keepalive of TCP ended it, and not data */
};

#endif
