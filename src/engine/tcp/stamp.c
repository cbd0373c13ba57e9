/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Judges time stamps.
 *
 * RFC 7323 5.4 lets stamp clocks tick between once a second and once a
 * millisecond.  A value may therefore be ahead of the last one by the
 * milliseconds since then, and by a little more, because clocks differ and
 * segments are delayed.  An echo is between the last one, which a host repeats
 * while it receives nothing new, and what the other side can have sent.  After
 * ten minutes without a recorded stamp the allowed range would be so wide that
 * a guess might hit it: then nothing is known.
 */
#include "engine/tcp/stamp.h"

#define STALE (600u * SW_TICKS_PER_SECOND)
#define SLACK 2048u	   /* ms: delay in the network, and coarse clocks */
#define LAG_MOST 0x100000u /* ms that an echo may lag behind what is sent */

static void
note_value(struct sw_cold *cold, unsigned side, uint32_t value)
{
	bool known = cold->ts_known >> side & 1;

	if (!known || (int32_t)(value - cold->tsval[side]) > 0)
		cold->tsval[side] = value;
	cold->ts_known |= (uint8_t)(1u << side);
}

/* An echo is at least as old as the other side's last stamp, so it is a lower
 * bound and does not show when that was sent. */
void
sw_stamp_note(struct sw_flow *flow, struct sw_cold *cold, unsigned direction,
    const struct sw_tcp_segment *segment, uint32_t seen)
{
	if (!segment->has_timestamp)
		return;
	if (segment->kind == SW_TCP_SYN && !cold->ts_known)
		cold->syn_tsval = segment->tsval;
	note_value(cold, direction, segment->tsval);
	cold->ts_tick[direction] = seen;
	flow->stamped[direction] = (uint16_t)(seen >> SW_STAMP_SLOT);
	if (!(segment->flags & SW_ACK))
		return;
	cold->echoed[direction] = segment->tsecr;
	if (cold->ts_known == 3)
		note_value(cold, !direction, segment->tsecr);
}

/* How far a side's value may be ahead now, in ms; 0: unknown. */
static uint32_t
ahead_of(const struct sw_cold *cold, unsigned side, uint32_t tick)
{
	uint32_t gone = sw_tick_since(cold->ts_tick[side], tick);

	if (gone > STALE)
		return 0;
	return gone * 1250u / SW_TICKS_PER_SECOND + SLACK;
}

enum sw_stamp
sw_stamp_judge(const struct sw_cold *cold, unsigned direction,
    const struct sw_tcp_segment *segment, uint32_t tick)
{
	uint32_t ahead = ahead_of(cold, direction, tick);
	uint32_t echo_ahead = ahead_of(cold, !direction, tick);
	uint32_t value = segment->tsval - cold->tsval[direction];
	uint32_t lag = cold->tsval[!direction] - cold->echoed[direction];
	uint32_t echo;

	if (cold->ts_known != 3 || !ahead || !echo_ahead)
		return SW_STAMP_UNKNOWN;
	if (lag > LAG_MOST)
		lag = LAG_MOST;
	echo = segment->tsecr - cold->tsval[!direction] + lag;
	if (!segment->has_timestamp || value > ahead || echo > echo_ahead + lag)
		return SW_STAMP_WRONG;
	return SW_STAMP_RIGHT;
}

/* The SYN may have been sent several times, each with its own stamp. */
bool
sw_stamp_answers_syn(
    const struct sw_cold *cold, const struct sw_tcp_segment *segment)
{
	uint32_t sent = cold->tsval[0] - cold->syn_tsval;

	if (!segment->has_timestamp || !(cold->ts_known & 1))
		return true;
	return segment->tsecr - cold->syn_tsval <= sent;
}
