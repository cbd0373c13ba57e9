/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kin_find: may a packet that the rules deny open a child?
 *
 * All parents of its two hosts are asked, first those that its destination has
 * opened.  Where none allows it, the one that came nearest to doing so is kept,
 * for the hint of the refusal.
 */
#include <netinet/in.h>

#include "engine/policy/related.h"
#include "engine/related/kin.h"

/* Or has it expired, though nothing has looked at it yet? */
static bool
is_silent(const struct sw_parent *parent, const struct sw_related *related,
    uint32_t tick)
{
	return sw_tick_since(parent->seen, tick) >
		   related->within * SW_TICKS_PER_SECOND ||
	       (int32_t)(tick - parent->due) >= 0;
}

/* Is the packet the answer to a parent that gets no other? */
static bool
answers(const struct sw_related *related, const struct sw_parent *parent,
    const struct sw_lookup *p, bool from_client)
{
	return related->to_same && !from_client &&
	       parent->ends.proto == IPPROTO_UDP &&
	       p->packet->ends.proto == IPPROTO_UDP;
}

static bool
keeps_way(const struct sw_engine *engine, const struct sw_lookup *p,
    const struct sw_parent *parent, bool from_client)
{
	return sw_engine_flow_policy(engine, parent->rule)->roam ||
	       (p->packet->in == parent->in[!from_client] &&
		   p->packet->out == parent->out[!from_client]);
}

/* What speaks against this parent, under one of its rule's allowances? */
static enum sw_kin_why
objection(struct sw_engine *engine, const struct sw_lookup *p, uint16_t rule,
    const struct sw_parent *parent, const struct sw_related *related,
    bool from_client)
{
	if (!sw_related_fits(
		related, &p->packet->ends, &parent->ends, from_client))
		return SW_KIN_UNFIT;
	if (sw_policy_stands_before(engine->policy, rule, parent->rule))
		return SW_KIN_DENIED;
	if (!keeps_way(engine, p, parent, from_client))
		return SW_KIN_ASTRAY;
	if (!(parent->flags & SW_PARENT_ASSURED) &&
	    !answers(related, parent, p, from_client))
		return SW_KIN_EARLY;
	if (is_silent(parent, related, p->tick))
		return SW_KIN_LATE;
	return parent->children >= related->limit ? SW_KIN_FULL
						  : SW_KIN_ALLOWED;
}

/* Keeps the objection that came nearest to an allowance. */
static void
keep_objection(struct sw_engine *engine, const struct sw_kin *kin,
    enum sw_kin_why why, uint32_t tick)
{
	const struct sw_parent *parent = &kin->parent;
	uint32_t silent = sw_tick_since(parent->seen, tick);

	struct sw_kin_note *note = &engine->kin_note;

	if (why < note->why)
		return;
	silent /= SW_TICKS_PER_SECOND;
	*note = (struct sw_kin_note){ .why = (uint8_t)why,
		.from_client = kin->from_client,
		.rule = parent->rule,
		.proto = parent->ends.proto,
		.sport = parent->ends.sport,
		.port = parent->ends.dport };
	if (why == SW_KIN_LATE)
		note->detail =
		    (uint16_t)(silent < UINT16_MAX ? silent : UINT16_MAX);
	if (why == SW_KIN_FULL)
		note->detail = kin->limit;
}

/* What speaks against a parent whose rule allows nothing: a hint for the rule
 * would help only if the rule is there, and not after one that denies. */
static enum sw_kin_why
objection_alone(const struct sw_engine *engine, const struct sw_parent *parent,
    uint16_t rule)
{
	return !sw_policy_names(engine->policy, parent->rule) ||
		       sw_policy_stands_before(
			   engine->policy, rule, parent->rule)
		   ? SW_KIN_DENIED
		   : SW_KIN_SILENT;
}

static bool
allows(struct sw_engine *engine, const struct sw_lookup *p, uint16_t rule,
    bool from_client, struct sw_kin *kin)
{
	const struct sw_parent *parent = &kin->parent;
	size_t n;
	const struct sw_related *related =
	    sw_policy_related(engine->policy, parent->rule, &n);

	kin->from_client = from_client;
	if (n == 0)
		keep_objection(engine, kin,
		    objection_alone(engine, parent, rule), p->tick);
	for (size_t i = 0; i < n; i++) {
		enum sw_kin_why why = objection(
		    engine, p, rule, parent, &related[i], from_client);

		kin->limit = related[i].limit;
		if (why == SW_KIN_ALLOWED)
			return true;
		keep_objection(engine, kin, why, p->tick);
	}
	return false;
}

/* Among the parents of these hosts that the source of ends opened. */
static bool
search(struct sw_engine *engine, const struct sw_lookup *p, uint16_t rule,
    const struct sw_endpoints *ends, bool from_client, struct sw_kin *kin)
{
	uint32_t cursor = 0;

	while (sw_parents_next(
	    engine->limits.parents, ends, &cursor, &kin->parent))
		if (allows(engine, p, rule, from_client, kin))
			return true;
	return false;
}

/* Media from a host that is not the server of its SIP client. */
static void
look_for_third(struct sw_engine *engine, const struct sw_lookup *p,
    const struct sw_endpoints *back)
{
	struct sw_endpoints ends = sw_kin_alone(back);
	struct sw_kin kin = { .from_client = false };
	uint32_t cursor = 0;

	if (p->packet->ends.proto == IPPROTO_UDP &&
	    sw_parents_next(
		engine->limits.parents, &ends, &cursor, &kin.parent))
		keep_objection(engine, &kin, SW_KIN_THIRD, p->tick);
}

bool
sw_kin_find(struct sw_engine *engine, const struct sw_lookup *p, uint16_t rule,
    struct sw_kin *kin)
{
	const struct sw_endpoints *ends = &p->packet->ends;
	struct sw_endpoints back;

	engine->kin_note = (struct sw_kin_note){ .why = SW_KIN_NONE };
	if (sw_parents_count(engine->limits.parents) == 0)
		return false;
	back = sw_packet_endpoints_reverse(ends);
	if (search(engine, p, rule, &back, false, kin) ||
	    search(engine, p, rule, ends, true, kin)) {
		engine->kin_note.why = SW_KIN_NONE;
		return true;
	}
	if (engine->kin_note.why == SW_KIN_NONE)
		look_for_third(engine, p, &back);
	return false;
}

void
sw_kin_describe(struct sw_engine *engine, struct sw_refusal *refused)
{
	struct sw_kin_note *note = &engine->kin_note;

	refused->kin = note->why;
	refused->kin_from_client = note->from_client;
	refused->kin_detail = note->detail;
	refused->kin_sport = note->sport;
	refused->kin_rule = note->rule;
	refused->kin_port = note->port;
	refused->kin_proto = note->proto;
	*note = (struct sw_kin_note){ .why = SW_KIN_NONE };
}

bool
sw_kin_might(const struct sw_engine *engine, const struct sw_endpoints *ends)
{
	struct sw_endpoints back = sw_packet_endpoints_reverse(ends);
	struct sw_parent parent;
	uint32_t cursor = 0;

	if (sw_parents_count(engine->limits.parents) == 0)
		return false;
	while (sw_parents_next(engine->limits.parents, &back, &cursor, &parent))
		if (sw_kin_relates(engine, parent.rule))
			return true;
	for (cursor = 0;
	     sw_parents_next(engine->limits.parents, ends, &cursor, &parent);)
		if (sw_kin_relates(engine, parent.rule))
			return true;
	return false;
}
