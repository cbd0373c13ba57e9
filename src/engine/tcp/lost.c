/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Handles a segment outside the windows.
 *
 *	presumed numbers, and it fits them?	they advance
 *	credible?	the flow is refreshed; when both sides are credible,
 *			the record takes over their numbers
 *	neither?	the time and place of the segment are recorded
 *
 * Most packets never come here: a flow enters with its first segment outside
 * the windows, and its flag SW_FLOW_LOST excludes it from the shortcut until a
 * segment inside the windows clears it.
 */
#include "engine/tcp/lost.h"

#include <string.h>

#include "engine/tcp/claim.h"
#include "engine/tcp/last.h"
#include "engine/tcp/reset.h"
#include "engine/tcp/shadow.h"
#include "engine/tcp/window.h"

#define REACH_MOST UINT32_C(0x100000) /* 1 MiB */

/* Bits of sw_cold.heard, shifted by the side: it passed, or it was dropped. */
#define HEARD 1u
#define HEARD_DROPPED 4u
#define HEARD_BOTH (HEARD | HEARD << 1)

uint32_t
sw_lost_reach(const struct sw_flow *flow, unsigned side)
{
	uint32_t window = flow->peer[!side].maxwin;

	return window < REACH_MOST / 2 ? 2 * window : REACH_MOST;
}

uint32_t
sw_lost_window(const struct sw_flow *flow, unsigned direction,
    const struct sw_tcp_segment *segment)
{
	return (uint32_t)segment->window
	       << (flow->scales >> (4 * direction) & 15u);
}

static bool
is_noted(const struct sw_flow *flow)
{
	return flow->flags & SW_FLOW_LOST;
}

/* Only the first line of a cold record is initialised with zeros. */
static void
begin_notes(const struct sw_lost *lost)
{
	struct sw_cold *cold = lost->cold, before = *cold;

	if (is_noted(lost->flow))
		return;
	memset(&cold->lost, 0, sizeof(*cold) - offsetof(struct sw_cold, lost));
	cold->mark = before.mark;
	cold->phys_in = before.phys_in;
	cold->phys_out = before.phys_out;
	cold->since = lost->tick;
	cold->heard = 0;
	lost->flow->flags |= SW_FLOW_LOST;
}

static bool
tells(const struct sw_lost *lost, const struct sw_tcp_segment *segment)
{
	uint8_t state = lost->flow->state;

	return !(segment->flags & SW_SYN) && state >= SW_STATE_SYN_RECV &&
	       state <= SW_STATE_LAST_ACK;
}

static void
hear(const struct sw_lost *lost, unsigned direction,
    const struct sw_tcp_segment *segment)
{
	unsigned bit = lost->strict ? HEARD_DROPPED : HEARD;

	if (!(segment->flags & SW_ACK) || segment->kind == SW_TCP_RST)
		return;
	lost->cold->outside[direction] = lost->seen;
	lost->cold->heard |= (uint8_t)(bit << direction);
}

static enum sw_lost_outcome
found(const struct sw_lost *lost, struct sw_flow *base)
{
	struct sw_cold *cold = lost->cold;

	if (base != lost->flow) {
		memcpy(cold->shadow, base, SW_RECORD_MOVING);
		cold->claimed[0] = cold->claimed[1] = 0;
		return SW_LOST_FOLLOWS;
	}
	cold->refuted = 0;
	lost->flow->flags &= (uint8_t)~SW_FLOW_LOST;
	return SW_LOST_FOUND;
}

/* Claims that continue confirmed numbers replace others, and stay.
 * => may a claim of this kind be stored? */
static bool
keeps_claims(struct sw_cold *cold, bool of_shadow)
{
	bool any = (cold->claimed[0] | cold->claimed[1]) & SW_CLAIM_SET;

	if (any && of_shadow && !cold->claims_shadow)
		return false;
	if (of_shadow != cold->claims_shadow)
		cold->claimed[0] = cold->claimed[1] = 0;
	cold->claims_shadow = of_shadow;
	return true;
}

/* base: the record that the segment is credible for. */
static enum sw_lost_outcome
claim(const struct sw_lost *lost, struct sw_flow *base, unsigned direction,
    const struct sw_tcp_segment *segment)
{
	bool of_shadow = base != lost->flow;
	bool repeats;

	if (!keeps_claims(lost->cold, of_shadow))
		return SW_LOST_NOTED;
	repeats = sw_claim_note(lost, direction, segment);

	if (lost->strict && !lost->resync)
		return SW_LOST_NOTED;
	if (sw_claim_agree(lost)) {
		sw_claim_adopt(lost, base);
		return found(lost, base);
	}
	if (!lost->strict)
		return base == lost->flow ? SW_LOST_REFRESHES : SW_LOST_NOTED;
	if (sw_claim_is_exact(base, direction, segment)) {
		sw_claim_extend(base, direction, segment);
		return found(lost, base);
	}
	if (repeats) {
		sw_claim_adopt_one(lost, base, direction, segment);
		return found(lost, base);
	}
	return SW_LOST_NOTED;
}

enum sw_lost_outcome
sw_lost_step(const struct sw_lost *lost, unsigned direction,
    const struct sw_tcp_segment *segment)
{
	enum sw_lost_outcome outcome;
	struct sw_flow record;

	if (is_noted(lost->flow) &&
	    sw_shadow_follows(lost, direction, segment, &outcome))
		return outcome;
	if (!tells(lost, segment))
		return SW_LOST_NOTED;
	begin_notes(lost);
	hear(lost, direction, segment);
	if (sw_claim_is_credible(lost, lost->flow, direction, segment))
		return claim(lost, lost->flow, direction, segment);
	record = sw_shadow_record(lost->cold);
	if (lost->cold->lost == SW_LOST_PRESUMED &&
	    sw_claim_is_credible(lost, &record, direction, segment))
		return claim(lost, &record, direction, segment);
	sw_shadow_note(lost, direction, segment);
	return SW_LOST_NOTED;
}

void
sw_lost_call(const struct sw_lost *lost, unsigned direction,
    const struct sw_tcp_segment *segment)
{
	begin_notes(lost);
	sw_shadow_call(lost, direction, segment);
}

void
sw_lost_forget(const struct sw_lost *lost)
{
	if (!is_noted(lost->flow))
		return;
	sw_shadow_refute(lost);
	lost->flow->flags &= (uint8_t)~SW_FLOW_LOST;
}

bool
sw_lost_holds_reset(const struct sw_lost *lost, unsigned direction,
    const struct sw_tcp_segment *segment, enum sw_lost_outcome *outcome)
{
	struct sw_flow record;
	bool here, there;

	if (segment->kind != SW_TCP_RST || !is_noted(lost->flow) ||
	    lost->cold->lost != SW_LOST_PRESUMED)
		return false;
	record = sw_shadow_record(lost->cold);
	here = sw_tcp_reset_is_exact(lost->flow, direction, segment);
	there = sw_tcp_reset_is_exact(&record, direction, segment);
	if (here == there)
		return false;
	*outcome = SW_LOST_NOTED;
	if (here)
		sw_lost_forget(lost);
	else
		sw_shadow_follows(lost, direction, segment, outcome);
	return true;
}

static bool
is_over(uint32_t due, uint32_t tick)
{
	return (int32_t)(tick - due) >= 0;
}

static uint32_t
later_tick(uint32_t a, uint32_t b)
{
	return (int32_t)(b - a) > 0 ? b : a;
}

/* The last time at which both sides showed that the flow is alive: any segment
 * counts until the other side has been silent for the timeout.  A later segment
 * never reduces it, because forging one would then shorten the flow's life. */
static uint32_t
heard_seen(const struct sw_cold *cold, uint32_t timeout)
{
	uint32_t first = cold->outside[0], last = cold->outside[1];

	if ((int32_t)(last - first) < 0) {
		first = cold->outside[1];
		last = cold->outside[0];
	}
	return last - first < timeout ? last : first + timeout;
}

/* A side that waits for an answer does not matter while numbers are not
 * confirmed. */
static uint32_t
heard_timeout(const struct sw_flow *flow, const struct sw_timeouts *timeouts)
{
	return sw_tcp_state_timeout((enum sw_state)flow->state, timeouts) *
	       SW_TICKS_PER_SECOND;
}

static uint32_t
heard_due(const struct sw_flow *flow, const struct sw_cold *cold, uint32_t due,
    const struct sw_timeouts *timeouts)
{
	uint32_t timeout = heard_timeout(flow, timeouts);

	if ((cold->heard & HEARD_BOTH) != HEARD_BOTH)
		return due;
	return later_tick(due, heard_seen(cold, timeout) + timeout);
}

uint32_t
sw_lost_due(const struct sw_flow *flow, const struct sw_cold *cold,
    uint32_t due, const struct sw_timeouts *timeouts)
{
	struct sw_flow record;

	if (!is_noted(flow))
		return due;
	due = heard_due(flow, cold, due, timeouts);
	if (cold->lost != SW_LOST_PRESUMED && cold->lost != SW_LOST_CALLED)
		return due;
	record = sw_shadow_record(cold);
	return later_tick(due, record.seen + heard_timeout(&record, timeouts));
}

static bool
is_to_come(uint32_t tick, uint32_t now)
{
	return (int32_t)(tick - now) > (int32_t)SW_TICKS_PER_SECOND;
}

void
sw_lost_correct(struct sw_flow *flow, struct sw_cold *cold, uint32_t now)
{
	if (!is_noted(flow))
		return;
	for (unsigned i = 0; i < 2; i++)
		if (is_to_come(cold->outside[i], now))
			cold->heard &= (uint8_t) ~(1u << i);
	if (cold->lost > SW_LOST_PRESUMED ||
	    is_to_come(sw_shadow_record(cold).seen, now))
		cold->lost = SW_LOST_NONE;
}

void
sw_lost_resolve(const struct sw_lost *lost, uint32_t due,
    const struct sw_timeouts *timeouts)
{
	if (!is_noted(lost->flow) || lost->cold->lost != SW_LOST_PRESUMED)
		return;
	due = heard_due(lost->flow, lost->cold, due, timeouts);
	if (is_over(due, lost->tick))
		sw_shadow_promote(lost);
}

/* The record that lives longest determines the time. */
static void
view_time(const struct sw_flow *flow, const struct sw_cold *cold, uint32_t due,
    const struct sw_timeouts *timeouts, struct sw_lost_view *view)
{
	uint32_t timeout = heard_timeout(flow, timeouts);
	uint32_t heard = heard_due(flow, cold, due, timeouts);
	struct sw_flow record;

	if (heard != due) {
		view->seen = heard_seen(cold, timeout);
		view->timeout = timeout / SW_TICKS_PER_SECOND;
	}
	if (sw_lost_due(flow, cold, due, timeouts) == heard)
		return;
	record = sw_shadow_record(cold);
	view->seen = record.seen;
	view->timeout = heard_timeout(&record, timeouts) / SW_TICKS_PER_SECOND;
}

struct sw_lost_view
sw_lost_view(const struct sw_flow *flow, const struct sw_cold *cold,
    uint32_t due, const struct sw_timeouts *timeouts)
{
	struct sw_lost_view view = { .state = flow->state,
		.seen = flow->seen,
		.peer = { flow->peer[0], flow->peer[1] } };
	struct sw_flow record;

	if (!is_noted(flow))
		return view;
	view_time(flow, cold, due, timeouts, &view);
	if (cold->lost != SW_LOST_PRESUMED)
		return view;
	record = sw_shadow_record(cold);
	view.state = record.state;
	if (!cold->called)
		memcpy(view.peer, record.peer, sizeof(view.peer));
	return view;
}

bool
sw_lost_is_told(
    const struct sw_flow *flow, const struct sw_cold *cold, uint32_t *since)
{
	if (!is_noted(flow))
		return false;
	*since = cold->since;
	return cold->lost == SW_LOST_AGREED ||
	       ((cold->heard & HEARD_BOTH) == HEARD_BOTH &&
		   cold->lost != SW_LOST_PRESUMED) ||
	       cold->claimed[0] & cold->claimed[1] & SW_CLAIM_SET ||
	       (cold->claimed[0] | cold->claimed[1]) & SW_CLAIM_REPEATED;
}

bool
sw_lost_was_seen(const struct sw_flow *flow, const struct sw_cold *cold,
    uint32_t tick, uint32_t seconds)
{
	uint32_t least = seconds * SW_TICKS_PER_SECOND;

	for (unsigned side = 0; is_noted(flow) && side < 2; side++)
		if (cold->heard & (HEARD | HEARD_DROPPED) << side &&
		    sw_tick_since(cold->outside[side], tick) < least)
			return true;
	return false;
}

uint32_t
sw_lost_unseen(const struct sw_flow *flow, const struct sw_cold *cold,
    unsigned direction, const struct sw_tcp_segment *segment)
{
	int32_t sent = (int32_t)(segment->seq - flow->peer[direction].end);
	int32_t acked = (int32_t)(segment->ack - flow->peer[!direction].end);
	uint32_t since;

	if (!sw_lost_is_told(flow, cold, &since))
		return 0;
	if (!(segment->flags & SW_ACK) || acked < sent)
		acked = sent;
	return acked > 0 ? (uint32_t)acked : 0;
}

/* Is the number between one window before its end and its end? */
static bool
ends_with(uint32_t seq, uint32_t end, uint32_t window)
{
	if (window < 65535)
		window = 65535;
	return end - seq <= window + 1;
}

bool
sw_lost_under_way(const struct sw_flow *flow, const struct sw_cold *cold,
    unsigned direction, uint32_t seq)
{
	uint32_t window = flow->peer[!direction].maxwin;
	struct sw_flow record;

	if (!is_noted(flow))
		return false;
	if (cold->claimed[direction] & SW_CLAIM_SET &&
	    ends_with(seq, cold->claim[direction].end, window))
		return true;
	record = sw_shadow_record(cold);
	return cold->lost != SW_LOST_NONE &&
	       ends_with(seq, record.peer[direction].end, window);
}
