/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spare: a copy of the supervising parent that takes its place, should it be
 * killed.
 *
 * For a parent that nobody else would start again.  The copy has all that
 * the parent held when it was made, so another is made whenever that changes.
 */
#ifndef SYNWARD_SHELL_SPARE_H
#define SYNWARD_SHELL_SPARE_H

#include <stdbool.h>
#include <sys/types.h>

struct sw_spare;

/* For this parent and the workers it starts from now on.
 * => NULL with errno set */
struct sw_spare *sw_spare_create(void);

/* Our own end is meant: the copy ends, too.  For NULL nothing happens. */
void sw_spare_destroy(struct sw_spare *spare);

/*
 * In a new worker, before its program is executed: tells that it lives, as
 * long as it does, by a descriptor of this number at least.
 * => 0 or -errno
 */
int sw_spare_enlist(struct sw_spare *spare, int at_least);

/* Its parent knows that the worker is dead. */
void sw_spare_bury(struct sw_spare *spare);

/*
 * Makes a copy of this process, in place of an earlier one.
 * => false in the parent; true in the copy, later: the parent was killed
 */
bool sw_spare_renew(struct sw_spare *spare);

/* Has the copy died?  Then it is buried. */
bool sw_spare_is_gone(struct sw_spare *spare);

/* In the copy that has taken over: */

/* => the worker that is left; 0: none, or not known yet */
pid_t sw_spare_worker(const struct sw_spare *spare);

/* Sends it a signal.  => false when there is none to be found now */
bool sw_spare_signal(const struct sw_spare *spare, int number);

/* Becomes readable (its end) when no worker is left. */
int sw_spare_life(const struct sw_spare *spare);
bool sw_spare_is_alone(const struct sw_spare *spare);

#endif
