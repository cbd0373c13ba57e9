/* SPDX-License-Identifier: Apache-2.0 */
/*
 * claim: credible segments outside the windows, and what they prove.
 *
 * Packets of a connection may pass unseen: on another path, because the queue
 * was full, or while the queue rule was removed.  The first segments seen after
 * that are outside the windows.  Such a segment is credible when a host that
 * does not see the connection could not have made it:
 *
 *  - the connection uses time stamps, and both of its stamps fit; or
 *  - no time stamps are known, and both of its numbers are at most
 *    min(1 MiB, two windows) ahead of those that are confirmed, which is as
 *    hard to guess as to hit the windows themselves.
 *
 * An RST without right stamps must also have a number that its side or its
 * receiver has claimed before, because a host obeys it at no other number.
 *
 * Each side's last credible segment is stored as its claim.  When the claims of
 * both sides agree, the hosts are in step with each other, and the record takes
 * over their numbers.
 */
#ifndef SYNWARD_ENGINE_TCP_CLAIM_H
#define SYNWARD_ENGINE_TCP_CLAIM_H

#include "engine/tcp/lost.h"

/* base: the record that the numbers are compared with. */
bool
sw_claim_is_credible(const struct sw_lost *lost, const struct sw_flow *base,
    unsigned direction, const struct sw_tcp_segment *segment);

/* Does a credible segment carry exactly the number that its side has to send
 * next, and acknowledge what is a little ahead?  Then packets of the other side
 * passed unseen, and because their receiver has them they may never be sent
 * again: only this acknowledgement tells of them. */
bool sw_claim_is_exact(const struct sw_flow *base, unsigned direction,
    const struct sw_tcp_segment *segment);

/* Stores the claim.
 * => true when it repeats an earlier one of its side */
bool sw_claim_note(const struct sw_lost *lost, unsigned direction,
    const struct sw_tcp_segment *segment);

/* Have both sides made claims that fit each other? */
bool sw_claim_agree(const struct sw_lost *lost);

/* The record takes over the numbers of both sides' claims, and the FIN or RST
 * that came with them. */
void sw_claim_adopt(const struct sw_lost *lost, struct sw_flow *base);

/* Does the same when only one side's claim is known. */
void sw_claim_adopt_one(const struct sw_lost *lost, struct sw_flow *base,
    unsigned direction, const struct sw_tcp_segment *segment);

/* Extends what the receiver of an exact segment has sent to what the segment
 * acknowledges, also by SACK.  Nothing else changes: with that the segment fits
 * the windows. */
void sw_claim_extend(struct sw_flow *base, unsigned direction,
    const struct sw_tcp_segment *segment);

#endif
