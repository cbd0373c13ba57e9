/* SPDX-License-Identifier: Apache-2.0 */
/*
 * axis: builds the intervals of one axis and their sets of rules.
 *
 * Every span of a group leaves two edges, one where it begins and one after
 * its end.  The edges are sorted and walked once with a running set; between
 * two edges the set does not change, so that is an interval.  A group whose
 * spans overlap is open as long as any of them is, so there is a count for each
 * group; and a rule is in the set while one of its groups is open and none
 * that it excepts, so there are two counts for each rule.  Intervals with equal
 * sets share one, found by a hash: a group with a million prefixes costs a
 * million intervals but only a few sets.
 *
 * The first interval begins at 0, so that every value is in one.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/policy/axis.h"

enum {
	LINE = 64, /* bytes of a cache line */
};

struct sw_axis_edge {
	sw_axis_value at;
	uint32_t group;
	bool opens;
};

struct sw_axis_member {
	uint32_t group;
	uint16_t rule;
	bool except;
};

/* The running set and the sets seen so far. */
struct sweep {
	struct sw_axis *axis;
	uint32_t words;	     /* of a set, digest included */
	uint32_t sets, room; /* sets stored, and room for */
	uint32_t *hash;	     /* 1 + number of a set, 0 = free */
	uint32_t mask;	     /* of hash */
	uint32_t *open;	     /* spans of each group now open */
	uint32_t *first;     /* of each group's members, and their end */
	struct sw_axis_member *members; /* by group */
	uint32_t wanted[SW_AXIS_RULES]; /* groups of each rule now open */
	uint32_t barred[SW_AXIS_RULES]; /* of those it excepts */
	uint64_t now[1 + SW_AXIS_RULES / 64];
};

void
sw_axis_begin(struct sw_axis_draft *draft, sw_axis_value top)
{
	memset(draft, 0, sizeof *draft);
	draft->top = top;
}

uint32_t
sw_axis_group(struct sw_axis_draft *draft)
{
	return draft->n_groups++;
}

/* Room for one more of n items.  => the list, or NULL and the draft failed */
static void *
draft_grow(struct sw_axis_draft *draft, void *list, size_t n, size_t *room,
    size_t size)
{
	size_t more = *room > 0 ? *room * 2 : 64;
	void *grown;

	if (draft->failed || n < *room)
		return draft->failed ? NULL : list;
	grown = calloc(more, size);
	if (grown == NULL) {
		draft->failed = true;
		return NULL;
	}
	if (n > 0)
		memcpy(grown, list, n * size);
	free(list);
	*room = more;
	return grown;
}

static void
draft_edge(
    struct sw_axis_draft *draft, uint32_t group, sw_axis_value at, bool opens)
{
	struct sw_axis_edge *edges = draft_grow(draft, draft->edges,
	    draft->n_edges, &draft->edge_room, sizeof *edges);

	if (edges == NULL)
		return;
	draft->edges = edges;
	edges[draft->n_edges++] =
	    (struct sw_axis_edge){ .at = at, .group = group, .opens = opens };
}

void
sw_axis_span(struct sw_axis_draft *draft, uint32_t group, sw_axis_value first,
    sw_axis_value last)
{
	if (first > last)
		return;
	draft_edge(draft, group, first, true);
	if (last < draft->top)
		draft_edge(draft, group, last + 1, false);
}

void
sw_axis_join(
    struct sw_axis_draft *draft, uint32_t group, uint32_t rule, bool except)
{
	struct sw_axis_member *members = draft_grow(draft, draft->members,
	    draft->n_members, &draft->member_room, sizeof *members);

	if (members == NULL)
		return;
	draft->members = members;
	members[draft->n_members++] = (struct sw_axis_member){
		.group = group, .rule = (uint16_t)rule, .except = except
	};
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
sweep_rule(struct sweep *sweep, const struct sw_axis_member *member, bool opens)
{
	uint32_t *count = member->except ? &sweep->barred[member->rule]
					 : &sweep->wanted[member->rule];
	uint32_t word = member->rule / 64;
	uint64_t bit = UINT64_C(1) << (member->rule % 64);

	*count += opens ? 1 : UINT32_MAX;
	if (sweep->wanted[member->rule] > 0 && sweep->barred[member->rule] == 0)
		sweep->now[1 + word] |= bit;
	else
		sweep->now[1 + word] &= ~bit;
	if (sweep->now[1 + word] != 0)
		sweep->now[0] |= UINT64_C(1) << word;
	else
		sweep->now[0] &= ~(UINT64_C(1) << word);
}

static void
sweep_edge(struct sweep *sweep, const struct sw_axis_edge *edge)
{
	uint32_t *open = &sweep->open[edge->group];
	bool changes = edge->opens ? (*open)++ == 0 : --*open == 0;

	if (!changes)
		return;
	for (uint32_t i = sweep->first[edge->group];
	     i < sweep->first[edge->group + 1]; i++)
		sweep_rule(sweep, &sweep->members[i], edge->opens);
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
	struct sw_axis_leaf *leaf;
	uint32_t number;

	if (!sweep_intern(sweep, &number))
		return false;
	if (axis->wide) {
		axis->wides[axis->n] = begin;
		axis->set[axis->n++] = number * sweep->words;
	} else {
		leaf = &axis->leaves[axis->n / SW_AXIS_NODE];
		leaf->before[axis->n % SW_AXIS_NODE] = (uint32_t)begin;
		leaf->set[axis->n++ % SW_AXIS_NODE] = number * sweep->words;
	}
	return true;
}

static bool
sweep_edges(struct sweep *sweep, const struct sw_axis_draft *draft)
{
	sw_axis_value begin = 0;

	for (size_t i = 0; i < draft->n_edges; i++) {
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

static size_t
nodes_of(size_t parts)
{
	return (parts + SW_AXIS_NODE - 1) / SW_AXIS_NODE;
}

/* Room for the leaves of as many intervals, and for all levels above them,
 * from a cache line on.  => false when memory is short */
static bool
allocate_tree(struct sw_axis *axis, size_t intervals)
{
	size_t leaves = nodes_of(intervals), nodes = 0;
	uint32_t *level;

	for (size_t n = leaves; n > 1; n = nodes_of(n))
		nodes += nodes_of(n);
	axis->block =
	    calloc(1, leaves * sizeof *axis->leaves +
			  nodes * SW_AXIS_NODE * sizeof *level + LINE);
	if (axis->block == NULL)
		return false;
	axis->leaves = (void *)((char *)axis->block +
				(-(uintptr_t)axis->block & (LINE - 1)));
	axis->free_level = (uint32_t *)(axis->leaves + leaves);
	return true;
}

static bool
axis_allocate(struct sw_axis *axis, struct sweep *sweep, size_t intervals)
{
	uint32_t slots = 16;

	while (slots < intervals * 2)
		slots *= 2;
	sweep->mask = slots - 1;
	sweep->hash = calloc(slots, sizeof *sweep->hash);
	if (axis->wide) {
		axis->set = calloc(intervals, sizeof *axis->set);
		axis->wides = calloc(intervals, sizeof *axis->wides);
		return sweep->hash != NULL && axis->set != NULL &&
		       axis->wides != NULL;
	}
	return sweep->hash != NULL && allocate_tree(axis, intervals);
}

/* Puts the members in the order of their groups. */
static bool
sweep_members(struct sweep *sweep, const struct sw_axis_draft *draft)
{
	size_t n = draft->n_groups;
	uint32_t *first;

	sweep->open = calloc(n + 1, sizeof *sweep->open);
	first = sweep->first = calloc(n + 3, sizeof *first);
	sweep->members = calloc(draft->n_members + 1, sizeof *sweep->members);
	if (sweep->open == NULL || first == NULL || sweep->members == NULL)
		return false;
	/* Counted two places up, so that filling leaves each begin right. */
	for (size_t i = 0; i < draft->n_members; i++)
		first[draft->members[i].group + 2]++;
	for (size_t i = 2; i < n + 2; i++)
		first[i] += first[i - 1];
	for (size_t i = 0; i < draft->n_members; i++)
		sweep->members[first[draft->members[i].group + 1]++] =
		    draft->members[i];
	return true;
}

/* The first values of parts become what a node has of them. */
static void
finish_node(uint32_t before[SW_AXIS_NODE], uint32_t n)
{
	for (uint32_t i = 0; i < SW_AXIS_NODE; i++)
		before[i] = i > 0 && i < n ? before[i] - 1 : UINT32_MAX;
}

/* Puts a level above one whose n nodes begin with these values, which become
 * those of the new level. */
static void
add_level(struct sw_axis *axis, uint32_t *firsts, uint32_t n)
{
	uint32_t *level = axis->free_level;

	memcpy(level, firsts, n * sizeof *level);
	for (uint32_t i = 0; i < nodes_of(n); i++) {
		firsts[i] = level[i * SW_AXIS_NODE];
		finish_node(level + i * SW_AXIS_NODE, n - i * SW_AXIS_NODE);
	}
	axis->free_level += nodes_of(n) * SW_AXIS_NODE;
	memmove(
	    axis->level + 1, axis->level, axis->levels * sizeof axis->level[0]);
	axis->level[0] = level;
	axis->levels++;
}

static bool
axis_levels(struct sw_axis *axis)
{
	uint32_t n = (uint32_t)nodes_of(axis->n), *firsts;

	if (axis->wide)
		return true;
	firsts = calloc(n, sizeof *firsts);
	if (firsts == NULL)
		return false;
	for (uint32_t i = 0; i < n; i++) {
		firsts[i] = axis->leaves[i].before[0];
		finish_node(axis->leaves[i].before, axis->n - i * SW_AXIS_NODE);
	}
	for (; n > 1; n = (uint32_t)nodes_of(n))
		add_level(axis, firsts, n);
	free(firsts);
	return true;
}

static void
sweep_free(struct sweep *sweep)
{
	if (sweep == NULL)
		return;
	free(sweep->hash);
	free(sweep->open);
	free(sweep->first);
	free(sweep->members);
	free(sweep);
}

bool
sw_axis_build(struct sw_axis *axis, struct sw_axis_draft *draft, uint32_t rules)
{
	struct sweep *sweep = calloc(1, sizeof *sweep);
	bool built = false;

	memset(axis, 0, sizeof *axis);
	axis->wide = draft->top > UINT32_MAX;
	if (sweep == NULL || draft->failed || draft->n_edges > UINT32_MAX / 8)
		goto out;
	sweep->axis = axis;
	sweep->words = 1 + (rules + 63) / 64;
	if (!axis_allocate(axis, sweep, draft->n_edges + 1) ||
	    !sweep_members(sweep, draft))
		goto out;
	edges_sort(draft->edges, draft->n_edges);
	built = sweep_edges(sweep, draft) && axis_levels(axis);
out:
	sweep_free(sweep);
	free(draft->edges);
	free(draft->members);
	draft->edges = NULL;
	draft->members = NULL;
	return built;
}

void
sw_axis_free(struct sw_axis *axis)
{
	free(axis->block);
	free(axis->wides);
	free(axis->set);
	free(axis->words);
}
