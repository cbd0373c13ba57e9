/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fdstore: descriptors that outlive the process.
 *
 * The process that started us keeps copies of descriptors under names and
 * passes them to our successor.  This is systemd's descriptor store, or our own
 * supervisor, which uses the same protocol.
 */
#ifndef SYNWARD_BASE_FDSTORE_H
#define SYNWARD_BASE_FDSTORE_H

#include <stdbool.h>

struct sw_fdstore;

/* Collects the descriptors that a predecessor left; the list is empty on a
 * first start.  Takes the descriptors and the environment variables that named
 * them.
 * => NULL when memory is short */
struct sw_fdstore *sw_fdstore_receive(void);

/* => the descriptor stored under this name, which the caller now owns, or -1 */
int sw_fdstore_take(struct sw_fdstore *fdstore, const char *name);

/* Asks the store to forget every descriptor that nobody took, because this
 * configuration has no use for it. */
void sw_fdstore_discard(struct sw_fdstore *fdstore);

/* Looks up a descriptor before sw_fdstore_receive().
 * => the descriptor, still owned by the store, or -1 */
int sw_fdstore_peek(const char *name);

/* Closes our copies of the descriptors that nobody took. */
void sw_fdstore_close(struct sw_fdstore *fdstore);

/* Does the process that started us keep descriptors?  Other service managers
 * might accept descriptors and never close them, so they get none. */
bool sw_fdstore_is_kept(void);

/* Stores a copy of fd under a name and replaces an earlier one of that name.
 * Does nothing when the process that started us keeps no descriptors.
 * => 0 or -errno */
int sw_fdstore_keep(const char *name, int fd);

/* Asks the store to close its copy. */
void sw_fdstore_forget(const char *name);

#endif
