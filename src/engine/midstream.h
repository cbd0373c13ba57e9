/* SPDX-License-Identifier: Apache-2.0 */
/*
 * midstream: flows that begin in the middle of a connection.
 *
 *	loose	by a rule with tracking = loose: a TCP segment in the middle
 *		begins a flow where the policy allows its own direction
 *	known	the kernel's tracker knew the connection: the first packet of
 *		either side begins a flow where the policy allows the
 *		direction of the connection's opener
 *	learned	while the engine learns: as loose; where only the other
 *		direction is allowed, the segment passes and begins nothing,
 *		so that what it belongs to can answer
 *
 * A SYN ends what is known of its tuple; its policy is asked as always.
 */
#ifndef SYNWARD_ENGINE_MIDSTREAM_H
#define SYNWARD_ENGINE_MIDSTREAM_H

#include "engine/internal.h"

struct sw_midstream {
	enum { SW_MIDSTREAM_NOT, SW_MIDSTREAM_PASSES, SW_MIDSTREAM_BEGINS } how;
	uint16_t rule; /* if it begins */
	bool answers;  /* it was sent by the side that was called */
};

/* Judges a packet without a flow; changes nothing. */
struct sw_midstream
sw_midstream_judge(struct sw_engine *engine, const struct sw_lookup *p);

/* Begins a flow whose opener is the receiver of this packet, as if the opener
 * had sent what the packet acknowledges.
 * => as sw_lifecycle_begin() */
uint32_t sw_midstream_begin_called(struct sw_engine *engine,
    const struct sw_lookup *p, uint16_t rule, int32_t *limit);

/* Was it admitted, or refused?  Then nothing else is believed of its tuple. */
void sw_midstream_note(
    struct sw_engine *engine, const struct sw_lookup *p, bool refused);

/* Is it a segment that would end a flow of which only one side was seen, so
 * that nobody knows the right number?  Such a segment passes. */
bool sw_midstream_too_soon(
    const struct sw_engine *engine, const struct sw_lookup *p, uint32_t index);

#endif
