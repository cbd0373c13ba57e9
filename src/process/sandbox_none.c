/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In place of process/sandbox.c in builds with sanitizers: their run-time traces
 * threads and opens what it likes.
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
