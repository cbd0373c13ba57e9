/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A worker is a newly executed program, not a copy of its parent: it starts
 * with clean memory, and from a new build when the file was replaced.  While
 * the file is missing, during an upgrade, the running program is executed
 * again.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "base/notify.h"
#include "base/stderr_line.h"
#include "process/spawn.h"

static void
put_number(const char *name, unsigned long number)
{
	char text[24];

	snprintf(text, sizeof text, "%lu", number);
	setenv(name, text, 1);
}

static void
put_environment(const struct sw_spawn_start *start)
{
	unsetenv("NOTIFY_SOCKET");
	put_number("FDSTORE", SW_FDSET_MOST);
	put_number("WATCHDOG_USEC", SW_SPAWN_SILENCE_MS * 1000UL);
	put_number("WATCHDOG_PID", (unsigned long)getpid());
	if (start->before != NULL)
		setenv(SW_SPAWN_BEFORE, start->before, 1);
	else
		unsetenv(SW_SPAWN_BEFORE);
}

/* Moves the descriptor above the numbers that the fd set uses. */
static int
hand_over_notify_fd(int end, int above)
{
	int fd = fcntl(end, F_DUPFD, above);

	if (fd < 0)
		return -errno;
	put_number(SW_NOTIFY_END, (unsigned long)fd);
	return 0;
}

static _Noreturn void
become_worker(const struct sw_spawn_start *start)
{
	int above = SD_LISTEN_FDS_START + (int)start->fdset->n, error;

	put_environment(start);
	sigprocmask(SIG_SETMASK, start->mask, NULL);
	error = hand_over_notify_fd(start->notify_fd, above);
	if (error == 0)
		error = sw_fdset_lay_out(start->fdset);
	if (error == 0) {
		execv(start->program, start->argv);
		execv("/proc/self/exe", start->argv);
		error = -errno;
	}
	sw_stderr_line(
	    "synwardd: cannot start %s: %s", start->program, strerror(-error));
	_exit(EXIT_FAILURE);
}

pid_t
sw_spawn_start(const struct sw_spawn_start *start)
{
	pid_t pid = fork();

	if (pid == 0)
		become_worker(start);
	return pid < 0 ? -errno : pid;
}

void
sw_spawn_exit_reason(pid_t pid, int status, char *text, size_t size)
{
	if (WIFSIGNALED(status))
		snprintf(text, size, "process %d was killed by signal %d (%s)",
		    (int)pid, WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		snprintf(text, size, "process %d ended with exit code %d",
		    (int)pid, WEXITSTATUS(status));
}
