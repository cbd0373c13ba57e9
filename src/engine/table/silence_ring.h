/* SPDX-License-Identifier: Apache-2.0 */
/*
 * silence_ring: silences on their way to the reader.
 *
 * A ring of fixed size for one writer and one reader, as event_ring is.  When
 * it is full, a silence is counted as lost.
 */
#ifndef SYNWARD_ENGINE_TABLE_SILENCE_RING_H
#define SYNWARD_ENGINE_TABLE_SILENCE_RING_H

#include "synward/silence.h"

struct sw_silence_ring;

/* => NULL when out of memory */
struct sw_silence_ring *sw_silence_ring_create(void);
void sw_silence_ring_destroy(struct sw_silence_ring *ring);

void sw_silence_ring_push(
    struct sw_silence_ring *ring, const struct sw_silence *silence);
/* => false when it is empty */
bool
sw_silence_ring_pop(struct sw_silence_ring *ring, struct sw_silence *silence);
/* Is it half full, so that the reader should come? */
bool sw_silence_ring_presses(const struct sw_silence_ring *ring);
/* Those that found no place, since create. */
uint64_t sw_silence_ring_lost(const struct sw_silence_ring *ring);

#endif
