/* SPDX-License-Identifier: Apache-2.0 */
/*
 * io: what a system call may leave half done, done whole.
 */
#ifndef SYNWARD_BASE_IO_H
#define SYNWARD_BASE_IO_H

#include <stddef.h>

/* Writes all of the bytes, however many calls it takes.
 * => 0, or -errno; *done of them were written */
int sw_io_write_all(int fd, const char *bytes, size_t length, size_t *done);

#endif
