/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fragment_set: which datagram of a full set is replaced by another.
 *
 * Hosts that do not know each other share a set, and incomplete datagrams cost
 * their sender nothing.  So a source that fills a set replaces its own first,
 * and what others began recently stays.
 */
#ifndef SYNWARD_ENGINE_TABLE_FRAGMENT_SET_H
#define SYNWARD_ENGINE_TABLE_FRAGMENT_SET_H

#include "engine/table/fragment.h"

/* Hashed and compared as bytes: no padding. */
struct sw_fragment_name {
	struct sw_addr src, dst;
	uint32_t id;
	uint8_t family; /* 0: the entry is free */
	uint8_t proto;	/* IPv4 only (RFC 791; RFC 8200 §4.5) */
	uint8_t zone;
	uint8_t zero;
};

_Static_assert(
    sizeof(struct sw_fragment_name) == 40, "a name is hashed as bytes");

struct sw_fragment_range {
	uint16_t begin, end; /* bytes; end is one past the last */
};

enum sw_fragment_phase {
	SW_FRAGMENT_PHASE_EARLY, /* the first fragment has not arrived */
	SW_FRAGMENT_PHASE_HALF,	 /* it has; more is missing */
};

struct sw_fragment_entry {
	struct sw_fragment_name name;
	struct sw_time born; /* arrival of the earliest fragment */
	struct sw_fragment_first first;
	struct sw_fragment_range ranges[SW_FRAGMENT_RANGES_MAX];
	uint8_t phase; /* enum sw_fragment_phase */
	uint8_t ranges_used;
	uint8_t count;	/* fragments accepted */
	uint8_t fault;	/* enum sw_parse that condemned it */
	uint16_t whole; /* bytes of all; 0 until the last was seen */
};

bool sw_fragment_set_is_live(
    const struct sw_fragment_entry *entry, struct sw_time now);

/* Makes room in a set for a datagram of that name whose first fragment has
 * passed, was refused, or has not arrived yet.
 * => NULL when there is none */
struct sw_fragment_entry *
sw_fragment_set_passed(struct sw_fragment_entry set[SW_FRAGMENT_WAYS],
    const struct sw_fragment_name *name, struct sw_time now);
struct sw_fragment_entry *sw_fragment_set_refused(
    struct sw_fragment_entry set[SW_FRAGMENT_WAYS], struct sw_time now);
struct sw_fragment_entry *
sw_fragment_set_early(struct sw_fragment_entry set[SW_FRAGMENT_WAYS],
    const struct sw_fragment_name *name, struct sw_time now);

#endif
