/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Causes of packets about whose connection nothing is known.
 *
 * Five causes look alike in one packet and differ in the traffic around it.  A
 * connection older than the table shows both directions, obeys TCP's rules for
 * sequence numbers, and appears soon after the gap.  An asymmetric one shows
 * only one half, with few servers, and its answers are repeated or followed by
 * data.  Backscatter consists of answers, too, but from many servers or for
 * more tuples than a client would open, and each appears once or is rejected by
 * an RST.  A scan is one source with many targets and no data.  Traffic that is
 * no TCP breaks TCP's rules.
 */
#include "diagnose/judge.h"

/* A connection that was idle longer than this had no entry anyway. */
#define GAP_LONGEST_MS 7440000u
#define GAP_FRESH_MS 60000u
#define STRAYS_MANY 4u

#define FLOWS_MANY 3u
#define CLIENTS_MANY 2u

/* This many services leave little doubt. */
#define SERVERS_WIDE 10u
#define DISOWNED_MANY 5u
/* More at once than a client opens to one service. */
#define FLOOD_FLOWS 32u
#define FLOOD_PACE (SW_NS_PER_SECOND / 4)

#define TARGETS_FEW 3u
#define TARGETS_MANY 20u

#define PSEUDO_PACKETS 50u

static uint32_t
targets(const struct sw_case *c)
{
	return c->source ? sw_scan_source_targets(c->source) : 0;
}

/* Was the tuple judged to have this cause before? */
static bool
was_judged(const struct sw_case *c, enum sw_cause cause)
{
	return c->trace->cause == cause && sw_trace_packets(c->trace) > 1;
}

static bool
both_ways(const struct sw_case *c)
{
	return c->trace->side[0].packets && c->trace->side[1].packets;
}

static bool
is_bare(const struct sw_case *c)
{
	enum sw_tcp_kind kind = sw_case_kind(c);

	return !c->packet->payload &&
	       (kind == SW_TCP_ACK || kind == SW_TCP_FIN);
}

/* A host answers a probe with odd flags and so reveals that it exists. */
static bool
answers_odd_probe(const struct sw_case *c)
{
	return was_judged(c, SW_CAUSE_BAD_FLAGS) &&
	       sw_case_kind(c) == SW_TCP_RST && c->trace->side[!c->way].packets;
}

/* Do both sides send data?  The target of a scan only sends RSTs. */
static bool
is_answered(const struct sw_case *c)
{
	return both_ways(c) && !c->trace->side[0].only_resets &&
	       !c->trace->side[1].only_resets;
}

static bool
is_scan(const struct sw_case *c)
{
	if (!sw_case_strange(c) || !c->tcp || is_answered(c))
		return false;
	if (answers_odd_probe(c))
		return true;
	if (c->source && sw_scan_source_lives(c->source))
		return false;
	if (was_judged(c, SW_CAUSE_ACK_SCAN))
		return true;
	return is_bare(c) && c->source && sw_scan_source_surely(c->source) &&
	       targets(c) >= TARGETS_FEW;
}

/* A single probe made by a tool, or any of a tool that also sends flags which
 * no stack uses. */
static bool
is_probe(const struct sw_case *c)
{
	if (!sw_case_strange(c) || !c->tcp || !is_bare(c))
		return false;
	return c->odd_source ||
	       (sw_trace_packets(c->trace) == 1 && sw_scan_forged(c->packet));
}

static bool
is_pseudo(const struct sw_case *c)
{
	return sw_case_strange(c) && c->tcp && sw_trace_unlawful(c->trace);
}

/* Does only one half of the traffic between these interfaces ever pass? */
static bool
pair_is_half(const struct sw_case *c)
{
	return c->pair->proven >= FLOWS_MANY &&
	       sw_estimate_count(&c->pair->clients) >= CLIENTS_MANY &&
	       c->pair->flows * 2 >= c->pair->tuples && !both_ways(c);
}

/* May the connection be older than the last gap? */
static bool
may_be_older(const struct sw_case *c)
{
	if (c->info)
		return c->gap_inside && c->fit == SW_FIT_NONE;
	if (!sw_case_strange(c) || c->packet->opens_nothing || c->odd_source ||
	    c->gap_stopped || c->packet->message == SW_MESSAGE_DENIED ||
	    c->gap > GAP_LONGEST_MS)
		return false;
	if (c->half_kind == SW_HALF_STREAM || c->half_kind == SW_HALF_OPENER)
		return false;
	if (c->flooded && sw_trace_packets(c->trace) == 1)
		return false;
	if (c->trace->young)
		return both_ways(c) && !c->trace->disowned;
	return true;
}

/* Were most of the answers given once, or rejected? */
static bool
one_off(uint32_t flows, uint32_t repeated, uint32_t proven)
{
	return repeated * 4 < flows && proven * 4 < flows;
}

/* Are these answers of one service to more connections than clients would
 * open? */
static bool
is_flood(const struct sw_case *c)
{
	const struct sw_half *half = c->half;

	return half->flows >= FLOOD_FLOWS &&
	       c->now.ns - half->since < half->flows * FLOOD_PACE &&
	       one_off(half->flows, half->repeated, half->proven);
}

static bool
is_echo_of_forgery(const struct sw_case *c)
{
	return c->half_kind == SW_HALF_ANSWER && c->detour != SW_DETOUR_SURE &&
	       (c->trace->disowned || sw_iface_pairs_scattered(c->answers) ||
		   is_flood(c));
}

/* Was only the handshake's SYN missed, or is there nothing but an RST? */
static bool
is_lone_answer(const struct sw_case *c)
{
	return c->trace->young ||
	       (c->trace->answer && sw_trace_packets(c->trace) == 1);
}

/* Does the host repeat itself after longer and longer pauses, because it still
 * has the connection? */
static bool
insists(const struct sw_case *c)
{
	const struct sw_trace_side *side = &c->trace->side[c->way];

	return side->repeats > 2 && sw_trace_backs_off(side);
}

bool
sw_judge_stray_gap(const struct sw_case *c, struct sw_judgement *j)
{
	enum sw_confidence confidence = SW_CONF_LOW;

	if (!may_be_older(c) || is_scan(c) || is_probe(c) || is_pseudo(c) ||
	    c->detour == SW_DETOUR_SURE || pair_is_half(c) ||
	    is_echo_of_forgery(c))
		return false;
	sw_judgement_add(j, SW_EVIDENCE_GAP, (int64_t)(c->gap / 1000));
	if (c->gap <= GAP_FRESH_MS && !is_lone_answer(c)) {
		confidence = SW_CONF_MEDIUM;
		if (c->strays >= STRAYS_MANY)
			confidence = SW_CONF_HIGH;
	} else if ((both_ways(c) || insists(c)) && !is_lone_answer(c)) {
		confidence = SW_CONF_MEDIUM;
	}
	sw_judgement_add(j, SW_EVIDENCE_FLOWS, c->strays);
	return sw_judgement_hold(j, confidence);
}

static void
add_group(const struct sw_case *c, struct sw_judgement *j)
{
	const struct sw_trace_side *side = &c->trace->side[c->way];

	sw_judgement_add(j, SW_EVIDENCE_FLOWS, c->half->flows);
	sw_judgement_add(
	    j, SW_EVIDENCE_CLIENTS, sw_estimate_count(&c->half->clients));
	if (side->repeats > 1)
		sw_judgement_add(j, SW_EVIDENCE_REPEAT, side->repeats);
}

static bool
has_group(const struct sw_case *c)
{
	return c->pair->flows >= FLOWS_MANY &&
	       sw_estimate_count(&c->pair->clients) >= CLIENTS_MANY;
}

/* One answer alone may be either.  Floods are made without options, and a host
 * that opens connections may get an RST. */
static bool
leans_to_host(const struct sw_case *c)
{
	if (sw_case_kind(c) == SW_TCP_SYNACK)
		return c->trace->answer_kind == SW_ANSWER_FULL || c->reused;
	return c->addressee_opened;
}

/* A real host's answer, with only MSS, to a SYN without options: no stack of
 * today sends such SYNs, but tools for floods do.  The smallest stacks answer
 * every SYN in this way, so a source that opens connections may have asked. */
static bool
answers_flood(const struct sw_case *c)
{
	uint32_t mss_alone = c->packet->ends.family == SW_IPV4 ? 44 : 64;

	return sw_case_kind(c) == SW_TCP_SYNACK && !c->reused &&
	       !c->addressee_opened && c->packet->length == mss_alone;
}

/* Is there more than answers that nobody may have asked for? */
static bool
is_more(const struct sw_case *c)
{
	if (c->half_kind != SW_HALF_ANSWER || c->trace->goes_on)
		return true;
	if (answers_flood(c))
		return false;
	return c->trace->side[c->way].repeats > 1 || leans_to_host(c) ||
	       (has_group(c) && c->half->flows > 1);
}

static enum sw_confidence
confidence_of_half(const struct sw_case *c)
{
	bool again = c->trace->side[c->way].repeats > 1;

	if (c->half_kind == SW_HALF_OPENER && sw_case_other_spoke(c))
		return SW_CONF_LOW; /* only the answer itself is missing */
	if (c->half_kind == SW_HALF_ANSWER && !c->trace->goes_on) {
		if (has_group(c) && c->half->flows > 1 &&
		    (c->half->repeated || c->half->proven))
			return SW_CONF_HIGH;
		return again || has_group(c) ? SW_CONF_MEDIUM : SW_CONF_LOW;
	}
	return has_group(c) ? SW_CONF_HIGH : SW_CONF_MEDIUM;
}

static bool
is_half(const struct sw_case *c)
{
	bool no_reset = sw_case_kind(c) != SW_TCP_RST || c->trace->young;

	return c->half_kind != SW_HALF_NOT &&
	       (no_reset || c->detour == SW_DETOUR_SURE);
}

/* Do both sides repeatedly send data here, while only their SYNs are
 * missing? */
static bool
only_syn_missing(const struct sw_case *c)
{
	return sw_case_strange(c) && c->trace->young && both_ways(c) &&
	       !c->trace->disowned && c->gap_stopped;
}

bool
sw_judge_stray_asymmetric(const struct sw_case *c, struct sw_judgement *j)
{
	bool opener = c->half_kind == SW_HALF_OPENER;

	if (!sw_case_lacks_flow(c) || c->packet->opens_nothing)
		return false;
	if (!opener && (c->info || is_scan(c) || is_echo_of_forgery(c)))
		return false;
	if (was_judged(c, SW_CAUSE_ASYMMETRIC) && !is_half(c) && c->info)
		return sw_judgement_hold(j, SW_CONF_LOW);
	if (only_syn_missing(c)) {
		add_group(c, j);
		return sw_judgement_hold(j, SW_CONF_LOW);
	}
	if (!is_half(c)) {
		bool rest = sw_case_strange(c) && c->tcp && pair_is_half(c);
		bool around = c->detour != SW_DETOUR_NOT && !c->info;

		if (!rest && !around)
			return false;
		add_group(c, j);
		return sw_judgement_hold(j, rest || c->detour == SW_DETOUR_SURE
						? SW_CONF_MEDIUM
						: SW_CONF_LOW);
	}
	if (c->detour == SW_DETOUR_NOT && !is_more(c))
		return false;
	if (c->early)
		return sw_judgement_hold(j, SW_CONF_LOW);
	add_group(c, j);
	return sw_judgement_hold(j,
	    c->detour == SW_DETOUR_SURE ? SW_CONF_HIGH : confidence_of_half(c));
}

/* Without TCP, only replies are answers. */
static bool
is_answer(const struct sw_case *c)
{
	if (!c->tcp)
		return true;
	return c->trace->answer || sw_case_kind(c) == SW_TCP_RST;
}

bool
sw_judge_stray_backscatter(const struct sw_case *c, struct sw_judgement *j)
{
	uint32_t servers = sw_estimate_count(&c->answers->servers);
	enum sw_confidence confidence = SW_CONF_LOW;

	if (c->info || c->half_kind != SW_HALF_ANSWER || !is_answer(c) ||
	    c->trace->goes_on || is_scan(c) || c->detour == SW_DETOUR_SURE)
		return false;
	if (is_echo_of_forgery(c) ||
	    (answers_flood(c) && c->half->flows >= FLOWS_MANY)) {
		confidence = SW_CONF_MEDIUM;
		if (!c->addressee_opened &&
		    (servers >= SERVERS_WIDE || c->answers->were_scattered ||
			c->pair->disowned >= DISOWNED_MANY))
			confidence = SW_CONF_HIGH;
	}
	sw_judgement_add(j, SW_EVIDENCE_SERVERS, servers);
	sw_judgement_add(j, SW_EVIDENCE_FLOWS, c->answers->flows);
	return sw_judgement_hold(j, confidence);
}

/* Many targets, and no sign of a host or an old connection. */
static bool
is_crowded(const struct sw_case *c)
{
	bool after_gap = c->gap <= GAP_FRESH_MS && !c->gap_stopped;

	return targets(c) >= TARGETS_MANY && !after_gap && is_bare(c) &&
	       !sw_scan_source_lives(c->source) &&
	       !sw_scan_source_may_live(c->source) &&
	       c->source->payloads <= c->source->probes / 4;
}

bool
sw_judge_stray_ack_scan(const struct sw_case *c, struct sw_judgement *j)
{
	bool surely = is_scan(c);

	if (!sw_case_strange(c) || !c->tcp || !c->source || is_answered(c))
		return false;
	if (!surely && !is_probe(c) && !is_crowded(c))
		return false;
	if (targets(c))
		sw_judgement_add(j, SW_EVIDENCE_TARGETS, targets(c));
	if (!surely && is_probe(c))
		return sw_judgement_hold(j, SW_CONF_LOW);
	return sw_judgement_hold(j, surely && targets(c) >= TARGETS_MANY
					? SW_CONF_HIGH
					: SW_CONF_MEDIUM);
}

bool
sw_judge_stray_not_tcp(const struct sw_case *c, struct sw_judgement *j)
{
	uint32_t packets = sw_trace_packets(c->trace);

	if (!is_pseudo(c))
		return false;
	sw_judgement_add(j, SW_EVIDENCE_PACKETS, packets);
	return sw_judgement_hold(j, packets >= PSEUDO_PACKETS && both_ways(c)
					? SW_CONF_HIGH
					: SW_CONF_MEDIUM);
}

/* Whatever else happens around it: the packet cannot open a connection, and
 * quotes no known one.  Its later fragments do not show what it is. */
bool
sw_judge_stray_opens_nothing(const struct sw_case *c, struct sw_judgement *j)
{
	bool is_it =
	    c->packet->opens_nothing || was_judged(c, SW_CAUSE_OPENS_NOTHING);

	if (!is_it || !sw_case_strange(c))
		return false;
	return sw_judgement_hold(j, SW_CONF_HIGH);
}
