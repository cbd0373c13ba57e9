/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inherit: going on where a predecessor stopped.
 *
 * Called in this order while the daemon starts.  At a first start nothing
 * is there, and each part is made anew and kept for a successor.
 */
#ifndef SYNWARD_DAEMON_TAKEOVER_H
#define SYNWARD_DAEMON_TAKEOVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sw_daemon;
struct sw_nfqueue;
struct sw_nfqueue_config;

/* Receives what was left, and gives rules' names their slots again.
 * => 0 or -errno */
int sw_takeover_begin(struct sw_daemon *daemon);

/* Makes daemon->shards.  => 0 or -errno */
int sw_takeover_table(struct sw_daemon *daemon);

/* As sw_nfqueue_open(). */
int sw_takeover_queue(struct sw_daemon *daemon, struct sw_nfqueue **nfq,
    const struct sw_nfqueue_config *config, char *why, size_t size);

/* As sw_raw_socket_sockets(). */
int sw_takeover_raw(struct sw_daemon *daemon, int fds[2]);

/* Lets go of what this configuration has no use for. */
void sw_takeover_end(struct sw_daemon *daemon);

/* Says in the log what was found; to be called once it runs. */
void sw_takeover_tell(const struct sw_daemon *daemon);

#endif
