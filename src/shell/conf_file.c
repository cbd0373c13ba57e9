/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf_file: reads configuration files as a daemon should.
 *
 * A reload runs while packets wait, so nothing that could make the reader
 * wait is opened: no pipe, no terminal, no device but /dev/null.
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

#include "shell/conf_file.h"
#include "shell/landlock.h"

static const char *
readable(const struct stat *st)
{
	if (S_ISDIR(st->st_mode))
		return "it is a directory";
	if (S_ISCHR(st->st_mode) && st->st_rdev == makedev(1, 3))
		return NULL; /* /dev/null */
	if (!S_ISREG(st->st_mode))
		return "it is no regular file";
	if (st->st_size > (off_t)SW_CONF_FILE_MAX)
		return "it is larger than 16 MiB";
	return NULL;
}

/* Reads what is there, though never more than the most.  => bytes or -1 */
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
	struct stat st;
	const char *wrong;
	ssize_t n;

	if (fstat(fd, &st) != 0)
		return strerror(errno);
	wrong = readable(&st);
	if (wrong != NULL)
		return wrong;
	text->device = st.st_dev;
	text->inode = st.st_ino;
	text->bytes = malloc((size_t)st.st_size + 1);
	if (text->bytes == NULL)
		return strerror(ENOMEM);
	n = read_all(fd, text->bytes, (size_t)st.st_size);
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
sw_conf_text_read(const char *path, struct sw_conf_text *text)
{
	const char *wrong;
	int fd;

	memset(text, 0, sizeof *text);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return errno == EACCES && sw_landlock_bars_reading(path)
			   ? "it is outside the directories that synwardd "
			     "keeps to since its start: restart it to have it "
			     "read there"
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

const char *
sw_conf_directory(const char *path, char ***list, size_t *n)
{
	struct dirent **entries;
	int count = scandir(path, &entries, is_conf, by_bytes);
	bool short_of_memory;

	*list = NULL;
	*n = 0;
	if (count < 0)
		return errno == ENOENT ? NULL : strerror(errno);
	*list = calloc((size_t)count + 1, sizeof **list);
	short_of_memory = *list == NULL;
	for (int i = 0; i < count; i++) {
		if (!short_of_memory && asprintf(&(*list)[i], "%s/%s", path,
					    entries[i]->d_name) >= 0)
			++*n;
		else
			short_of_memory = true;
		free(entries[i]);
	}
	free(entries);
	if (!short_of_memory)
		return NULL;
	sw_conf_directory_free(*list, *n);
	return strerror(ENOMEM);
}

void
sw_conf_directory_free(char **list, size_t n)
{
	for (size_t i = 0; list != NULL && i < n; i++)
		free(list[i]);
	free(list);
}

char *
sw_conf_beside(const char *from, const char *name)
{
	const char *slash = strrchr(from, '/');
	char *path;

	if (*name == '/' || slash == NULL)
		return strdup(name);
	if (asprintf(&path, "%.*s/%s", (int)(slash - from), from, name) < 0)
		return NULL;
	return path;
}
