/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compile: turns the rules of a configuration into the engine's form.
 *
 * A configuration names interfaces, and packets carry numbers.
 * A name without an interface is left out: the rule then matches nothing
 * through it, and the policy is compiled again when interfaces change.
 *
 * What a rule names of addresses becomes lists: one of the ranges it wants,
 * one of those it excepts, and each set as it is, so that all rules share
 * it.
 */
#include <stdlib.h>
#include <string.h>

#include "conf/value.h"
#include "conf/zone.h"
#include "shards/rule_slots.h"

/* The interfaces that names may mean. */
struct links {
	const struct sw_iface *list;
	size_t n;
};

int
sw_conf_compile_slots(struct sw_conf *conf, struct sw_rule_slots *slots)
{
	for (size_t i = 0; i < conf->n_rules; i++) {
		int slot =
		    sw_rule_slots_assign(slots, conf->rules[i].rule.name);

		if (slot < 0)
			return slot;
		conf->rules[i].rule.slot = (uint16_t)slot;
	}
	return 0;
}

/* Adds the numbers of those that the name means. */
static bool
add_links(
    const struct links *links, const char *name, uint32_t **numbers, size_t *n)
{
	for (size_t i = 0; i < links->n; i++) {
		uint32_t *more;

		if (!sw_net_names_interface(name, links->list[i].name))
			continue;
		more = realloc(*numbers, (*n + 1) * sizeof *more);
		if (more == NULL)
			return false;
		more[(*n)++] = links->list[i].index;
		*numbers = more;
	}
	return true;
}

/* => false when memory is short */
static bool
compile_ifaces(const struct links *links, char (*names)[SW_CONF_NAME], size_t n,
    struct sw_iface_list *list)
{
	uint32_t *only = NULL, *except = NULL;
	bool whole = true;

	for (size_t i = 0; whole && i < n; i++)
		if (names[i][0] == '!') {
			whole = add_links(
			    links, names[i], &except, &list->n_except);
		} else {
			list->named = true;
			whole =
			    add_links(links, names[i], &only, &list->n_only);
		}
	list->only = only;
	list->except = except;
	return whole;
}

/* The ranges that the rule itself names and wants, or excepts, as one list
 * behind those that there are. */
static bool
own_ranges(const struct sw_conf_address *addresses, size_t n, bool except,
    struct sw_addr_list *lists, size_t *n_lists)
{
	struct sw_addr_range *ranges = calloc(n + 1, sizeof *ranges);
	size_t used = 0;

	if (ranges == NULL)
		return false;
	for (size_t i = 0; i < n; i++)
		if (*addresses[i].set == '\0' && addresses[i].except == except)
			ranges[used++] = addresses[i].range;
	if (used == 0) {
		free(ranges);
		return true;
	}
	lists[(*n_lists)++] = (struct sw_addr_list){ ranges, used, except };
	return true;
}

/* => NULL when memory is short */
static struct sw_addr_list *
compile_addresses(const struct sw_conf *conf,
    const struct sw_conf_address *addresses, size_t n, size_t *n_lists)
{
	struct sw_addr_list *lists = calloc(n + 2, sizeof *lists);

	*n_lists = 0;
	if (lists == NULL || n == 0)
		return lists;
	if (!own_ranges(addresses, n, false, lists, n_lists) ||
	    !own_ranges(addresses, n, true, lists, n_lists)) {
		free((void *)(uintptr_t)lists[0].ranges);
		free(lists);
		*n_lists = 0;
		return NULL;
	}
	for (size_t i = 0; i < n; i++) {
		const struct sw_conf_set *set;

		if (*addresses[i].set == '\0')
			continue;
		set = sw_conf_set_find(conf, addresses[i].set);
		lists[(*n_lists)++] = (struct sw_addr_list){ set->ranges,
			set->n_ranges, addresses[i].except };
	}
	return lists;
}

/* Their arrays stay the configuration's.  => false when memory is short */
static bool
compile_related(const struct sw_conf *conf, const struct sw_conf_rule *from,
    struct sw_rule *rule)
{
	struct sw_related *list = calloc(from->n_related + 1, sizeof *list);

	if (list == NULL)
		return false;
	for (size_t i = 0; i < from->n_related; i++)
		list[i] = conf->related[from->first_related + i].related;
	rule->related = list;
	rule->n_related = from->n_related;
	return true;
}

/* What a tap sees of a packet's way: the interface on which it arrived, if it
 * listens on several.  With one it also hears what that one sends. */
static bool
names_unseen(const struct sw_conf *conf, const struct sw_conf_rule *from)
{
	return from->n_out > 0 || from->n_phys_in > 0 || from->n_phys_out > 0 ||
	       from->rule.mark.mask != 0 ||
	       (from->n_in > 0 && sw_conf_hears_one(conf));
}

/* Where a tap cannot know whether a rule matches, it is read in favour of the
 * packet: a rule that allows matches, and one that denies does not. */
static bool
compile_unseen(const struct links *links, const struct sw_conf_rule *from,
    struct sw_rule *rule, bool in_is_seen)
{
	rule->mark = (struct sw_mark_match){ 0 };
	rule->in.named = rule->flow_policy.deny;
	return rule->flow_policy.deny || !in_is_seen ||
	       compile_ifaces(links, from->in, from->n_in, &rule->in);
}

static bool
compile_ways(const struct sw_conf *conf, const struct links *links,
    const struct sw_conf_rule *from, struct sw_rule *rule)
{
	if (conf->source.tap && names_unseen(conf, from))
		return compile_unseen(
		    links, from, rule, !sw_conf_hears_one(conf));
	return compile_ifaces(links, from->in, from->n_in, &rule->in) &&
	       compile_ifaces(links, from->out, from->n_out, &rule->out) &&
	       compile_ifaces(
		   links, from->phys_in, from->n_phys_in, &rule->phys_in) &&
	       compile_ifaces(
		   links, from->phys_out, from->n_phys_out, &rule->phys_out);
}

static bool
compile_rule(const struct sw_conf *conf, const struct links *links,
    const struct sw_conf_rule *from, struct sw_rule *rule)
{
	*rule = from->rule;
	rule->flow_policy.watched = conf->otherwise.watched;
	/* The kernel's program sees neither where a packet will leave, nor the
	 * ports of a bridge. */
	rule->flow_policy.queued |=
	    from->n_out > 0 || from->n_phys_in > 0 || from->n_phys_out > 0;
	rule->from =
	    compile_addresses(conf, from->from, from->n_from, &rule->n_from);
	rule->to = compile_addresses(conf, from->to, from->n_to, &rule->n_to);
	return rule->from != NULL && rule->to != NULL &&
	       compile_related(conf, from, rule) &&
	       compile_ways(conf, links, from, rule);
}

/* Lists of the rule's own are the first two at most. */
static bool
is_of_set(const struct sw_conf *conf, const struct sw_addr_list *list)
{
	for (size_t i = 0; i < conf->n_sets; i++)
		if (conf->sets[i].ranges == list->ranges)
			return true;
	return false;
}

static void
free_lists(
    const struct sw_conf *conf, const struct sw_addr_list *lists, size_t n)
{
	for (size_t i = 0; lists != NULL && i < n && i < 2; i++)
		if (!is_of_set(conf, &lists[i]))
			free((void *)(uintptr_t)lists[i].ranges);
	free((void *)(uintptr_t)lists);
}

static void
free_ifaces(const struct sw_iface_list *list)
{
	free((void *)(uintptr_t)list->only);
	free((void *)(uintptr_t)list->except);
}

static void
free_rule(const struct sw_conf *conf, const struct sw_rule *rule)
{
	free_lists(conf, rule->from, rule->n_from);
	free_lists(conf, rule->to, rule->n_to);
	free((void *)(uintptr_t)rule->related);
	free_ifaces(&rule->in);
	free_ifaces(&rule->out);
	free_ifaces(&rule->phys_in);
	free_ifaces(&rule->phys_out);
}

struct sw_policy *
sw_conf_compile_policy(
    const struct sw_conf *conf, const struct sw_iface *links, size_t n)
{
	struct links here = { links, n };
	struct sw_rule *rules = calloc(conf->n_rules + 1, sizeof *rules);
	struct sw_policy *policy = NULL;
	size_t done = 0;

	while (rules != NULL && done < conf->n_rules &&
	       compile_rule(conf, &here, &conf->rules[done], &rules[done]))
		done++;
	if (rules != NULL && done == conf->n_rules)
		policy =
		    sw_policy_compile(rules, conf->n_rules, &conf->otherwise);
	if (policy != NULL && !sw_conf_zone_compile(conf, links, n, policy)) {
		sw_policy_destroy(policy);
		policy = NULL;
	}
	for (size_t i = 0; rules != NULL && i < conf->n_rules; i++)
		free_rule(conf, &rules[i]);
	free(rules);
	return policy;
}

struct sw_policy *
sw_conf_compile_here(const struct sw_conf *conf, struct sw_ifaces *ifaces)
{
	size_t n;
	struct sw_iface *links = sw_ifaces_list(ifaces, &n);
	struct sw_policy *policy =
	    links != NULL ? sw_conf_compile_policy(conf, links, n) : NULL;

	free(links);
	return policy;
}
