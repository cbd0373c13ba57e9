/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Datagrams to a local socket, for syslogd and journald.
 *
 * The C library's syslog() blocks for as long as the reader is stopped, so this
 * socket is our own and never blocks.  The kernel lets few datagrams wait for a
 * reader (net.unix.max_dgram_qlen, often 10), fewer than a normal burst of
 * lines: while the sink is in order, a full queue gets TIMEOUT_MS to drain.
 * After a failure nothing waits until a line has been accepted.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "log/sink.h"

enum {
	TIMEOUT_MS = 200,
};

int
sw_sink_socket_connect(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd, error;

	if (strlen(path) >= sizeof address.sun_path)
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
		return fd;
	error = -errno;
	close(fd);
	return error;
}

static int
send_once(int fd, const struct msghdr *message)
{
	ssize_t n;

	do {
		n = sendmsg(fd, message, MSG_NOSIGNAL | MSG_DONTWAIT);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

static uint64_t
monotonic_ms(void)
{
	return sw_clock_read(CLOCK_MONOTONIC) / SW_NS_PER_MS;
}

int
sw_sink_socket_send(struct sw_sink *sink, const struct iovec *parts, size_t n)
{
	struct msghdr message = {
		.msg_iov = (struct iovec *)(uintptr_t)parts,
		.msg_iovlen = n,
	};
	struct pollfd room = { .fd = sink->fd, .events = POLLOUT };
	int error = send_once(sink->fd, &message);
	uint64_t end, now;

	if (error != -EAGAIN || atomic_load(&sink->failing))
		return error;
	end = monotonic_ms() + TIMEOUT_MS;
	do { /* one more try, however late the thread wakes */
		now = monotonic_ms();
		poll(&room, 1, now < end ? (int)(end - now) : 0);
		error = send_once(sink->fd, &message);
	} while (error == -EAGAIN && now < end);
	return error;
}
