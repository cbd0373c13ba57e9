/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The counts are read once a second only, because that takes each shard's lock;
 * after a line was written the next one may wait.
 */
#include <syslog.h>

#include "pipeline/lost_reports.h"

enum {
	LOOK_MS = 1000,
	SAY_MS = 10000,
};

void
sw_lost_reports_say(struct sw_lost_reports *reports, struct sw_shards *shards,
    struct sw_log *log, struct sw_time now, bool at_end)
{
	struct sw_counts counts;
	uint64_t lost;

	if (!at_end && now.ns < reports->look_at.ns)
		return;
	reports->look_at = sw_time_add_ms(now, LOOK_MS);
	sw_shards_counts(shards, &counts);
	lost = counts.refusals_lost - reports->reported;
	if (lost == 0)
		return;
	reports->reported = counts.refusals_lost;
	reports->look_at = sw_time_add_ms(now, SAY_MS);
	sw_log_say(log, LOG_WARNING,
	    "log: %llu drop report%s lost: the packets came faster than they "
	    "could be reported",
	    (unsigned long long)lost, lost == 1 ? "" : "s");
}
