/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ends: the two ends of a connection as they are typed.
 */
#ifndef SYNWARD_CTL_ENDS_H
#define SYNWARD_CTL_ENDS_H

#include <stdbool.h>

/* Can a connection be between them?
 * both: the one it comes from wants a port, too
 * => false after telling what is wrong */
bool
sw_ends_check(const char *from, const char *to, const char *proto, bool both);

#endif
