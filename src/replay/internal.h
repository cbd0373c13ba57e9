/* SPDX-License-Identifier: Apache-2.0 */
/*
 * internal: what the files of replay share.
 *
 * replay/replay.c drives the engine, replay/interface.c finds the interfaces of
 * a packet, replay/limits.c the size of its tables, replay/rank.c
 * the busiest incidents, replay/progress.c shows the progress, replay/record.c prints one
 * record's result, replay/summary.c all results.
 */
#ifndef SYNWARD_REPLAY_INTERNAL_H
#define SYNWARD_REPLAY_INTERNAL_H

#include "replay/replay.h"
#include "report/hint.h"
#include "report/line.h"

/* One record of the capture and its result so far. */
struct sw_replay_frame {
	const struct sw_record *record;
	const struct sw_packet *packet; /* NULL: not IP */
	const char *skipped;		/* why there is no packet */
	enum sw_verdict verdict;
};

/* Prints a refusal; event must be judged. */
void sw_replay_record_refusal(const struct sw_replay_options *options,
    const struct sw_record *record, const struct sw_event *event,
    const struct sw_names *names);

/* Prints a record that was not refused. */
void sw_replay_record_frame(const struct sw_replay_options *options,
    const struct sw_replay_frame *frame);

/* The rules, for the interfaces that the capture has shown so far.
 * => NULL when memory is short; the caller owns the result */
struct sw_policy *sw_replay_interface_compile(
    const struct sw_capture *capture, const struct sw_conf *conf);

/* => NULL for no interface, and for one without a name */
const char *sw_replay_interface_name(
    const struct sw_capture *capture, uint32_t interface, char room[16]);

/* Sets the interfaces and the mark of a record's packet.  A name that was not
 * known before is added to the capture's interfaces. */
void sw_replay_interface_set(struct sw_capture *capture,
    const struct sw_record *record, const struct sw_link *link,
    struct sw_packet *packet);

#define SW_REPLAY_EVENTS 8192 /* size of the engine's ring */

/* The limits of an engine for this capture. */
struct sw_limits sw_replay_limits_of(
    const struct sw_conf *conf, const struct sw_capture *capture);

/* Puts the busiest incidents into the summary; none when memory is short. */
void sw_replay_rank_incidents(
    struct sw_replay_summary *summary, struct sw_incidents *incidents);

/* replay/heed.c: what is noted for hints and for advice. */

/* A judged refusal; record NULL: none, the flow's time was over. */
void sw_replay_heed_refusal(struct sw_hints *hints,
    const struct sw_policy *policy, const struct sw_replay_ears *ears,
    const struct sw_record *record, const struct sw_event *event);
/* The end of a flow. */
void sw_replay_heed_end(struct sw_hints *hints, const struct sw_policy *policy,
    const struct sw_event *event);
/* The silences that live flows have broken until now. */
void sw_replay_heed_silences(
    struct sw_hints *hints, struct sw_engine *engine, struct sw_time now);
/* What follows from all of it, for whom it may concern. */
void
sw_replay_heed_advise(struct sw_hints *hints, const struct sw_policy *policy,
    struct sw_time now, const struct sw_replay_ears *ears);

/* A line that shows the progress of the replay. */
struct sw_replay_progress {
	FILE *to; /* NULL: nothing is shown */
	const struct sw_capture *capture;
	uint64_t began, shown; /* wall clock, ns */
};

void sw_replay_progress_begin(struct sw_replay_progress *progress, FILE *to,
    const struct sw_capture *capture);
/* Call it after each record; it writes four times a second. */
void
sw_replay_progress_show(struct sw_replay_progress *progress, uint64_t records);
void sw_replay_progress_hide(const struct sw_replay_progress *progress);

#endif
