/* SPDX-License-Identifier: Apache-2.0 */
/*
 * io: system calls that may do half of the work, repeated until all of it is
 * done.
 */
#ifndef SYNWARD_BASE_IO_H
#define SYNWARD_BASE_IO_H

#include <stddef.h>

/* Writes all bytes, in as many calls as needed.
 * => 0, or -errno after *done bytes were written */
int sw_io_write_all(int fd, const char *bytes, size_t length, size_t *done);

#endif
