/* SPDX-License-Identifier: Apache-2.0 */
/*
 * parents: the operations of the engine on the table of parents.
 *
 * Each parent is written by the engine of its flow alone, under the lock of
 * its shard; only the number of its children is changed by others.
 */
#ifndef SYNWARD_ENGINE_RELATED_PARENTS_H
#define SYNWARD_ENGINE_RELATED_PARENTS_H

#include "synward/parents.h"

enum sw_parent_flag {
	SW_PARENT_ASSURED = 0x01, /* both sides have taken part */
	/* its rule allows nothing, but the hint of a denied packet names it;
	 * it gives way to the others */
	SW_PARENT_HINT = 0x02,
};

/* One parent, as it was at one moment. */
struct sw_parent {
	struct sw_endpoints ends; /* of its opener */
	uint16_t rule;		  /* slot */
	uint8_t flags;		  /* enum sw_parent_flag */
	uint32_t seen;		  /* tick of its last packet */
	uint32_t due;		  /* tick at which it expires */
	uint16_t children;	  /* now */
	uint16_t epoch;		  /* of its place in the table */
	uint32_t in[2], out[2];	  /* interfaces: 0 the opener's direction */
	uint32_t place;
};

/* Adds the parent, or updates what is known of it.  place, children and epoch
 * are not read. */
void
sw_parents_note(struct sw_parents *parents, const struct sw_parent *parent);
void
sw_parents_forget(struct sw_parents *parents, const struct sw_endpoints *ends);

/*
 * The next parent that the source of ends has opened towards their
 * destination, from *cursor on, which begins with 0.
 * => false when there is none
 */
bool sw_parents_next(const struct sw_parents *parents,
    const struct sw_endpoints *ends, uint32_t *cursor,
    struct sw_parent *parent);

/* The parent of these ends itself. */
bool sw_parents_find(const struct sw_parents *parents,
    const struct sw_endpoints *ends, struct sw_parent *parent);

/* Counts one more child.
 * => false when it has limit children, or has gone */
bool sw_parents_take(
    struct sw_parents *parents, const struct sw_parent *parent, uint16_t limit);
/* One child is less.  epoch: as when it was taken */
void sw_parents_release(struct sw_parents *parents,
    const struct sw_endpoints *ends, uint16_t epoch);
/* No parent has children, as far as is known. */
void sw_parents_recount(struct sw_parents *parents);

#endif
