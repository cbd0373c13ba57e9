/* SPDX-License-Identifier: Apache-2.0 */
/*
 * peers: two TCP hosts that talk, lose, repeat, reorder, restart and err.
 *
 * A seeded generator of segments that look like TCP: most belong to a
 * sensible conversation, some are late, repeated, lost on either side of
 * the tracker, forged or nonsense.
 */
#ifndef SYNWARD_PROOF_PEERS_H
#define SYNWARD_PROOF_PEERS_H

#include "compare.h"

#define PEERS_HISTORY 32

struct host {
	bool syn_sent, syn_seen, fin_sent;
	uint32_t iss, next, unacked; /* of what it sends */
	uint32_t expected;	     /* of what it receives */
	int8_t wscale;
	uint16_t window;
};

struct peers {
	uint64_t random;
	struct host host[2];
	struct segment history[PEERS_HISTORY]; /* as a ring */
	unsigned sent;
	struct segment held; /* to come out of order */
	bool holding;
};

/* A new conversation; the seed goes on from the last one. */
void peers_begin(struct peers *peers);

/* The next segment the tracker sees. */
struct segment peers_next(struct peers *peers);

/* 0 .. below - 1 */
uint32_t peers_random(struct peers *peers, uint32_t below);

#endif
