/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spans: set operations by walking two sorted lists side by side.
 *
 * Cutting box B out of box A goes axis by axis: what A has on this axis and
 * B has not is a piece by itself, limited to B on the axes already done; the
 * rest goes on to the next axis.  At most one piece for each axis is left,
 * and they do not overlap.
 */
#include <stdlib.h>

#include "shell/spans.h"

void *
sw_arena_take(struct sw_arena *arena, size_t size)
{
	size_t rounded = (size + 15) & ~(size_t)15;
	void *memory = arena->bytes + arena->used;

	if (rounded > arena->size - arena->used)
		return NULL;
	arena->used += rounded;
	return memory;
}

static int
by_first(const void *a, const void *b)
{
	const struct sw_span *x = a, *y = b;

	return (x->first > y->first) - (x->first < y->first);
}

void
sw_spans_settle(struct sw_spans *spans)
{
	struct sw_span *list = spans->list;
	size_t n = 0;

	if (spans->n == 0)
		return;
	qsort(list, spans->n, sizeof *list, by_first);
	for (size_t i = 1; i < spans->n; i++) {
		if (list[i].first <= list[n].last ||
		    list[i].first == list[n].last + 1) {
			if (list[i].last > list[n].last)
				list[n].last = list[i].last;
		} else {
			list[++n] = list[i];
		}
	}
	spans->n = n + 1;
}

bool
sw_box_empty(const struct sw_box *box)
{
	for (unsigned d = 0; d < SW_BOX_AXES; d++)
		if (box->axis[d].n == 0)
			return true;
	return false;
}

static bool
spans_meet(const struct sw_spans *a, const struct sw_spans *b)
{
	size_t i = 0, k = 0;

	while (i < a->n && k < b->n) {
		if (a->list[i].last < b->list[k].first)
			i++;
		else if (b->list[k].last < a->list[i].first)
			k++;
		else
			return true;
	}
	return false;
}

bool
sw_box_overlaps(const struct sw_box *a, const struct sw_box *b)
{
	for (unsigned d = 0; d < SW_BOX_AXES; d++)
		if (!spans_meet(&a->axis[d], &b->axis[d]))
			return false;
	return true;
}

static sw_wide
larger(sw_wide a, sw_wide b)
{
	return a > b ? a : b;
}

static sw_wide
smaller(sw_wide a, sw_wide b)
{
	return a < b ? a : b;
}

/* What both have; both may be a itself. */
static bool
spans_both(struct sw_arena *arena, const struct sw_spans *a,
    const struct sw_spans *b, struct sw_spans *both)
{
	struct sw_span *list =
	    sw_arena_take(arena, (a->n + b->n) * sizeof *list);
	size_t i = 0, k = 0, n = 0;

	if (list == NULL)
		return false;
	while (i < a->n && k < b->n) {
		sw_wide first = larger(a->list[i].first, b->list[k].first);
		sw_wide last = smaller(a->list[i].last, b->list[k].last);

		if (first <= last)
			list[n++] = (struct sw_span){ first, last };
		if (a->list[i].last < b->list[k].last)
			i++;
		else
			k++;
	}
	*both = (struct sw_spans){ list, n };
	return true;
}

/* What a has and b has not. */
static bool
spans_without(struct sw_arena *arena, const struct sw_spans *a,
    const struct sw_spans *b, struct sw_spans *without)
{
	size_t k = 0;

	without->n = 0;
	without->list =
	    sw_arena_take(arena, (a->n + b->n) * sizeof *without->list);
	if (without->list == NULL)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		struct sw_span rest = a->list[i];
		bool gone = false;

		while (k < b->n && b->list[k].last < rest.first)
			k++;
		for (size_t m = k;
		     !gone && m < b->n && b->list[m].first <= rest.last; m++) {
			if (b->list[m].first > rest.first)
				without->list[without->n++] =
				    (struct sw_span){ rest.first,
					    b->list[m].first - 1 };
			gone = b->list[m].last >= rest.last;
			rest.first = b->list[m].last + 1;
		}
		if (!gone)
			without->list[without->n++] = rest;
	}
	return true;
}

/* Appends what is left of one box; left has room for all of its pieces. */
static bool
box_cut(struct sw_arena *arena, const struct sw_box *from,
    const struct sw_box *cut, struct sw_boxes *left)
{
	struct sw_box rest = *from;

	for (unsigned d = 0; d < SW_BOX_AXES; d++) {
		struct sw_spans without;

		if (!spans_without(
			arena, &rest.axis[d], &cut->axis[d], &without))
			return false;
		if (without.n > 0) {
			left->list[left->n] = rest;
			left->list[left->n++].axis[d] = without;
		}
		if (!spans_both(
			arena, &rest.axis[d], &cut->axis[d], &rest.axis[d]))
			return false;
	}
	return true;
}

bool
sw_boxes_cut(struct sw_arena *arena, const struct sw_boxes *from,
    const struct sw_box *cut, struct sw_boxes *left)
{
	left->n = 0;
	left->list = sw_arena_take(
	    arena, from->n * SW_BOX_AXES * sizeof *left->list + 1);
	if (left->list == NULL)
		return false;
	for (size_t i = 0; i < from->n; i++) {
		if (!sw_box_overlaps(&from->list[i], cut))
			left->list[left->n++] = from->list[i];
		else if (!box_cut(arena, &from->list[i], cut, left))
			return false;
	}
	return true;
}
