/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_landlock: what was granted opens, and the rest does not.
 *
 * Everything happens in children, for nobody gets out again.  Only where the
 * kernel has no Landlock there is nothing to see, and the test says so.
 */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/landlock.h"
#include "kernel.h"
#include "runner.h"

enum { PATH = 256 };

static char room[64]; /* a directory for each test */

static const char *
at(const char *name)
{
	static char paths[4][PATH];
	static unsigned next;
	char *path = paths[next++ % 4];

	snprintf(path, PATH, "%s/%s", room, name);
	return path;
}

static void
write_file(const char *name)
{
	FILE *file = fopen(at(name), "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs("text\n", file), 0);
	ck_assert_int_eq(fclose(file), 0);
}

static void
set_up(void)
{
	strcpy(room, "/tmp/check_landlock.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(room));
	ck_assert_int_eq(mkdir(at("open"), 0755), 0);
	ck_assert_int_eq(mkdir(at("closed"), 0755), 0);
	write_file("open/file");
	write_file("closed/file");
}

static void
tear_down(void)
{
	char command[PATH];

	snprintf(command, sizeof command, "rm -r %s", room);
	ck_assert_int_eq(system(command), 0);
}

/* => what act does in a process with these rights in open/ */
static int
with(unsigned rights, unsigned more, int (*act)(void))
{
	struct sw_landlock lock;
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
		    sw_landlock_begin(&lock, more) < 0 ||
		    sw_landlock_grant(&lock, at("open"), rights) < 0 ||
		    sw_landlock_grant(&lock, at("missing"), rights) < 0 ||
		    sw_landlock_enforce(&lock) < 0)
			_exit(99);
		_exit(act());
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* => errno of open(), 0 when it was opened */
static int
try(const char *name, int flags)
{
	int fd = open(at(name), flags, 0600);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static int
read_both(void)
{
	return try("open/file", O_RDONLY) != 0 ||
	       try("open", O_RDONLY | O_DIRECTORY) != 0 ||
	       try("open/file", O_WRONLY) != EACCES ||
	       try("open/new", O_WRONLY | O_CREAT) != EACCES ||
	       try("closed/file", O_RDONLY) != EACCES ||
	       try("closed", O_RDONLY | O_DIRECTORY) != EACCES ||
	       unlink(at("open/file")) == 0;
}

START_TEST(reading_is_granted_alone)
{
	ck_assert_int_eq(with(SW_LANDLOCK_READ, 0, read_both), 0);
}
END_TEST

static int
write_both(void)
{
	int fd = open(at("open/new"), O_WRONLY | O_CREAT | O_APPEND, 0600);

	return fd < 0 || write(fd, "ab", 2) != 2 || ftruncate(fd, 1) != 0 ||
	       try("open/file", O_WRONLY | O_APPEND) != 0 ||
	       try("open/file", O_RDONLY) != EACCES ||
	       try("closed/file", O_WRONLY) != EACCES ||
	       try("closed/new", O_WRONLY | O_CREAT) != EACCES ||
	       truncate(at("closed/file"), 0) == 0 ||
	       mkdir(at("open/directory"), 0700) == 0 ||
	       symlink("file", at("open/link")) == 0 ||
	       mknod(at("open/pipe"), S_IFIFO | 0600, 0) == 0 ||
	       rename(at("open/file"), at("open/other")) == 0;
}

START_TEST(writing_is_granted_alone)
{
	ck_assert_int_eq(with(SW_LANDLOCK_WRITE, 0, write_both), 0);
	ck_assert_int_eq(access(at("open/new"), F_OK), 0);
}
END_TEST

/* Whoever replaces a file makes another one of that name. */
static int
read_replaced(void)
{
	const struct timespec moment = { .tv_nsec = 1000000 };

	if (kill(getppid(), SIGUSR1) < 0)
		return 2;
	for (int i = 0; i < 5000 && access(at("closed/file"), F_OK) == 0; i++)
		nanosleep(&moment, NULL);
	return try("open/file", O_RDONLY) != 0;
}

static void
replace(int number)
{
	(void)number;
	if (rename(at("closed/file"), at("open/file")) < 0)
		abort();
}

START_TEST(a_new_file_of_the_name_is_granted)
{
	ck_assert_ptr_ne(signal(SIGUSR1, replace), SIG_ERR);
	ck_assert_int_eq(with(SW_LANDLOCK_READ, 0, read_replaced), 0);
	ck_assert_int_eq(access(at("closed/file"), F_OK), -1);
}
END_TEST

static int
run_true(void)
{
	execl("/bin/true", "true", (char *)NULL);
	return errno == EACCES ? 0 : 1;
}

START_TEST(programs_are_not_run)
{
	ck_assert_int_eq(with(SW_LANDLOCK_READ, 0, run_true), 0);
}
END_TEST

static int
bind_there(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), error = 0;

	snprintf(address.sun_path, sizeof address.sun_path, "%.100s", at(name));
	if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0)
		error = errno;
	close(fd);
	return error;
}

static int
make_socket(void)
{
	return bind_there("open/socket.new") != 0 ||
	       rename(at("open/socket.new"), at("open/socket")) != 0 ||
	       unlink(at("open/socket")) != 0 ||
	       bind_there("closed/socket") != EACCES;
}

START_TEST(sockets_are_made_and_removed_where_granted)
{
	ck_assert_int_eq(
	    with(SW_LANDLOCK_BIND | SW_LANDLOCK_REMOVE, 0, make_socket), 0);
}
END_TEST

static int
bind_tcp(void)
{
	struct sockaddr_in any = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0), error = 0;

	if (bind(fd, (struct sockaddr *)&any, sizeof any) < 0)
		error = errno;
	close(fd);
	return error;
}

/* => of the kernel's Landlock */
static int
version(void)
{
	struct sw_landlock lock;
	int error = sw_landlock_begin(&lock, 0), n = 1;

	ck_assert_int_eq(error, 0);
	close(lock.fd);
	for (unsigned bit = 13; bit <= 15; bit++)
		n += lock.handled >> bit & 1;
	/* The third kind came with 5; TCP with 4, which adds none. */
	return n == 4 ? 5 : n;
}

START_TEST(tcp_is_closed_when_asked)
{
	ck_assert_int_eq(with(0, 0, bind_tcp), 0);
	if (version() >= 5)
		ck_assert_int_eq(with(0, SW_LANDLOCK_NO_TCP, bind_tcp), EACCES);
}
END_TEST

static int
signal_parent(void)
{
	return kill(getppid(), 0) < 0 ? errno : 0;
}

static int
signal_self(void)
{
	return kill(getpid(), 0) < 0 ? errno : 0;
}

START_TEST(signals_stay_inside_when_asked)
{
	int outside = with(0, SW_LANDLOCK_NO_SIGNALS, signal_parent);

	ck_assert_int_eq(with(0, 0, signal_parent), 0);
	ck_assert_int_eq(with(0, SW_LANDLOCK_NO_SIGNALS, signal_self), 0);
	/* Kernels before version 6 have no such thing. */
	ck_assert(outside == EPERM || version() <= 5);
}
END_TEST

static int
ask_whose(void)
{
	return sw_landlock_bars_reading(at("open/file")) ||
	       sw_landlock_bars_reading(at("open/missing")) ||
	       !sw_landlock_bars_reading(at("closed/file")) ||
	       !sw_landlock_bars_writing(at("open/file")) ||
	       !sw_landlock_bars_writing(at("closed/new")) ||
	       sw_landlock_bars_writing(at("missing/new"));
}

START_TEST(a_refusal_is_known_by_its_reason)
{
	ck_assert(!sw_landlock_bars_reading(at("closed/file")));
	ck_assert(!sw_landlock_bars_writing(at("closed/file")));
	ck_assert_int_eq(with(SW_LANDLOCK_READ, 0, ask_whose), 0);
}
END_TEST

static int
write_pipe(void)
{
	int fd = open("/proc/self/fd/2", O_WRONLY);

	return fd < 0 ? errno : 0;
}

/* What is granted may be no file at all. */
START_TEST(a_pipe_needs_no_grant)
{
	struct sw_landlock lock;
	int ends[2], status;
	pid_t pid;

	ck_assert_int_eq(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		dup2(ends[1], 2);
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
		    sw_landlock_begin(&lock, 0) < 0 ||
		    sw_landlock_grant(
			&lock, "/proc/self/fd/2", SW_LANDLOCK_WRITE) < 0 ||
		    sw_landlock_enforce(&lock) < 0)
			_exit(99);
		_exit(write_pipe());
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	close(ends[0]);
	close(ends[1]);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("landlock");

	if (!kernel_has_landlock())
		return EXIT_SUCCESS;
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, reading_is_granted_alone);
	tcase_add_test(tcase, writing_is_granted_alone);
	tcase_add_test(tcase, a_new_file_of_the_name_is_granted);
	tcase_add_test(tcase, programs_are_not_run);
	tcase_add_test(tcase, sockets_are_made_and_removed_where_granted);
	tcase_add_test(tcase, tcp_is_closed_when_asked);
	tcase_add_test(tcase, signals_stay_inside_when_asked);
	tcase_add_test(tcase, a_refusal_is_known_by_its_reason);
	tcase_add_test(tcase, a_pipe_needs_no_grant);
	return run_case("landlock", tcase);
}
