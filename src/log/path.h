/* SPDX-License-Identifier: Apache-2.0 */
/*
 * path: opens a log file safely in directories that others may write to.
 *
 * A user who may write to a directory above a log file could plant a link and
 * so redirect the daemon's writes.  Such a link, a file of another user, and a
 * directory that others could replace are refused with a reason.
 */
#ifndef SYNWARD_LOG_PATH_H
#define SYNWARD_LOG_PATH_H

#include <stddef.h>

/* Opens path for appending, non-blocking, and creates it when it is missing; a
 * relative path starts at the current directory.
 * => a descriptor the caller owns; -EPERM, with the reason in why, when another
 *    user could redirect the writes; or another -errno with an empty why */
int sw_log_path_open(const char *path, char *why, size_t size);

#endif
