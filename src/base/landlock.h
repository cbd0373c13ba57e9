/* SPDX-License-Identifier: Apache-2.0 */
/*
 * landlock: restricts the files and directories this process can reach.
 *
 * Everything that is not granted is closed to this process and its children,
 * also for root.  Descriptors that are open already stay usable; connect() to
 * sockets in the file system and stat() are never restricted.
 */
#ifndef SYNWARD_BASE_LANDLOCK_H
#define SYNWARD_BASE_LANDLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* Rights to grant below a path. */
enum sw_landlock_right {
	SW_LANDLOCK_READ = 0x01,   /* read files and list directories */
	SW_LANDLOCK_WRITE = 0x02,  /* write existing and new files */
	SW_LANDLOCK_RUN = 0x04,	   /* execute programs */
	SW_LANDLOCK_BIND = 0x08,   /* create sockets */
	SW_LANDLOCK_REMOVE = 0x10, /* remove files */
};

/* Restrictions beyond the file system, where the kernel supports them. */
enum sw_landlock_more {
	SW_LANDLOCK_NO_TCP = 0x01,     /* no connect() and no bind() */
	SW_LANDLOCK_NO_SIGNALS = 0x02, /* no signals to processes outside */
};

struct sw_landlock {
	int fd;
	uint64_t handled; /* the rights that this kernel knows */
};

/* Starts an empty set of grants.
 * => 0; -ENOSYS or -EOPNOTSUPP when the kernel has no Landlock; or -errno */
int sw_landlock_begin(struct sw_landlock *lock, unsigned more);

/* Grants rights on a path and everything below it.  A path that does not exist
 * is skipped.
 * => 0 or -errno */
int
sw_landlock_grant(struct sw_landlock *lock, const char *path, unsigned rights);

/* Enforces the set on this thread and on all it starts; needs no_new_privs.
 * This cannot be undone.
 * => 0 or -errno; the set is closed in each case */
int sw_landlock_enforce(struct sw_landlock *lock);

/* Is the file closed by Landlock alone, that is, would its owner and mode let
 * us open it?  The check for writing may create an empty file. */
bool sw_landlock_bars_reading(const char *path);
bool sw_landlock_bars_writing(const char *path);

#endif
