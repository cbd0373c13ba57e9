/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sink: one place log lines go to.
 *
 * What differs between sinks is how one is opened and how a record is
 * written; that is struct sw_sink_type.  What is the same for all (when to
 * try again, what was lost, telling so) is in log/sink.c.  A sink belongs to
 * the log's thread; its counters may be read by any.
 */
#ifndef SYNWARD_LOG_SINK_H
#define SYNWARD_LOG_SINK_H

#include <stdatomic.h>
#include <sys/uio.h>

#include "conf/conf.h"
#include "report/field.h"

/* One line to write, in every form a sink may want. */
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
	/* => 0, or -errno and nothing is written */
	int (*write)(struct sw_sink *sink, const struct sw_record *record);
};

struct sw_sink {
	const struct sw_sink_type *type;
	struct sw_conf_sink conf;
	int facility;
	int fd;			 /* -1: closed */
	struct sw_time retry_at; /* when closed: open not before */
	struct sw_time told_at;	 /* other sinks were told that it fails */
	bool outdated;		 /* to be opened anew */
	bool torn;		 /* ends in a part of a line */
	char why[384]; /* what was wrong with its path; may be empty */
	_Atomic bool failing;
	_Atomic uint64_t written;
	_Atomic uint64_t lost;
	_Atomic uint64_t unreported; /* of lost: not yet told to the sink */
};

/* A closed sink of that kind, of facility 0. */
void sw_sink_init(struct sw_sink *sink, const struct sw_conf_sink *conf);
void sw_sink_close(struct sw_sink *sink);

/* From now on a descriptor is only kept until there is a new one. */
void sw_sink_outdate(struct sw_sink *sink);

/* Opens a closed or outdated sink whose time has come.  => 0 or -errno; an
 * outdated one may be usable after an error, too (fd) */
int sw_sink_open(struct sw_sink *sink, struct sw_time now);

/* Writes the record, or counts it as lost; before it, tells the sink what
 * it lost.  => 0, or -errno of why it was lost */
int sw_sink_put(
    struct sw_sink *sink, const struct sw_record *record, struct sw_time now);

/* When there is no record to write: opens a closed sink, tells it what it
 * lost. */
void sw_sink_tell(struct sw_sink *sink, struct sw_time now);

/* Counts a record that never reached the sink.  Any thread. */
void sw_sink_miss(struct sw_sink *sink);

/* "syslog", "file:/var/log/synward.log" */
void sw_sink_title(const struct sw_sink *sink, char *text, size_t size);

/* What sinks are made of; for sink_*.c. */

/* A non-blocking datagram socket connected to path.  => it, or -errno */
int sw_sink_socket_connect(const char *path);
/* Sends one datagram.  While the sink is in order, waits for a reader that
 * is behind, shortly; never otherwise.  => 0 or -errno */
int
sw_sink_socket_send(struct sw_sink *sink, const struct iovec *parts, size_t n);
/* Opens the sink's path to append.  => descriptor, or -errno */
int sw_sink_file_open(struct sw_sink *sink);
/* Appends bytes that end in a newline, whole or not at all where the file
 * allows.  => 0 or -errno */
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
