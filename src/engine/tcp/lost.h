/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tcp_lost: a flow whose hosts are, or may be, elsewhere than we think.
 *
 * The record's numbers are confirmed: the handshake showed them, or what
 * nobody off the path can forge.  Segments outside its windows never touch
 * them.  What such segments tell is kept beside, in the cold column:
 *
 *	claims	  each side's last credible segment; when both agree, the
 *		  record takes them over (engine/tcp/claim.h)
 *	outside	  when each side was last heard at numbers that nothing
 *		  confirms: while both are, the entry lives on
 *	shadow	  a second record, at numbers that anybody may have made up,
 *		  for hosts that went so far unseen that nothing can prove
 *		  where they are (engine/tcp/shadow.h)
 *
 * The entry lives as long as any of these does, so whatever a forger writes
 * into one, the others stand.  A segment inside the record's windows throws
 * all of it away.  Strict drops what is outside, so there neither outside nor
 * a shadow prolongs anything; claims count there with resync alone.
 */
#ifndef SYNWARD_ENGINE_TCP_LOST_H
#define SYNWARD_ENGINE_TCP_LOST_H

#include "engine/table/flow.h"
#include "engine/tcp/tcp.h"

enum sw_lost_kind {
	SW_LOST_NONE,	  /* the shadow is not set */
	SW_LOST_HEARD,	  /* one side's segments fit it */
	SW_LOST_AGREED,	  /* those of both sides do */
	SW_LOST_CALLED,	  /* a SYN and its SYN/ACK began it */
	SW_LOST_PRESUMED, /* segments that fit it are followed there */
};

enum sw_claim_flag {
	SW_CLAIM_SET = 0x01,
	SW_CLAIM_REPEATED = 0x02,
	SW_CLAIM_FIN = 0x04,
	SW_CLAIM_RST = 0x08,
};

/* A flow, what is kept beside it, and the moment. */
struct sw_lost {
	struct sw_flow *flow;
	struct sw_flow_history *history;
	struct sw_cold *cold;
	uint32_t tick; /* that holds now */
	uint32_t seen; /* the first not before now */
	bool strict;   /* segments outside the windows are dropped */
	bool resync;   /* strict: what is proven counts */
};

enum sw_lost_outcome {
	SW_LOST_NOTED,	   /* the flow is as it was */
	SW_LOST_REFRESHES, /* credible: the flow's time begins again */
	SW_LOST_FOUND,	   /* the record has other numbers: step again */
	SW_LOST_FOLLOWS,   /* the shadow moved */
	SW_LOST_REPLACES,  /* the same, and its handshake is now complete */
};

/* A segment outside the record's windows.  Only one without SYN, in a flow
 * whose handshake showed both sides' numbers, tells anything. */
enum sw_lost_outcome sw_lost_step(const struct sw_lost *lost,
    unsigned direction, const struct sw_tcp_segment *segment);

/* A SYN/ACK acknowledges the SYN that was set aside, in a flow that was
 * established: either may be forged, so what they begin is kept beside. */
void sw_lost_call(const struct sw_lost *lost, unsigned direction,
    const struct sw_tcp_segment *segment);

/* A segment fits the record: nothing else counts any more. */
void sw_lost_forget(const struct sw_lost *lost);

/* An RST, while presumed numbers stand beside the confirmed ones, ends the
 * entry only where it is exact for both.
 * => true when the record shall not be stepped by it; *outcome tells */
bool sw_lost_holds_reset(const struct sw_lost *lost, unsigned direction,
    const struct sw_tcp_segment *segment, enum sw_lost_outcome *outcome);

/* Where the confirmed numbers have had their time and presumed ones live,
 * the record takes those. */
void sw_lost_resolve(const struct sw_lost *lost, uint32_t due,
    const struct sw_timeouts *timeouts);

/* Of a flow that another process left: what could not have been noted by
 * tick now is forgotten, because it would keep the flow alive for months. */
void sw_lost_correct(struct sw_flow *flow, struct sw_cold *cold, uint32_t now);

/* The tick at which the entry is over, when the record is at tick `due`. */
uint32_t sw_lost_due(const struct sw_flow *flow, const struct sw_cold *cold,
    uint32_t due, const struct sw_timeouts *timeouts);

/* What is told of a flow.  Its state is the presumed one, where there is one.
 * Its numbers are confirmed ones, unless others stood the test of time. */
struct sw_lost_view {
	uint8_t state;
	uint32_t seen;	  /* tick from which its time is counted */
	uint32_t timeout; /* seconds; 0: the record's */
	struct sw_peer peer[2];
};

struct sw_lost_view
sw_lost_view(const struct sw_flow *flow, const struct sw_cold *cold,
    uint32_t due, const struct sw_timeouts *timeouts);

/* Do both hosts show that they are elsewhere? => since tick *since */
bool sw_lost_is_told(
    const struct sw_flow *flow, const struct sw_cold *cold, uint32_t *since);

/* Was a segment outside the windows seen within so many seconds? */
bool sw_lost_was_seen(const struct sw_flow *flow, const struct sw_cold *cold,
    uint32_t tick, uint32_t seconds);

/* Bytes that passed unseen, as this segment shows; 0: cannot be told. */
uint32_t sw_lost_unseen(const struct sw_flow *flow, const struct sw_cold *cold,
    unsigned direction, const struct sw_tcp_segment *segment);

/* Is the number one that this side has under way by what is kept beside? */
bool sw_lost_under_way(const struct sw_flow *flow, const struct sw_cold *cold,
    unsigned direction, uint32_t seq);

/* For the files tcp_*.c: a side's numbers at most this far ahead are in
 * reach: two of the windows granted to it, 1 MiB at most. */
uint32_t sw_lost_reach(const struct sw_flow *flow, unsigned side);
uint32_t sw_lost_window(const struct sw_flow *flow, unsigned direction,
    const struct sw_tcp_segment *segment);

#endif
