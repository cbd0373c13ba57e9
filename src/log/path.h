/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log_path: opens a log file that no other user can have put in our way.
 *
 * Whoever may write to a directory that a log file lies in could plant a
 * link there and have the daemon write where it would not: such a link, a
 * file of another user, and a directory that others could exchange are
 * refused, with a reason.
 */
#ifndef SYNWARD_LOG_PATH_H
#define SYNWARD_LOG_PATH_H

#include <stddef.h>

/* Opens path to append, non-blocking, and makes it when it is missing; a
 * relative path starts at the current directory.
 * => the caller's descriptor; -EPERM and the reason in why when somebody else
 *    could decide what is written to; or another -errno and an empty why */
int sw_log_path_open(const char *path, char *why, size_t size);

#endif
