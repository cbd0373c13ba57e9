/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy_collect: what the rules of an index accept on each axis.
 */
#ifndef SYNWARD_ENGINE_POLICY_COLLECT_H
#define SYNWARD_ENGINE_POLICY_COLLECT_H

#include <endian.h>
#include <string.h>

#include "engine/policy/axis.h"
#include "engine/policy/index.h"

enum sw_collect_axis {
	SW_COLLECT_FROM,
	SW_COLLECT_TO,
	SW_COLLECT_PROTO,
	SW_COLLECT_IN,
	SW_COLLECT_OUT,
	SW_COLLECT_PHYS_IN,
	SW_COLLECT_PHYS_OUT,
	SW_COLLECT_MARK, /* one axis for each mask */
	SW_COLLECT_SOURCE_PORT,
	SW_COLLECT_PORT,
};

/* Axes of one index, at most. */
#define SW_COLLECT_AXES (SW_COLLECT_PORT + SW_MARK_MASKS)

struct sw_collect {
	const struct sw_rule *rules;
	uint32_t n;
	enum sw_family family;
};

/* Does any rule look at it?  At the protocol: always, so that an index is
 * never without an axis. */
bool
sw_collect_needs(const struct sw_collect *collect, enum sw_collect_axis axis);
/* The different masks of the rules.  => false: more than SW_MARK_MASKS */
bool sw_collect_masks(const struct sw_collect *collect,
    uint32_t masks[SW_MARK_MASKS], unsigned *n);
/* Has the draft hold what each rule accepts; mask: of SW_COLLECT_MARK.
 * => false when memory is short; the draft can then be built, too */
bool sw_collect_axis(const struct sw_collect *collect,
    enum sw_collect_axis axis, uint32_t mask, struct sw_axis_draft *draft);

static inline uint32_t
sw_collect_narrow(const struct sw_addr *addr)
{
	return (uint32_t)addr->b[0] << 24 | (uint32_t)addr->b[1] << 16 |
	       (uint32_t)addr->b[2] << 8 | addr->b[3];
}

static inline sw_axis_value
sw_collect_wide(const struct sw_addr *addr)
{
	uint64_t half[2];

	memcpy(half, addr->b, sizeof half);
	return (sw_axis_value)be64toh(half[0]) << 64 | be64toh(half[1]);
}

#endif
