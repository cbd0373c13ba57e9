/* SPDX-License-Identifier: Apache-2.0 */
/*
 * landlock: the files and directories that are left to this process.
 *
 * Everything else is closed to it and to what it starts, whoever the user
 * is.  What is open already stays so; sockets in the file system may be
 * connected to, and files be looked at by stat(), wherever they are.
 */
#ifndef SYNWARD_BASE_LANDLOCK_H
#define SYNWARD_BASE_LANDLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* What is granted below a path. */
enum sw_landlock_right {
	SW_LANDLOCK_READ = 0x01,   /* files, and lists of directories */
	SW_LANDLOCK_WRITE = 0x02,  /* files that are there, and new ones */
	SW_LANDLOCK_RUN = 0x04,	   /* programs */
	SW_LANDLOCK_BIND = 0x08,   /* sockets are made there */
	SW_LANDLOCK_REMOVE = 0x10, /* files are removed */
};

/* What is closed beside the file system, where the kernel knows how. */
enum sw_landlock_more {
	SW_LANDLOCK_NO_TCP = 0x01,     /* neither connect() nor bind() */
	SW_LANDLOCK_NO_SIGNALS = 0x02, /* to processes not below this one */
};

struct sw_landlock {
	int fd;
	uint64_t handled; /* rights this kernel knows */
};

/* => 0 with an empty set of grants;
 *    -ENOSYS, -EOPNOTSUPP when the kernel has no Landlock, or -errno */
int sw_landlock_begin(struct sw_landlock *lock, unsigned more);

/* Grants rights on path and what is below it.  A path that cannot be reached
 * is passed over.  => 0 or -errno */
int
sw_landlock_grant(struct sw_landlock *lock, const char *path, unsigned rights);

/* Closes the rest to this thread and those it starts; wants no_new_privs.
 * Nothing opens it again.  => 0 or -errno; the set is gone in each case */
int sw_landlock_enforce(struct sw_landlock *lock);

/* Are these closed by this alone, that is, would the file's owner and mode
 * let us?  Writing may leave an empty file where there was none. */
bool sw_landlock_bars_reading(const char *path);
bool sw_landlock_bars_writing(const char *path);

#endif
