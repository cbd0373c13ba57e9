/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kernel_tracker: the settings and counters of the kernel's own connection
 * tracker, which a daemon beside it follows.
 */
#ifndef SYNWARD_NET_KERNEL_TRACKER_H
#define SYNWARD_NET_KERNEL_TRACKER_H

#include "synward/policy.h"

struct sw_kernel_tracker;

struct sw_kernel_settings {
	bool is_there;			     /* the tracker is loaded */
	uint32_t timeouts[SW_TIMEOUT_COUNT]; /* seconds; 0: not known */
	bool liberal;	     /* what is outside the windows passes */
	bool loose;	     /* a connection may begin in its middle */
	uint32_t max, count; /* of connections; 0: not known */
	/* Ever: packets that found no room, and connections that made some. */
	uint64_t dropped, evicted;
};

/* Opens the files, which are then readable whatever restrictions follow.
 * => NULL when memory is short; where there is no tracker, nothing is read */
struct sw_kernel_tracker *sw_kernel_tracker_open(void);
void sw_kernel_tracker_close(struct sw_kernel_tracker *tracker);

void sw_kernel_tracker_read(const struct sw_kernel_tracker *tracker,
    struct sw_kernel_settings *settings);

/* "net.netfilter.nf_conntrack_tcp_timeout_established", as sysctl(8) takes it;
 * static storage */
const char *sw_kernel_tracker_sysctl(enum sw_timeout timeout);

/* For sw_kernel_tracker_read(): adds up the columns of drops and of evictions
 * in the text of /proc/net/stat/nf_conntrack, where each line is of one core.
 * => false when it has no such columns */
bool
sw_kernel_tracker_sum(const char *text, uint64_t *dropped, uint64_t *evicted);

#endif
