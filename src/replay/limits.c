/* SPDX-License-Identifier: Apache-2.0 */
/*
 * limits: the size of a replay's tables.
 *
 * The table is no larger than the capture can fill, so that a small file is
 * replayed instantly.  The limits in force are still the configuration's.
 */
#include "replay/internal.h"

#define RECORD_LEAST 36 /* minimum bytes in the file for an IP record */
#define FLOWS_LEAST 4096

static uint32_t
at_most(uint32_t limit, uint64_t need)
{
	if (need < FLOWS_LEAST)
		need = FLOWS_LEAST;
	return need < limit ? (uint32_t)need : limit;
}

struct sw_limits
sw_replay_limits_of(
    const struct sw_conf *conf, const struct sw_capture *capture)
{
	const struct sw_conf_table *table = &conf->table;
	uint64_t size = sw_capture_most(capture);
	uint64_t most = size == 0 ? UINT32_MAX : size / RECORD_LEAST + 1;
	uint8_t percent = sw_conf_embryonic(table);

	return (struct sw_limits){
		.max_flows = at_most(table->max_flows, most * 100 / percent),
		.max_embryonic = percent,
		.max_src_flows = table->max_src_flows,
		.tombstones = at_most(table->tombstones, most),
		.events = SW_REPLAY_EVENTS,
		.fragments_in_order = true,
	};
}
