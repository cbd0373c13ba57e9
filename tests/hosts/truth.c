/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The judge of a conversation.
 *
 * A segment that arrived without being seen sets what the gate must see of
 * both sides to be in step: numbers at least as far.  Then a chain counts:
 * a segment of one side, one of the other sent after that was received, and
 * so on.  Two links show both sides' numbers; three are a round trip.
 */

#include "truth.h"

#include <string.h>

#define AGREE 2
#define ROUND_TRIP 3
#define SLOW (2 * HOST_SECOND)
/* A record's time is kept in 64ths of a second, rounded up. */
#define TICK_MS 20u
/* Of what is not answered, see doc/DIFFERENCES.md. */
#define UNANSWERED 300u

const char *
truth_text(enum truth_finding finding)
{
	static const char *const texts[] = {
#define X(name, text) [TRUTH_##name] = text,
		TRUTH_MAP(X)
#undef X
	};

	return texts[finding];
}

void
truth_begin(struct truth *truth, const struct road *road, bool may_drop)
{
	memset(truth, 0, sizeof(*truth));
	truth->road = road;
	truth->may_drop = may_drop;
	truth->settled = true;
}

static uint32_t
later(uint32_t a, uint32_t b)
{
	return segment_before(a, b) ? b : a;
}

static const struct host *
host_of(const struct truth *truth, unsigned side)
{
	return &truth->road->host[side];
}

static bool
has_left(const struct host *host)
{
	return host->state == HOST_CLOSED || host->state == HOST_TIME_WAIT;
}

/* --- out of step, and in again --- */

static void
begin_chain(struct truth *truth)
{
	truth->chain = 0;
	truth->chain_at = truth->road->now;
	memset(truth->fits, 0, sizeof(truth->fits));
}

static void
missed(struct truth *truth, const struct segment *s)
{
	uint8_t from = s->side;

	if (truth->settled) {
		memcpy(truth->need_seq, truth->seen_end, sizeof(uint32_t[2]));
		memcpy(truth->need_ack, truth->seen_ack, sizeof(uint32_t[2]));
		truth->jumps = false;
	}
	truth->times_hidden++;
	truth->settled = false;
	truth->need_seq[from] = later(truth->need_seq[from], segment_end(s));
	if (s->flags & SW_ACK)
		truth->need_ack[from] = later(truth->need_ack[from], s->ack);
	truth->need_ack[!from] =
	    later(truth->need_ack[!from], host_of(truth, !from)->expected);
	if (s->flags & SW_FIN)
		truth->fin_vague[from] = true;
	begin_chain(truth);
}

void
truth_arrived(struct truth *truth, const struct road_segment *segment)
{
	const struct host *host = host_of(truth, segment->to);
	bool reset = segment->segment.flags & SW_RST && host->was_reset;

	if (segment->forged)
		return;
	if (reset)
		truth->reset_taken = true;
	if (segment->hidden && truth->synack)
		missed(truth, &segment->segment);
	if (reset && segment->hidden)
		truth->over = true;
}

/* Is the segment at the numbers that make both sides known? */
static bool
fits(const struct truth *truth, const struct segment *s)
{
	return s->flags & SW_ACK && !(s->flags & (SW_SYN | SW_RST)) &&
	       !segment_before(segment_end(s), truth->need_seq[s->side]) &&
	       !segment_before(s->ack, truth->need_ack[s->side]);
}

static bool
beyond_reach(const struct truth *truth, const struct segment *s)
{
	uint32_t reach[2];

	for (unsigned i = 0; i < 2; i++) {
		reach[i] = 2 * truth->window[!i];
		if (reach[i] > TRUTH_REACH)
			reach[i] = TRUTH_REACH;
	}
	return segment_before(
		   truth->seen_end[s->side] + reach[s->side], s->seq) ||
	       segment_before(
		   truth->seen_end[!s->side] + reach[!s->side], s->ack);
}

/* Has either side been seen at it for long enough? */
static bool
long_enough(const struct truth *truth)
{
	uint64_t trip =
	    truth->road->weather.delay[0] + truth->road->weather.delay[1];
	uint64_t least = 8 * trip > SLOW ? 8 * trip : SLOW;

	for (unsigned i = 0; i < 2; i++)
		if (truth->fits[i] < 2 ||
		    truth->last_fit[i] - truth->first_fit[i] < least)
			return false;
	return true;
}

static bool
stamped(const struct truth *truth)
{
	return host_of(truth, 0)->timestamps && host_of(truth, 1)->timestamps;
}

static void
link_chain(struct truth *truth, const struct road_segment *r)
{
	const struct segment *s = &r->segment;
	uint8_t side = s->side;

	if (!fits(truth, s)) {
		memset(truth->fits, 0, sizeof(truth->fits));
		return;
	}
	truth->jumps |= beyond_reach(truth, s);
	truth->ever_jumped |= truth->jumps;
	if (!truth->fits[side]++)
		truth->first_fit[side] = truth->road->now;
	truth->last_fit[side] = truth->road->now;
	if (r->sent < truth->chain_at ||
	    (truth->chain && truth->chain_side == side))
		return;
	truth->chain++;
	truth->chain_side = side;
	truth->chain_at = truth->road->now + truth->road->weather.delay[!side];
}

static void
acquire_privileges(struct truth *truth)
{
	if (truth->chain < ROUND_TRIP ||
	    (truth->jumps && !stamped(truth) && !long_enough(truth)))
		return;
	truth->settled = true;
	truth->times_settled++;
}

/* --- what the gate sees --- */

/* Seconds that the connection may be silent, whatever was seen of its end. */
static uint32_t
timeout(const struct truth *truth)
{
	const uint32_t *seconds = gate_timeouts.seconds;
	bool closing[2];

	if (!truth->established)
		return seconds[SW_TIMEOUT_SYN_RECV];
	for (unsigned i = 0; i < 2; i++)
		closing[i] = host_of(truth, i)->state >= HOST_FIN_WAIT_1 &&
			     host_of(truth, i)->state != HOST_CLOSE_WAIT;
	if (closing[0] && closing[1])
		return seconds[SW_TIMEOUT_LAST_ACK];
	if (closing[0] || closing[1])
		return seconds[SW_TIMEOUT_FIN_WAIT];
	return UNANSWERED;
}

bool
truth_is_live(struct truth *truth, const struct road_segment *segment)
{
	uint64_t silent = truth->road->now - truth->last_seen;
	const struct host *sender = host_of(truth, segment->segment.side);
	bool reset = segment->segment.flags & SW_RST;

	if (segment->forged || truth->over || !truth->synack)
		return false;
	if (silent >= truth->timeout * HOST_SECOND)
		truth->over = truth->excused = true;
	if (!reset && sender->state == HOST_CLOSED)
		truth->over = true;
	return !truth->over;
}

static void
note_handshake(struct truth *truth, const struct segment *s)
{
	uint8_t side = s->side;

	if (truth->synack && s->flags & SW_ACK && !(s->flags & SW_SYN) &&
	    side == 0)
		truth->established = true;
	if (!(s->flags & SW_SYN))
		return;
	truth->synack |= truth->begun[!side] && s->flags & SW_ACK;
	if (truth->begun[side])
		return;
	truth->begun[side] = true;
	truth->seen_end[side] = segment_end(s);
	truth->seen_ack[!side] = s->seq;
}

static void
note_fins(struct truth *truth, const struct segment *s)
{
	uint8_t side = s->side;

	if (s->flags & SW_FIN) {
		truth->fin_ahead[side] |=
		    !truth->fin_seen[side] &&
		    segment_before(truth->seen_end[side], s->seq);
		truth->fin_seen[side] = true;
		truth->fin_end[side] = segment_end(s);
		truth->fin_vague[side] = !truth->was_settled;
	}
	if (!truth->fin_seen[!side] || !(s->flags & SW_ACK) ||
	    segment_before(s->ack, truth->fin_end[!side]))
		return;
	truth->fin_covered[!side] = true;
	truth->fin_ahead[!side] = false;
	truth->fin_vague[!side] |= !truth->was_settled;
}

static uint32_t
scaled(const struct truth *truth, const struct segment *s)
{
	uint8_t scale =
	    s->flags & SW_SYN ? 0 : host_of(truth, s->side)->scale_in;

	return (uint32_t)s->window << scale;
}

static void
note_seen(struct truth *truth, const struct road_segment *r)
{
	const struct segment *s = &r->segment;
	uint32_t window = scaled(truth, s);
	uint8_t side = s->side;

	truth->last_seen = truth->road->now;
	truth->was_settled = truth->settled;
	note_handshake(truth, s);
	truth->timeout = timeout(truth);
	if (!truth->settled)
		link_chain(truth, r);
	if (!truth->settled)
		acquire_privileges(truth);
	note_fins(truth, s);
	if (s->flags & SW_RST && host_of(truth, side)->state == HOST_CLOSED) {
		truth->reset_seen = truth->was_settled;
		truth->over = true;
	}
	if (!truth->settled || s->flags & SW_RST)
		return;
	truth->seen_end[side] = later(truth->seen_end[side], segment_end(s));
	if (s->flags & SW_ACK)
		truth->seen_ack[side] = later(truth->seen_ack[side], s->ack);
	if (window > truth->window[side])
		truth->window[side] = window;
}

/* --- is the entry right? --- */

static bool
any_fin(const struct truth *truth)
{
	return truth->fin_seen[0] || truth->fin_seen[1] ||
	       truth->fin_vague[0] || truth->fin_vague[1];
}

/* => false when it can not be known */
static bool
expected_state(const struct truth *truth, enum sw_state *state)
{
	const bool *seen = truth->fin_seen, *covered = truth->fin_covered;

	if (truth->fin_vague[0] || truth->fin_vague[1] || !truth->established)
		return false;
	if (truth->fin_ahead[0] || truth->fin_ahead[1])
		return false; /* counts when acknowledged, or seen again */
	if (!any_fin(truth))
		*state = SW_STATE_ESTABLISHED;
	else if (seen[0] && seen[1])
		*state = covered[0] && covered[1] ? SW_STATE_TIME_WAIT
						  : SW_STATE_LAST_ACK;
	else
		*state = covered[0] || covered[1] ? SW_STATE_CLOSE_WAIT
						  : SW_STATE_FIN_WAIT;
	return true;
}

static uint32_t
timeout_of(uint8_t state)
{
	static const uint8_t of_state[] = {
#define X(name, text, timeout) [SW_STATE_##name] = SW_TIMEOUT_##timeout,
		SW_STATE_MAP(X)
#undef X
	};

	return gate_timeouts.seconds[of_state[state]];
}

static unsigned
judge_timer(const struct gate_view *view, bool presumed)
{
	uint32_t most = timeout_of(view->state);
	uint32_t least = most < UNANSWERED ? most : UNANSWERED;
	unsigned wrong = 0;

	if (presumed && view->timeout > most)
		return 0; /* confirmed numbers keep their own time */
	if (view->idle_ms > TICK_MS)
		wrong |= 1u << TRUTH_STALE;
	if (view->timeout < least)
		wrong |= 1u << TRUTH_SHORT;
	if (view->timeout > most)
		wrong |= 1u << TRUTH_LONG;
	return wrong;
}

/* Is it a step forward: nothing old, nothing repeated? */
static bool
is_current(const struct truth *truth, const struct road_segment *r)
{
	const struct segment *s = &r->segment;
	const struct host *sender = host_of(truth, s->side);

	return !r->copy && !(s->flags & (SW_SYN | SW_RST)) &&
	       segment_end(s) == sender->max && s->ack == sender->expected &&
	       !segment_before(s->ack, truth->seen_ack[s->side]);
}

static unsigned
judge_entry(const struct truth *truth, const struct gate_view *view)
{
	enum sw_state state;
	bool agreed = truth->settled || truth->chain >= AGREE;
	unsigned wrong = 0;

	if (!view->exists)
		return 1u << TRUTH_GONE;
	if (agreed)
		wrong |= judge_timer(view, truth->ever_jumped);
	if (truth->settled && truth->was_settled &&
	    expected_state(truth, &state) && view->state != state)
		wrong |= 1u << TRUTH_STATE;
	return wrong;
}

/* Strict may drop what lies outside, but the entry lives on meanwhile. */
static unsigned
judge_drop(const struct truth *truth, const struct gate_view *view)
{
	if (!truth->may_drop || !truth->times_hidden)
		return 1u << TRUTH_DROPPED;
	return view->exists || truth->unprovable ? 0 : 1u << TRUTH_GONE;
}

unsigned
truth_gate(struct truth *truth, const struct road_segment *segment, bool live,
    bool passed, const struct gate_view *after)
{
	bool current;

	if (segment->forged)
		return 0;
	if (!passed) {
		if (!live)
			return 0;
		truth->last_seen = truth->road->now;
		truth->unprovable |= truth->may_drop && truth->times_hidden &&
				     !segment->segment.has_timestamp &&
				     beyond_reach(truth, &segment->segment);
		return judge_drop(truth, after);
	}
	note_seen(truth, segment);
	current = is_current(truth, segment);
	if (!live || !truth->established || !current)
		return 0;
	return judge_entry(truth, after);
}

unsigned
truth_end(const struct truth *truth, const struct gate_view *view, bool *judged)
{
	bool ended = has_left(host_of(truth, 0)) && has_left(host_of(truth, 1));
	bool fins = truth->fin_seen[0] && truth->fin_seen[1] &&
		    truth->fin_covered[0] && truth->fin_covered[1] &&
		    !truth->fin_vague[0] && !truth->fin_vague[1];
	bool reset = truth->reset_taken && truth->reset_seen;
	bool aborted = host_of(truth, 0)->aborted || host_of(truth, 1)->aborted;

	*judged = false;
	if ((truth->over && truth->excused) || truth->unprovable)
		return 0;
	/* A lost RST is not repeated, and its receiver may wait forever. */
	if (!ended)
		return aborted ? 0 : 1u << TRUTH_STUCK;
	*judged = fins || reset;
	if (!*judged || !view->exists || view->state == SW_STATE_TIME_WAIT ||
	    view->state == SW_STATE_CLOSE)
		return 0;
	return 1u << TRUTH_UNENDED;
}
