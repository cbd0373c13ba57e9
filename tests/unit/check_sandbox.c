/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_sandbox: what is allowed works, and the rest ends the process.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process/sandbox.h"
#include "runner.h"

/* => wait status of a process that does this inside */
static int
inside(int (*sandbox)(void), int (*act)(void))
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || sandbox() < 0)
			_exit(99);
		_exit(act());
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return status;
}

static int
trace(void)
{
	return (int)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static int
change_personality(void)
{
	return personality(ADDR_NO_RANDOMIZE);
}

static int
execute(void)
{
	return execl("/bin/true", "true", (char *)NULL);
}

static int
fork_process(void)
{
	return fork();
}

static int
become_somebody(void)
{
	return setuid(65534);
}

START_TEST(what_is_not_on_the_list_kills)
{
	static int (*const acts[])(void) = { trace, change_personality, execute,
		fork_process, become_somebody };

	for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++) {
		int status = inside(sw_sandbox_worker, acts[i]);

		ck_assert(WIFSIGNALED(status));
		ck_assert_int_eq(WTERMSIG(status), SIGSYS);
	}
}
END_TEST

static void *
nothing(void *context)
{
	return context;
}

static int
start_thread(void)
{
	pthread_t thread;

	return pthread_create(&thread, NULL, nothing, NULL) != 0 ||
	       pthread_join(thread, NULL) != 0;
}

static int
use_files(void)
{
	int fd = open("/etc/passwd", O_RDONLY);
	char byte;

	return fd < 0 || read(fd, &byte, 1) != 1 || close(fd) < 0;
}

static int
use_sockets(void)
{
	int ends[2];
	char byte = 'x';

	return socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0 ||
	       send(ends[0], &byte, 1, 0) != 1 ||
	       recv(ends[1], &byte, 1, 0) != 1;
}

/* => 0 when each of these is refused by that error, and not by an end */
static int
are_refused(const int (*asked)[3], size_t n, int error)
{
	for (size_t i = 0; i < n; i++)
		if (socket(asked[i][0], asked[i][1], asked[i][2]) >= 0 ||
		    errno != error)
			return 1 + (int)i;
	return 0;
}

static int
use_other_families(void)
{
	static const int families[][3] = { { AF_INET, SOCK_STREAM, 0 },
		{ AF_INET, SOCK_DGRAM, 0 }, { AF_INET, SOCK_RAW, IPPROTO_RAW },
		{ AF_INET6, SOCK_DGRAM, 0 }, { AF_PACKET, SOCK_RAW, 0 },
		{ AF_ALG, SOCK_SEQPACKET, 0 }, { AF_VSOCK, SOCK_STREAM, 0 },
		{ AF_BLUETOOTH, SOCK_RAW, 0 }, { AF_UNSPEC, SOCK_STREAM, 0 },
		{ 44, SOCK_RAW, 0 }, { 1000, SOCK_RAW, 0 } };
	static const int links[][3] = { { AF_NETLINK, SOCK_RAW, NETLINK_AUDIT },
		{ AF_NETLINK, SOCK_RAW, NETLINK_XFRM },
		{ AF_NETLINK, SOCK_RAW, NETLINK_KOBJECT_UEVENT },
		{ AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG },
		{ AF_NETLINK, SOCK_RAW, NETLINK_GENERIC } };
	int status = are_refused(
	    families, sizeof families / sizeof families[0], EAFNOSUPPORT);

	if (status != 0)
		return status;
	status =
	    are_refused(links, sizeof links / sizeof links[0], EPROTONOSUPPORT);
	return status == 0 ? 0 : 32 + status;
}

static int
use_our_families(void)
{
	return socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0) < 0 ||
	       socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0) < 0 ||
	       socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE) < 0 ||
	       socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER) <
		   0;
}

static int
pair_of_another_family(void)
{
	int ends[2];

	return socketpair(AF_TIPC, SOCK_STREAM, 0, ends);
}

START_TEST(sockets_are_of_the_families_in_use)
{
	static int (*const sandboxes[])(
	    void) = { sw_sandbox_worker, sw_sandbox_parent };

	for (size_t i = 0; i < 2; i++) {
		int status = inside(sandboxes[i], use_other_families);

		ck_assert(WIFEXITED(status));
		ck_assert_int_eq(WEXITSTATUS(status), 0);
		status = inside(sandboxes[i], use_our_families);
		ck_assert(WIFEXITED(status));
		ck_assert_int_eq(WEXITSTATUS(status), 0);
		status = inside(sandboxes[i], pair_of_another_family);
		ck_assert(WIFSIGNALED(status));
	}
}
END_TEST

static int
use_memory(void)
{
	void *more = malloc(64 << 20);

	free(more);
	return more == NULL;
}

START_TEST(what_a_worker_does_is_allowed)
{
	static int (*const acts[])(
	    void) = { start_thread, use_files, use_sockets, use_memory };

	for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++) {
		int status = inside(sw_sandbox_worker, acts[i]);

		ck_assert(WIFEXITED(status));
		ck_assert_int_eq(WEXITSTATUS(status), 0);
	}
}
END_TEST

static int
map_code(void)
{
	void *code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return code == MAP_FAILED && errno == EACCES ? 0 : 1;
}

START_TEST(memory_is_not_executed)
{
	int status = inside(sw_sandbox_worker, map_code);

	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
}
END_TEST

START_TEST(the_parent_starts_programs_and_no_more)
{
	int status = inside(sw_sandbox_parent, execute);

	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
	status = inside(sw_sandbox_parent, trace);
	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), SIGSYS);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("sandbox");

	tcase_add_test(tcase, what_is_not_on_the_list_kills);
	tcase_add_test(tcase, what_a_worker_does_is_allowed);
	tcase_add_test(tcase, sockets_are_of_the_families_in_use);
	tcase_add_test(tcase, memory_is_not_executed);
	tcase_add_test(tcase, the_parent_starts_programs_and_no_more);
	return run_case("sandbox", tcase);
}
