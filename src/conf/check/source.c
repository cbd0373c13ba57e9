/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf_source: what a tap cannot do, and what it does not see.
 *
 * A tap only watches, so nothing that drops or sends has an effect.  It sees on
 * which interface a packet arrives; where it leaves, what marks the kernel's
 * rules set and which ports of bridges it passes is not known yet at that time.
 */
#include <string.h>

#include "conf/check.h"

struct checking {
	const struct sw_conf *conf;
	struct sw_conf_errors *errors;
};

static bool
is_given(const struct checking *check, const char *section, const char *name)
{
	return check->conf->origins->key[sw_schema_find(section, name)].line >
	       0;
}

static void
complain(const struct checking *check, const char *section, const char *name,
    const char *what)
{
	const struct sw_conf_origins *origins = check->conf->origins;
	int k = sw_schema_find(section, name);
	struct sw_blame blame = sw_origin_blame(origins, origins->key[k]);
	char path[SW_CONF_NAME];
	size_t n;

	blame.key = sw_schema_path(sw_schema_keys(&n) + k, path);
	sw_conf_error_complain(check->errors, &blame, "%s", what);
}

static void
check_interfaces(const struct checking *check)
{
	const struct sw_conf_feed *source = &check->conf->source;

	for (size_t i = 0; i < source->n_interfaces; i++)
		if (source->interfaces[i][0] != '!')
			return;
	complain(check, "source",
	    source->n_interfaces > 0 ? "interfaces" : "from",
	    "source.from = tap names no interface to listen on; write "
	    "interfaces = { eth0, eth1 }, with those through which the "
	    "gateway forwards");
}

static void
check_rule_mode(const struct checking *check, size_t i)
{
	struct sw_conf_origins *origins = check->conf->origins;
	const struct sw_conf_rule *rule = &check->conf->rules[i];
	struct sw_origin *at = sw_origin_at(
	    origins, &origins->rules[i], sw_schema_find("rule", "mode"));
	struct sw_blame blame = sw_origin_blame(origins, *at);

	if (at->line == 0 || rule->rule.flow_policy.observe)
		return;
	blame.key = "mode";
	sw_conf_error_complain(check->errors, &blame,
	    "rule \"%s\": mode = enforce has no effect: source.from = tap "
	    "only observes; write the rule without it",
	    rule->rule.name);
}

static void
check_tap(const struct checking *check)
{
	check_interfaces(check);
	if (!check->conf->otherwise.observe)
		complain(check, "", "mode",
		    "mode = enforce has no effect: source.from = tap only "
		    "observes; write mode = observe, or remove the line");
	if (strcmp(check->conf->profile, "linux") != 0)
		complain(check, "", "profile",
		    "this profile has no effect: source.from = tap takes the "
		    "timeouts of the kernel's own tracker; write profile = "
		    "linux, or remove the line");
	for (size_t i = 0; i < check->conf->n_rules; i++)
		check_rule_mode(check, i);
}

void
sw_conf_check_source(const struct sw_conf *conf, struct sw_conf_errors *errors)
{
	struct checking check = { conf, errors };

	if (!conf->source.tap && conf->source.nflog > 0)
		complain(&check, "source", "nflog",
		    "source.nflog has no effect: a queue sees what it drops "
		    "itself; write from = tap, or remove the line");
	if (conf->source.tap)
		check_tap(&check);
	else if (is_given(&check, "source", "interfaces"))
		complain(&check, "source", "interfaces",
		    "source.interfaces has no effect: only a tap listens on "
		    "interfaces; write from = tap, or remove the line");
}

/* => the first key of the rule that a tap does not see, or NULL */
static const char *
unseen_key(const struct sw_conf *conf, const struct sw_conf_rule *rule)
{
	if (rule->n_out > 0)
		return "out";
	if (rule->n_phys_in > 0)
		return "phys-in";
	if (rule->n_phys_out > 0)
		return "phys-out";
	if (rule->rule.mark.mask != 0)
		return "mark";
	return rule->n_in > 0 && sw_conf_hears_one(conf) ? "in" : NULL;
}

void
sw_conf_check_source_rules(
    const struct sw_conf *conf, struct sw_conf_errors *warnings)
{
	struct sw_conf_origins *origins = conf->origins;

	for (size_t i = 0; conf->source.tap && i < conf->n_rules; i++) {
		const struct sw_conf_rule *rule = &conf->rules[i];
		const char *key = unseen_key(conf, rule);
		struct sw_blame blame;

		if (key == NULL)
			continue;
		blame = sw_origin_blame(
		    origins, *sw_origin_at(origins, &origins->rules[i],
				 sw_schema_find("rule", key)));
		blame.key = key;
		blame.warning = true;
		sw_conf_error_complain(warnings, &blame,
		    "rule \"%s\": a tap does not see %s: the rule matches %s",
		    rule->rule.name, key,
		    rule->rule.flow_policy.deny ? "nothing" : "whatever it is");
	}
}
