/* SPDX-License-Identifier: Apache-2.0 */
/*
 * road: two hosts, the way between them, and a gate in its middle.
 *
 * What a host sends is drawn a fate: lost before the gate or after it,
 * hidden (it arrives by another way, which the gate does not see), doubled,
 * overtaken, or cut into fragments.  The caller's hooks see what happens and
 * decide at the gate.  The same seed gives the same road.
 */
#ifndef SYNWARD_HOSTS_ROAD_H
#define SYNWARD_HOSTS_ROAD_H

#include "host.h"

#define ROAD_FLIGHT_MAX 2048

/* Chances are of a thousand segments. */
struct road_weather {
	uint16_t lost_before, lost_after, doubled, overtaken, fragmented;
	uint16_t hidden[2]; /* of each side's */
	uint64_t delay[2];  /* us, from host 0 to the gate, to host 1 */
};

enum road_stage { ROAD_TO_GATE, ROAD_TO_HOST };

struct road_segment {
	struct segment segment;
	uint64_t sent, arrives;
	uint64_t serial; /* of two that arrive at once the older is first */
	enum road_stage stage;
	uint8_t to;	 /* side of the host it goes to */
	bool hidden;	 /* from the gate */
	bool fragmented; /* at the gate */
	bool copy;	 /* of one that came before */
	bool forged;	 /* by somebody else: nobody's fate is drawn */
};

struct road;

struct road_hooks {
	/* At the gate.  => it passes */
	bool (*gate)(void *context, struct road *road,
	    const struct road_segment *segment);
	/* A host has received it; hidden or not. */
	void (*arrived)(void *context, struct road *road,
	    const struct road_segment *segment);
};

struct road {
	struct host host[2];
	struct road_weather weather;
	uint64_t now, seed, serial;
	struct road_hooks hooks;
	void *context;
	struct road_segment flight[ROAD_FLIGHT_MAX]; /* a heap, soonest first */
	unsigned n;
	uint64_t sent, hidden, lost, doubled, overtaken, fragmented;
	bool hides_no_syn; /* the handshake is always seen */
};

/* Clears it; hosts, weather, hooks and seed are the caller's to set. */
void road_begin(struct road *road, uint64_t seed, uint64_t now);

/* A number below this. */
uint32_t road_draw(struct road *road, uint32_t below);
bool road_chance(struct road *road, uint32_t in_thousand);

/* Has both hosts send what they have. */
void road_pull(struct road *road);

/* Does what is due until then, and moves the clock there. */
void road_run(struct road *road, uint64_t until);
/* When something happens next; HOST_NEVER. */
uint64_t road_due(const struct road *road);

/* Somebody puts a segment on the road before the gate. */
void road_forge(struct road *road, const struct segment *segment);

#endif
