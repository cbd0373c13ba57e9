/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf_families: rules whose addresses and protocols are of two families.
 */
#include <netinet/in.h>

#include "conf/check.h"

/* Families of a list of addresses, a bit each. */
enum {
	HAS_IPV4 = 1,
	HAS_IPV6 = 2,
	HAS_BOTH = HAS_IPV4 | HAS_IPV6,
};

static unsigned
families_of_set(const struct sw_conf_set *set)
{
	unsigned has = 0;

	/* IPv4 comes first. */
	if (set->n_ranges > 0)
		has =
		    (set->ranges[0].family == SW_IPV4 ? HAS_IPV4 : 0u) |
		    (set->ranges[set->n_ranges - 1].family == SW_IPV6 ? HAS_IPV6
								      : 0u);
	return has;
}

static unsigned
families_of(const struct sw_conf *conf, const struct sw_conf_address *address)
{
	if (*address->set != '\0')
		return families_of_set(sw_conf_set_find(conf, address->set));
	return address->range.family == SW_IPV4 ? HAS_IPV4 : HAS_IPV6;
}

/* The families that a list may match; both for one without any address,
 * which an empty set is: that is for other checks. */
static unsigned
families_in(
    const struct sw_conf *conf, const struct sw_conf_address *list, size_t n)
{
	unsigned wanted = 0, excepted = 0;
	bool wants = false;

	for (size_t i = 0; i < n; i++) {
		unsigned has = families_of(conf, &list[i]);

		wants = wants || !list[i].except;
		wanted |= list[i].except ? 0 : has;
		excepted |= list[i].except ? has : 0;
	}
	if (!wants)
		wanted = excepted;
	return wanted != 0 ? wanted : HAS_BOTH;
}

static void
complain(const struct sw_conf *conf, struct sw_conf_errors *errors, size_t i,
    const char *key, const char *what)
{
	struct sw_conf_origins *origins = conf->origins;
	struct sw_origin *at = sw_origin_at(
	    origins, &origins->rules[i], sw_schema_find("rule", key));
	struct sw_blame blame = sw_origin_blame(origins, *at);

	blame.key = key;
	sw_conf_error_complain(
	    errors, &blame, "rule \"%s\": %s", conf->rules[i].rule.name, what);
}

static bool
names(const struct sw_rule *rule, int16_t proto)
{
	for (size_t i = 0; i < rule->n_protos; i++)
		if (rule->protos[i] == proto)
			return true;
	return false;
}

void
sw_conf_check_families(
    const struct sw_conf *conf, size_t i, struct sw_conf_errors *errors)
{
	const struct sw_conf_rule *rule = &conf->rules[i];
	unsigned both = families_in(conf, rule->from, rule->n_from) &
			families_in(conf, rule->to, rule->n_to);

	if (both == 0)
		complain(conf, errors, i, "to",
		    "from and to have no address family in common, so it can "
		    "never match; write both as IPv4 or both as IPv6");
	else if (both == HAS_IPV6 && names(&rule->rule, IPPROTO_ICMP))
		complain(conf, errors, i, "protocol",
		    "protocol = icmpv4 has no IPv6 addresses; write "
		    "protocol = icmpv6");
	else if (both == HAS_IPV4 && names(&rule->rule, IPPROTO_ICMPV6))
		complain(conf, errors, i, "protocol",
		    "protocol = icmpv6 has no IPv4 addresses; write "
		    "protocol = icmpv4");
}
