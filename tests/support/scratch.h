/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scratch: a folder of a test's own, in which it works and which is removed.
 */
#ifndef SYNWARD_TEST_SCRATCH_H
#define SYNWARD_TEST_SCRATCH_H

/* Makes /tmp/NAME.XXXXXX and works there.  => its path, until the next one */
const char *scratch_enter(const char *name);

void scratch_leave(void);

/* Writes a file, mode 0644, below the folder. */
void scratch_put(const char *path, const char *text);

#endif
