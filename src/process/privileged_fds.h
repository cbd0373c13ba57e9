/* SPDX-License-Identifier: Apache-2.0 */
/*
 * privileged_fds: descriptors that only root can open and anybody can use.
 *
 * These are the raw sockets and the kernel's table of queues.  They are opened
 * before privileges are dropped, or by root for a daemon that never has any,
 * and are passed on like every descriptor that outlives a process.
 */
#ifndef SYNWARD_PROCESS_PRIVILEGED_FDS_H
#define SYNWARD_PROCESS_PRIVILEGED_FDS_H

#define SW_PRIVILEGED_FDS_RAW_IPV4 "raw-ipv4"
#define SW_PRIVILEGED_FDS_RAW_IPV6 "raw-ipv6"
#define SW_PRIVILEGED_FDS_QUEUES "proc-queues"

enum { SW_PRIVILEGED_FDS_MOST = 3 };

struct sw_privileged_fds {
	const char *name;
	int fd; /* -1: not available, and not needed */
};

/* Opens all of them.
 * => 0, and the caller owns the descriptors, or -errno */
int
sw_privileged_fds_open(struct sw_privileged_fds fds[SW_PRIVILEGED_FDS_MOST]);

/* Stores them with the process that started us.
 * => 0 or -errno */
int sw_privileged_fds_keep(void);

#endif
