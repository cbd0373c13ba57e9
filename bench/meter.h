/* SPDX-License-Identifier: Apache-2.0 */
/*
 * meter: what the benchmarks measure with.
 *
 * Only ratios of one run mean something, so every benchmark measures the
 * memory's own floor beside what it is about.  Work comes in chunks that are
 * prepared outside the clock; the fastest half of the chunks counts, so that
 * a neighbour on the machine does not.
 */
#ifndef SYNWARD_BENCH_METER_H
#define SYNWARD_BENCH_METER_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define METER_BATCH 32u
#define METER_CHUNK 1024u /* operations timed together */
#define METER_CHUNKS 4096u

static inline uint64_t
meter_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static inline uint64_t
meter_draw(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static inline uint32_t
meter_below(uint64_t *seed, uint32_t n)
{
	return (uint32_t)((meter_draw(seed) >> 32) * n >> 32);
}

/* Zeroed memory with large pages where the kernel has them. */
static inline void *
meter_block(size_t size)
{
	const size_t large = (size_t)2 << 20;
	uint8_t *at = mmap(NULL, size + large, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (at == MAP_FAILED) {
		perror("mmap");
		exit(1);
	}
	at += large - (uintptr_t)at % large;
	madvise(at, size, MADV_HUGEPAGE);
	return at;
}

/* Times of chunks, ns. */
struct meter {
	uint32_t n;
	uint64_t start;
	uint64_t chunk[METER_CHUNKS];
};

static inline void
meter_start(struct meter *meter)
{
	meter->start = meter_now();
}

static inline void
meter_stop(struct meter *meter)
{
	if (meter->n < METER_CHUNKS)
		meter->chunk[meter->n++] = meter_now() - meter->start;
}

static inline int
meter_order(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Ns for each of the operations of a chunk, over the faster half. */
static inline double
meter_result(struct meter *meter, uint32_t operations)
{
	uint32_t half = (meter->n + 1) / 2;
	uint64_t sum = 0;

	if (half == 0)
		return 0;
	qsort(meter->chunk, meter->n, sizeof(meter->chunk[0]), meter_order);
	for (uint32_t i = 0; i < half; i++)
		sum += meter->chunk[i];
	meter->n = 0;
	return (double)sum / half / operations;
}

/*
 * The floor: what the memory itself takes for two random cache lines of n
 * flows' 128 bytes, read and written, prefetched in batches.
 */
static inline double
meter_floor(uint32_t n, uint64_t *seed)
{
	static struct meter meter;
	static uint32_t line[METER_CHUNK][2];
	size_t size = (size_t)n * 128;
	uint64_t *block = meter_block(size);

	memset(block, 1, size);
	for (uint32_t round = 0; round < 512; round++) {
		for (uint32_t i = 0; i < METER_CHUNK; i++) {
			line[i][0] = meter_below(seed, 2 * n);
			line[i][1] = meter_below(seed, 2 * n);
		}
		meter_start(&meter);
		for (uint32_t b = 0; b < METER_CHUNK; b += METER_BATCH) {
			for (uint32_t i = b; i < b + METER_BATCH; i++) {
				__builtin_prefetch(
				    &block[(size_t)line[i][0] * 8], 1);
				__builtin_prefetch(
				    &block[(size_t)line[i][1] * 8], 1);
			}
			for (uint32_t i = b; i < b + METER_BATCH; i++) {
				block[(size_t)line[i][0] * 8] += i;
				block[(size_t)line[i][1] * 8] += i;
			}
		}
		meter_stop(&meter);
	}
	munmap(block, size);
	return meter_result(&meter, METER_CHUNK);
}

#endif
