/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trace: the packets of a refused tuple so far.
 *
 * Entries are in sets of four, chosen by the tuple's keyed hash.  In a full set
 * the least useful entry is replaced: one with a single packet before one with
 * a known flow or several packets, the older before the newer.  So a flood of
 * forged tuples mostly replaces its own entries.
 *
 * TCP's rules for sequence numbers: a segment with payload begins where the
 * previous one ended, or elsewhere near it (lost, retransmitted, out of
 * order).  It never begins inside the previous one, never at the same place
 * with other bytes, and never a megabyte away.  A retransmission repeats place
 * and length, but hosts give up after about fifteen.
 */
#include "diagnose/trace.h"

#define NEAR (INT32_C(1) << 20)
#define RETRANSMISSIONS 16

/* No host breaks the rules this often when it repairs losses. */
#define BROKEN_BOTH 5u
#define BROKEN_ONE 8u

/* A tuple with a known flow is kept as if it were this much newer. */
#define FLOW_BONUS (300 * SW_NS_PER_SECOND)

/* A host without an acknowledgement for this long sends nothing new. */
#define TIMEOUT (3 * SW_NS_PER_SECOND)

/* No host repeats a segment sooner (RFC 6298, and what stacks do). */
#define RTO_LEAST_MS 150u

/* Ports may be used again after this time: 2 MSL. */
#define FORGOTTEN (240 * SW_NS_PER_SECOND)

static int32_t
distance(uint32_t from, uint32_t to)
{
	return (int32_t)(to - from);
}

static bool
near(uint32_t a, uint32_t b)
{
	int32_t d = distance(a, b);

	return d > -NEAR && d < NEAR;
}

static uint64_t
last_of(const struct sw_trace *trace)
{
	return trace->side[0].last > trace->side[1].last ? trace->side[0].last
							 : trace->side[1].last;
}

static uint64_t
worth(const struct sw_trace *trace)
{
	if (!trace->id)
		return 0;
	return last_of(trace) + (sw_trace_packets(trace) > 1 ? FLOW_BONUS : 1);
}

/* Is it the same flow?  The time in a tombstone is rounded. */
static bool
same_life(uint64_t a, uint64_t b)
{
	uint64_t off = a > b ? a - b : b - a;

	return off <= 2 * SW_NS_PER_SECOND / SW_TICKS_PER_SECOND;
}

static void
begin(struct sw_trace *trace, uint64_t id, uint64_t life, struct sw_time now)
{
	*trace = (struct sw_trace){ .id = id,
		.life = life,
		.first = now.ns,
		.cause = SW_CAUSE_UNKNOWN };
}

static struct sw_trace *
find(struct sw_traces *traces, uint64_t id, uint64_t life, struct sw_time now)
{
	struct sw_trace *set = traces->entry[(id >> 40) % SW_TRACE_SETS];
	struct sw_trace *least = &set[0];

	id = id ? id : 1;
	for (unsigned i = 0; i < SW_TRACE_WAYS; i++) {
		if (set[i].id == id && same_life(set[i].life, life))
			return &set[i];
		if (set[i].id == id) {
			least = &set[i];
			break;
		}
		if (worth(&set[i]) < worth(least))
			least = &set[i];
	}
	begin(least, id, life, now);
	return least;
}

static enum sw_trace_step
step(const struct sw_trace_side *own, const struct sw_trace_side *other,
    const struct sw_refusal *packet)
{
	if (!own->packets && !other->packets)
		return SW_STEP_FIRST;
	if (!own->packets)
		return near(other->ack, packet->seq) ? SW_STEP_CONTINUES
						     : SW_STEP_JUMPS;
	if (own->seq == packet->seq && own->payload == packet->payload &&
	    own->flags == packet->tcp_flags)
		return SW_STEP_REPEAT;
	return near(own->end, packet->seq) ? SW_STEP_CONTINUES : SW_STEP_JUMPS;
}

static void
note_repeat(struct sw_trace_side *side, bool again, struct sw_time now)
{
	if (!again) {
		side->repeats = 1;
		side->interval = side->interval_was = 0;
		return;
	}
	side->repeats++;
	side->interval_was = side->interval;
	side->interval =
	    (uint32_t)sw_time_ms_since((struct sw_time){ side->last }, now);
}

static void
bump(uint16_t *counter)
{
	if (*counter < UINT16_MAX)
		++*counter;
}

/* Compares a segment with payload to the previous one. */
static void
note_law(struct sw_trace_side *side, const struct sw_refusal *packet)
{
	int32_t d = distance(side->data_seq, packet->seq);
	bool first = side->data_payload == 0;

	if (!packet->payload)
		return;
	if (first)
		side->same = 1;
	else if (d == 0 && packet->payload == side->data_payload)
		bump(&side->same);
	else if ((d >= 0 && (uint32_t)d < side->data_payload) ||
		 !near(side->data_seq, packet->seq))
		bump(&side->unlawful);
	else
		bump(&side->lawful);
	side->data_seq = packet->seq;
	side->data_payload = packet->payload;
}

/* New data this long after the first: the first was acknowledged. */
static void
note_stream(struct sw_trace_side *side, const struct sw_refusal *packet,
    struct sw_time now)
{
	uint32_t end = packet->seq + packet->payload;

	if (!packet->payload)
		return;
	if (!side->data_first) {
		side->data_first = now.ns;
		side->top = end;
		return;
	}
	if (distance(side->top, end) <= 0 || !near(side->top, end))
		return;
	side->top = end;
	if (now.ns - side->data_first > TIMEOUT)
		side->streams = true;
}

/* It acknowledges more than before, so it receives the other side somewhere. */
static void
note_gain(struct sw_trace_side *side, const struct sw_refusal *packet)
{
	if (side->packets && packet->tcp_flags & SW_ACK &&
	    distance(side->ack, packet->ack) > 0)
		side->gains++;
}

/* An answer to a SYN: its connection has only just begun. */
static bool
answers_syn(const struct sw_refusal *packet)
{
	uint8_t flags = packet->tcp_flags & (SW_SYN | SW_ACK | SW_RST);

	return flags == (SW_SYN | SW_ACK) ||
	       (flags == (SW_RST | SW_ACK) && packet->seq == 0);
}

/* A host that never asked rejects an answer at once, and sends only RSTs; a
 * host that has given up rejects it later. */
static bool
is_disowned(const struct sw_trace *trace, unsigned way)
{
	const struct sw_trace_side *denial = &trace->side[way];
	const struct sw_trace_side *answer = &trace->side[!way];

	if (!denial->only_resets || answer->packets > denial->packets)
		return false;
	return trace->disowned ||
	       denial->last - answer->last < SW_NS_PER_SECOND;
}

/* Far from everything seen: after a SYN/ACK, or such a silence, the ports serve
 * another connection. */
static bool
begins_another(const struct sw_trace *trace, const struct sw_refusal *packet,
    struct sw_time now)
{
	if (trace->step != SW_STEP_JUMPS)
		return false;
	if (now.ns - last_of(trace) > FORGOTTEN)
		return true;
	return !trace->young && packet->tcp_flags & SW_SYN &&
	       packet->tcp_flags & SW_ACK;
}

/* Records what follows the answer to a packet that was never seen. */
static void
note_sequel(
    struct sw_trace *trace, unsigned way, const struct sw_refusal *packet)
{
	bool reset = packet->tcp_flags & SW_RST;
	bool syn = packet->tcp_flags & SW_SYN;

	if (!trace->answer)
		return;
	if (way != trace->answer_way)
		trace->disowned = is_disowned(trace, way);
	else if (!reset && !syn && trace->young)
		trace->goes_on = true;
}

static void
note_segment(struct sw_trace_side *own, const struct sw_refusal *packet,
    struct sw_time now)
{
	if (!own->packets) {
		own->first_seq = packet->seq;
		own->only_resets = true;
	}
	own->only_resets &= !!(packet->tcp_flags & SW_RST);
	own->packets++;
	own->seq = packet->seq;
	own->end = packet->seq + packet->payload;
	own->ack = packet->ack;
	own->payload = packet->payload;
	own->flags = packet->tcp_flags;
	own->last = now.ns;
}

struct sw_trace *
sw_trace_note(struct sw_traces *traces, uint64_t id, uint64_t life, bool from_b,
    const struct sw_refusal *packet, struct sw_time now)
{
	struct sw_trace *trace = find(traces, id, life, now);
	struct sw_trace_side *own = &trace->side[from_b];
	bool first = !own->packets && !trace->side[!from_b].packets;

	trace->step = step(own, &trace->side[!from_b], packet);
	if (begins_another(trace, packet, now)) {
		begin(trace, trace->id, life, now);
		first = true;
	}
	if (first) {
		trace->young = answers_syn(packet);
		trace->answer = trace->young || packet->tcp_flags & SW_RST;
		trace->answer_way = from_b;
	}
	note_repeat(own, trace->step == SW_STEP_REPEAT, now);
	note_law(own, packet);
	note_gain(own, packet);
	note_stream(own, packet, now);
	note_segment(own, packet, now);
	note_sequel(trace, from_b, packet);
	return trace;
}

enum sw_cause
sw_trace_cause(const struct sw_traces *traces, uint64_t id)
{
	const struct sw_trace *set = traces->entry[(id >> 40) % SW_TRACE_SETS];

	for (unsigned i = 0; i < SW_TRACE_WAYS; i++)
		if (set[i].id == id)
			return (enum sw_cause)set[i].cause;
	return SW_CAUSE_UNKNOWN;
}

bool
sw_trace_unlawful(const struct sw_trace *trace)
{
	bool both = trace->side[0].packets && trace->side[1].packets;
	uint32_t broken = 0, kept = 0;

	for (unsigned i = 0; i < 2; i++) {
		const struct sw_trace_side *side = &trace->side[i];

		broken += side->unlawful;
		kept += side->lawful;
		if (side->same > RETRANSMISSIONS)
			broken += side->same - RETRANSMISSIONS;
	}
	return broken >= (both ? BROKEN_BOTH : BROKEN_ONE) && broken > 4 * kept;
}

bool
sw_trace_one_way(const struct sw_trace *trace, unsigned way)
{
	const struct sw_trace_side *side = &trace->side[way];

	return trace->side[!way].packets == 0 &&
	       (side->gains >= 3 || side->streams);
}

bool
sw_trace_steady(const struct sw_trace_side *side)
{
	uint32_t slack = side->interval_was / 10 + 50;

	if (side->repeats < 3)
		return false;
	return side->interval + slack >= side->interval_was &&
	       side->interval <= side->interval_was + slack;
}

bool
sw_trace_backs_off(const struct sw_trace_side *side)
{
	if (side->repeats < 2 || side->interval < RTO_LEAST_MS)
		return false;
	return side->repeats == 2 ||
	       side->interval >= side->interval_was + side->interval_was / 2;
}

uint32_t
sw_trace_packets(const struct sw_trace *trace)
{
	return trace->side[0].packets + trace->side[1].packets;
}
