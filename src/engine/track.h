/* SPDX-License-Identifier: Apache-2.0 */
/*
 * track: a packet of a live flow, of any protocol.
 *
 * Steps the record, keeps ledger, history and timer, and says what becomes
 * of the packet.
 */
#ifndef SYNWARD_ENGINE_TRACK_H
#define SYNWARD_ENGINE_TRACK_H

#include "engine/internal.h"

enum sw_track_outcome {
	SW_TRACK_PASS,
	SW_TRACK_ABSORB, /* answers our own probe: goes no further */
	SW_TRACK_REFUSE, /* the objection says why */
	SW_TRACK_NEW,	 /* begins a new flow on the tuple of this one */
};

struct sw_tcp_refusal {
	enum sw_message message;
	int32_t beyond; /* bytes outside the window */
};

/* => SW_TRACK_PASS may have ended the flow: index is not to be used after
 * => objection is written with SW_TRACK_REFUSE only */
enum sw_track_outcome sw_track(struct sw_engine *engine,
    const struct sw_lookup *p, uint32_t index, struct sw_tcp_refusal *refusal);

/* What sw_track() would say of the packet.  Nothing is done: the flow is as
 * it was. */
enum sw_track_outcome sw_track_would(const struct sw_engine *engine,
    const struct sw_lookup *p, uint32_t index, struct sw_tcp_refusal *refusal);

/* The shortcut for what nearly every TCP packet is: one in the middle of an
 * established connection, of which only windows, timer, letters and ledger
 * move.
 * => false, and nothing is done, when it is anything else: sw_track() */
bool sw_track_carries_on(
    struct sw_engine *engine, const struct sw_lookup *p, uint32_t index);

/* Its time is over, but on-idle = probe would ask before it ends, and the
 * packet at hand is the answer. */
bool sw_track_proves_life(const struct sw_engine *engine, uint32_t index);

#endif
