/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expiry: sweeps the packed column of deadlines.
 *
 * Sixteen deadlines are one cache line and are compared at once, without a
 * branch for each; only a line with a due one is searched for it.  Ticks wrap,
 * so a deadline is past when it is less than half the circle before now.
 * Ranges that no flow ever used are skipped unread.
 */
#include "engine/table/expiry.h"

#define LINE 16u

static inline bool
is_due(uint32_t deadline, uint32_t now)
{
	return deadline != 0 && (int32_t)(now - deadline) >= 0;
}

static inline bool
line_has_due(const uint32_t *deadlines, uint32_t now)
{
	uint32_t any = 0;

	for (unsigned i = 0; i < LINE; i++)
		any |= (uint32_t)(deadlines[i] != 0) &
		       (uint32_t)((int32_t)(now - deadlines[i]) >= 0);
	return any != 0;
}

/* The first due entry in from .. to-1, or to. */
static uint32_t
first_due(const uint32_t *deadlines, uint32_t from, uint32_t to, uint32_t now)
{
	while (to - from >= LINE && !line_has_due(deadlines + from, now))
		from += LINE;
	while (from < to && !is_due(deadlines[from], now))
		from++;
	return from;
}

uint32_t
sw_expiry_next(struct sw_expiry *expiry, const struct sw_flows *flows,
    uint32_t now_tick, uint32_t *slots)
{
	const uint32_t *deadlines = sw_flows_deadlines(flows);
	uint32_t all = sw_flows_slots(flows);

	while (*slots > 0) {
		uint32_t from = expiry->cursor < all ? expiry->cursor : 0;
		uint32_t end, used, due;
		uint32_t stop;

		used = sw_flows_unused(flows, from, &end);
		stop = end - from > *slots ? from + *slots : end;
		if (used > stop)
			used = stop;
		due = from < used ? first_due(deadlines, from, used, now_tick)
				  : used;
		if (due < used) {
			*slots -= due + 1 - from;
			expiry->cursor = due + 1;
			return due;
		}
		*slots -= stop - from;
		expiry->cursor = stop;
	}
	return SW_FLOW_NONE;
}
