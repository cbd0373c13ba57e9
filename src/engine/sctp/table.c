/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The transition table of SCTP, RFC 9260 §4 seen from the middle.
 *
 * States belong to the association and are named as in the Linux kernel:
 * shutdown_sent when the side that opened asked for the end, shutdown_recd
 * when the other did.  Whether a tag is right, and which of a handshake's
 * tags become the association's, is decided beside the table, in
 * engine/sctp/sctp.c.
 */

#include "engine/sctp/table.h"

/* clang-format off */
#define TO(state) { SW_SCTP_MOVE, SW_STATE_SCTP_##state }
#define ASIDE	  { SW_SCTP_ASIDE, 0 }
#define REOPEN	  { SW_SCTP_REOPEN, 0 }

#define CL (SW_STATE_SCTP_CLOSED - SW_STATE_SCTP_CLOSED)
#define CW (SW_STATE_SCTP_COOKIE_WAIT - SW_STATE_SCTP_CLOSED)
#define CE (SW_STATE_SCTP_COOKIE_ECHOED - SW_STATE_SCTP_CLOSED)
#define ES (SW_STATE_SCTP_ESTABLISHED - SW_STATE_SCTP_CLOSED)
#define SS (SW_STATE_SCTP_SHUTDOWN_SENT - SW_STATE_SCTP_CLOSED)
#define SR (SW_STATE_SCTP_SHUTDOWN_RECD - SW_STATE_SCTP_CLOSED)
#define SA (SW_STATE_SCTP_SHUTDOWN_ACK_SENT - SW_STATE_SCTP_CLOSED)
#define HS (SW_STATE_SCTP_HEARTBEAT_SENT - SW_STATE_SCTP_CLOSED)

enum { STATES = SW_STATE_COUNT - SW_STATE_SCTP_CLOSED };

/* Of most chunks it does not matter which side sent them. */
static const struct sw_sctp_cell table[SW_SCTP_CHUNKS][STATES] = {
	[SW_SCTP_INIT] = {
		[CL] = REOPEN,	/* the port pair is free again */
		[CW] = ASIDE,	/* repeated, a new try, or both call */
		[CE] = ASIDE,	/* from here on: the sender may have lost its
				 * memory, or somebody forged it; only the
				 * cookie tells (5.2.2) */
		[ES] = ASIDE,
		[SS] = ASIDE,
		[SR] = ASIDE,
		[SA] = ASIDE,	/* SHUTDOWN ACK comes again (9.2) */
		[HS] = REOPEN,	/* a path that was no association's */
	},
	[SW_SCTP_INIT_ACK] = {
		/* CL refuses: an INIT opens a new one */
		[CW] = TO(COOKIE_WAIT),	/* the answer; the cookie is next */
		[CE] = ASIDE,	/* late, or answers an INIT set aside */
		[ES] = ASIDE,
		[SS] = ASIDE,
		[SR] = ASIDE,
		[SA] = ASIDE,
		/* HS refuses: no INIT was sent */
	},
	[SW_SCTP_COOKIE_ECHO] = {
		/* CL refuses: only an INIT opens */
		[CW] = TO(COOKIE_ECHOED),
		[CE] = TO(COOKIE_ECHOED),	/* repeated, or both call */
		[ES] = TO(ESTABLISHED),	/* COOKIE ACK was lost */
		[SS] = TO(SHUTDOWN_SENT),
		[SR] = TO(SHUTDOWN_RECD),
		[SA] = TO(SHUTDOWN_ACK_SENT),
		/* HS refuses: no INIT was sent */
	},
	[SW_SCTP_COOKIE_ACK] = {
		[CL] = ASIDE,	/* crossed the end */
		[CW] = ASIDE,	/* its COOKIE ECHO took another way */
		[CE] = TO(ESTABLISHED),
		[ES] = TO(ESTABLISHED),	/* repeated */
		[SS] = TO(SHUTDOWN_SENT),
		[SR] = TO(SHUTDOWN_RECD),
		[SA] = TO(SHUTDOWN_ACK_SENT),
		/* HS refuses: no INIT was sent */
	},
	[SW_SCTP_SHUTDOWN] = {
		[CL] = ASIDE,	/* crossed the end */
		[CW] = ASIDE,	/* nothing is open to be closed */
		[CE] = TO(COOKIE_ECHOED),	/* as before */
		[ES] = TO(SHUTDOWN_SENT),	/* of the other side: below */
		[SS] = TO(SHUTDOWN_SENT),	/* repeated, or both close */
		[SR] = TO(SHUTDOWN_RECD),
		[SA] = TO(SHUTDOWN_ACK_SENT),	/* SHUTDOWN ACK was lost */
	},
	[SW_SCTP_SHUTDOWN_ACK] = {
		[CL] = ASIDE,	/* crossed the end */
		[CW] = ASIDE,	/* of the association before (8.5.1 E) */
		[CE] = TO(COOKIE_ECHOED),	/* the same */
		[ES] = TO(ESTABLISHED),	/* its SHUTDOWN took another way */
		[SS] = TO(SHUTDOWN_ACK_SENT),
		[SR] = TO(SHUTDOWN_ACK_SENT),
		[SA] = TO(SHUTDOWN_ACK_SENT),	/* repeated */
	},
	[SW_SCTP_SHUTDOWN_COMPLETE] = {
		[CL] = ASIDE,	/* repeated */
		[CW] = ASIDE,	/* ends the association before */
		[CE] = TO(COOKIE_ECHOED),	/* the same */
		[ES] = TO(ESTABLISHED),	/* nothing was to be completed */
		[SS] = TO(SHUTDOWN_SENT),
		[SR] = TO(SHUTDOWN_RECD),
		[SA] = TO(CLOSED),
	},
	[SW_SCTP_ABORT] = {
		[CL] = TO(CLOSED),	/* repeated, or crossed the end */
		[CW] = TO(CLOSED),	/* the INIT is refused */
		[CE] = TO(CLOSED),	/* the cookie is */
		[ES] = TO(CLOSED),
		[SS] = TO(CLOSED),
		[SR] = TO(CLOSED),
		[SA] = TO(CLOSED),
		[HS] = TO(CLOSED),	/* nobody knows the path there */
	},
	[SW_SCTP_ERROR] = {
		[CL] = ASIDE,	/* crossed the end */
		[CW] = ASIDE,	/* nothing is open to be reported on */
		[CE] = TO(COOKIE_ECHOED),	/* of the other side: below */
		[ES] = TO(ESTABLISHED),
		[SS] = TO(SHUTDOWN_SENT),
		[SR] = TO(SHUTDOWN_RECD),
		[SA] = TO(SHUTDOWN_ACK_SENT),
	},
	[SW_SCTP_HEARTBEAT] = {
		[CL] = ASIDE,	/* crossed the end */
		[CW] = ASIDE,	/* no path is to be probed yet */
		[CE] = TO(COOKIE_ECHOED),
		[ES] = TO(ESTABLISHED),
		[SS] = TO(SHUTDOWN_SENT),
		[SR] = TO(SHUTDOWN_RECD),
		[SA] = TO(SHUTDOWN_ACK_SENT),
		[HS] = TO(HEARTBEAT_SENT),	/* opens, and is repeated */
	},
	[SW_SCTP_HEARTBEAT_ACK] = {
		[CL] = ASIDE,	/* crossed the end */
		[CW] = ASIDE,	/* no path was probed */
		[CE] = TO(COOKIE_ECHOED),
		[ES] = TO(ESTABLISHED),
		[SS] = TO(SHUTDOWN_SENT),
		[SR] = TO(SHUTDOWN_RECD),
		[SA] = TO(SHUTDOWN_ACK_SENT),
		[HS] = ASIDE,	/* of the other side: below */
	},
	[SW_SCTP_DATA] = {
		[CL] = ASIDE,	/* crossed the end */
		[CW] = ASIDE,	/* its COOKIE ACK took another way */
		[CE] = TO(COOKIE_ECHOED),	/* COOKIE ACK was lost */
		[ES] = TO(ESTABLISHED),
		[SS] = TO(SHUTDOWN_SENT),	/* what the other still sends */
		[SR] = TO(SHUTDOWN_RECD),
		[SA] = TO(SHUTDOWN_ACK_SENT),	/* crossed the SHUTDOWN */
		[HS] = ASIDE,	/* before the path is confirmed */
	},
};

/* Where it does matter, from the side that was called. */
static const struct sw_sctp_cell called[SW_SCTP_CHUNKS][STATES] = {
	[SW_SCTP_SHUTDOWN] = { [ES] = TO(SHUTDOWN_RECD) },
	[SW_SCTP_ERROR] = { [CE] = TO(CLOSED) },	/* stale cookie, 5.2.6 */
	[SW_SCTP_HEARTBEAT_ACK] = { [HS] = TO(ESTABLISHED) },
};
/* clang-format on */

struct sw_sctp_cell
sw_sctp_table_cell(
    unsigned direction, enum sw_sctp_chunk chunk, enum sw_state state)
{
	unsigned at = state - SW_STATE_SCTP_CLOSED;

	if (direction && called[chunk][at].act)
		return called[chunk][at];
	return table[chunk][at];
}
