/* SPDX-License-Identifier: Apache-2.0 */
/*
 * track: steps a live flow of any protocol by a packet.
 *
 * It steps the record, updates counters, history and timer, and says what to do
 * with the packet.
 */
#ifndef SYNWARD_ENGINE_TRACK_H
#define SYNWARD_ENGINE_TRACK_H

#include "engine/internal.h"

enum sw_track_outcome {
	SW_TRACK_PASS,
	SW_TRACK_ABSORB, /* it answers our own probe and goes no further */
	SW_TRACK_REFUSE, /* the refusal says why */
	SW_TRACK_NEW,	 /* it begins a new flow on the same tuple */
};

struct sw_tcp_refusal {
	enum sw_message message;
	int32_t beyond; /* bytes outside the window */
};

static inline enum sw_track_outcome
sw_track_object(
    struct sw_tcp_refusal *refusal, enum sw_message message, int32_t beyond)
{
	*refusal = (struct sw_tcp_refusal){ message, beyond };
	return SW_TRACK_REFUSE;
}

/* => SW_TRACK_PASS may have ended the flow: index must not be used afterwards
 * => refusal is written with SW_TRACK_REFUSE only */
enum sw_track_outcome sw_track(struct sw_engine *engine,
    const struct sw_lookup *p, uint32_t index, struct sw_tcp_refusal *refusal);

/* What sw_track() would return for the packet, without changing the flow. */
enum sw_track_outcome sw_track_would(const struct sw_engine *engine,
    const struct sw_lookup *p, uint32_t index, struct sw_tcp_refusal *refusal);

/* The shortcut for nearly every TCP packet: one in the middle of an established
 * connection, which changes only windows, timer, letters and counters.
 * => false, with nothing changed, for any other packet: sw_track() */
bool sw_track_carries_on(
    struct sw_engine *engine, const struct sw_lookup *p, uint32_t index);

/* The flow has expired, but on-idle = probe would probe it before it ends, and
 * this packet is the answer. */
bool sw_track_proves_life(const struct sw_engine *engine, uint32_t index);

#endif
