/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds what a packet would do to a live flow.
 *
 * The first fragment of a datagram must be judged before anybody knows whether
 * the others will arrive.  So a copy of the flow is stepped, by the code that
 * steps the flow itself, and discarded.
 */
#include <netinet/in.h>

#include "engine/sctp/sctp.h"
#include "engine/tcp/tcp.h"
#include "engine/track.h"

/* Is a segment outside the window refused, whatever the whole datagram
 * shows? */
static bool
is_final(const struct sw_engine *engine, const struct sw_flow *flow)
{
	const struct sw_flow_policy *flow_policy =
	    sw_engine_flow_policy(engine, flow->rule);

	return flow_policy->tracking == SW_TRACK_STRICT &&
	       !flow_policy->resync && !(flow->flags & SW_FLOW_LOST);
}

static enum sw_track_outcome
would_sctp(struct sw_flow *flow, struct sw_flow_history *history,
    const struct sw_lookup *p, unsigned direction,
    struct sw_tcp_refusal *refusal)
{
	switch (sw_sctp_step(flow, history, &p->packet->sctp, direction)) {
	case SW_SCTP_FOREIGN:
		return sw_track_object(refusal, SW_MESSAGE_NOT_OPENING, 1);
	case SW_SCTP_INVALID:
		return sw_track_object(refusal, SW_MESSAGE_NOT_OPENING, 0);
	case SW_SCTP_REOPENS:
		return SW_TRACK_NEW;
	case SW_SCTP_FOLLOWS:
	case SW_SCTP_PASSES:
		break;
	}
	return SW_TRACK_PASS;
}

enum sw_track_outcome
sw_track_would(const struct sw_engine *engine, const struct sw_lookup *p,
    uint32_t index, struct sw_tcp_refusal *refusal)
{
	struct sw_flow flow = *sw_flows_at(engine->flows, index);
	struct sw_flow_history history =
	    *sw_flows_history(engine->flows, index);
	struct sw_tcp_step step = {
		.direction = p->from_b ^ (flow.flags & SW_FLOW_OPENER_B),
	};

	if (flow.proto == IPPROTO_SCTP)
		return would_sctp(&flow, &history, p, step.direction, refusal);
	if (flow.proto != IPPROTO_TCP)
		return SW_TRACK_PASS;
	if (p->packet->tcp.kind == SW_TCP_BAD)
		return sw_track_object(refusal, SW_MESSAGE_BAD_FLAGS, 0);
	switch (sw_tcp_step(&flow, &history, &p->packet->tcp, &step)) {
	case SW_TCP_INVALID:
		return sw_track_object(refusal, SW_MESSAGE_NOT_SYN, 0);
	case SW_TCP_REOPENS:
		return SW_TRACK_NEW;
	case SW_TCP_BEYOND:
		if (is_final(engine, &flow))
			return sw_track_object(
			    refusal, SW_MESSAGE_OUT_OF_WINDOW, step.beyond);
		break;
	case SW_TCP_BEHIND:
	case SW_TCP_RESTARTS:
	case SW_TCP_FOLLOWS:
	case SW_TCP_PASSES:
	case SW_TCP_ENDS:
		break;
	}
	return SW_TRACK_PASS;
}
