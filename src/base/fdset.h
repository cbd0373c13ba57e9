/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keeper: descriptors held under names for a process that comes later.
 */
#ifndef SYNWARD_BASE_FDSET_H
#define SYNWARD_BASE_FDSET_H

#include <stdbool.h>
#include <stddef.h>

#define SW_FDSET_MOST 1024
#define SW_FDSET_NAME 64

struct sw_fdset {
	size_t n;
	struct {
		int fd;
		char name[SW_FDSET_NAME];
	} held[SW_FDSET_MOST];
};

/* Holds fd, in place of one of that name.
 * => false when there is no room or the name is too long; takes the
 *    descriptor in every case */
bool sw_fdset_hold(struct sw_fdset *fdset, const char *name, int fd);

bool sw_fdset_holds(const struct sw_fdset *fdset, const char *name);

/* Closes the one of that name, if there is one. */
void sw_fdset_release(struct sw_fdset *fdset, const char *name);
/* Lets go what makes up the flow table; is_kept: our starter is told to do
 * the same. */
void sw_fdset_release_table(struct sw_fdset *fdset, bool is_kept);
void sw_fdset_release_all(struct sw_fdset *fdset);

/* Holds what our own starter kept for us. */
void sw_fdset_receive(struct sw_fdset *fdset);

/*
 * In a new process, before its program is executed: puts all at 3, 4 ...
 * and into the environment, as systemd would.
 * => 0 or -errno
 */
int sw_fdset_lay_out(const struct sw_fdset *fdset);

#endif
