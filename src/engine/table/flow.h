/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flow: the table of live flows.
 *
 * Flat arrays in one block of memory, with indices instead of pointers, so that
 * another process can map the block at another address.  A lookup touches two
 * cache lines: a bucket of tags and indices, then the record.  What not every
 * packet needs is in separate columns.
 *
 *	buckets   64 bytes each: 10 tags, 10 indices; two choices per key
 *	records   64 bytes (IPv4) or 128 bytes (IPv6): struct sw_flow; those of
 *		  IPv6 end with their counters
 *	deadlines 4 bytes: a lower bound of the tick at which the flow
 *		  expires; 0 free
 *	counters  32 bytes, of IPv4: packets and bytes each way
 *	history   64 bytes: letters, interfaces, what is rarely needed
 *	cold	  192 bytes: needed only by a flow out of step, or for a
 *		  change of interfaces
 *
 * IPv4 flows have indices 0 .. max-1, IPv6 flows max .. 2*max-1.
 */
#ifndef SYNWARD_ENGINE_TABLE_FLOW_H
#define SYNWARD_ENGINE_TABLE_FLOW_H

#include "engine/table/peer.h"
#include "engine/table/tuple.h"
#include "synward/event.h"
#include "synward/time.h"

#define SW_FLOW_NONE UINT32_MAX

/* What is kept of each side of an SCTP association.  A tag is one that this
 * side's packets carry; 0: none.  See engine/sctp/sctp.h. */
struct sw_sctp_side {
	uint32_t tag;	 /* in the association */
	uint32_t aside;	 /* in one that is being set up */
	uint32_t former; /* what was in aside before */
	uint32_t stray;	 /* of a SHUTDOWN ACK from before the handshake */
};

/* In peer_flags of an SCTP flow. */
enum sw_sctp_flag {
	SW_SCTP_SIDE_INIT = 0x01,   /* sent an INIT: the other's aside is set */
	SW_SCTP_SIDE_ECHOED = 0x02, /* sent COOKIE ECHO with its aside tag */
	SW_SCTP_SIDE_PATH = 0x04,   /* of 0 only: began by a HEARTBEAT */
};

enum sw_flow_flag {
	SW_FLOW_OPENER_B = 0x01, /* the opener is the tuple's b */
	SW_FLOW_REPLIED = 0x02,	 /* the other side has answered */
	SW_FLOW_ASSURED = 0x04,	 /* established both ways */
	SW_FLOW_PROBING = 0x08,	 /* idle, and being probed */
	SW_FLOW_LOOSE = 0x10,	 /* began mid-stream */
	SW_FLOW_RESET = 0x20,	 /* last refreshed by an RST */
	/* segments outside the windows are recorded in the cold column: see
	 * engine/tcp/lost.h */
	SW_FLOW_LOST = 0x40,
	SW_FLOW_LANE = 0x80, /* its lane is newer: see engine/offload.h */
};

struct sw_flow {
	union {
		struct sw_peer peer[2]; /* 0 the opener, 1 the other */
		struct sw_sctp_side sctp[2];
	};
	uint32_t seen; /* tick of the last packet that refreshed it */
	/* when each side's time stamp was recorded: see engine/tcp/stamp.h */
	uint16_t stamped[2];
	uint16_t a_port, b_port;
	uint16_t rule; /* slot */
	uint8_t proto;
	uint8_t state;	       /* enum sw_state */
	uint8_t flags;	       /* enum sw_flow_flag */
	uint8_t peer_flags[2]; /* enum sw_peer_flag, or sw_sctp_flag */
	uint8_t scales;	       /* window scale of 0 (low), 1 (high nibble) */
	uint8_t last;	       /* last segment: see engine/tcp/last.h */
	uint8_t letters[2];    /* history letters of each side */
	uint8_t zone;
	uint8_t addr[]; /* a then b: 2*4 or 2*16 bytes */
};

_Static_assert(offsetof(struct sw_flow, addr) == 56, "a cache line");
_Static_assert(
    sizeof(struct sw_sctp_side) == sizeof(struct sw_peer), "the same space");

/* The upper bits of the number of packets contain the interfaces of that
 * direction: see engine/interfaces.h.  sw_flow_counters_packets() reads the
 * count. */
struct sw_flow_counters {
	uint64_t packets[2], bytes[2];
};

#define SW_FLOW_COUNTERS_COUNT_BITS 42
#define SW_FLOW_COUNTERS_WAY_BITS 11 /* bits of each interface */
#define SW_FLOW_COUNTERS_COUNT \
	((UINT64_C(1) << SW_FLOW_COUNTERS_COUNT_BITS) - 1)

static inline uint64_t
sw_flow_counters_packets(
    const struct sw_flow_counters *counters, unsigned direction)
{
	return counters->packets[direction] & SW_FLOW_COUNTERS_COUNT;
}

/* The interfaces of one direction; 0 = none, or unknown. */
struct sw_interfaces {
	uint32_t in, out;
};

struct sw_flow_history {
	uint64_t opened; /* ns */
	uint32_t in, out, back_in;
	uint32_t iss;	    /* sequence number of the opener's SYN */
	uint32_t aside_ack; /* of the ACK set aside, or the SYN's own sequence
			       number: see engine/tcp/tcp.c */
	uint32_t aside_end; /* of the SYN set aside */
	uint16_t aside_window;
	uint8_t aside_scale;
	uint8_t aside_flags; /* enum sw_peer_flag */
	uint32_t tsval[2];   /* of each side's FIN: see engine/tcp/fin.c, too */
	uint8_t probes;
	uint8_t ender;
	uint8_t letters; /* used of history */
	char history[SW_HISTORY_MAX - 1];
};

/* The bytes of a record that packets change. */
#define SW_RECORD_MOVING offsetof(struct sw_flow, addr)

/* The numbers of one side's last credible segment outside the windows. */
struct sw_claim {
	uint32_t end;	 /* seq + len */
	uint32_t ack;	 /* its acknowledgement */
	uint32_t window; /* scaled */
	uint32_t tick;
};

/* What the cold record says of the packet that opened a flow: its mark and
 * bridge ports. */
enum sw_opening {
	SW_OPENING_UNKNOWN, /* by a program that did not note them */
	SW_OPENING_BARE,    /* without any */
	SW_OPENING_NOTED,   /* in the cold record */
	/* None of them, but the parent of a related connection: see
	 * engine/related/kin.c.  LEFT: it does not count any more. */
	SW_OPENING_CHILD,
	SW_OPENING_CHILD_LEFT,
};

/* Beside a record, a cache line for each use.  What follows `lost` counts
 * only while the record's flag SW_FLOW_LOST is set. */
struct sw_cold {
	uint32_t tsval[2];   /* the last time stamp known of each side */
	uint32_t ts_tick[2]; /* when each was sent, at the latest */
	uint32_t syn_tsval;  /* of the opener's first SYN */
	uint32_t back_out;   /* output interface of replies */
	uint32_t bar;	     /* tick until which no shadow is presumed */
	uint16_t handshake;  /* ticks from the SYN to the third segment */
	uint8_t ts_known;    /* bit 0, 1: tsval of that side is set */
	uint8_t refuted;     /* how often presumed numbers were refuted */
	uint8_t heard;	 /* of which side outside[] is set: engine/tcp/lost.c */
	uint8_t opening; /* enum sw_opening: what is known of its way */
	uint16_t half_data; /* second of the last data after the first FIN,
				its lower bits; 0: none */
	/* ticks of each side's last segment without confirmed numbers */
	uint32_t outside[2];
	uint32_t key_sum;   /* of the record's key: see sw_flows_key_sum() */
	uint32_t former[2]; /* interfaces before the last change */
	uint32_t echoed[2]; /* the last time stamp that each side echoed */

	uint8_t lost;	       /* enum sw_lost_kind, see engine/tcp/lost.h */
	uint8_t claimed[2];    /* enum sw_claim_flag of each claim */
	uint8_t fitted[2];     /* segments of each side that fit the shadow */
	uint8_t turned;	       /* the shadow was opened by the side that the
				flow's opener called */
	uint8_t called;	       /* a SYN/ACK began the shadow */
	uint8_t claims_shadow; /* the claims continue the shadow's numbers */
	/* Of the packet that opened the flow, where opening says so. */
	uint32_t mark, phys_in;
	uint32_t first[2]; /* ticks of the first that fits the shadow */
	uint32_t fit;	   /* tick of the last that does */
	uint32_t since;	   /* tick of the first one outside */
	struct sw_claim claim[2];

	uint8_t shadow[SW_RECORD_MOVING]; /* a record with other numbers */
	uint32_t shadow_iss;
	uint32_t phys_out; /* as mark and phys_in */
};

_Static_assert(sizeof(struct sw_cold) == 192, "three cache lines");
_Static_assert(offsetof(struct sw_cold, lost) == 64, "a cache line");
_Static_assert(offsetof(struct sw_cold, shadow) == 128, "two cache lines");
_Static_assert(sizeof(struct sw_flow_counters) == 32, "half a cache line");
_Static_assert(sizeof(struct sw_flow_history) == 64, "a cache line");

struct sw_flows;

/* max: flows of both families together, 16 .. 2^26. */
size_t sw_flow_open_memory(uint32_t max);

/* The size in the layout of version 0.1, without the cold column, which is at
 * the end.  sw_flows_open() takes over such a block when zeros are appended. */
size_t sw_flow_open_memory_former(uint32_t max);

/* Makes a table in memory (64-byte aligned, zeroed), or takes over what an
 * earlier process left there: buckets and free lists are rebuilt from the
 * records, and a torn record is dropped alone.
 * => NULL when memory has another layout or size (to start with an empty table,
 *    zero it and open again), or when the handle cannot be allocated
 * => restored, torn: numbers of records taken over and dropped
 * => the caller owns the result: sw_flow_open_close(), which leaves memory as
 *    it is */
struct sw_flows *sw_flows_open(void *memory, uint32_t max,
    const uint8_t key[16], uint32_t *restored, uint32_t *torn);
void sw_flow_open_close(struct sw_flows *flows);

/* The key of the hashes: the one given to open or, in memory that was taken
 * over, the earlier one.
 * => 16 bytes, valid until close */
const uint8_t *sw_flows_key(const struct sw_flows *flows);

/* => index, or SW_FLOW_NONE */
uint32_t sw_flows_find(
    const struct sw_flows *flows, const struct sw_tuple *tuple, uint64_t hash);

/*
 * A lookup in steps, for many packets side by side: the buckets are prefetched;
 * a little later an index is guessed from the tags; the guessed records are
 * prefetched; at last the guess is resolved, with the result of sw_flows_find()
 * whatever happened to the table in between.
 */
struct sw_guess {
	uint32_t index; /* or SW_FLOW_NONE */
	uint32_t turn;	/* of the table, when the index was guessed */
};

void sw_flows_prefetch(const struct sw_flows *flows, uint64_t hash);
struct sw_guess sw_flows_guess(const struct sw_flows *flows, uint64_t hash);
void
sw_flows_prefetch_guess(const struct sw_flows *flows, struct sw_guess guess);
uint32_t sw_flows_resolve(const struct sw_flows *flows,
    const struct sw_tuple *tuple, uint64_t hash, struct sw_guess guess);

/* The tuple must not be in the table.  The new record is zero except for tuple,
 * ports and protocol; its deadline is 1.
 * => index, or SW_FLOW_NONE when max or both buckets are full */
uint32_t sw_flows_insert(
    struct sw_flows *flows, const struct sw_tuple *tuple, uint64_t hash);
void sw_flows_remove(struct sw_flows *flows, uint32_t index);
/* Gives the flow's key this zone, which it does not have.
 * => false, with the key as it was, when another flow has that key or there is
 *    no room for it */
bool sw_flows_rezone(struct sw_flows *flows, uint32_t index, uint8_t zone);

/*
 * Call these around all changes that one packet makes to a record: when the
 * process dies in between, the successor finds the record as it was before that
 * packet.  One record at a time; it may be removed in between.
 */
void sw_flows_begin(
    struct sw_flows *flows, uint32_t index, const struct sw_flow *flow);
void sw_flows_commit(struct sw_flows *flows);

/* => valid until the flow is removed */
struct sw_flow *sw_flows_at(const struct sw_flows *flows, uint32_t index);
struct sw_flow_counters *
sw_flows_counters(const struct sw_flows *flows, uint32_t index);
struct sw_flow_history *
sw_flows_history(const struct sw_flows *flows, uint32_t index);
/* => only the first line of a new record is zero */
struct sw_cold *sw_flows_cold(const struct sw_flows *flows, uint32_t index);
void sw_flows_tuple(
    const struct sw_flows *flows, uint32_t index, struct sw_tuple *tuple);

/* Deadline column; 0 = no flow there.  A tick that would be 0 is stored 1. */
uint32_t sw_flows_deadline(const struct sw_flows *flows, uint32_t index);
void
sw_flows_set_deadline(struct sw_flows *flows, uint32_t index, uint32_t tick);
/* The column itself, sw_flows_slots() entries, to be read in order. */
const uint32_t *sw_flows_deadlines(const struct sw_flows *flows);

/* Entries from the returned one to *end were never used since open (IPv4's when
 * index < max, otherwise IPv6's): reading them finds nothing and touches memory
 * that nothing else has touched. */
uint32_t
sw_flows_unused(const struct sw_flows *flows, uint32_t index, uint32_t *end);

uint32_t sw_flows_count(const struct sw_flows *flows);
uint32_t sw_flows_slots(const struct sw_flows *flows); /* 2 * max */

#endif
