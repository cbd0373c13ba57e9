/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guard: leaves nothing behind of a daemon that runs for one command.
 */
#ifndef SYNWARD_CTL_TRY_GUARD_H
#define SYNWARD_CTL_TRY_GUARD_H

#include <sys/types.h>

struct sw_try_guard {
	const char *directory;
	pid_t pid;
	int leash; /* the process that becomes the daemon writes its number */
};

/*
 * Starts a process that waits until the leash is closed, also by the death of
 * its holder.  Then it ends all processes of the group whose number was
 * written to the leash, and removes the directory and the files in it.
 * directory: must stay
 * => 0 or -errno
 */
int sw_try_guard_start(struct sw_try_guard *guard, const char *directory);

/* Closes the leash, and waits until everything is removed.  Does the same
 * itself where the guard is dead or hangs.
 * group: of the daemon's processes; 0: it never started */
void sw_try_guard_end(struct sw_try_guard *guard, pid_t group);

#endif
