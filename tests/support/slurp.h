/* SPDX-License-Identifier: Apache-2.0 */
/* slurp: a whole file as a string. */
#ifndef SYNWARD_SUPPORT_SLURP_H
#define SYNWARD_SUPPORT_SLURP_H

#include <stddef.h>

/* Fails the test when there is no such file, or more in it than fits.
 * => text */
const char *slurp(const char *path, char *text, size_t size);

#endif
