/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rule_model: rules and openers are drawn from small pools, so that they
 * overlap and every axis decides now and then.
 */
#include "rule_model.h"

#include <netinet/in.h>
#include <string.h>

#include "draw.h"

enum {
	MASKS = 3, /* different ones of marks */
};

uint32_t
rule_draw_below(uint64_t *seed, uint32_t n)
{
	return (uint32_t)(draw(seed) >> 32) % n;
}

/* Addresses differ in few bits only, so that prefixes catch them. */
static struct sw_addr
draw_addr(uint64_t *seed, uint8_t family)
{
	static const uint8_t values[] = { 0, 10, 10, 11, 128, 255 };
	struct sw_addr addr = { { 0 } };

	for (unsigned i = 0; i < (family == SW_IPV4 ? 4u : 16u); i++)
		addr.b[i] = values[rule_draw_below(seed, sizeof values)];
	return addr;
}

/* A prefix or, as often, what is between two addresses. */
static struct sw_addr_range
draw_range(uint64_t *seed)
{
	uint8_t family = rule_draw_below(seed, 2) ? SW_IPV4 : SW_IPV6;
	unsigned width = family == SW_IPV4 ? 32 : 128;
	unsigned bits = rule_draw_below(seed, 3) == 0
			    ? rule_draw_below(seed, 9)
			    : rule_draw_below(seed, width + 1);
	struct sw_addr_range range = { draw_addr(seed, family), { { 0 } },
		family };
	struct sw_addr other = draw_addr(seed, family);

	range.last = range.first;
	for (unsigned bit = bits; bit < width; bit++) {
		range.first.b[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
		range.last.b[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	}
	if (rule_draw_below(seed, 2) == 0)
		return range;
	if (memcmp(&other, &range.first, sizeof other) >= 0)
		range.last = other;
	else
		range.first = other;
	return range;
}

static int16_t
draw_proto(uint64_t *seed)
{
	static const int16_t protos[] = { SW_PROTO_ANY, SW_PROTO_ANY,
		SW_PROTO_ICMP, IPPROTO_TCP, IPPROTO_TCP, IPPROTO_UDP,
		IPPROTO_ICMP, IPPROTO_ICMPV6, IPPROTO_GRE, IPPROTO_SCTP, 255,
		0 };

	return protos[rule_draw_below(seed, sizeof protos / sizeof *protos)];
}

static uint16_t
draw_port(uint64_t *seed)
{
	static const uint16_t ports[] = { 0, 1, 22, 80, 443, 5432, 6000, 6010,
		65534, 65535 };

	return ports[rule_draw_below(seed, sizeof ports / sizeof *ports)];
}

/* Half of all lists are empty. */
static size_t
draw_count(uint64_t *seed)
{
	return rule_draw_below(seed, 2) ? rule_draw_below(seed, RULE_LIST + 1)
					: 0;
}

/* A third of the items are exceptions. */
static bool
draw_except(uint64_t *seed)
{
	return rule_draw_below(seed, 3) == 0;
}

void
rule_draw_shared(uint64_t *seed, struct rule_shared *shared)
{
	for (unsigned i = 0; i < RULE_SHARED; i++) {
		for (unsigned k = 0; k < RULE_LIST * 4; k++)
			shared->ranges[i][k] = draw_range(seed);
		shared->list[i] = (struct sw_addr_list){ shared->ranges[i],
			rule_draw_below(seed, RULE_LIST * 4 + 1), false };
	}
}

/* Some lists of a rule are its own, and some are shared. */
static size_t
draw_lists(uint64_t *seed, struct sw_addr_list lists[RULE_LIST],
    struct sw_addr_range ranges[RULE_LIST][RULE_LIST],
    const struct rule_shared *shared)
{
	for (unsigned i = 0; i < RULE_LIST; i++) {
		for (unsigned k = 0; k < RULE_LIST; k++)
			ranges[i][k] = draw_range(seed);
		lists[i] = (struct sw_addr_list){ ranges[i],
			rule_draw_below(seed, RULE_LIST + 1), false };
		if (rule_draw_below(seed, 2) == 0)
			lists[i] =
			    shared->list[rule_draw_below(seed, RULE_SHARED)];
		lists[i].except = draw_except(seed);
	}
	return draw_count(seed);
}

static size_t
draw_ports(uint64_t *seed, struct sw_port_range ports[RULE_LIST])
{
	for (unsigned i = 0; i < RULE_LIST; i++)
		ports[i] = (struct sw_port_range){ draw_port(seed),
			draw_port(seed), draw_except(seed) };
	return draw_count(seed);
}

static struct sw_iface_list
draw_ifaces(
    uint64_t *seed, uint32_t only[RULE_LIST], uint32_t except[RULE_LIST])
{
	struct sw_iface_list list = { .only = only,
		.except = except,
		.n_only = rule_draw_below(seed, 3)
			      ? 0
			      : rule_draw_below(seed, RULE_LIST + 1),
		.n_except = rule_draw_below(seed, 4)
				? 0
				: rule_draw_below(seed, RULE_LIST) };

	list.named = list.n_only > 0 || rule_draw_below(seed, 40) == 0;
	for (unsigned i = 0; i < RULE_LIST; i++) {
		only[i] = rule_draw_below(seed, 5);
		except[i] = rule_draw_below(seed, 5);
	}
	return list;
}

static struct sw_mark_match
draw_mark(uint64_t *seed)
{
	static const uint32_t masks[MASKS] = { 0xff, UINT32_MAX, 0xf0 };

	return (struct sw_mark_match){ .value = 0x11 * rule_draw_below(seed, 4),
		.mask = rule_draw_below(seed, 2)
			    ? 0
			    : masks[rule_draw_below(seed, MASKS)],
		.except = draw_except(seed) };
}

void
rule_draw(uint64_t *seed, struct sw_rule *rule, struct rule_drawn *lists,
    const struct rule_shared *shared)
{
	uint32_t(*ifaces)[RULE_LIST] = lists->ifaces;

	for (unsigned i = 0; i < RULE_LIST; i++)
		lists->protos[i] = draw_proto(seed);
	rule->protos = lists->protos;
	rule->n_protos = rule_draw_below(seed, 3);
	rule->from = lists->from;
	rule->n_from = draw_lists(seed, lists->from, lists->ranges[0], shared);
	rule->to = lists->to;
	rule->n_to = draw_lists(seed, lists->to, lists->ranges[1], shared);
	rule->source_ports = lists->source_ports;
	rule->n_source_ports = rule_draw_below(seed, 2)
				   ? 0
				   : draw_ports(seed, lists->source_ports);
	rule->ports = lists->ports;
	rule->n_ports = draw_ports(seed, lists->ports);
	rule->in = draw_ifaces(seed, ifaces[0], ifaces[1]);
	rule->out = draw_ifaces(seed, ifaces[2], ifaces[3]);
	if (rule_draw_below(seed, 3) == 0) {
		rule->phys_in = draw_ifaces(seed, ifaces[4], ifaces[5]);
		rule->phys_out = draw_ifaces(seed, ifaces[6], ifaces[7]);
		rule->mark = draw_mark(seed);
	}
}

static bool
list_holds(
    const struct sw_addr_list *list, const struct sw_addr *addr, uint8_t family)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->ranges[i].family == family &&
		    memcmp(&list->ranges[i].first, addr, sizeof *addr) <= 0 &&
		    memcmp(addr, &list->ranges[i].last, sizeof *addr) <= 0)
			return true;
	return false;
}

static bool
lists_hold(const struct sw_addr_list *lists, size_t n,
    const struct sw_addr *addr, uint8_t family)
{
	bool wants = false, wanted = false, named = false;

	for (size_t i = 0; i < n; i++) {
		bool holds = list_holds(&lists[i], addr, family);

		if (lists[i].except && holds)
			return false;
		wants = wants || !lists[i].except;
		wanted = wanted || holds;
		named = named || lists[i].n == 0; /* all but nothing */
		for (size_t k = 0; k < lists[i].n; k++)
			named = named || lists[i].ranges[k].family == family;
	}
	return n == 0 || (wants ? wanted : named);
}

static bool
has_ports(uint8_t proto)
{
	static const uint8_t ported[] = { IPPROTO_TCP, IPPROTO_UDP,
		IPPROTO_DCCP, IPPROTO_SCTP, IPPROTO_UDPLITE };

	return memchr(ported, proto, sizeof ported) != NULL;
}

static bool
proto_holds(const struct sw_rule *rule, uint8_t proto)
{
	if ((rule->n_ports > 0 || rule->n_source_ports > 0) &&
	    !has_ports(proto))
		return false;
	for (size_t i = 0; i < rule->n_protos; i++) {
		int16_t own = rule->protos[i];

		if (own == SW_PROTO_ANY || own == proto ||
		    (own == SW_PROTO_ICMP &&
			(proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6)))
			return true;
	}
	return rule->n_protos == 0;
}

static bool
ports_hold(const struct sw_port_range *ports, size_t n, uint16_t port)
{
	bool wants = false, wanted = false;

	for (size_t i = 0; i < n; i++) {
		bool holds = port >= ports[i].first && port <= ports[i].last;

		if (ports[i].except && holds)
			return false;
		wants = wants || !ports[i].except;
		wanted = wanted || holds;
	}
	return wanted || !wants;
}

static bool
is_among(const uint32_t *list, size_t n, uint32_t index)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == index && index != 0)
			return true;
	return false;
}

static bool
ifaces_hold(const struct sw_iface_list *list, uint32_t index)
{
	return !is_among(list->except, list->n_except, index) &&
	       (!list->named || is_among(list->only, list->n_only, index));
}

static bool
mark_holds(const struct sw_mark_match *match, uint32_t mark)
{
	bool same = ((match->value ^ mark) & match->mask) == 0;

	return match->mask == 0 || same != match->except;
}

bool
rule_holds(const struct sw_rule *rule, const struct sw_endpoints *opener,
    const struct sw_way *way)
{
	return proto_holds(rule, opener->proto) &&
	       ports_hold(rule->ports, rule->n_ports, opener->dport) &&
	       ports_hold(
		   rule->source_ports, rule->n_source_ports, opener->sport) &&
	       lists_hold(
		   rule->from, rule->n_from, &opener->src, opener->family) &&
	       lists_hold(rule->to, rule->n_to, &opener->dst, opener->family) &&
	       ifaces_hold(&rule->in, way->in) &&
	       ifaces_hold(&rule->out, way->out) &&
	       ifaces_hold(&rule->phys_in, way->phys_in) &&
	       ifaces_hold(&rule->phys_out, way->phys_out) &&
	       mark_holds(&rule->mark, way->mark);
}

uint16_t
rule_match(const struct sw_rule *rules, size_t n,
    const struct sw_endpoints *opener, const struct sw_way *way)
{
	for (size_t i = 0; i < n; i++)
		if (rule_holds(&rules[i], opener, way))
			return rules[i].slot;
	return SW_RULE_DEFAULT;
}

struct sw_way
rule_draw_way(uint64_t *seed)
{
	return (struct sw_way){ rule_draw_below(seed, 5),
		rule_draw_below(seed, 5), rule_draw_below(seed, 5),
		rule_draw_below(seed, 5),
		0x11 * rule_draw_below(seed, 4) +
		    0x100 * rule_draw_below(seed, 2) };
}

struct sw_endpoints
rule_draw_opener(uint64_t *seed)
{
	struct sw_endpoints ends = {
		.family = rule_draw_below(seed, 2) ? SW_IPV4 : SW_IPV6,
		.sport = draw_port(seed),
		.dport = draw_port(seed),
	};
	int16_t proto = draw_proto(seed);

	ends.src = draw_addr(seed, ends.family);
	ends.dst = draw_addr(seed, ends.family);
	ends.proto = proto < 0 ? IPPROTO_TCP : (uint8_t)proto;
	return ends;
}
