/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One-way flows by server, in sets of four; a new server replaces the one quiet
 * for longest.
 */
#include "diagnose/one_way.h"

#define WINDOW (300 * SW_NS_PER_SECOND)

struct sw_half *
sw_one_way_at(struct sw_one_way *one_way, uint64_t id, struct sw_time now)
{
	struct sw_half *set = one_way->entry[(id >> 40) % SW_ONE_WAY_SETS];
	struct sw_half *half = &set[0];

	id = id ? id : 1;
	for (unsigned i = 0; i < SW_ONE_WAY_WAYS; i++) {
		if (set[i].id == id) {
			half = &set[i];
			break;
		}
		if (set[i].last < half->last)
			half = &set[i];
	}
	if (half->id != id || now.ns - half->since >= WINDOW)
		*half = (struct sw_half){ .id = id, .since = now.ns };
	half->last = now.ns;
	return half;
}

void
sw_one_way_add(struct sw_half *half, uint64_t client)
{
	half->flows++;
	sw_estimate_add(&half->clients, client);
}
