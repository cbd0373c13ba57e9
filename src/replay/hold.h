/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay_hold: fragments that came before the first of their datagram.
 *
 * A kernel that joins fragments holds them back until the datagram is
 * complete, so a replay must not judge such a fragment before it has seen
 * the first.  What is printed of the records behind it is kept, too, so that
 * the output stays in the order of the capture.
 */
#ifndef SYNWARD_REPLAY_HOLD_H
#define SYNWARD_REPLAY_HOLD_H

#include <stdio.h>

#include "replay/capture.h"
#include "synward/packet.h"

struct sw_replay_hold;

/* A record that is held; its bytes are gone. */
struct sw_replay_held {
	struct sw_record record;
	struct sw_packet packet;
	struct sw_time since;
	FILE *out; /* for what is printed of it */
};

/* => NULL when memory is short; the caller owns the result.  out stays the
 *    caller's and must outlive it */
struct sw_replay_hold *sw_replay_hold_create(FILE *out);
/* What is still held is lost. */
void sw_replay_hold_destroy(struct sw_replay_hold *hold);

/* Where to print what belongs behind all records so far: valid until the
 * next call of any function here. */
FILE *sw_replay_hold_out(const struct sw_replay_hold *hold);

/* => false when memory is short */
bool
sw_replay_hold_add(struct sw_replay_hold *hold, const struct sw_record *record,
    const struct sw_packet *packet, struct sw_time now);

/* The earliest held fragment of the datagram that first begins.
 * => NULL: there is none; else to be decided and released */
struct sw_replay_held *sw_replay_hold_match(
    struct sw_replay_hold *hold, const struct sw_packet *first);

/* The earliest held fragment, when it has waited for longer than a kernel
 * would let it, or when too many wait; all: in any case.  => as above */
struct sw_replay_held *sw_replay_hold_overdue(
    struct sw_replay_hold *hold, struct sw_time now, bool all);

/* held was decided and printed.  It is not to be used any more. */
void sw_replay_hold_release(
    struct sw_replay_hold *hold, struct sw_replay_held *held);

/* Did memory run out while something was kept?  Then output is missing. */
bool sw_replay_hold_failed(const struct sw_replay_hold *hold);

#endif
