/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay_part: what the parts of replay share.
 *
 * replay/replay.c drives, replay/progress.c shows how far it is, replay/record.c
 * prints what became of one record, replay/summary.c what became of all.
 */
#ifndef SYNWARD_REPLAY_INTERNAL_H
#define SYNWARD_REPLAY_INTERNAL_H

#include "replay/replay.h"
#include "report/line.h"

/* One record of the capture as far as it is known what became of it. */
struct sw_replay_frame {
	const struct sw_record *record;
	const struct sw_packet *packet; /* NULL: not IP */
	const char *skipped;		/* why there is no packet */
	enum sw_verdict verdict;
};

/* event: a refusal, judged. */
void sw_replay_record_refusal(const struct sw_replay_options *options,
    const struct sw_record *record, const struct sw_event *event,
    const struct sw_names *names);

/* A record that was not refused. */
void sw_replay_record_frame(const struct sw_replay_options *options,
    const struct sw_replay_frame *frame);

/* A line that shows how far the replay is. */
struct sw_replay_progress {
	FILE *to; /* NULL: nothing is shown */
	const struct sw_capture *capture;
	uint64_t began, shown; /* wall clock, ns */
};

void sw_replay_progress_begin(struct sw_replay_progress *progress, FILE *to,
    const struct sw_capture *capture);
/* After each record; writes four times a second. */
void
sw_replay_progress_show(struct sw_replay_progress *progress, uint64_t records);
void sw_replay_progress_hide(const struct sw_replay_progress *progress);

#endif
