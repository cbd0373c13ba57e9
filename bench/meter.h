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

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

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

/* CPU time of this thread, ns: what others do with the core is left out. */
static inline uint64_t
meter_cpu(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Before whatever else runs here, as far as it may: as a session of its own,
 * for the kernel shares its time between sessions first. */
static inline void
meter_go_first(void)
{
	int fd;

	setsid(); /* fails for the leader of a group: then as one of it */
	fd = open("/proc/self/autogroup", O_WRONLY | O_CLOEXEC);
	if (fd >= 0 && write(fd, "-20", 3) != 3)
		fprintf(stderr, "runs among others: take times with care\n");
	if (fd >= 0)
		close(fd);
	setpriority(PRIO_PROCESS, 0, -20);
}

/* A number of flows from the command line; ends the program on nonsense. */
static inline uint32_t
meter_count(const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (*end || n < 1024 || n > 1ul << 26) {
		fprintf(stderr, "%s: not a number of flows, 1024 .. 67108864\n",
		    text);
		exit(2);
	}
	return (uint32_t)n;
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

static inline void
meter_note(struct meter *meter, uint64_t ns)
{
	if (meter->n < METER_CHUNKS)
		meter->chunk[meter->n++] = ns;
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
 * flows' 128 bytes, read and written, prefetched in batches: as far as the
 * first level, as is usual, or the second, which is better at it.
 */
struct meter_lines {
	uint32_t n;
	size_t size;
	uint64_t *block;
	uint32_t line[METER_CHUNK][2];
	bool second; /* level */
};

static inline void
meter_prefetch(const uint64_t *line, bool second)
{
	if (second)
		__builtin_prefetch(line, 1, 2);
	else
		__builtin_prefetch(line, 1, 3);
}

static inline void
meter_lines_open(struct meter_lines *lines, uint32_t n)
{
	lines->n = n;
	lines->size = (size_t)n * 128;
	lines->block = meter_block(lines->size);
	memset(lines->block, 1, lines->size);
}

static inline void
meter_lines_close(struct meter_lines *lines)
{
	munmap(lines->block, lines->size);
}

static inline void
meter_lines_batch(struct meter_lines *lines, uint32_t from)
{
	uint64_t *block = lines->block;

	for (uint32_t i = from; i < from + METER_BATCH; i++) {
		meter_prefetch(
		    &block[(size_t)lines->line[i][0] * 8], lines->second);
		meter_prefetch(
		    &block[(size_t)lines->line[i][1] * 8], lines->second);
	}
	for (uint32_t i = from; i < from + METER_BATCH; i++) {
		block[(size_t)lines->line[i][0] * 8] += i;
		block[(size_t)lines->line[i][1] * 8] += i;
	}
}

static inline void
meter_lines_turn(struct meter_lines *lines, struct meter *meter, uint64_t *seed,
    uint32_t chunks)
{
	for (uint32_t round = 0; round < chunks; round++) {
		for (uint32_t i = 0; i < METER_CHUNK; i++) {
			lines->line[i][0] = meter_below(seed, 2 * lines->n);
			lines->line[i][1] = meter_below(seed, 2 * lines->n);
		}
		meter_start(meter);
		for (uint32_t b = 0; b < METER_CHUNK; b += METER_BATCH)
			meter_lines_batch(lines, b);
		meter_stop(meter);
	}
}

static inline double
meter_floor(uint32_t n, uint64_t *seed)
{
	static struct meter meter;
	static struct meter_lines lines;

	lines.second = true;
	meter_lines_open(&lines, n);
	meter_lines_turn(&lines, &meter, seed, 512);
	meter_lines_close(&lines);
	return meter_result(&meter, METER_CHUNK);
}

#endif
