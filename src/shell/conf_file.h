/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf_file: the files a configuration is made of.
 */
#ifndef SYNWARD_SHELL_CONF_FILE_H
#define SYNWARD_SHELL_CONF_FILE_H

#include <stddef.h>
#include <sys/types.h>

/* Bytes of one file at most. */
#define SW_CONF_FILE_MAX ((size_t)16 << 20)

struct sw_conf_text {
	char *bytes; /* a NUL follows */
	size_t length;
	dev_t device; /* together which file it is */
	ino_t inode;
};

/* Reads a regular file whole (or /dev/null); never waits for anybody.
 * => NULL and text filled, bytes the caller's; or what is wrong with it:
 *    static storage or strerror()'s */
const char *sw_conf_text_read(const char *path, struct sw_conf_text *text);

/* The .conf files of a directory in the order of their bytes, each a path
 * of its own; no hidden ones.  A directory that is not there has none.
 * => NULL and list, n filled, both the caller's; or what is wrong */
const char *sw_conf_directory(const char *path, char ***list, size_t *n);
void sw_conf_directory_free(char **list, size_t n);

/* Name as seen from beside the file from.  => the caller's; NULL when
 * memory is short */
char *sw_conf_beside(const char *from, const char *name);

#endif
