/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parent stays until the child has bound its queues, so that whoever
 * started the daemon learns of a failure from the exit code and sees its
 * reason on the terminal.  A pipe tells readiness: one byte is "ready", its
 * end without a byte is "gone".
 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shell/background.h"

static int
exit_code_of(pid_t child)
{
	int status;

	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return EXIT_FAILURE;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE;
}

static _Noreturn void
wait_for(pid_t child, int ready)
{
	char byte;
	ssize_t n;

	do
		n = read(ready, &byte, 1);
	while (n < 0 && errno == EINTR);
	_exit(n == 1 ? EXIT_SUCCESS : exit_code_of(child));
}

int
sw_background_enter(void)
{
	int ends[2];
	pid_t child;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	child = fork();
	if (child < 0)
		return -errno;
	if (child > 0) {
		close(ends[1]);
		wait_for(child, ends[0]);
	}
	close(ends[0]);
	setsid();
	return ends[1];
}

void
sw_background_detach(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null >= 0) {
		for (int std = 0; std <= 2; std++)
			dup2(null, std);
		if (null > 2)
			close(null);
	}
}

void
sw_background_ready(int fd)
{
	sw_background_detach();
	if (chdir("/") < 0)
		_exit(EXIT_FAILURE);
	/* A parent that was killed meanwhile does not matter. */
	if (write(fd, "", 1) < 0)
		errno = 0;
	close(fd);
}
