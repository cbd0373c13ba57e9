/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decides datagrams in fragments.
 *
 * The first fragment is judged like a whole packet, but nothing is done: no
 * flow begins, changes state or has its timer refreshed.  A refusal applies to
 * the other fragments, too.  When the last missing fragment has arrived,
 * whichever it is, the datagram is decided as the packet that it is, with the
 * length of the whole, and the verdict applies to the fragment that completed
 * it.  Without that fragment no host can reassemble the datagram, so the
 * fragments that were passed before are useless.
 *
 * Fragments that arrive before their first are held by the caller, if it says
 * so (sw_limits.fragments_in_order).  Otherwise they pass when some packet
 * between their hosts might pass, in either direction: a receiver cannot use
 * them before it has the first one, which will be judged.  The number of
 * datagrams that pass in this way at a time is limited.
 */
#include <netinet/in.h>

#include "engine/internal.h"
#include "engine/related/kin.h"

/* The lookup of another packet at the same time. */
static struct sw_lookup
lookup_of(const struct sw_engine *engine, const struct sw_lookup *p,
    const struct sw_packet *packet)
{
	struct sw_lookup other = *p;

	other.packet = packet;
	other.from_b = sw_tuple_key(
	    &other.tuple, &packet->ends, engine->limits.key, &other.hash);
	other.guess = sw_flows_guess(engine->flows, other.hash);
	return other;
}

static enum sw_verdict
refuse(struct sw_engine *engine, const struct sw_lookup *p,
    const struct sw_packet *told, enum sw_message message)
{
	struct sw_lookup instead = lookup_of(engine, p, told);

	return sw_refuse_stray(engine, &instead, message);
}

static enum sw_verdict
refuse_malformed(
    struct sw_engine *engine, const struct sw_lookup *p, enum sw_parse fault)
{
	struct sw_packet told = *p->packet;

	told.malformed = (uint8_t)fault;
	return refuse(engine, p, &told, SW_MESSAGE_MALFORMED);
}

static enum sw_verdict
judge_first(struct sw_engine *engine, const struct sw_lookup *p)
{
	struct sw_fragment_first first = { .packet = *p->packet };
	bool clean = sw_engine_sound(engine, p, &first.passed);

	first.final = !clean;
	first.message = engine->message;
	if (!sw_fragments_resolve(engine->fragments, &first, p->now) && clean)
		return refuse_malformed(engine, p, SW_PARSE_FRAGMENT_ROOM);
	return first.passed ? SW_PASS : SW_DROP;
}

/* If the first fragment is unreadable, nobody can interpret the others. */
static enum sw_verdict
refuse_unreadable(struct sw_engine *engine, const struct sw_lookup *p)
{
	struct sw_fragment_first first = {
		.packet = *p->packet,
		.final = true,
		.message = SW_MESSAGE_MALFORMED,
	};
	const struct sw_fragment *fragment = &p->packet->fragment;

	first.passed = sw_engine_decide(engine, p) == SW_PASS;
	if (fragment->offset == 0 && fragment->length > 0 &&
	    !sw_fragments_know_first(engine->fragments, p->packet, p->now))
		(void)sw_fragments_resolve(engine->fragments, &first, p->now);
	return first.passed ? SW_PASS : SW_DROP;
}

/* A later fragment of a datagram whose first one was judged. */
static enum sw_verdict
follow_first(struct sw_engine *engine, const struct sw_lookup *p,
    const struct sw_fragment_first *first)
{
	struct sw_packet told = *p->packet;

	if (first->passed)
		return SW_PASS;
	told.ends = first->packet.ends;
	told.malformed = first->packet.malformed;
	if (told.ends.proto == IPPROTO_TCP)
		told.tcp.flags = first->packet.tcp.flags;
	if (told.ends.proto == IPPROTO_SCTP)
		told.sctp.chunks = first->packet.sctp.chunks;
	return refuse(engine, p, &told, (enum sw_message)first->message);
}

/* Could a packet between these hosts pass?  Its ports are unknown, and whether
 * it is a reply. */
static bool
might_pass(const struct sw_engine *engine, const struct sw_packet *packet)
{
	const struct sw_policy *policy = engine->policy;
	struct sw_endpoints reverse =
	    sw_packet_endpoints_reverse(&packet->ends);
	struct sw_way back = sw_way_reverse(&packet->way);

	return sw_policy_might_pass(policy, &packet->ends, &packet->way) ||
	       sw_policy_might_pass(policy, &reverse, &back) ||
	       sw_kin_might(engine, &packet->ends);
}

static enum sw_verdict
let_ahead(struct sw_engine *engine, const struct sw_lookup *p)
{
	enum sw_parse fault = SW_PARSE_FRAGMENT_ORPHAN;

	if (!engine->limits.fragments_in_order && might_pass(engine, p->packet))
		fault =
		    sw_fragments_expect(engine->fragments, p->packet, p->now);
	if (fault != SW_PARSE_OK)
		return refuse_malformed(engine, p, fault);
	return SW_PASS;
}

enum sw_verdict
sw_assemble(struct sw_engine *engine, const struct sw_lookup *p)
{
	struct sw_fragment_answer answer;
	struct sw_lookup whole;

	if (p->packet->malformed)
		return refuse_unreadable(engine, p);
	answer = sw_fragments_step(engine->fragments, p->packet, p->now);
	switch (answer.kind) {
	case SW_FRAGMENT_FIRST:
		return judge_first(engine, p);
	case SW_FRAGMENT_EARLY:
		return let_ahead(engine, p);
	case SW_FRAGMENT_LATER:
		return follow_first(engine, p, &answer.first);
	case SW_FRAGMENT_COMPLETE:
		whole = lookup_of(engine, p, &answer.whole);
		return sw_engine_decide(engine, &whole);
	case SW_FRAGMENT_BAD:
		return refuse_malformed(engine, p, answer.fault);
	case SW_FRAGMENT_WHOLE:
		break;
	}
	return sw_engine_decide(engine, p);
}
