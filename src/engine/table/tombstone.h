/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tombstone: the flows that ended most recently.
 *
 * A ring of fixed size has the last flows that ended; a chained index finds the
 * newest of a tuple, from either direction, in constant time.  A new entry
 * overwrites the oldest.  It turns an unknown packet into "idle 3725 s, timeout
 * 3600 s".
 */
#ifndef SYNWARD_ENGINE_TABLE_TOMBSTONE_H
#define SYNWARD_ENGINE_TABLE_TOMBSTONE_H

#include "engine/table/tuple.h"
#include "synward/event.h"

struct sw_tombstones;

size_t sw_tombstones_memory(uint32_t entries);
size_t sw_tombstones_entry_size(void); /* bytes of each entry, with its index */

/* Like sw_flows_open(): zeroed memory (64-byte aligned), or an earlier
 * process's, whose entries are found again if hashes have the same key.
 * => NULL when memory has another layout or size
 * => the caller owns the result: sw_tombstones_close(), which leaves memory as
 *    it is */
struct sw_tombstones *sw_tombstones_open(void *memory, uint32_t entries);
void sw_tombstones_close(struct sw_tombstones *tombstones);

/* Prefetches for a later sw_tombstones_add() or sw_tombstones_find(). */
void
sw_tombstones_prefetch(const struct sw_tombstones *tombstones, uint64_t hash);

/* Called a little later: prefetches what the first line leads to. */
void sw_tombstones_prefetch_chain(
    const struct sw_tombstones *tombstones, uint64_t hash);

/* Stores the flow under its tuple; info->ended must be set. */
void sw_tombstones_add(struct sw_tombstones *tombstones,
    const struct sw_tuple *tuple, uint64_t hash,
    const struct sw_flow_info *info);

/* The newest entry of the tuple.  now gives the wrapped ticks their epoch.
 * => false when there is none */
bool sw_tombstones_find(const struct sw_tombstones *tombstones,
    const struct sw_tuple *tuple, uint64_t hash, struct sw_time now,
    struct sw_flow_info *info);

uint32_t sw_tombstones_count(const struct sw_tombstones *tombstones);

#endif
