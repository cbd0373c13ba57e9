/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A memfd has no name in any file system: it lives as long as a descriptor or a
 * mapping exists.  Its size is sealed, so that the process which takes it over
 * can trust that no page disappears under the mapping; a block without the
 * seals, or of another size than expected, is not taken over.
 *
 * Pages are allocated when they are first written; a table sized for a million
 * flows uses memory only for the flows it has seen.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shards/shared_memory.h"

enum { SEALS = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL };

static int
map(struct sw_shared_memory *memory)
{
	memory->base = mmap(NULL, memory->size, PROT_READ | PROT_WRITE,
	    MAP_SHARED, memory->fd, 0);
	if (memory->base == MAP_FAILED)
		return -errno;
	/* A kernel without large pages for shared memory refuses; that is
	 * fine. */
	madvise(memory->base, memory->size, MADV_HUGEPAGE);
	madvise(memory->base, memory->size, MADV_DONTDUMP);
	return 0;
}

static int
give_up(struct sw_shared_memory *memory, int error)
{
	close(memory->fd);
	*memory = (struct sw_shared_memory){ .fd = -1 };
	return error;
}

int
sw_shared_memory_create(
    struct sw_shared_memory *memory, const char *name, size_t size)
{
	int error;

	*memory = (struct sw_shared_memory){ .size = size };
	memory->fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (memory->fd < 0)
		return -errno;
	if (ftruncate(memory->fd, (off_t)size) < 0)
		return give_up(memory, -errno);
	if (fcntl(memory->fd, F_ADD_SEALS, SEALS) < 0)
		return give_up(memory, -errno);
	error = map(memory);
	return error < 0 ? give_up(memory, error) : 0;
}

/* => 0, -EPERM when the size could still change, or another -errno */
static int
check_block(int fd, size_t size)
{
	int seals = fcntl(fd, F_GET_SEALS);
	struct stat st;

	if (seals < 0 || fstat(fd, &st) < 0)
		return -errno;
	if ((size_t)st.st_size != size)
		return -EINVAL;
	return (seals & SEALS) == SEALS ? 0 : -EPERM;
}

int
sw_shared_memory_adopt(struct sw_shared_memory *memory, int fd, size_t size)
{
	int error = check_block(fd, size);

	*memory = (struct sw_shared_memory){ .size = size, .fd = fd };
	if (error < 0)
		return give_up(memory, error);
	error = map(memory);
	return error < 0 ? give_up(memory, error) : 0;
}

size_t
sw_shared_memory_size(int fd)
{
	struct stat st;

	return fstat(fd, &st) < 0 ? 0 : (size_t)st.st_size;
}

/* Copies the pages of bytes from .. to-1 that were ever written, moved by shift
 * bytes. */
static int
copy_written(const struct sw_shared_memory *memory,
    const struct sw_shared_memory *other, off_t from, off_t to, size_t shift)
{
	uint8_t *target = memory->base;
	const uint8_t *source = other->base;

	while (from < to) {
		off_t data = lseek(other->fd, from, SEEK_DATA), hole;

		if (data < 0)
			return errno == ENXIO ? 0 : -errno;
		hole = lseek(other->fd, data, SEEK_HOLE);
		if (hole < 0)
			return -errno;
		if (hole > to)
			hole = to;
		if (data < hole)
			memcpy(target + data + shift, source + data,
			    (size_t)(hole - data));
		from = hole;
	}
	return 0;
}

int
sw_shared_memory_lengthen(struct sw_shared_memory *memory, const char *name,
    size_t size, const struct sw_shared_memory *other, size_t at)
{
	size_t shift = size - other->size;
	int error = sw_shared_memory_create(memory, name, size);

	if (error < 0)
		return error;
	error = copy_written(memory, other, 0, (off_t)at, 0);
	if (error == 0)
		error = copy_written(
		    memory, other, (off_t)at, (off_t)other->size, shift);
	if (error < 0)
		sw_shared_memory_close(memory);
	return error;
}

void
sw_shared_memory_close(struct sw_shared_memory *memory)
{
	if (memory->base != NULL)
		munmap(memory->base, memory->size);
	if (memory->fd >= 0)
		close(memory->fd);
	*memory = (struct sw_shared_memory){ .fd = -1 };
}
