/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fdset: named descriptors that a process holds for its successor.
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

/* Adds fd under a name and replaces an earlier one of that name.
 * => false when the set is full or the name is too long; takes the descriptor
 *    in every case */
bool sw_fdset_hold(struct sw_fdset *fdset, const char *name, int fd);

bool sw_fdset_holds(const struct sw_fdset *fdset, const char *name);
/* => the descriptor of that name, still the set's, or -1 */
int sw_fdset_find(const struct sw_fdset *fdset, const char *name);

/* Closes the descriptor of that name, if there is one. */
void sw_fdset_release(struct sw_fdset *fdset, const char *name);
/* Closes the descriptors that make up the flow table, and that of the reports.
 * is_kept: the process that started us keeps copies and is asked to close them
 * as well. */
void sw_fdset_release_table(struct sw_fdset *fdset, bool is_kept);
void sw_fdset_release_all(struct sw_fdset *fdset);

/* Adds the descriptors that the process which started us kept for us. */
void sw_fdset_receive(struct sw_fdset *fdset);

/*
 * Called in a new process before exec(): moves all descriptors to 3, 4 ... and
 * describes them in the environment, as systemd does.
 * => 0 or -errno
 */
int sw_fdset_lay_out(const struct sw_fdset *fdset);

#endif
