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

/* A value of the widest axis: an IPv6 address. */
typedef unsigned __int128 sw_axis_value;

struct sw_axis {
	uint32_t n;	      /* intervals */
	bool wide;	      /* values need more than 32 bits */
	uint32_t *narrows;    /* the first value of each interval ... */
	sw_axis_value *wides; /* ... in one of these, ascending */
	uint32_t *set;	      /* offset of each interval's set in words */
	uint64_t *words;
};

/* Collects what the rules accept. */
struct sw_axis_edge;
struct sw_axis_draft {
	struct sw_axis_edge *edges;
	size_t n, room;
	sw_axis_value top; /* the largest value of this axis */
	bool failed;	   /* memory was short */
};

void sw_axis_begin(struct sw_axis_draft *draft, sw_axis_value top);
/* Adds that a rule accepts first..last; rule < SW_AXIS_RULES.  Spans may
 * overlap. */
void sw_axis_accept(struct sw_axis_draft *draft, uint32_t rule,
    sw_axis_value first, sw_axis_value last);
/* Builds the axis for this many rules and frees the draft.
 * => false when memory is short; *axis can then be freed, too */
bool sw_axis_build(
    struct sw_axis *axis, struct sw_axis_draft *draft, uint32_t rules);
void sw_axis_free(struct sw_axis *axis);

/* => the set of the interval that contains value, digest first */
static inline const uint64_t *
sw_axis_find(const struct sw_axis *axis, uint32_t value)
{
	const uint32_t *low = axis->narrows;

	for (uint32_t n = axis->n; n > 1;) {
		uint32_t half = n / 2;

		low += low[half] <= value ? half : 0;
		n -= half;
	}
	return axis->words + axis->set[low - axis->narrows];
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
