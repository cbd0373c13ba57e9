/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main_loop: what the main thread does while packets flow.
 */
#ifndef SYNWARD_DAEMON_MAIN_LOOP_H
#define SYNWARD_DAEMON_MAIN_LOOP_H

#include "daemon/daemon.h"

/* Blocks the signals that the loop reads, in this thread and those it
 * starts. */
int sw_main_loop_block_signals(void);

/* Adds signals, timers and the interfaces' socket (fd) to daemon->loop.
 * => 0 or -errno */
int sw_main_loop_attach(struct sw_daemon *daemon, int ifaces_fd);

/* Shuts all lanes when routes change, because a lane does not see where a
 * packet will leave.  => 0 or -errno */
int sw_main_loop_watch_routes(struct sw_daemon *daemon);

#endif
