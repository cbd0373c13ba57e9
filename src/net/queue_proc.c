/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel reports a queue's reader as a netlink port.  That number is often,
 * but not always, the process id, so it is not used as one:
 * /proc/self/net/netlink gives the socket's inode, and the reader is the
 * process that has this socket open.
 */

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/queue_proc.h"

enum { PROC_TEXT = 65536, LINKS = 64, NAME = 64 };

static const char *
next_line(const char *at)
{
	const char *end = strchr(at, '\n');

	return end == NULL ? NULL : end + 1;
}

bool
sw_queue_proc_find(
    const char *text, uint16_t number, struct sw_queue_proc *queue)
{
	for (const char *at = text; at != NULL && *at != '\0';
	     at = next_line(at)) {
		unsigned n, port, waiting, full, refused, id;

		if (sscanf(at, "%u %u %u %*u %*u %u %u %u", &n, &port, &waiting,
			&full, &refused, &id) != 6 ||
		    n != number)
			continue;
		*queue =
		    (struct sw_queue_proc){ port, waiting, full, refused, id };
		return true;
	}
	return false;
}

uint64_t
sw_queue_proc_waiting(const char *text)
{
	uint64_t sum = 0;

	for (const char *at = text; at != NULL && *at != '\0';
	     at = next_line(at)) {
		unsigned waiting;

		if (sscanf(at, "%*u %*u %u", &waiting) == 1)
			sum += waiting;
	}
	return sum;
}

int
sw_queue_proc_open(void)
{
	int fd = open(
	    "/proc/self/net/netfilter/nfnetlink_queue", O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

long
sw_queue_proc_read(int fd, char *text, size_t size)
{
	size_t length = 0;
	ssize_t n = -1;

	text[0] = '\0';
	while (length < size - 1 && (n = pread(fd, text + length,
					 size - 1 - length, (off_t)length)) > 0)
		length += (size_t)n;
	if (n < 0)
		return -errno;
	text[length] = '\0';
	return (long)length;
}

/* The inode of the netfilter netlink socket bound to a port, or 0. */
static unsigned long
socket_inode(uint32_t port)
{
	FILE *file = fopen("/proc/self/net/netlink", "re");
	unsigned long inode = 0;
	char line[256];

	if (file == NULL)
		return 0;
	while (fgets(line, sizeof line, file) != NULL) {
		unsigned long found;
		unsigned protocol, owner;

		/* sk Eth Pid Groups Rmem Wmem Dump Locks Drops Inode */
		if (sscanf(line, "%*s %u %u %*s %*s %*s %*s %*s %*s %lu",
			&protocol, &owner, &found) == 3 &&
		    protocol == NETLINK_NETFILTER && owner == port)
			inode = found;
	}
	fclose(file);
	return inode;
}

static bool
links_to(int dir, const char *name, const char *wanted)
{
	char target[LINKS];
	ssize_t n = readlinkat(dir, name, target, sizeof target - 1);

	if (n < 0)
		return false;
	target[n] = '\0';
	return strcmp(target, wanted) == 0;
}

static bool
has_socket(const char *pid, const char *wanted)
{
	char path[NAME];
	struct dirent *entry;
	bool found = false;
	DIR *dir;

	snprintf(path, sizeof path, "/proc/%.16s/fd", pid);
	dir = opendir(path);
	if (dir == NULL)
		return false;
	while (!found && (entry = readdir(dir)) != NULL)
		found = links_to(dirfd(dir), entry->d_name, wanted);
	closedir(dir);
	return found;
}

/* Of several processes, returns the first, which started the others, but not
 * process 1, which may only keep the socket for a successor. */
static long
process_with_socket(unsigned long inode)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	char wanted[LINKS];
	long pid = 0;

	if (proc == NULL)
		return 0;
	snprintf(wanted, sizeof wanted, "socket:[%lu]", inode);
	while (pid <= 1 && (entry = readdir(proc)) != NULL)
		if (isdigit((unsigned char)entry->d_name[0]) &&
		    has_socket(entry->d_name, wanted))
			pid = strtol(entry->d_name, NULL, 10);
	closedir(proc);
	return pid;
}

static void
process_name(long pid, char *name, size_t size)
{
	char path[NAME];
	int fd;

	snprintf(path, sizeof path, "/proc/%ld/comm", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || sw_queue_proc_read(fd, name, size) < 0)
		snprintf(name, size, "?");
	if (fd >= 0)
		close(fd);
	name[strcspn(name, "\n")] = '\0';
}

bool
sw_queue_proc_look(int fd, uint16_t number, struct sw_queue_proc *queue)
{
	char queues[PROC_TEXT]; /* not allocated, because it must not fail */

	return sw_queue_proc_read(fd, queues, sizeof queues) > 0 &&
	       sw_queue_proc_find(queues, number, queue);
}

/* When the kernel chooses the port itself, it uses the process id if that is
 * free. */
static void
suppose(uint32_t port, char *text, size_t size)
{
	char name[NAME];

	process_name(port, name, sizeof name);
	if (strcmp(name, "?") == 0)
		snprintf(text, size, "netlink port %u", port);
	else
		snprintf(text, size,
		    "process %u (%s), going by its netlink port", port, name);
}

bool
sw_queue_proc_holder(int fd, uint16_t number, char *text, size_t size)
{
	struct sw_queue_proc queue;
	unsigned long inode;
	char name[NAME];
	long pid;

	if (!sw_queue_proc_look(fd, number, &queue))
		return false;
	inode = socket_inode(queue.port);
	pid = inode == 0 ? 0 : process_with_socket(inode);
	if (pid == 0) {
		suppose(queue.port, text, size);
		return true;
	}
	process_name(pid, name, sizeof name);
	snprintf(text, size, "process %ld (%s)", pid, name);
	return true;
}
