/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compile: turns the rules of a configuration into the engine's form.
 *
 * A configuration has names of interfaces, packets have numbers.  A name
 * without an interface is left out: the rule then matches nothing through it,
 * and the policy is compiled again when interfaces change.
 */
#include <stdlib.h>

#include "conf/conf.h"
#include "shards/rule_slots.h"

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

/* => the numbers of those that exist, or NULL when memory is short */
static uint32_t *
resolve(char (*names)[SW_CONF_NAME], size_t n, size_t *found,
    uint32_t (*index_of)(const char *name, void *context), void *context)
{
	uint32_t *list = calloc(n + 1, sizeof *list);

	*found = 0;
	for (size_t i = 0; list != NULL && i < n; i++) {
		list[*found] = index_of(names[i], context);
		*found += list[*found] != 0;
	}
	return list;
}

static bool
rule_resolve(const struct sw_conf_rule *from, struct sw_rule *rule,
    uint32_t (*index_of)(const char *name, void *context), void *context)
{
	*rule = from->rule;
	rule->in =
	    resolve(from->in, from->n_in, &rule->n_in, index_of, context);
	rule->out =
	    resolve(from->out, from->n_out, &rule->n_out, index_of, context);
	return rule->in != NULL && rule->out != NULL;
}

struct sw_policy *
sw_conf_compile_policy(const struct sw_conf *conf,
    uint32_t (*index_of)(const char *name, void *context), void *context)
{
	struct sw_rule *rules = calloc(conf->n_rules + 1, sizeof *rules);
	struct sw_policy *policy = NULL;
	bool resolved = rules != NULL;

	for (size_t i = 0; resolved && i < conf->n_rules; i++)
		resolved =
		    rule_resolve(&conf->rules[i], &rules[i], index_of, context);
	if (resolved)
		policy =
		    sw_policy_compile(rules, conf->n_rules, &conf->otherwise);
	for (size_t i = 0; rules != NULL && i < conf->n_rules; i++) {
		free((void *)(uintptr_t)rules[i].in);
		free((void *)(uintptr_t)rules[i].out);
	}
	free(rules);
	return policy;
}
