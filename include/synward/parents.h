/* SPDX-License-Identifier: Apache-2.0 */
/*
 * parents: the live flows that allow related connections between their hosts.
 *
 * A child is seldom in its parent's shard, so all shards share one table of
 * the parents.  Any thread may use it at any time, without a lock.  It is in
 * private memory: a successor finds the parents again in the flow table.
 */
#ifndef SYNWARD_PARENTS_H
#define SYNWARD_PARENTS_H

#include "synward/packet.h"

struct sw_parents;

/* Room for the parents of a table of max_flows flows: a sixteenth, from 64 to
 * 65536.  key: of the hash, random.
 * => NULL when out of memory
 * => the caller owns the result: sw_parents_destroy() */
struct sw_parents *sw_parents_create(uint32_t max_flows, const uint8_t key[16]);
void sw_parents_destroy(struct sw_parents *parents);

/* How many there are now, and how many found no room since create. */
uint32_t sw_parents_count(const struct sw_parents *parents);
uint64_t sw_parents_lost(const struct sw_parents *parents);

#endif
