/* SPDX-License-Identifier: Apache-2.0 */
/*
 * world: clocks that jump and memory that runs out, when a test says so.
 *
 * Preloaded into synwardd.  What is wished stands in a small file, named by
 * $SYNWARD_WORLD and mapped before the program begins: so a wish takes
 * effect at once, and the program makes no system call that it would not make
 * otherwise, or its filter would end it.
 *
 * The wall clock and the clock that counts suspension are moved each by
 * itself; the monotonic one goes on, as in life.  One allocation of the
 * worker process, so many calls from now, finds no memory; libseccomp's are
 * left out, because it looks, and then sometimes turns in a circle.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* As tests/fault/world writes it. */
struct wishes {
	_Atomic int64_t wall, boot;  /* ns to add */
	_Atomic int64_t until_fails; /* allocations; 0: none fails */
	_Atomic int64_t failed;	     /* how many did */
	_Atomic int64_t allocations; /* of the worker, since its start */
};

typedef int clock_reader(clockid_t clock, struct timespec *time);

static struct wishes none, *wishes = &none;
static clock_reader *read_clock;
static bool is_worker;

/* Where the code of libseccomp is. */
static uintptr_t spared_from, spared_to;

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static void
map_wishes(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	void *page;

	if (fd < 0)
		return;
	page = mmap(
	    NULL, sizeof *wishes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (page != MAP_FAILED)
		wishes = page;
}

static void
note_code(const struct dl_phdr_info *object)
{
	for (unsigned i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &object->dlpi_phdr[i];

		if (part->p_type != PT_LOAD || !(part->p_flags & PF_X))
			continue;
		spared_from = object->dlpi_addr + part->p_vaddr;
		spared_to = spared_from + part->p_memsz;
	}
}

static int
look_at_library(struct dl_phdr_info *object, size_t size, void *context)
{
	(void)size;
	(void)context;
	if (strstr(object->dlpi_name, "libseccomp") != NULL)
		note_code(object);
	return 0;
}

__attribute__((constructor)) static void
begin(int argc, char **argv)
{
	const char *path = getenv("SYNWARD_WORLD");

	*(void **)&read_clock = dlsym(RTLD_NEXT, "clock_gettime");
	for (int i = 1; i < argc; i++)
		is_worker |= strncmp(argv[i], "--worker", 8) == 0;
	dl_iterate_phdr(look_at_library, NULL);
	if (path != NULL)
		map_wishes(path);
	if (is_worker)
		wishes->allocations = 0;
}

/* --- clocks ---------------------------------------------------------------- */

static int64_t
shift_of(clockid_t clock)
{
	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE:
		return wishes->wall;
	case CLOCK_BOOTTIME:
		return wishes->boot;
	default:
		return 0;
	}
}

int
clock_gettime(clockid_t clock, struct timespec *time)
{
	int64_t ns, shift = shift_of(clock);
	int result = read_clock != NULL
			 ? read_clock(clock, time)
			 : (int)syscall(SYS_clock_gettime, clock, time);

	if (result != 0 || shift == 0)
		return result;
	ns = time->tv_sec * INT64_C(1000000000) + time->tv_nsec + shift;
	time->tv_sec = ns / INT64_C(1000000000);
	time->tv_nsec = ns % INT64_C(1000000000);
	return 0;
}

int
gettimeofday(struct timeval *restrict time, void *restrict zone)
{
	struct timespec now;

	(void)zone;
	if (clock_gettime(CLOCK_REALTIME, &now) != 0)
		return -1;
	time->tv_sec = now.tv_sec;
	time->tv_usec = now.tv_nsec / 1000;
	return 0;
}

time_t
time(time_t *to)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_REALTIME, &now);
	if (to != NULL)
		*to = now.tv_sec;
	return now.tv_sec;
}

/* --- memory ---------------------------------------------------------------- */

static bool
fails(const void *caller)
{
	uintptr_t code = (uintptr_t)caller;

	if (!is_worker || (code >= spared_from && code < spared_to))
		return false;
	atomic_fetch_add(&wishes->allocations, 1);
	if (wishes->until_fails <= 0 ||
	    atomic_fetch_sub(&wishes->until_fails, 1) != 1)
		return false;
	atomic_fetch_add(&wishes->failed, 1);
	errno = ENOMEM;
	return true;
}

#define FAILS fails(__builtin_return_address(0))

void *
malloc(size_t size)
{
	return FAILS ? NULL : __libc_malloc(size);
}

void *
calloc(size_t n, size_t size)
{
	return FAILS ? NULL : __libc_calloc(n, size);
}

void *
realloc(void *old, size_t size)
{
	return FAILS ? NULL : __libc_realloc(old, size);
}

void *
aligned_alloc(size_t alignment, size_t size)
{
	return FAILS ? NULL : __libc_memalign(alignment, size);
}

/* The C library's own would hide who asks. */
char *
strdup(const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = FAILS ? NULL : __libc_malloc(size);

	return copy != NULL ? memcpy(copy, text, size) : NULL;
}

char *
strndup(const char *text, size_t most)
{
	size_t length = strnlen(text, most);
	char *copy = FAILS ? NULL : __libc_malloc(length + 1);

	if (copy == NULL)
		return NULL;
	copy[length] = '\0';
	return memcpy(copy, text, length);
}
