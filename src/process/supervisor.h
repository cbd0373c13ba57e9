/* SPDX-License-Identifier: Apache-2.0 */
/*
 * supervise: the small parent that outlives the process doing the work.
 *
 * It holds the descriptors the worker process would take down with it (the
 * queues' sockets, the flow table's memory), starts another one as soon as
 * one dies or hangs, and gives it those.
 */
#ifndef SYNWARD_PROCESS_SUPERVISOR_H
#define SYNWARD_PROCESS_SUPERVISOR_H

#include <stdbool.h>

struct sw_fdset;

struct sw_supervisor_run {
	const char *program;	/* path; => read again at each start, so that
				a newer build takes over */
	char *const *argv;	/* of the worker */
	struct sw_fdset *fdset; /* what the first worker is given */
	/* Called once, when the first worker is ready. */
	void (*ready)(void *context);
	void *context;
};

/*
 * Starts a worker and keeps one running until the end is asked for.
 *
 *	SIGTERM, SIGINT	the worker ends, and so do we
 *	SIGHUP		passed on
 *	SIGUSR2		another worker takes over, by the program file as it
 *			is now
 *
 * => exit code of the program
 */
int sw_supervisor_run(const struct sw_supervisor_run *with);

#endif
