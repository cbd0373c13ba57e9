/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expiry: finds the flows that may have expired, a slice at a time.
 *
 * Packets only write their own record's last-seen tick.  The deadline column
 * has for each flow a tick before which it certainly lives; a sweep reads that
 * packed column in order and returns the entries whose tick has come.  The
 * engine then checks the record and either writes a later deadline or ends the
 * flow.
 */
#ifndef SYNWARD_ENGINE_TABLE_EXPIRY_H
#define SYNWARD_ENGINE_TABLE_EXPIRY_H

#include "engine/table/flow.h"

struct sw_expiry {
	uint32_t cursor; /* next slot to inspect */
};

/* Inspects up to *slots entries from the cursor on (which wraps), and stops at
 * the first one that is due.
 * => its index, or SW_FLOW_NONE when none was due; *slots is reduced by the
 *    entries inspected */
uint32_t sw_expiry_next(struct sw_expiry *expiry, const struct sw_flows *flows,
    uint32_t now_tick, uint32_t *slots);

#endif
