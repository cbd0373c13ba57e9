/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Overview
 *
 * The supervisor is the parent of the process that does the work, the worker.
 * It holds a copy of every descriptor that makes up the daemon's state: the
 * queues' sockets, the memory of the flow table, the privileged descriptors.
 * The worker sends them as notifications (base/notify.h), and each new worker
 * gets all of them at its start.  So a worker may be killed, crash, hang or be
 * replaced by a new build, while packets wait in the kernel and flows wait in
 * memory.
 *
 * Life cycle
 *
 * A worker starts, reports READY=1, and then sends WATCHDOG=1 several times a
 * second.  Every wait has a deadline: START_MS for a start, a reload or an end,
 * SW_SPAWN_SILENCE_MS between signs of life.  When a deadline passes, the
 * worker gets GRACE_MS more, or a whole period if the whole machine was
 * stopped; then it is killed as hung.
 *
 *	never ready, exits	its exit code ends the program, so that a bad
 *				configuration or a taken queue is reported
 *	never ready, crashes	one more try
 *	ready once, ends	the next worker starts at once
 *	exits with 0, or	the program ends
 *	SIGTERM, SIGINT
 *	SIGUSR2			the worker ends, and the next starts from the
 *				program file as it is now
 *
 * When PATIENT_STARTS workers in a row fail before they are ready or within
 * LASTING_MS after, their inheritance may be the reason: the flow table is
 * released, the queues' sockets are not, and later starts are PAUSE_MS apart.
 * A start that fails says nothing against a table with which the next worker
 * gets ready, so READY=1 clears the count of failed starts.  A worker that
 * somebody else killed with SIGKILL has not failed.
 *
 * When a service manager keeps descriptors as well, notifications about them
 * are forwarded, so that the table survives the supervisor.  Nothing here
 * replaces a killed supervisor, which is the service manager's work; the worker
 * then goes on alone and says so (daemon/main_loop.c).
 *
 * Synchronisation
 *
 * One thread, and one poll() over two descriptors: signals, SIGCHLD among them,
 * and notifications.  Notifications are read before any conclusion from the
 * time or from the worker's end, because the worker may have sent one just
 * before.  No step blocks: messages to standard error and to the service
 * manager are dropped when the receiver has no room.
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
	START_MS = 10000,   /* for a start, a reload or an end */
	LASTING_MS = 3000,  /* ready for this long: it has not failed */
	PATIENT_STARTS = 2, /* failures in a row, then drop the table */
	PAUSE_MS = 200,	    /* between later starts */
	GRACE_MS = 300,	    /* one more chance, then it is hung */
	EXIT_REASON = 160,
};

struct supervisor {
	const struct sw_supervisor_run *with;
	struct sw_fdset *fdset;
	struct sw_notify notify;
	int notify_fds[2], signals;
	pid_t worker;		/* 0: none */
	uint64_t deadline;	/* ms: the worker must report before */
	uint64_t start_at;	/* ms: when no worker runs, start one then */
	uint64_t feed_ms, fed;	/* of our own watchdog */
	unsigned failed_starts; /* in a row, of workers never ready */
	unsigned early_ends;	/* in a row, within LASTING_MS of ready */
	bool ready;		/* this worker has been ready */
	uint64_t ready_at;	/* ms: since then */
	bool ever_ready;	/* any worker has been ready */
	bool ending, replacing;
	bool suspected; /* its deadline passed once */
	bool hung;	/* it was killed for silence */
	bool is_kept;	/* our starter keeps descriptors as well */
	bool over;
	int exit_code;
	char exit_reason[EXIT_REASON]; /* how the last worker ended */
};

static uint64_t
now_ms(void)
{
	return sw_clock_read(CLOCK_MONOTONIC) / SW_NS_PER_MS;
}

/* Sets the time within which the worker must report. */
static void
expect(struct supervisor *s, uint64_t ms)
{
	s->deadline = now_ms() + ms;
	s->suspected = false;
}

/* --- notifications of the worker ------------------------------------------ */

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

/* --- life of a worker ----------------------------------------------------- */

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

/* The table may be the reason why workers end; the sockets stay. */
static void
let_table_go(struct supervisor *s)
{
	sw_fdset_release_table(s->fdset, s->is_kept);
	sw_stderr_line("synwardd: %d workers in a row ended soon after their "
		       "start: the next begins with an empty table",
	    PATIENT_STARTS);
}

/* A worker that another process killed, or that was asked to end, has not
 * failed. */
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

/* A worker that was ready and exits in good order, because it finds no memory
 * for instance, says nothing against its table. */
static void
count_failure(struct supervisor *s, int status)
{
	if (s->ready)
		s->failed_starts = 0;
	if (s->ready && now_ms() - s->ready_at >= LASTING_MS) {
		s->early_ends = 0;
		return;
	}
	if (!has_failed(s, status) ||
	    (s->ready && !s->hung && WIFEXITED(status)))
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
	if (failed_in_a_row(s) >= PATIENT_STARTS ||
	    (s->ready && WIFEXITED(status) && has_failed(s, status)))
		s->start_at = now_ms() + PAUSE_MS;
}

/* => false when the program ends with this worker */
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

/* When the whole machine was stopped, the supervisor is as late as the worker,
 * which will report as soon as it runs: it gets a whole period again. */
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

/* --- signals -------------------------------------------------------------- */

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
	/* The reader of our standard error may be gone. */
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
