/* SPDX-License-Identifier: Apache-2.0 */
/*
 * best: the first few flows by a number, of all that a walk meets.
 *
 * It is a heap whose root is the worst of those kept, so memory does not grow
 * with the table.  Flows that change while the walk goes on are as they were
 * when it met them.
 */
#ifndef SYNWARD_CONTROL_BEST_H
#define SYNWARD_CONTROL_BEST_H

#include "synward/engine.h"

struct sw_best_flow {
	uint64_t rank; /* the highest first */
	struct sw_time now;
	struct sw_flow_info info;
};

struct sw_best {
	size_t n, max, told; /* the last: how many are written */
	struct sw_best_flow list[];
};

/* => for the caller to free(); NULL when memory is short */
struct sw_best *sw_best_create(size_t max);

/* Keeps the flow when it is among the best so far. */
void sw_best_keep(struct sw_best *best, uint64_t rank, struct sw_time now,
    const struct sw_flow_info *info);

/* Orders the list, the highest first; nothing can be kept afterwards. */
void sw_best_sort(struct sw_best *best);

#endif
