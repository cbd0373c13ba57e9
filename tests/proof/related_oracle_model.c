/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The claims, over what was said and what of it passed.
 */
#include <stdio.h>

#include "related_oracle.h"

static const char *const claims[CLAIMS] = {
	[HOLDS] = "holds",
	[FITS] = "what the rule does not name passed",
	[HAS_PARENT] = "a child passed without a parent",
	[IN_TIME] = "a child passed too late",
	[AFTER] = "a child passed after the parent's end",
	[LEADS] = "something but a SYN was first",
	[PASSES] = "an allowed child was denied",
};

const char *
related_claim_name(enum related_claim claim)
{
	return claims[claim];
}

/* What the hosts have shown of the parent before a step. */
struct parent {
	bool asked, answered, confirmed; /* its handshake has passed */
	bool fin[2], finisher;
	bool closed; /* for sure */
	bool plain;  /* a handshake, and then bare acknowledgements */
	uint32_t asked_at, last;
};

static void
close_parent(struct parent *parent, const struct related_step *step)
{
	bool client = step->sender == CLIENT;

	if (!step->good || !parent->confirmed)
		return;
	if (step->flags & SW_RST)
		parent->closed = true;
	else if (step->flags & SW_FIN)
		parent->fin[parent->finisher = client] = true;
	else if (parent->fin[0] && parent->fin[1] && step->flags == SW_ACK &&
		 client != parent->finisher)
		parent->closed = true;
}

static void
follow(struct parent *parent, const struct related_step *step)
{
	bool client = step->sender == CLIENT;

	if (!step->passed)
		return;
	parent->plain = parent->plain && step->good &&
			step->flags == (!parent->asked	       ? SW_SYN
					   : !parent->answered ? SW_SYN | SW_ACK
							       : SW_ACK);
	if (step->flags == SW_SYN) {
		parent->closed = parent->fin[0] = parent->fin[1] = false;
		parent->asked |= client;
		parent->asked_at = step->at;
	}
	if (step->flags == (SW_SYN | SW_ACK) && !client && parent->asked)
		parent->answered = true;
	if (step->flags & SW_ACK && client && parent->answered &&
	    !parent->confirmed) {
		parent->confirmed = true;
		/* Not one that has timed out, and was picked up. */
		parent->plain &= step->at - parent->asked_at < 25000;
	}
	parent->last = step->at;
	close_parent(parent, step);
}

static bool
is_named(const struct related_talk *talk, const struct related_step *step)
{
	return step->link == CHILD && step->sender == SERVER &&
	       (talk->set == BY_DEFAULT || talk->set == BY_LATER_RULE);
}

/* A SYN beside the parent has passed. */
static enum related_claim
judge_syn(const struct related_talk *talk, const struct parent *parent,
    const struct related_step *step)
{
	if (!is_named(talk, step))
		return FITS;
	if (!parent->confirmed)
		return HAS_PARENT;
	if (step->at - parent->last > WITHIN + SLACK)
		return IN_TIME;
	return parent->closed ? AFTER : HOLDS;
}

static bool
must_pass(const struct related_talk *talk, const struct parent *parent,
    const struct related_step *step, bool first)
{
	return first && step->flags == SW_SYN && is_named(talk, step) &&
	       parent->plain && parent->confirmed &&
	       step->at - parent->last < WITHIN - SLACK;
}

enum related_claim
related_judge(const struct related_talk *talk, struct related_tally *tally)
{
	struct parent parent = { .plain = true };
	bool opened[LINKS] = { false }, seen[LINKS] = { false };

	for (unsigned i = 0; i < talk->n; i++) {
		const struct related_step *step = &talk->step[i];
		bool calls = (step->flags & (SW_SYN | SW_ACK)) == SW_SYN;
		enum related_claim claim = HOLDS;

		if (step->link == PARENT) {
			follow(&parent, step);
			continue;
		}
		if (step->passed && calls) {
			claim = judge_syn(talk, &parent, step);
			tally->children++;
			opened[step->link] = true;
		} else if (step->passed && !opened[step->link]) {
			claim = LEADS;
		} else if (!step->passed &&
			   must_pass(talk, &parent, step, !seen[step->link])) {
			claim = PASSES;
		}
		seen[step->link] = true;
		if (claim != HOLDS)
			return claim;
	}
	return HOLDS;
}

void
related_print(const struct related_talk *talk, enum related_claim claim)
{
	static const char *const who[] = { "client", "server", "stranger" };

	printf("%s: set %u, tracking %u, IPv%u\n", claims[claim], talk->set,
	    talk->tracking, talk->family);
	for (unsigned i = 0; i < talk->n; i++) {
		const struct related_step *step = &talk->step[i];
		char flags[16];

		sw_event_flags_text(step->flags, false, flags);
		printf("  +%6ums %-8s %5u/%-5u %-3s seq %u ack %u%s  %s\n",
		    step->pause, who[step->sender],
		    related_ports[step->link][0], related_ports[step->link][1],
		    flags, step->seq, step->ack, step->good ? "" : " (wrong)",
		    step->passed ? "passed" : "dropped");
	}
}
