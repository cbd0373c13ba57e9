/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rule: adds a rule.
 *
 * The list of rules and the list of their origins grow together.  A rule begins
 * with the defaults of the schema; keys without a default are inherited later,
 * when all files have been read.
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

	for (size_t k = (size_t)sw_schema_first_of_rule(); k < n; k++)
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
	memset(&conf->origins->rules[conf->n_rules], 0,
	    sizeof *conf->origins->rules);
	conf->origins->rules[conf->n_rules].at = at;
	set_defaults(rule);
	name_rule(conf, rule, name, errors);
	conf->n_rules++;
	return true;
}
