/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A command that is killed cannot tidy up.  So a second process does it, which
 * holds the reading end of a pipe: the end of the command, however it comes,
 * closes the other.  All processes of the daemon are in one process group,
 * which outlives the process that gave it its number.
 *
 * Signals that end the command are blocked in the guard, because it is started
 * with the command's mask, and a session of its own keeps it from those of the
 * terminal.  If the guard itself is killed, the command sees that and tidies up
 * in its place.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ctl/try/guard.h"

enum {
	STEP_MS = 10,
	END_MS = 3000,	  /* for the daemon to end by itself */
	KILL_MS = 1000,	  /* after SIGKILL */
	GUARD_MS = 10000, /* for the guard to do all this */
};

static void
pause_ms(long ms)
{
	const struct timespec time = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&time, NULL);
}

/* => true when no process of the group is left, after that time at most */
static bool
group_ends(pid_t group, int ms)
{
	for (int waited = 0; waited <= ms; waited += STEP_MS) {
		while (waitpid(-group, NULL, WNOHANG) > 0)
			continue;
		if (kill(-group, 0) < 0 && errno == ESRCH)
			return true;
		pause_ms(STEP_MS);
	}
	return false;
}

static void
end_group(pid_t group)
{
	kill(-group, SIGTERM);
	kill(-group, SIGCONT);
	if (group_ends(group, END_MS))
		return;
	kill(-group, SIGKILL);
	group_ends(group, KILL_MS);
}

/* There are only files in it. */
static void
remove_directory(const char *path)
{
	DIR *directory = opendir(path);
	struct dirent *entry;

	while (directory != NULL && (entry = readdir(directory)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			unlinkat(dirfd(directory), entry->d_name, 0);
	if (directory != NULL)
		closedir(directory);
	rmdir(path);
}

static void
tidy_up(const char *directory, pid_t group)
{
	if (group > 0)
		end_group(group);
	remove_directory(directory);
}

/* A reader of the command's output must not wait for the guard. */
static void
let_streams_go(void)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int i = STDIN_FILENO; fd >= 0 && i <= STDERR_FILENO; i++)
		dup2(fd, i);
}

static _Noreturn void
watch(int fd, const char *directory)
{
	pid_t group = 0;
	ssize_t n;
	char more;

	setsid();
	let_streams_go();
	do
		n = read(fd, &group, sizeof group);
	while (n < 0 && errno == EINTR);
	while (n == sizeof group && read(fd, &more, 1) < 0 && errno == EINTR)
		continue;
	tidy_up(directory, group);
	_exit(EXIT_SUCCESS);
}

int
sw_try_guard_start(struct sw_try_guard *guard, const char *directory)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	*guard = (struct sw_try_guard){ directory, fork(), fds[1] };
	if (guard->pid == 0) {
		close(fds[1]);
		watch(fds[0], directory);
	}
	close(fds[0]);
	return guard->pid < 0 ? -errno : 0;
}

/* The daemon's processes are children of this process, which must collect them
 * so that the guard sees their end.
 * => false when the guard has not done its work */
static bool
guard_ends(const struct sw_try_guard *guard, pid_t group)
{
	int status;

	for (int waited = 0; waited <= GUARD_MS; waited += STEP_MS) {
		while (group > 0 && waitpid(-group, NULL, WNOHANG) > 0)
			continue;
		if (waitpid(guard->pid, &status, WNOHANG) == guard->pid)
			return WIFEXITED(status);
		pause_ms(STEP_MS);
	}
	kill(guard->pid, SIGKILL);
	waitpid(guard->pid, &status, 0);
	return false;
}

void
sw_try_guard_end(struct sw_try_guard *guard, pid_t group)
{
	close(guard->leash);
	if (guard->pid < 0 || !guard_ends(guard, group))
		tidy_up(guard->directory, group);
}
