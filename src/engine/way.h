/* SPDX-License-Identifier: Apache-2.0 */
/*
 * way: the interfaces of a flow's two directions.
 *
 * A flow remembers by which interfaces the packets of each direction come in
 * and go out.  The policy is asked again about a packet that uses others,
 * once for each change; where it allows them, they are remembered.
 *
 * What every packet asks is answered by the ledger, whose cache line a packet
 * writes anyway: above the number of packets it holds a code of both
 * interfaces, exact up to index 2047.  Above that, the memoir and the cold
 * column are compared.
 */
#ifndef SYNWARD_ENGINE_WAY_H
#define SYNWARD_ENGINE_WAY_H

#include "engine/core.h"

/* Writes down the ways of a flow that this packet opens. */
void sw_way_begin(
    struct sw_engine *engine, const struct sw_passage *p, uint32_t index);
/* Notes the first reply. */
void sw_way_reply(
    struct sw_engine *engine, const struct sw_passage *p, uint32_t index);

/* May this packet of the flow use these interfaces?  Remembers them if so.
 * => the rule that denies, when not */
bool sw_way_allowed(struct sw_engine *engine, const struct sw_passage *p,
    uint32_t index, uint16_t *rule);

/* Does it use those of its direction, compared without the code? */
bool sw_way_kept(struct sw_engine *engine, const struct sw_passage *p,
    uint32_t index, unsigned direction);

/* The same.  => false also where only a closer look can tell */
static inline bool
sw_way_same(const struct sw_passage *p, const struct sw_ledger *ledger,
    unsigned direction)
{
	return ledger->packets[direction] >> SW_LEDGER_COUNT_BITS == p->way &&
	       p->way != SW_WAY_WIDE;
}

#endif
