/* SPDX-License-Identifier: Apache-2.0 */
/*
 * file: reads the files of a configuration.
 */
#ifndef SYNWARD_CONF_FILE_H
#define SYNWARD_CONF_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

/* The largest file in bytes. */
#define SW_CONF_FILE_MAX ((size_t)16 << 20)

struct sw_conf_text {
	char *bytes; /* followed by a NUL */
	size_t length;
	struct stat status;
};

/* Reads a regular file (or /dev/null) completely; never blocks.
 * => NULL, with text filled, whose bytes the caller owns; or what is wrong with
 *    the file: static storage or strerror()'s */
const char *sw_conf_file_read(const char *path, struct sw_conf_text *text);

/* The paths of the .conf files of a directory in the order of their bytes;
 * hidden files are left out. */
struct sw_conf_directory {
	char **list;
	size_t n;
	struct stat status; /* valid when n > 0 */
};

/* A missing directory has no files.
 * => NULL, with the directory filled, which the caller owns; or what is
 *    wrong */
const char *sw_conf_file_read_directory(
    const char *path, struct sw_conf_directory *directory);
void sw_conf_file_free_directory(struct sw_conf_directory *directory);

/* Can only root and the user of this process write the file or directory?
 * => false, with the reason and what to do */
#define SW_DISTRUST_MAX 384
bool sw_conf_file_is_trusted(
    const struct stat *status, const char *path, char why[SW_DISTRUST_MAX]);

/* Resolves name relative to the directory of the file from.
 * => the caller owns it; NULL when memory is short */
char *sw_conf_file_beside(const char *from, const char *name);

#endif
