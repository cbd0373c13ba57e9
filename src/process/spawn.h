/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spawn: starts a worker process, and describes how one ended.
 */
#ifndef SYNWARD_PROCESS_SPAWN_H
#define SYNWARD_PROCESS_SPAWN_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/fdset.h"

/* A worker that is silent for this long counts as hung. */
#define SW_SPAWN_SILENCE_MS 1200

/* Environment variable of the worker: how its predecessor ended. */
#define SW_SPAWN_BEFORE "SYNWARD_BEFORE"

struct sw_spawn_start {
	const char *program;
	char *const *argv;
	int notify_fd;	    /* the worker's end for notifications */
	const char *before; /* how the previous worker ended, or NULL */
	const struct sw_fdset *fdset; /* the descriptors it gets */
	const sigset_t *mask;	      /* signals that stay blocked in it */
};

/* => the process id, or -errno */
pid_t sw_spawn_start(const struct sw_spawn_start *start);

/* Describes in words how a process ended. */
void sw_spawn_exit_reason(pid_t pid, int status, char *text, size_t size);

#endif
