/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A short list, looked through from its start: a few dozen descriptors.
 *
 * To lay them out, each is first copied above all places that will be
 * written, so that none is overwritten before it has been moved.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "shell/keeper.h"

static size_t
find(const struct sw_keeper *keeper, const char *name)
{
	size_t i = 0;

	while (i < keeper->n && strcmp(keeper->held[i].name, name) != 0)
		i++;
	return i;
}

bool
sw_keeper_hold(struct sw_keeper *keeper, const char *name, int fd)
{
	size_t i;

	sw_keeper_release(keeper, name);
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
sw_keeper_holds(const struct sw_keeper *keeper, const char *name)
{
	return find(keeper, name) < keeper->n;
}

void
sw_keeper_release(struct sw_keeper *keeper, const char *name)
{
	size_t i = find(keeper, name);

	if (i == keeper->n)
		return;
	close(keeper->held[i].fd);
	keeper->held[i] = keeper->held[--keeper->n];
}

void
sw_keeper_release_all(struct sw_keeper *keeper)
{
	while (keeper->n > 0)
		close(keeper->held[--keeper->n].fd);
}

void
sw_keeper_receive(struct sw_keeper *keeper)
{
	char **names = NULL;
	int n = sd_listen_fds_with_names(1, &names);

	for (int i = 0; i < n; i++) {
		sw_keeper_hold(keeper, names[i], SD_LISTEN_FDS_START + i);
		free(names[i]);
	}
	free(names);
}

static int
move(const struct sw_keeper *keeper)
{
	int above = SD_LISTEN_FDS_START + (int)keeper->n;
	int copies[SW_KEEPER_MOST];

	for (size_t i = 0; i < keeper->n; i++) {
		copies[i] = fcntl(keeper->held[i].fd, F_DUPFD_CLOEXEC, above);
		if (copies[i] < 0)
			return -errno;
	}
	for (size_t i = 0; i < keeper->n; i++)
		if (dup2(copies[i], SD_LISTEN_FDS_START + (int)i) < 0)
			return -errno;
	return 0;
}

static int
put_number(const char *name, long number)
{
	char text[24];

	snprintf(text, sizeof text, "%ld", number);
	return setenv(name, text, 1) < 0 ? -errno : 0;
}

static int
put_names(const struct sw_keeper *keeper)
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
sw_keeper_lay_out(const struct sw_keeper *keeper)
{
	int error;

	if (keeper->n == 0)
		return 0;
	if ((error = move(keeper)) < 0 || (error = put_names(keeper)) < 0 ||
	    (error = put_number("LISTEN_PID", getpid())) < 0)
		return error;
	return put_number("LISTEN_FDS", (long)keeper->n);
}
