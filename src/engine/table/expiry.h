/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expiry: finds the flows that may be over, a slice at a time.
 *
 * Packets write only their own record's last-seen.  The deadline column
 * holds for each flow a tick before which it certainly lives; a sweep reads
 * that packed column in order and names the entries whose tick has come.
 * The engine then looks at the record and either writes a later deadline or
 * ends the flow.
 */
#ifndef SYNWARD_ENGINE_TABLE_EXPIRY_H
#define SYNWARD_ENGINE_TABLE_EXPIRY_H

#include "engine/table/flow.h"

struct sw_expiry {
	uint32_t cursor; /* next slot to look at */
};

/* Looks at up to *slots entries from the cursor on (which wraps), and stops
 * at the first that is due.
 * => its index, or SW_FLOW_NONE when none was due; *slots is lowered by the
 *    entries looked at */
uint32_t sw_expiry_next(struct sw_expiry *expiry, const struct sw_flows *flows,
    uint32_t now_tick, uint32_t *slots);

#endif
