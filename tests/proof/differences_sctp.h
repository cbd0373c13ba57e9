/* SPDX-License-Identifier: Apache-2.0 */
/*
 * differences_sctp: where synward and the kernel's tracker part over SCTP,
 * and mean to.  See doc/DIFFERENCES.md for the reasons.
 */
#ifndef SYNWARD_PROOF_DIFFERENCES_SCTP_H
#define SYNWARD_PROOF_DIFFERENCES_SCTP_H

#include "associations.h"

struct sctp_outcome {
	struct outcome outcome;
	enum sw_parse malformed;
	struct sw_sctp_packet sctp;
	bool known;  /* its tag was told by either host at some time */
	bool beside; /* an INIT or INIT ACK passed into a live association */
};

enum sctp_difference {
	SCTP_INIT_WAITS,
	SCTP_INIT_BESIDE,
	SCTP_INIT_ACK_UNASKED,
	SCTP_INIT_ACK_AGAIN,
	SCTP_COOKIE_UNASKED,
	SCTP_BOTH_CALL,
	SCTP_REOPENS,
	SCTP_HALF_MOVES,
	SCTP_ABORT_LAST,
	SCTP_FORMER_TAG,
	SCTP_CLOSED_OPENS,
	SCTP_TIMER_STAYS,
	SCTP_SHUTDOWN_ACK_TAG,
	SCTP_HEARTBEAT_TAG,
	SCTP_HEARTBEAT_PADDED,
	SCTP_PATH_ONLY,
	SCTP_PATH_CALLED,
	SCTP_PATH_ABORTED,
	SCTP_PATH_RENEWED,
	SCTP_OUT_OF_THE_BLUE,
	SCTP_ZERO_TAG,
	SCTP_CHUNK_LENGTH,
	SCTP_DIFFERENCES
};

/* Do both agree, in verdict, state and time left?  After an INIT alone the
 * kernel's entry is called closed, and ours waits for the cookie. */
bool sctp_agrees(const struct sctp_outcome *o);

/* Do both hold the same of the association, whatever became of the packet? */
bool sctp_holds_same(const struct sctp_outcome *o);

/* => SCTP_DIFFERENCES when it is none of them */
enum sctp_difference sctp_difference_of(const struct sctp_outcome *o);

#endif
