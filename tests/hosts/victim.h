/* SPDX-License-Identifier: Apache-2.0 */
/*
 * victim: a connection lived twice, once attacked and once not.
 *
 * Both lives have the same hosts, the same programs and the same clock, each
 * its own engine.  Whatever the attacked one has less of than the other is
 * what the attack has done.
 */
#ifndef SYNWARD_HOSTS_VICTIM_H
#define SYNWARD_HOSTS_VICTIM_H

#include "gate.h"
#include "road.h"

/* X(name, text) */
#define VICTIM_MAP(X)                             \
	X(IDLE, "idle for half a minute or more") \
	X(TALKING, "talking")                     \
	X(ONE_WAY, "one way")                     \
	X(HALF, "half closed")

enum victim_kind {
#define X(name, text) VICTIM_##name,
	VICTIM_MAP(X)
#undef X
	    VICTIM_KINDS
};

/* What an attack has done.  X(name, text) */
#define HURT_MAP(X)                                 \
	X(DROPPED, "a true packet was dropped")     \
	X(ENDED, "the entry ended")                 \
	X(STATE, "the state was moved")             \
	X(SHORTENED, "the time left was shortened") \
	X(WINDOW, "a window was moved")             \
	X(UNENDED, "the connection ended, its entry did not")

enum hurt {
	HURT_NOT,
#define X(name, text) HURT_##name,
	HURT_MAP(X)
#undef X
	    HURTS
};

enum life { ATTACKED, SPARED };

struct victim {
	enum victim_kind kind;
	bool timestamps, silent;
	bool strict; /* its windows are compared, too */
	struct gate gate[2];
	struct road road[2];
	struct sw_endpoints opener;
	uint64_t act_at, seed;
	enum hurt hurt; /* the first, of this connection */
	bool heard[2];	/* either side, since the last forged segment */
	struct gate_view view[2]; /* of both lives, when they were compared */
	uint64_t forged, forged_passed, packets;
	uint32_t number;
};

const char *victim_kind_text(enum victim_kind kind);
const char *victim_hurt_text(enum hurt hurt);

/* => false when memory is short */
bool
victim_open(struct victim *victim, const struct sw_flow_policy *flow_policy);
void victim_close(struct victim *victim);

/* A connection of its own, established and idle for a moment. */
void victim_begin(struct victim *victim, uint64_t seed);
/* Both lives go on for so long. */
void victim_live(struct victim *victim, uint64_t us);
/* Both hosts close, and the entry must end. */
void victim_end(struct victim *victim);

/* A segment of somebody who sees nothing. */
void victim_forge(struct victim *victim, const struct segment *segment);

/* A number of the attack's own, that changes nothing for the hosts. */
uint32_t victim_draw(struct victim *victim, uint32_t below);

/* Could this number be right for what that side sends: within the window of
 * its receiver, or the reach of either? */
bool
victim_is_right(const struct victim *victim, uint8_t side, uint32_t number);
/* Where that region begins and ends. */
void victim_right(
    const struct victim *victim, uint8_t side, uint32_t *from, uint32_t *to);

#endif
