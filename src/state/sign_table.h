/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sign_table: how each sign is measured, and its words.
 */
#ifndef SYNWARD_STATE_SIGN_TABLE_H
#define SYNWARD_STATE_SIGN_TABLE_H

#include "log/log.h"
#include "pipeline/reporter.h"
#include "shards/shard.h"
#include "state/signs.h"

/* The values that the signs are read from. */
struct sw_sign_view {
	const struct sw_daemon *daemon;
	struct sw_counts counts;
	struct sw_reporter_counts reporter;
	struct sw_log_counts log;
	struct sw_kernel_counts kernel; /* zeros: nothing is compared */
	uint64_t queue_dropped, user_dropped, verdicts, tap_lost;
	size_t unbound;
	/* the most frequent cause; SW_CAUSE_COUNT: no drops */
	enum sw_cause busiest;
	uint64_t uptime; /* seconds */
	struct sw_time now;
};

enum sw_sign_kind {
	SW_SIGN_HOLDS, /* a condition */
	SW_SIGN_LOSES, /* a running count */
	SW_SIGN_TELLS, /* a condition whose beginning nobody needs */
};

struct sw_sign_row {
	const char *name;
	enum sw_sign_level level;
	enum sw_sign_kind kind;
	bool quiet; /* its part of the daemon logs it */
	/* Lost by this process: even what was lost at its very start is
	 * news. */
	bool ours;
	const char *title;
	/* was: whether a condition held before */
	uint64_t (*measure)(const struct sw_sign_view *view, bool was);
	/* n: what was lost since the sign began */
	void (*write)(const struct sw_sign_view *view, uint64_t n,
	    struct sw_sign_told *told);
	const char *command; /* "" for none */
};

/* Most urgent first.  => the table; *n is the number of its rows */
const struct sw_sign_row *sw_sign_table(size_t *n);

#endif
