/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replaces process/sandbox.c in builds with sanitizers, because their run-time
 * traces threads and opens files of its own.
 */

#include "process/sandbox.h"

const bool sw_sandbox_exists = false;

int
sw_sandbox_worker(void)
{
	return 0;
}

int
sw_sandbox_parent(void)
{
	return 0;
}
