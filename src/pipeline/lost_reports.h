/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lost_reports: logs the number of drops that got no report.
 *
 * When packets are refused faster than the reporter takes their events, the
 * rings are full and events are lost.  The engine counts them; here the count
 * becomes a log line, so that the log alone adds up to all drops.
 */
#ifndef SYNWARD_PIPELINE_LOST_REPORTS_H
#define SYNWARD_PIPELINE_LOST_REPORTS_H

#include "log/log.h"
#include "shards/shard.h"

struct sw_lost_reports {
	uint64_t reported;
	struct sw_time look_at; /* not before */
};

/* Logs how many reports were lost since the last line, at most every ten
 * seconds; without delay at the end. */
void
sw_lost_reports_say(struct sw_lost_reports *reports, struct sw_shards *shards,
    struct sw_log *log, struct sw_time now, bool at_end);

#endif
