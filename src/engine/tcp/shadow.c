/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of a shadow.
 *
 *	HEARD	  a segment of one side began it
 *	AGREED	  a segment of the other side fits
 *	PRESUMED  it passed the test of time (engine/tcp/shadow.h): stepped
 *		  like any record
 *	CALLED	  a SYN/ACK began it: stepped like any record, and presumed
 *		  once its handshake is complete
 *
 * A flow has room for one shadow.  A segment that does not fit replaces it when
 * nothing has fitted for the duration of a test, so that neither forged nor
 * late segments replace a shadow that is in use.
 */
#include "engine/tcp/shadow.h"

#include <string.h>

#include "engine/tcp/fin.h"
#include "engine/tcp/last.h"
#include "engine/tcp/window.h"

#define TEST_LEAST (2u * SW_TICKS_PER_SECOND)
#define FIT_LEAST UINT32_C(0x100000) /* 1 MiB may be under way */
#define BAR_MOST 6u		     /* 2^6 s */

#define FITTED_COUNT 0x7f
#define FITTED_LASTING 0x80 /* the later segment came long after the first */

struct sw_flow
sw_shadow_record(const struct sw_cold *cold)
{
	struct sw_flow record = { .state = SW_STATE_NONE };

	memcpy(&record, cold->shadow, SW_RECORD_MOVING);
	if (record.state == SW_STATE_NONE ||
	    record.state >= SW_STATE_UDP_UNREPLIED)
		record.state = SW_STATE_ESTABLISHED;
	if ((record.scales & 15) > 14 || record.scales >> 4 > 14)
		record.scales = 0;
	return record;
}

static void
write_record(struct sw_cold *cold, const struct sw_flow *record)
{
	memcpy(cold->shadow, record, SW_RECORD_MOVING);
}

static void
swap_peers(struct sw_peer *a, struct sw_peer *b)
{
	struct sw_peer kept = *a;

	*a = *b;
	*b = kept;
}

/* Exchanges the record's sides. */
static void
turn(struct sw_flow *record)
{
	uint8_t flags = record->peer_flags[0];

	swap_peers(&record->peer[0], &record->peer[1]);
	record->peer_flags[0] = record->peer_flags[1];
	record->peer_flags[1] = flags;
	record->scales = (uint8_t)(record->scales << 4 | record->scales >> 4);
	record->last ^= SW_LAST_DIRECTION;
}

/* Steps a record whose opener may be the side that the flow's opener called. */
static enum sw_tcp_outcome
step_turned(const struct sw_cold *cold, struct sw_flow *record,
    unsigned direction, const struct sw_tcp_segment *segment)
{
	struct sw_flow_history history = { .iss = cold->shadow_iss };
	struct sw_tcp_step step = { .direction =
					(uint8_t)(direction ^ cold->turned) };
	enum sw_tcp_outcome outcome;

	if (cold->turned)
		turn(record);
	outcome = sw_tcp_step(record, &history, segment, &step);
	record->last &= (uint8_t)~SW_LAST_FINS_AHEAD; /* no place for its end */
	if (cold->turned)
		turn(record);
	return outcome;
}

/* The duration of a test in ticks. */
static uint32_t
test_time(const struct sw_cold *cold)
{
	uint32_t trips = 4u * cold->handshake;

	return trips > TEST_LEAST ? trips : TEST_LEAST;
}

static uint32_t
widest(const struct sw_flow *record)
{
	uint32_t a = record->peer[0].maxwin, b = record->peer[1].maxwin;
	uint32_t most = a > b ? a : b;

	return most > FIT_LEAST ? most : FIT_LEAST;
}

static bool
within(uint32_t number, uint32_t of, uint32_t distance)
{
	return number - of + distance <= 2 * distance;
}

static bool
fits(const struct sw_flow *record, unsigned direction,
    const struct sw_tcp_segment *segment)
{
	uint32_t distance = widest(record);

	return within(segment->seq, record->peer[direction].end, distance) &&
	       within(segment->ack, record->peer[!direction].end, distance);
}

static void
begin(const struct sw_lost *lost, unsigned direction,
    const struct sw_tcp_segment *segment)
{
	struct sw_cold *cold = lost->cold;
	struct sw_flow record = *lost->flow;
	struct sw_peer *sender = &record.peer[direction];
	struct sw_peer *receiver = &record.peer[!direction];
	uint32_t window = sw_lost_window(lost->flow, direction, segment);

	sender->end = sw_window_segment_end(segment);
	sender->maxack = segment->ack;
	sender->maxend = sender->end + receiver->maxwin;
	receiver->end = segment->ack;
	receiver->maxend = segment->ack + window;
	receiver->maxack = segment->seq;
	record.last = SW_TCP_BAD;
	for (unsigned side = 0; side < 2; side++)
		record.peer_flags[side] &=
		    (uint8_t) ~(SW_PEER_UNACKED | SW_PEER_LIBERAL);
	write_record(cold, &record);
	cold->lost = SW_LOST_HEARD;
	cold->turned = cold->called = 0;
	cold->fitted[direction] = 1;
	cold->fitted[!direction] = 0;
	cold->first[direction] = cold->fit = lost->tick;
}

static uint32_t
later(uint32_t a, uint32_t b)
{
	return sw_seq_before(a, b) ? b : a;
}

/* Advances the numbers, and nothing else. */
static void
learn(const struct sw_lost *lost, unsigned direction,
    const struct sw_tcp_segment *segment)
{
	struct sw_flow record = sw_shadow_record(lost->cold);
	struct sw_peer *sender = &record.peer[direction];
	struct sw_peer *receiver = &record.peer[!direction];
	uint32_t window = sw_lost_window(lost->flow, direction, segment);

	sender->end = later(sender->end, sw_window_segment_end(segment));
	sender->maxack = later(sender->maxack, segment->ack);
	if (sender->maxwin < window)
		sender->maxwin = window;
	receiver->end = later(receiver->end, segment->ack);
	receiver->maxend =
	    later(receiver->maxend, segment->ack + (window ? window : 1));
	record.peer_flags[direction] |= SW_PEER_ACKED;
	if (segment->kind == SW_TCP_FIN)
		record.peer_flags[direction] |= SW_PEER_FIN;
	write_record(lost->cold, &record);
}

static void
count_fit(const struct sw_lost *lost, unsigned direction)
{
	struct sw_cold *cold = lost->cold;
	uint8_t *fitted = &cold->fitted[direction];

	if (!*fitted)
		cold->first[direction] = lost->tick;
	if ((*fitted & FITTED_COUNT) < FITTED_COUNT)
		++*fitted;
	if (sw_tick_since(cold->first[direction], lost->tick) >=
		test_time(cold) &&
	    (*fitted & FITTED_COUNT) >= 2)
		*fitted |= FITTED_LASTING;
	cold->fit = lost->tick;
	if (cold->fitted[0] && cold->fitted[1])
		cold->lost = SW_LOST_AGREED;
}

static bool
stands_test(const struct sw_lost *lost)
{
	const struct sw_cold *cold = lost->cold;

	return !lost->strict && cold->lost == SW_LOST_AGREED &&
	       cold->fitted[0] & cold->fitted[1] & FITTED_LASTING &&
	       (!cold->refuted || (int32_t)(lost->tick - cold->bar) >= 0);
}

/* From now on the shadow is stepped; FINs that were seen count. */
static void
presume(const struct sw_lost *lost)
{
	struct sw_flow record = sw_shadow_record(lost->cold);
	struct sw_flow_history history = *lost->history;

	record.seen = lost->seen;
	for (unsigned side = 0; side < 2; side++)
		if (record.peer_flags[side] & SW_PEER_FIN)
			sw_fin_close_side(&record, &history, side);
	lost->cold->shadow_iss = history.iss;
	lost->cold->lost = SW_LOST_PRESUMED;
	write_record(lost->cold, &record);
}

bool
sw_shadow_follows(const struct sw_lost *lost, unsigned direction,
    const struct sw_tcp_segment *segment, enum sw_lost_outcome *outcome)
{
	struct sw_cold *cold = lost->cold;
	struct sw_flow record = sw_shadow_record(cold);

	if ((cold->lost != SW_LOST_PRESUMED && cold->lost != SW_LOST_CALLED) ||
	    segment->flags & SW_SYN)
		return false;
	*outcome = SW_LOST_NOTED;
	switch (step_turned(cold, &record, direction, segment)) {
	case SW_TCP_FOLLOWS:
		*outcome = SW_LOST_FOLLOWS;
		record.seen = lost->seen;
		break;
	case SW_TCP_PASSES:
		break;
	case SW_TCP_BEHIND:
	case SW_TCP_BEYOND:
	case SW_TCP_INVALID:
	case SW_TCP_RESTARTS:
	case SW_TCP_REOPENS:
	case SW_TCP_ENDS:
		return false;
	}
	cold->fit = lost->tick;
	write_record(cold, &record);
	if (cold->lost == SW_LOST_CALLED &&
	    record.state == SW_STATE_ESTABLISHED) {
		cold->lost = SW_LOST_PRESUMED;
		*outcome = SW_LOST_REPLACES;
	}
	return true;
}

/* What the shadow has kept alive must not expire together with it. */
static void
keep_life(const struct sw_lost *lost)
{
	struct sw_cold *cold = lost->cold;
	struct sw_flow record = sw_shadow_record(cold);

	if (cold->lost != SW_LOST_PRESUMED)
		return;
	for (unsigned side = 0; side < 2; side++)
		if (!(cold->heard >> side & 1) ||
		    (int32_t)(record.seen - cold->outside[side]) > 0)
			cold->outside[side] = record.seen;
	cold->heard |= 3;
}

static bool
is_quiet(const struct sw_lost *lost)
{
	return lost->cold->lost == SW_LOST_NONE ||
	       sw_tick_since(lost->cold->fit, lost->tick) >=
		   test_time(lost->cold);
}

void
sw_shadow_note(const struct sw_lost *lost, unsigned direction,
    const struct sw_tcp_segment *segment)
{
	struct sw_cold *cold = lost->cold;
	struct sw_flow record = sw_shadow_record(cold);

	if (segment->kind == SW_TCP_RST || !(segment->flags & SW_ACK))
		return;
	if ((cold->lost == SW_LOST_HEARD || cold->lost == SW_LOST_AGREED) &&
	    fits(&record, direction, segment)) {
		learn(lost, direction, segment);
		count_fit(lost, direction);
		if (stands_test(lost))
			presume(lost);
	} else if (is_quiet(lost)) {
		keep_life(lost);
		begin(lost, direction, segment);
	}
}

/* Does this repeat the handshake that began the shadow? */
static bool
repeats_call(const struct sw_lost *lost, unsigned direction,
    const struct sw_tcp_segment *segment)
{
	const struct sw_cold *cold = lost->cold;
	struct sw_flow record = sw_shadow_record(cold);

	return (cold->lost == SW_LOST_CALLED ||
		   cold->lost == SW_LOST_PRESUMED) &&
	       cold->shadow_iss == lost->history->aside_ack &&
	       within(sw_window_segment_end(segment),
		   record.peer[direction].end, widest(&record));
}

void
sw_shadow_call(const struct sw_lost *lost, unsigned direction,
    const struct sw_tcp_segment *segment)
{
	struct sw_cold *cold = lost->cold;
	struct sw_flow record = *lost->flow;
	struct sw_flow_history history = *lost->history;
	struct sw_tcp_step step = { .direction = 1 };

	if (repeats_call(lost, direction, segment))
		return;
	keep_life(lost);
	cold->turned = direction == 0;
	cold->called = 1;
	sw_tcp_restart(&record, &history, segment, &step);
	if (cold->turned)
		turn(&record);
	record.flags &= (uint8_t)~SW_FLOW_LOST;
	record.seen = lost->seen;
	cold->shadow_iss = history.iss;
	cold->lost = SW_LOST_CALLED;
	cold->fitted[0] = cold->fitted[1] = 0;
	cold->fit = lost->tick;
	write_record(cold, &record);
}

void
sw_shadow_refute(const struct sw_lost *lost)
{
	struct sw_cold *cold = lost->cold;
	uint32_t seconds = 1u << cold->refuted;

	if (cold->lost != SW_LOST_AGREED && cold->lost != SW_LOST_PRESUMED)
		return;
	cold->bar = lost->tick + seconds * SW_TICKS_PER_SECOND;
	if (cold->refuted < BAR_MOST)
		cold->refuted++;
}

void
sw_shadow_promote(const struct sw_lost *lost)
{
	struct sw_flow *flow = lost->flow;
	struct sw_flow record = sw_shadow_record(lost->cold);

	sw_fin_forget(flow, lost->history, 0);
	sw_fin_forget(flow, lost->history, 1);
	memcpy(flow->peer, record.peer, sizeof(flow->peer));
	memcpy(flow->peer_flags, record.peer_flags, sizeof(flow->peer_flags));
	flow->seen = record.seen;
	flow->state = record.state;
	flow->scales = record.scales;
	flow->last = record.last;
	flow->flags &= (uint8_t) ~(SW_FLOW_LOST | SW_FLOW_RESET);
	flow->flags |= record.flags & SW_FLOW_RESET;
	lost->history->iss = lost->cold->shadow_iss;
}
