/* SPDX-License-Identifier: Apache-2.0 */
/*
 * axis: one property that rules match on (protocol, source, port, ...), divided
 * into intervals, and for each interval the set of rules that accept it.
 *
 * A set is an array of 64-bit words with one bit for each rule.  Word 0 is a
 * digest: its bit w says that word 1 + w is not zero.
 */
#ifndef SYNWARD_ENGINE_POLICY_AXIS_H
#define SYNWARD_ENGINE_POLICY_AXIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The most rules of one axis: 64 words of 64 bits, as many as a digest
 * covers. */
#define SW_AXIS_RULES 4096u

/* Values of a node: those of IPv4 addresses are a cache line. */
#define SW_AXIS_NODE 16u

/* Levels of a tree: 16^8 values are all there can be. */
#define SW_AXIS_LEVELS 8

/* A value of the widest axis: an IPv6 address. */
typedef unsigned __int128 sw_axis_value;

/*
 * A node has, for each part of it but the first, the value before that part:
 * a part begins below a value where this is less than the value.  What is no
 * part, and the first, has UINT32_MAX, which is never less.
 */
struct sw_axis_leaf {
	_Alignas(64) uint32_t before[SW_AXIS_NODE]; /* of each interval */
	uint32_t set[SW_AXIS_NODE]; /* where its set is in words */
};

/*
 * Values of up to 32 bits are in a tree without pointers: part i of all nodes
 * of a level is node i below.  Wider ones are searched by halving.
 */
struct sw_axis {
	uint32_t n; /* intervals */
	bool wide;  /* values above 32 bits */
	uint64_t *words;

	uint32_t levels;		 /* above the leaves */
	uint32_t *level[SW_AXIS_LEVELS]; /* the root's first */
	struct sw_axis_leaf *leaves;
	void *block;	      /* that has leaves and levels */
	uint32_t *free_level; /* of it, for the next level */

	sw_axis_value *wides; /* the first value of each interval */
	uint32_t *set;	      /* where its set is in words */
};

/*
 * Collects what the rules accept.  Spans of values belong to a group; a rule
 * joins groups.  It accepts a value that is in one of its groups and in none
 * that it joined with except.
 */
struct sw_axis_edge;
struct sw_axis_member;
struct sw_axis_draft {
	struct sw_axis_edge *edges;
	size_t n_edges, edge_room;
	struct sw_axis_member *members;
	size_t n_members, member_room;
	uint32_t n_groups;
	sw_axis_value top; /* the largest value of this axis */
	bool failed;	   /* memory was short */
};

void sw_axis_begin(struct sw_axis_draft *draft, sw_axis_value top);
/* A new group without spans and rules.  => its number */
uint32_t sw_axis_group(struct sw_axis_draft *draft);
/* Adds first..last to the group.  Spans may overlap. */
void sw_axis_span(struct sw_axis_draft *draft, uint32_t group,
    sw_axis_value first, sw_axis_value last);
/* The rule joins the group; rule < SW_AXIS_RULES. */
void sw_axis_join(
    struct sw_axis_draft *draft, uint32_t group, uint32_t rule, bool except);
/* Builds the axis for that many rules and frees the draft.
 * => false when memory is short; *axis can then be freed, too */
bool sw_axis_build(
    struct sw_axis *axis, struct sw_axis_draft *draft, uint32_t rules);
void sw_axis_free(struct sw_axis *axis);

/* Four values that are compared at once. */
typedef uint32_t sw_axis_four __attribute__((vector_size(16), may_alias));

/* => the part of the node that holds value */
static inline uint32_t
sw_axis_in_node(const uint32_t before[SW_AXIS_NODE], uint32_t value)
{
	const sw_axis_four *four = (const void *)before;
	const sw_axis_four all = { value, value, value, value };
	sw_axis_four n = { 0 };

	/* A true comparison is -1 in its part of the vector. */
	for (uint32_t i = 0; i < SW_AXIS_NODE / 4; i++)
		n -= (sw_axis_four)(four[i] < all);
	return n[0] + n[1] + n[2] + n[3];
}

/* => the leaf of the interval that holds value, on its way to the cache */
static inline const struct sw_axis_leaf *
sw_axis_descend(const struct sw_axis *axis, uint32_t value)
{
	const struct sw_axis_leaf *leaf;
	uint32_t at = 0;

	for (uint32_t i = 0; i < axis->levels; i++)
		at = at * SW_AXIS_NODE +
		     sw_axis_in_node(axis->level[i] + at * SW_AXIS_NODE, value);
	leaf = &axis->leaves[at];
	__builtin_prefetch(leaf->before, 0, 2);
	__builtin_prefetch(leaf->set, 0, 2);
	/* To compilers a function that only prefetches has no effect, and
	 * calls of it may be left out; of this it has. */
	__asm__ volatile("");
	return leaf;
}

/* => the set of the interval that holds value, digest first */
static inline const uint64_t *
sw_axis_in_leaf(
    const struct sw_axis *axis, const struct sw_axis_leaf *leaf, uint32_t value)
{
	return axis->words + leaf->set[sw_axis_in_node(leaf->before, value)];
}

static inline const uint64_t *
sw_axis_find(const struct sw_axis *axis, uint32_t value)
{
	return sw_axis_in_leaf(axis, sw_axis_descend(axis, value), value);
}

static inline const uint64_t *
sw_axis_find_wide(const struct sw_axis *axis, sw_axis_value value)
{
	const sw_axis_value *low = axis->wides;

	for (uint32_t n = axis->n; n > 1;) {
		uint32_t half = n / 2;

		low += low[half] <= value ? half : 0;
		n -= half;
	}
	return axis->words + axis->set[low - axis->wides];
}

#endif
