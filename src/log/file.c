/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines in a file, each with its time in RFC 3339 form, the program and its
 * process id:
 *
 *	2026-11-21T07:00:00.123456+00:00 synwardd[4711]: text
 *
 * Lines are appended as a whole, so that several writers may share a file.
 * When the disk is full in the middle of a line, the part that was written is
 * removed again; where that is impossible (a pipe), the next line begins with a
 * newline of its own.  The file is opened non-blocking because it may be a
 * pipe; a regular file ignores the flag.  log/path.h decides which files may be
 * opened.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "log/path.h"
#include "log/sink.h"
#include "report/line.h"

int
sw_sink_file_open(struct sw_sink *sink)
{
	return sw_log_path_open(sink->conf.path, sink->why, sizeof sink->why);
}

/* Removes the last n bytes, unless another process has appended since. */
static bool
take_back(int fd, size_t n)
{
	off_t end = lseek(fd, 0, SEEK_CUR);
	struct stat status;

	if (end < (off_t)n || fstat(fd, &status) != 0)
		return false;
	return S_ISREG(status.st_mode) && status.st_size == end &&
	       ftruncate(fd, end - (off_t)n) == 0;
}

int
sw_sink_file_append(struct sw_sink *sink, const char *bytes, size_t length)
{
	size_t done;
	int error = 0;

	if (sink->torn)
		error = sw_io_write_all(sink->fd, "\n", 1, &done);
	if (error != 0)
		return error;
	sink->torn = false;
	error = sw_io_write_all(sink->fd, bytes, length, &done);
	if (error != 0 && done > 0)
		sink->torn = !take_back(sink->fd, done);
	return error;
}

int
sw_sink_file_append_text(struct sw_sink *sink, const struct sw_record *record)
{
	time_t seconds = (time_t)(record->wall.ns / SW_NS_PER_SECOND);
	unsigned micros = (unsigned)(record->wall.ns % SW_NS_PER_SECOND / 1000);
	char date[32], zone[8], line[SW_LINE_MAX + 96];
	struct tm local;
	int n;

	localtime_r(&seconds, &local);
	strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &local);
	strftime(zone, sizeof zone, "%z", &local);
	n = snprintf(line, sizeof line, "%s.%06u%.3s:%s synwardd[%d]: %s\n",
	    date, micros, zone, zone + 3, (int)getpid(), record->text);
	return sw_sink_file_append(sink, line, (size_t)n);
}

const struct sw_sink_type sw_sink_file = {
	.name = "file",
	.open = sw_sink_file_open,
	.write = sw_sink_file_append_text,
};
