/* SPDX-License-Identifier: Apache-2.0 */
/*
 * privilege: what the process may do, and giving up the rest.
 */
#ifndef SYNWARD_PROCESS_PRIVILEGES_H
#define SYNWARD_PROCESS_PRIVILEGES_H

#include <stdbool.h>
#include <stddef.h>

/* Are all capabilities at hand that a start needs?  raw: CAP_NET_RAW, too.
 * => false, and a sentence that says which are missing and how to give
 *    them */
bool sw_privileges_check(bool raw, char *why, size_t size);

/* The user the daemon lives as. */
#define SW_PRIVILEGE_USER "synward"

/*
 * For the supervising parent: becomes that user, when started as root and
 * there is one, gives it the directories it writes to, and keeps
 * CAP_NET_ADMIN alone, for itself and, as an ambient one, for what it
 * executes.  Nothing else can be gained again.
 * => 0 or -errno
 */
int sw_privileges_resolve(void);

/*
 * For a worker: keeps CAP_NET_ADMIN (each verdict asks for it) and nothing
 * else, for this thread and those it starts from now on, and forbids gaining
 * any again.  => 0 or -errno
 */
int sw_privileges_drop(void);

#endif
