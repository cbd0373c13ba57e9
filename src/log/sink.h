/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sink: one destination of log lines.
 *
 * Sinks differ in how they are opened and how a record is written: that is
 * struct sw_sink_type.  What they have in common (when to try again, counting
 * and reporting lost lines) is in log/sink.c.  A sink belongs to the log's
 * thread; any thread may read its counters.
 */
#ifndef SYNWARD_LOG_SINK_H
#define SYNWARD_LOG_SINK_H

#include <stdatomic.h>
#include <sys/uio.h>

#include "conf/conf.h"
#include "report/field.h"

/* One line to write, in every form that a sink may need. */
struct sw_record {
	int priority; /* LOG_NOTICE ... */
	struct sw_time wall;
	const char *text; /* without newline or control characters */
	const struct sw_fields *fields; /* NULL: no refused packet */
	const char *message_id;		/* of the cause; NULL: none */
};

struct sw_sink;

struct sw_sink_type {
	const char *name;
	/* => descriptor, or -errno */
	int (*open)(struct sw_sink *sink);
	/* => 0, or -errno with nothing written */
	int (*write)(struct sw_sink *sink, const struct sw_record *record);
};

struct sw_sink {
	const struct sw_sink_type *type;
	struct sw_conf_sink conf;
	int facility;
	int fd;			 /* -1: closed */
	struct sw_time retry_at; /* when closed: do not open before */
	struct sw_time told_at;	 /* when the other sinks got a line about it */
	bool outdated;		 /* to be reopened */
	bool torn;		 /* ends with a part of a line */
	char why[384];		 /* what is wrong with its path; may be empty */
	_Atomic bool failing;
	_Atomic int error; /* the last one, -errno */
	_Atomic uint64_t written;
	_Atomic uint64_t lost;
	/* lost lines not yet reported to the sink */
	_Atomic uint64_t unreported;
};

/* A closed sink of that type, with facility 0. */
void sw_sink_init(struct sw_sink *sink, const struct sw_conf_sink *conf);
void sw_sink_close(struct sw_sink *sink);

/* Keeps the descriptor only until there is a new one. */
void sw_sink_outdate(struct sw_sink *sink);

/* Opens a closed or outdated sink when its time has come.
 * => 0 or -errno; an outdated one may be usable after an error as well (fd) */
int sw_sink_open(struct sw_sink *sink, struct sw_time now);

/* Writes the record, or counts it as lost; before it, reports earlier losses to
 * the sink.
 * => 0, or -errno when it was lost */
int sw_sink_put(
    struct sw_sink *sink, const struct sw_record *record, struct sw_time now);

/* Called without a record: opens a closed sink and reports its losses to it. */
void sw_sink_tell(struct sw_sink *sink, struct sw_time now);

/* Counts a record that never reached the sink.  Any thread may call it. */
void sw_sink_miss(struct sw_sink *sink);

/* "syslog", "file:/var/log/synward.log" */
void sw_sink_title(const struct sw_sink *sink, char *text, size_t size);

/* Helpers for the types of sinks. */

/* Opens a non-blocking datagram socket connected to path.
 * => it, or -errno */
int sw_sink_socket_connect(const char *path);
/* Sends one datagram.  Waits shortly for a slow reader, but only while the sink
 * is in order.
 * => 0 or -errno */
int
sw_sink_socket_send(struct sw_sink *sink, const struct iovec *parts, size_t n);
/* Opens the sink's path for appending.
 * => descriptor, or -errno */
int sw_sink_file_open(struct sw_sink *sink);
/* Appends bytes that end in a newline, completely or not at all where the file
 * allows it.
 * => 0 or -errno */
int sw_sink_file_append(struct sw_sink *sink, const char *bytes, size_t length);
/* Appends "2026-11-21T07:00:00.123456+00:00 synwardd[4711]: text". */
int
sw_sink_file_append_text(struct sw_sink *sink, const struct sw_record *record);

extern const struct sw_sink_type sw_sink_syslog;
extern const struct sw_sink_type sw_sink_journal;
extern const struct sw_sink_type sw_sink_file;
extern const struct sw_sink_type sw_sink_json;
extern const struct sw_sink_type sw_sink_stderr;

#endif
