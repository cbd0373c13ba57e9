/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_keeper: what is held finds its place, wherever it stood.
 */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "base/fdset.h"
#include "runner.h"

enum { HELD = 40, FIRST = SD_LISTEN_FDS_START };

/* In the order they are held; each is told from the others by its size. */
static int
new_file(size_t number)
{
	int fd = memfd_create("held", MFD_CLOEXEC);

	if (fd < 0 || ftruncate(fd, (off_t)number) < 0)
		_exit(10);
	return fd;
}

static bool
is_file(int fd, size_t number)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_size == (off_t)number &&
	       fcntl(fd, F_GETFD) == 0;
}

/* Never more descriptors than one beyond those that are held. */
static void
limit(void)
{
	struct rlimit most = { FIRST + HELD + 1, FIRST + HELD + 1 };

	if (setrlimit(RLIMIT_NOFILE, &most) < 0)
		_exit(11);
}

/* In a process of its own, that stands for a worker about to begin: number i
 * of those held stands in place order[i].  => its exit code */
static int
lay_out(const int order[HELD])
{
	struct sw_fdset *fdset = calloc(1, sizeof *fdset);
	char name[SW_FDSET_NAME];

	closefrom(FIRST);
	for (int place = 0; place < HELD; place++)
		if (new_file(0) != FIRST + place)
			return 12;
	for (size_t i = 0; i < HELD; i++) {
		int fd = new_file(i + 1);

		dup3(fd, FIRST + order[i], O_CLOEXEC);
		close(fd);
		snprintf(name, sizeof name, "held-%zu", i);
		sw_fdset_hold(fdset, name, FIRST + order[i]);
	}
	limit();
	if (sw_fdset_lay_out(fdset) < 0)
		return 13;
	for (int i = 0; i < HELD; i++)
		if (!is_file(FIRST + i, (size_t)i + 1))
			return 14;
	return 0;
}

static void
check(const int order[HELD])
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(lay_out(order));
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
}

START_TEST(those_in_place_stay)
{
	int order[HELD];

	for (int i = 0; i < HELD; i++)
		order[i] = i;
	check(order);
}
END_TEST

START_TEST(from_behind)
{
	int order[HELD];

	for (int i = 0; i < HELD; i++)
		order[i] = HELD - 1 - i;
	check(order);
}
END_TEST

START_TEST(in_a_ring)
{
	int order[HELD];

	for (int i = 0; i < HELD; i++)
		order[i] = (i + 1) % HELD;
	check(order);
}
END_TEST

START_TEST(in_steps)
{
	int order[HELD];

	for (int i = 0; i < HELD; i++)
		order[i] = i * 7 % HELD;
	check(order);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("keeper");

	tcase_add_test(tcase, those_in_place_stay);
	tcase_add_test(tcase, from_behind);
	tcase_add_test(tcase, in_a_ring);
	tcase_add_test(tcase, in_steps);
	return run_case("keeper", tcase);
}
