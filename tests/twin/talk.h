/* SPDX-License-Identifier: Apache-2.0 */
/*
 * talk: packets of a few flows, drawn around the edges of what is right.
 *
 * Most continue their flow; the others lie at or beyond its windows, come
 * again, carry SACK, strange options or flags, end the flow, or come by
 * another interface.
 */
#ifndef SYNWARD_TESTS_TALK_H
#define SYNWARD_TESTS_TALK_H

#include "engine/internal.h"

enum { TALK_BYTES = 2048, TALK_FLOWS = 6, TALK_INSIDE = 3, TALK_OUTSIDE = 2 };

struct talk_packet {
	uint8_t bytes[TALK_BYTES];
	uint32_t length;
	uint32_t in, out;
};

struct talk {
	uint64_t seed;
	uint32_t clock; /* of time stamps */
	struct talk_packet last[TALK_FLOWS];
};

/* The next packet of flow `of`.  engine: whose record of the flow tells where
 * its hosts are; without one the packet opens the flow. */
void talk_next(struct talk *talk, unsigned of, const struct sw_engine *engine,
    struct talk_packet *packet);

/* The flow's ends as its opener has them. */
struct sw_endpoints talk_ends(unsigned of);

uint32_t talk_below(struct talk *talk, uint32_t n);

#endif
