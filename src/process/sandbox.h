/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox: the system calls that are left, once everything is started.
 *
 * Any other one ends the process at once; the supervising parent starts
 * another.  Builds with AddressSanitizer, ThreadSanitizer, a fuzzer or gcov
 * have no sandbox, because those need more system calls, and say so when the
 * daemon starts.
 */
#ifndef SYNWARD_PROCESS_SANDBOX_H
#define SYNWARD_PROCESS_SANDBOX_H

#include <stdbool.h>

/* Does this build have a sandbox at all? */
extern const bool sw_sandbox_exists;

/* For the worker, all its threads.  => 0 or -errno */
int sw_sandbox_worker(void);

/* For the parent, and so for its workers while they start: what those need,
 * and what starting programs takes.  => 0 or -errno */
int sw_sandbox_parent(void);

#endif
