/* SPDX-License-Identifier: Apache-2.0 */
/*
 * untracked: finds rules that admit more than they seem to.
 *
 * A rule with tracking = off matches both directions.  A TCP or ICMP packet
 * shows whether it opens a connection, and an opening one must have the rule's
 * direction.  Any other packet may be an answer, so it passes against the
 * rule's direction even where a later rule, or default-action, denies what it
 * opens.
 */
#include <netinet/in.h>

#include "conf/check.h"

static bool
only_shows_openings(const struct sw_rule *rule)
{
	for (size_t i = 0; i < rule->n_protos; i++)
		if (rule->protos[i] != SW_PROTO_ICMP &&
		    rule->protos[i] != IPPROTO_TCP &&
		    rule->protos[i] != IPPROTO_ICMP &&
		    rule->protos[i] != IPPROTO_ICMPV6)
			return false;
	return rule->n_protos > 0;
}

static bool
is_udp(const struct sw_rule *rule)
{
	return rule->n_protos == 1 && rule->protos[0] == IPPROTO_UDP;
}

static bool
lets_answers_open(const struct sw_rule *rule)
{
	return rule->flow_policy.tracking == SW_TRACK_OFF &&
	       !rule->flow_policy.deny && !only_shows_openings(rule);
}

/* Does anything after this rule deny? */
static bool
denies_after(const struct sw_conf *conf, size_t i)
{
	while (++i < conf->n_rules)
		if (conf->rules[i].rule.flow_policy.deny)
			return true;
	return conf->otherwise.deny;
}

static void
warn(const struct sw_conf *conf, size_t i, struct sw_conf_errors *warnings)
{
	struct sw_conf_origins *origins = conf->origins;
	const struct sw_rule *rule = &conf->rules[i].rule;
	struct sw_origin *at = sw_origin_at(
	    origins, &origins->rules[i], sw_schema_find("rule", "tracking"));
	struct sw_blame blame = sw_origin_blame(origins, *at);

	blame.key = "tracking";
	blame.warning = true;
	sw_conf_error_complain(warnings, &blame,
	    "rule \"%s\": with tracking = off, %s that opens looks like an "
	    "answer, so the hosts in to can reach every port of the hosts in "
	    "from if they send from port; write tracking = normal, or add a "
	    "rule with action = deny before it",
	    rule->name,
	    is_udp(rule) ? "a datagram"
			 : "a packet that is neither TCP nor ICMP");
}

void
sw_conf_check_untracked(
    const struct sw_conf *conf, struct sw_conf_errors *warnings)
{
	for (size_t i = 0; i < conf->n_rules; i++)
		if (lets_answers_open(&conf->rules[i].rule) &&
		    denies_after(conf, i))
			warn(conf, i, warnings);
}
