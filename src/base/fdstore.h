/* SPDX-License-Identifier: Apache-2.0 */
/*
 * handover: descriptors that outlive the process.
 *
 * Whoever started us keeps copies of descriptors under names and gives them
 * to our successor: systemd's descriptor store, or the supervising parent,
 * who speaks the same protocol.
 */
#ifndef SYNWARD_BASE_FDSTORE_H
#define SYNWARD_BASE_FDSTORE_H

#include <stdbool.h>

struct sw_fdstore;

/* What a predecessor left; nothing at a first start.  Takes the descriptors
 * and the environment that named them.  => NULL when memory is short */
struct sw_fdstore *sw_fdstore_receive(void);

/* => the descriptor kept under this name, the caller's now, or -1 */
int sw_fdstore_take(struct sw_fdstore *fdstore, const char *name);

/* Has what nobody took forgotten: this configuration has no use for it. */
void sw_fdstore_discard(struct sw_fdstore *fdstore);

/* What receive will give under that name, without taking it.
 * => a descriptor that stays where it is, or -1 */
int sw_fdstore_peek(const char *name);

/* Closes our copies of what nobody took. */
void sw_fdstore_close(struct sw_fdstore *fdstore);

/* Does whoever started us keep descriptors?  Others may take them and never
 * let go, so they are not sent any. */
bool sw_fdstore_is_kept(void);

/* Has a copy kept, in place of an earlier one of that name.  Without anybody
 * who keeps, nothing happens.  => 0 or -errno */
int sw_fdstore_keep(const char *name, int fd);

/* Has the copy closed. */
void sw_fdstore_forget(const char *name);

#endif
