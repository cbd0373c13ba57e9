/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event_ring: passes events from the thread that steps packets to the reader.
 *
 * One writer, one reader, no lock: the writer owns head, the reader tail.  When
 * the ring is full, the writer counts what was lost.
 */
#ifndef SYNWARD_ENGINE_TABLE_EVENT_RING_H
#define SYNWARD_ENGINE_TABLE_EVENT_RING_H

#include "synward/event.h"

struct sw_event_ring;

/* size: a power of two.  => NULL when memory is short */
struct sw_event_ring *sw_event_ring_create(uint32_t size);
void sw_event_ring_destroy(struct sw_event_ring *ring);

/* => the event to fill, or NULL when the ring is full; it is published by
 * sw_event_ring_push() */
struct sw_event *sw_event_ring_next(struct sw_event_ring *ring);
void sw_event_ring_push(struct sw_event_ring *ring);

/* Is there an event to take?  Any thread may call this. */
bool sw_event_ring_pending(const struct sw_event_ring *ring);

bool sw_event_ring_pop(struct sw_event_ring *ring, struct sw_event *event);

#endif
