/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf_lists: rules as spans of numbers.
 *
 * All spans are in one array, and a rule has a place and a length there for
 * each axis.  A set that a rule names alone is not copied.  The array is
 * bounded: a rule that it has no room for lacks its lists.
 */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "conf/check/lists.h"

enum {
	SPANS_MAX = 1 << 21,
	NAME_BYTES = 16, /* of an interface, with the closing NUL */
	FAMILIES = 2,
};

static const enum sw_family families[FAMILIES] = { SW_IPV4, SW_IPV6 };

/* A settled list, as a part of the array. */
struct part {
	uint32_t at, n;
};

struct row {
	struct part part[SW_AXES][FAMILIES];
	bool lacks;
};

struct sw_lists {
	const struct sw_conf *conf;
	struct sw_spans all;
	struct part (*sets)[FAMILIES];
	struct row *rows;
	bool one_mask; /* all marks of rules have the same */
};

/* What one rule wants and does not want on one axis. */
struct draft {
	struct sw_spans wanted, excepted;
	bool excepts_none; /* it excepts a set that is empty */
};

static sw_wide
top_of(enum sw_axis axis, enum sw_family family)
{
	switch (axis) {
	case SW_AXIS_TO:
	case SW_AXIS_FROM:
		return family == SW_IPV4 ? UINT32_MAX : ~(sw_wide)0;
	case SW_AXIS_PORT:
	case SW_AXIS_SOURCE_PORT:
		return UINT16_MAX;
	case SW_AXIS_PROTO:
		return UINT8_MAX;
	case SW_AXIS_IN:
	case SW_AXIS_OUT:
	case SW_AXIS_PHYS_IN:
	case SW_AXIS_PHYS_OUT:
	case SW_AXIS_MARK:
	case SW_AXES:
		break;
	}
	return ~(sw_wide)0;
}

static void
put(struct draft *draft, bool except, sw_wide first, sw_wide last)
{
	sw_spans_add(except ? &draft->excepted : &draft->wanted, first, last);
}

/* --- each axis --- */

/* The addresses that the rule names of a family, and whether it names any
 * that it wants. */
static void
draft_addresses(const struct sw_lists *lists, struct draft *draft,
    const struct sw_conf_address *list, size_t n, unsigned f, bool *wants)
{
	for (size_t i = 0; i < n; i++) {
		const struct sw_addr_range *range = &list[i].range;
		const struct part *parts;

		*wants = *wants || !list[i].except;
		if (*list[i].set == '\0') {
			if (range->family == families[f])
				put(draft, list[i].except,
				    sw_spans_addr(&range->first, families[f]),
				    sw_spans_addr(&range->last, families[f]));
			continue;
		}
		parts = lists->sets[sw_conf_set_find(lists->conf, list[i].set) -
				    lists->conf->sets];
		for (uint32_t k = 0; k < parts[f].n; k++)
			put(draft, list[i].except,
			    lists->all.list[parts[f].at + k].first,
			    lists->all.list[parts[f].at + k].last);
		if (list[i].except && !parts[0].n && !parts[1].n)
			draft->excepts_none = true;
	}
}

/* A name has 15 bytes at most, which make a number; what begins as a pattern
 * does is a span. */
static void
draft_name(struct draft *draft, const char *name)
{
	bool except = *name == '!';
	size_t n = strlen(name += except);
	bool pattern = n > 0 && name[n - 1] == '*';
	sw_wide number = 0;

	n -= pattern;
	for (size_t i = 0; i < NAME_BYTES; i++)
		number = number << 8 | (i < n ? (unsigned char)name[i] : 0u);
	put(draft, except, number,
	    pattern ? number | ~(sw_wide)0 >> 8 * n : number);
}

static void
draft_names(
    struct draft *draft, char (*names)[SW_CONF_NAME], size_t n, bool *wants)
{
	for (size_t i = 0; i < n; i++) {
		draft_name(draft, names[i]);
		*wants = *wants || names[i][0] != '!';
	}
}

static void
draft_ports(struct draft *draft, const struct sw_port_range *ports, size_t n,
    bool *wants)
{
	for (size_t i = 0; i < n; i++) {
		put(draft, ports[i].except, ports[i].first, ports[i].last);
		*wants = *wants || !ports[i].except;
	}
}

static void
draft_ported(struct draft *draft)
{
	for (size_t i = 0; i < SW_PROTO_WITH_PORTS; i++)
		put(draft, false, sw_proto_with_ports[i],
		    sw_proto_with_ports[i]);
}

static void
draft_protocols(struct draft *draft, const struct sw_rule *rule, bool *wants)
{
	bool ported = rule->n_ports > 0 || rule->n_source_ports > 0;

	*wants = rule->n_protos > 0 || ported;
	if (rule->n_protos == 0 && ported)
		draft_ported(draft);
	for (size_t i = 0; i < rule->n_protos; i++) {
		int16_t proto = rule->protos[i];

		if (proto == SW_PROTO_ANY && ported) {
			draft_ported(draft);
		} else if (proto == SW_PROTO_ANY) {
			put(draft, false, 0, UINT8_MAX);
		} else if (proto == SW_PROTO_ICMP) {
			put(draft, false, IPPROTO_ICMP, IPPROTO_ICMP);
			put(draft, false, IPPROTO_ICMPV6, IPPROTO_ICMPV6);
		} else {
			put(draft, false, (uint8_t)proto, (uint8_t)proto);
		}
	}
}

/* Marks are numbers where all rules have one mask.  Where they have several,
 * what a rule wants is a number of its own, the same for the same text. */
static void
draft_mark(const struct sw_lists *lists, struct draft *draft,
    const struct sw_mark_match *mark, bool *wants)
{
	sw_wide number = mark->value;

	if (mark->mask == 0)
		return;
	*wants = !mark->except || !lists->one_mask;
	if (!lists->one_mask)
		number |= (sw_wide)mark->mask << 32 |
			  (sw_wide)mark->except << 64 | (sw_wide)1 << 65;
	put(draft, mark->except && lists->one_mask, number, number);
}

static void
draft_axis(const struct sw_lists *lists, struct draft *draft,
    const struct sw_conf_rule *rule, enum sw_axis axis, unsigned f, bool *wants)
{
	switch (axis) {
	case SW_AXIS_TO:
		draft_addresses(lists, draft, rule->to, rule->n_to, f, wants);
		break;
	case SW_AXIS_FROM:
		draft_addresses(
		    lists, draft, rule->from, rule->n_from, f, wants);
		break;
	case SW_AXIS_PORT:
		draft_ports(draft, rule->rule.ports, rule->rule.n_ports, wants);
		break;
	case SW_AXIS_PHYS_IN:
		draft_names(draft, rule->phys_in, rule->n_phys_in, wants);
		break;
	case SW_AXIS_PHYS_OUT:
		draft_names(draft, rule->phys_out, rule->n_phys_out, wants);
		break;
	case SW_AXIS_MARK:
		draft_mark(lists, draft, &rule->rule.mark, wants);
		break;
	case SW_AXIS_SOURCE_PORT:
		draft_ports(draft, rule->rule.source_ports,
		    rule->rule.n_source_ports, wants);
		break;
	case SW_AXIS_PROTO:
		draft_protocols(draft, &rule->rule, wants);
		break;
	case SW_AXIS_IN:
		draft_names(draft, rule->in, rule->n_in, wants);
		break;
	case SW_AXIS_OUT:
		draft_names(draft, rule->out, rule->n_out, wants);
		break;
	case SW_AXES:
		break;
	}
}

/* --- the array --- */

/* => false where there is no room */
static bool
store(struct sw_lists *lists, const struct sw_spans *spans, struct part *part)
{
	lists->all.failed = lists->all.failed || spans->failed;
	if (spans->failed || lists->all.n + spans->n > SPANS_MAX)
		return false;
	*part = (struct part){ (uint32_t)lists->all.n, (uint32_t)spans->n };
	for (size_t i = 0; i < spans->n; i++)
		sw_spans_add(
		    &lists->all, spans->list[i].first, spans->list[i].last);
	return !lists->all.failed;
}

/* A rule that only excepts some wants the rest; of addresses only those of
 * the families that it names, and all where what it names is empty. */
static bool
wants_rest(const struct draft *draft, enum sw_axis axis, size_t n)
{
	bool of_family = axis == SW_AXIS_TO || axis == SW_AXIS_FROM;

	return n == 0 || !of_family || draft->excepted.n > 0 ||
	       draft->excepts_none;
}

static bool
store_axis(struct sw_lists *lists, const struct sw_conf_rule *rule,
    enum sw_axis axis, unsigned f, struct part *part)
{
	struct draft draft = { 0 };
	size_t n = axis == SW_AXIS_TO ? rule->n_to : rule->n_from;
	bool wants = false, stored;

	draft_axis(lists, &draft, rule, axis, f, &wants);
	if (!wants && wants_rest(&draft, axis, n))
		put(&draft, false, 0, top_of(axis, families[f]));
	sw_spans_settle(&draft.wanted);
	sw_spans_settle(&draft.excepted);
	draft.wanted.failed = draft.wanted.failed || draft.excepted.failed;
	sw_spans_remove(&draft.wanted, &draft.excepted);
	stored = store(lists, &draft.wanted, part);
	sw_spans_free(&draft.wanted);
	sw_spans_free(&draft.excepted);
	return stored;
}

/* The set that the rule names on the axis, and nothing else.  => or NULL */
static const struct sw_conf_set *
lone_set(const struct sw_lists *lists, const struct sw_conf_rule *rule,
    enum sw_axis axis)
{
	const struct sw_conf_address *list =
	    axis == SW_AXIS_TO ? rule->to : rule->from;
	size_t n = axis == SW_AXIS_TO ? rule->n_to : rule->n_from;

	return (axis == SW_AXIS_TO || axis == SW_AXIS_FROM) && n == 1 &&
		       !list[0].except && *list[0].set != '\0'
		   ? sw_conf_set_find(lists->conf, list[0].set)
		   : NULL;
}

static void
store_rule(struct sw_lists *lists, size_t i)
{
	const struct sw_conf_rule *rule = &lists->conf->rules[i];
	struct row *row = &lists->rows[i];

	for (enum sw_axis axis = 0; !row->lacks && axis < SW_AXES; axis++) {
		const struct sw_conf_set *set = lone_set(lists, rule, axis);
		bool by_family = axis == SW_AXIS_TO || axis == SW_AXIS_FROM;

		for (unsigned f = 0; !row->lacks && f < FAMILIES; f++)
			if (set != NULL)
				row->part[axis][f] =
				    lists->sets[set - lists->conf->sets][f];
			else if (f == 0 || by_family)
				row->lacks = !store_axis(
				    lists, rule, axis, f, &row->part[axis][f]);
			else
				row->part[axis][f] = row->part[axis][0];
	}
}

static void
store_set(struct sw_lists *lists, size_t i)
{
	const struct sw_conf_set *set = &lists->conf->sets[i];

	for (unsigned f = 0; f < FAMILIES; f++) {
		struct part *part = &lists->sets[i][f];

		part->at = (uint32_t)lists->all.n;
		for (size_t k = 0; k < set->n_ranges; k++)
			if (set->ranges[k].family == families[f])
				sw_spans_add(&lists->all,
				    sw_spans_addr(
					&set->ranges[k].first, families[f]),
				    sw_spans_addr(
					&set->ranges[k].last, families[f]));
		part->n = (uint32_t)lists->all.n - part->at;
	}
}

static bool
has_one_mask(const struct sw_conf *conf)
{
	uint32_t mask = 0;

	for (size_t i = 0; i < conf->n_rules; i++) {
		uint32_t own = conf->rules[i].rule.mark.mask;

		if (own != 0 && mask != 0 && own != mask)
			return false;
		mask = own != 0 ? own : mask;
	}
	return true;
}

struct sw_lists *
sw_lists_create(const struct sw_conf *conf)
{
	struct sw_lists *lists = calloc(1, sizeof *lists);

	if (lists == NULL)
		return NULL;
	lists->conf = conf;
	lists->one_mask = has_one_mask(conf);
	lists->rows = calloc(conf->n_rules + 1, sizeof *lists->rows);
	lists->sets = calloc(conf->n_sets + 1, sizeof *lists->sets);
	if (lists->rows == NULL || lists->sets == NULL) {
		sw_lists_destroy(lists);
		return NULL;
	}
	for (size_t i = 0; i < conf->n_sets; i++)
		store_set(lists, i);
	for (size_t i = 0; i < conf->n_rules; i++)
		if (!conf->origins->rules[i].damaged)
			store_rule(lists, i);
	if (!lists->all.failed)
		return lists;
	sw_lists_destroy(lists);
	return NULL;
}

void
sw_lists_destroy(struct sw_lists *lists)
{
	if (lists == NULL)
		return;
	sw_spans_free(&lists->all);
	free(lists->rows);
	free(lists->sets);
	free(lists);
}

const struct sw_span *
sw_lists_of(const struct sw_lists *lists, size_t rule, enum sw_axis axis,
    enum sw_family family, size_t *n)
{
	const struct part *part =
	    &lists->rows[rule].part[axis][family == SW_IPV6];

	*n = part->n;
	return part->n > 0 ? lists->all.list + part->at : NULL;
}

bool
sw_lists_lack(const struct sw_lists *lists, size_t rule)
{
	return lists->rows[rule].lacks;
}
