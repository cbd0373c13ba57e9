/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf_file: the files a configuration is made of.
 */
#ifndef SYNWARD_CONF_FILE_H
#define SYNWARD_CONF_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

/* Bytes of one file at most. */
#define SW_CONF_FILE_MAX ((size_t)16 << 20)

struct sw_conf_text {
	char *bytes; /* a NUL follows */
	size_t length;
	struct stat status;
};

/* Reads a regular file whole (or /dev/null); never waits for anybody.
 * => NULL and text filled, bytes the caller's; or what is wrong with it:
 *    static storage or strerror()'s */
const char *sw_conf_file_read(const char *path, struct sw_conf_text *text);

/* The .conf files of a directory in the order of their bytes, each a path
 * of its own; no hidden ones. */
struct sw_conf_directory {
	char **list;
	size_t n;
	struct stat status; /* when n > 0 */
};

/* A directory that is not there has no files.
 * => NULL and the directory filled, the caller's; or what is wrong */
const char *sw_conf_file_read_directory(
    const char *path, struct sw_conf_directory *directory);
void sw_conf_file_free_directory(struct sw_conf_directory *directory);

/* Could nobody but root and the user of this process have written the file
 * or directory?  => false with the reason and what to do */
#define SW_DISTRUST_MAX 384
bool sw_conf_file_is_trusted(
    const struct stat *status, const char *path, char why[SW_DISTRUST_MAX]);

/* Name as seen from beside the file from.  => the caller's; NULL when
 * memory is short */
char *sw_conf_file_beside(const char *from, const char *name);

#endif
