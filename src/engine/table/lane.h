/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lane: what the kernel's program knows of one flow.
 *
 * Lanes lie in an array that the program and the engine both map.  The
 * program steps a lane by plain packets of an established flow, so that these
 * do not have to visit the engine.
 *
 *	sets	four lanes each, found by a keyed hash of the flow's ends
 *	gate	who may write the lane: see below
 *	stamps	beside each lane: the time stamps that its packets showed
 *
 * The program or the engine, moving a gate from one of its states by
 * compare-and-swap, owns the lane until it writes the next one:
 *
 *	free	belongs to no flow
 *	open	of the epoch of the control block: the program may step it
 *	busy	the program steps it
 *	shut	the program met a packet that the engine has to see first
 *	held	the engine reads or writes it
 *
 * An open gate of another epoch counts as shut, so raising the epoch shuts
 * all lanes by one store.
 *
 * The header is read by the engine and by the kernel's program, so it needs
 * nothing but fixed-width integers and calls nothing.
 */
#ifndef SYNWARD_ENGINE_TABLE_LANE_H
#define SYNWARD_ENGINE_TABLE_LANE_H

#include "engine/table/peer.h"

#define SW_LANE_WAYS 4u

/* Changes with any of these layouts, and with what the program does. */
#define SW_LANE_VERSION 1u
#define SW_LANE_MAGIC 0x656e616cu /* "lane" */

enum sw_gate {
	SW_GATE_FREE = 0,
	SW_GATE_OPEN = 1,
	SW_GATE_BUSY = 2,
	SW_GATE_SHUT = 4,
	SW_GATE_HELD = 8,
	SW_GATE_EPOCH = 16, /* the epoch is in the bits from here on */
};

enum sw_lane_flag {
	SW_LANE_OPENER_B = 0x01, /* the opener is end b */
	SW_LANE_UDP = 0x02,
	SW_LANE_IPV6 = 0x04,
	SW_LANE_NOTED = 0x08, /* segments outside the windows are noted beside
				 the record, and none has passed since: the
				 next one's stamps are kept whatever the slot */
	/* Shifted by the direction: its side has shown a bare ACK, or data. */
	SW_LANE_ACK = 0x10,
	SW_LANE_DATA = 0x40,
};

/* IPv6, or IPv4 as ::ffff:a.b.c.d; network byte order. */
struct sw_lane_address {
	uint64_t half[2];
};

struct sw_lane {
	uint32_t gate;
	uint16_t in[2];		 /* interface each direction comes in by */
	uint16_t a_port, b_port; /* host byte order */
	uint32_t seen;		 /* tick of the last packet */
	struct sw_peer peer[2];	 /* 0 the opener, 1 the other */
	uint8_t scales;		 /* as in the record */
	uint8_t last;		 /* as in the record */
	uint8_t peer_flags[2];	 /* as in the record */
	uint8_t flags;		 /* enum sw_lane_flag */
	uint8_t zone;
	uint16_t limit; /* seconds; what comes after a longer silence is the
			   engine's */
	uint32_t index; /* of the record */
	uint16_t shard; /* that holds it */
	uint16_t spare;
	uint32_t packets[2]; /* lower bits of the record's counts */
	uint16_t stamped[2]; /* as in the record */
	uint32_t apart;
	uint64_t bytes[2];
	struct sw_lane_address a, b; /* in the record's order */
};

_Static_assert(sizeof(struct sw_lane) == 128, "two cache lines");

/* The last time stamps of each side since the lane was opened; those of a
 * side count where the lane's stamped differs from the record's. */
struct sw_lane_stamps {
	uint32_t value[2], echo[2], tick[2];
	uint32_t apart[2];
};

_Static_assert(sizeof(struct sw_lane_stamps) == 32, "half a cache line");

/* The whole of one map. */
struct sw_lane_control {
	uint32_t magic, version;
	uint32_t sets; /* a power of two */
	uint32_t epoch;
	uint32_t alive_until; /* tick; after it the program leaves all packets
				 to the queue */
	uint32_t apart;
	uint64_t build;	   /* hash of the program that was loaded */
	uint64_t instance; /* network namespace and queue it is for */
	uint64_t key[4];
};

/* Ticks of a slot in which a side's stamps are noted once, as a power of two;
 * ticks a second, and nanoseconds of one. */
#define SW_LANE_STAMP_SLOT 9u
#define SW_LANE_TICKS 64u
#define SW_LANE_TICK_NS (1000000000u / SW_LANE_TICKS)

/* The gate of an open lane in that epoch. */
static inline uint32_t
sw_lane_open(uint32_t epoch)
{
	return epoch * SW_GATE_EPOCH + SW_GATE_OPEN;
}

static inline uint64_t
sw_lane_mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
	return hash ^ hash >> 29;
}

/* First lane of the set of a flow between these ends.  The key is drawn at
 * start, so nobody outside can aim at a set. */
static inline uint32_t
sw_lane_set(const struct sw_lane_control *control,
    const struct sw_lane_address *a, const struct sw_lane_address *b,
    uint32_t ports)
{
	uint64_t hash = sw_lane_mix(control->key[0], a->half[0]);

	hash = sw_lane_mix(hash ^ control->key[1], a->half[1]);
	hash = sw_lane_mix(hash ^ control->key[2], b->half[0]);
	hash = sw_lane_mix(hash ^ control->key[3], b->half[1]);
	hash = sw_lane_mix(hash ^ control->key[0], ports);
	hash = sw_lane_mix(hash, control->key[1]);
	return ((uint32_t)(hash >> 32) & (control->sets - 1)) * SW_LANE_WAYS;
}

#endif
