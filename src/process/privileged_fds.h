/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loan: what takes root to open, and no privilege to use.
 *
 * The raw sockets, and the kernel's account of its queues.  They are opened
 * before privileges are dropped, or by root for a daemon that never has any,
 * and handed on like all that outlives a process.
 */
#ifndef SYNWARD_PROCESS_PRIVILEGED_FDS_H
#define SYNWARD_PROCESS_PRIVILEGED_FDS_H

#define SW_PRIVILEGED_FDS_RAW_IPV4 "raw-ipv4"
#define SW_PRIVILEGED_FDS_RAW_IPV6 "raw-ipv6"
#define SW_PRIVILEGED_FDS_QUEUES "proc-queues"

enum { SW_PRIVILEGED_FDS_MOST = 3 };

struct sw_privileged_fds {
	const char *name;
	int fd; /* -1: not to be had, and not needed */
};

/* Opens all.  => 0 and the descriptors the caller's, or -errno */
int
sw_privileged_fds_open(struct sw_privileged_fds fds[SW_PRIVILEGED_FDS_MOST]);

/* Has them kept by whoever starts us.  => 0 or -errno */
int sw_privileged_fds_keep(void);

#endif
