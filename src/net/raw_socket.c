/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Both sockets take whole datagrams (IPPROTO_RAW), so the source address is the
 * one in the segment.  When the engine knows the interface that the flow used
 * towards the receiver, the segment leaves through it: the main routing table
 * alone would be wrong on a gateway with policy routing.
 */

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/counter.h"
#include "engine/packet/segment.h"
#include "engine/packet/unreachable.h"
#include "net/nfqueue.h"
#include "net/raw_socket.h"

/* Segments per second, and in one burst: one sweep may end several thousand
 * idle connections of a server. */
enum { RATE = 2000, BURST = 8192 };

/* What is sent of the engine's own accord, such as probes of idle flows, and
 * the answers to packets have a rate limit each: anybody can send packets that
 * are answered, and a probe that is not sent ends a flow whose hosts live. */
enum purpose {
	PURPOSE_OWN,
	PURPOSE_ANSWER,
	PURPOSES,
};

struct sw_raw_socket {
	int v4, v6;
	struct sw_bucket bucket[PURPOSES];
	sw_counter sent, limited, failed;
};

bool
sw_raw_socket_rate_take(struct sw_bucket *bucket, struct sw_time now)
{
	uint64_t token = SW_NS_PER_SECOND / bucket->rate;
	uint64_t full = token * bucket->depth;

	if (now.ns > bucket->last.ns) {
		uint64_t gone = now.ns - bucket->last.ns;

		bucket->level =
		    gone >= full - bucket->level ? full : bucket->level + gone;
		bucket->last = now;
	}
	if (bucket->level < token)
		return false;
	bucket->level -= token;
	return true;
}

static int
open_marked(int family)
{
	uint32_t mark = SW_OWN_MARK;
	int fd = socket(
	    family, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_RAW);

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof mark) < 0) {
		int error = -errno;

		close(fd);
		return error;
	}
	return fd;
}

static bool
has_option(int fd, int name, int value)
{
	socklen_t size = sizeof value;
	int found;

	return getsockopt(fd, SOL_SOCKET, name, &found, &size) == 0 &&
	       found == value;
}

bool
sw_raw_socket_is(int fd, int family)
{
	return has_option(fd, SO_DOMAIN, family) &&
	       has_option(fd, SO_TYPE, SOCK_RAW) &&
	       has_option(fd, SO_MARK, (int)SW_OWN_MARK);
}

int
sw_raw_socket_sockets(int fds[2])
{
	fds[0] = open_marked(AF_INET);
	if (fds[0] < 0)
		return fds[0];
	fds[1] = open_marked(AF_INET6);
	return 0;
}

int
sw_raw_socket_open(struct sw_raw_socket **raw, const int fds[2])
{
	struct sw_raw_socket *made = calloc(1, sizeof *made);

	if (made == NULL) {
		close(fds[0]);
		if (fds[1] >= 0)
			close(fds[1]);
		return -ENOMEM;
	}
	for (unsigned i = 0; i < PURPOSES; i++)
		made->bucket[i] = (struct sw_bucket){ .rate = RATE,
			.depth = BURST,
			.level = BURST * (SW_NS_PER_SECOND / RATE) };
	made->v4 = fds[0];
	made->v6 = fds[1];
	*raw = made;
	return 0;
}

void
sw_raw_socket_close(struct sw_raw_socket *raw)
{
	if (raw == NULL)
		return;
	if (raw->v4 >= 0)
		close(raw->v4);
	if (raw->v6 >= 0)
		close(raw->v6);
	free(raw);
}

/* Control data that names the output interface. */
union leave_by {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(struct in6_pktinfo))];
};

static void
put_control(struct msghdr *message, int level, int type, const void *info,
    size_t length)
{
	struct cmsghdr *control;

	message->msg_controllen = CMSG_SPACE(length);
	control = CMSG_FIRSTHDR(message);
	control->cmsg_level = level;
	control->cmsg_type = type;
	control->cmsg_len = CMSG_LEN(length);
	memcpy(CMSG_DATA(control), info, length);
}

static ssize_t
send_v4(const struct sw_raw_socket *raw, const struct sw_addr *dst,
    uint32_t out, struct msghdr *message)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	struct in_pktinfo info = { .ipi_ifindex = (int)out };

	memcpy(&to.sin_addr, dst->b, 4);
	message->msg_name = &to;
	message->msg_namelen = sizeof to;
	if (out != 0)
		put_control(
		    message, IPPROTO_IP, IP_PKTINFO, &info, sizeof info);
	return sendmsg(raw->v4, message, 0);
}

static ssize_t
send_v6(const struct sw_raw_socket *raw, const struct sw_addr *dst,
    uint32_t out, struct msghdr *message)
{
	struct sockaddr_in6 to = { .sin6_family = AF_INET6 };
	struct in6_pktinfo info = { .ipi6_ifindex = out };

	memcpy(&to.sin6_addr, dst->b, 16);
	message->msg_name = &to;
	message->msg_namelen = sizeof to;
	if (out != 0)
		put_control(
		    message, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof info);
	return sendmsg(raw->v6, message, 0);
}

static void
deliver(struct sw_raw_socket *raw, const struct sw_endpoints *ends,
    uint32_t out, struct iovec part)
{
	union leave_by control = { 0 };
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes
	};
	ssize_t n = ends->family == SW_IPV6
			? send_v6(raw, &ends->dst, out, &message)
			: send_v4(raw, &ends->dst, out, &message);

	sw_counter_add(n < 0 ? &raw->failed : &raw->sent, 1);
}

/* => false, counted: the rate limit is used up */
static bool
may_send(struct sw_raw_socket *raw, enum purpose purpose, struct sw_time now)
{
	if (sw_raw_socket_rate_take(&raw->bucket[purpose], now))
		return true;
	sw_counter_add(&raw->limited, 1);
	return false;
}

void
sw_raw_socket_send(
    struct sw_raw_socket *raw, const struct sw_send *send, struct sw_time now)
{
	uint8_t bytes[SW_RESET_MAX];

	if (may_send(raw, send->answer ? PURPOSE_ANSWER : PURPOSE_OWN, now))
		deliver(raw, &send->ends, send->out,
		    (struct iovec){ bytes, sw_segment_bytes(send, bytes) });
}

void
sw_raw_socket_send_unreachable(struct sw_raw_socket *raw,
    const struct sw_unreachable *told, struct sw_time now)
{
	uint8_t bytes[SW_UNREACHABLE_MAX];

	if (may_send(raw, PURPOSE_ANSWER, now))
		deliver(raw, &told->ends, told->out,
		    (struct iovec){ bytes, sw_unreachable_bytes(told, bytes) });
}

void
sw_raw_socket_counts(
    const struct sw_raw_socket *raw, struct sw_raw_socket_counts *counts)
{
	*counts = (struct sw_raw_socket_counts){ 0 };
	if (raw == NULL)
		return;
	counts->sent = sw_counter_get(&raw->sent);
	counts->limited = sw_counter_get(&raw->limited);
	counts->failed = sw_counter_get(&raw->failed);
}
