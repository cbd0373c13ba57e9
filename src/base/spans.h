/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spans: sets of numbers, as spans from a first to a last one.
 *
 * A settled list is in order, and its spans neither overlap nor touch, so
 * equal sets are equal lists.
 */
#ifndef SYNWARD_BASE_SPANS_H
#define SYNWARD_BASE_SPANS_H

#include <stdbool.h>
#include <stddef.h>

#include "synward/policy.h"

__extension__ typedef unsigned __int128 sw_wide;

struct sw_span {
	sw_wide first, last;
};

struct sw_spans {
	struct sw_span *list;
	size_t n, room;
	bool failed; /* memory was short: the list is incomplete */
};

void sw_spans_free(struct sw_spans *spans);
/* Adds first..last; the list is to be settled again. */
void sw_spans_add(struct sw_spans *spans, sw_wide first, sw_wide last);
void sw_spans_settle(struct sw_spans *spans);
/* Takes out what is in the other; both are settled, and it stays so. */
void sw_spans_remove(struct sw_spans *spans, const struct sw_spans *other);
/* The span of a settled list that holds the value, or NULL. */
const struct sw_span *
sw_spans_find(const struct sw_span *list, size_t n, sw_wide value);

/* An address as a number. */
sw_wide sw_spans_addr(const struct sw_addr *addr, enum sw_family family);
struct sw_addr sw_spans_to_addr(sw_wide value, enum sw_family family);

#endif
