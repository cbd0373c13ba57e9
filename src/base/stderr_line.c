/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Standard error may be a pipe to a program that has stopped, or a terminal
 * held with control-S.  The supervisor must not block on it, and cannot make it
 * non-blocking because other processes share it.  So poll() is asked for room
 * first; a pipe with room takes a line this short as a whole.
 */
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "base/stderr_line.h"

enum { LINE = 2048 };

void
sw_stderr_line(const char *format, ...)
{
	struct pollfd room = { .fd = STDERR_FILENO, .events = POLLOUT };
	char line[LINE + 1];
	va_list arguments;
	int n;

	va_start(arguments, format);
	n = vsnprintf(line, LINE, format, arguments);
	va_end(arguments);
	if (n < 0 || poll(&room, 1, 0) <= 0)
		return;
	if (n >= LINE)
		n = LINE - 1;
	line[n++] = '\n';
	(void)!write(STDERR_FILENO, line, (size_t)n);
}
