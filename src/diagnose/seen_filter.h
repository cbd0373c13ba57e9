/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seen_filter: which hosts have opened connections recently, and which services
 * have answered.
 *
 * Two Bloom filters that alternate: a value is remembered for ten to twenty
 * minutes, less when very many values are added.  The filter may (rarely)
 * report a value that was never added, but never misses one.
 */
#ifndef SYNWARD_DIAGNOSE_SEEN_FILTER_H
#define SYNWARD_DIAGNOSE_SEEN_FILTER_H

#include "synward/time.h"

#include <stdbool.h>

enum { SW_SEEN_FILTER_WORDS = 4096 };

struct sw_seen_filter {
	uint64_t bits[2][SW_SEEN_FILTER_WORDS];
	uint64_t turned; /* ns: last change of filters */
	uint32_t noted;	 /* bits set in the current one */
	uint8_t present;
};

void sw_seen_filter_note(
    struct sw_seen_filter *seen, uint64_t id, struct sw_time now);
bool sw_seen_filter_knows(const struct sw_seen_filter *seen, uint64_t id);

#endif
