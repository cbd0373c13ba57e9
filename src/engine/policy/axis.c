/* SPDX-License-Identifier: Apache-2.0 */
/*
 * axis: builds the intervals of one axis and their sets of rules.
 *
 * Every span that a rule accepts has two edges, one at its beginning and one
 * after its end.  The edges are sorted and visited once with a running set;
 * between two edges the set does not change, so that is an interval.  When a
 * rule's spans overlap, it is in the set as long as any of them is open, so
 * each rule has a count.  Intervals with equal sets share one, found through a
 * hash: a rule with a million prefixes needs a million intervals but only a few
 * sets.
 *
 * The first interval begins at 0, so that every value is in one.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/policy/axis.h"

struct sw_axis_edge {
	sw_axis_value at;
	uint16_t rule;
	bool opens;
};

/* The running set and the sets seen so far. */
struct sweep {
	struct sw_axis *axis;
	uint32_t words;		      /* words of a set, with its digest */
	uint32_t sets, room;	      /* number of stored sets, and capacity */
	uint32_t *hash;		      /* 1 + number of a set, 0 = free */
	uint32_t mask;		      /* size of hash - 1 */
	uint32_t open[SW_AXIS_RULES]; /* open spans of each rule */
	uint64_t now[1 + SW_AXIS_RULES / 64];
};

void
sw_axis_begin(struct sw_axis_draft *draft, sw_axis_value top)
{
	memset(draft, 0, sizeof *draft);
	draft->top = top;
}

static bool
draft_grow(struct sw_axis_draft *draft)
{
	size_t room = draft->room > 0 ? draft->room * 2 : 64;
	struct sw_axis_edge *edges = calloc(room, sizeof *edges);

	if (edges == NULL)
		return false;
	if (draft->n > 0)
		memcpy(edges, draft->edges, draft->n * sizeof *edges);
	free(draft->edges);
	draft->edges = edges;
	draft->room = room;
	return true;
}

static void
draft_edge(
    struct sw_axis_draft *draft, uint32_t rule, sw_axis_value at, bool opens)
{
	if (draft->n == draft->room && !draft_grow(draft)) {
		draft->failed = true;
		return;
	}
	draft->edges[draft->n++] = (struct sw_axis_edge){
		.at = at, .rule = (uint16_t)rule, .opens = opens
	};
}

void
sw_axis_accept(struct sw_axis_draft *draft, uint32_t rule, sw_axis_value first,
    sw_axis_value last)
{
	if (draft->failed || first > last)
		return;
	draft_edge(draft, rule, first, true);
	if (last < draft->top)
		draft_edge(draft, rule, last + 1, false);
}

/* Sifts edge i down the heap of the first n edges. */
static void
heap_sift(struct sw_axis_edge *edges, size_t i, size_t n)
{
	struct sw_axis_edge moved = edges[i];

	for (size_t child; (child = 2 * i + 1) < n; i = child) {
		if (child + 1 < n && edges[child + 1].at > edges[child].at)
			child++;
		if (edges[child].at <= moved.at)
			break;
		edges[i] = edges[child];
	}
	edges[i] = moved;
}

/* Heapsort: no memory, no recursion, no bad case. */
static void
edges_sort(struct sw_axis_edge *edges, size_t n)
{
	for (size_t i = n / 2; i-- > 0;)
		heap_sift(edges, i, n);
	for (size_t last = n; last-- > 1;) {
		struct sw_axis_edge top = edges[0];

		edges[0] = edges[last];
		edges[last] = top;
		heap_sift(edges, 0, last);
	}
}

static void
sweep_edge(struct sweep *sweep, const struct sw_axis_edge *edge)
{
	uint32_t word = edge->rule / 64;
	uint64_t bit = UINT64_C(1) << (edge->rule % 64);

	sweep->open[edge->rule] += edge->opens ? 1 : UINT32_MAX;
	if (sweep->open[edge->rule] > 0)
		sweep->now[1 + word] |= bit;
	else
		sweep->now[1 + word] &= ~bit;
	if (sweep->now[1 + word] != 0)
		sweep->now[0] |= UINT64_C(1) << word;
	else
		sweep->now[0] &= ~(UINT64_C(1) << word);
}

static uint64_t
set_hash(const uint64_t *set, uint32_t words)
{
	uint64_t h = words;

	for (uint32_t i = 0; i < words; i++) {
		h = (h ^ set[i]) * UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 29;
	}
	return h;
}

static bool
sets_grow(struct sweep *sweep)
{
	uint32_t room = sweep->room > 0 ? sweep->room * 2 : 8;
	uint64_t *words = calloc(room, sweep->words * sizeof *words);

	if (words == NULL)
		return false;
	if (sweep->sets > 0)
		memcpy(words, sweep->axis->words,
		    (size_t)sweep->sets * sweep->words * sizeof *words);
	free(sweep->axis->words);
	sweep->axis->words = words;
	sweep->room = room;
	return true;
}

/* Finds the running set among the stored ones, or stores it. */
static bool
sweep_intern(struct sweep *sweep, uint32_t *number)
{
	size_t bytes = sweep->words * sizeof sweep->now[0];
	uint32_t i = (uint32_t)set_hash(sweep->now, sweep->words);

	for (;; i++) {
		uint32_t found = sweep->hash[i & sweep->mask];

		if (found == 0)
			break;
		*number = found - 1;
		if (memcmp(sweep->axis->words + *number * sweep->words,
			sweep->now, bytes) == 0)
			return true;
	}
	if (sweep->sets == sweep->room && !sets_grow(sweep))
		return false;
	*number = sweep->sets++;
	memcpy(sweep->axis->words + *number * sweep->words, sweep->now, bytes);
	sweep->hash[i & sweep->mask] = sweep->sets;
	return true;
}

/* Closes an interval that began at the given value. */
static bool
sweep_interval(struct sweep *sweep, sw_axis_value begin)
{
	struct sw_axis *axis = sweep->axis;
	uint32_t number;

	if (!sweep_intern(sweep, &number))
		return false;
	if (axis->wide)
		axis->wides[axis->n] = begin;
	else
		axis->narrows[axis->n] = (uint32_t)begin;
	axis->set[axis->n++] = number * sweep->words;
	return true;
}

static bool
sweep_edges(struct sweep *sweep, const struct sw_axis_draft *draft)
{
	sw_axis_value begin = 0;

	for (size_t i = 0; i < draft->n; i++) {
		const struct sw_axis_edge *edge = &draft->edges[i];

		if (edge->at != begin) {
			if (!sweep_interval(sweep, begin))
				return false;
			begin = edge->at;
		}
		sweep_edge(sweep, edge);
	}
	return sweep_interval(sweep, begin);
}

static bool
axis_allocate(struct sw_axis *axis, struct sweep *sweep, size_t intervals)
{
	uint32_t slots = 16;

	while (slots < intervals * 2)
		slots *= 2;
	sweep->mask = slots - 1;
	sweep->hash = calloc(slots, sizeof *sweep->hash);
	axis->set = calloc(intervals, sizeof *axis->set);
	if (axis->wide)
		axis->wides = calloc(intervals, sizeof *axis->wides);
	else
		axis->narrows = calloc(intervals, sizeof *axis->narrows);
	return sweep->hash != NULL && axis->set != NULL &&
	       (axis->wides != NULL || axis->narrows != NULL);
}

bool
sw_axis_build(struct sw_axis *axis, struct sw_axis_draft *draft, uint32_t rules)
{
	struct sweep *sweep = calloc(1, sizeof *sweep);
	bool built = false;

	memset(axis, 0, sizeof *axis);
	axis->wide = draft->top > UINT32_MAX;
	if (sweep == NULL || draft->failed || draft->n > UINT32_MAX / 8)
		goto out;
	sweep->axis = axis;
	sweep->words = 1 + (rules + 63) / 64;
	if (!axis_allocate(axis, sweep, draft->n + 1))
		goto out;
	edges_sort(draft->edges, draft->n);
	built = sweep_edges(sweep, draft);
out:
	if (sweep != NULL)
		free(sweep->hash);
	free(sweep);
	free(draft->edges);
	draft->edges = NULL;
	return built;
}

void
sw_axis_free(struct sw_axis *axis)
{
	free(axis->narrows);
	free(axis->wides);
	free(axis->set);
	free(axis->words);
}
