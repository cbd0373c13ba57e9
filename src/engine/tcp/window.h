/* SPDX-License-Identifier: Apache-2.0 */
/*
 * window: is a segment within what both sides agreed on?
 *
 * The four inequalities of van Rooij (2001) over the record of a flow.  Judging
 * only changes the record of a side that sends its first segment; learning
 * writes what an accepted segment shows.
 */
#ifndef SYNWARD_ENGINE_TCP_WINDOW_H
#define SYNWARD_ENGINE_TCP_WINDOW_H

#include "engine/table/flow.h"
#include "engine/tcp/carry.h"

enum sw_window {
	SW_WINDOW_INSIDE,
	SW_WINDOW_BEGUN,     /* inside, and the first of its side, a SYN */
	SW_WINDOW_SEQ_ABOVE, /* I: begins right of the granted edge */
	SW_WINDOW_SEQ_BELOW, /* II: ends left of what may be repeated */
	SW_WINDOW_ACK_ABOVE, /* III: acknowledges what was not sent */
	SW_WINDOW_ACK_BELOW, /* IV: acknowledges too far back */
};

/* a < b in sequence space (RFC 9293 3.4). */
static inline bool
sw_seq_before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

/* The sequence number after the segment; SYN and FIN count one each. */
uint32_t sw_window_segment_end(const struct sw_tcp_segment *segment);

/* Begins a side's record with its SYN or SYN/ACK.  direction 1 decides window
 * scaling: both must have offered it (RFC 7323 2.2). */
void sw_window_begin(struct sw_flow *flow, unsigned direction,
    const struct sw_tcp_segment *segment);

/* => beyond: bytes right (+) or left (-) of the bound that is crossed */
enum sw_window sw_window_judge(struct sw_flow *flow, unsigned direction,
    const struct sw_tcp_segment *segment, int32_t *beyond);

void sw_window_learn(struct sw_flow *flow, unsigned direction,
    const struct sw_tcp_segment *segment);

/* Judges the segment, and learns from it when inside. */
enum sw_window sw_window_take(struct sw_flow *flow, unsigned direction,
    const struct sw_tcp_segment *segment, int32_t *beyond);

/* Is this a flow picked up mid-stream, so that its window scale is unknown, and
 * are both numbers within 1 MiB of the known ones?  Then it learns from the
 * segment. */
bool sw_window_is_near(struct sw_flow *flow, unsigned direction,
    const struct sw_tcp_segment *segment);

/* The same for a segment with ACK and neither SYN, FIN nor RST, of an
 * established flow: most are as expected in every way, which few comparisons
 * show.
 * => false, with nothing changed, for one that needs a closer look */
bool sw_window_carry(struct sw_flow *flow, unsigned direction,
    const struct sw_tcp_segment *segment);

#endif
