/* SPDX-License-Identifier: Apache-2.0 */
/*
 * beside: the parts of a daemon that follows copies of packets beside the
 * kernel's firewall, where others read a queue.
 */
#ifndef SYNWARD_DAEMON_BESIDE_H
#define SYNWARD_DAEMON_BESIDE_H

#include <stddef.h>

struct sw_conf;
struct sw_daemon;

/* Reads the settings of the kernel's tracker, and gives the configuration its
 * timeouts, if the source is a tap; before the rules are compiled.  The files
 * stay open.
 * => 0 or -ENOMEM */
int sw_beside_read_kernel(struct sw_daemon *daemon, struct sw_conf *conf);

/* The same once a second: when timeouts have changed, the rules are compiled
 * again. */
void sw_beside_follow_kernel(struct sw_daemon *daemon);

/* Opens the tap, or takes the predecessor's.  Needs CAP_NET_RAW for a new one.
 * => 0 or -errno, with the reason in why */
int sw_beside_open(struct sw_daemon *daemon, char *why, size_t size);

/* Reads what the kernel's firewall logs to the group that the configuration
 * names, if any; else daemon->nflog_off says why not.
 * => 0 or -ENOMEM */
int sw_beside_open_log(struct sw_daemon *daemon);

/* Starts the thread that reads it, and listens on the interfaces.
 * => 0 or -errno */
int sw_beside_start(struct sw_daemon *daemon);

/* Listens on the interfaces that the configuration names now; call it when
 * these or the configuration have changed. */
void sw_beside_listen(struct sw_daemon *daemon);

void sw_beside_stop(struct sw_daemon *daemon);

#endif
