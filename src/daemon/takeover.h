/* SPDX-License-Identifier: Apache-2.0 */
/*
 * takeover: continues where a predecessor stopped.
 *
 * The functions are called in this order while the daemon starts.  A first
 * start finds nothing, so each part is made new and stored for a successor.
 */
#ifndef SYNWARD_DAEMON_TAKEOVER_H
#define SYNWARD_DAEMON_TAKEOVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sw_daemon;
struct sw_nfqueue;
struct sw_nfqueue_config;

/* Receives what the predecessor left, and assigns the rules' names their slots
 * again.
 * => 0 or -errno */
int sw_takeover_begin(struct sw_daemon *daemon);

/* Makes daemon->shards.
 * => 0 or -errno */
int sw_takeover_table(struct sw_daemon *daemon);

/* Makes daemon->reports, and has the shards of sw_takeover_table() count on
 * from what is in them.  => 0 or -errno */
int sw_takeover_reports(struct sw_daemon *daemon);

/* As sw_nfqueue_open(). */
int sw_takeover_queue(struct sw_daemon *daemon, struct sw_nfqueue **nfq,
    const struct sw_nfqueue_config *config, char *why, size_t size);

/* Like sw_raw_socket_sockets(). */
int sw_takeover_raw(struct sw_daemon *daemon, int fds[2]);

/* Discards what this configuration has no use for. */
void sw_takeover_end(struct sw_daemon *daemon);

/* Logs what was found; call it once the log runs. */
void sw_takeover_tell(const struct sw_daemon *daemon);

#endif
