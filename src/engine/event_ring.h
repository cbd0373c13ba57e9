/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ring: events between the thread that steps and the one that looks.
 *
 * One writer, one reader, no lock: the writer owns head, the reader tail.
 * A full ring refuses; the writer counts what was lost.
 */
#ifndef SYNWARD_ENGINE_EVENT_RING_H
#define SYNWARD_ENGINE_EVENT_RING_H

#include "synward/event.h"

struct sw_event_ring;

/* size: a power of two.  => NULL when memory is short */
struct sw_event_ring *sw_event_ring_create(uint32_t size);
void sw_event_ring_destroy(struct sw_event_ring *ring);

/* => the event to fill, or NULL when the ring is full; it is published by
 * sw_event_ring_push() */
struct sw_event *sw_event_ring_next(struct sw_event_ring *ring);
void sw_event_ring_push(struct sw_event_ring *ring);

/* Is there an event to take?  May be asked by any thread. */
bool sw_event_ring_pending(const struct sw_event_ring *ring);

bool sw_event_ring_pop(struct sw_event_ring *ring, struct sw_event *event);

#endif
