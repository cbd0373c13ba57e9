/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shadow: a second record besides a flow's own, at numbers that nothing proves.
 *
 * A host that can spoof both addresses can forge a whole conversation that
 * agrees with itself, so agreement alone has no effect.  What a forger cannot
 * do is keep a living host quiet: a host answers what it cannot accept with its
 * true numbers (RFC 9293 3.10.7.4), Linux about once in 500 ms.  So a shadow is
 * presumed to be the connection when each side has sent two segments that fit
 * it, the later one at least max(2 s, 4 round trips) after the first, and
 * nothing has fitted the record in the meantime.  From then on FINs and RSTs
 * count in the shadow, and only there: the record stays until it expires, and a
 * segment that fits it refutes the shadow.
 *
 * A SYN with a SYN/ACK that acknowledges it begins a shadow, too: two hosts
 * that forgot an old connection open a new one on its ports.
 */
#ifndef SYNWARD_ENGINE_TCP_SHADOW_H
#define SYNWARD_ENGINE_TCP_SHADOW_H

#include "engine/tcp/lost.h"

/* => the shadow's record; its state is one of TCP's whatever memory held */
struct sw_flow sw_shadow_record(const struct sw_cold *cold);

/* Steps a shadow that is presumed or called.
 * => false when there is none, or the segment does not fit it */
bool sw_shadow_follows(const struct sw_lost *lost, unsigned direction,
    const struct sw_tcp_segment *segment, enum sw_lost_outcome *outcome);

/* Records a segment that fits nothing else. */
void sw_shadow_note(const struct sw_lost *lost, unsigned direction,
    const struct sw_tcp_segment *segment);

/* Begins a shadow with a SYN/ACK that acknowledges the SYN set aside. */
void sw_shadow_call(const struct sw_lost *lost, unsigned direction,
    const struct sw_tcp_segment *segment);

/* The shadow was not the connection: the next one must pass a longer test. */
void sw_shadow_refute(const struct sw_lost *lost);

/* The record takes over the shadow's numbers and state. */
void sw_shadow_promote(const struct sw_lost *lost);

#endif
