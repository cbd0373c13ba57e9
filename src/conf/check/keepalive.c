/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keepalive: finds timeouts that cut connections which their hosts keep.
 *
 * A host sends the first keepalive after two hours of silence, unless its
 * program or its administrator says otherwise (RFC 9293 section 3.8.4 asks for
 * two hours at least).  A shorter timeout ends the connection before.
 */
#include "conf/check.h"

enum { KEEPALIVE = 7200 };

static void
warn(const struct sw_conf *conf, struct sw_conf_errors *warnings,
    struct sw_origin at, const char *rule, uint32_t seconds)
{
	struct sw_blame blame = sw_origin_blame(conf->origins, at);
	char text[SW_VALUE_MAX], before[SW_RULE_NAME_MAX + 16] = "";

	if (rule != NULL)
		snprintf(before, sizeof before, "rule \"%s\": ", rule);
	blame.key = "timeouts.established";
	blame.warning = true;
	sw_conf_error_complain(warnings, &blame,
	    "%stimeouts.established = %s: hosts send keepalives after 2h, so "
	    "idle connections that they keep are cut before; write 7440s, or "
	    "on-idle = probe",
	    before, sw_value_show_duration(seconds, text));
}

static bool
cuts(const struct sw_flow_policy *flow_policy)
{
	return flow_policy->timeouts.seconds[SW_TIMEOUT_ESTABLISHED] <=
		   KEEPALIVE &&
	       flow_policy->on_idle != SW_IDLE_PROBE &&
	       flow_policy->tracking != SW_TRACK_OFF && !flow_policy->deny;
}

void
sw_conf_check_keepalive(
    const struct sw_conf *conf, struct sw_conf_errors *warnings)
{
	struct sw_conf_origins *origins = conf->origins;
	int k = sw_schema_find("timeouts", "established");
	int of_rule = sw_schema_find("rule.timeouts", "established");
	struct sw_flow_policy otherwise = conf->otherwise;

	otherwise.deny = SW_DENY_NOT; /* rules may inherit the timeout */
	if (origins->key[k].line > 0 && cuts(&otherwise))
		warn(conf, warnings, origins->key[k], NULL,
		    otherwise.timeouts.seconds[SW_TIMEOUT_ESTABLISHED]);
	for (size_t i = 0; i < conf->n_rules; i++) {
		const struct sw_rule *rule = &conf->rules[i].rule;

		if (sw_origin_given(&origins->rules[i], of_rule) &&
		    cuts(&rule->flow_policy))
			warn(conf, warnings,
			    *sw_origin_at(origins, &origins->rules[i], of_rule),
			    rule->name,
			    rule->flow_policy.timeouts
				.seconds[SW_TIMEOUT_ESTABLISHED]);
	}
}
