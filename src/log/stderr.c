/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines on standard error, as in a file.
 *
 * Standard error is shared with the process that started us, so it must not be
 * made non-blocking; it is opened again instead, through /proc, with its own
 * flags.  A terminal that was stopped with control-S then loses lines and
 * blocks nothing.  A socket cannot be opened this way, and some terminals
 * belong to another user: poll() asks those for room before each line.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "log/sink.h"

static int
open_stderr(struct sw_sink *sink)
{
	int flags = O_WRONLY | O_APPEND | O_NONBLOCK | O_CLOEXEC | O_NOCTTY;
	int fd = open("/proc/self/fd/2", flags);

	(void)sink;
	if (fd < 0)
		fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	return fd < 0 ? -errno : fd;
}

static int
write_stderr(struct sw_sink *sink, const struct sw_record *record)
{
	struct pollfd room = { .fd = sink->fd, .events = POLLOUT };

	if (poll(&room, 1, 0) == 0)
		return -EAGAIN;
	return sw_sink_file_append_text(sink, record);
}

const struct sw_sink_type sw_sink_stderr = {
	.name = "stderr",
	.open = open_stderr,
	.write = write_stderr,
};
