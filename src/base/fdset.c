/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A short list, looked through from its start: a few dozen descriptors.
 *
 * To lay them out, one that stands where another belongs is first moved out
 * of the way, and each is closed where it was: at no time are there more than
 * one beyond those that are held, which may be nearly all that a process can
 * have.
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
find(const struct sw_fdset *keeper, const char *name)
{
	size_t i = 0;

	while (i < keeper->n && strcmp(keeper->held[i].name, name) != 0)
		i++;
	return i;
}

bool
sw_fdset_hold(struct sw_fdset *keeper, const char *name, int fd)
{
	size_t i;

	sw_fdset_release(keeper, name);
	i = keeper->n;
	if (i == SW_KEEPER_MOST || strlen(name) >= SW_KEEPER_NAME) {
		close(fd);
		return false;
	}
	keeper->held[i].fd = fd;
	strcpy(keeper->held[i].name, name);
	keeper->n++;
	return true;
}

bool
sw_fdset_holds(const struct sw_fdset *keeper, const char *name)
{
	return find(keeper, name) < keeper->n;
}

void
sw_fdset_release(struct sw_fdset *keeper, const char *name)
{
	size_t i = find(keeper, name);

	if (i == keeper->n)
		return;
	close(keeper->held[i].fd);
	keeper->held[i] = keeper->held[--keeper->n];
}

void
sw_fdset_release_table(struct sw_fdset *keeper, bool is_kept)
{
	for (size_t i = keeper->n; i-- > 0;) {
		char name[SW_KEEPER_NAME];

		strcpy(name, keeper->held[i].name);
		if (strcmp(name, "legacy") != 0 &&
		    strncmp(name, "shard-", 6) != 0)
			continue;
		if (is_kept)
			sd_notifyf(0, "FDSTOREREMOVE=1\nFDNAME=%s", name);
		sw_fdset_release(keeper, name);
	}
}

void
sw_fdset_release_all(struct sw_fdset *keeper)
{
	while (keeper->n > 0)
		close(keeper->held[--keeper->n].fd);
}

void
sw_fdset_receive(struct sw_fdset *keeper)
{
	char **names = NULL;
	int n = sd_listen_fds_with_names(1, &names);

	for (int i = 0; i < n; i++) {
		sw_fdset_hold(keeper, names[i], SD_LISTEN_FDS_START + i);
		free(names[i]);
	}
	free(names);
}

/* Whichever of those from the first on stands in this place goes to one that
 * is free; if that is another's, it will be moved once more. */
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
move(const struct sw_fdset *keeper)
{
	int fds[SW_KEEPER_MOST], error = 0;

	for (size_t i = 0; i < keeper->n; i++)
		fds[i] = keeper->held[i].fd;
	for (size_t i = 0; i < keeper->n && error == 0; i++) {
		int place = SD_LISTEN_FDS_START + (int)i;

		error = make_way(fds, i + 1, keeper->n, place);
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
put_names(const struct sw_fdset *keeper)
{
	char *text = malloc(SW_KEEPER_MOST * SW_KEEPER_NAME), *at = text;
	int error = 0;

	if (text == NULL)
		return -ENOMEM;
	*text = '\0';
	for (size_t i = 0; i < keeper->n; i++) {
		if (i > 0)
			*at++ = ':';
		at = stpcpy(at, keeper->held[i].name);
	}
	if (setenv("LISTEN_FDNAMES", text, 1) < 0)
		error = -errno;
	free(text);
	return error;
}

int
sw_fdset_lay_out(const struct sw_fdset *keeper)
{
	int error;

	if (keeper->n == 0)
		return 0;
	if ((error = move(keeper)) < 0 || (error = put_names(keeper)) < 0 ||
	    (error = put_number("LISTEN_PID", getpid())) < 0)
		return error;
	return put_number("LISTEN_FDS", (long)keeper->n);
}
