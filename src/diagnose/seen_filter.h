/* SPDX-License-Identifier: Apache-2.0 */
/*
 * familiar: who has opened connections lately, and which services answered.
 *
 * Two Bloom filters that take turns: what is noted is remembered for ten to
 * twenty minutes, sooner forgotten when very much is noted.  It may take a
 * stranger for familiar (rarely), never the other way round.
 */
#ifndef SYNWARD_DIAGNOSE_SEEN_FILTER_H
#define SYNWARD_DIAGNOSE_SEEN_FILTER_H

#include "synward/time.h"

#include <stdbool.h>

enum { SW_SEEN_FILTER_WORDS = 4096 };

struct sw_seen_filter {
	uint64_t bits[2][SW_SEEN_FILTER_WORDS];
	uint64_t turned; /* ns */
	uint32_t noted;	 /* bits set in the present one */
	uint8_t present;
};

void sw_seen_filter_note(
    struct sw_seen_filter *seen, uint64_t id, struct sw_time now);
bool sw_seen_filter_knows(const struct sw_seen_filter *seen, uint64_t id);

#endif
