/* SPDX-License-Identifier: Apache-2.0 */
/*
 * supervisor: the small parent process that outlives its worker.
 *
 * It holds the descriptors that the worker would take down with it (the queues'
 * sockets, the flow table's memory), starts a new worker as soon as one dies or
 * hangs, and passes the descriptors on.
 */
#ifndef SYNWARD_PROCESS_SUPERVISOR_H
#define SYNWARD_PROCESS_SUPERVISOR_H

#include <stdbool.h>

struct sw_fdset;

struct sw_supervisor_run {
	const char *program;	/* path; read again at each start */
	char *const *argv;	/* of the worker */
	struct sw_fdset *fdset; /* the descriptors of the first worker */
	/* Called once, when the first worker is ready. */
	void (*ready)(void *context);
	void *context;
};

/*
 * Starts a worker and keeps one running until the end is requested.
 *
 *	SIGTERM, SIGINT	the worker ends, and then the supervisor
 *	SIGHUP		passed on to the worker
 *	SIGUSR2		a new worker takes over, from the program file as
 *			it is now
 *
 * => the exit code of the program
 */
int sw_supervisor_run(const struct sw_supervisor_run *with);

#endif
