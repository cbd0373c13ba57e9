/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sink_set: the sinks of a configuration together.
 *
 * Used by the log's thread; who else looks at it holds the lock under which
 * the log calls sw_sink_set_arrange().
 */
#ifndef SYNWARD_LOG_SINK_SET_H
#define SYNWARD_LOG_SINK_SET_H

#include "log/sink.h"

struct sw_sinks {
	struct sw_sink *list[SW_CONF_SINKS];
	size_t n;
	uint64_t lost_before; /* by sinks that are no more */
};

/*
 * Makes the sinks those that conf means: the default one when it names
 * none, and stderr as well when foreground.  One that stays keeps its
 * counts; one that does not is moved, open as it is, to gone, which the
 * caller frees, for closing may take its time.
 * => false when memory is short: some are missing
 */
bool sw_sink_set_arrange(struct sw_sinks *sinks, const struct sw_conf_log *conf,
    bool foreground, struct sw_sinks *gone);
void sw_sink_set_free(struct sw_sinks *sinks);

/* Closes all. */
void sw_sink_set_close(struct sw_sinks *sinks);
/* Has each opened anew, by sw_sink_set_open() or its next line. */
void sw_sink_set_outdate(struct sw_sinks *sinks);
/* Opens all that are closed or outdated. */
void sw_sink_set_open(struct sw_sinks *sinks, struct sw_time now);
/* Writes to each; a sink that begins to fail is told of in the others. */
void sw_sink_set_put(
    struct sw_sinks *sinks, const struct sw_record *record, struct sw_time now);
/* Tries failing sinks again. */
void sw_sink_set_revive(struct sw_sinks *sinks, struct sw_time now);
/* Does each take lines, and knows what it lost? */
bool sw_sink_set_well(const struct sw_sinks *sinks);
/* Counts a line that no sink was asked to take. */
void sw_sink_set_miss(struct sw_sinks *sinks);

#endif
