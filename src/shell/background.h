/* SPDX-License-Identifier: Apache-2.0 */
/*
 * background: leaving the terminal.
 */
#ifndef SYNWARD_SHELL_BACKGROUND_H
#define SYNWARD_SHELL_BACKGROUND_H

/*
 * Forks.  The parent waits until the child is ready or has ended, and ends
 * itself with the child's exit code; it never returns from here.
 * => in the child: a descriptor for sw_background_ready(), or -errno
 */
int sw_background_enter(void);

/* Lets go of the terminal: the standard descriptors lead nowhere. */
void sw_background_detach(void);

/* Lets go of the terminal and of the parent, who ends with 0. */
void sw_background_ready(int fd);

#endif
