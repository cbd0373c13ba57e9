/* SPDX-License-Identifier: Apache-2.0 */
/*
 * privileged_fds: descriptors that only root can open and anybody can use.
 *
 * These are the raw sockets and the kernel's table of queues or, where the
 * source is a tap, that alone.  They are opened before privileges are dropped, or by root for a daemon that never has any,
 * and are passed on like every descriptor that outlives a process.
 */
#ifndef SYNWARD_PROCESS_PRIVILEGED_FDS_H
#define SYNWARD_PROCESS_PRIVILEGED_FDS_H

#include <stdbool.h>

#define SW_PRIVILEGED_FDS_RAW_IPV4 "raw-ipv4"
#define SW_PRIVILEGED_FDS_RAW_IPV6 "raw-ipv6"
#define SW_PRIVILEGED_FDS_QUEUES "proc-queues"
#define SW_PRIVILEGED_FDS_TAP "tap"
/* The group that is read, or a text: why there is none. */
#define SW_PRIVILEGED_FDS_NFLOG "nflog"
#define SW_PRIVILEGED_FDS_NFLOG_WHY "nflog-why"
/* The kernel's program and its maps, or a text: why there is no program. */
#define SW_PRIVILEGED_FDS_PROGRAM "lane-program"
#define SW_PRIVILEGED_FDS_CONTROL "lane-control"
#define SW_PRIVILEGED_FDS_LANES "lane-lanes"
#define SW_PRIVILEGED_FDS_STAMPS "lane-stamps"
#define SW_PRIVILEGED_FDS_WHY "lane-why"
/* The same control block, once a worker uses it. */
#define SW_PRIVILEGED_FDS_USED "used-control"

enum { SW_PRIVILEGED_FDS_MOST = 11 };

struct sw_conf;

struct sw_privileged_fds {
	const char *name;
	int fd; /* -1: not available, and not needed */
};

/* Opens all of them, for a daemon with that configuration.
 * => 0, and the caller owns the descriptors, or -errno */
int sw_privileged_fds_open(struct sw_privileged_fds fds[SW_PRIVILEGED_FDS_MOST],
    const struct sw_conf *conf);

/* Did the process that started us open what this configuration needs
 * CAP_NET_RAW for? */
bool sw_privileged_fds_are_lent(const struct sw_conf *conf);

/* Stores them with the process that started us.
 * => 0 or -errno */
int sw_privileged_fds_keep(const struct sw_conf *conf);

/* The program alone, for a daemon that has been lent none. */
struct sw_lane_program;
void sw_privileged_fds_load(
    struct sw_lane_program *program, const struct sw_conf *conf);

#endif
