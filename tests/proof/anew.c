/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a SYN does where a connection lives or has lived, and what answers it.
 */

#include "anew.h"

#include "engine/tcp/lost.h"
#include "outside.h"
#include "reading.h"

/* The kernel forgets a simultaneous open with the next SYN set aside. */
bool
both_opened_still(const struct outcome *o)
{
	return both_opened(o) && began_alike(o) && both_passed(o) &&
	       we_are_in(o, SW_STATE_ESTABLISHED) &&
	       kernel_is_in(o, SW_STATE_SYN_RECV);
}

/* The SYN of a simultaneous open comes once more. */
bool
both_repeat(const struct outcome *o)
{
	return is_kind(o, SW_TCP_SYN) && o->direction == 1 &&
	       began_in(o, IN(SYN_RECV)) && o->passed[OURS] &&
	       !o->passed[KERNEL] && unmoved(o) && kernel_stays(o) &&
	       o->flow.peer_flags[1] & SW_PEER_SIMOPEN &&
	       o->segment.seq + 1 == sender(o)->end;
}

/* Of two SYNs the second has the lower number, and is answered: the kernel
 * does not know it. */
bool
second_try(const struct outcome *o)
{
	if (!began_in(o, IN(SYN_SENT)) || !o->passed[OURS] ||
	    !names_syn_aside(o) ||
	    !sw_seq_before(o->tcp.ack, receiver(o)->end) || !kernel_stays(o))
		return false;
	if (is_kind(o, SW_TCP_SYNACK))
		return we_are_in(o, SW_STATE_SYN_RECV);
	return is_kind(o, SW_TCP_RST) && unmoved(o) && !o->passed[KERNEL];
}

/* A SYN and its SYN/ACK come again, both as we know them: the kernel takes
 * them for a new handshake. */
bool
same_handshake(const struct outcome *o)
{
	return is_kind(o, SW_TCP_SYNACK) && began_alike(o) &&
	       o->direction == 1 && both_passed(o) && unmoved(o) &&
	       names_syn_aside(o) && o->tcp.ack == o->history.iss + 1 &&
	       kernel_is_in(o, SW_STATE_SYN_RECV);
}

/* The SYN/ACK to a SYN set aside begins a record beside the first. */
bool
called_beside(const struct outcome *o)
{
	return is_kind(o, SW_TCP_SYNACK) && o->direction == 1 &&
	       began_in(o, LIVE) && both_passed(o) && stays(o) &&
	       names_syn_aside(o) && o->flow.flags & SW_FLOW_ASSURED &&
	       o->flow_after.flags & SW_FLOW_LOST &&
	       o->cold_after.lost == SW_LOST_CALLED &&
	       kernel_is_in(o, SW_STATE_SYN_RECV);
}

/* The kernel refuses the SYN of who was called in every live state. */
bool
server_calls(const struct outcome *o)
{
	return is_kind(o, SW_TCP_SYN) && o->direction == 1 &&
	       began_in(o, LIVE) && o->passed[OURS] && !o->passed[KERNEL] &&
	       unmoved(o) && kernel_stays(o) &&
	       sw_last_aside(&o->flow_after, SW_TCP_SYN);
}

/* And so it refuses the answer to it. */
bool
server_is_answered(const struct outcome *o)
{
	bool anew = names_syn_aside(o) && !(o->flow.flags & SW_FLOW_ASSURED);

	return is_kind(o, SW_TCP_SYNACK) && o->direction == 0 &&
	       began_in(o, LIVE) && o->passed[OURS] && !o->passed[KERNEL] &&
	       (anew ? we_are_in(o, SW_STATE_SYN_RECV) : stays(o)) &&
	       kernel_stays(o) && server_called(o);
}

/* An ACK that challenges a SYN set aside while the last ACK is waited for, or
 * an RST that refuses it, passes here alone. */
static bool
refuses_aside(const struct outcome *o)
{
	bool challenge =
	    is_kind(o, SW_TCP_ACK) && began_in(o, IN(LAST_ACK)) &&
	    sw_last_aside_from_other(&o->flow, o->direction, SW_TCP_SYN);
	bool reset = stray_reset(o, LIVE) && syn_aside(o) &&
		     (behind(o) || names_syn_aside(o));

	return (challenge || reset) && o->passed[OURS] && !o->passed[KERNEL] &&
	       unmoved(o) && kernel_stays(o);
}

bool
server_is_refused(const struct outcome *o)
{
	return server_called(o) && refuses_aside(o);
}

/* Outside of the window, any segment makes the kernel forget a SYN set aside
 * with be_liberal, and a FIN or RST without. */
bool
syn_remembered(const struct outcome *o)
{
	bool beside = o->flow_after.flags & SW_FLOW_LOST &&
		      o->cold_after.lost == SW_LOST_CALLED && stays(o);

	if (!is_kind(o, SW_TCP_SYNACK))
		return refuses_aside(o);
	return began_alike(o) && both_passed(o) && names_syn_aside(o) &&
	       kernel_stays(o) && (beside || we_are_in(o, SW_STATE_SYN_RECV));
}

/* There is one place for what is set aside, and the called side's SYN takes
 * it, or the answer to that; the kernel does not look at those, and still has
 * the opener's when that is answered or challenged. */
bool
server_displaces(const struct outcome *o)
{
	bool syn = sw_last_aside_from_other(&o->flow, 0, SW_TCP_SYN);
	bool answer = sw_last_aside_from_other(&o->flow, 1, SW_TCP_SYNACK);

	if (!server_called(o) || o->direction != 1 || !o->passed[KERNEL])
		return false;
	if (is_kind(o, SW_TCP_ACK))
		return (syn || answer) && began_in(o, IN(LAST_ACK)) &&
		       !o->passed[OURS] && unmoved(o) && kernel_stays(o);
	return is_kind(o, SW_TCP_SYNACK) && began_in(o, LIVE) &&
	       o->passed[OURS] && !names_syn_aside(o) && stays(o) &&
	       kernel_is_in(o, SW_STATE_SYN_RECV);
}

bool
old_syn(const struct outcome *o)
{
	return is_kind(o, SW_TCP_SYN) && o->direction == 0 &&
	       began_in(o, IN(TIME_WAIT)) && both_passed(o) && unmoved(o) &&
	       kernel_is_in(o, SW_STATE_SYN_SENT) &&
	       !sw_seq_before(sender(o)->end, o->segment.seq + 1);
}

bool
syn_after_close(const struct outcome *o)
{
	return is_kind(o, SW_TCP_SYN) && o->direction == 0 &&
	       began_in(o, IN(CLOSE)) && both_passed(o) &&
	       we_are_in(o, SW_STATE_SYN_SENT) && kernel_stays(o);
}

bool
syn_from_server(const struct outcome *o)
{
	return is_kind(o, SW_TCP_SYN) && o->direction == 1 &&
	       began_in(o, IN(CLOSE)) && o->passed[OURS] &&
	       !o->passed[KERNEL] && we_are_in(o, SW_STATE_SYN_SENT) &&
	       kernel_stays(o);
}
