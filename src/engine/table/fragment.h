/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fragment: datagrams with missing fragments.
 *
 * When the kernel does not reassemble before it queues, only the first fragment
 * of a datagram shows ports and flags.  It is judged on arrival, but changes no
 * flow: it takes effect when the last missing fragment has arrived, with the
 * length of the whole.  Until then this table keeps the first fragment, and
 * which bytes have passed, so that the others get its verdict and none rewrites
 * what was judged.
 *
 *	answer = sw_fragments_step(fragments, packet, now);
 *	switch (answer.kind) {
 *	case SW_FRAGMENT_WHOLE: decide the packet
 *	case SW_FRAGMENT_FIRST: judge it, then sw_fragments_resolve()
 *	case SW_FRAGMENT_EARLY: ask the policy, then sw_fragments_expect()
 *	case SW_FRAGMENT_LATER: do what was done with answer.first
 *	case SW_FRAGMENT_COMPLETE: decide answer.whole
 *	case SW_FRAGMENT_BAD: refuse as malformed, answer.fault
 *	}
 *
 * One table must see all fragments between two hosts, because later ones have
 * no ports that would select their flow's shard.
 */
#ifndef SYNWARD_ENGINE_TABLE_FRAGMENT_H
#define SYNWARD_ENGINE_TABLE_FRAGMENT_H

#include "synward/packet.h"
#include "synward/time.h"

/* All fragments of a datagram must arrive within this time after the earliest
 * (RFC 8200 §4.5 gives a minute, Linux half of one). */
#define SW_FRAGMENT_SECONDS 30
/* An IPv4 identification may name another datagram after this; fast senders
 * use all 65536 within seconds (RFC 4963). */
#define SW_FRAGMENT_REUSE_MS 1000
/* For one datagram; 64 KiB in parts of 576 bytes are 119. */
#define SW_FRAGMENT_COUNT_MAX 128
/* For one datagram at a time, with holes in between: this many parts may arrive
 * in any order. */
#define SW_FRAGMENT_RANGES_MAX (SW_FRAGMENT_COUNT_MAX / 2)
/* The judged headers are before this offset in bytes: a first fragment whose
 * headers reach further is refused, and no fragment that begins before it
 * passes ahead of its first one.  So a fragment that passed ahead cannot
 * rewrite headers, even after it was forgotten here and kept by its
 * receiver. */
#define SW_FRAGMENT_HEADERS_MAX 256
/* Datagrams in one set of the table, and the most without a first fragment */
#define SW_FRAGMENT_WAYS 8
#define SW_FRAGMENT_EARLY_WAYS 2

struct sw_fragments;

/* The first fragment, and what was done with it. */
struct sw_fragment_first {
	struct sw_packet packet;
	bool passed;
	/* applies to the datagram: a refusal was reported, even if the packet
	 * passed */
	bool final;
	uint8_t message; /* enum sw_message of that refusal */
};

enum sw_fragment_kind {
	SW_FRAGMENT_WHOLE,    /* not a fragment */
	SW_FRAGMENT_FIRST,    /* shows ports: judge it, then resolve */
	SW_FRAGMENT_EARLY,    /* valid, but the first one is unknown */
	SW_FRAGMENT_LATER,    /* first below says what to do */
	SW_FRAGMENT_COMPLETE, /* now complete: decide whole below */
	SW_FRAGMENT_BAD,      /* fault below says why */
};

struct sw_fragment_answer {
	enum sw_fragment_kind kind;
	enum sw_parse fault; /* BAD: SW_PARSE_FRAGMENT_* */
	union {
		struct sw_fragment_first first; /* LATER */
		struct sw_packet whole;		/* COMPLETE */
	};
};

/*
 * entries: datagrams at a time, about 500 bytes each; rounded up to a multiple
 * of SW_FRAGMENT_WAYS.  key: random, 16 bytes.
 * => NULL when memory is short; the caller owns the result
 */
struct sw_fragments *
sw_fragments_create(uint32_t entries, const uint8_t key[16]);
void sw_fragments_destroy(struct sw_fragments *fragments);

/* packet must be well-formed (malformed == SW_PARSE_OK). */
struct sw_fragment_answer sw_fragments_step(struct sw_fragments *fragments,
    const struct sw_packet *packet, struct sw_time now);

/*
 * Stores a packet that was answered FIRST and what was done with it.
 * => false when there is no room for it.  Refused datagrams never replace
 *    others.  When its set is full, one that passed replaces refused ones, then
 *    those without a first fragment, then the oldest of the source with the
 *    most places; but never one younger than a second, unless it is of the same
 *    source or its source has half of the set.  A source is an IPv4 address or
 *    an IPv6 /64.
 */
bool sw_fragments_resolve(struct sw_fragments *fragments,
    const struct sw_fragment_first *first, struct sw_time now);

/*
 * Stores a packet that was answered EARLY and may pass.
 * => SW_PARSE_OK, or why it may not: FRAGMENT_ORPHAN when there is no room,
 *    because it replaces nothing that has a first fragment and passed
 */
enum sw_parse sw_fragments_expect(struct sw_fragments *fragments,
    const struct sw_packet *packet, struct sw_time now);

/* Has the first fragment of this one's datagram been seen? */
bool sw_fragments_know_first(struct sw_fragments *fragments,
    const struct sw_packet *packet, struct sw_time now);

/* Moves the early fragments of the packet's datagram to another table. */
void sw_fragments_move(struct sw_fragments *from, struct sw_fragments *to,
    const struct sw_packet *packet, struct sw_time now);

/* The number of incomplete datagrams; counts all entries, slow. */
uint32_t
sw_fragments_count(const struct sw_fragments *fragments, struct sw_time now);

#endif
