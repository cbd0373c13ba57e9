/* SPDX-License-Identifier: Apache-2.0 */
/*
 * privileges: what the process may do, and how it gives up the rest.
 */
#ifndef SYNWARD_PROCESS_PRIVILEGES_H
#define SYNWARD_PROCESS_PRIVILEGES_H

#include <stdbool.h>
#include <stddef.h>

/* Does the process have all capabilities that a start needs?  raw: CAP_NET_RAW
 * as well.
 * => false, and a sentence that says which are missing and how to grant them */
bool sw_privileges_check(bool raw, char *why, size_t size);

/* The user that the daemon runs as. */
#define SW_PRIVILEGE_USER "synward"

/*
 * For the supervising parent.  When started as root, it becomes that user if
 * there is one, and owns the directories it writes to.  It keeps only
 * CAP_NET_ADMIN, for itself and, as an ambient capability, for the programs it
 * executes.  Nothing else can be gained again.
 * => 0 or -errno
 */
int sw_privileges_resolve(void);

/*
 * For a worker.  This thread and those it starts keep only CAP_NET_ADMIN, which
 * each verdict needs, or nothing (admin: false), and can never gain another
 * capability.
 * => 0 or -errno
 */
int sw_privileges_drop(bool admin);

#endif
