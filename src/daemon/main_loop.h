/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loop: what the main thread does while packets flow.
 */
#ifndef SYNWARD_DAEMON_MAIN_LOOP_H
#define SYNWARD_DAEMON_MAIN_LOOP_H

#include "daemon/daemon.h"

/* Blocks the signals the loop reads, in this thread and those to come. */
int sw_main_loop_block_signals(void);

/* Puts signals, timers and the interfaces' socket (fd) into daemon->loop.
 * => 0 or -errno */
int sw_main_loop_attach(struct sw_daemon *daemon, int ifaces_fd);

#endif
