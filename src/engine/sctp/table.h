/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sctp_table: where each chunk of SCTP leads from each state.
 *
 * A cell says what becomes of a chunk whose tag is right.  A cell that is not
 * written refuses.
 */
#ifndef SYNWARD_ENGINE_SCTP_TABLE_H
#define SYNWARD_ENGINE_SCTP_TABLE_H

#include "synward/event.h"

enum sw_sctp_act {
	SW_SCTP_REFUSE, /* an absent cell */
	SW_SCTP_MOVE,	/* belongs; goes to cell.next, restarts the timer */
	SW_SCTP_ASIDE,	/* passes; belongs to a handshake beside the
			   association, or comes late: the timer runs on */
	SW_SCTP_REOPEN, /* begins a new association on an old tuple */
};

struct sw_sctp_cell {
	uint8_t act;  /* enum sw_sctp_act */
	uint8_t next; /* enum sw_state, for MOVE */
};

/* direction: 0 from the opener, 1 from the other.  What does not change an
 * association is asked for as SW_SCTP_DATA. */
struct sw_sctp_cell sw_sctp_table_cell(
    unsigned direction, enum sw_sctp_chunk chunk, enum sw_state state);

#endif
