/* SPDX-License-Identifier: Apache-2.0 */
/*
 * progress: one line on a terminal, overwritten repeatedly.
 *
 * The wall clock is read once for many records, so that it does not slow down a
 * capture without output.
 */
#include "base/clock.h"
#include "replay/internal.h"

#define RECORDS 8192 /* between two reads of the wall clock */
#define INTERVAL (SW_NS_PER_SECOND / 4)

void
sw_replay_progress_begin(struct sw_replay_progress *progress, FILE *to,
    const struct sw_capture *capture)
{
	progress->to = to;
	progress->capture = capture;
	progress->began = progress->shown = sw_clock_read(CLOCK_MONOTONIC);
}

void
sw_replay_progress_show(struct sw_replay_progress *progress, uint64_t records)
{
	uint64_t size = sw_capture_size(progress->capture);
	uint64_t now;

	if (progress->to == NULL || records % RECORDS != 0)
		return;
	now = sw_clock_read(CLOCK_MONOTONIC);
	if (now - progress->shown < INTERVAL)
		return;
	progress->shown = now;
	fprintf(progress->to, "\r%.1f million records", (double)records / 1e6);
	if (size > 0)
		fprintf(progress->to, ", %.0f %%",
		    100.0 * (double)sw_capture_position(progress->capture) /
			(double)size);
	fprintf(progress->to, ", %.1f million/s\033[K",
	    (double)records * 1e3 / (double)(now - progress->began));
	fflush(progress->to);
}

void
sw_replay_progress_hide(const struct sw_replay_progress *progress)
{
	if (progress->shown != progress->began)
		fputs("\r\033[K", progress->to);
}
