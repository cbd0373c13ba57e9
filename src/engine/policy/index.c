/* SPDX-License-Identifier: Apache-2.0 */
/*
 * index: bit vectors over six axes (Lakshman and Stiliadis 1998), each preceded
 * by a digest so that words which cannot contain a match are not read (Baboescu
 * and Varghese 2001).
 *
 * A match costs a binary search on each axis and then, nearly always, one word
 * of each set.  With 1,000 rules that is a few more steps than with ten.
 */
#include <endian.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "engine/policy/axis.h"
#include "engine/policy/index.h"

enum axis {
	AXIS_FROM,
	AXIS_TO,
	AXIS_PROTO,
	AXIS_IN,
	AXIS_OUT,
	AXIS_PORT, /* the last axis, which may be left out */
	AXES
};

struct sw_index {
	enum sw_family family;
	struct sw_axis axis[AXES];
};

static uint32_t
addr_narrow(const struct sw_addr *addr)
{
	return (uint32_t)addr->b[0] << 24 | (uint32_t)addr->b[1] << 16 |
	       (uint32_t)addr->b[2] << 8 | addr->b[3];
}

static sw_axis_value
addr_wide(const struct sw_addr *addr)
{
	uint64_t half[2];

	memcpy(half, addr->b, sizeof half);
	return (sw_axis_value)be64toh(half[0]) << 64 | be64toh(half[1]);
}

static void
accept_prefixes(struct sw_axis_draft *draft, uint32_t rule,
    const struct sw_prefix *prefixes, size_t n, enum sw_family family)
{
	unsigned width = family == SW_IPV4 ? 32 : 128;

	if (n == 0)
		sw_axis_accept(draft, rule, 0, draft->top);
	for (size_t i = 0; i < n; i++) {
		const struct sw_prefix *p = &prefixes[i];
		sw_axis_value span, first;

		if (p->family != family)
			continue;
		span = p->bits < width ? draft->top >> p->bits : 0;
		first =
		    width == 32 ? addr_narrow(&p->addr) : addr_wide(&p->addr);
		sw_axis_accept(draft, rule, first & ~span, first | span);
	}
}

static void
accept_proto(
    struct sw_axis_draft *draft, uint32_t rule, const struct sw_rule *from)
{
	int16_t proto = from->proto;

	if (from->n_ports > 0) {
		for (size_t i = 0; i < SW_PROTO_WITH_PORTS; i++)
			if (proto == SW_PROTO_ANY ||
			    proto == sw_proto_with_ports[i])
				sw_axis_accept(draft, rule,
				    sw_proto_with_ports[i],
				    sw_proto_with_ports[i]);
	} else if (proto == SW_PROTO_ICMP) {
		sw_axis_accept(draft, rule, IPPROTO_ICMP, IPPROTO_ICMP);
		sw_axis_accept(draft, rule, IPPROTO_ICMPV6, IPPROTO_ICMPV6);
	} else if (proto == SW_PROTO_ANY) {
		sw_axis_accept(draft, rule, 0, draft->top);
	} else {
		sw_axis_accept(draft, rule, (uint8_t)proto, (uint8_t)proto);
	}
}

static void
accept_ports(
    struct sw_axis_draft *draft, uint32_t rule, const struct sw_rule *from)
{
	if (from->n_ports == 0)
		sw_axis_accept(draft, rule, 0, draft->top);
	for (size_t i = 0; i < from->n_ports; i++)
		sw_axis_accept(
		    draft, rule, from->ports[i].first, from->ports[i].last);
}

static void
accept_interfaces(struct sw_axis_draft *draft, uint32_t rule,
    const uint32_t *list, size_t n, bool named)
{
	if (!named && n == 0)
		sw_axis_accept(draft, rule, 0, draft->top);
	for (size_t i = 0; i < n; i++)
		if (list[i] != 0)
			sw_axis_accept(draft, rule, list[i], list[i]);
}

static void
accept_rule(struct sw_axis_draft *draft, enum axis axis, uint32_t number,
    const struct sw_rule *rule, enum sw_family family)
{
	switch (axis) {
	case AXIS_FROM:
		accept_prefixes(
		    draft, number, rule->from, rule->n_from, family);
		break;
	case AXIS_TO:
		accept_prefixes(draft, number, rule->to, rule->n_to, family);
		break;
	case AXIS_PROTO:
		accept_proto(draft, number, rule);
		break;
	case AXIS_PORT:
		accept_ports(draft, number, rule);
		break;
	case AXIS_IN:
		accept_interfaces(
		    draft, number, rule->in, rule->n_in, rule->has_in);
		break;
	case AXIS_OUT:
		accept_interfaces(
		    draft, number, rule->out, rule->n_out, rule->has_out);
		break;
	case AXES:
		break;
	}
}

static sw_axis_value
axis_top(enum axis axis, enum sw_family family)
{
	if (axis == AXIS_PROTO)
		return UINT8_MAX;
	if (axis == AXIS_PORT)
		return UINT16_MAX;
	if (family == SW_IPV6 && (axis == AXIS_FROM || axis == AXIS_TO))
		return ~(sw_axis_value)0;
	return UINT32_MAX;
}

struct sw_index *
sw_index_build(const struct sw_rule *rules, uint32_t n, enum sw_family family)
{
	struct sw_index *index = calloc(1, sizeof *index);

	if (index == NULL)
		return NULL;
	index->family = family;
	for (unsigned a = 0; a < AXES; a++) {
		struct sw_axis_draft draft;

		sw_axis_begin(&draft, axis_top(a, family));
		for (uint32_t i = 0; i < n; i++)
			accept_rule(&draft, a, i, &rules[i], family);
		if (!sw_axis_build(&index->axis[a], &draft, n)) {
			sw_index_free(index);
			return NULL;
		}
	}
	return index;
}

void
sw_index_free(struct sw_index *index)
{
	if (index == NULL)
		return;
	for (unsigned a = 0; a < AXES; a++)
		sw_axis_free(&index->axis[a]);
	free(index);
}

/* The lowest bit, from a given one on, that is in the first n sets. */
static inline uint32_t
next_common(const uint64_t *const set[AXES], unsigned n, uint32_t from)
{
	uint64_t digest = ~UINT64_C(0);

	for (unsigned a = 0; a < n; a++)
		digest &= set[a][0];
	digest &= ~UINT64_C(0) << from / 64;
	for (; digest != 0; digest &= digest - 1) {
		uint32_t word = (uint32_t)__builtin_ctzll(digest);
		uint64_t common = ~UINT64_C(0);

		for (unsigned a = 0; a < n; a++)
			common &= set[a][1 + word];
		if (word == from / 64)
			common &= ~UINT64_C(0) << from % 64;
		if (common != 0)
			return word * 64 + (uint32_t)__builtin_ctzll(common);
	}
	return SW_INDEX_NONE;
}

/* The rules that accept each value, except the port. */
static inline void
gather(const struct sw_index *index, const struct sw_endpoints *opener,
    uint32_t in, uint32_t out, const uint64_t *set[AXES])
{
	const struct sw_axis *axis = index->axis;

	if (index->family == SW_IPV4) {
		set[AXIS_FROM] =
		    sw_axis_find(&axis[AXIS_FROM], addr_narrow(&opener->src));
		set[AXIS_TO] =
		    sw_axis_find(&axis[AXIS_TO], addr_narrow(&opener->dst));
	} else {
		set[AXIS_FROM] = sw_axis_find_wide(
		    &axis[AXIS_FROM], addr_wide(&opener->src));
		set[AXIS_TO] =
		    sw_axis_find_wide(&axis[AXIS_TO], addr_wide(&opener->dst));
	}
	set[AXIS_PROTO] = sw_axis_find(&axis[AXIS_PROTO], opener->proto);
	set[AXIS_IN] = sw_axis_find(&axis[AXIS_IN], in);
	set[AXIS_OUT] = sw_axis_find(&axis[AXIS_OUT], out);
}

uint32_t
sw_index_match(const struct sw_index *index, const struct sw_endpoints *opener,
    uint32_t in, uint32_t out)
{
	const uint64_t *set[AXES];

	gather(index, opener, in, out, set);
	set[AXIS_PORT] = sw_axis_find(&index->axis[AXIS_PORT], opener->dport);
	return next_common(set, AXES, 0);
}

uint32_t
sw_index_match_any_port(const struct sw_index *index,
    const struct sw_endpoints *opener, uint32_t in, uint32_t out, uint32_t from)
{
	const uint64_t *set[AXES];

	gather(index, opener, in, out, set);
	return next_common(set, AXIS_PORT, from);
}
