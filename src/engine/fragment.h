/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fragment: later fragments go the way of their first.
 *
 * Where the kernel does not reassemble before it queues, only the first
 * fragment of a datagram shows ports.  This table remembers for a while
 * what was done with it, and which bytes have passed, so that the others
 * follow, and none rewrites what was judged.
 *
 *	answer = sw_fragments_step(fragments, packet, now);
 *	switch (answer.kind) {
 *	case SW_FRAGMENT_WHOLE: decide as ever
 *	case SW_FRAGMENT_FIRST: decide, then sw_fragments_settle()
 *	case SW_FRAGMENT_LATER: do as answer.first says
 *	case SW_FRAGMENT_BAD: refuse as malformed, answer.fault
 *	}
 *
 * One table must see all fragments between two hosts: later ones have no
 * ports by which to tell their flow's shard.
 */
#ifndef SYNWARD_ENGINE_FRAGMENT_H
#define SYNWARD_ENGINE_FRAGMENT_H

#include "synward/packet.h"
#include "synward/time.h"

/* A datagram's fragments must come within this of the first (RFC 8200 §4.5
 * gives a minute, Linux half of one). */
#define SW_FRAGMENT_SECONDS 30
/* An IPv4 identification may name another datagram after this; fast senders
 * use all 65536 within seconds (RFC 4963). */
#define SW_FRAGMENT_REUSE_MS 1000
/* Of one datagram; 64 KiB in parts of 576 bytes are 119. */
#define SW_FRAGMENT_COUNT_MAX 128
/* Of one datagram at a time, with holes between. */
#define SW_FRAGMENT_RANGES_MAX 8

struct sw_fragments;

/* What was done with the first fragment. */
struct sw_fragment_first {
	struct sw_endpoints ends; /* with ports */
	bool passed;
	uint8_t message;   /* enum sw_message when it was refused */
	uint8_t tcp_flags; /* they go into the lines of the others */
};

enum sw_fragment_kind {
	SW_FRAGMENT_WHOLE, /* no fragment */
	SW_FRAGMENT_FIRST, /* shows ports: to be decided, then settled */
	SW_FRAGMENT_LATER, /* first below tells */
	SW_FRAGMENT_BAD,   /* fault below tells */
};

struct sw_fragment_answer {
	enum sw_fragment_kind kind;
	enum sw_parse fault;		/* BAD: SW_PARSE_FRAGMENT_* */
	struct sw_fragment_first first; /* LATER */
};

/*
 * entries: datagrams at a time, about 150 bytes each; rounded up to a
 * multiple of 8.  key: random, 16 bytes.
 * => NULL when memory is short; the caller owns the result
 */
struct sw_fragments *
sw_fragments_create(uint32_t entries, const uint8_t key[16]);
void sw_fragments_destroy(struct sw_fragments *fragments);

/* packet must be well-formed (malformed == SW_PARSE_OK). */
struct sw_fragment_answer sw_fragments_step(struct sw_fragments *fragments,
    const struct sw_packet *packet, struct sw_time now);

/* Remembers what was done with a packet that was answered FIRST.  When the
 * table is full the oldest datagram is forgotten, refused ones first; a
 * refused one never displaces one that passed. */
void sw_fragments_settle(struct sw_fragments *fragments,
    const struct sw_packet *packet, const struct sw_fragment_first *first,
    struct sw_time now);

/* Datagrams of which more is awaited; counts all entries, slow. */
uint32_t
sw_fragments_count(const struct sw_fragments *fragments, struct sw_time now);

#endif
