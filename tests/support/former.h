/* SPDX-License-Identifier: Apache-2.0 */
/*
 * former: memory as version 0.1 left it.
 *
 * It is made of a block of today: without the cold column, which 0.1 did not
 * have, with the number of its layout and a seal of its own, and with bits
 * set that meant something else then.
 */
#ifndef SYNWARD_SUPPORT_FORMER_H
#define SYNWARD_SUPPORT_FORMER_H

#include <stddef.h>
#include <string.h>

#include "engine/table/flow_table.h"

enum {
	FORMER_DOUBTED = 0x40,		      /* of a flow's flags */
	FORMER_BEYOND = 0x80,		      /* of a side's flags */
	FORMER_REPEATS = 0x30,		      /* of the last segment */
	FORMER_STATES = SW_STATE_SCTP_CLOSED, /* those before SCTP's */
};

static inline void
former_seal(struct sw_flows_header *header)
{
	header->seal = sw_tuple_siphash13(
	    header->key, header, offsetof(struct sw_flows_header, seal));
}

/* The bits that version 0.1 used and this one does not know. */
static inline void
former_mark(struct sw_flow *flow)
{
	static const uint32_t echo = 0xdeadbeef;

	flow->flags |= FORMER_DOUBTED;
	flow->last |= FORMER_REPEATS;
	flow->peer_flags[0] |= FORMER_BEYOND;
	flow->peer_flags[1] |= FORMER_BEYOND;
	memcpy(flow->stamped, &echo, sizeof echo);
}

/* The header that 0.1 would have written above a table of so many flows. */
static inline void
former_header(void *block, uint32_t max)
{
	struct sw_flows_header *header = block;

	header->layout = SW_FLOWS_FORMER;
	header->states = FORMER_STATES;
	header->size = sw_flow_open_memory_former(max);
	former_seal(header);
}

/* A whole table: every record, and what is noted of one. */
static inline void
former_table(struct sw_flows *flows)
{
	struct sw_flow noted;

	for (uint32_t i = 0; i < sw_flows_slots(flows); i++)
		if (sw_flows_deadline(flows, i) != 0)
			former_mark(sw_flows_at(flows, i));
	memcpy(&noted, flows->header->note.record, SW_RECORD_MOVING);
	former_mark(&noted);
	memcpy(flows->header->note.record, &noted, SW_RECORD_MOVING);
	former_header(flows->header, flows->max);
}

/* Has it none of these bits? */
static inline bool
former_is_cleared(const struct sw_flow *flow)
{
	return !(flow->flags & FORMER_DOUBTED) &&
	       !(flow->last & FORMER_REPEATS) &&
	       !((flow->peer_flags[0] | flow->peer_flags[1]) & FORMER_BEYOND) &&
	       flow->stamped[0] == 0 && flow->stamped[1] == 0;
}

#endif
