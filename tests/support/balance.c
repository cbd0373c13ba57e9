/* SPDX-License-Identifier: Apache-2.0 */
#include "balance.h"

#include <check.h>

enum { STORIES = 128 };

static uint64_t
sum(const uint64_t *numbers, unsigned n)
{
	uint64_t total = 0;

	for (unsigned i = 0; i < n; i++)
		total += numbers[i];
	return total;
}

/* Of all flows, when so few that each is listed. */
static void
check_listed(const struct sw_engine *engine, const struct sw_counts *counts,
    struct sw_time now)
{
	struct sw_flow_info infos[STORIES];
	uint32_t cursor = 0, embryonic = 0;
	size_t n =
	    sw_engine_list(engine, now, &cursor, UINT32_MAX, infos, STORIES);

	if (n != counts->flows)
		return;
	for (size_t i = 0; i < n; i++)
		embryonic += !infos[i].assured;
	ck_assert_uint_eq(counts->embryonic, embryonic);
}

void
balance_check(const struct sw_engine *engine, struct sw_time now)
{
	struct sw_counts counts;
	uint32_t flows = 0;

	sw_engine_counts(engine, &counts);
	for (unsigned i = 0; i < SW_STATE_COUNT; i++)
		flows += counts.by_state[i];
	ck_assert_uint_eq(counts.flows, flows);
	ck_assert_uint_eq(
	    counts.flows, counts.opened - sum(counts.ended, SW_END_COUNT));
	ck_assert_uint_le(counts.embryonic, counts.flows);
	check_listed(engine, &counts, now);
}
