/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox: the system calls that are allowed once everything is started.
 *
 * Any other call ends the process at once, and the supervising parent starts
 * another.  Builds with AddressSanitizer, ThreadSanitizer, a fuzzer or gcov
 * have no sandbox, because those need more system calls; the daemon says so
 * when it starts.
 */
#ifndef SYNWARD_PROCESS_SANDBOX_H
#define SYNWARD_PROCESS_SANDBOX_H

#include <stdbool.h>

/* Does this build have a sandbox? */
extern const bool sw_sandbox_exists;

/* For the worker and all its threads.
 * => 0 or -errno */
int sw_sandbox_worker(void);

/* For the parent, and so for its workers while they start: allows what those
 * need, and starting programs.
 * => 0 or -errno */
int sw_sandbox_parent(void);

#endif
