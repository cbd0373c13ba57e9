/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The claims, over what was said and what of it passed.
 *
 * A handshake is complete once three segments have passed in their order: a
 * SYN, the other host's SYN/ACK that acknowledges it, and the first host's
 * acknowledgement of that.  Hosts have no other way to open (RFC 9293
 * 3.5; of two SYNs that cross, either must pass by itself).
 */
#include <stdio.h>

#include "policy_oracle.h"

static const char *const names[ORACLE_CLAIMS] = {
	[ORACLE_HOLDS] = "holds",
	[ORACLE_OPENS] = "a denied SYN passed",
	[ORACLE_COMPLETES] = "a denied SYN completed its handshake",
	[ORACLE_LEADS] = "the denied side was first to pass",
	[ORACLE_WAYS] = "a packet passed from a denied interface",
	[ORACLE_MARKS] = "a denied packet changed what followed",
};

const char *
oracle_claim_name(enum oracle_claim claim)
{
	return names[claim];
}

/* SYN without ACK: some hosts heed no other flag beside it. */
static bool
calls(const struct oracle_step *step)
{
	return (step->flags & (SW_SYN | SW_ACK)) == SW_SYN;
}

static bool
answers(const struct oracle_step *answer, const struct oracle_step *syn)
{
	return answer->passed && answer->side != syn->side &&
	       (answer->flags & (SW_SYN | SW_ACK | SW_RST)) ==
		   (SW_SYN | SW_ACK) &&
	       answer->ack == syn->seq + 1;
}

static bool
confirms(const struct oracle_step *last, const struct oracle_step *syn,
    const struct oracle_step *answer)
{
	return last->passed && last->side == syn->side &&
	       (last->flags & (SW_SYN | SW_ACK | SW_RST)) == SW_ACK &&
	       last->seq == syn->seq + 1 && last->ack == answer->seq + 1;
}

static bool
completes(const struct oracle_talk *talk, unsigned i)
{
	for (unsigned k = i + 1; k < talk->n; k++) {
		if (!answers(&talk->step[k], &talk->step[i]))
			continue;
		for (unsigned m = k + 1; m < talk->n; m++)
			if (confirms(
				&talk->step[m], &talk->step[i], &talk->step[k]))
				return true;
	}
	return false;
}

/* Does a mode promise nothing of packets that belong to no flow? */
static bool
passes_strays(const struct sw_flow_policy *flow_policy)
{
	return flow_policy->tracking == SW_TRACK_OFF ||
	       flow_policy->on_orphan == SW_ORPHAN_ACCEPT;
}

enum oracle_claim
oracle_judge(const struct oracle_talk *talk)
{
	struct sw_flow_policy flow_policy = oracle_treatment(talk->mode);
	bool strays = passes_strays(&flow_policy), led = false;

	for (unsigned i = 0; i < talk->n; i++) {
		const struct oracle_step *step = &talk->step[i];
		bool denied = oracle_denies(talk->set, step->side, step->guest);

		if (!step->passed)
			continue;
		if (denied && calls(step))
			return completes(talk, i) ? ORACLE_COMPLETES
						  : ORACLE_OPENS;
		if (denied && !led && !strays)
			return ORACLE_LEADS;
		if (!strays && !flow_policy.roam &&
		    oracle_denies_way(talk->set, step->side, step->guest))
			return ORACLE_WAYS;
		led = led || !denied;
	}
	return ORACLE_HOLDS;
}

void
oracle_print(const struct oracle_talk *talk, enum oracle_claim claim)
{
	char mode[ORACLE_NAME];

	oracle_mode_name(talk->mode, mode);
	printf("%s: %s, %s, IPv%u, ports %u\n", names[claim], mode,
	    oracle_set_name(talk->set), talk->family, talk->ports);
	for (unsigned i = 0; i < talk->n; i++) {
		const struct oracle_step *step = &talk->step[i];
		char flags[16];

		sw_event_flags_text(step->flags, false, flags);
		printf("  +%6ums  %s%s %-4s seq %u ack %u len %u  %s\n",
		    step->pause,
		    step->side == ORACLE_INSIDE ? "inside " : "outside",
		    step->guest ? " by guest" : "         ", flags, step->seq,
		    step->ack, step->payload,
		    step->passed   ? "passed"
		    : step->denied ? "denied"
				   : "dropped");
	}
}
