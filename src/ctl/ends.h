/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ends: the two endpoints of a connection, as the user typed them.
 */
#ifndef SYNWARD_CTL_ENDS_H
#define SYNWARD_CTL_ENDS_H

#include <stdbool.h>

/* Can a connection exist between these endpoints?
 * both: the source endpoint also needs a port
 * => false after printing what is wrong */
bool
sw_ends_check(const char *from, const char *to, const char *proto, bool both);

/* The same where less is known: to and proto may be NULL, ports may be
 * missing. */
bool sw_ends_check_known(const char *from, const char *to, const char *proto);

#endif
