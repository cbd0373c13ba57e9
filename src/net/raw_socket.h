/* SPDX-License-Identifier: Apache-2.0 */
/*
 * raw: sends the segments the engine asks for.
 *
 * Resets and probes leave by raw sockets with a mark of their own, so that
 * the queue passes them unseen, and under a rate limit, so that synward can
 * not be made to flood anyone.
 */
#ifndef SYNWARD_NET_RAW_SOCKET_H
#define SYNWARD_NET_RAW_SOCKET_H

#include "synward/event.h"

struct sw_raw_socket;

struct sw_raw_socket_counts {
	uint64_t sent;
	uint64_t limited; /* not sent: over the rate */
	uint64_t failed;  /* not sent: refused by the kernel */
};

/* Opens the sockets, for IPv4 and IPv6.  Needs CAP_NET_RAW and CAP_NET_ADMIN,
 * here only.  A machine without IPv6 is fine: -1.
 * => 0 and both the caller's, or -errno */
int sw_raw_socket_sockets(int fds[2]);

/* Is it a raw socket of that family with our mark, as they are made? */
bool sw_raw_socket_is(int fd, int family);

/* Takes them in every case.  => 0 and *raw the caller's, or -errno */
int sw_raw_socket_open(struct sw_raw_socket **raw, const int fds[2]);
void sw_raw_socket_close(struct sw_raw_socket *raw);

/* Never blocks.  One thread at a time. */
void sw_raw_socket_send(
    struct sw_raw_socket *raw, const struct sw_send *send, struct sw_time now);

/* Any thread. */
void sw_raw_socket_counts(
    const struct sw_raw_socket *raw, struct sw_raw_socket_counts *counts);

/* A bucket that refills with time. */
struct sw_bucket {
	uint32_t rate;	/* tokens a second */
	uint32_t depth; /* at most */
	uint64_t level; /* tokens in nanoseconds of refill */
	struct sw_time last;
};

/* Takes a token.  => false: none left */
bool sw_raw_socket_rate_take(struct sw_bucket *bucket, struct sw_time now);

#endif
