/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy_index: bit vectors over several axes (Lakshman and Stiliadis 1998),
 * with a digest in front of each so that words which cannot hold a match
 * are not read (Baboescu and Varghese 2001).
 *
 * The cost of a match is a binary search on each axis and then, nearly
 * always, one word of each set.  With 1,000 rules that is a few more steps
 * than with ten.  An axis at which no rule looks is left out, so a key that
 * nobody uses costs nothing.
 *
 * Marks are compared under a mask, so each mask is an axis of its own: all
 * rules with another mask, or none, accept any of its values.
 */
#include <stdlib.h>

#include "engine/policy/collect.h"

enum {
	AXES = SW_COLLECT_AXES,
	LARGE = 4096, /* intervals that do not stay in the nearest cache */
};

/* An axis that some rule looks at. */
struct used {
	enum sw_collect_axis what;
	uint32_t mask; /* of the value: of marks some bits, else all */
	struct sw_axis axis;
};

struct sw_index {
	enum sw_family family;
	uint32_t n, portless; /* axes; those of ports are the last */
	struct used used[AXES];
};

/* Adds an axis, unless no rule looks at it. */
static bool
add_axis(struct sw_index *index, const struct sw_collect *collect,
    enum sw_collect_axis what, uint32_t mask)
{
	struct used *used = &index->used[index->n];
	struct sw_axis_draft draft;

	if (!sw_collect_needs(collect, what))
		return true;
	used->what = what;
	used->mask = mask;
	index->n++;
	return sw_collect_axis(collect, what, mask, &draft) &&
	       sw_axis_build(&used->axis, &draft, collect->n);
}

/* One axis for each mask that a rule has. */
static bool
add_marks(struct sw_index *index, const struct sw_collect *collect)
{
	uint32_t masks[SW_MARK_MASKS];
	unsigned n;

	if (!sw_collect_masks(collect, masks, &n))
		return false;
	for (unsigned i = 0; i < n; i++)
		if (!add_axis(index, collect, SW_COLLECT_MARK, masks[i]))
			return false;
	return true;
}

static bool
add_ports(struct sw_index *index, const struct sw_collect *collect)
{
	index->portless = index->n;
	return add_axis(index, collect, SW_COLLECT_SOURCE_PORT, UINT32_MAX) &&
	       add_axis(index, collect, SW_COLLECT_PORT, UINT32_MAX);
}

static bool
add_all(struct sw_index *index, const struct sw_collect *collect)
{
	static const enum sw_collect_axis plain[] = { SW_COLLECT_FROM,
		SW_COLLECT_TO, SW_COLLECT_PROTO, SW_COLLECT_IN, SW_COLLECT_OUT,
		SW_COLLECT_PHYS_IN, SW_COLLECT_PHYS_OUT };

	for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
		if (!add_axis(index, collect, plain[i], UINT32_MAX))
			return false;
	return add_marks(index, collect) && add_ports(index, collect);
}

struct sw_index *
sw_index_build(const struct sw_rule *rules, uint32_t n, enum sw_family family)
{
	struct sw_index *index = calloc(1, sizeof *index);
	struct sw_collect collect = { rules, n, family };

	if (index == NULL)
		return NULL;
	index->family = family;
	if (add_all(index, &collect))
		return index;
	sw_index_free(index);
	return NULL;
}

void
sw_index_free(struct sw_index *index)
{
	if (index == NULL)
		return;
	for (uint32_t i = 0; i < index->n; i++)
		sw_axis_free(&index->used[i].axis);
	free(index);
}

/* The lowest bit, from that one on, that the n sets have. */
static inline uint32_t
next_common(const uint64_t *const set[AXES], unsigned n, uint32_t from)
{
	uint64_t digest = ~UINT64_C(0);

	for (unsigned a = 0; a < n; a++)
		digest &= set[a][0];
	digest &= ~UINT64_C(0) << from / 64;
	for (; digest != 0; digest &= digest - 1) {
		uint32_t word = (uint32_t)__builtin_ctzll(digest);
		uint64_t common = ~UINT64_C(0);

		for (unsigned a = 0; a < n; a++)
			common &= set[a][1 + word];
		if (word == from / 64)
			common &= ~UINT64_C(0) << from % 64;
		if (common != 0)
			return word * 64 + (uint32_t)__builtin_ctzll(common);
	}
	return SW_INDEX_NONE;
}

/* What the packet shows, by axis; addresses apart. */
struct shown {
	uint32_t value[SW_COLLECT_PORT + 1];
};

static inline void
show(struct shown *shown, const struct sw_endpoints *opener,
    const struct sw_way *way)
{
	shown->value[SW_COLLECT_PROTO] = opener->proto;
	shown->value[SW_COLLECT_IN] = way->in;
	shown->value[SW_COLLECT_OUT] = way->out;
	shown->value[SW_COLLECT_PHYS_IN] = way->phys_in;
	shown->value[SW_COLLECT_PHYS_OUT] = way->phys_out;
	shown->value[SW_COLLECT_MARK] = way->mark;
	shown->value[SW_COLLECT_SOURCE_PORT] = opener->sport;
	shown->value[SW_COLLECT_PORT] = opener->dport;
}

static inline const uint64_t *
find(const struct used *used, const struct shown *shown)
{
	return sw_axis_find(&used->axis, shown->value[used->what] & used->mask);
}

static inline const uint64_t *
find_address(const struct used *used, const struct sw_endpoints *opener)
{
	const uint64_t *set = sw_axis_find(&used->axis,
	    sw_collect_narrow(
		used->what == SW_COLLECT_FROM ? &opener->src : &opener->dst));

	/* On its way while the other axes are searched. */
	__builtin_prefetch(set);
	__builtin_prefetch(set + 8);
	return set;
}

/* The axes of addresses are the first. */
static inline uint32_t
match_narrow(const struct sw_index *index, const struct sw_endpoints *opener,
    const struct sw_way *way, uint32_t n, uint32_t from)
{
	const uint64_t *set[AXES];
	struct shown shown;
	uint32_t i = 0;

	for (; i < n && index->used[i].what <= SW_COLLECT_TO; i++)
		set[i] = find_address(&index->used[i], opener);
	show(&shown, opener, way);
	for (; i < n; i++)
		set[i] = find(&index->used[i], &shown);
	return next_common(set, n, from);
}

static inline uint32_t
match_wide(const struct sw_index *index, const struct sw_endpoints *opener,
    const struct sw_way *way, uint32_t n, uint32_t from)
{
	const uint64_t *set[AXES];
	struct shown shown;

	show(&shown, opener, way);
	for (uint32_t i = 0; i < n; i++) {
		const struct used *used = &index->used[i];

		if (used->what > SW_COLLECT_TO)
			set[i] = find(used, &shown);
		else
			set[i] = sw_axis_find_wide(&used->axis,
			    sw_collect_wide(used->what == SW_COLLECT_FROM
						? &opener->src
						: &opener->dst));
	}
	return next_common(set, n, from);
}

static inline uint32_t
match(const struct sw_index *index, const struct sw_endpoints *opener,
    const struct sw_way *way, uint32_t n, uint32_t from)
{
	return index->family == SW_IPV4
		   ? match_narrow(index, opener, way, n, from)
		   : match_wide(index, opener, way, n, from);
}

uint32_t
sw_index_match(const struct sw_index *index, const struct sw_endpoints *opener,
    const struct sw_way *way)
{
	return match(index, opener, way, index->n, 0);
}

/* A small axis is near anyway. */
void
sw_index_prefetch(
    const struct sw_index *index, const struct sw_endpoints *opener)
{
	for (uint32_t i = 0; index->family == SW_IPV4 && i < index->n; i++) {
		const struct used *used = &index->used[i];

		if (used->what <= SW_COLLECT_TO && used->axis.n > LARGE)
			sw_axis_descend(&used->axis,
			    sw_collect_narrow(used->what == SW_COLLECT_FROM
						  ? &opener->src
						  : &opener->dst));
	}
}

uint32_t
sw_index_match_any_port(const struct sw_index *index,
    const struct sw_endpoints *opener, const struct sw_way *way, uint32_t from)
{
	return match(index, opener, way, index->portless, from);
}
