/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How hook up and hook down reach hook keep.
 *
 * hook keep listens at an abstract name, which belongs to the network namespace
 * as the rules do.  A process that is about to change rules connects to it and
 * waits for one byte: from then on hook keep does nothing.  The end of the
 * connection says that the change is made.  Neither waits forever, because the
 * other process may be stopped.  Each accepts only root, because any user may
 * bind such a name.
 */
#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "ctl/hook/hook.h"

/* hook keep may be putting rules back just now, which takes its time. */
enum { ANSWER_MS = 10000, CHANGE_MS = 60000, WAITING = 8 };

static const char name[] = "synward-hook-keep";

/* An abstract address begins with a NUL, and its length tells where it ends. */
enum { ADDRESS = offsetof(struct sockaddr_un, sun_path) + sizeof name };

/* => a socket and the address to bind or connect it to, or -errno */
static int
make_socket(struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(address->sun_path + 1, name, sizeof name - 1);
	return fd < 0 ? -errno : fd;
}

static bool
is_root(int fd)
{
	struct ucred peer;
	socklen_t length = sizeof peer;

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 &&
	       peer.uid == 0;
}

/* => did something arrive, or end? */
static bool
wait_for(int fd, int timeout_ms)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };

	return poll(&wait, 1, timeout_ms) > 0;
}

int
sw_hook_channel_pause(void)
{
	struct sockaddr_un address;
	int fd = make_socket(&address);
	char byte;

	if (fd < 0)
		return -1;
	if (connect(fd, (struct sockaddr *)&address, ADDRESS) == 0 &&
	    is_root(fd) && wait_for(fd, ANSWER_MS) &&
	    recv(fd, &byte, 1, MSG_DONTWAIT) == 1)
		return fd;
	close(fd);
	return -1;
}

void
sw_hook_channel_resume(int fd)
{
	if (fd >= 0)
		close(fd);
}

int
sw_hook_channel_open(void)
{
	struct sockaddr_un address;
	int fd = make_socket(&address), error;

	if (fd < 0)
		return fd;
	if (bind(fd, (struct sockaddr *)&address, ADDRESS) == 0 &&
	    listen(fd, WAITING) == 0)
		return fd;
	error = -errno;
	close(fd);
	return error;
}

bool
sw_hook_channel_wait(int fd, int timeout_ms)
{
	int peer;
	bool changed;

	if (!wait_for(fd, timeout_ms))
		return false;
	peer = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
	if (peer < 0)
		return false;
	changed = is_root(peer) && send(peer, "", 1, MSG_NOSIGNAL) == 1;
	if (changed)
		wait_for(peer, CHANGE_MS);
	close(peer);
	return changed;
}
