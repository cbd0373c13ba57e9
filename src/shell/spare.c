/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The copy is made by fork() and sleeps.  Two pipes tell it who lives, by
 * their ends, which the kernel closes however a process dies:
 *
 *	bond	written to by the parent alone: its end is the parent's
 *	life	held by the parent and every worker of it: its end says that
 *		all of them are gone, and that a worker may be started who
 *		reads the same queues
 *
 * Nobody ever writes a byte into them.  Which worker lives and which copy is
 * the one in force stands in a page that all share; a worker writes itself
 * down there, so there is no moment in which it lives unknown to the copy.
 * A new copy writes itself in place of the one before, for its parent may be
 * killed before it can; the one that finds its own number there when it wakes
 * follows, and any other ends.
 *
 * The worker is no child of the copy.  Its number is good for a signal only
 * when its end of the pipe is still held after it was turned into a pidfd.
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shell/spare.h"

enum { HEAR, HOLD }; /* ends of a pipe */

enum { FOLLOWED = -1 }; /* in place of a copy: it is the parent now */

struct page {
	_Atomic pid_t worker; /* 0: none */
	_Atomic pid_t spare;  /* the copy in force; 0: none; FOLLOWED */
};

struct sw_spare {
	int life[2], bond[2];
	struct page *page;
	pid_t copy; /* in the parent: 0: none */
};

static void
close_pipe(int ends[2])
{
	for (int i = 0; i < 2; i++)
		if (ends[i] >= 0)
			close(ends[i]);
}

static void
dismantle(struct sw_spare *spare)
{
	close_pipe(spare->life);
	close_pipe(spare->bond);
	if (spare->page != MAP_FAILED)
		munmap(spare->page, sizeof *spare->page);
	free(spare);
}

struct sw_spare *
sw_spare_create(void)
{
	struct sw_spare *spare = malloc(sizeof *spare);

	if (spare == NULL)
		return NULL;
	*spare = (struct sw_spare){ .life = { -1, -1 }, .bond = { -1, -1 } };
	spare->page = mmap(NULL, sizeof *spare->page, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (spare->page != MAP_FAILED && pipe2(spare->life, O_CLOEXEC) == 0 &&
	    pipe2(spare->bond, O_CLOEXEC) == 0)
		return spare;
	dismantle(spare);
	return NULL;
}

static void
end_copy(pid_t copy)
{
	if (copy == 0)
		return;
	kill(copy, SIGKILL);
	waitpid(copy, NULL, 0);
}

void
sw_spare_destroy(struct sw_spare *spare)
{
	if (spare == NULL)
		return;
	atomic_store(&spare->page->spare, 0);
	end_copy(spare->copy);
	dismantle(spare);
}

int
sw_spare_enlist(struct sw_spare *spare, int at_least)
{
	atomic_store(&spare->page->worker, getpid());
	return fcntl(spare->life[HOLD], F_DUPFD, at_least) < 0 ? -errno : 0;
}

void
sw_spare_bury(struct sw_spare *spare)
{
	atomic_store(&spare->page->worker, 0);
}

/* => true once it has ended, false when that takes longer than ms */
static bool
has_ended(int fd, int ms)
{
	struct pollfd end = { .fd = fd };
	int n;

	do
		n = poll(&end, 1, ms);
	while (n < 0 && errno == EINTR);
	return n > 0 && (end.revents & POLLHUP) != 0;
}

static bool
succeed(struct sw_spare *spare, pid_t from, pid_t to)
{
	return atomic_compare_exchange_strong(&spare->page->spare, &from, to);
}

/* The copy's life, until it is wanted. */
static void
sleep_well(struct sw_spare *spare, pid_t before)
{
	succeed(spare, before, getpid());
	prctl(PR_SET_NAME, "synwardd-spare");
	spare->copy = 0;
	close(spare->life[HOLD]);
	close(spare->bond[HOLD]);
	spare->life[HOLD] = spare->bond[HOLD] = -1;
	while (!has_ended(spare->bond[HEAR], -1))
		continue;
	if (!succeed(spare, getpid(), FOLLOWED))
		_exit(EXIT_SUCCESS);
	prctl(PR_SET_NAME, "synwardd");
}

bool
sw_spare_renew(struct sw_spare *spare)
{
	pid_t in_force = atomic_load(&spare->page->spare);
	pid_t before = spare->copy, copy = fork();

	if (copy < 0)
		return false;
	if (copy == 0) {
		sleep_well(spare, in_force);
		return true;
	}
	spare->copy = copy;
	atomic_store(&spare->page->spare, copy);
	end_copy(before);
	return false;
}

bool
sw_spare_is_gone(struct sw_spare *spare)
{
	if (spare->copy == 0 || waitpid(spare->copy, NULL, WNOHANG) == 0)
		return false;
	spare->copy = 0;
	return true;
}

pid_t
sw_spare_worker(const struct sw_spare *spare)
{
	return atomic_load(&spare->page->worker);
}

bool
sw_spare_signal(const struct sw_spare *spare, int number)
{
	pid_t worker = sw_spare_worker(spare);
	bool sent = false;
	int fd;

	if (worker == 0)
		return false;
	fd = pidfd_open(worker, 0);
	if (fd < 0)
		return false;
	if (!sw_spare_is_alone(spare))
		sent = pidfd_send_signal(fd, number, NULL, 0) == 0;
	close(fd);
	return sent;
}

int
sw_spare_life(const struct sw_spare *spare)
{
	return spare->life[HEAR];
}

bool
sw_spare_is_alone(const struct sw_spare *spare)
{
	return has_ended(spare->life[HEAR], 0);
}
