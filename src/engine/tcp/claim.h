/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tcp_claim: credible segments outside the windows, and what they prove.
 *
 * Packets of a connection may pass unseen: another path, a full queue, a
 * queue rule taken out for a moment.  The first segments seen after that lie
 * outside the windows.  Such a segment is credible when somebody who does not
 * see the connection could not have made it:
 *
 *  - the connection uses time stamps, and both of its stamps fit; or
 *  - no time stamps are known, and both of its numbers lie at most
 *    min(1 MiB, two windows) ahead of those that are confirmed, which is as
 *    hard to guess as to hit the windows themselves.
 *
 * An RST without right stamps must also have a number that its side or its
 * receiver claimed before, because a host obeys it nowhere else.
 *
 * Each side's last credible segment is kept as its claim.  When the claims of
 * both sides agree, the hosts are in step with each other, and the record
 * takes their numbers over.
 */
#ifndef SYNWARD_ENGINE_TCP_CLAIM_H
#define SYNWARD_ENGINE_TCP_CLAIM_H

#include "engine/tcp/lost.h"

/* base: the record that the numbers are compared with. */
bool
sw_claim_is_credible(const struct sw_lost *lost, const struct sw_flow *base,
    unsigned direction, const struct sw_tcp_segment *segment);

/* Has a credible segment the very number that its side has to send next, and
 * acknowledges what is a little ahead?  Then packets of the other side went
 * unseen, and when the receiver has them they may never be sent again: nothing
 * but this acknowledgement will ever tell of them. */
bool sw_claim_is_exact(const struct sw_flow *base, unsigned direction,
    const struct sw_tcp_segment *segment);

/* Keeps it.  => true when it repeats an earlier one of its side */
bool sw_claim_note(const struct sw_lost *lost, unsigned direction,
    const struct sw_tcp_segment *segment);

/* Have both sides made claims that fit each other? */
bool sw_claim_agree(const struct sw_lost *lost);

/* The record takes over the numbers of both sides' claims, and the FIN or RST
 * that came with them. */
void sw_claim_adopt(const struct sw_lost *lost, struct sw_flow *base);

/* The same where only one side's claim is known. */
void sw_claim_adopt_one(const struct sw_lost *lost, struct sw_flow *base,
    unsigned direction, const struct sw_tcp_segment *segment);

/* Of what the receiver of an exact segment sent, all is known that the segment
 * acknowledges, also by SACK.  Nothing else moves: with that the segment fits
 * the windows. */
void sw_claim_extend(struct sw_flow *base, unsigned direction,
    const struct sw_tcp_segment *segment);

#endif
