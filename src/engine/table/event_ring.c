/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ring for one writer and one reader.  head and tail only grow and wrap at
 * 2^32; their difference is the number of events in the ring.  The release of
 * one counter and its acquire by the other thread order the event's bytes.
 */

#include "engine/table/event_ring.h"

#include <stdatomic.h>
#include <stdlib.h>

struct sw_event_ring {
	_Atomic uint32_t head; /* next one to write */
	uint8_t apart[60];     /* the two threads write different lines */
	_Atomic uint32_t tail; /* next one to read */
	uint32_t mask;
	struct sw_event *slots;
};

struct sw_event_ring *
sw_event_ring_create(uint32_t size)
{
	struct sw_event_ring *ring = malloc(sizeof(*ring));

	if (!ring)
		return NULL;
	atomic_init(&ring->head, 0);
	atomic_init(&ring->tail, 0);
	ring->mask = size - 1;
	ring->slots = calloc(size, sizeof(*ring->slots));
	if (!ring->slots) {
		free(ring);
		return NULL;
	}
	return ring;
}

void
sw_event_ring_destroy(struct sw_event_ring *ring)
{
	if (!ring)
		return;
	free(ring->slots);
	free(ring);
}

struct sw_event *
sw_event_ring_next(struct sw_event_ring *ring)
{
	uint32_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
	uint32_t tail = atomic_load_explicit(&ring->tail, memory_order_acquire);

	if (head - tail > ring->mask)
		return NULL;
	return &ring->slots[head & ring->mask];
}

void
sw_event_ring_push(struct sw_event_ring *ring)
{
	uint32_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);

	atomic_store_explicit(&ring->head, head + 1, memory_order_release);
}

bool
sw_event_ring_pending(const struct sw_event_ring *ring)
{
	return atomic_load_explicit(&ring->head, memory_order_acquire) !=
	       atomic_load_explicit(&ring->tail, memory_order_relaxed);
}

bool
sw_event_ring_pop(struct sw_event_ring *ring, struct sw_event *event)
{
	uint32_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
	uint32_t head = atomic_load_explicit(&ring->head, memory_order_acquire);

	if (head == tail)
		return false;
	*event = ring->slots[tail & ring->mask];
	atomic_store_explicit(&ring->tail, tail + 1, memory_order_release);
	return true;
}
