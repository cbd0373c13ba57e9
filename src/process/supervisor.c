/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One poll() over two descriptors: signals, among them the worker's end, and
 * notifications.  Notifications are read before anything is concluded from
 * the time or from the worker's end, because the worker may have said
 * something just before.
 *
 * The very first worker may fail: its exit code is then ours, so that a bad
 * configuration or a taken queue ends the program; a crash is tried again.
 * Once one was ready, another follows until somebody asks for the end.  When
 * two in a row fail before they are ready, or within seconds after, what they
 * are given may be the reason: the flow table is let go, the queues' sockets
 * are not.  A start that fails says nothing against a table with which the
 * next one gets ready.
 *
 * Nobody here replaces a killed parent: that is the service manager's work.
 * Its worker goes on and says so (daemon/main_loop.c).
 */

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdstore.h"
#include "base/notify.h"
#include "base/stderr_line.h"
#include "process/spawn.h"
#include "process/supervisor.h"

enum {
	START_MS = 10000,   /* a start, a reload, an end may take so long */
	LASTING_MS = 3000,  /* ready for so long, it has not failed */
	PATIENT_STARTS = 2, /* failed ones in a row until the table goes */
	PAUSE_MS = 200,	    /* and between later ones */
	GRACE_MS = 300,	    /* one more chance, before it is taken for hung */
	EXIT_REASON = 160,
};

struct supervisor {
	const struct sw_supervisor_run *with;
	struct sw_fdset *fdset;
	struct sw_notify notify;
	int notify_fds[2], signals;
	pid_t worker;		/* 0: none */
	uint64_t deadline;	/* ms: to be heard of until then */
	uint64_t start_at;	/* ms: when there is none */
	uint64_t feed_ms, fed;	/* our own watchdog's */
	unsigned failed_starts; /* in a row, before they were ready */
	unsigned early_ends;	/* in a row, within seconds after */
	bool ready;		/* this worker was */
	uint64_t ready_at;	/* ms: since then */
	bool ever_ready;	/* any was */
	bool ending, replacing;
	bool suspected; /* has had its grace */
	bool hung;	/* killed for it */
	bool is_kept;	/* by our own starter, too */
	bool over;
	int exit_code;
	char exit_reason[EXIT_REASON]; /* of the last worker */
};

static uint64_t
now_ms(void)
{
	return sw_clock_read(CLOCK_MONOTONIC) / SW_NS_PER_MS;
}

/* The worker is to be heard of within so many milliseconds. */
static void
expect(struct supervisor *s, uint64_t ms)
{
	s->deadline = now_ms() + ms;
	s->suspected = false;
}

/* --- what the worker says -------------------------------------------------- */

static void
keep_what_came(struct supervisor *s)
{
	char name[SW_FDSET_NAME];

	if (!sw_notify_value(&s->notify, "FDNAME", name, sizeof name))
		return;
	if (s->is_kept)
		sw_notify_forward(&s->notify);
	if (sw_notify_says(&s->notify, "FDSTOREREMOVE=1"))
		sw_fdset_release(s->fdset, name);
	else if (s->notify.n_fds > 0)
		sw_fdset_hold(s->fdset, name, s->notify.fds[--s->notify.n_fds]);
}

static void
note_ready(struct supervisor *s)
{
	if (!s->ready)
		s->ready_at = now_ms();
	s->ready = true;
	if (s->ever_ready)
		return;
	s->ever_ready = true;
	if (s->with->ready != NULL)
		s->with->ready(s->with->context);
}

static void
handle_notify(struct supervisor *s)
{
	const struct sw_notify *notify = &s->notify;

	if (sw_notify_says(notify, "WATCHDOG=1")) {
		if (s->ready && !s->ending && !s->replacing)
			expect(s, SW_SPAWN_SILENCE_MS);
		return;
	}
	if (sw_notify_says(notify, "FDSTORE=1") ||
	    sw_notify_says(notify, "FDSTOREREMOVE=1")) {
		keep_what_came(s);
		return;
	}
	if (sw_notify_says(notify, "RELOADING=1"))
		expect(s, START_MS);
	if (sw_notify_says(notify, "READY=1")) {
		note_ready(s);
		if (!s->ending && !s->replacing)
			expect(s, SW_SPAWN_SILENCE_MS);
	}
	if (!sw_notify_says(notify, "STOPPING=1") || s->ending)
		sw_notify_forward(notify);
}

static void
read_notify(struct supervisor *s)
{
	while (s->worker != 0 &&
	       sw_notify_receive(s->notify_fds[0], s->worker, &s->notify)) {
		handle_notify(s);
		sw_notify_close(&s->notify);
	}
}

/* --- a worker's life -------------------------------------------------------- */

static void
start_worker(struct supervisor *s)
{
	sigset_t mask;
	struct sw_spawn_start start = { .program = s->with->program,
		.argv = s->with->argv,
		.notify_fd = s->notify_fds[1],
		.before = s->exit_reason[0] != '\0' ? s->exit_reason : NULL,
		.fdset = s->fdset,
		.mask = &mask };

	sigemptyset(&mask);
	sigaddset(&mask, SIGHUP);
	sigaddset(&mask, SIGTERM);
	sigaddset(&mask, SIGINT);
	s->ready = s->hung = s->replacing = false;
	s->worker = sw_spawn_start(&start);
	if (s->worker < 0) {
		sw_stderr_line(
		    "synwardd: cannot fork: %s", strerror(-s->worker));
		s->worker = 0;
		s->start_at = now_ms() + PAUSE_MS;
		return;
	}
	expect(s, START_MS);
}

/* The table may be what kills them; sockets stay. */
static void
let_table_go(struct supervisor *s)
{
	sw_fdset_release_table(s->fdset, s->is_kept);
	sw_stderr_line("synwardd: %d workers in a row ended soon after their "
		       "start: the next begins with an empty table",
	    PATIENT_STARTS);
}

/* Killed by somebody, or asked to end, it has not failed. */
static bool
has_failed(const struct supervisor *s, int status)
{
	bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;

	return !s->replacing && (!killed || s->hung);
}

static unsigned
failed_in_a_row(const struct supervisor *s)
{
	return s->failed_starts + s->early_ends;
}

static void
count_failure(struct supervisor *s, int status)
{
	if (s->ready)
		s->failed_starts = 0;
	if (s->ready && now_ms() - s->ready_at >= LASTING_MS) {
		s->early_ends = 0;
		return;
	}
	if (!has_failed(s, status))
		return;
	++*(s->ready ? &s->early_ends : &s->failed_starts);
	if (failed_in_a_row(s) == PATIENT_STARTS)
		let_table_go(s);
}

static void
plan_restart(struct supervisor *s, int status)
{
	count_failure(s, status);
	s->start_at = 0;
	if (failed_in_a_row(s) >= PATIENT_STARTS)
		s->start_at = now_ms() + PAUSE_MS;
}

/* => false: its end is the program's end */
static bool
is_to_follow(const struct supervisor *s, int status)
{
	if (s->ending ||
	    (!s->ever_ready && failed_in_a_row(s) >= PATIENT_STARTS))
		return false;
	if (s->hung || s->replacing || WIFSIGNALED(status))
		return true;
	return s->ever_ready && WEXITSTATUS(status) != EXIT_SUCCESS;
}

static void
note_exit_reason(struct supervisor *s, int status)
{
	if (s->hung)
		snprintf(s->exit_reason, sizeof s->exit_reason,
		    "process %d gave no sign of life", (int)s->worker);
	else if (s->replacing)
		snprintf(s->exit_reason, sizeof s->exit_reason,
		    "process %d was asked to make room", (int)s->worker);
	else
		sw_spawn_exit_reason(
		    s->worker, status, s->exit_reason, sizeof s->exit_reason);
}

static void
reap(struct supervisor *s)
{
	int status = 0;

	if (s->worker == 0 || waitpid(s->worker, &status, WNOHANG) <= 0)
		return;
	read_notify(s);
	note_exit_reason(s, status);
	s->worker = 0;
	if (is_to_follow(s, status)) {
		sw_stderr_line("synwardd: %s", s->exit_reason);
		plan_restart(s, status);
		return;
	}
	s->over = true;
	s->exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE;
}

/* When the whole machine stood still, we are as late as the worker: what it
 * had no time to say it says soon, given the processor; then it has all its
 * time once more. */
static void
check_deadline(struct supervisor *s)
{
	uint64_t now = now_ms();
	bool stood_still = now > s->deadline + GRACE_MS;

	if (s->worker == 0 || s->hung || now < s->deadline)
		return;
	if (!s->suspected) {
		expect(s, stood_still ? SW_SPAWN_SILENCE_MS : GRACE_MS);
		s->suspected = true;
		return;
	}
	s->hung = true;
	kill(s->worker, SIGKILL);
}

/* --- what others ask for ---------------------------------------------------- */

static void
ask_to_end(struct supervisor *s)
{
	if (s->worker == 0)
		return;
	kill(s->worker, SIGTERM);
	expect(s, START_MS);
}

static void
handle_signal(struct supervisor *s, uint32_t number)
{
	switch (number) {
	case SIGHUP:
		if (s->worker != 0)
			kill(s->worker, SIGHUP);
		break;
	case SIGUSR2:
		s->replacing = true;
		ask_to_end(s);
		break;
	case SIGTERM:
	case SIGINT:
		s->ending = true;
		s->over = s->worker == 0;
		ask_to_end(s);
		break;
	}
}

static void
read_signals(struct supervisor *s)
{
	struct signalfd_siginfo info;

	while (read(s->signals, &info, sizeof info) == sizeof info)
		handle_signal(s, info.ssi_signo);
}

/* --- the loop ----------------------------------------------------------------- */

static void
feed(struct supervisor *s)
{
	uint64_t now = now_ms();

	if (s->feed_ms == 0 || now - s->fed < s->feed_ms)
		return;
	sw_notify_tell("WATCHDOG=1");
	s->fed = now;
}

/* => milliseconds until something is due */
static int
timeout(const struct supervisor *s)
{
	uint64_t now = now_ms(),
		 due = s->worker != 0 ? s->deadline : s->start_at;
	uint64_t wait = due > now ? due - now : 0;

	if (s->feed_ms != 0 && wait > s->feed_ms)
		wait = s->feed_ms;
	return (int)wait;
}

static void
turn(struct supervisor *s)
{
	struct pollfd fds[] = { { .fd = s->signals, .events = POLLIN },
		{ .fd = s->notify_fds[0], .events = POLLIN } };

	if (s->worker == 0 && now_ms() >= s->start_at)
		start_worker(s);
	poll(fds, 2, timeout(s));
	read_signals(s);
	read_notify(s);
	reap(s);
	check_deadline(s);
	feed(s);
}

static int
open_all(struct supervisor *s)
{
	uint64_t us = 0;
	int error;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGUSR2);
	sigaddset(&set, SIGCHLD);
	/* Whoever read what we say may be gone. */
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0 ||
	    signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return -errno;
	s->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (s->signals < 0)
		return -errno;
	error = sw_notify_open(s->notify_fds);
	if (error < 0)
		return error;
	if (sd_watchdog_enabled(1, &us) > 0)
		s->feed_ms = us / 3000;
	return 0;
}

int
sw_supervisor_run(const struct sw_supervisor_run *with)
{
	struct supervisor *s = calloc(1, sizeof *s);
	int error, code;

	if (s == NULL)
		return EXIT_FAILURE;
	s->with = with;
	s->is_kept = sw_fdstore_is_kept();
	s->fdset = with->fdset;
	error = open_all(s);
	if (error < 0) {
		sw_stderr_line(
		    "synwardd: cannot supervise: %s", strerror(-error));
		s->over = true;
		s->exit_code = EXIT_FAILURE;
	}
	while (!s->over)
		turn(s);
	code = s->exit_code;
	free(s);
	return code;
}
