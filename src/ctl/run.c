/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Input and output are files in memory, so neither side ever waits for the
 * other to read.
 */
#include <errno.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ctl/run.h"

enum { NOT_FOUND = 127, KILLED = 128, STREAMS = 3 };

static bool
open_streams(int fds[STREAMS], const char *input)
{
	size_t length = input != NULL ? strlen(input) : 0;

	for (int i = 0; i < STREAMS; i++)
		fds[i] = memfd_create("synwardctl", MFD_CLOEXEC);
	if (fds[0] < 0 || fds[1] < 0 || fds[2] < 0)
		return false;
	return write(fds[0], input != NULL ? input : "", length) ==
		   (ssize_t)length &&
	       lseek(fds[0], 0, SEEK_SET) == 0;
}

static char *
slurp(int fd)
{
	off_t size = lseek(fd, 0, SEEK_END);
	char *text = calloc(1, size > 0 ? (size_t)size + 1 : 1);

	if (text != NULL && size > 0 && pread(fd, text, (size_t)size, 0) < 0)
		text[0] = '\0';
	return text;
}

static int
spawn_and_wait(const char *const argv[], const int fds[STREAMS])
{
	posix_spawn_file_actions_t actions;
	int error, status;
	pid_t pid;

	if (posix_spawn_file_actions_init(&actions) != 0)
		return NOT_FOUND;
	for (int i = 0; i < STREAMS; i++)
		posix_spawn_file_actions_adddup2(&actions, fds[i], i);
	error = posix_spawnp(&pid, argv[0], &actions, NULL,
	    (char *const *)(uintptr_t)argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (error != 0)
		return NOT_FOUND;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return NOT_FOUND;
	return WIFEXITED(status) ? WEXITSTATUS(status) : KILLED;
}

struct sw_ran
sw_run(const char *const argv[], const char *input)
{
	struct sw_ran ran = { .status = NOT_FOUND };
	int fds[STREAMS];

	fflush(stdout);
	if (open_streams(fds, input))
		ran.status = spawn_and_wait(argv, fds);
	ran.output = slurp(fds[1]);
	ran.errors = slurp(fds[2]);
	for (int i = 0; i < STREAMS; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	if (ran.output == NULL || ran.errors == NULL)
		abort(); /* not even a few bytes of memory */
	return ran;
}

void
sw_run_free(struct sw_ran *ran)
{
	free(ran->output);
	free(ran->errors);
}

int
sw_run_quietly(const char *const argv[], const char *input)
{
	struct sw_ran ran = sw_run(argv, input);

	sw_run_free(&ran);
	return ran.status;
}
