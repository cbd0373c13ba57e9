/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source: how many flows each address has opened.
 *
 * All shards share one count, because the flows of a source are spread over
 * them.  Any thread may use it at any time, without a lock.
 */
#ifndef SYNWARD_SOURCE_H
#define SYNWARD_SOURCE_H

#include "synward/packet.h"

struct sw_source_limits;

/* Room for the sources of max_flows flows.  key: of the hash, random.
 * => NULL when out of memory
 * => the caller owns the result: sw_source_limits_destroy() */
struct sw_source_limits *
sw_source_limits_create(uint32_t max_flows, const uint8_t key[16]);
void sw_source_limits_destroy(struct sw_source_limits *sources);

/* Counts one more flow opened by the source of these ends, unless it has
 * reached the limit.
 * => false when it has */
bool sw_source_limits_add(struct sw_source_limits *sources,
    const struct sw_endpoints *opener, uint32_t most);
/* One of the source's flows has ended. */
void sw_source_limits_remove(
    struct sw_source_limits *sources, const struct sw_endpoints *opener);
uint32_t sw_source_limits_count(
    const struct sw_source_limits *sources, const struct sw_endpoints *opener);

#endif
