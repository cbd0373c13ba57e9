/* SPDX-License-Identifier: Apache-2.0 */
/*
 * table: the next state for each kind of segment in each state.
 *
 * A cell says what to do with a segment of that kind, from that side, in that
 * state.  An absent cell refuses it.
 */
#ifndef SYNWARD_ENGINE_TCP_TABLE_H
#define SYNWARD_ENGINE_TCP_TABLE_H

#include "synward/event.h"

enum sw_tcp_act {
	SW_ACT_REFUSE, /* an absent cell */
	SW_ACT_MOVE,   /* belongs; goes to cell.next if the window allows it */
	/* may belong to a connection that we are not in step with: passes, is
	 * remembered, changes nothing */
	SW_ACT_ASIDE,
	/* the same if the other side has ever sent a SYN; otherwise it is
	 * refused */
	SW_ACT_ANSWER,
	SW_ACT_REOPEN, /* may begin a new connection on an old tuple */
};

struct sw_tcp_table_cell {
	uint8_t act;  /* enum sw_tcp_act */
	uint8_t next; /* enum sw_state, for MOVE */
};

/* direction: 0 from the opener, 1 from the other; kind: not SW_TCP_BAD. */
struct sw_tcp_table_cell sw_tcp_table_cell(
    unsigned direction, enum sw_tcp_kind kind, enum sw_state state);

#endif
