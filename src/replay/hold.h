/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hold: keeps fragments that precede the first fragment of their datagram.
 *
 * A kernel that reassembles fragments holds them until the datagram is
 * complete, so a replay must not judge such a fragment before it has seen the
 * first one.  The output of later records is buffered as well, so that it stays
 * in the order of the capture.
 */
#ifndef SYNWARD_REPLAY_HOLD_H
#define SYNWARD_REPLAY_HOLD_H

#include <stdio.h>

#include "replay/capture.h"
#include "synward/packet.h"

struct sw_replay_hold;

/* A held record, without its bytes. */
struct sw_replay_held {
	struct sw_record record;
	struct sw_packet packet;
	struct sw_time since;
	FILE *out; /* for the record's own output */
};

/* => NULL when memory is short; the caller owns the result.  out stays the
 *    caller's and must outlive it */
struct sw_replay_hold *sw_replay_hold_create(FILE *out);
/* Frees everything; the output of records that are still held is lost. */
void sw_replay_hold_destroy(struct sw_replay_hold *hold);

/* The stream for output that belongs after all records so far; valid until the
 * next call of any function here. */
FILE *sw_replay_hold_out(const struct sw_replay_hold *hold);

/* => false when memory is short */
bool
sw_replay_hold_add(struct sw_replay_hold *hold, const struct sw_record *record,
    const struct sw_packet *packet, struct sw_time now);

/* The earliest held fragment of the datagram that `first` begins.
 * => NULL when there is none; otherwise the caller must judge and release it */
struct sw_replay_held *sw_replay_hold_match(
    struct sw_replay_hold *hold, const struct sw_packet *first);

/* Notes a first fragment that the capture has cut: its later fragments cannot
 * be judged.  Only the last ones are known. */
void
sw_replay_hold_cut(struct sw_replay_hold *hold, const struct sw_packet *first);
/* Is it a later fragment of such a datagram? */
bool sw_replay_hold_is_cut(
    const struct sw_replay_hold *hold, const struct sw_packet *packet);

/* The earliest held fragment, if it has waited longer than a kernel would keep
 * it, if too many wait, or if all is true.
 * => like sw_replay_hold_match() */
struct sw_replay_held *sw_replay_hold_overdue(
    struct sw_replay_hold *hold, struct sw_time now, bool all);

/* Called after a held record was judged and printed.  Frees held. */
void sw_replay_hold_release(
    struct sw_replay_hold *hold, struct sw_replay_held *held);

/* Did memory run out while output was buffered?  Then output is missing. */
bool sw_replay_hold_failed(const struct sw_replay_hold *hold);

#endif
