/* SPDX-License-Identifier: Apache-2.0 */
/*
 * one_way: connections of which one direction passes.
 *
 * For each server (address and port) it counts the flows, their clients, and
 * the SYNs that nobody answered.  One server with several such clients is
 * asymmetric routing; many servers with one flow each are something else.
 */
#ifndef SYNWARD_DIAGNOSE_ONE_WAY_H
#define SYNWARD_DIAGNOSE_ONE_WAY_H

#include "diagnose/linear_count.h"
#include "synward/time.h"

enum {
	SW_ONE_WAY_SETS = 1024,
	SW_ONE_WAY_WAYS = 4,
};

struct sw_half {
	uint64_t id;	      /* hash of the server; 0: free */
	uint64_t since, last; /* ns */
	struct sw_estimate clients;
	uint32_t flows;
	uint32_t repeated; /* of these: the answer was repeated */
	uint32_t proven;   /* of these: there certainly is a host */
	uint32_t embryos;  /* SYNs to it that timed out */
};

struct sw_one_way {
	struct sw_half entry[SW_ONE_WAY_SETS][SW_ONE_WAY_WAYS];
};

/* The server's entry, created when there is none; it starts again after five
 * minutes.
 * => valid until the next call */
struct sw_half *
sw_one_way_at(struct sw_one_way *one_way, uint64_t id, struct sw_time now);

/* Counts one more flow of this client. */
void sw_one_way_add(struct sw_half *half, uint64_t client);

#endif
