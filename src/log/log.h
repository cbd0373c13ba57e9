/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log: lines to the sinks, on a thread of its own.
 *
 * Whoever has a line puts it into a bounded ring and goes on; the log's
 * thread writes it to every sink.  A sink that is slow, stopped, full or
 * gone costs its own lines only: they are counted, and the sink is told how
 * many it lost when it is back.
 */
#ifndef SYNWARD_LOG_LOG_H
#define SYNWARD_LOG_LOG_H

#include "conf/conf.h"
#include "report/incident.h"
#include "report/line.h"

struct sw_log;

struct sw_log_counts {
	size_t n; /* sinks in use; the arrays below hold one item each */
	struct sw_conf_sink to[SW_CONF_SINKS];
	uint64_t written[SW_CONF_SINKS];
	uint64_t lost[SW_CONF_SINKS]; /* refused by the sink, or the ring
					 was full */
	uint64_t lost_all; /* by sinks of earlier configurations, too */
	bool failing[SW_CONF_SINKS];
};

/* Opens the sinks (also to stderr when foreground) and starts the thread.
 * A sink that cannot be opened now is tried again later.
 * => NULL with errno set when thread or memory fail */
struct sw_log *sw_log_start(const struct sw_conf_log *conf, bool foreground);
/* Writes what is queued, at most for two seconds, then stops. */
void sw_log_stop(struct sw_log *log);

/* Has the log's thread open files anew (SIGHUP) and take over changed
 * sinks; does not wait for it.  => 0, or -EINVAL when conf has more sinks
 * than there is room for */
int sw_log_reopen(struct sw_log *log, const struct sw_conf_log *conf);

/* Queues a refusal's line (text, JSON and journal fields are made on the
 * log's thread from the copy of the event).  Never blocks. */
void sw_log_event(struct sw_log *log, const struct sw_event *event,
    const struct sw_names *names, struct sw_time wall);
/* Queues what is due of an incident; of names, rule, in and out are used. */
void
sw_log_incident(struct sw_log *log, const struct sw_incident_report *report,
    const struct sw_names *names, int64_t wall_offset);
/* Queues a line of the daemon itself. */
void sw_log_say(struct sw_log *log, int priority, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

void sw_log_counts(const struct sw_log *log, struct sw_log_counts *counts);

#endif
