/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tell: a line to standard error from those who must not stand still for it.
 */
#ifndef SYNWARD_BASE_STDERR_LINE_H
#define SYNWARD_BASE_STDERR_LINE_H

/* Writes one line, newline added, cut where it is too long; one that standard
 * error has no room for is lost.  SIGPIPE is the caller's to ignore. */
void
sw_stderr_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
