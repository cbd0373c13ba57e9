/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sink_set: all sinks of a configuration.
 *
 * Used by the log's thread; other threads must hold the lock under which the
 * log calls sw_sink_set_arrange().
 */
#ifndef SYNWARD_LOG_SINK_SET_H
#define SYNWARD_LOG_SINK_SET_H

#include "log/sink.h"

struct sw_sinks {
	struct sw_sink *list[SW_CONF_SINKS];
	size_t n;
	uint64_t lost_before; /* by sinks that are gone */
};

/*
 * Makes the list what conf says: the default sink when it names none, and
 * stderr as well when foreground.  A sink that stays keeps its counts; one that
 * does not is moved, still open, to gone, which the caller frees, because
 * closing may take time.
 * => false when memory is short: some are missing
 */
bool sw_sink_set_arrange(struct sw_sinks *sinks, const struct sw_conf_log *conf,
    bool foreground, struct sw_sinks *gone);
void sw_sink_set_free(struct sw_sinks *sinks);

/* Closes all sinks. */
void sw_sink_set_close(struct sw_sinks *sinks);
/* Has each sink reopened, by sw_sink_set_open() or its next line. */
void sw_sink_set_outdate(struct sw_sinks *sinks);
/* Opens all sinks that are closed or outdated. */
void sw_sink_set_open(struct sw_sinks *sinks, struct sw_time now);
/* Writes to each sink; when one begins to fail, the others get a line about
 * it. */
void sw_sink_set_put(
    struct sw_sinks *sinks, const struct sw_record *record, struct sw_time now);
/* Tries failing sinks again. */
void sw_sink_set_revive(struct sw_sinks *sinks, struct sw_time now);
/* Does every sink accept lines, and are all losses reported? */
bool sw_sink_set_well(const struct sw_sinks *sinks);
/* Counts a line that was passed to no sink. */
void sw_sink_set_miss(struct sw_sinks *sinks);

#endif
