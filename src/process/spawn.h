/* SPDX-License-Identifier: Apache-2.0 */
/*
 * brood: a worker process as its parent sees it.
 */
#ifndef SYNWARD_PROCESS_SPAWN_H
#define SYNWARD_PROCESS_SPAWN_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/fdset.h"

/* A worker that is silent for so long is taken for hung. */
#define SW_SPAWN_SILENCE_MS 1200

/* In the worker's environment: how its predecessor ended. */
#define SW_SPAWN_BEFORE "SYNWARD_BEFORE"

struct sw_spawn_start {
	const char *program;
	char *const *argv;
	int notify_fd;	    /* what it shall tell us by */
	const char *before; /* how the last one ended, NULL: there was none */
	const struct sw_fdset *fdset; /* what it is given */
	const sigset_t *mask;	      /* signals that stay blocked in it */
};

/* => its process id, or -errno */
pid_t sw_spawn_start(const struct sw_spawn_start *start);

/* Says in words how a process ended. */
void sw_spawn_exit_reason(pid_t pid, int status, char *text, size_t size);

#endif
