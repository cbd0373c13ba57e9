/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The heap gives up the lowest first, so the list is sorted from its end.
 */
#include "control/best.h"

#include <stdlib.h>

struct sw_best *
sw_best_create(size_t max)
{
	struct sw_best *best =
	    malloc(sizeof *best + max * sizeof best->list[0]);

	if (best != NULL)
		*best = (struct sw_best){ .max = max };
	return best;
}

static void
swap(struct sw_best_flow *a, struct sw_best_flow *b)
{
	struct sw_best_flow c = *a;

	*a = *b;
	*b = c;
}

static void
sift_down(struct sw_best *best)
{
	struct sw_best_flow *list = best->list;
	size_t at = 0, child;

	while ((child = 2 * at + 1) < best->n) {
		if (child + 1 < best->n &&
		    list[child + 1].rank < list[child].rank)
			child++;
		if (list[at].rank <= list[child].rank)
			return;
		swap(&list[at], &list[child]);
		at = child;
	}
}

static void
sift_up(struct sw_best *best, size_t at)
{
	struct sw_best_flow *list = best->list;

	while (at > 0 && list[at].rank < list[(at - 1) / 2].rank) {
		swap(&list[at], &list[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
}

void
sw_best_keep(struct sw_best *best, uint64_t rank, struct sw_time now,
    const struct sw_flow_info *info)
{
	struct sw_best_flow flow = { .rank = rank, .now = now, .info = *info };

	if (best->n < best->max) {
		best->list[best->n] = flow;
		sift_up(best, best->n++);
	} else if (rank > best->list[0].rank) {
		best->list[0] = flow;
		sift_down(best);
	}
}

void
sw_best_sort(struct sw_best *best)
{
	size_t n = best->n;

	for (; best->n > 1; sift_down(best)) {
		best->n--;
		swap(&best->list[0], &best->list[best->n]);
	}
	best->n = n;
}
