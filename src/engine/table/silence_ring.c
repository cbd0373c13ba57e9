/* SPDX-License-Identifier: Apache-2.0 */
/*
 * head and tail only grow and wrap at 2^32.  A flow reports at most one silence
 * a minute, so SIZE lasts for a quarter of a million silent flows when the
 * reader comes once a second.
 */
#include "engine/table/silence_ring.h"

#include <stdatomic.h>
#include <stdlib.h>

enum { SIZE = 4096 };

struct sw_silence_ring {
	_Atomic uint32_t head; /* next one to write */
	_Atomic uint64_t lost;
	uint8_t apart[48];     /* the two threads write different lines */
	_Atomic uint32_t tail; /* next one to read */
	struct sw_silence slots[SIZE];
};

struct sw_silence_ring *
sw_silence_ring_create(void)
{
	return calloc(1, sizeof(struct sw_silence_ring));
}

void
sw_silence_ring_destroy(struct sw_silence_ring *ring)
{
	free(ring);
}

static uint32_t
waiting(const struct sw_silence_ring *ring)
{
	uint32_t tail = atomic_load_explicit(&ring->tail, memory_order_acquire);

	return atomic_load_explicit(&ring->head, memory_order_acquire) - tail;
}

void
sw_silence_ring_push(
    struct sw_silence_ring *ring, const struct sw_silence *silence)
{
	uint32_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);

	if (waiting(ring) >= SIZE) {
		atomic_fetch_add_explicit(&ring->lost, 1, memory_order_relaxed);
		return;
	}
	ring->slots[head % SIZE] = *silence;
	atomic_store_explicit(&ring->head, head + 1, memory_order_release);
}

bool
sw_silence_ring_pop(struct sw_silence_ring *ring, struct sw_silence *silence)
{
	uint32_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);

	if (waiting(ring) == 0)
		return false;
	*silence = ring->slots[tail % SIZE];
	atomic_store_explicit(&ring->tail, tail + 1, memory_order_release);
	return true;
}

bool
sw_silence_ring_presses(const struct sw_silence_ring *ring)
{
	return waiting(ring) >= SIZE / 2;
}

uint64_t
sw_silence_ring_lost(const struct sw_silence_ring *ring)
{
	return atomic_load_explicit(&ring->lost, memory_order_relaxed);
}
