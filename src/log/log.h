/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log: writes lines to the sinks, in a thread of its own.
 *
 * A caller puts its line into a bounded queue and continues; the log's thread
 * writes it to every sink.  A sink that is slow, stopped, full or gone loses
 * only its own lines: they are counted, and the sink gets a line with the
 * number when it works again.
 */
#ifndef SYNWARD_LOG_LOG_H
#define SYNWARD_LOG_LOG_H

#include "conf/conf.h"
#include "report/incident.h"
#include "report/line.h"

struct sw_log;

enum { SW_LOG_NAME = SW_CONF_PATH + 16, SW_LOG_WHY = 64 };

struct sw_log_counts {
	size_t n; /* sinks in use, one item each in the arrays below */
	struct sw_conf_sink to[SW_CONF_SINKS];
	uint64_t written[SW_CONF_SINKS];
	uint64_t lost
	    [SW_CONF_SINKS]; /* refused by the sink, or the queue was full */
	uint64_t lost_all;   /* includes sinks of earlier configurations */
	bool failing[SW_CONF_SINKS];
	char why[SW_CONF_SINKS][SW_LOG_WHY]; /* when it fails, else "" */
};

/* Opens the sinks (also stderr when foreground) and starts the thread.  A sink
 * that cannot be opened now is tried again later.
 * => NULL with errno set when thread or memory fail */
struct sw_log *sw_log_start(const struct sw_conf_log *conf, bool foreground);
/* Writes what is queued, for at most two seconds, then stops. */
void sw_log_stop(struct sw_log *log);

/* Asks the log's thread to reopen files (SIGHUP) and to take over changed
 * sinks; does not wait for it.
 * => 0, or -EINVAL when conf has too many sinks */
int sw_log_reopen(struct sw_log *log, const struct sw_conf_log *conf);

/* Queues a refusal's line (the log's thread makes text, JSON and journal fields
 * from the copy of the event).  Never blocks. */
void sw_log_event(struct sw_log *log, const struct sw_event *event,
    const struct sw_names *names, struct sw_time wall);
/* Queues the due line of an incident; it uses rule, in and out of names. */
void
sw_log_incident(struct sw_log *log, const struct sw_incident_report *report,
    const struct sw_names *names, int64_t wall_offset);
/* Queues a line of the daemon itself. */
void sw_log_say(struct sw_log *log, int priority, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* "syslog", "file:/var/log/synward.log"  => name */
const char *
sw_log_sink_name(const struct sw_conf_sink *conf, char name[SW_LOG_NAME]);

void sw_log_counts(const struct sw_log *log, struct sw_log_counts *counts);

#endif
