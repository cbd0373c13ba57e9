/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon: a synwardd that lives as long as one command, in a directory of its
 * own, and follows some interfaces.
 */
#ifndef SYNWARD_CTL_TRY_DAEMON_H
#define SYNWARD_CTL_TRY_DAEMON_H

#include <stdbool.h>
#include <stddef.h>

#include "ctl/try/guard.h"
#include "ctl/try/links.h"

struct sw_try_daemon {
	char directory[64];
	char socket[96], conf[96];
	struct sw_try_guard guard;
	pid_t pid; /* 0: it never started, or has ended */
	pid_t group;
	int output;	  /* what it says, to be read; -1: nothing more */
	char words[2048]; /* the last of it */
	size_t used;
};

/*
 * Starts the synwardd that lies beside this program, and waits until it follows
 * these interfaces.  Signals that would end this process must be blocked.
 * nflog: the group to read as well; 0: none
 * => exit code; what went wrong was written, and nothing is left
 */
int sw_try_daemon_start(struct sw_try_daemon *daemon,
    const struct sw_try_links *links, unsigned nflog);

/* Reads what it says; call it when there is something in output. */
void sw_try_daemon_read(struct sw_try_daemon *daemon);

/* Does the process that was started still run? */
bool sw_try_daemon_lives(struct sw_try_daemon *daemon);

/* The last line that it said, or "". */
const char *sw_try_daemon_said(struct sw_try_daemon *daemon);

/* Ends it, and removes its directory. */
void sw_try_daemon_stop(struct sw_try_daemon *daemon);

#endif
