/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The steps of a packet through the engine.
 *
 *	malformed?	refuse
 *	a live flow?	follow	the flow changes state, or refuses
 *	untracked?	pass	a rule says tracking = off
 *	opens?		admit	a rule allows it, or a flow that is its parent
 *				(engine/related/kin.h), and there is room: a
 *				new flow
 *	none of these	refuse	and record the facts for the diagnosis
 *
 * The policy is checked again for two kinds of packets of a live flow: a SYN or
 * INIT, in its own direction, and a packet that uses other interfaces than
 * before (engine/interfaces.h).
 *
 * ICMP errors have no flow of their own: they pass when they quote a packet of
 * a live one.  Neighbour discovery and similar messages pass when this host is
 * one of their ends; when they are forwarded, the policy decides, and they
 * leave no flow; so it is with a SYN/ACK that this host sends.  A datagram in fragments is decided when it is complete
 * (assemble.c).  Nothing here blocks, allocates, or looks for causes: see
 * diagnose.h.
 */

#include "engine/icmp.h"
#include "engine/interfaces.h"
#include "engine/internal.h"
#include "engine/lookup_kind.h"
#include "engine/midstream.h"
#include "engine/offload.h"
#include "engine/related/kin.h"
#include "engine/tcp/tcp.h"
#include "engine/track.h"

static enum sw_verdict
pass_untracked(struct sw_engine *engine)
{
	engine->counts.untracked++;
	return SW_PASS;
}

/* The packet's flow, unless it has expired. */
static uint32_t
live_flow(struct sw_engine *engine, const struct sw_lookup *p)
{
	uint32_t index =
	    sw_flows_resolve(engine->flows, &p->tuple, p->hash, p->guess);

	if (index != SW_FLOW_NONE && sw_offload_has(engine, index))
		sw_offload_hold(engine, index);
	if (index == SW_FLOW_NONE ||
	    !sw_lifecycle_over(engine, index, p->tick) ||
	    sw_track_proves_life(engine, index))
		return index;
	return sw_idle_lapse(engine, index, p->now) ? SW_FLOW_NONE : index;
}

/* => false when the packet turned out not to belong to the flow */
static bool
follow(struct sw_engine *engine, const struct sw_lookup *p, uint32_t index,
    enum sw_verdict *verdict)
{
	struct sw_tcp_refusal refusal;

	switch (sw_track(engine, p, index, &refusal)) {
	case SW_TRACK_PASS:
		*verdict = SW_PASS;
		return true;
	case SW_TRACK_ABSORB:
		*verdict = SW_DROP;
		return true;
	case SW_TRACK_REFUSE:
		*verdict = sw_refuse(
		    engine, p, refusal.message, index, refusal.beyond);
		return true;
	case SW_TRACK_NEW:
		sw_lifecycle_end(engine, index, SW_END_REUSED, p->now);
		return false;
	}
	return false;
}

/* The outcome for a packet without a flow. */
struct meeting {
	enum {
		MEETS_UNTRACKED,
		MEETS_ADMITTED,
		MEETS_RELATED,
		MEETS_PASS,
		MEETS_REFUSED
	} how;
	uint16_t rule;		 /* for ADMITTED, RELATED */
	bool answers;		 /* the flow's opener is its receiver */
	enum sw_message message; /* for REFUSED */
};

/* Begins the flow.  => as sw_lifecycle_begin() */
static uint32_t
begin(struct sw_engine *engine, const struct sw_lookup *p,
    const struct meeting *meeting, const struct sw_kin *kin, int32_t *limit)
{
	uint32_t index;

	engine->kin = kin;
	index = meeting->answers
		    ? sw_midstream_begin_called(engine, p, meeting->rule, limit)
		    : sw_lifecycle_begin(engine, p, meeting->rule, limit);
	engine->kin = NULL;
	return index;
}

/* kin: of a related connection, else NULL */
static enum sw_verdict
admit(struct sw_engine *engine, const struct sw_lookup *p,
    const struct meeting *meeting, const struct sw_kin *kin)
{
	int32_t limit;
	uint32_t index;
	enum sw_verdict verdict = SW_PASS;

	if (kin && !sw_kin_take(engine, kin))
		return sw_refuse(engine, p, SW_MESSAGE_DENIED, SW_FLOW_NONE, 0);
	index = begin(engine, p, meeting, kin, &limit);
	if (index == SW_FLOW_NONE) {
		if (kin)
			sw_kin_give_back(engine, kin);
		return sw_refuse(
		    engine, p, SW_MESSAGE_TABLE_FULL, index, limit);
	}
	sw_midstream_note(engine, p, false);
	follow(engine, p, index, &verdict);
	return verdict;
}

/* The rule for a packet without a flow.  A packet that neither opens nor
 * replies may have the other direction than it seems to: then a rule that
 * passes it untracked decides. */
static uint16_t
rule_of(struct sw_engine *engine, const struct sw_lookup *p)
{
	const struct sw_policy *policy = engine->policy;
	const struct sw_packet *packet = p->packet;
	bool from_opener;
	uint16_t rule, other;

	if (sw_packet_opens(packet) && !sw_lookup_probes(p))
		return sw_policy_match_opening(
		    policy, &packet->ends, &packet->way);
	from_opener = sw_lookup_probes(p) || sw_refuse_from_opener(p, NULL);
	rule = sw_refuse_rule(engine, p, from_opener);
	if (sw_policy_untracks(policy, rule) ||
	    (sw_lookup_is_tcp(p) && sw_segment_calls(&packet->tcp)))
		return rule;
	other = sw_refuse_rule(engine, p, !from_opener);
	return sw_policy_names(policy, other) &&
		       sw_policy_untracks(policy, other)
		   ? other
		   : rule;
}

static struct meeting
refused_as(enum sw_message message)
{
	return (struct meeting){ .how = MEETS_REFUSED, .message = message };
}

static struct meeting
admitted_by(uint16_t rule)
{
	return (struct meeting){ .how = MEETS_ADMITTED, .rule = rule };
}

/* Does it belong to a connection that is older than its flow? */
static bool
meets_midstream(struct sw_engine *engine, const struct sw_lookup *p,
    struct meeting *meeting)
{
	struct sw_midstream judged = sw_midstream_judge(engine, p);

	if (judged.how == SW_MIDSTREAM_NOT)
		return false;
	*meeting = admitted_by(judged.rule);
	meeting->answers = judged.answers;
	if (judged.how == SW_MIDSTREAM_PASSES)
		meeting->how = MEETS_PASS;
	return true;
}

/* The packet cannot open a flow by itself. */
static struct meeting
meeting_of_stray(
    struct sw_engine *engine, const struct sw_lookup *p, bool denied)
{
	struct meeting meeting;

	if (meets_midstream(engine, p, &meeting))
		return meeting;
	if (!sw_icmp_concerns_link(p->packet) && !sw_lookup_answers_here(p))
		return refused_as(SW_MESSAGE_NOT_SYN);
	if (denied)
		return refused_as(SW_MESSAGE_DENIED);
	return (struct meeting){ .how = MEETS_PASS };
}

/* The policy's decision.  kin: for RELATED */
static struct meeting
meeting_of(
    struct sw_engine *engine, const struct sw_lookup *p, struct sw_kin *kin)
{
	struct meeting meeting;
	uint16_t rule = rule_of(engine, p);
	bool denied = sw_engine_flow_policy(engine, rule)->deny;

	if (sw_policy_untracks(engine->policy, rule))
		return (struct meeting){ .how = MEETS_UNTRACKED };
	if (sw_lookup_bad_flags(p))
		return refused_as(SW_MESSAGE_BAD_FLAGS);
	if (!sw_packet_opens(p->packet))
		return meeting_of_stray(engine, p, denied);
	if (!denied)
		return admitted_by(rule);
	if (sw_kin_find(engine, p, rule, kin))
		return (struct meeting){ .how = MEETS_RELATED,
			.rule = kin->parent.rule };
	if (!sw_lookup_calls(p) && meets_midstream(engine, p, &meeting))
		return meeting;
	return refused_as(SW_MESSAGE_DENIED);
}

static enum sw_verdict
meet(struct sw_engine *engine, const struct sw_lookup *p)
{
	struct sw_kin kin;
	struct meeting meeting = meeting_of(engine, p, &kin);

	switch (meeting.how) {
	case MEETS_UNTRACKED:
		return pass_untracked(engine);
	case MEETS_ADMITTED:
		return admit(engine, p, &meeting, NULL);
	case MEETS_RELATED:
		return admit(engine, p, &meeting, &kin);
	case MEETS_PASS:
		return SW_PASS;
	case MEETS_REFUSED:
		break;
	}
	sw_midstream_note(engine, p, true);
	return sw_refuse_stray(engine, p, meeting.message);
}

/* Does the policy deny a packet of a live flow: a SYN or INIT in its own
 * direction, or interfaces that the flow has not used?
 * => the rule */
static bool
denied_again(struct sw_engine *engine, const struct sw_lookup *p,
    uint32_t index, uint16_t *rule)
{
	struct sw_kin kin;

	if (sw_lookup_calls(p)) {
		*rule = sw_refuse_rule(engine, p, true);
		if (sw_engine_flow_policy(engine, *rule)->deny &&
		    !sw_kin_find(engine, p, *rule, &kin))
			return true;
	}
	return !sw_interfaces_allowed(engine, p, index, rule);
}

/* Handles a packet of a live flow. */
static bool
belong(struct sw_engine *engine, const struct sw_lookup *p, uint32_t index,
    enum sw_verdict *verdict)
{
	uint16_t rule;

	if (sw_midstream_too_soon(engine, p, index)) {
		*verdict = SW_PASS;
		return true;
	}
	if (denied_again(engine, p, index, &rule)) {
		*verdict = sw_refuse(engine, p, SW_MESSAGE_DENIED, index, rule);
		if (*verdict == SW_DROP)
			return true;
	}
	return follow(engine, p, index, verdict);
}

static bool
stands_apart(struct sw_engine *engine, const struct sw_lookup *p)
{
	return sw_lookup_is_icmp(p) &&
	       (sw_icmp_stands_alone(p->packet) || sw_icmp_passes(engine, p));
}

static enum sw_verdict
decide_whole(struct sw_engine *engine, const struct sw_lookup *p)
{
	enum sw_verdict verdict;
	uint32_t index;

	if (p->packet->malformed)
		return sw_refuse_stray(engine, p, SW_MESSAGE_MALFORMED);
	if (stands_apart(engine, p))
		return SW_PASS;
	index = live_flow(engine, p);
	if (index != SW_FLOW_NONE && belong(engine, p, index, &verdict))
		return verdict;
	return meet(engine, p);
}

enum sw_verdict
sw_engine_decide(struct sw_engine *engine, const struct sw_lookup *p)
{
	enum sw_verdict verdict = decide_whole(engine, p);

	sw_offload_finish(engine);
	return verdict;
}

/* Judges a packet without a flow.
 * => false when it was refused */
static bool
would_meet(struct sw_engine *engine, const struct sw_lookup *p, bool *passes)
{
	struct sw_kin kin;
	struct meeting meeting = meeting_of(engine, p, &kin);

	*passes = true;
	if (meeting.how != MEETS_REFUSED)
		return true;
	*passes = sw_refuse_stray(engine, p, meeting.message) == SW_PASS;
	return false;
}

static bool
would_belong(struct sw_engine *engine, const struct sw_lookup *p,
    uint32_t index, bool *passes)
{
	struct sw_tcp_refusal refusal;
	uint16_t rule;

	if (denied_again(engine, p, index, &rule)) {
		*passes = sw_refuse(engine, p, SW_MESSAGE_DENIED, index,
			      rule) == SW_PASS;
		return false;
	}
	switch (sw_track_would(engine, p, index, &refusal)) {
	case SW_TRACK_NEW:
		return would_meet(engine, p, passes);
	case SW_TRACK_REFUSE:
		*passes = sw_refuse(engine, p, refusal.message, index,
			      refusal.beyond) == SW_PASS;
		return false;
	case SW_TRACK_PASS:
	case SW_TRACK_ABSORB:
		break;
	}
	return true;
}

static bool
sounds(struct sw_engine *engine, const struct sw_lookup *p, bool *passes)
{
	uint32_t index;

	*passes = true;
	if (stands_apart(engine, p))
		return true;
	index = live_flow(engine, p);
	if (index == SW_FLOW_NONE)
		return would_meet(engine, p, passes);
	return would_belong(engine, p, index, passes);
}

bool
sw_engine_sound(
    struct sw_engine *engine, const struct sw_lookup *p, bool *passes)
{
	bool sound = sounds(engine, p, passes);

	sw_offload_finish(engine);
	return sound;
}

/* The shortcut for nearly every packet. */
static bool
carries_on(struct sw_engine *engine, const struct sw_lookup *p)
{
	uint32_t index;

	if (p->packet->malformed | p->packet->fragment.is_fragment |
	    !sw_lookup_is_tcp(p))
		return false;
	index = sw_flows_resolve(engine->flows, &p->tuple, p->hash, p->guess);
	if (index == SW_FLOW_NONE)
		return false;
	/* With a lane it is held first, and the packet tried again. */
	while (!sw_track_carries_on(engine, p, index)) {
		if (!sw_offload_has(engine, index))
			return false;
		sw_offload_hold(engine, index);
	}
	if (engine->offload)
		sw_offload_carried(engine, index);
	return true;
}

static enum sw_verdict
decide_all(struct sw_engine *engine, const struct sw_lookup *p)
{
	if (carries_on(engine, p))
		return SW_PASS;
	if (p->packet->fragment.is_fragment)
		return sw_assemble(engine, p);
	return sw_engine_decide(engine, p);
}

static void
prepare(const struct sw_engine *engine, const struct sw_packet *packet,
    struct sw_time now, struct sw_lookup *p)
{
	p->packet = packet;
	p->from_b = sw_tuple_key(
	    &p->tuple, &packet->ends, engine->limits.key, &p->hash);
	p->now = now;
	p->tick = sw_time_tick(now);
	p->seen = sw_time_tick_up(now);
}

static enum sw_verdict
step(struct sw_engine *engine, const struct sw_lookup *p)
{
	const struct sw_packet *packet = p->packet;
	enum sw_verdict verdict = decide_all(engine, p);
	struct sw_counts *counts = &engine->counts;

	if (verdict == SW_PASS) {
		counts->passed++;
		counts->bytes_passed += packet->length;
	} else {
		counts->dropped++;
		counts->bytes_dropped += packet->length;
	}
	return verdict;
}

static void
keep_up(struct sw_engine *engine, struct sw_time now)
{
	if (now.ns >= engine->looked.ns + SW_LOOK_LEAST)
		sw_engine_catch_up(engine, now);
}

enum sw_verdict
sw_engine_step(struct sw_engine *engine, const struct sw_packet *packet,
    struct sw_time now)
{
	struct sw_lookup p;

	keep_up(engine, now);
	prepare(engine, packet, now, &p);
	p.guess = sw_flows_guess(engine->flows, p.hash);
	return step(engine, &p);
}

/* A packet without a flow is searched among the ended flows, or asks the
 * policy whether it may open one. */
static void
prefetch_guess(const struct sw_engine *engine, const struct sw_lookup *p)
{
	if (p->guess.index != SW_FLOW_NONE) {
		sw_flows_prefetch_guess(engine->flows, p->guess);
	} else if (!sw_packet_opens(p->packet)) {
		sw_tombstones_prefetch(engine->tombstones, p->hash);
		sw_tombstones_prefetch(engine->unassured, p->hash);
	} else {
		sw_policy_prefetch(engine->policy, &p->packet->ends);
	}
}

void
sw_engine_batch(struct sw_engine *engine,
    const struct sw_packet *const packets[], size_t n, struct sw_time now,
    enum sw_verdict verdicts[])
{
	struct sw_lookup p[SW_BATCH_MAX];

	keep_up(engine, now);
	for (size_t i = 0; i < n; i++) {
		prepare(engine, packets[i], now, &p[i]);
		sw_flows_prefetch(engine->flows, p[i].hash);
	}
	for (size_t i = 0; i < n; i++) {
		p[i].guess = sw_flows_guess(engine->flows, p[i].hash);
		prefetch_guess(engine, &p[i]);
	}
	for (size_t i = 0; i < n; i++)
		verdicts[i] = step(engine, &p[i]);
}
