/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of differences over SCTP.  Each test says exactly what both do,
 * and the property of the packet that parts them.
 */

#include "differences_sctp.h"

#define HAS(chunk) (1u << SW_SCTP_##chunk)

static bool
same_state(const struct view *ours, const struct view *kernel)
{
	return ours->exists == kernel->exists &&
	       (ours->state == kernel->state ||
		   (ours->state == SW_STATE_SCTP_COOKIE_WAIT &&
		       kernel->state == SW_STATE_SCTP_CLOSED));
}

bool
sctp_holds_same(const struct sctp_outcome *o)
{
	return same_state(&o->outcome.after[OURS], &o->outcome.after[KERNEL]);
}

static bool
same_time(const struct sctp_outcome *o)
{
	return !o->outcome.after[OURS].exists ||
	       compare_timers_agree(
		   &o->outcome.after[OURS], &o->outcome.after[KERNEL]);
}

bool
sctp_agrees(const struct sctp_outcome *o)
{
	return o->outcome.passed[OURS] == o->outcome.passed[KERNEL] &&
	       sctp_holds_same(o) && same_time(o);
}

static bool
has(const struct sctp_outcome *o, unsigned chunks)
{
	return o->sctp.chunks & chunks;
}

static bool
only_kernel_passes(const struct sctp_outcome *o)
{
	return !o->malformed && !o->outcome.passed[OURS] &&
	       o->outcome.passed[KERNEL];
}

static bool
only_we_pass(const struct sctp_outcome *o)
{
	return o->outcome.passed[OURS] && !o->outcome.passed[KERNEL];
}

static bool
we_began_in(const struct sctp_outcome *o, enum sw_state state)
{
	return o->outcome.before[OURS].exists &&
	       o->outcome.before[OURS].state == state;
}

static bool
we_stay(const struct sctp_outcome *o)
{
	return o->outcome.after[OURS].exists &&
	       o->outcome.after[OURS].state == o->outcome.before[OURS].state;
}

static const struct sw_sctp_side *
sender(const struct sctp_outcome *o)
{
	return &o->outcome.flow.sctp[o->outcome.direction];
}

static bool
is_right(const struct sctp_outcome *o)
{
	return o->sctp.tag == sender(o)->tag;
}

static bool
lives(const struct sctp_outcome *o)
{
	enum sw_state state = o->outcome.before[OURS].state;

	return o->outcome.before[OURS].exists &&
	       state >= SW_STATE_SCTP_COOKIE_ECHOED &&
	       state <= SW_STATE_SCTP_SHUTDOWN_ACK_SENT;
}

/* Written by both alike, and named otherwise. */
static bool
init_waits(const struct sctp_outcome *o)
{
	return sctp_agrees(o) &&
	       o->outcome.after[OURS].state != o->outcome.after[KERNEL].state;
}

/* The kernel takes the tag of an INIT for the association's. */
static bool
init_beside(const struct sctp_outcome *o)
{
	bool init = has(o, HAS(INIT)) && lives(o) && o->outcome.passed[OURS] &&
		    we_stay(o);

	return init || (o->beside && (o->known || is_right(o)));
}

static bool
init_ack_unasked(const struct sctp_outcome *o)
{
	return has(o, HAS(INIT_ACK)) && only_kernel_passes(o) &&
	       o->outcome.before[OURS].exists &&
	       !(o->outcome.flow.peer_flags[!o->outcome.direction] &
		   SW_SCTP_SIDE_INIT);
}

/* Of two answers to a repeated INIT the kernel takes none after the cookie. */
static bool
init_ack_again(const struct sctp_outcome *o)
{
	return has(o, HAS(INIT_ACK)) && o->outcome.passed[OURS] && we_stay(o) &&
	       (is_right(o) || we_began_in(o, SW_STATE_SCTP_COOKIE_WAIT));
}

static bool
cookie_unasked(const struct sctp_outcome *o)
{
	const struct sw_sctp_side *receiver =
	    &o->outcome.flow.sctp[!o->outcome.direction];

	return has(o, HAS(COOKIE_ECHO)) && only_kernel_passes(o) &&
	       we_began_in(o, SW_STATE_SCTP_COOKIE_WAIT) && !receiver->aside;
}

/* The kernel waits for the INIT ACK of the side that was called. */
static bool
both_call(const struct sctp_outcome *o)
{
	return has(o, HAS(COOKIE_ECHO) | HAS(COOKIE_ACK)) &&
	       o->outcome.passed[OURS] && o->outcome.passed[KERNEL] &&
	       o->outcome.after[KERNEL].state == SW_STATE_SCTP_CLOSED &&
	       o->outcome.after[OURS].state == SW_STATE_SCTP_COOKIE_ECHOED;
}

/* The kernel's entry keeps the time that was left. */
static bool
reopens(const struct sctp_outcome *o)
{
	return has(o, HAS(INIT)) && we_began_in(o, SW_STATE_SCTP_CLOSED) &&
	       o->outcome.passed[OURS] &&
	       o->outcome.after[OURS].state == SW_STATE_SCTP_COOKIE_WAIT &&
	       o->outcome.passed[KERNEL] &&
	       o->outcome.after[KERNEL].state == SW_STATE_SCTP_CLOSED;
}

/* A chunk is refused, and the kernel goes where those before it led. */
static bool
half_moves(const struct sctp_outcome *o)
{
	return !o->malformed && !o->outcome.passed[OURS] &&
	       !o->outcome.passed[KERNEL] && o->sctp.steps > 1 &&
	       o->outcome.before[OURS].exists && we_stay(o) &&
	       o->outcome.after[KERNEL].state !=
		   o->outcome.before[KERNEL].state;
}

/* What follows an ABORT in its packet is ignored. */
static bool
abort_last(const struct sctp_outcome *o)
{
	return has(o, HAS(ABORT)) && o->sctp.steps > 1 && only_we_pass(o) &&
	       o->outcome.after[OURS].state == SW_STATE_SCTP_CLOSED;
}

/* Of a repeated INIT either tag may be the one that is answered. */
static bool
former_tag(const struct sctp_outcome *o)
{
	return we_began_in(o, SW_STATE_SCTP_COOKIE_WAIT) && only_we_pass(o) &&
	       o->sctp.tag == sender(o)->former;
}

static bool
closed_opens(const struct sctp_outcome *o)
{
	return has(o, HAS(INIT_ACK) | HAS(COOKIE_ECHO)) &&
	       only_kernel_passes(o) && we_began_in(o, SW_STATE_SCTP_CLOSED);
}

/* What does not move the association on does not prolong it. */
static bool
timer_stays(const struct sctp_outcome *o)
{
	return o->outcome.passed[OURS] == o->outcome.passed[KERNEL] &&
	       sctp_holds_same(o) && we_stay(o) &&
	       (we_began_in(o, SW_STATE_SCTP_COOKIE_WAIT) ||
		   we_began_in(o, SW_STATE_SCTP_CLOSED) ||
		   we_began_in(o, SW_STATE_SCTP_HEARTBEAT_SENT)) &&
	       o->outcome.after[OURS].timeout <=
		   o->outcome.before[OURS].timeout;
}

static bool
shutdown_ack_tag(const struct sctp_outcome *o)
{
	return has(o, HAS(SHUTDOWN_ACK)) && only_kernel_passes(o) &&
	       o->outcome.before[OURS].exists && !is_right(o);
}

static bool
heartbeat_tag(const struct sctp_outcome *o)
{
	return has(o, HAS(HEARTBEAT) | HAS(HEARTBEAT_ACK)) &&
	       only_kernel_passes(o) && o->outcome.before[OURS].exists &&
	       !is_right(o);
}

static bool
heartbeat_padded(const struct sctp_outcome *o)
{
	return o->sctp.chunks == (HAS(HEARTBEAT) | HAS(OTHER)) &&
	       !o->outcome.before[OURS].exists && only_we_pass(o);
}

static bool
path_only(const struct sctp_outcome *o)
{
	return we_began_in(o, SW_STATE_SCTP_HEARTBEAT_SENT) &&
	       only_kernel_passes(o) && we_stay(o);
}

static bool
path_called(const struct sctp_outcome *o)
{
	return we_began_in(o, SW_STATE_SCTP_HEARTBEAT_SENT) &&
	       has(o, HAS(INIT)) && o->outcome.passed[OURS];
}

/* HEARTBEATs bring new tags to a path, also when two share a packet. */
static bool
path_renewed(const struct sctp_outcome *o)
{
	const struct sw_sctp_side *side = sender(o);

	return o->outcome.before[OURS].exists && only_we_pass(o) &&
	       o->outcome.flow.peer_flags[0] & SW_SCTP_SIDE_PATH &&
	       (has(o, HAS(HEARTBEAT) | HAS(HEARTBEAT_ACK)) ||
		   o->sctp.tag == side->aside || o->sctp.tag == side->former);
}

static bool
path_aborted(const struct sctp_outcome *o)
{
	return we_began_in(o, SW_STATE_SCTP_HEARTBEAT_SENT) &&
	       has(o, HAS(ABORT)) && only_we_pass(o) &&
	       o->outcome.after[OURS].state == SW_STATE_SCTP_CLOSED;
}

static bool
out_of_the_blue(const struct sctp_outcome *o)
{
	return !o->outcome.before[OURS].exists &&
	       !o->outcome.before[KERNEL].exists && only_kernel_passes(o) &&
	       has(o, HAS(SHUTDOWN_ACK) | HAS(HEARTBEAT) | HAS(HEARTBEAT_ACK));
}

static bool
zero_tag(const struct sctp_outcome *o)
{
	return o->malformed == SW_PARSE_SCTP_TAG && !o->outcome.passed[OURS];
}

static bool
chunk_length(const struct sctp_outcome *o)
{
	return o->malformed == SW_PARSE_SCTP_CHUNK && !o->outcome.passed[OURS];
}

static bool (*const tests[])(const struct sctp_outcome *o) = {
	[SCTP_INIT_WAITS] = init_waits,
	[SCTP_INIT_BESIDE] = init_beside,
	[SCTP_INIT_ACK_UNASKED] = init_ack_unasked,
	[SCTP_INIT_ACK_AGAIN] = init_ack_again,
	[SCTP_COOKIE_UNASKED] = cookie_unasked,
	[SCTP_BOTH_CALL] = both_call,
	[SCTP_REOPENS] = reopens,
	[SCTP_HALF_MOVES] = half_moves,
	[SCTP_ABORT_LAST] = abort_last,
	[SCTP_FORMER_TAG] = former_tag,
	[SCTP_CLOSED_OPENS] = closed_opens,
	[SCTP_TIMER_STAYS] = timer_stays,
	[SCTP_SHUTDOWN_ACK_TAG] = shutdown_ack_tag,
	[SCTP_HEARTBEAT_TAG] = heartbeat_tag,
	[SCTP_HEARTBEAT_PADDED] = heartbeat_padded,
	[SCTP_PATH_ONLY] = path_only,
	[SCTP_PATH_CALLED] = path_called,
	[SCTP_PATH_ABORTED] = path_aborted,
	[SCTP_PATH_RENEWED] = path_renewed,
	[SCTP_OUT_OF_THE_BLUE] = out_of_the_blue,
	[SCTP_ZERO_TAG] = zero_tag,
	[SCTP_CHUNK_LENGTH] = chunk_length,
};

const char *const associations_differences[][2] = {
	[SCTP_INIT_WAITS] = { "sctp-init-waits",
	    "after an INIT alone the entry waits for the cookie" },
	[SCTP_INIT_BESIDE] = { "sctp-init-beside",
	    "an INIT proves nothing to a live association" },
	[SCTP_INIT_ACK_UNASKED] = { "sctp-init-ack-unasked",
	    "an INIT ACK answers an INIT of the other side" },
	[SCTP_INIT_ACK_AGAIN] = { "sctp-init-ack-again",
	    "the second answer to a repeated INIT passes" },
	[SCTP_COOKIE_UNASKED] = { "sctp-cookie-unasked",
	    "only who was sent a cookie echoes it" },
	[SCTP_BOTH_CALL] = { "sctp-both-call",
	    "either side's cookie may be echoed when both have called" },
	[SCTP_REOPENS] = { "sctp-reopens",
	    "an INIT after the end opens with a time of its own" },
	[SCTP_HALF_MOVES] = { "sctp-half-moves",
	    "a packet that is dropped changes nothing" },
	[SCTP_ABORT_LAST] = { "sctp-abort-last",
	    "what follows an ABORT in its packet is ignored" },
	[SCTP_FORMER_TAG] = { "sctp-former-tag",
	    "either of two INITs may be the one that is answered" },
	[SCTP_CLOSED_OPENS] = { "sctp-closed-opens",
	    "a closed association is opened by an INIT only" },
	[SCTP_TIMER_STAYS] = { "sctp-timer-stays",
	    "what does not move an association on does not prolong it" },
	[SCTP_SHUTDOWN_ACK_TAG] = { "sctp-shutdown-ack-tag",
	    "a SHUTDOWN ACK must carry the association's tag" },
	[SCTP_HEARTBEAT_TAG] = { "sctp-heartbeat-tag",
	    "a HEARTBEAT must carry the association's tag" },
	[SCTP_HEARTBEAT_PADDED] = { "sctp-heartbeat-padded",
	    "a HEARTBEAT may be padded to probe a path's MTU" },
	[SCTP_PATH_ONLY] = { "sctp-path-only",
	    "a path that was not answered carries HEARTBEATs only" },
	[SCTP_PATH_CALLED] = { "sctp-path-called",
	    "an INIT on a path begins an association of its own" },
	[SCTP_PATH_ABORTED] = { "sctp-path-aborted",
	    "the host at a path's end may refuse it" },
	[SCTP_PATH_RENEWED] = { "sctp-path-renewed",
	    "a path takes the new tags of an association that restarted" },
	[SCTP_OUT_OF_THE_BLUE] = { "sctp-out-of-the-blue",
	    "an answer that nobody asked for opens nothing" },
	[SCTP_ZERO_TAG] = { "sctp-zero-tag",
	    "a tag is zero in INIT, and nowhere else" },
	[SCTP_CHUNK_LENGTH] = { "sctp-chunk-length",
	    "a chunk is as long as its header, and ends in its packet" },
	[SCTP_DIFFERENCES] = { NULL, NULL },
};

enum sctp_difference
sctp_difference_of(const struct sctp_outcome *o)
{
	if (sctp_agrees(o))
		return init_waits(o) ? SCTP_INIT_WAITS : SCTP_DIFFERENCES;
	for (unsigned i = 0; i < SCTP_DIFFERENCES; i++)
		if (tests[i](o))
			return (enum sctp_difference)i;
	return SCTP_DIFFERENCES;
}
