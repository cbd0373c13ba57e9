/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The transition table of TCP, RFC 9293 as seen from the middle.
 *
 * States belong to the flow and have the names of the Linux kernel: the side
 * that sends the first FIN moves it to fin_wait, its acknowledgement to
 * close_wait (half closed, for as long as both sides like), the second FIN to
 * last_ack, its acknowledgement to time_wait.  Whether an ACK really covers the
 * FIN is decided in engine/tcp/tcp.c: the cells name the state it may lead to.
 *
 * MOVE changes nothing when the window check refuses the segment.
 */

#include "engine/tcp/table.h"

/* clang-format off */
#define TO(state) { SW_ACT_MOVE, SW_STATE_##state }
#define ASIDE     { SW_ACT_ASIDE, 0 }
#define ANSWER    { SW_ACT_ANSWER, 0 }
#define REOPEN    { SW_ACT_REOPEN, 0 }

#define NONE SW_STATE_NONE
#define SS   SW_STATE_SYN_SENT
#define SR   SW_STATE_SYN_RECV
#define ES   SW_STATE_ESTABLISHED
#define FW   SW_STATE_FIN_WAIT
#define CW   SW_STATE_CLOSE_WAIT
#define LA   SW_STATE_LAST_ACK
#define TW   SW_STATE_TIME_WAIT
#define CL   SW_STATE_CLOSE
#define S2   SW_STATE_SYN_SENT2

static const struct sw_tcp_table_cell table[2][SW_TCP_KINDS][SW_STATE_COUNT] = {
	[0] = { /* from the opener */
		[SW_TCP_SYN] = {
			[NONE] = TO(SYN_SENT),	/* opens */
			[SS] = TO(SYN_SENT),	/* retransmitted, or a new try */
			[SR] = ASIDE,		/* SYN/ACK lost, or a new try */
			[ES] = ASIDE,		/* restarted opener: challenge ACK */
			[FW] = ASIDE,		/* as in established */
			[CW] = ASIDE,		/* as in established */
			[LA] = ASIDE,		/* the answer is no last ACK */
			[TW] = REOPEN,		/* RFC 9293 3.6.1, RFC 6191 */
			[CL] = REOPEN,		/* the port pair is free again */
			[S2] = TO(SYN_SENT2),	/* both sides retransmit */
		},
		[SW_TCP_SYNACK] = {
			/* NONE refuses: only a SYN opens */
			/* SS refuses: it sent a SYN and got no SYN */
			[SR] = TO(SYN_RECV),	/* repeated, simultaneous open */
			[ES] = ANSWER,	/* the called side opens again */
			[FW] = ANSWER,
			[CW] = ANSWER,
			[LA] = ANSWER,
			/* TW, CL refuse: a SYN reopens there */
			[S2] = TO(SYN_RECV),	/* answers the other's SYN */
		},
		[SW_TCP_FIN] = {
			/* NONE, SS, S2 refuse: nothing is open to be closed */
			[SR] = TO(FIN_WAIT),	/* ACK lost, closes at once */
			[ES] = TO(FIN_WAIT),	/* first FIN */
			[FW] = TO(LAST_ACK),	/* second FIN, or repeated */
			[CW] = TO(LAST_ACK),	/* second FIN, or repeated */
			[LA] = TO(LAST_ACK),	/* repeated */
			[TW] = TO(TIME_WAIT),	/* repeated, its ACK was lost */
			[CL] = TO(CLOSE),	/* crossed the RST */
		},
		[SW_TCP_ACK] = {
			[NONE] = TO(ESTABLISHED), /* loose pick-up only */
			/* SS refuses: no SYN/ACK passed here, so the answer
			 * took another way (asymmetric), or it is forged */
			[SR] = TO(ESTABLISHED),	/* third of the handshake */
			[ES] = TO(ESTABLISHED),
			[FW] = TO(CLOSE_WAIT),	/* when it covers the FIN */
			[CW] = TO(CLOSE_WAIT),	/* half closed, data goes on */
			[LA] = TO(TIME_WAIT),	/* when it covers the last FIN */
			[TW] = TO(TIME_WAIT),	/* last ACK repeated */
			[CL] = TO(CLOSE),	/* crossed the RST */
			/* S2 refuses: it owes a SYN/ACK */
		},
		[SW_TCP_RST] = {
			/* NONE refuses: resets nothing */
			[SS] = TO(CLOSE),	/* gave up, or challenge ACK */
			[SR] = TO(CLOSE),	/* gives up the connection */
			[ES] = TO(CLOSE),	/* aborts; exact only */
			[FW] = TO(CLOSE),
			[CW] = TO(CLOSE),
			[LA] = TO(CLOSE),
			[TW] = TO(CLOSE),
			[CL] = TO(CLOSE),	/* repeated */
			[S2] = TO(CLOSE),
		},
	},
	[1] = { /* from the other side */
		[SW_TCP_SYN] = {
			/* NONE is never reached: a flow begins with its opener */
			[SS] = TO(SYN_SENT2),	/* simultaneous open */
			/* SR refuses: it has answered already */
			[ES] = ASIDE,		/* it restarted and calls */
			[FW] = ASIDE,
			[CW] = ASIDE,
			[LA] = ASIDE,
			[TW] = REOPEN,		/* the server as a client */
			[CL] = REOPEN,
			[S2] = TO(SYN_SENT2),	/* repeated */
		},
		[SW_TCP_SYNACK] = {
			[SS] = TO(SYN_RECV),	/* second of the handshake */
			[SR] = ASIDE,		/* repeated, does not prolong */
			[ES] = ASIDE,		/* ACK was lost; or new SYN's */
			[FW] = ASIDE,
			[CW] = ASIDE,
			[LA] = ASIDE,
			[TW] = ASIDE,		/* answers a SYN set aside */
			[CL] = ASIDE,
			[S2] = TO(SYN_RECV),	/* simultaneous open */
		},
		[SW_TCP_FIN] = {
			/* SS, S2 refuse: nothing is open to be closed */
			[SR] = TO(FIN_WAIT),	/* server closes at once */
			[ES] = TO(FIN_WAIT),
			[FW] = TO(LAST_ACK),
			[CW] = TO(LAST_ACK),
			[LA] = TO(LAST_ACK),
			[TW] = TO(TIME_WAIT),
			[CL] = TO(CLOSE),
		},
		[SW_TCP_ACK] = {
			[SS] = ASIDE,		/* challenge ACK to a SYN */
			[SR] = TO(SYN_RECV),	/* its data before our ACK */
			[ES] = TO(ESTABLISHED),
			[FW] = TO(CLOSE_WAIT),
			[CW] = TO(CLOSE_WAIT),
			[LA] = TO(TIME_WAIT),
			[TW] = TO(TIME_WAIT),
			[CL] = TO(CLOSE),
			[S2] = ASIDE,
		},
		[SW_TCP_RST] = {
			[SS] = TO(CLOSE),	/* refuses the SYN */
			[SR] = TO(CLOSE),
			[ES] = TO(CLOSE),
			[FW] = TO(CLOSE),
			[CW] = TO(CLOSE),
			[LA] = TO(CLOSE),
			[TW] = TO(CLOSE),
			[CL] = TO(CLOSE),
			[S2] = TO(CLOSE),
		},
	},
};
/* clang-format on */

struct sw_tcp_table_cell
sw_tcp_table_cell(
    unsigned direction, enum sw_tcp_kind kind, enum sw_state state)
{
	return table[direction][kind][state];
}
