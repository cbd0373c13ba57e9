/* SPDX-License-Identifier: Apache-2.0 */
/*
 * silence_sums: the histograms of a time, added up.
 */
#ifndef SYNWARD_REPORT_SILENCE_SUMS_H
#define SYNWARD_REPORT_SILENCE_SUMS_H

#include "report/silence_rows.h"

struct sw_silence_sum {
	struct sw_silence_what what;
	struct sw_silence_count survived[SW_SILENCE_BUCKETS];
	struct sw_silence_count cut[SW_SILENCE_BUCKETS];
	uint32_t ended;
};

struct sw_silence_sums {
	struct sw_silence_sum *list; /* in the order of rules and timeouts */
	size_t n;
	struct sw_time from; /* nothing that was before is in it */
};

/* Everything since this time, and what was earlier in the same slice.
 * => false when memory is short; otherwise sw_silence_sums_free() */
bool sw_silence_sums_read(const struct sw_silences *silences,
    struct sw_time since, struct sw_silence_sums *sums);
void sw_silence_sums_free(struct sw_silence_sums *sums);

static inline uint32_t
sw_silence_sums_both(const struct sw_silence_count *count)
{
	return count->data + count->keepalive;
}

#endif
