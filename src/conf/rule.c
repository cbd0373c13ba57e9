/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rule: adds a rule.
 *
 * The list of rules and the list of their origins grow together.  A rule begins
 * with the defaults of the schema; keys without a default are inherited later,
 * when all files have been read.
 *
 * A rule may have several sections related, because an application may open
 * connections in several ways.  Those of all rules are in one list, in the
 * order in which they are written, so those of one rule are neighbours.
 */
#include <stdlib.h>
#include <string.h>

#include "conf/rule.h"

enum {
	RULES_MAX = SW_RULE_SLOTS - 1,
};

/* Makes room for one more rule. */
static bool
rules_grow(struct sw_conf *conf)
{
	size_t n = conf->n_rules, room = n > 0 ? n * 2 : 1;
	struct sw_conf_rule *rules;
	struct sw_rule_origins *origins;

	if ((n & (n - 1)) != 0) /* full at powers of 2 */
		return true;
	rules = realloc(conf->rules, room * sizeof *rules);
	if (rules == NULL)
		return false;
	conf->rules = rules;
	origins = realloc(conf->origins->rules, room * sizeof *origins);
	if (origins == NULL)
		return false;
	conf->origins->rules = origins;
	return true;
}

static void
name_rule(struct sw_conf *conf, struct sw_conf_rule *rule, const char *name,
    struct sw_conf_errors *errors)
{
	struct sw_rule_origins *origins = &conf->origins->rules[conf->n_rules];
	struct sw_blame blame = sw_origin_blame(conf->origins, origins->at);
	char shown[SW_SHOWN_MAX];
	struct sw_fault fault = { 0 };

	if (sw_net_read_rule_name(name, &fault)) {
		strcpy(rule->rule.name, name);
		return;
	}
	sw_conf_error_shown(name, shown);
	snprintf(rule->rule.name, sizeof rule->rule.name, "%.63s", shown);
	origins->damaged = true;
	blame.key = "rule";
	sw_conf_error_complain(errors, &blame, "rule \"%s\": %s; write %s",
	    shown, fault.why, fault.write);
}

static void
set_defaults(struct sw_conf_rule *rule)
{
	size_t n;
	const struct sw_key *keys = sw_schema_keys(&n);
	struct sw_fault fault;

	for (size_t k = (size_t)sw_schema_first(SW_PART_RULE); k < n; k++)
		if (keys[k].otherwise != NULL)
			sw_field_take(
			    &keys[k], rule, keys[k].otherwise, &fault);
}

bool
sw_conf_rule_add(struct sw_conf *conf, const char *name, struct sw_origin at,
    struct sw_conf_errors *errors)
{
	struct sw_blame blame = sw_origin_blame(conf->origins, at);
	struct sw_conf_rule *rule;

	if (conf->n_rules >= RULES_MAX) {
		sw_conf_error_complain(errors, &blame,
		    "too many rules; write at most %d", RULES_MAX);
		return false;
	}
	if (!rules_grow(conf)) {
		sw_conf_error_complain(errors, &blame, "out of memory");
		return false;
	}
	rule = &conf->rules[conf->n_rules];
	memset(rule, 0, sizeof *rule);
	rule->file = blame.file;
	rule->line = (int)at.line;
	rule->first_related = conf->n_related;
	memset(&conf->origins->rules[conf->n_rules], 0,
	    sizeof *conf->origins->rules);
	conf->origins->rules[conf->n_rules].at = at;
	set_defaults(rule);
	name_rule(conf, rule, name, errors);
	conf->n_rules++;
	return true;
}

/* --- related ------------------------------------------------------------- */

/* Makes room for one more. */
static bool
related_grow(struct sw_conf *conf)
{
	size_t n = conf->n_related, room = n > 0 ? n * 2 : 1;
	struct sw_conf_related *list;
	struct sw_rule_origins *origins;

	if ((n & (n - 1)) != 0) /* full at powers of 2 */
		return true;
	list = realloc(conf->related, room * sizeof *list);
	if (list == NULL)
		return false;
	conf->related = list;
	origins = realloc(conf->origins->related, room * sizeof *origins);
	if (origins == NULL)
		return false;
	conf->origins->related = origins;
	return true;
}

static void
related_defaults(struct sw_conf_related *related)
{
	size_t n = (size_t)sw_schema_first(SW_PART_RULE), all;
	const struct sw_key *keys = sw_schema_keys(&all);
	struct sw_fault fault;

	for (size_t k = (size_t)sw_schema_first(SW_PART_RELATED); k < n; k++)
		if (keys[k].otherwise != NULL)
			sw_field_take(
			    &keys[k], related, keys[k].otherwise, &fault);
}

static bool
refuse_related(const struct sw_blame *blame, struct sw_conf_errors *errors,
    const struct sw_conf_rule *rule)
{
	if (rule->n_related >= SW_RELATED_MAX)
		sw_conf_error_complain(errors, blame,
		    "rule \"%s\": too many related; write at most %d",
		    rule->rule.name, SW_RELATED_MAX);
	else
		sw_conf_error_complain(errors, blame, "out of memory");
	return false;
}

bool
sw_conf_rule_relate(
    struct sw_conf *conf, struct sw_origin at, struct sw_conf_errors *errors)
{
	struct sw_blame blame = sw_origin_blame(conf->origins, at);
	struct sw_conf_rule *rule = &conf->rules[conf->n_rules - 1];
	struct sw_conf_related *related;
	struct sw_rule_origins *origins;

	blame.key = "related";
	if (rule->n_related >= SW_RELATED_MAX || !related_grow(conf))
		return refuse_related(&blame, errors, rule);
	related = &conf->related[conf->n_related];
	origins = &conf->origins->related[conf->n_related];
	memset(related, 0, sizeof *related);
	memset(origins, 0, sizeof *origins);
	related->file = blame.file;
	related->line = (int)at.line;
	origins->at = at;
	related_defaults(related);
	conf->n_related++;
	rule->n_related++;
	return true;
}

void
sw_conf_rule_free_related(struct sw_conf *conf)
{
	size_t first = (size_t)sw_schema_first(SW_PART_RELATED);
	size_t end = (size_t)sw_schema_first(SW_PART_RULE), n;
	const struct sw_key *keys = sw_schema_keys(&n);

	for (size_t i = 0; i < conf->n_related; i++)
		for (size_t k = first; k < end; k++)
			sw_field_clear(&keys[k], &conf->related[i]);
	free(conf->related);
}

/* => true when the list names the port of the parent */
static bool
names_same(const struct sw_related *related)
{
	for (size_t i = 0; i < related->n_to_ports; i++)
		if (related->to_ports[i].first > related->to_ports[i].last)
			return true;
	return false;
}

void
sw_conf_rule_finish_related(struct sw_conf *conf)
{
	for (size_t i = 0; i < conf->n_related; i++)
		conf->related[i].related.to_same =
		    names_same(&conf->related[i].related);
}
