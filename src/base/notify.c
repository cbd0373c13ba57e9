/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A supervisor and its workers share a pair of sockets that nobody else can
 * reach.  With a named socket, above all an abstract one, any process of the
 * machine could fill the buffer, and a worker whose messages are lost is killed
 * as hung.  The worker finds its end by the number in its environment.
 *
 * The kernel attests the sender of each message.  A message of a worker that is
 * gone already is dropped, and its descriptors are closed.
 *
 * The socket to the process that started us is opened once and kept, so that a
 * process that has run out of descriptors can still report that it lives.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "base/notify.h"

int
sw_notify_open(int ends[2])
{
	int on = 1, error;

	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	if (setsockopt(ends[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof on) == 0)
		return 0;
	error = -errno;
	close(ends[0]);
	close(ends[1]);
	return error;
}

static void
take_fds(struct cmsghdr *control, struct sw_notify *notify)
{
	size_t bytes = control->cmsg_len - CMSG_LEN(0);

	notify->n_fds = (unsigned)(bytes / sizeof(int));
	if (notify->n_fds > SW_NOTIFY_FDS)
		notify->n_fds = SW_NOTIFY_FDS;
	memcpy(notify->fds, CMSG_DATA(control), notify->n_fds * sizeof(int));
}

/* => the sender's process id, 0 when the kernel does not report it */
static pid_t
read_control(struct msghdr *message, struct sw_notify *notify)
{
	struct ucred sender = { 0 };

	for (struct cmsghdr *control = CMSG_FIRSTHDR(message); control != NULL;
	     control = CMSG_NXTHDR(message, control)) {
		if (control->cmsg_level != SOL_SOCKET)
			continue;
		if (control->cmsg_type == SCM_RIGHTS)
			take_fds(control, notify);
		else if (control->cmsg_type == SCM_CREDENTIALS)
			memcpy(&sender, CMSG_DATA(control), sizeof sender);
	}
	return sender.pid;
}

bool
sw_notify_receive(int fd, pid_t from, struct sw_notify *notify)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int) * SW_NOTIFY_FDS) +
			   CMSG_SPACE(sizeof(struct ucred))];
	} control;
	struct iovec vector = { notify->text, sizeof notify->text - 1 };

	for (;;) {
		struct msghdr message = { .msg_iov = &vector,
			.msg_iovlen = 1,
			.msg_control = &control,
			.msg_controllen = sizeof control };
		ssize_t n =
		    recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		notify->text[n] = '\0';
		notify->n_fds = 0;
		if (read_control(&message, notify) == from)
			return true;
		sw_notify_close(notify);
	}
}

/* => the text after NAME= in its line, or NULL */
static const char *
line_after(const struct sw_notify *notify, const char *name)
{
	size_t length = strlen(name);
	const char *at = notify->text;

	while (at != NULL && *at != '\0') {
		if (strncmp(at, name, length) == 0 && at[length] == '=')
			return at + length + 1;
		at = strchr(at, '\n');
		at = at == NULL ? NULL : at + 1;
	}
	return NULL;
}

bool
sw_notify_value(
    const struct sw_notify *notify, const char *name, char *value, size_t size)
{
	const char *at = line_after(notify, name);
	size_t length;

	if (at == NULL || (length = strcspn(at, "\n")) >= size)
		return false;
	memcpy(value, at, length);
	value[length] = '\0';
	return true;
}

bool
sw_notify_says(const struct sw_notify *notify, const char *line)
{
	size_t length = strlen(line);
	const char *at = notify->text;

	while (at != NULL && *at != '\0') {
		if (strncmp(at, line, length) == 0 &&
		    (at[length] == '\n' || at[length] == '\0'))
			return true;
		at = strchr(at, '\n');
		at = at == NULL ? NULL : at + 1;
	}
	return false;
}

/* => our end of the supervisor's pair, or -1 when there is no supervisor */
static int
parents_end(void)
{
	const char *number = getenv(SW_NOTIFY_END);

	return number == NULL ? -1 : (int)strtol(number, NULL, 10);
}

bool
sw_notify_is_heard(void)
{
	return parents_end() >= 0 || getenv("NOTIFY_SOCKET") != NULL;
}

/* => the length of the address, 0 when there is none or it does not fit */
static socklen_t
starters_address(struct sockaddr_un *address)
{
	const char *name = getenv("NOTIFY_SOCKET");
	size_t length = name == NULL ? 0 : strlen(name);

	if (length < 2 || length >= sizeof address->sun_path)
		return 0;
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(address->sun_path, name, length);
	if (*name == '@')
		address->sun_path[0] = '\0';
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
}

static void
tell_starter(const char *text)
{
	static int fd = -1;
	struct sockaddr_un address;
	socklen_t length = starters_address(&address);

	if (length == 0)
		return;
	if (fd < 0)
		fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	(void)!sendto(fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL,
	    (struct sockaddr *)&address, length);
}

void
sw_notify_tell(const char *text)
{
	int end = parents_end();

	if (end < 0)
		tell_starter(text);
	else
		(void)!send(
		    end, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL);
}

static int
send_to_parent(int end, const char *text, int fd)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof fd)];
	} control = { 0 };
	struct iovec vector = { (char *)(uintptr_t)text, strlen(text) };
	struct msghdr message = { .msg_iov = &vector, .msg_iovlen = 1 };
	ssize_t n;

	if (fd >= 0) {
		control.align = (struct cmsghdr){ .cmsg_level = SOL_SOCKET,
			.cmsg_type = SCM_RIGHTS,
			.cmsg_len = CMSG_LEN(sizeof fd) };
		memcpy(CMSG_DATA(&control.align), &fd, sizeof fd);
		message.msg_control = &control;
		message.msg_controllen = sizeof control;
	}
	do
		n = sendmsg(end, &message, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

int
sw_notify_send(const char *text, int fd)
{
	int end = parents_end(), sent;

	if (end >= 0)
		return send_to_parent(end, text, fd);
	sent = sd_pid_notify_with_fds(0, 0, text, &fd, fd >= 0);
	return sent < 0 ? sent : 0;
}

void
sw_notify_forward(const struct sw_notify *notify)
{
	sd_pid_notify_with_fds(0, 0, notify->text, notify->fds, notify->n_fds);
}

void
sw_notify_close(struct sw_notify *notify)
{
	for (unsigned i = 0; i < notify->n_fds; i++)
		close(notify->fds[i]);
	notify->n_fds = 0;
}
