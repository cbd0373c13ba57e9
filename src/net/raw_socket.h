/* SPDX-License-Identifier: Apache-2.0 */
/*
 * raw: sends the segments and ICMP errors the engine asks for.
 *
 * Resets, probes and errors leave by raw sockets with a mark of their own, so that
 * the queue passes them unseen, and under a rate limit, so that nobody can make
 * synward flood a host.
 */
#ifndef SYNWARD_NET_RAW_SOCKET_H
#define SYNWARD_NET_RAW_SOCKET_H

#include "synward/event.h"

struct sw_raw_socket;

struct sw_raw_socket_counts {
	uint64_t sent;
	uint64_t limited; /* not sent: over the rate limit */
	uint64_t failed;  /* not sent: refused by the kernel */
};

/* Opens the sockets for IPv4 and IPv6.  Only this function needs CAP_NET_RAW
 * and CAP_NET_ADMIN.  On a machine without IPv6 that descriptor is -1.
 * => 0, and the caller owns both, or -errno */
int sw_raw_socket_sockets(int fds[2]);

/* Is the descriptor a raw socket of that family with our mark? */
bool sw_raw_socket_is(int fd, int family);

/* Takes the descriptors in every case.
 * => 0, and the caller owns *raw, or -errno */
int sw_raw_socket_open(struct sw_raw_socket **raw, const int fds[2]);
void sw_raw_socket_close(struct sw_raw_socket *raw);

/* Never blocks.  Only one thread may call it at a time. */
void sw_raw_socket_send(
    struct sw_raw_socket *raw, const struct sw_send *send, struct sw_time now);

/* The same for an ICMP error, under the rate limit of segments that answer. */
void sw_raw_socket_send_unreachable(struct sw_raw_socket *raw,
    const struct sw_unreachable *told, struct sw_time now);

/* Any thread.  raw: NULL counts nothing. */
void sw_raw_socket_counts(
    const struct sw_raw_socket *raw, struct sw_raw_socket_counts *counts);

/* A token bucket. */
struct sw_bucket {
	uint32_t rate;	/* tokens per second */
	uint32_t depth; /* the most tokens */
	uint64_t level; /* fill level, in nanoseconds of refill */
	struct sw_time last;
};

/* Takes a token.
 * => false when none is left */
bool sw_raw_socket_rate_take(struct sw_bucket *bucket, struct sw_time now);

#endif
