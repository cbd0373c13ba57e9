/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The set is a short list that is searched linearly: it holds a few dozen
 * descriptors.
 *
 * sw_fdset_lay_out() moves every descriptor to its final number.  When a number
 * is occupied by a descriptor that belongs elsewhere, that descriptor is moved
 * out of the way first, and every old number is closed at once.  So at most one
 * extra descriptor exists at any time, which matters because the set may use
 * nearly all that the process is allowed.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "base/fdset.h"

static size_t
find(const struct sw_fdset *fdset, const char *name)
{
	size_t i = 0;

	while (i < fdset->n && strcmp(fdset->held[i].name, name) != 0)
		i++;
	return i;
}

bool
sw_fdset_hold(struct sw_fdset *fdset, const char *name, int fd)
{
	size_t i;

	sw_fdset_release(fdset, name);
	i = fdset->n;
	if (i == SW_FDSET_MOST || strlen(name) >= SW_FDSET_NAME) {
		close(fd);
		return false;
	}
	fdset->held[i].fd = fd;
	strcpy(fdset->held[i].name, name);
	fdset->n++;
	return true;
}

bool
sw_fdset_holds(const struct sw_fdset *fdset, const char *name)
{
	return find(fdset, name) < fdset->n;
}

int
sw_fdset_find(const struct sw_fdset *fdset, const char *name)
{
	size_t i = find(fdset, name);

	return i == fdset->n ? -1 : fdset->held[i].fd;
}

void
sw_fdset_release(struct sw_fdset *fdset, const char *name)
{
	size_t i = find(fdset, name);

	if (i == fdset->n)
		return;
	close(fdset->held[i].fd);
	fdset->held[i] = fdset->held[--fdset->n];
}

void
sw_fdset_release_table(struct sw_fdset *fdset, bool is_kept)
{
	for (size_t i = fdset->n; i-- > 0;) {
		char name[SW_FDSET_NAME];

		strcpy(name, fdset->held[i].name);
		if (strcmp(name, "legacy") != 0 &&
		    strcmp(name, "reports") != 0 &&
		    strncmp(name, "shard-", 6) != 0)
			continue;
		if (is_kept)
			sd_notifyf(0, "FDSTOREREMOVE=1\nFDNAME=%s", name);
		sw_fdset_release(fdset, name);
	}
}

void
sw_fdset_release_all(struct sw_fdset *fdset)
{
	while (fdset->n > 0)
		close(fdset->held[--fdset->n].fd);
}

void
sw_fdset_receive(struct sw_fdset *fdset)
{
	char **names = NULL;
	int n = sd_listen_fds_with_names(1, &names);

	for (int i = 0; i < n; i++) {
		sw_fdset_hold(fdset, names[i], SD_LISTEN_FDS_START + i);
		free(names[i]);
	}
	free(names);
}

/* Frees the number `place`: a descriptor of the set (from index first on) that
 * occupies it moves to any free number.  If that number is another one's place,
 * the descriptor is moved again later. */
static int
make_way(int fds[], size_t first, size_t n, int place)
{
	for (size_t i = first; i < n; i++) {
		if (fds[i] != place)
			continue;
		fds[i] = fcntl(place, F_DUPFD_CLOEXEC, SD_LISTEN_FDS_START);
		return fds[i] < 0 ? -errno : 0;
	}
	return 0;
}

static int
put_in_place(int fd, int place)
{
	if (fd == place)
		return fcntl(fd, F_SETFD, 0) < 0 ? -errno : 0;
	if (dup2(fd, place) < 0)
		return -errno;
	close(fd);
	return 0;
}

static int
move(const struct sw_fdset *fdset)
{
	int fds[SW_FDSET_MOST], error = 0;

	for (size_t i = 0; i < fdset->n; i++)
		fds[i] = fdset->held[i].fd;
	for (size_t i = 0; i < fdset->n && error == 0; i++) {
		int place = SD_LISTEN_FDS_START + (int)i;

		error = make_way(fds, i + 1, fdset->n, place);
		if (error == 0)
			error = put_in_place(fds[i], place);
	}
	return error;
}

static int
put_number(const char *name, long number)
{
	char text[24];

	snprintf(text, sizeof text, "%ld", number);
	return setenv(name, text, 1) < 0 ? -errno : 0;
}

static int
put_names(const struct sw_fdset *fdset)
{
	char *text = malloc(SW_FDSET_MOST * SW_FDSET_NAME), *at = text;
	int error = 0;

	if (text == NULL)
		return -ENOMEM;
	*text = '\0';
	for (size_t i = 0; i < fdset->n; i++) {
		if (i > 0)
			*at++ = ':';
		at = stpcpy(at, fdset->held[i].name);
	}
	if (setenv("LISTEN_FDNAMES", text, 1) < 0)
		error = -errno;
	free(text);
	return error;
}

int
sw_fdset_lay_out(const struct sw_fdset *fdset)
{
	int error;

	if (fdset->n == 0)
		return 0;
	if ((error = move(fdset)) < 0 || (error = put_names(fdset)) < 0 ||
	    (error = put_number("LISTEN_PID", getpid())) < 0)
		return error;
	return put_number("LISTEN_FDS", (long)fdset->n);
}
