/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shadow: finds rules that can never match.
 *
 * A rule is a set of spans on each of six axes: source, destination, protocol,
 * port, input and output interface; once for IPv4 and once for IPv6.  A rule is
 * never reached when an earlier one includes it on every axis, or when several
 * include it on every axis but one and together include it there, as two halves
 * of a network do.  Rules that cover another only together on several axes are
 * not found: nobody writes them on purpose, and the search for them would be
 * longer than all other checks.
 *
 * Most rules have nothing in common, which a comparison of their ranges of
 * addresses shows at once.  The work is bounded: when the bound is reached, the
 * remaining rules count as reachable.
 */
#include <endian.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "conf/check.h"

__extension__ typedef unsigned __int128 wide;

enum axis {
	AXIS_TO, /* first, because most rules differ in it */
	AXIS_PORT,
	AXIS_FROM,
	AXIS_PROTO,
	AXIS_IN,
	AXIS_OUT,
	AXES,
};

enum {
	SEVERAL = 1 << AXES, /* differs on more than one axis: useless */
	WORK_MAX = 1 << 25,  /* spans to inspect, a quarter of a second */
};

struct span {
	wide first, last;
};

static const struct span all = { 0, ~(wide)0 };
static const struct span all_ports = { 0, UINT16_MAX };
static const struct span none = { 1, 0 };

/* Precomputed facts about a rule. */
struct known {
	/* range of addresses for IPv4 and IPv6; empty when the rule is not for
	 * that family */
	struct span to[2];
	/* axes on which it does not include the current rule; or SEVERAL */
	uint8_t lacks;
};

struct cover {
	const struct sw_conf *conf;
	struct known *known; /* parallel to conf's rules */
	enum sw_family family;
	uint32_t work;
};

/* Why a rule is never reached. */
struct covered {
	size_t last; /* the rule that covers the rest */
	bool alone;  /* it covers everything by itself */
};

/* --- a rule as spans ------------------------------------------------------ */

static struct span
prefix_span(const struct sw_prefix *prefix, enum sw_family family)
{
	uint64_t half[2];
	wide first;

	if (prefix->family != family)
		return none;
	memcpy(half, prefix->addr.b, sizeof half);
	first = (wide)be64toh(half[0]) << 64 | be64toh(half[1]);
	return (struct span){ first,
		prefix->bits < 128 ? first | all.last >> prefix->bits : first };
}

/* A name has at most 15 bytes, which are compared as a number. */
static struct span
name_span(const char *name)
{
	wide number = 0;

	for (; *name != '\0'; name++)
		number = number << 8 | (unsigned char)*name;
	return (struct span){ number, number };
}

static size_t
protocols(const struct sw_rule *rule)
{
	if (rule->proto == SW_PROTO_ANY && rule->n_ports > 0)
		return SW_PROTO_WITH_PORTS;
	return rule->proto == SW_PROTO_ICMP ? 2 : 1;
}

static struct span
protocol_span(const struct sw_rule *rule, size_t i)
{
	int16_t proto = rule->proto;

	if (proto == SW_PROTO_ANY && rule->n_ports == 0)
		return all;
	if (proto == SW_PROTO_ANY)
		proto = sw_proto_with_ports[i];
	if (proto == SW_PROTO_ICMP)
		proto = i == 0 ? IPPROTO_ICMP : IPPROTO_ICMPV6;
	return (struct span){ (uint8_t)proto, (uint8_t)proto };
}

/* The number of items that the rule names on the axis; 0: none. */
static size_t
items(const struct sw_conf_rule *rule, enum axis axis)
{
	switch (axis) {
	case AXIS_TO:
		return rule->rule.n_to;
	case AXIS_PORT:
		return rule->rule.n_ports;
	case AXIS_FROM:
		return rule->rule.n_from;
	case AXIS_PROTO:
		return protocols(&rule->rule);
	case AXIS_IN:
		return rule->n_in;
	case AXIS_OUT:
		return rule->n_out;
	case AXES:
		break;
	}
	return 0;
}

static struct span
item(const struct sw_conf_rule *rule, enum axis axis, enum sw_family family,
    size_t i)
{
	if (items(rule, axis) == 0)
		return axis == AXIS_PORT ? all_ports : all;
	switch (axis) {
	case AXIS_TO:
		return prefix_span(&rule->rule.to[i], family);
	case AXIS_PORT:
		return (struct span){ rule->rule.ports[i].first,
			rule->rule.ports[i].last };
	case AXIS_FROM:
		return prefix_span(&rule->rule.from[i], family);
	case AXIS_PROTO:
		return protocol_span(&rule->rule, i);
	case AXIS_IN:
		return name_span(rule->in[i]);
	case AXIS_OUT:
		return name_span(rule->out[i]);
	case AXES:
		break;
	}
	return none;
}

/* The number of spans to go through: at least one. */
static size_t
spans(const struct sw_conf_rule *rule, enum axis axis)
{
	size_t n = items(rule, axis);

	return n > 0 ? n : 1;
}

/* --- one rule by others --------------------------------------------------- */

/* How far the rule includes the axis from a number on.
 * => false when the number is not included, else the last number without a
 *    gap */
static bool
reach(struct cover *cover, const struct sw_conf_rule *rule, enum axis axis,
    wide from, wide *last)
{
	bool open = false;
	size_t n = spans(rule, axis);

	for (size_t i = 0; i < n; i++) {
		struct span span = item(rule, axis, cover->family, i);

		if (span.first > from || span.last < from ||
		    (open && span.last <= *last))
			continue;
		*last = span.last;
		open = true;
	}
	cover->work += (uint32_t)n - 1;
	return open;
}

/* Rules that may include a later one on an axis together. */
struct together {
	size_t late, first, end;
	enum axis axis;
	unsigned lacks; /* only those that lack exactly this; SEVERAL: all */
	size_t used;	/* the last rule that was needed */
};

/* The same for the rule among them that reaches farthest. */
static bool
reach_together(
    struct cover *cover, struct together *rules, wide from, wide *last)
{
	const struct sw_conf *conf = cover->conf;
	size_t used = 0;
	bool open = false;
	wide end = 0;

	for (size_t i = rules->first; i < rules->end; i++) {
		if (cover->work >= WORK_MAX)
			return false;
		cover->work++;
		if ((rules->lacks != SEVERAL &&
			cover->known[i].lacks != rules->lacks) ||
		    !reach(cover, &conf->rules[i], rules->axis, from, &end) ||
		    (open && end <= *last))
			continue;
		*last = end;
		used = i;
		open = true;
	}
	rules->used = used > rules->used ? used : rules->used;
	return open;
}

static bool
include(struct cover *cover, struct together *rules)
{
	const struct sw_conf_rule *late = &cover->conf->rules[rules->late];
	size_t n = spans(late, rules->axis);

	for (size_t i = 0; i < n; i++) {
		struct span span = item(late, rules->axis, cover->family, i);
		wide last = 0;

		while (span.first <= span.last) {
			if (!reach_together(cover, rules, span.first, &last))
				return false;
			if (last >= span.last)
				break;
			span.first = last + 1;
		}
	}
	return true;
}

/* The axes on which the early rule does not include the late one. */
static unsigned
lacks(struct cover *cover, size_t early, size_t late)
{
	unsigned lacking = 0;

	if (cover->conf->origins->rules[early].damaged)
		return SEVERAL;
	for (enum axis axis = 0; axis < AXES; axis++) {
		struct together one = { late, early, early + 1, axis, SEVERAL,
			0 };

		if (include(cover, &one))
			continue;
		if (lacking != 0)
			return SEVERAL;
		lacking = 1u << axis;
	}
	return lacking;
}

static bool
disjoint(const struct span *a, const struct span *b)
{
	return a->last < b->first || b->last < a->first;
}

/* Do the earlier rules match all packets of this one in the family? */
static bool
covered_in(
    struct cover *cover, size_t late, unsigned family, struct covered *why)
{
	struct known *known = cover->known;
	unsigned lacking = 0;

	for (size_t i = 0; i < late; i++) {
		cover->work++;
		known[i].lacks = SEVERAL;
		if (disjoint(&known[i].to[family], &known[late].to[family]))
			continue;
		known[i].lacks = (uint8_t)lacks(cover, i, late);
		if (known[i].lacks == 0) {
			*why = (struct covered){ i, true };
			return true;
		}
		lacking |= known[i].lacks;
	}
	for (enum axis axis = 0; axis < AXES; axis++) {
		struct together some = { late, 0, late, axis, 1u << axis, 0 };

		if ((lacking & 1u << axis) == 0 || !include(cover, &some))
			continue;
		*why = (struct covered){ some.used, false };
		return true;
	}
	return false;
}

static const enum sw_family families[] = { SW_IPV4, SW_IPV6 };

/* In all families that the rule is for. */
static bool
covered(struct cover *cover, size_t late, struct covered *why)
{
	bool any = false;

	for (unsigned f = 0; f < 2; f++) {
		struct covered here = { 0 };

		if (cover->known[late].to[f].first >
		    cover->known[late].to[f].last)
			continue;
		cover->family = families[f];
		if (!covered_in(cover, late, f, &here))
			return false;
		if (any && here.last != why->last)
			here.alone = false;
		if (any && here.last < why->last)
			here.last = why->last;
		here.alone = here.alone && (!any || why->alone);
		*why = here;
		any = true;
	}
	return any;
}

/* From the first address of the axis to the last. */
static struct span
hull(const struct sw_conf_rule *rule, enum axis axis, enum sw_family family)
{
	struct span whole = { all.last, 0 };
	size_t n = spans(rule, axis);

	for (size_t i = 0; i < n; i++) {
		struct span span = item(rule, axis, family, i);

		if (span.first > span.last)
			continue;
		if (span.first < whole.first)
			whole.first = span.first;
		if (span.last > whole.last)
			whole.last = span.last;
	}
	return whole.first <= whole.last ? whole : none;
}

static void
prepare(struct cover *cover)
{
	for (size_t i = 0; i < cover->conf->n_rules; i++)
		for (unsigned f = 0; f < 2; f++) {
			const struct sw_conf_rule *rule =
			    &cover->conf->rules[i];
			struct span from = hull(rule, AXIS_FROM, families[f]);

			cover->known[i].to[f] =
			    from.first <= from.last
				? hull(rule, AXIS_TO, families[f])
				: none;
		}
}

static void
complain(const struct cover *cover, size_t rule, const struct covered *why,
    struct sw_conf_errors *errors)
{
	const struct sw_conf_rule *late = &cover->conf->rules[rule];
	const struct sw_conf_rule *early = &cover->conf->rules[why->last];

	const struct sw_conf_origins *origins = cover->conf->origins;
	struct sw_blame blame =
	    sw_origin_blame(origins, origins->rules[rule].at);

	blame.key = "rule";
	if (why->alone)
		sw_conf_error_complain(errors, &blame,
		    "rule \"%s\" can never match: rule \"%s\" in %s:%d matches "
		    "everything it names; move it before that rule, or remove "
		    "it",
		    late->rule.name, early->rule.name, early->file,
		    early->line);
	else
		sw_conf_error_complain(errors, &blame,
		    "rule \"%s\" can never match: the rules before it, up to "
		    "\"%s\" in %s:%d, together match everything it names; move "
		    "it before them, or remove it",
		    late->rule.name, early->rule.name, early->file,
		    early->line);
}

void
sw_conf_shadow_check(const struct sw_conf *conf, struct sw_conf_errors *errors)
{
	struct cover cover = { .conf = conf };
	struct covered why = { 0 };

	if (conf->n_rules < 2)
		return;
	cover.known = calloc(conf->n_rules, sizeof *cover.known);
	if (cover.known == NULL) {
		sw_conf_complain_file(
		    errors, conf->rules[0].file, "out of memory");
		return;
	}
	prepare(&cover);
	for (size_t i = 1; i < conf->n_rules && cover.work < WORK_MAX; i++)
		if (!conf->origins->rules[i].damaged &&
		    covered(&cover, i, &why))
			complain(&cover, i, &why, errors);
	free(cover.known);
}
