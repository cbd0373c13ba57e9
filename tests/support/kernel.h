/* SPDX-License-Identifier: Apache-2.0 */
/* kernel: what this one can, for tests that it may leave nothing to see. */
#ifndef SYNWARD_SUPPORT_KERNEL_H
#define SYNWARD_SUPPORT_KERNEL_H

#include <stdbool.h>

/* Has it Landlock?  Says so when it has not. */
bool kernel_has_landlock(void);

#endif
