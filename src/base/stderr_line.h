/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stderr_line: writes a line to standard error without blocking.
 */
#ifndef SYNWARD_BASE_STDERR_LINE_H
#define SYNWARD_BASE_STDERR_LINE_H

/* Writes one line and adds the newline.  A line that is too long is cut; a line
 * that standard error has no room for is lost.  The caller must ignore
 * SIGPIPE. */
void
sw_stderr_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
