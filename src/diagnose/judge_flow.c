/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Causes that the packet itself shows, or the flow of its tuple.
 *
 * The flow says how the connection ended and what its sides would send next;
 * the packet's numbers say whether it belongs to the flow at all
 * (diagnose/fit.c).  An exact fit gives high confidence, a near one medium.  A
 * flow that ended in silence and does not fit is not in the case any more.
 */
#include "diagnose/judge.h"

/* A straggler of a closed connection is normal for this long. */
#define STRAGGLER_MS 600000u
/* The ports of a closed connection are reserved for this long: 2 MSL. */
#define BUSY_MS 240000u
/* Two probes are no closer than this; closer ones are retransmissions. */
#define PROBE_LEAST_MS 900u
#define FLOWS_MOST (UINT32_C(1) << 26)

/* From this many unanswered SYNs to one service on, they may be forged. */
#define EMBRYOS_MANY 20u

static bool
is_message(const struct sw_case *c, enum sw_message message)
{
	return c->packet->message == message;
}

static int64_t
seconds(uint64_t ms)
{
	return (int64_t)((ms + 500) / 1000);
}

static enum sw_confidence
by_fit(const struct sw_case *c)
{
	switch (c->fit) {
	case SW_FIT_NONE:
		return SW_CONF_LOW;
	case SW_FIT_WINDOW:
		return SW_CONF_MEDIUM;
	case SW_FIT_EXACT:
		break;
	}
	return SW_CONF_HIGH;
}

/* Has the refused packet's flow ended in that way? */
static bool
ended(const struct sw_case *c, enum sw_end how)
{
	return c->info && c->info->how == how && sw_case_lacks_flow(c);
}

static bool
timed_out_in(const struct sw_case *c, enum sw_state first, enum sw_state last)
{
	return ended(c, SW_END_TIMEOUT) && c->info->state >= first &&
	       c->info->state <= last;
}

bool
sw_judge_flow_bad_flags(const struct sw_case *c, struct sw_judgement *j)
{
	if (!is_message(c, SW_MESSAGE_BAD_FLAGS))
		return false;
	return sw_judgement_hold(j, SW_CONF_HIGH);
}

bool
sw_judge_flow_denied_before(const struct sw_case *c, struct sw_judgement *j)
{
	bool live = c->info && c->info->how == SW_END_NOT;
	bool is_it = is_message(c, SW_MESSAGE_DENIED) &&
		     (c->packet->opens || live) &&
		     !(c->info && sw_event_answers_late(c->event));

	if (!c->packet->was_denied && !is_it)
		return false;
	if (c->info &&
	    (c->info->how == SW_END_DENIED || c->info->how == SW_END_MALFORMED))
		sw_judgement_add(j, SW_EVIDENCE_AGO,
		    seconds(sw_time_ms_since(c->info->ended, c->now)));
	return sw_judgement_hold(j, SW_CONF_HIGH);
}

static void
add_silence(const struct sw_case *c, struct sw_judgement *j)
{
	sw_judgement_add(j, SW_EVIDENCE_IDLE, seconds(sw_case_age(c)));
	sw_judgement_add(j, SW_EVIDENCE_TIMEOUT, c->info->timeout);
}

/* Has the other side reported a zero window?  Then this side repeats its
 * probes, and these are no keepalives. */
static bool
was_stalled(const struct sw_case *c)
{
	char letter = c->side ? 'W' : 'w';

	for (const char *h = c->info->history; *h; h++)
		if (*h == letter)
			return true;
	return false;
}

/* Is it a segment like a keepalive's (RFC 9293 3.8.4), seen before? */
static bool
is_probe_again(const struct sw_case *c)
{
	const struct sw_trace_side *side = &c->trace->side[c->way];
	uint32_t next = c->info->side[c->side].next;

	return c->packet->payload <= 1 && sw_case_kind(c) == SW_TCP_ACK &&
	       c->packet->seq == next - 1 && side->repeats > 1 &&
	       side->interval >= PROBE_LEAST_MS;
}

static bool
is_keepalive(const struct sw_case *c)
{
	const struct sw_trace_side *side = &c->trace->side[c->way];

	if (!timed_out_in(c, SW_STATE_ESTABLISHED, SW_STATE_ESTABLISHED) ||
	    !c->tcp || !is_probe_again(c) || was_stalled(c))
		return false;
	return side->repeats == 2 || sw_trace_steady(side);
}

/* Did its packets continue outside the windows?  Then it was not idle. */
static bool
was_lost(const struct sw_case *c)
{
	return c->info->lost && c->info->how == SW_END_TIMEOUT;
}

bool
sw_judge_flow_idle_expired(const struct sw_case *c, struct sw_judgement *j)
{
	bool open;

	if (is_message(c, SW_MESSAGE_IDLE_RESET) && c->info) {
		sw_judgement_add(j, SW_EVIDENCE_IDLE,
		    seconds(sw_time_ms_since(c->info->seen, c->now)));
		sw_judgement_add(j, SW_EVIDENCE_TIMEOUT, c->info->timeout);
		return sw_judgement_hold(j, SW_CONF_HIGH);
	}
	open = timed_out_in(c, SW_STATE_ESTABLISHED, SW_STATE_ESTABLISHED) ||
	       timed_out_in(c, SW_STATE_UDP_UNREPLIED, SW_STATE_OTHER) ||
	       timed_out_in(
		   c, SW_STATE_SCTP_ESTABLISHED, SW_STATE_SCTP_ESTABLISHED);
	if (!open || is_keepalive(c) || was_lost(c))
		return false;
	add_silence(c, j);
	return sw_judgement_hold(j, by_fit(c));
}

bool
sw_judge_flow_keepalive_dead(const struct sw_case *c, struct sw_judgement *j)
{
	const struct sw_trace_side *side = &c->trace->side[c->way];

	if (!is_keepalive(c))
		return false;
	sw_judgement_add(
	    j, SW_EVIDENCE_INTERVAL, ((int64_t)side->interval + 500) / 1000);
	sw_judgement_add(j, SW_EVIDENCE_REPEAT, side->repeats);
	add_silence(c, j);
	return sw_judgement_hold(
	    j, side->repeats > 2 ? SW_CONF_HIGH : SW_CONF_MEDIUM);
}

static bool
was_embryonic(const struct sw_case *c)
{
	enum sw_state state =
	    c->info ? (enum sw_state)c->info->state : SW_STATE_NONE;

	return ended(c, SW_END_TIMEOUT) &&
	       (state == SW_STATE_SYN_SENT || state == SW_STATE_SYN_RECV ||
		   state == SW_STATE_SYN_SENT2 ||
		   state == SW_STATE_SCTP_COOKIE_WAIT ||
		   state == SW_STATE_SCTP_COOKIE_ECHOED);
}

bool
sw_judge_flow_embryonic_late(const struct sw_case *c, struct sw_judgement *j)
{
	if (!was_embryonic(c) || c->half_kind == SW_HALF_OPENER ||
	    c->trace->cause == SW_CAUSE_ASYMMETRIC)
		return false;
	add_silence(c, j);
	if (c->half->embryos >= EMBRYOS_MANY) {
		sw_judgement_add(j, SW_EVIDENCE_FLOWS, c->half->embryos);
		return sw_judgement_hold(j, SW_CONF_LOW);
	}
	return sw_judgement_hold(j, by_fit(c));
}

static void
add_ago(const struct sw_case *c, struct sw_judgement *j)
{
	sw_judgement_add(j, SW_EVIDENCE_AGO,
	    seconds(sw_time_ms_since(c->info->seen, c->now)));
}

/* After an end of the flow, a packet that does not fit and is no RST belongs to
 * another connection. */
static bool
belongs(const struct sw_case *c)
{
	return c->fit != SW_FIT_NONE || sw_case_kind(c) == SW_TCP_RST;
}

static bool
straggles(const struct sw_case *c, struct sw_judgement *j)
{
	add_ago(c, j);
	if (sw_case_age(c) > STRAGGLER_MS)
		return sw_judgement_hold(
		    j, c->fit == SW_FIT_EXACT ? SW_CONF_MEDIUM : SW_CONF_LOW);
	return sw_judgement_hold(
	    j, c->fit == SW_FIT_NONE ? SW_CONF_LOW : SW_CONF_HIGH);
}

bool
sw_judge_flow_after_reset(const struct sw_case *c, struct sw_judgement *j)
{
	if (!ended(c, SW_END_RESET) && !ended(c, SW_END_REFUSED))
		return false;
	return belongs(c) && straggles(c, j);
}

bool
sw_judge_flow_late_close(const struct sw_case *c, struct sw_judgement *j)
{
	bool half_closed =
	    timed_out_in(c, SW_STATE_FIN_WAIT, SW_STATE_TIME_WAIT) ||
	    timed_out_in(c, SW_STATE_SCTP_SHUTDOWN_SENT,
		SW_STATE_SCTP_SHUTDOWN_ACK_SENT);

	if (!ended(c, SW_END_CLOSED) && !ended(c, SW_END_REUSED) &&
	    !half_closed)
		return false;
	if (!belongs(c))
		return false;
	if (!half_closed)
		return straggles(c, j);
	add_silence(c, j);
	return sw_judgement_hold(j, by_fit(c));
}

/* A table of twice the size. */
static uint32_t
twice(uint32_t flows)
{
	return flows <= FLOWS_MOST / 2 ? flows * 2 : 0;
}

bool
sw_judge_flow_evicted(const struct sw_case *c, struct sw_judgement *j)
{
	if (is_message(c, SW_MESSAGE_TABLE_FULL)) {
		sw_judgement_add(j, SW_EVIDENCE_LIMIT, c->packet->limit);
		j->advice = twice(
		    c->packet->per_source ? c->packet->limit : c->max_flows);
		return sw_judgement_hold(j, SW_CONF_HIGH);
	}
	if (!ended(c, SW_END_EVICTED) && !ended(c, SW_END_KILLED) &&
	    !ended(c, SW_END_REVOKED) && !ended(c, SW_END_FULL))
		return false;
	sw_judgement_add(j, SW_EVIDENCE_AGO,
	    seconds(sw_time_ms_since(c->info->ended, c->now)));
	j->advice = twice(c->max_flows);
	return sw_judgement_hold(j, SW_CONF_HIGH);
}

static bool
is_over(const struct sw_flow_info *info)
{
	return info->how == SW_END_CLOSED || info->how == SW_END_RESET ||
	       info->how == SW_END_REFUSED || info->how == SW_END_REUSED ||
	       info->state >= SW_STATE_FIN_WAIT;
}

/* The old connection has ended or is ending, and the packet is of another. */
static bool
is_of_next(const struct sw_case *c)
{
	return is_over(c->info) && c->fit == SW_FIT_NONE &&
	       sw_case_kind(c) != SW_TCP_RST && sw_case_age(c) <= BUSY_MS;
}

/* A handshake inside a live connection, from the side that never opens or never
 * answers; or the old connection's FIN meets the new one's SYN. */
static bool
is_of_both(const struct sw_case *c)
{
	enum sw_tcp_kind kind = sw_case_kind(c);

	if (c->info->how != SW_END_NOT || !is_message(c, SW_MESSAGE_NOT_SYN))
		return false;
	if (kind == SW_TCP_SYN || kind == SW_TCP_SYNACK)
		return true;
	return kind == SW_TCP_FIN && c->side == 1 && c->fit == SW_FIT_NONE;
}

static bool
is_beyond(const struct sw_case *c)
{
	return (int32_t)(c->packet->seq - c->info->side[c->side].next) > 0;
}

bool
sw_judge_flow_port_reuse(const struct sw_case *c, struct sw_judgement *j)
{
	if (!c->info || !c->tcp || is_message(c, SW_MESSAGE_BAD_FLAGS) ||
	    is_message(c, SW_MESSAGE_TABLE_FULL))
		return false;
	if (is_of_both(c))
		return sw_judgement_hold(j, SW_CONF_MEDIUM);
	if (!is_of_next(c))
		return false;
	add_ago(c, j);
	return sw_judgement_hold(
	    j, is_beyond(c) ? SW_CONF_HIGH : SW_CONF_MEDIUM);
}

bool
sw_judge_flow_out_of_window(const struct sw_case *c, struct sw_judgement *j)
{
	int32_t beyond = c->packet->beyond;
	const struct sw_side *own;
	int64_t window;

	if (c->packet->wrong_tag)
		return sw_judgement_hold(j, SW_CONF_HIGH);
	if (c->info && c->tcp && was_lost(c)) {
		add_ago(c, j);
		return sw_judgement_hold(j, SW_CONF_MEDIUM);
	}
	if (!is_message(c, SW_MESSAGE_OUT_OF_WINDOW) || !c->info)
		return false;
	own = &c->info->side[c->side];
	window = (int32_t)(own->edge - own->next);
	if (beyond > 0)
		sw_judgement_add(j, SW_EVIDENCE_AHEAD, beyond);
	else if (beyond < 0)
		sw_judgement_add(j, SW_EVIDENCE_BEHIND, -(int64_t)beyond);
	if (c->packet->unseen)
		sw_judgement_add(j, SW_EVIDENCE_UNSEEN, c->packet->unseen);
	if (window < 65535)
		window = 65535;
	return sw_judgement_hold(j, beyond > window || -(int64_t)beyond > window
					? SW_CONF_HIGH
					: SW_CONF_MEDIUM);
}
