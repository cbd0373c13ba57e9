/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf_cover: finds rules that can never match.
 *
 * Each rule is a box: addresses from and to, protocol, port, interfaces in
 * and out, once for IPv4 and once for IPv6.  The boxes of all rules before
 * it are cut out of a rule's own; when nothing is left in either family, no
 * packet will ever reach it.  Work is bounded: a rule that splinters into
 * more pieces than fit the arena is taken for reachable.
 */
#include <endian.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "shell/conf_check.h"
#include "shell/spans.h"

enum axis {
	AXIS_TO, /* first, for it tells most rules apart */
	AXIS_PORT,
	AXIS_FROM,
	AXIS_PROTO,
	AXIS_IN,
	AXIS_OUT,
};

enum {
	FAMILIES = 2,
	ARENA = 1 << 20,
	PAIRS_MAX = 1 << 25, /* of rules looked at, a quarter second */
};

struct cover {
	const struct sw_conf *conf;
	const char **names; /* of interfaces, sorted; number is place + 1 */
	size_t n_names;
	struct sw_box (*boxes)[FAMILIES]; /* beside conf's rules */
	struct sw_arena memory;		  /* of the boxes' spans */
	struct sw_arena work;
};

/* Why a rule is never reached. */
struct covered {
	size_t last; /* the rule that takes the rest */
	bool alone;  /* and it takes all by itself */
};

static bool
add(struct cover *cover, struct sw_spans *spans, size_t room, sw_wide first,
    sw_wide last)
{
	if (spans->list == NULL)
		spans->list =
		    sw_arena_take(&cover->memory, room * sizeof *spans->list);
	if (spans->list == NULL)
		return false;
	spans->list[spans->n++] = (struct sw_span){ first, last };
	return true;
}

static sw_wide
wide(const struct sw_addr *addr)
{
	uint64_t half[2];

	memcpy(half, addr->b, sizeof half);
	return (sw_wide)be64toh(half[0]) << 64 | be64toh(half[1]);
}

static bool
add_prefixes(struct cover *cover, struct sw_spans *spans,
    const struct sw_prefix *list, size_t n, enum sw_family family)
{
	const sw_wide all = ~(sw_wide)0;

	if (n == 0)
		return add(cover, spans, 1, 0, all);
	for (size_t i = 0; i < n; i++) {
		sw_wide first = wide(&list[i].addr);
		sw_wide width = list[i].bits < 128 ? all >> list[i].bits : 0;

		if (list[i].family == family &&
		    !add(cover, spans, n, first, first | width))
			return false;
	}
	sw_spans_settle(spans);
	return true;
}

static bool
add_ports(
    struct cover *cover, struct sw_spans *spans, const struct sw_rule *rule)
{
	if (rule->n_ports == 0)
		return add(cover, spans, 1, 0, UINT16_MAX);
	for (size_t i = 0; i < rule->n_ports; i++)
		if (!add(cover, spans, rule->n_ports, rule->ports[i].first,
			rule->ports[i].last))
			return false;
	sw_spans_settle(spans);
	return true;
}

static bool
add_protocols(
    struct cover *cover, struct sw_spans *spans, const struct sw_rule *rule)
{
	if (rule->proto == SW_PROTO_ICMP)
		return add(cover, spans, 2, IPPROTO_ICMP, IPPROTO_ICMP) &&
		       add(cover, spans, 2, IPPROTO_ICMPV6, IPPROTO_ICMPV6);
	if (rule->proto != SW_PROTO_ANY)
		return add(cover, spans, 1, (uint8_t)rule->proto,
		    (uint8_t)rule->proto);
	if (rule->n_ports == 0)
		return add(cover, spans, 1, 0, UINT8_MAX);
	for (size_t i = 0; i < SW_PORTED; i++)
		if (!add(cover, spans, SW_PORTED, sw_ported[i], sw_ported[i]))
			return false;
	sw_spans_settle(spans);
	return true;
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool
add_interfaces(struct cover *cover, struct sw_spans *spans,
    char (*list)[SW_CONF_NAME], size_t n)
{
	if (n == 0)
		return add(cover, spans, 1, 0, cover->n_names + 1);
	for (size_t i = 0; i < n; i++) {
		const char *name = list[i];
		const char **found = bsearch(&name, cover->names,
		    cover->n_names, sizeof *cover->names, by_text);
		size_t number = (size_t)(found - cover->names) + 1;

		if (!add(cover, spans, n, number, number))
			return false;
	}
	sw_spans_settle(spans);
	return true;
}

static bool
make_box(struct cover *cover, const struct sw_conf_rule *rule,
    enum sw_family family, struct sw_box *box)
{
	const struct sw_rule *r = &rule->rule;
	struct sw_spans *axis = box->axis;

	return add_prefixes(cover, &axis[AXIS_TO], r->to, r->n_to, family) &&
	       add_prefixes(
		   cover, &axis[AXIS_FROM], r->from, r->n_from, family) &&
	       add_ports(cover, &axis[AXIS_PORT], r) &&
	       add_protocols(cover, &axis[AXIS_PROTO], r) &&
	       add_interfaces(cover, &axis[AXIS_IN], rule->in, rule->n_in) &&
	       add_interfaces(cover, &axis[AXIS_OUT], rule->out, rule->n_out);
}

/* Interface names of all rules, sorted; doubles do no harm. */
static void
name_interfaces(struct cover *cover)
{
	const struct sw_conf *conf = cover->conf;

	for (size_t i = 0; i < conf->n_rules; i++) {
		const struct sw_conf_rule *rule = &conf->rules[i];

		for (size_t k = 0; k < rule->n_in; k++)
			cover->names[cover->n_names++] = rule->in[k];
		for (size_t k = 0; k < rule->n_out; k++)
			cover->names[cover->n_names++] = rule->out[k];
	}
	qsort(cover->names, cover->n_names, sizeof *cover->names, by_text);
	for (size_t i = 1, n = cover->n_names, kept = 0; i < n; i++) {
		if (strcmp(cover->names[i], cover->names[kept]) != 0)
			cover->names[++kept] = cover->names[i];
		cover->n_names = kept + 1;
	}
}

static bool
allocate(struct cover *cover)
{
	const struct sw_conf *conf = cover->conf;
	size_t items = 0, names = 1;

	for (size_t i = 0; i < conf->n_rules; i++) {
		const struct sw_conf_rule *r = &conf->rules[i];

		items += 16 + r->rule.n_from + r->rule.n_to + r->rule.n_ports +
			 r->n_in + r->n_out;
		names += r->n_in + r->n_out;
	}
	cover->memory.size = FAMILIES * items * sizeof(struct sw_span);
	cover->work.size = ARENA;
	cover->memory.bytes = malloc(cover->memory.size);
	cover->work.bytes = malloc(cover->work.size);
	cover->names = calloc(names, sizeof *cover->names);
	cover->boxes = calloc(conf->n_rules + 1, sizeof *cover->boxes);
	return cover->memory.bytes != NULL && cover->work.bytes != NULL &&
	       cover->names != NULL && cover->boxes != NULL;
}

static bool
prepare(struct cover *cover)
{
	if (!allocate(cover))
		return false;
	name_interfaces(cover);
	for (size_t i = 0; i < cover->conf->n_rules; i++)
		if (!cover->conf->origins->rules[i].damaged &&
		    (!make_box(cover, &cover->conf->rules[i], SW_IPV4,
			 &cover->boxes[i][0]) ||
			!make_box(cover, &cover->conf->rules[i], SW_IPV6,
			    &cover->boxes[i][1])))
			return false;
	return true;
}

static void
release(struct cover *cover)
{
	free(cover->memory.bytes);
	free(cover->work.bytes);
	free(cover->names);
	free(cover->boxes);
}

/* Do the rules before take all of this one in the family? */
static bool
covered_in(
    struct cover *cover, size_t rule, unsigned family, struct covered *why)
{
	const struct sw_boxes whole = { &cover->boxes[rule][family], 1 };
	struct sw_boxes left = whole, less;

	cover->work.used = 0;
	for (size_t i = 0; i < rule && left.n > 0; i++) {
		const struct sw_box *cut = &cover->boxes[i][family];

		if (!sw_box_overlaps(whole.list, cut))
			continue;
		if (!sw_boxes_cut(&cover->work, &left, cut, &less))
			return false;
		left = less;
		why->last = i;
	}
	why->alone = left.n == 0 &&
		     sw_boxes_cut(&cover->work, &whole,
			 &cover->boxes[why->last][family], &less) &&
		     less.n == 0;
	return left.n == 0;
}

/* In all families it is for. */
static bool
covered(struct cover *cover, size_t rule, struct covered *why)
{
	bool any = false;

	*why = (struct covered){ 0, true };
	for (unsigned family = 0; family < FAMILIES; family++) {
		struct covered here = { 0 };

		if (sw_box_empty(&cover->boxes[rule][family]))
			continue;
		if (!covered_in(cover, rule, family, &here))
			return false;
		why->alone = why->alone && here.alone &&
			     (!any || why->last == here.last);
		if (here.last > why->last)
			why->last = here.last;
		any = true;
	}
	return any;
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
		sw_conf_complain(errors, &blame,
		    "rule \"%s\" can never match: rule \"%s\" in %s:%d takes "
		    "everything it names; write it before that one, or leave "
		    "it out",
		    late->rule.name, early->rule.name, early->file,
		    early->line);
	else
		sw_conf_complain(errors, &blame,
		    "rule \"%s\" can never match: the rules before it, up to "
		    "\"%s\" in %s:%d, take together everything it names; "
		    "write it before them, or leave it out",
		    late->rule.name, early->rule.name, early->file,
		    early->line);
}

void
sw_conf_check_cover(const struct sw_conf *conf, struct sw_conf_errors *errors)
{
	struct cover cover = { .conf = conf };
	struct covered why;
	size_t pairs = 0;

	if (prepare(&cover))
		for (size_t i = 1; i < conf->n_rules; i++) {
			pairs += i;
			if (pairs > PAIRS_MAX)
				break;
			if (!conf->origins->rules[i].damaged &&
			    covered(&cover, i, &why))
				complain(&cover, i, &why, errors);
		}
	release(&cover);
}
