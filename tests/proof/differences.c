/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of differences; see doc/DIFFERENCES.md for the reasons.
 *
 * Each test says exactly what both do: what we made of the segment, what
 * the kernel made of it, and the property of the segment that parts us.
 */

#include "differences.h"

#include "anew.h"
#include "engine/tcp/fin.h"
#include "engine/tcp/table.h"
#include "engine/tcp/tcp.h"
#include "outside.h"
#include "reading.h"

/* One side has acknowledged nothing yet. */
static bool
reset_in_handshake(const struct outcome *o)
{
	unsigned open = receiver_acked(o) ? 0 : IN(ESTABLISHED);

	return stray_reset(o, HANDSHAKE | open) && o->passed[KERNEL] &&
	       (!o->after[KERNEL].exists || kernel_is_in(o, SW_STATE_CLOSE));
}

/* The kernel has counted three equal ACKs, and left the entry the time of what
 * is not acknowledged. */
static bool
kernel_counts(const struct outcome *o)
{
	return o->after[KERNEL].timeout <= 295 &&
	       o->after[KERNEL].timeout >= 294;
}

static bool
repeated(const struct outcome *o)
{
	return kernel_counts(o) && o->after[OURS].timeout > 300;
}

static bool
reset_cuts_timer(const struct outcome *o)
{
	return stray_reset(o, IN(ESTABLISHED)) && o->passed[KERNEL] &&
	       kernel_is_in(o, SW_STATE_ESTABLISHED) &&
	       (o->after[KERNEL].timeout <= 15 || kernel_counts(o));
}

static bool
reset_while_closing(const struct outcome *o)
{
	return stray_reset(o, CLOSING) && o->passed[KERNEL] &&
	       kernel_is_in(o, SW_STATE_CLOSE);
}

/* A SYN set aside makes the kernel take any RST in the window for exact. */
static bool
reset_after_syn(const struct outcome *o)
{
	return stray_reset(o, IN(ESTABLISHED)) && syn_aside(o) &&
	       o->passed[KERNEL] && kernel_is_in(o, SW_STATE_CLOSE);
}

/* Neither acknowledged nor the end of what was sent, but the kernel has just
 * seen its sender get there; with be_liberal it may have been by a SYN/ACK. */
static bool
reset_continues(const struct outcome *o)
{
	enum sw_tcp_kind last = sw_last_kind(&o->flow);

	return stray_reset(o, IN(ESTABLISHED)) && o->passed[KERNEL] &&
	       kernel_is_in(o, SW_STATE_CLOSE) &&
	       (last == SW_TCP_ACK ||
		   (last == SW_TCP_SYNACK && o->tracking == SW_TRACK_NORMAL)) &&
	       sw_last_direction(&o->flow) == o->direction;
}

static bool
reset_behind_passes(const struct outcome *o)
{
	return o->tracking == SW_TRACK_NORMAL && stray_reset(o, ~0u) &&
	       behind(o) && o->passed[OURS] && !o->passed[KERNEL];
}

/* It ended the entry; where two rules send packets to the queue it comes once
 * more. */
static bool
reset_again(const struct outcome *o)
{
	return o->reset_again && !o->before[OURS].exists &&
	       !o->before[KERNEL].exists && o->passed[OURS] &&
	       !o->passed[KERNEL];
}

static bool
only_we_close(const struct outcome *o)
{
	return is_kind(o, SW_TCP_RST) && began_alike(o) && o->passed[OURS] &&
	       (!o->after[OURS].exists || we_are_in(o, SW_STATE_CLOSE)) &&
	       kernel_stays(o);
}

static bool
reset_at_end(const struct outcome *o)
{
	return only_we_close(o) && at_end(o) && !at_ack(o) && !behind(o) &&
	       o->passed[KERNEL];
}

/* Exact, but the window, or what it acknowledges, is not right. */
static bool
reset_outside(const struct outcome *o)
{
	return only_we_close(o) && (at_end(o) || at_ack(o)) &&
	       window(o) != SW_WINDOW_INSIDE;
}

/* The answer of a host that knows of no connection, to the SYN or to a
 * repeated one; the kernel finds it out of the window. */
static bool
reset_of_syn(const struct outcome *o)
{
	bool first = began_in(o, IN(SYN_SENT)) && o->direction == 1;
	bool again =
	    began_in(o, IN(SYN_RECV) | IN(SYN_SENT2)) && o->segment.seq == 0;

	return only_we_close(o) && (first || again) && o->tcp.flags & SW_ACK &&
	       o->tcp.ack == receiver(o)->end;
}

/* FINs and the acknowledgements that cover them, after this segment. */
static enum sw_state
by_cover(const struct outcome *o)
{
	unsigned fins = 0, covered = 0;

	for (unsigned side = 0; side < 2; side++) {
		bool sends = side == o->direction;
		bool acked = o->flow.peer_flags[!side] & SW_PEER_ACKED;
		bool fin = o->flow.peer_flags[side] & SW_PEER_FIN ||
			   (sends && is_kind(o, SW_TCP_FIN));
		uint32_t end = o->flow.peer[side].end;
		uint32_t ack = o->flow.peer[!side].maxack;
		uint32_t new_end = sw_window_segment_end(&o->tcp);

		if (sends && sw_seq_before(end, new_end))
			end = new_end;
		if (!sends && (!acked || sw_seq_before(ack, o->tcp.ack)))
			ack = o->tcp.ack, acked = true;
		fins += fin;
		covered += fin && acked && !sw_seq_before(ack, end);
	}
	if (fins == 2)
		return covered == 2 ? SW_STATE_TIME_WAIT : SW_STATE_LAST_ACK;
	return covered ? SW_STATE_CLOSE_WAIT : SW_STATE_FIN_WAIT;
}

static struct sw_tcp_table_cell
cell_of(const struct outcome *o)
{
	return sw_tcp_table_cell(o->direction, (enum sw_tcp_kind)o->tcp.kind,
	    (enum sw_state)o->before[OURS].state);
}

static bool
fin_is_covered(const struct outcome *o)
{
	return began_alike(o) && both_passed(o) &&
	       (is_kind(o, SW_TCP_FIN) || is_kind(o, SW_TCP_ACK)) &&
	       kernel_is_in(o, (enum sw_state)cell_of(o).next) &&
	       we_are_in(o, by_cover(o));
}

/* A FIN in the window that does not continue its side's stream. */
static bool
stray_fin(const struct outcome *o)
{
	return is_kind(o, SW_TCP_FIN) && began_in(o, IN(SYN_RECV) | LIVE) &&
	       both_passed(o) && window(o) == SW_WINDOW_INSIDE &&
	       !sw_fin_is_exact(&o->flow, o->direction, &o->tcp);
}

static bool
fin_ahead(const struct outcome *o)
{
	return stray_fin(o) &&
	       we_are_in(o, (enum sw_state)o->before[OURS].state) &&
	       kernel_is_in(o, (enum sw_state)cell_of(o).next);
}

/* The sender's FIN is acknowledged, and the receiver's by this segment. */
static bool
both_fins_done(const struct outcome *o)
{
	return !sw_seq_before(
		   receiver(o)->maxack, o->flow.peer[o->direction].end) &&
	       o->tcp.ack == receiver(o)->end;
}

/* After a SYN set aside the kernel takes the ACK of both FINs for a challenge,
 * too, wherever it lies. */
static bool
last_ack_covers(const struct outcome *o)
{
	bool outside = window(o) != SW_WINDOW_INSIDE;

	return began_in(o, IN(LAST_ACK)) && is_kind(o, SW_TCP_ACK) &&
	       o->passed[KERNEL] && syn_aside(o) && kernel_stays(o) &&
	       (outside ? both_fins_done(o) && unmoved(o)
			: by_cover(o) == SW_STATE_TIME_WAIT &&
			      we_are_in(o, SW_STATE_TIME_WAIT));
}

/* be_liberal: what is outside of the window moves the kernel's entry. */
static bool
liberal_moves(const struct outcome *o)
{
	struct sw_tcp_table_cell cell = cell_of(o);

	return o->tracking == SW_TRACK_NORMAL && began_alike(o) &&
	       both_passed(o) && cell.act == SW_ACT_MOVE &&
	       (unmoved(o) || lives_outside(o)) &&
	       window(o) != SW_WINDOW_INSIDE &&
	       (kernel_is_in(o, (enum sw_state)cell.next) ||
		   (both_opened(o) && kernel_is_in(o, SW_STATE_ESTABLISHED)) ||
		   (is_kind(o, SW_TCP_RST) && !o->after[KERNEL].exists));
}

/* Three equal ACKs in a row cut the kernel's timer. */
static bool
equal_acks(const struct outcome *o)
{
	return is_kind(o, SW_TCP_ACK) && began_alike(o) && both_passed(o) &&
	       kernel_stays(o) && repeated(o) &&
	       o->after[OURS].state == o->after[KERNEL].state;
}

/* Once anything came back, the kernel lets a SYN begin the time of syn_sent
 * anew. */
static bool
syn_prolongs(const struct outcome *o)
{
	return is_kind(o, SW_TCP_SYN) && began_in(o, IN(SYN_SENT)) &&
	       both_passed(o) &&
	       (o->flow.flags & SW_FLOW_REPLIED ||
		   o->tracking == SW_TRACK_NORMAL) &&
	       o->after[OURS].state == o->after[KERNEL].state &&
	       o->after[OURS].timeout <= o->before[OURS].timeout &&
	       o->after[KERNEL].timeout > o->before[KERNEL].timeout;
}

/* A FIN or RST outside of the window, after one of the other side: the kernel
 * leaves the entry the time of what is not acknowledged. */
static bool
closing_outside(const struct outcome *o)
{
	return (is_kind(o, SW_TCP_FIN) || is_kind(o, SW_TCP_RST)) &&
	       began_alike(o) && !o->passed[OURS] && !o->passed[KERNEL] &&
	       o->flow.flags & SW_FLOW_ASSURED && unmoved(o) &&
	       kernel_stays(o) && window(o) != SW_WINDOW_INSIDE &&
	       kernel_counts(o) && o->before[KERNEL].timeout > 295;
}

/* Windows or callers differ from here on. */
static bool
liberal_parts(const struct outcome *o)
{
	return is_kind(o, SW_TCP_SYN) || overshoots(o);
}

static bool
always(const struct outcome *o)
{
	(void)o;
	return true;
}

const struct difference differences[] = {
	{ "fin-covered", "a FIN counts as acknowledged when its ACK covers it",
	    fin_is_covered, NULL },
	{ "fin-ahead", "a FIN ahead of its stream closes nothing", fin_ahead,
	    always },
	{ "last-ack-covers", "an ACK of both FINs is the last, whatever came",
	    last_ack_covers, always },
	{ "reset-in-handshake", "an inexact RST ends no opening connection",
	    reset_in_handshake, always },
	{ "reset-cuts-timer", "an inexact RST does not shorten a timer",
	    reset_cuts_timer, always },
	{ "reset-after-syn", "a SYN set aside makes no RST exact",
	    reset_after_syn, always },
	{ "reset-continues", "an RST after a repeated segment is not exact",
	    reset_continues, always },
	{ "reset-while-closing", "an inexact RST ends no closing connection",
	    reset_while_closing, always },
	{ "reset-behind", "normal drops no RST of a live flow",
	    reset_behind_passes, NULL },
	{ "reset-again", "an RST that comes twice passes twice", reset_again,
	    NULL },
	{ "reset-at-end", "an RST behind data under way is exact, too",
	    reset_at_end, always },
	{ "reset-outside", "an exact RST counts, whatever else it carries",
	    reset_outside, always },
	{ "reset-of-syn", "an RST that answers a repeated SYN counts",
	    reset_of_syn, always },
	{ "liberal-moves", "what is outside of the window moves nothing",
	    liberal_moves, liberal_parts },
	{ "presumed", "what stood the test of time is told", presumed, always },
	{ "set-right", "credible segments of both sides set the record right",
	    set_right, always },
	{ "overshoot", "what begins beyond the grant is outside",
	    strict_overshoots, always },
	{ "syn-grants", "the window of a SYN is granted", syn_grants, always },
	{ "closing-outside", "closing segments outside cut no timer",
	    closing_outside, NULL },
	{ "server-refused", "and so does what refuses it", server_is_refused,
	    NULL },
	{ "second-try", "of two SYNs the one that is answered counts",
	    second_try, always },
	{ "syn-remembered", "what is outside does not displace a SYN aside",
	    syn_remembered, always },
	{ "equal-acks", "equal ACKs in a row do not shorten a timer",
	    equal_acks, NULL },
	{ "syn-prolongs", "a repeated SYN does not prolong syn_sent",
	    syn_prolongs, NULL },
	{ "both-opened", "a simultaneous open is not forgotten",
	    both_opened_still, always },
	{ "same-handshake", "a handshake that comes again is not a new one",
	    same_handshake, always },
	{ "called-beside", "a handshake set aside begins a second record",
	    called_beside, always },
	{ "server-calls", "the called side may call into a live connection",
	    server_calls, NULL },
	{ "server-answered", "the answer to the called side's SYN passes",
	    server_is_answered, NULL },
	{ "server-displaces", "the called side's SYN displaces the opener's",
	    server_displaces, always },
	{ "both-repeat", "a SYN of a simultaneous open may come again",
	    both_repeat, NULL },
	{ "old-syn", "an old SYN does not reopen a connection in time_wait",
	    old_syn, always },
	{ "syn-after-close", "after a reset the ports are free at once",
	    syn_after_close, always },
	{ "syn-from-server", "after a reset either side may call",
	    syn_from_server, always },
};
const unsigned differences_n = sizeof(differences) / sizeof(*differences);
_Static_assert(
    sizeof(differences) / sizeof(*differences) <= DIFFERENCES_MAX, "counted");

int
difference_of(const struct outcome *outcome)
{
	for (unsigned i = 0; i < differences_n; i++)
		if (differences[i].is(outcome))
			return (int)i;
	return DIFFERENCE_STRANGE;
}

bool
difference_hides(const struct outcome *o)
{
	if (moves_windows_outside(o) || stray_fin(o))
		return true;
	if (is_kind(o, SW_TCP_RST))
		return began_in(o, HANDSHAKE) ||
		       (o->passed[KERNEL] && !kernel_is_in(o, SW_STATE_CLOSE));
	if (began_in(o, IN(SYN_SENT)) && !we_are_in(o, SW_STATE_SYN_SENT) &&
	    o->history.aside_end)
		return true; /* the second of two SYNs moved the kernel's */
	if (is_kind(o, SW_TCP_SYN) && o->direction == 1)
		return began_in(o, IN(SYN_SENT)) &&
		       !we_are_in(o, SW_STATE_SYN_SENT2); /* counts for it */
	return is_kind(o, SW_TCP_SYNACK) && names_syn_aside(o);
}
