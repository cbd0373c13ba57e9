/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_supervise: a parent and its workers.
 *
 * The worker is this same program, executed with a word that says how it
 * shall behave.  It counts its lives in a file that the parent keeps for it.
 */
#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

#include "base/fdstore.h"
#include "base/notify.h"
#include "process/spawn.h"
#include "process/supervisor.h"
#include "runner.h"

/* --- the worker ---------------------------------------------------------- */

/* => how many lives there have been, this one included; handover is closed */
static int
count_lives(struct sw_fdstore *fdstore)
{
	int fd = sw_fdstore_take(fdstore, "lives"), lives = 0;

	if (fd < 0) {
		fd = memfd_create("lives", 0);
		sw_fdstore_keep("lives", fd);
	} else if (pread(fd, &lives, sizeof lives, 0) != sizeof lives) {
		_exit(99);
	}
	lives++;
	if (pwrite(fd, &lives, sizeof lives, 0) != sizeof lives)
		_exit(98);
	sw_fdstore_close(fdstore);
	return lives;
}

static void
rest(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

static _Noreturn void
wait_for_the_end(int code)
{
	sigset_t set;
	int number;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigwait(&set, &number);
	_exit(number == SIGHUP ? code + 1 : code);
}

/* Asked to end while it reloads, it says that it is ready once more, and then
 * has something to finish. */
static _Noreturn void
take_time_to_end(void)
{
	sigset_t set;
	int number;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigwait(&set, &number);
	sw_notify_send("READY=1", -1);
	rest(SW_SPAWN_SILENCE_MS + 1000);
	_exit(42);
}

static void
by_kill(void)
{
	raise(SIGKILL);
}

static void
by_abort(void)
{
	abort();
}

static void
by_silence(void)
{
	rest(60000);
}

static void
by_code(void)
{
	_exit(7);
}

/* Dies twice; the third one ends, and with it its parent.  From the second on
 * each is told how the last one ended. */
static int
third_life(void (*die)(void))
{
	int lives = count_lives(sw_fdstore_receive());

	if ((getenv(SW_SPAWN_BEFORE) != NULL) != (lives > 1))
		return 96;
	sw_notify_send("READY=1", -1);
	if (lives < 3)
		die();
	return 0;
}

/* Keeps a table at its first start; with one it is ready for so long, and
 * dies.  => 0 in the third life when that has a table just when it should */
static int
fall_over_table(long ready_ms, bool expected)
{
	struct sw_fdstore *fdstore = sw_fdstore_receive();
	int table = sw_fdstore_take(fdstore, "shard-0");
	int lives = count_lives(fdstore);

	if (lives == 1) {
		table = memfd_create("table", 0);
		sw_fdstore_keep("shard-0", table);
	}
	sw_notify_send("READY=1", -1);
	if (lives == 3)
		return (table >= 0) == expected ? 0 : 95;
	for (long ms = 0; ms < ready_ms; ms += 200) {
		rest(200);
		sw_notify_send("WATCHDOG=1", -1);
	}
	abort();
}

/* Keeps a table, and gets ready but for each second start, which ends in good
 * order.  => 0 in the fifth life when that still has the table */
static int
stumble(void)
{
	struct sw_fdstore *fdstore = sw_fdstore_receive();
	int table = sw_fdstore_take(fdstore, "shard-0");
	int lives = count_lives(fdstore);

	if (lives == 1) {
		table = memfd_create("table", 0);
		sw_fdstore_keep("shard-0", table);
	} else if (lives % 2 == 0) {
		return 1;
	}
	sw_notify_send("READY=1", -1);
	if (lives == 5)
		return table >= 0 ? 0 : 95;
	by_kill();
	return 97;
}

static int
worker(const char *how)
{
	if (strcmp(how, "code") == 0)
		return 78;
	if (strcmp(how, "crash") == 0)
		abort();
	if (strcmp(how, "wait") == 0) {
		sw_notify_send("READY=1", -1);
		wait_for_the_end(42);
	}
	if (strcmp(how, "linger") == 0) {
		sw_notify_send("READY=1", -1);
		take_time_to_end();
	}
	if (strcmp(how, "kill") == 0)
		return third_life(by_kill);
	if (strcmp(how, "abort") == 0)
		return third_life(by_abort);
	if (strcmp(how, "silence") == 0)
		return third_life(by_silence);
	if (strcmp(how, "fall") == 0)
		return fall_over_table(0, false);
	if (strcmp(how, "last") == 0)
		return fall_over_table(3200, true);
	if (strcmp(how, "exit") == 0)
		return third_life(by_code);
	if (strcmp(how, "stumble") == 0)
		return stumble();
	return 97;
}

/* --- the parent ------------------------------------------------------------ */

enum {
	TIMEOUT_MS = 10000, /* before a test gives up */
};

static const char *self;

static void
note_ready(void *context)
{
	++*(int *)context;
}

static int
supervise(const char *how, int *ready)
{
	char name[] = "check", flag[] = "--worker", word[16];
	char *argv[] = { name, flag, word, NULL };
	struct sw_supervisor_run with = { .program = self,
		.argv = argv,
		.fdset = calloc(1, sizeof(struct sw_fdset)),
		.ready = note_ready,
		.context = ready };
	int code;

	snprintf(word, sizeof word, "%s", how);
	*ready = 0;
	code = sw_supervisor_run(&with);
	sw_fdset_release_all(with.fdset);
	free(with.fdset);
	return code;
}

START_TEST(the_first_ones_exit_code_is_ours)
{
	int ready;

	ck_assert_int_eq(supervise("code", &ready), 78);
	ck_assert_int_eq(ready, 0);
}
END_TEST

START_TEST(one_that_always_crashes_is_given_up)
{
	int ready;

	ck_assert_int_eq(supervise("crash", &ready), EXIT_FAILURE);
	ck_assert_int_eq(ready, 0);
}
END_TEST

/* The third life ends with 0, which it reaches only when each life was given
 * what the one before had kept. */
START_TEST(one_that_dies_is_followed)
{
	static const char *const ways[] = { "kill", "abort", "exit" };

	for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
		int ready;

		ck_assert_int_eq(supervise(ways[i], &ready), 0);
		ck_assert_int_eq(ready, 1);
	}
}
END_TEST

/* Ready or not, two ends in a row within seconds cost the table. */
START_TEST(a_table_that_kills_is_let_go)
{
	int ready;

	ck_assert_int_eq(supervise("fall", &ready), 0);
	ck_assert_int_eq(ready, 1);
}
END_TEST

START_TEST(ends_that_are_seconds_apart_leave_the_table)
{
	int ready;

	ck_assert_int_eq(supervise("last", &ready), 0);
}
END_TEST

START_TEST(starts_that_fail_in_good_order_between_others_leave_the_table)
{
	int ready;

	ck_assert_int_eq(supervise("stumble", &ready), 0);
}
END_TEST

static double
seconds_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Two hang.  Starting a process may take long on a busy machine: so there are
 * three tries. */
START_TEST(one_that_hangs_is_replaced_within_two_seconds)
{
	double took = 1e9;

	for (int i = 0; i < 3 && took >= 2 * 2.0; i++) {
		double start = seconds_now();
		int ready;

		ck_assert_int_eq(supervise("silence", &ready), 0);
		took = seconds_now() - start;
		ck_assert_double_gt(took, 2 * 1.1);
	}
	ck_assert_double_lt(took, 2 * 2.0);
}
END_TEST

/* => its youngest child, 0 where there is none yet */
static pid_t
child_of(pid_t pid)
{
	char path[64], text[128] = "", *at = text;
	FILE *file;
	pid_t child, last = 0;

	snprintf(
	    path, sizeof path, "/proc/%d/task/%d/children", (int)pid, (int)pid);
	file = fopen(path, "re");
	ck_assert_ptr_nonnull(file);
	if (fgets(text, sizeof text, file) == NULL)
		text[0] = '\0';
	fclose(file);
	while ((child = (pid_t)strtol(at, &at, 10)) != 0)
		last = child;
	return last;
}

/* Waits for a child that is another than this. */
static pid_t
await_child(pid_t pid, pid_t before)
{
	for (int i = 0; i < TIMEOUT_MS / 10; i++) {
		pid_t now = child_of(pid);

		if (now > 0 && now != before)
			return now;
		rest(10);
	}
	ck_abort_msg("process %d has not the child it should", (int)pid);
}

/* => wait status of a parent, of a worker that behaves so, that was sent these
 *    signals, the second when another worker is there */
static int
signalled(const char *how, int first, int second)
{
	pid_t pid = fork(), child;
	int status;

	if (pid == 0) {
		int ready;

		_exit(supervise(how, &ready));
	}
	child = await_child(pid, 0);
	kill(pid, first);
	if (second != 0) {
		await_child(pid, child);
		kill(pid, second);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return status;
}

START_TEST(the_end_is_passed_on)
{
	int status = signalled("wait", SIGTERM, 0);

	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 42);
}
END_TEST

START_TEST(an_end_may_take_its_time)
{
	int status = signalled("linger", SIGTERM, 0);

	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 42);
}
END_TEST

/* The worker ends with 43 for SIGHUP; another one follows it. */
START_TEST(a_hangup_is_passed_on)
{
	int status = signalled("wait", SIGHUP, SIGTERM);

	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 42);
}
END_TEST

START_TEST(a_worker_is_replaced_when_asked)
{
	int status = signalled("wait", SIGUSR2, SIGTERM);

	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 42);
}
END_TEST

/* => a parent that has a worker; ours are its children once it is gone */
static pid_t
start_parent(void)
{
	pid_t pid;
	int ready;

	ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid > 0)
		return pid;
	_exit(supervise("wait", &ready));
}

/* Its one process is the worker, which outlives it. */
START_TEST(a_killed_parent_leaves_its_worker_and_nothing_else)
{
	pid_t pid = start_parent(), worker = await_child(pid, 0);
	int status;

	rest(500);
	ck_assert_int_eq(child_of(pid), worker);
	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(waitpid(worker, &status, WNOHANG), 0);
	rest(500);
	ck_assert_int_eq(waitpid(-1, &status, WNOHANG), 0);
	kill(worker, SIGTERM);
	ck_assert_int_eq(waitpid(worker, &status, 0), worker);
	ck_assert_int_eq(WEXITSTATUS(status), 42);
	ck_assert_int_eq(waitpid(-1, &status, 0), -1);
}
END_TEST

static int
run_tests(void)
{
	TCase *tcase = tcase_create("supervise");

	tcase_set_timeout(tcase, 40);
	tcase_add_test(tcase, the_first_ones_exit_code_is_ours);
	tcase_add_test(tcase, one_that_always_crashes_is_given_up);
	tcase_add_test(tcase, one_that_dies_is_followed);
	tcase_add_test(tcase, a_table_that_kills_is_let_go);
	tcase_add_test(tcase, ends_that_are_seconds_apart_leave_the_table);
	tcase_add_test(tcase,
	    starts_that_fail_in_good_order_between_others_leave_the_table);
	tcase_add_test(tcase, one_that_hangs_is_replaced_within_two_seconds);
	tcase_add_test(tcase, the_end_is_passed_on);
	tcase_add_test(tcase, an_end_may_take_its_time);
	tcase_add_test(tcase, a_hangup_is_passed_on);
	tcase_add_test(tcase, a_worker_is_replaced_when_asked);
	tcase_add_test(
	    tcase, a_killed_parent_leaves_its_worker_and_nothing_else);
	return run_case("supervise", tcase);
}

int
main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "--worker") == 0)
		return worker(argv[2]);
	self = "/proc/self/exe";
	unsetenv("NOTIFY_SOCKET");
	return run_tests();
}
