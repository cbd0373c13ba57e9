/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spans: sets of numbers, and boxes made of such sets.
 *
 * A set is a sorted list of spans that neither touch nor overlap.  A box is
 * the product of one set for each axis; what is left of a box when another
 * is cut out is a handful of boxes again.  So "is this rule covered by those
 * before it" is answered exactly, without counting addresses.
 */
#ifndef SYNWARD_SHELL_SPANS_H
#define SYNWARD_SHELL_SPANS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

__extension__ typedef unsigned __int128 sw_wide;

#define SW_BOX_AXES 6

struct sw_span {
	sw_wide first, last;
};

struct sw_spans {
	struct sw_span *list;
	size_t n;
};

struct sw_box {
	struct sw_spans axis[SW_BOX_AXES];
};

/* Memory that is given out once and taken back all together; whoever asks
 * for more than there is gets NULL, which bounds the work, too. */
struct sw_arena {
	char *bytes;
	size_t size, used;
};

void *sw_arena_take(struct sw_arena *arena, size_t size);

/* Sorts and joins the spans in place. */
void sw_spans_settle(struct sw_spans *spans);

bool sw_box_empty(const struct sw_box *box);
bool sw_box_overlaps(const struct sw_box *a, const struct sw_box *b);

/* Boxes that touch each other nowhere. */
struct sw_boxes {
	struct sw_box *list;
	size_t n;
};

/* What is left of the boxes without the cut one, in memory of the arena.
 * => false when the arena is used up */
bool sw_boxes_cut(struct sw_arena *arena, const struct sw_boxes *from,
    const struct sw_box *cut, struct sw_boxes *left);

#endif
