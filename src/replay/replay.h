/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay: a capture through the engine, by the capture's own clock.
 *
 * The same engine, diagnosis and log lines as in the daemon, in one thread
 * and without a kernel: what is printed is what synwardd would have logged
 * had it stood where the capture was taken.
 */
#ifndef SYNWARD_REPLAY_REPLAY_H
#define SYNWARD_REPLAY_REPLAY_H

#include <stdio.h>

#include "conf/conf.h"
#include "replay/capture.h"
#include "report/incident.h"
#include "synward/diagnose.h"
#include "synward/engine.h"

#define SW_REPLAY_INCIDENTS 5 /* told in the summary */

struct sw_replay_options {
	const struct sw_conf *conf; /* slots assigned; the caller's */
	bool json;		    /* objects instead of lines */
	bool all;		    /* every record, not only refusals */
	bool quiet;		    /* neither: only the summary is wanted */
	FILE *out;
	FILE *progress; /* NULL: none is shown */
};

struct sw_replay_summary {
	uint64_t records;
	uint64_t passed, dropped; /* packets by verdict */
	uint64_t spared;	  /* of passed: would have been dropped */
	uint64_t not_ip, cut;	  /* records without a verdict */
	uint64_t unknown;	  /* likewise: of a link type not read */
	uint32_t unknown_link;	  /* the first such type */
	uint64_t backwards;	  /* records older than the one before */
	uint64_t idle_ends;	  /* flows that on-idle = reset would end */
	struct sw_time first, last;
	struct sw_counts counts;
	struct sw_diagnose_counts judged;
	struct sw_incident incidents[SW_REPLAY_INCIDENTS]; /* busiest first */
	size_t n_incidents;
};

/*
 * Runs the whole capture; a damaged one as far as it can be read, see
 * sw_capture_error().
 * => 0, -ENOMEM, or -EIO when out took no more
 */
int sw_replay_run(struct sw_capture *capture,
    const struct sw_replay_options *options, struct sw_replay_summary *summary);

/* The summary as a person reads it, and as one JSON object on one line. */
void sw_replay_summary_print(const struct sw_replay_summary *summary,
    const char *name, bool color, FILE *out);
void sw_replay_summary_json(
    const struct sw_replay_summary *summary, const char *name, FILE *out);

#endif
