/* SPDX-License-Identifier: Apache-2.0 */
/*
 * file: reads configuration files as a daemon should.
 *
 * A reload runs while packets wait, so it never opens anything that could block
 * the reader: no pipe, no terminal, no device except /dev/null.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/landlock.h"
#include "conf/file.h"

static const char *
readable(const struct stat *st)
{
	if (S_ISDIR(st->st_mode))
		return "it is a directory";
	if (S_ISCHR(st->st_mode) && st->st_rdev == makedev(1, 3))
		return NULL; /* /dev/null */
	if (!S_ISREG(st->st_mode))
		return "it is not a regular file";
	if (st->st_size > (off_t)SW_CONF_FILE_MAX)
		return "it is larger than 16 MiB";
	return NULL;
}

/* Reads all bytes, up to a limit.
 * => bytes or -1 */
static ssize_t
read_all(int fd, char *bytes, size_t most)
{
	size_t length = 0;

	while (length < most) {
		ssize_t n = read(fd, bytes + length, most - length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		length += (size_t)n;
	}
	return (ssize_t)length;
}

static const char *
text_read(int fd, struct sw_conf_text *text)
{
	const struct stat *st = &text->status;
	const char *wrong;
	ssize_t n;

	if (fstat(fd, &text->status) != 0)
		return strerror(errno);
	wrong = readable(st);
	if (wrong != NULL)
		return wrong;
	text->bytes = malloc((size_t)st->st_size + 1);
	if (text->bytes == NULL)
		return strerror(ENOMEM);
	n = read_all(fd, text->bytes, (size_t)st->st_size);
	if (n < 0) {
		wrong = strerror(errno);
		free(text->bytes);
		text->bytes = NULL;
		return wrong;
	}
	text->length = (size_t)n;
	text->bytes[n] = '\0';
	return NULL;
}

const char *
sw_conf_file_read(const char *path, struct sw_conf_text *text)
{
	const char *wrong;
	int fd;

	memset(text, 0, sizeof *text);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return errno == EACCES && sw_landlock_bars_reading(path)
			   ? "it is outside the directories that synwardd may "
			     "read since its start; restart synwardd to read "
			     "this file"
			   : strerror(errno);
	wrong = text_read(fd, text);
	close(fd);
	return wrong;
}

static int
is_conf(const struct dirent *entry)
{
	size_t n = strlen(entry->d_name);

	return entry->d_name[0] != '.' && n > 5 &&
	       strcmp(entry->d_name + n - 5, ".conf") == 0;
}

static int
by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* Moves names over to paths.
 * => false when out of memory */
static bool
take_names(struct sw_conf_directory *directory, const char *path,
    struct dirent **entries, int count)
{
	bool room;

	directory->list = calloc((size_t)count + 1, sizeof(char *));
	room = directory->list != NULL;
	for (int i = 0; i < count; i++) {
		if (room && asprintf(&directory->list[i], "%s/%s", path,
				entries[i]->d_name) >= 0)
			directory->n++;
		else
			room = false;
		free(entries[i]);
	}
	free(entries);
	return room;
}

const char *
sw_conf_file_read_directory(
    const char *path, struct sw_conf_directory *directory)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent **entries;
	int count, error;

	memset(directory, 0, sizeof *directory);
	if (fd < 0)
		return errno == ENOENT ? NULL : strerror(errno);
	count = fstat(fd, &directory->status) == 0
		    ? scandirat(fd, ".", &entries, is_conf, by_bytes)
		    : -1;
	error = errno;
	close(fd);
	if (count < 0)
		return strerror(error);
	if (take_names(directory, path, entries, count))
		return NULL;
	sw_conf_file_free_directory(directory);
	return strerror(ENOMEM);
}

void
sw_conf_file_free_directory(struct sw_conf_directory *directory)
{
	for (size_t i = 0; directory->list != NULL && i < directory->n; i++)
		free(directory->list[i]);
	free(directory->list);
}

/* Is the group root's, or the owner's only group: this process's when the owner
 * is its user, otherwise the group with the owner's number, as is usual? The
 * user database is not used, because a running daemon cannot read it. */
static bool
is_own_group(const struct stat *status)
{
	return status->st_gid == 0 || status->st_gid == status->st_uid ||
	       (status->st_uid == geteuid() && status->st_gid == getegid());
}

bool
sw_conf_file_is_trusted(
    const struct stat *status, const char *path, char why[SW_DISTRUST_MAX])
{
	unsigned mode = status->st_mode & 07777;

	if (!S_ISREG(status->st_mode) && !S_ISDIR(status->st_mode))
		return true;
	if ((mode & S_IWOTH) != 0)
		snprintf(why, SW_DISTRUST_MAX,
		    "every user may write to it (mode %04o); run chmod o-w "
		    "%.200s",
		    mode, path);
	else if (status->st_uid != 0 && status->st_uid != geteuid())
		snprintf(why, SW_DISTRUST_MAX,
		    "it belongs to user %u, not to root or the user who reads "
		    "it; run chown root %.200s",
		    status->st_uid, path);
	else if ((mode & S_IWGRP) != 0 && !is_own_group(status))
		snprintf(why, SW_DISTRUST_MAX,
		    "group %u may write to it (mode %04o); run chmod g-w "
		    "%.200s",
		    status->st_gid, mode, path);
	else
		return true;
	return false;
}

char *
sw_conf_file_beside(const char *from, const char *name)
{
	const char *slash = strrchr(from, '/');
	char *path;

	if (*name == '/' || slash == NULL)
		return strdup(name);
	if (asprintf(&path, "%.*s/%s", (int)(slash - from), from, name) < 0)
		return NULL;
	return path;
}
