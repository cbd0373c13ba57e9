/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy_collect: turns the lists of rules into spans of an axis.
 *
 * What a rule has by itself becomes a group of its own.  A list of addresses
 * may be shared by many rules: it is one group, found again by where it is
 * in memory, and the rules join it.
 */
#include <netinet/in.h>
#include <stdlib.h>

#include "engine/policy/collect.h"

/* Lists of addresses that have a group already. */
struct known {
	struct entry {
		const struct sw_addr_range *list; /* NULL: free */
		uint32_t group;
	} * entries;
	size_t mask;
};

static bool
looks_at_iface(const struct sw_iface_list *list)
{
	return list->named || list->n_except > 0;
}

uint8_t
sw_index_looks(const struct sw_rule *rule)
{
	uint8_t looks = 0;

	if (looks_at_iface(&rule->in))
		looks |= SW_LOOKS_AT_IN;
	if (looks_at_iface(&rule->out))
		looks |= SW_LOOKS_AT_OUT;
	if (looks_at_iface(&rule->phys_in) || looks_at_iface(&rule->phys_out))
		looks |= SW_LOOKS_AT_PHYS;
	if (rule->mark.mask != 0)
		looks |= SW_LOOKS_AT_MARK;
	return looks;
}

static bool
looks_at(const struct sw_rule *rule, enum sw_collect_axis axis)
{
	switch (axis) {
	case SW_COLLECT_FROM:
		return rule->n_from > 0;
	case SW_COLLECT_TO:
		return rule->n_to > 0;
	case SW_COLLECT_PROTO:
		return true;
	case SW_COLLECT_IN:
		return looks_at_iface(&rule->in);
	case SW_COLLECT_OUT:
		return looks_at_iface(&rule->out);
	case SW_COLLECT_PHYS_IN:
		return looks_at_iface(&rule->phys_in);
	case SW_COLLECT_PHYS_OUT:
		return looks_at_iface(&rule->phys_out);
	case SW_COLLECT_MARK:
		return rule->mark.mask != 0;
	case SW_COLLECT_SOURCE_PORT:
		return rule->n_source_ports > 0;
	case SW_COLLECT_PORT:
		return rule->n_ports > 0;
	}
	return true;
}

bool
sw_collect_needs(const struct sw_collect *collect, enum sw_collect_axis axis)
{
	for (uint32_t i = 0; i < collect->n; i++)
		if (looks_at(&collect->rules[i], axis))
			return true;
	return false;
}

bool
sw_collect_masks(const struct sw_collect *collect,
    uint32_t masks[SW_MARK_MASKS], unsigned *n)
{
	*n = 0;
	for (uint32_t i = 0; i < collect->n; i++) {
		uint32_t mask = collect->rules[i].mark.mask;
		unsigned k = 0;

		while (k < *n && masks[k] != mask)
			k++;
		if (mask == 0 || k < *n)
			continue;
		if (*n == SW_MARK_MASKS)
			return false;
		masks[(*n)++] = mask;
	}
	return true;
}

/* A group of one rule. */
static uint32_t
own_group(struct sw_axis_draft *draft, uint32_t rule, bool except)
{
	uint32_t group = sw_axis_group(draft);

	sw_axis_join(draft, group, rule, except);
	return group;
}

static void
accept_span(struct sw_axis_draft *draft, uint32_t rule, sw_axis_value first,
    sw_axis_value last, bool except)
{
	sw_axis_span(draft, own_group(draft, rule, except), first, last);
}

static void
accept_all(struct sw_axis_draft *draft, uint32_t rule)
{
	accept_span(draft, rule, 0, draft->top, false);
}

/* --- addresses --- */

static sw_axis_value
addr_value(const struct sw_addr *addr, enum sw_family family)
{
	return family == SW_IPV4 ? sw_collect_narrow(addr)
				 : sw_collect_wide(addr);
}

static void
span_list(struct sw_axis_draft *draft, uint32_t group,
    const struct sw_addr_list *list, enum sw_family family)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->ranges[i].family == family)
			sw_axis_span(draft, group,
			    addr_value(&list->ranges[i].first, family),
			    addr_value(&list->ranges[i].last, family));
}

/* The place of the list, or where it belongs. */
static struct entry *
known_find(const struct known *known, const struct sw_addr_range *list)
{
	size_t at = ((uintptr_t)list >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> 20;

	while (known->entries[at & known->mask].list != NULL &&
	       known->entries[at & known->mask].list != list)
		at++;
	return &known->entries[at & known->mask];
}

static void
accept_list(struct sw_axis_draft *draft, struct known *known, uint32_t rule,
    const struct sw_addr_list *list, enum sw_family family)
{
	struct entry *entry;

	if (list->n == 0)
		return;
	entry = known_find(known, list->ranges);
	if (entry->list == NULL) {
		entry->list = list->ranges;
		entry->group = sw_axis_group(draft);
		span_list(draft, entry->group, list, family);
	}
	sw_axis_join(draft, entry->group, rule, list->except);
}

static bool
has_family(const struct sw_addr_list *list, enum sw_family family)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->ranges[i].family == family)
			return true;
	return false;
}

/* Does the rule except some addresses of the family, and name none that it
 * wants?  A list without addresses, of a set that is empty today, excepts
 * nothing of either family. */
static bool
only_excepts(const struct sw_addr_list *lists, size_t n, enum sw_family family)
{
	bool any = false;

	for (size_t i = 0; i < n; i++) {
		if (!lists[i].except)
			return false;
		any = any || !lists[i].n || has_family(&lists[i], family);
	}
	return any;
}

static void
accept_lists(struct sw_axis_draft *draft, struct known *known, uint32_t rule,
    const struct sw_addr_list *lists, size_t n, enum sw_family family)
{
	if (n == 0 || only_excepts(lists, n, family))
		accept_all(draft, rule);
	for (size_t i = 0; i < n; i++)
		accept_list(draft, known, rule, &lists[i], family);
}

/* => false when memory is short */
static bool
collect_addresses(const struct sw_collect *collect, bool of_source,
    struct sw_axis_draft *draft)
{
	struct known known = { .mask = 15 };
	size_t lists = 0;

	for (uint32_t i = 0; i < collect->n; i++)
		lists += of_source ? collect->rules[i].n_from
				   : collect->rules[i].n_to;
	while (known.mask < lists * 2)
		known.mask = known.mask * 2 + 1;
	known.entries = calloc(known.mask + 1, sizeof *known.entries);
	if (known.entries == NULL)
		return false;
	for (uint32_t i = 0; i < collect->n; i++) {
		const struct sw_rule *rule = &collect->rules[i];

		accept_lists(draft, &known, i,
		    of_source ? rule->from : rule->to,
		    of_source ? rule->n_from : rule->n_to, collect->family);
	}
	free(known.entries);
	return true;
}

/* --- the other axes --- */

static bool
is_ported(const struct sw_rule *rule)
{
	return rule->n_ports > 0 || rule->n_source_ports > 0;
}

/* One protocol; where the rule has ports, only one that has them. */
static void
accept_proto(struct sw_axis_draft *draft, uint32_t rule, uint8_t proto,
    const struct sw_rule *from)
{
	if (!is_ported(from) || sw_proto_has_ports(proto))
		accept_span(draft, rule, proto, proto, false);
}

static void
accept_any_proto(
    struct sw_axis_draft *draft, uint32_t rule, const struct sw_rule *from)
{
	if (!is_ported(from))
		accept_all(draft, rule);
	for (size_t i = 0; is_ported(from) && i < SW_PROTO_WITH_PORTS; i++)
		accept_span(draft, rule, sw_proto_with_ports[i],
		    sw_proto_with_ports[i], false);
}

static void
accept_protos(
    struct sw_axis_draft *draft, uint32_t rule, const struct sw_rule *from)
{
	if (from->n_protos == 0)
		accept_any_proto(draft, rule, from);
	for (size_t i = 0; i < from->n_protos; i++) {
		int16_t proto = from->protos[i];

		if (proto == SW_PROTO_ANY) {
			accept_any_proto(draft, rule, from);
		} else if (proto == SW_PROTO_ICMP) {
			accept_proto(draft, rule, IPPROTO_ICMP, from);
			accept_proto(draft, rule, IPPROTO_ICMPV6, from);
		} else {
			accept_proto(draft, rule, (uint8_t)proto, from);
		}
	}
}

static void
accept_ports(struct sw_axis_draft *draft, uint32_t rule,
    const struct sw_port_range *ports, size_t n)
{
	bool any = true;

	for (size_t i = 0; i < n; i++) {
		accept_span(draft, rule, ports[i].first, ports[i].last,
		    ports[i].except);
		any = any && ports[i].except;
	}
	if (any)
		accept_all(draft, rule);
}

static void
accept_indices(struct sw_axis_draft *draft, uint32_t rule, const uint32_t *list,
    size_t n, bool except)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] != 0)
			accept_span(draft, rule, list[i], list[i], except);
}

static void
accept_ifaces(struct sw_axis_draft *draft, uint32_t rule,
    const struct sw_iface_list *list)
{
	if (!list->named && list->n_only == 0)
		accept_all(draft, rule);
	accept_indices(draft, rule, list->only, list->n_only, false);
	accept_indices(draft, rule, list->except, list->n_except, true);
}

static void
accept_mark(struct sw_axis_draft *draft, uint32_t rule,
    const struct sw_mark_match *mark, uint32_t mask)
{
	uint32_t value = mark->value & mask;

	if (mark->mask != mask || mark->except)
		accept_all(draft, rule);
	if (mark->mask == mask)
		accept_span(draft, rule, value, value, mark->except);
}

static void
collect_rule(struct sw_axis_draft *draft, uint32_t i,
    const struct sw_rule *rule, enum sw_collect_axis axis, uint32_t mask)
{
	switch (axis) {
	case SW_COLLECT_PROTO:
		accept_protos(draft, i, rule);
		break;
	case SW_COLLECT_IN:
		accept_ifaces(draft, i, &rule->in);
		break;
	case SW_COLLECT_OUT:
		accept_ifaces(draft, i, &rule->out);
		break;
	case SW_COLLECT_PHYS_IN:
		accept_ifaces(draft, i, &rule->phys_in);
		break;
	case SW_COLLECT_PHYS_OUT:
		accept_ifaces(draft, i, &rule->phys_out);
		break;
	case SW_COLLECT_MARK:
		accept_mark(draft, i, &rule->mark, mask);
		break;
	case SW_COLLECT_SOURCE_PORT:
		accept_ports(
		    draft, i, rule->source_ports, rule->n_source_ports);
		break;
	case SW_COLLECT_PORT:
		accept_ports(draft, i, rule->ports, rule->n_ports);
		break;
	case SW_COLLECT_FROM:
	case SW_COLLECT_TO:
		break;
	}
}

static sw_axis_value
axis_top(enum sw_collect_axis axis, enum sw_family family)
{
	bool of_addresses = axis == SW_COLLECT_FROM || axis == SW_COLLECT_TO;

	if (axis == SW_COLLECT_PROTO)
		return UINT8_MAX;
	if (axis == SW_COLLECT_PORT || axis == SW_COLLECT_SOURCE_PORT)
		return UINT16_MAX;
	return of_addresses && family == SW_IPV6 ? ~(sw_axis_value)0
						 : UINT32_MAX;
}

bool
sw_collect_axis(const struct sw_collect *collect, enum sw_collect_axis axis,
    uint32_t mask, struct sw_axis_draft *draft)
{
	sw_axis_begin(draft, axis_top(axis, collect->family));
	if (axis == SW_COLLECT_FROM || axis == SW_COLLECT_TO)
		return collect_addresses(
		    collect, axis == SW_COLLECT_FROM, draft);
	for (uint32_t i = 0; i < collect->n; i++)
		collect_rule(draft, i, &collect->rules[i], axis, mask);
	return true;
}
