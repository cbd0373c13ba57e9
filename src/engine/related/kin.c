/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kin: keeps account of parents and children.  kin_find.c finds the parent of a
 * packet.
 *
 * Flows of some well-known services are noted as parents, too, when their rule
 * allows nothing: then the hint of a denied packet can say what would have
 * allowed it.  A SIP client is also noted alone, because media may come from
 * any host.
 */
#include <netinet/in.h>
#include <string.h>

#include "engine/interfaces.h"
#include "engine/policy/related.h"
#include "engine/related/kin.h"

/* Services that are known to open further connections. */
static const struct {
	uint8_t proto;
	uint16_t port;
} services[] = {
	{ IPPROTO_TCP, SW_SERVICE_FTP },
	{ IPPROTO_UDP, SW_SERVICE_TFTP },
	{ IPPROTO_TCP, SW_SERVICE_PPTP },
	{ IPPROTO_UDP, SW_SERVICE_SIP },
	{ IPPROTO_TCP, SW_SERVICE_SIP },
};

static bool
is_service(const struct sw_endpoints *opener)
{
	for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++)
		if (services[i].proto == opener->proto &&
		    services[i].port == opener->dport)
			return true;
	return false;
}

/* --- parents -------------------------------------------------------------- */

static bool
is_sip(const struct sw_endpoints *opener)
{
	return opener->dport == SW_SERVICE_SIP && is_service(opener);
}

static unsigned
direction_of(
    const struct sw_engine *engine, uint32_t index, const struct sw_lookup *p)
{
	return p->from_b !=
	       !!(sw_flows_at(engine->flows, index)->flags & SW_FLOW_OPENER_B);
}

/* A direction's interfaces change by packets that move the flow alone, so that
 * nobody who cannot see it changes them. */
static void
fill_ways(const struct sw_engine *engine, uint32_t index,
    const struct sw_lookup *p, struct sw_parent *parent)
{
	struct sw_parent known;
	bool is_known =
	    sw_parents_find(engine->limits.parents, &parent->ends, &known);

	for (unsigned i = 0; i < 2; i++) {
		struct sw_interfaces way = sw_interfaces_of(engine, index, i);

		if (is_known)
			way =
			    (struct sw_interfaces){ known.in[i], known.out[i] };
		if (p && direction_of(engine, index, p) == i)
			way = (struct sw_interfaces){ p->packet->in,
				p->packet->out };
		parent->in[i] = way.in;
		parent->out[i] = way.out;
	}
}

static void
note_parent(struct sw_engine *engine, uint32_t index, const struct sw_lookup *p,
    const struct sw_endpoints *opener)
{
	const struct sw_flow *flow = sw_flows_at(engine->flows, index);
	bool relates = sw_kin_relates(engine, flow->rule);
	struct sw_parent parent = { .ends = *opener,
		.rule = flow->rule,
		.seen = flow->seen,
		.due = sw_lifecycle_record_due(engine, index) };

	if (flow->flags & SW_FLOW_ASSURED)
		parent.flags |= SW_PARENT_ASSURED;
	if (!relates)
		parent.flags |= SW_PARENT_HINT;
	fill_ways(engine, index, p, &parent);
	sw_parents_note(engine->limits.parents, &parent);
	if (relates)
		sw_interfaces_mark_parent(engine, index);
	if (is_sip(opener)) {
		parent.ends = sw_kin_alone(opener);
		parent.flags |= SW_PARENT_HINT;
		sw_parents_note(engine->limits.parents, &parent);
	}
}

static bool
is_child(const struct sw_cold *cold)
{
	return cold->opening == SW_OPENING_CHILD ||
	       cold->opening == SW_OPENING_CHILD_LEFT;
}

/* A flow whose rule allows related connections is noted from its first packet
 * on, and counts once both sides have taken part.  Of one that was picked up in
 * its middle nobody has proven anything, so it is no parent.  One that is there for a hint
 * is noted then; a UDP flow at once, because it may get no answer. */
static bool
is_noted(const struct sw_engine *engine, const struct sw_flow *flow,
    const struct sw_endpoints *opener)
{
	if (flow->flags & SW_FLOW_LOOSE)
		return false;
	if (sw_kin_relates(engine, flow->rule))
		return true;
	return (flow->flags & SW_FLOW_ASSURED || flow->proto == IPPROTO_UDP) &&
	       is_service(opener);
}

void
sw_kin_note(struct sw_engine *engine, uint32_t index, const struct sw_lookup *p)
{
	const struct sw_flow *flow = sw_flows_at(engine->flows, index);
	struct sw_endpoints opener = sw_flow_info_opener(engine, index);

	if (!is_noted(engine, flow, &opener) ||
	    is_child(sw_flows_cold(engine->flows, index)))
		return;
	if (sw_lifecycle_is_closed(flow))
		sw_kin_forget(engine, index);
	else
		note_parent(engine, index, p, &opener);
}

void
sw_kin_forget(struct sw_engine *engine, uint32_t index)
{
	struct sw_endpoints opener;

	if (sw_parents_count(engine->limits.parents) == 0)
		return;
	opener = sw_flow_info_opener(engine, index);
	if (!sw_interfaces_is_parent(sw_flows_counters(engine->flows, index)) &&
	    !is_service(&opener))
		return;
	sw_parents_forget(engine->limits.parents, &opener);
	if (is_sip(&opener)) {
		opener = sw_kin_alone(&opener);
		sw_parents_forget(engine->limits.parents, &opener);
	}
}

/* --- children ------------------------------------------------------------- */

bool
sw_kin_take(struct sw_engine *engine, const struct sw_kin *kin)
{
	return sw_parents_take(
	    engine->limits.parents, &kin->parent, kin->limit);
}

void
sw_kin_give_back(struct sw_engine *engine, const struct sw_kin *kin)
{
	sw_parents_release(
	    engine->limits.parents, &kin->parent.ends, kin->parent.epoch);
}

/* The ports and the protocol of a child's parent are where another flow has
 * its mark and the bridge ports of its opener. */
void
sw_kin_begin(struct sw_engine *engine, uint32_t index, const struct sw_kin *kin)
{
	struct sw_cold *cold = sw_flows_cold(engine->flows, index);
	const struct sw_endpoints *parent = &kin->parent.ends;

	cold->opening = SW_OPENING_CHILD;
	cold->mark = (uint32_t)parent->sport << 16 | parent->dport;
	cold->phys_in = (uint32_t)kin->parent.epoch << 16 |
			(uint32_t)kin->from_client << 8 | parent->proto;
	cold->phys_out = 0;
}

static bool
is_from_client(const struct sw_cold *cold)
{
	return cold->phys_in >> 8 & 1;
}

bool
sw_kin_parent(
    const struct sw_engine *engine, uint32_t index, struct sw_endpoints *parent)
{
	const struct sw_cold *cold = sw_flows_cold(engine->flows, index);

	if (!is_child(cold))
		return false;
	*parent = sw_flow_info_opener(engine, index);
	if (!is_from_client(cold))
		*parent = sw_packet_endpoints_reverse(parent);
	parent->sport = (uint16_t)(cold->mark >> 16);
	parent->dport = (uint16_t)cold->mark;
	parent->proto = (uint8_t)cold->phys_in;
	return true;
}

void
sw_kin_release(struct sw_engine *engine, uint32_t index)
{
	struct sw_cold *cold = sw_flows_cold(engine->flows, index);
	struct sw_endpoints parent;

	if (cold->opening != SW_OPENING_CHILD ||
	    !sw_kin_parent(engine, index, &parent))
		return;
	cold->opening = SW_OPENING_CHILD_LEFT;
	sw_parents_release(
	    engine->limits.parents, &parent, (uint16_t)(cold->phys_in >> 16));
}

/* --- later ---------------------------------------------------------------- */

bool
sw_kin_allowed(const struct sw_engine *engine, uint32_t index, uint16_t rule)
{
	const struct sw_cold *cold = sw_flows_cold(engine->flows, index);
	uint16_t own = sw_flows_at(engine->flows, index)->rule;
	struct sw_endpoints opener = sw_flow_info_opener(engine, index);
	struct sw_endpoints parent;
	size_t n;
	const struct sw_related *related =
	    sw_policy_related(engine->policy, own, &n);

	if (!sw_kin_parent(engine, index, &parent) ||
	    sw_policy_stands_before(engine->policy, rule, own))
		return false;
	for (size_t i = 0; i < n; i++)
		if (sw_related_fits(
			&related[i], &opener, &parent, is_from_client(cold)))
			return true;
	return false;
}

/* Might the flow of the event, whose parent is not known any more, have been a
 * child that this rule denies otherwise? */
static bool
was_allowed(const struct sw_engine *engine, const struct sw_flow_info *info,
    uint16_t rule)
{
	/* The parent's ports matter to to_same alone. */
	const struct sw_endpoints parent = { .sport = info->opener.dport,
		.dport = info->opener.dport };
	size_t n;
	const struct sw_related *related =
	    sw_policy_related(engine->policy, info->rule, &n);

	for (size_t i = 0; i < n; i++)
		if (sw_related_fits(
			&related[i], &info->opener, &parent, false) ||
		    sw_related_fits(&related[i], &info->opener, &parent, true))
			return !sw_policy_stands_before(
			    engine->policy, rule, info->rule);
	return false;
}

bool
sw_kin_belonged(
    const struct sw_engine *engine, const struct sw_event *event, uint16_t rule)
{
	const struct sw_flow_info *info = &event->info;

	return event->refused.has_flow && !event->refused.opens &&
	       info->how != SW_END_DENIED && info->rule != rule &&
	       sw_engine_flow_policy(engine, rule)->deny &&
	       was_allowed(engine, info, rule);
}

/* Calls it for each flow of the table. */
static void
for_each(struct sw_engine *engine,
    void (*call)(struct sw_engine *engine, uint32_t index))
{
	uint32_t slots = sw_flows_slots(engine->flows), index = 0, end;

	while (index < slots) {
		uint32_t unused = sw_flows_unused(engine->flows, index, &end);

		for (; index < unused; index++)
			if (sw_flows_deadline(engine->flows, index))
				call(engine, index);
		index = end;
	}
}

static void
find_parent(struct sw_engine *engine, uint32_t index)
{
	sw_kin_note(engine, index, NULL);
}

void
sw_engine_restore_parents(struct sw_engine *engine)
{
	sw_parents_recount(engine->limits.parents);
	if (sw_policy_relates(engine->policy))
		for_each(engine, find_parent);
}

/* The epoch is a new one. */
static void
count_child(struct sw_engine *engine, uint32_t index)
{
	struct sw_cold *cold = sw_flows_cold(engine->flows, index);
	struct sw_endpoints ends;
	struct sw_parent parent;

	if (cold->opening != SW_OPENING_CHILD ||
	    !sw_kin_parent(engine, index, &ends) ||
	    !sw_parents_find(engine->limits.parents, &ends, &parent))
		return;
	cold->phys_in = (cold->phys_in & UINT16_MAX) | (uint32_t)parent.epoch
							   << 16;
	sw_parents_take(engine->limits.parents, &parent, UINT16_MAX);
}

void
sw_engine_restore_children(struct sw_engine *engine)
{
	if (sw_policy_relates(engine->policy))
		for_each(engine, count_child);
}
