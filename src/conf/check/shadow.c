/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf_cover: finds rules that can never match.
 *
 * A rule is a set of spans on each axis, once for IPv4 and once for IPv6
 * (conf/check/lists.h).  A rule is never reached when an earlier one includes
 * it on every axis, or when several do on every axis but one and together
 * include it there, as two halves of a network do.  Rules that cover another
 * only by their differences on several axes at once are not found: nobody
 * writes them on purpose, and the search for them would be longer than the
 * rest of the checks.
 *
 * Most rules have nothing in common, and an address from the first to the
 * last of each tells that at once.  The work is bounded: rules that it does
 * not suffice for are taken for reachable.
 */
#include <stdlib.h>

#include "conf/check.h"
#include "conf/check/lists.h"

enum {
	SEVERAL = 1 << SW_AXES, /* axes are lacking: of no use */
	WORK_MAX = 1 << 25,	/* looks, half a second */
};

static const struct sw_span none = { 1, 0 };

/* What is known of a rule. */
struct known {
	struct sw_span to[2]; /* from the first address to the last, of IPv4
				 and of IPv6; none when the rule is not for
				 it */
	uint16_t lacks;	      /* axes on which it does not include the rule
				 that is looked at; or SEVERAL */
};

struct cover {
	const struct sw_conf *conf;
	struct sw_lists *lists;
	struct known *known; /* beside conf's rules */
	enum sw_family family;
	uint32_t work;
};

/* Why a rule is never reached. */
struct covered {
	size_t last; /* the rule that takes the rest */
	bool alone;  /* and it takes all by itself */
};

/* Where the rule is open on the axis from a number on.  => false when the
 * number is not in it, else the last number that is, before a gap */
static bool
reach(struct cover *cover, size_t rule, enum sw_axis axis, sw_wide from,
    sw_wide *last)
{
	size_t n;
	const struct sw_span *list =
	    sw_lists_of(cover->lists, rule, axis, cover->family, &n);
	const struct sw_span *span = sw_spans_find(list, n, from);

	if (span != NULL)
		*last = span->last;
	return span != NULL;
}

/* Rules that are to include a later one on an axis together. */
struct together {
	size_t late, first, end;
	enum sw_axis axis;
	unsigned lacks; /* of those only which lack this; SEVERAL: of all */
	size_t used;	/* the last one that was needed */
};

/* The same for the one of them that reaches farthest. */
static bool
reach_together(
    struct cover *cover, struct together *rules, sw_wide from, sw_wide *last)
{
	size_t used = rules->used;
	bool open = false;

	for (size_t i = rules->first; i < rules->end; i++) {
		sw_wide end;

		if (cover->work > WORK_MAX)
			return false;
		cover->work++;
		if ((rules->lacks != SEVERAL &&
			cover->known[i].lacks != rules->lacks) ||
		    !reach(cover, i, rules->axis, from, &end) ||
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
	size_t n;
	const struct sw_span *list = sw_lists_of(
	    cover->lists, rules->late, rules->axis, cover->family, &n);

	for (size_t i = 0; i < n; i++) {
		sw_wide first = list[i].first, last = 0;

		for (;;) {
			if (!reach_together(cover, rules, first, &last))
				return false;
			if (last >= list[i].last)
				break;
			first = last + 1;
		}
	}
	return true;
}

static bool
is_judged(const struct cover *cover, size_t rule)
{
	return !cover->conf->origins->rules[rule].damaged &&
	       !sw_lists_lack(cover->lists, rule);
}

/* The axes on which the early rule does not include the late one. */
static unsigned
lacks(struct cover *cover, size_t early, size_t late)
{
	unsigned lacking = 0;

	if (!is_judged(cover, early))
		return SEVERAL;
	for (enum sw_axis axis = 0; axis < SW_AXES; axis++) {
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
disjoint(const struct sw_span *a, const struct sw_span *b)
{
	return a->last < b->first || b->last < a->first;
}

/* Do the rules before take all of this one in the family? */
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
		known[i].lacks = (uint16_t)lacks(cover, i, late);
		if (known[i].lacks == 0) {
			*why = (struct covered){ i, true };
			return true;
		}
		lacking |= known[i].lacks;
	}
	for (enum sw_axis axis = 0; axis < SW_AXES; axis++) {
		struct together some = { late, 0, late, axis, 1u << axis, 0 };

		if ((lacking & 1u << axis) == 0 || !include(cover, &some))
			continue;
		*why = (struct covered){ some.used, false };
		return true;
	}
	return false;
}

static const enum sw_family families[] = { SW_IPV4, SW_IPV6 };

/* In all families it is for. */
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
static struct sw_span
hull(const struct cover *cover, size_t rule, enum sw_axis axis,
    enum sw_family family)
{
	size_t n;
	const struct sw_span *list =
	    sw_lists_of(cover->lists, rule, axis, family, &n);

	return n > 0 ? (struct sw_span){ list[0].first, list[n - 1].last }
		     : none;
}

static void
prepare(struct cover *cover)
{
	for (size_t i = 0; i < cover->conf->n_rules; i++)
		for (unsigned f = 0; f < 2; f++) {
			struct sw_span from =
			    hull(cover, i, SW_AXIS_FROM, families[f]);

			cover->known[i].to[f] =
			    from.first <= from.last && is_judged(cover, i)
				? hull(cover, i, SW_AXIS_TO, families[f])
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

static void
look_for_covered(struct cover *cover, struct sw_conf_errors *errors)
{
	struct covered why = { 0 };

	prepare(cover);
	for (size_t i = 1; i < cover->conf->n_rules && cover->work < WORK_MAX;
	     i++)
		if (is_judged(cover, i) && covered(cover, i, &why))
			complain(cover, i, &why, errors);
}

void
sw_check_shadow(const struct sw_conf *conf, struct sw_conf_errors *errors)
{
	struct cover cover = { .conf = conf };

	if (conf->n_rules == 0)
		return;
	cover.known = calloc(conf->n_rules, sizeof *cover.known);
	cover.lists = sw_lists_create(conf);
	if (cover.known == NULL || cover.lists == NULL) {
		sw_conf_complain_file(
		    errors, conf->rules[0].file, "out of memory");
	} else {
		sw_lists_check(cover.lists, conf, errors);
		look_for_covered(&cover, errors);
	}
	sw_lists_destroy(cover.lists);
	free(cover.known);
}
