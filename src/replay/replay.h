/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay: runs a capture through the engine, by the capture's own clock.
 *
 * It uses the engine, diagnosis and log lines of the daemon, in one thread and
 * without a kernel: it prints what synwardd would have logged at the place
 * where the capture was taken.
 */
#ifndef SYNWARD_REPLAY_REPLAY_H
#define SYNWARD_REPLAY_REPLAY_H

#include <stdio.h>

#include "conf/conf.h"
#include "replay/capture.h"
#include "replay/link_layer.h"
#include "report/advice.h"
#include "report/incident.h"
#include "synward/diagnose.h"
#include "synward/engine.h"

#define SW_REPLAY_INCIDENTS 5 /* incidents in the summary */

/* What a caller may want to know besides what is printed. */
struct sw_replay_ears {
	/* A refused packet, judged; frame: of its record. */
	void (*refused)(const struct sw_event *event, uint64_t frame,
	    const char *rule, void *context);
	/* At the end, where there was a packet. */
	void (*advise)(const struct sw_advice_view *view, void *context);
	void *context;
};

struct sw_replay_options {
	const struct sw_conf *conf; /* with slots; owned by the caller */
	bool json;		    /* print objects instead of lines */
	bool all;		    /* print every record, not only refusals */
	bool quiet;		    /* print only the summary */
	bool silent;		    /* print nothing at all */
	bool has_link;		    /* frames of unknown link types are read */
	uint32_t link;		    /* as frames of this one */
	FILE *out;
	FILE *progress;		    /* NULL: show no progress */
	struct sw_replay_ears ears; /* functions may be NULL */
};

struct sw_replay_summary {
	uint64_t records;
	uint64_t passed, dropped; /* packets by verdict */
	uint64_t spared;	  /* part of passed: would have been dropped */
	/* Records without a verdict, by the reason. */
	uint64_t skipped[SW_LINK_OUTCOMES];
	uint64_t as_link;      /* records read as options->link */
	uint32_t unknown_link; /* the first link type that is not known */
	/* What the first frame of that type looks like, if is_guessed. */
	uint32_t guessed_link;
	bool is_guessed;
	uint64_t backwards; /* records older than an earlier one */
	uint64_t idle_ends; /* flows that on-idle = reset would end */
	struct sw_time first, last;
	struct sw_counts counts;
	struct sw_diagnose_counts judged;
	struct sw_incident incidents[SW_REPLAY_INCIDENTS]; /* busiest first */
	size_t n_incidents;
};

/*
 * Runs the whole capture, or a damaged one up to the damage, see
 * sw_capture_error().
 * => 0, -ENOMEM, or -EIO when out failed
 */
int sw_replay_run(struct sw_capture *capture,
    const struct sw_replay_options *options, struct sw_replay_summary *summary);

/* Prints the summary as text for people, or as one JSON object on one line. */
void sw_replay_summary_print(const struct sw_replay_summary *summary,
    const char *name, bool color, FILE *out);
void sw_replay_summary_json(
    const struct sw_replay_summary *summary, const char *name, FILE *out);

#endif
