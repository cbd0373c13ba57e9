/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sctp: an SCTP association's states and tags.
 *
 * Given a flow's record and a packet, says what the packet is to the flow and
 * moves the record accordingly, by RFC 9260.  Each packet carries the tag
 * that its receiver chose in INIT or INIT ACK; who does not see the
 * association does not know it.
 */
#ifndef SYNWARD_ENGINE_SCTP_SCTP_H
#define SYNWARD_ENGINE_SCTP_SCTP_H

#include "engine/table/flow.h"

enum sw_sctp_outcome {
	SW_SCTP_FOLLOWS, /* belongs; record moved, timer to be refreshed */
	SW_SCTP_PASSES,	 /* passes; timer not refreshed */
	SW_SCTP_FOREIGN, /* its tag is not the association's: dropped */
	SW_SCTP_INVALID, /* belongs to no stage of the association: dropped */
	SW_SCTP_REOPENS, /* the flow is over, the packet opens a new one */
};

/* May an association be picked up by this packet, with tracking = loose?  It
 * belongs to the middle of one. */
bool sw_sctp_is_in_the_middle(const struct sw_sctp_packet *sctp);

/* Prepares the record of a flow that this packet opens: by INIT, by HEARTBEAT,
 * or in its middle. */
void sw_sctp_open(struct sw_flow *flow, const struct sw_sctp_packet *sctp);

/* Does only one of both sides send this in a handshake, and is it the one that
 * opens? */
bool sw_sctp_handshakes(const struct sw_sctp_packet *sctp);
bool sw_sctp_calls(const struct sw_sctp_packet *sctp);

/* Steps the flow.  => FOREIGN, INVALID, REOPENS: nothing is changed */
enum sw_sctp_outcome
sw_sctp_step(struct sw_flow *flow, struct sw_flow_history *history,
    const struct sw_sctp_packet *sctp, unsigned direction);

/* May a packet with this tag have been sent by that side?  Of one that an
 * ICMP error quotes. */
bool
sw_sctp_may_carry(const struct sw_flow *flow, unsigned direction, uint32_t tag);

#endif
