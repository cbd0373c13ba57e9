/* SPDX-License-Identifier: Apache-2.0 */
/*
 * related: finds sections related { } that say too little, or allow more than
 * they seem to.
 *
 * A related connection is allowed by what its section says alone, so nothing
 * is left open: any port at all must be asked for.
 */
#include <stdarg.h>
#include <string.h>

#include "conf/check.h"

enum {
	MANY = 1000, /* ports */
};

struct checking {
	const struct sw_conf *conf;
	struct sw_conf_errors *errors;
	const char *rule;
	size_t i;	 /* of the section */
	const char *key; /* to blame; NULL: the section */
	bool warning;
};

static void __attribute__((format(printf, 2, 3)))
complain(const struct checking *check, const char *format, ...)
{
	struct sw_conf_origins *origins = check->conf->origins;
	struct sw_rule_origins *own = &origins->related[check->i];
	struct sw_origin at = own->at;
	struct sw_blame blame;
	char path[SW_CONF_NAME] = "related", what[360];
	va_list ap;

	if (check->key != NULL) {
		at = *sw_origin_at(
		    origins, own, sw_schema_find("rule.related", check->key));
		snprintf(path, sizeof path, "related.%s", check->key);
	}
	if (at.line == 0)
		at = own->at;
	va_start(ap, format);
	vsnprintf(what, sizeof what, format, ap);
	va_end(ap);
	blame = sw_origin_blame(origins, at);
	blame.key = path;
	blame.warning = check->warning;
	sw_conf_error_complain(check->errors, &blame, "rule \"%s\": %s %s",
	    check->rule, path, what);
}

static struct checking
blaming(const struct checking *check, const char *key)
{
	struct checking of = *check;

	of.key = key;
	return of;
}

static bool
has_ports(int16_t proto)
{
	return proto >= 0 && sw_proto_has_ports((uint8_t)proto);
}

/* How many of its protocols have ports? */
static size_t
with_ports(const struct sw_related *related)
{
	size_t n = 0;

	for (size_t i = 0; i < related->n_protos; i++)
		n += has_ports(related->protos[i]);
	return n;
}

static void
check_source(
    const struct checking *check, const struct sw_conf_related *related)
{
	struct checking source = blaming(check, "source-port");

	if (related->related.n_source_ports > 0 && related->from_any_port)
		complain(&source,
		    "has no effect: from-any-port = true; write one of both");
	if (related->related.n_source_ports == 0 && !related->from_any_port)
		complain(check,
		    "does not say from which ports; write source-port, or "
		    "from-any-port = true");
}

static void
check_target(const struct checking *check, const struct sw_related *related)
{
	struct checking target = blaming(check, "to-port");

	if (related->n_to_ports == 0)
		complain(check,
		    "does not say to which ports; write to-port = { 1024-65535 "
		    "}, or to-port = same");
	else if (related->to_same && related->n_to_ports > 1)
		complain(&target,
		    "is same and other ports; write one, or another related "
		    "section for the other");
}

static void
check_without_ports(
    const struct checking *check, const struct sw_conf_related *related)
{
	const char *key = NULL;
	struct checking of;

	if (related->related.n_source_ports > 0)
		key = "source-port";
	else if (related->related.n_to_ports > 0)
		key = "to-port";
	else if (related->from_any_port)
		key = "from-any-port";
	of = blaming(check, key);
	if (key != NULL)
		complain(&of,
		    "has no effect: its protocol has no ports; write related "
		    "without it");
}

static void
check_section(
    const struct checking *check, const struct sw_conf_related *related)
{
	size_t n = with_ports(&related->related);
	struct checking protocol = blaming(check, "protocol");

	if (related->related.n_protos == 0) {
		complain(check,
		    "names no protocol; write protocol = tcp, udp or gre");
	} else if (n == 0) {
		check_without_ports(check, related);
	} else if (n < related->related.n_protos) {
		complain(&protocol,
		    "names some with ports and some without; write a related "
		    "section for each kind");
	} else {
		check_source(check, related);
		check_target(check, &related->related);
	}
}

/* A rule without flows has no parents. */
static const char *
lacks_flows(const struct sw_flow_policy *flow_policy)
{
	if (flow_policy->deny)
		return "a rule that denies has no flows";
	if (flow_policy->tracking == SW_TRACK_OFF)
		return "a rule with tracking = off has no flows";
	return NULL;
}

/* Calls it for each section. */
static void
for_each(const struct sw_conf *conf, struct sw_conf_errors *errors,
    bool warning,
    void (*call)(const struct checking *check, const struct sw_conf_rule *rule))
{
	for (size_t r = 0; r < conf->n_rules; r++) {
		const struct sw_conf_rule *rule = &conf->rules[r];

		for (size_t i = 0; i < rule->n_related; i++) {
			struct checking check = { conf, errors, rule->rule.name,
				rule->first_related + i, NULL, warning };

			if (!conf->origins->rules[r].damaged &&
			    !conf->origins->related[check.i].damaged)
				call(&check, rule);
		}
	}
}

static void
check_one(const struct checking *check, const struct sw_conf_rule *rule)
{
	const char *reason = lacks_flows(&rule->rule.flow_policy);

	if (reason != NULL)
		complain(check, "has no effect: %s; write the rule without it",
		    reason);
	else
		check_section(check, &check->conf->related[check->i]);
}

void
sw_conf_check_related(const struct sw_conf *conf, struct sw_conf_errors *errors)
{
	for_each(conf, errors, false, check_one);
}

static bool
denies_anything(const struct sw_conf *conf)
{
	for (size_t i = 0; i < conf->n_rules; i++)
		if (conf->rules[i].rule.flow_policy.deny)
			return true;
	return conf->otherwise.deny;
}

static uint32_t
ports_of(const struct sw_related *related)
{
	uint32_t n = 0;

	for (size_t i = 0; i < related->n_to_ports && !related->to_same; i++)
		if (!related->to_ports[i].except)
			n += related->to_ports[i].last -
			     related->to_ports[i].first + 1u;
	return n;
}

static const char *
opens_to(enum sw_by by)
{
	switch (by) {
	case SW_BY_SERVER:
		return "its client open to that server";
	case SW_BY_CLIENT:
		return "its server open to that client";
	case SW_BY_EITHER:
		break;
	}
	return "each of its hosts open to the other";
}

static void
warn_of_one(const struct checking *check, const struct sw_conf_rule *rule)
{
	const struct sw_conf_related *related = &check->conf->related[check->i];

	(void)rule;
	if (!denies_anything(check->conf))
		complain(check,
		    "has no effect: nothing is denied; write default-action = "
		    "deny, or the rule without it");
	else if (related->from_any_port && ports_of(&related->related) >= MANY)
		complain(check,
		    "has every connection of the rule hold %u ports of %s; "
		    "write fewer ports in to-port, if the server's "
		    "configuration limits them",
		    ports_of(&related->related),
		    opens_to((enum sw_by)related->related.by));
}

void
sw_conf_check_related_wide(
    const struct sw_conf *conf, struct sw_conf_errors *warnings)
{
	for_each(conf, warnings, true, warn_of_one);
}
