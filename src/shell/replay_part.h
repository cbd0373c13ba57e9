/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay_part: what the parts of replay share.
 *
 * replay.c drives, replay_record.c prints what became of one record,
 * replay_summary.c what became of all.
 */
#ifndef SYNWARD_SHELL_REPLAY_PART_H
#define SYNWARD_SHELL_REPLAY_PART_H

#include "shell/line.h"
#include "shell/replay.h"

/* One record of the capture as far as it is known what became of it. */
struct sw_replay_frame {
	const struct sw_record *record;
	const struct sw_packet *packet; /* NULL: not IP */
	const char *skipped;		/* why there is no packet */
	enum sw_verdict verdict;
};

/* event: a refusal, judged. */
void sw_replay_print_refusal(const struct sw_replay_options *options,
    const struct sw_record *record, const struct sw_event *event,
    const struct sw_names *names);

/* A record that was not refused. */
void sw_replay_print_frame(const struct sw_replay_options *options,
    const struct sw_replay_frame *frame);

#endif
