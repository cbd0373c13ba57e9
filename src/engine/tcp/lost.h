/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lost: a flow whose hosts use, or may use, other numbers than the record.
 *
 * The record's numbers are confirmed: by the handshake, or by something that
 * nobody off the path can forge.  Segments outside its windows never change
 * them.  What such segments show is stored beside them, in the cold column:
 *
 *	claims	  each side's last credible segment; when both agree, the
 *		  record takes over their numbers (engine/tcp/claim.h)
 *	outside	  when each side last used numbers that nothing confirms:
 *		  while both do, the entry lives on
 *	shadow	  a second record, at numbers that anybody may have made up,
 *		  for hosts that advanced so far unseen that nothing can prove
 *		  where they are (engine/tcp/shadow.h)
 *
 * The entry lives as long as any of these does, so whatever a forger writes
 * into one, the others remain.  A segment inside the record's windows discards
 * all of them.  Strict tracking drops segments outside, so there neither
 * outside nor a shadow prolongs anything, and claims count only with resync.
 */
#ifndef SYNWARD_ENGINE_TCP_LOST_H
#define SYNWARD_ENGINE_TCP_LOST_H

#include "engine/table/flow.h"
#include "engine/tcp/tcp.h"

enum sw_lost_kind {
	SW_LOST_NONE,	  /* the shadow is not set */
	SW_LOST_HEARD,	  /* one side's segments fit it */
	SW_LOST_AGREED,	  /* segments of both sides fit it */
	SW_LOST_CALLED,	  /* a SYN and its SYN/ACK began it */
	SW_LOST_PRESUMED, /* segments that fit it are followed in it */
};

enum sw_claim_flag {
	SW_CLAIM_SET = 0x01,
	SW_CLAIM_REPEATED = 0x02,
	SW_CLAIM_FIN = 0x04,
	SW_CLAIM_RST = 0x08,
};

/* A flow, its cold column, and the time. */
struct sw_lost {
	struct sw_flow *flow;
	struct sw_flow_history *history;
	struct sw_cold *cold;
	uint32_t tick; /* the current tick */
	uint32_t seen; /* the first tick not before now */
	bool strict;   /* segments outside the windows are dropped */
	bool resync;   /* strict: use proven numbers */
	bool watched;  /* segments outside the windows are reported */
};

enum sw_lost_outcome {
	SW_LOST_NOTED,	   /* the flow is unchanged */
	SW_LOST_REFRESHES, /* credible: the flow's timeout starts again */
	SW_LOST_FOUND,	   /* the record has other numbers: step again */
	SW_LOST_FOLLOWS,   /* the shadow advanced */
	SW_LOST_REPLACES,  /* the same, and its handshake is now complete */
};

/* Handles a segment outside the record's windows.  Only a segment without SYN,
 * in a flow whose handshake showed both sides' numbers, has any effect. */
enum sw_lost_outcome sw_lost_step(const struct sw_lost *lost,
    unsigned direction, const struct sw_tcp_segment *segment);

/* A SYN/ACK acknowledges the SYN that was set aside, in a flow that was
 * established: either may be forged, so the connection they begin is stored as
 * a shadow. */
void sw_lost_call(const struct sw_lost *lost, unsigned direction,
    const struct sw_tcp_segment *segment);

/* A segment fits the record: discards everything else. */
void sw_lost_forget(const struct sw_lost *lost);

/* While there are presumed numbers besides the confirmed ones, an RST ends the
 * entry only if it is exact for both.
 * => true when the record must not be stepped by it; *outcome is set */
bool sw_lost_holds_reset(const struct sw_lost *lost, unsigned direction,
    const struct sw_tcp_segment *segment, enum sw_lost_outcome *outcome);

/* When the confirmed numbers have expired and presumed ones live, the record
 * takes those. */
void sw_lost_resolve(const struct sw_lost *lost, uint32_t due,
    const struct sw_timeouts *timeouts);

/* Corrects a flow that another process left: times after tick now are
 * impossible and are cleared, because they would keep the flow alive for
 * months. */
void sw_lost_correct(struct sw_flow *flow, struct sw_cold *cold, uint32_t now);

/* The tick at which the entry expires, when the record expires at tick
 * `due`. */
uint32_t sw_lost_due(const struct sw_flow *flow, const struct sw_cold *cold,
    uint32_t due, const struct sw_timeouts *timeouts);

/* What is reported about a flow.  Its state is the presumed one, if there is
 * one.  Its numbers are the confirmed ones, unless others were presumed. */
struct sw_lost_view {
	uint8_t state;
	uint32_t seen;	  /* tick at which its timeout started */
	uint32_t timeout; /* seconds; 0: the record's */
	struct sw_peer peer[2];
};

struct sw_lost_view
sw_lost_view(const struct sw_flow *flow, const struct sw_cold *cold,
    uint32_t due, const struct sw_timeouts *timeouts);

/* Do both hosts show that they use other numbers?
 * => since tick *since */
bool sw_lost_is_told(
    const struct sw_flow *flow, const struct sw_cold *cold, uint32_t *since);

/* Was a segment outside the windows seen within this many seconds? */
bool sw_lost_was_seen(const struct sw_flow *flow, const struct sw_cold *cold,
    uint32_t tick, uint32_t seconds);

/* Bytes that passed unseen, as this segment shows; 0: unknown. */
uint32_t sw_lost_unseen(const struct sw_flow *flow, const struct sw_cold *cold,
    unsigned direction, const struct sw_tcp_segment *segment);

/* Is the number one that this side has under way, according to claims or
 * shadow? */
bool sw_lost_under_way(const struct sw_flow *flow, const struct sw_cold *cold,
    unsigned direction, uint32_t seq);

/* For the files of this room: a side's numbers are within reach up to this
 * distance: two of the windows granted to it, at most 1 MiB. */
uint32_t sw_lost_reach(const struct sw_flow *flow, unsigned side);
uint32_t sw_lost_window(const struct sw_flow *flow, unsigned direction,
    const struct sw_tcp_segment *segment);

#endif
