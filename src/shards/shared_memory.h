/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shared_memory: blocks of memory that may outlive the process.
 *
 * A block is a memfd mapped shared: any process with the descriptor can map the
 * same bytes again.  Large pages are used if the kernel has them.
 */
#ifndef SYNWARD_SHARDS_SHARED_MEMORY_H
#define SYNWARD_SHARDS_SHARED_MEMORY_H

#include <stddef.h>

struct sw_shared_memory {
	void *base; /* page-aligned */
	size_t size;
	int fd; /* -1: none */
};

/* Creates a block of zeroes; name is shown in /proc.
 * => 0 or -errno */
int sw_shared_memory_create(
    struct sw_shared_memory *memory, const char *name, size_t size);

/* Maps a block that another process made.
 * => 0; -EINVAL when it is not of that size or no memfd; -EPERM when its size
 *    is not sealed and could change later; or -errno; takes the descriptor in
 *    every case */
int
sw_shared_memory_adopt(struct sw_shared_memory *memory, int fd, size_t size);

/* => the size in bytes of the block behind a descriptor, 0 when unknown */
size_t sw_shared_memory_size(int fd);

/* Creates a block of size bytes with the content of another one.  Its bytes
 * from `at` on move to the end, and zeros fill the gap.  Pages that were never
 * written stay unallocated.
 * => 0 or -errno; the other block is left as it is */
int sw_shared_memory_lengthen(struct sw_shared_memory *memory, const char *name,
    size_t size, const struct sw_shared_memory *other, size_t at);

/* Unmaps and closes; the content survives while another process has a
 * descriptor. */
void sw_shared_memory_close(struct sw_shared_memory *memory);

#endif
