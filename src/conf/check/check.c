/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check: finds options that contradict each other.
 *
 * A value is checked against others only when it was written down; a value that
 * a rule inherits may well have no meaning for the rule.  Each check is a row
 * of a table: the rules it applies to, and its message.
 */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "conf/check.h"
#include "conf/set.h"
#include "conf/zone.h"

struct checking {
	const struct sw_conf *conf;
	struct sw_conf_errors *errors;
};

/* --- keys without a meaning for a rule ------------------------------------ */

static bool
has_ports(int16_t proto)
{
	return proto == SW_PROTO_ANY ||
	       (proto >= 0 && sw_proto_has_ports((uint8_t)proto));
}

static bool
is_tcp(int16_t proto)
{
	return proto == SW_PROTO_ANY || proto == IPPROTO_TCP;
}

static bool
is_udp(int16_t proto)
{
	return proto == SW_PROTO_ANY || proto == IPPROTO_UDP ||
	       proto == IPPROTO_UDPLITE;
}

static bool
is_icmp(int16_t proto)
{
	return proto == SW_PROTO_ANY || proto == SW_PROTO_ICMP ||
	       proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6;
}

static bool
is_sctp(int16_t proto)
{
	return proto == SW_PROTO_ANY || proto == IPPROTO_SCTP;
}

static bool
is_other(int16_t proto)
{
	return proto == SW_PROTO_ANY || (!is_tcp(proto) && !is_udp(proto) &&
					    !is_icmp(proto) && !is_sctp(proto));
}

/* Is one of the rule's protocols of that kind? */
static bool
may_be(const struct sw_rule *rule, bool (*is)(int16_t proto))
{
	for (size_t i = 0; i < rule->n_protos; i++)
		if (is(rule->protos[i]))
			return true;
	return rule->n_protos == 0;
}

static bool
has_any_port(const struct sw_rule *rule)
{
	return rule->n_ports > 0 || rule->n_source_ports > 0;
}

static bool
has_timeout(const struct sw_rule *rule, enum sw_timeout timeout)
{
	switch (timeout) {
	case SW_TIMEOUT_SYN_SENT:
	case SW_TIMEOUT_SYN_RECV:
	case SW_TIMEOUT_ESTABLISHED:
	case SW_TIMEOUT_FIN_WAIT:
	case SW_TIMEOUT_CLOSE_WAIT:
	case SW_TIMEOUT_LAST_ACK:
	case SW_TIMEOUT_TIME_WAIT:
	case SW_TIMEOUT_CLOSE:
	case SW_TIMEOUT_UNACKNOWLEDGED:
		return may_be(rule, is_tcp);
	case SW_TIMEOUT_UNREPLIED_UDP:
	case SW_TIMEOUT_UDP:
		return may_be(rule, is_udp);
	case SW_TIMEOUT_ICMP:
		return !has_any_port(rule) && may_be(rule, is_icmp);
	case SW_TIMEOUT_OTHER:
		return may_be(rule, is_other);
	case SW_TIMEOUT_SCTP_CLOSED:
	case SW_TIMEOUT_SCTP_COOKIE_WAIT:
	case SW_TIMEOUT_SCTP_COOKIE_ECHOED:
	case SW_TIMEOUT_SCTP_ESTABLISHED:
	case SW_TIMEOUT_SCTP_SHUTDOWN_SENT:
	case SW_TIMEOUT_SCTP_SHUTDOWN_RECD:
	case SW_TIMEOUT_SCTP_SHUTDOWN_ACK_SENT:
	case SW_TIMEOUT_SCTP_HEARTBEAT_SENT:
		return may_be(rule, is_sctp);
	case SW_TIMEOUT_COUNT:
		break;
	}
	return false;
}

static bool
is_timeout(const struct sw_key *key)
{
	return strcmp(key->section, "rule.timeouts") == 0;
}

static bool
is_key(const struct sw_key *key, const char *name)
{
	return strcmp(key->section, "rule") == 0 &&
	       strcmp(key->name, name) == 0;
}

/* For a rule that has flows. */
static const char *
idle_by_protocol(const struct sw_key *key, const struct sw_rule *rule)
{
	const struct sw_flow_policy *flow_policy = &rule->flow_policy;

	if (is_timeout(key)) {
		size_t t = key->offset - offsetof(struct sw_conf_rule,
					     rule.flow_policy.timeouts.seconds);

		return has_timeout(rule, (enum sw_timeout)(t / key->size))
			   ? NULL
			   : "no flow of this rule's protocol is ever in that "
			     "state";
	}
	if (may_be(rule, is_tcp))
		return NULL;
	if (is_key(key, "on-idle") && flow_policy->on_idle != SW_IDLE_EXPIRE)
		return "only TCP can be reset or probed";
	if (is_key(key, "on-orphan") &&
	    flow_policy->on_orphan == SW_ORPHAN_RESET)
		return "only TCP can be reset";
	if (is_key(key, "tracking") &&
	    (flow_policy->tracking == SW_TRACK_STRICT ||
		flow_policy->tracking == SW_TRACK_LOOSE))
		return "only TCP is tracked strictly or loosely";
	return NULL;
}

const char *
sw_conf_check_idle_key(
    const struct sw_key *key, const struct sw_conf_rule *rule)
{
	const struct sw_flow_policy *flow_policy = &rule->rule.flow_policy;
	bool of_flows = is_timeout(key) || is_key(key, "on-idle") ||
			is_key(key, "on-orphan") || is_key(key, "roam") ||
			is_key(key, "resync") || is_key(key, "fast");

	if (flow_policy->deny && (of_flows || is_key(key, "tracking")))
		return flow_policy->deny == SW_DENY_REJECT
			   ? "a rule with action = reject has no flows"
			   : "a rule with action = deny has no flows";
	if (flow_policy->tracking == SW_TRACK_OFF && of_flows)
		return "a rule with tracking = off has no flows";
	if (is_key(key, "resync") && flow_policy->tracking != SW_TRACK_STRICT)
		return "only tracking = strict drops packets that resync could "
		       "save";
	return idle_by_protocol(key, &rule->rule);
}

/* The value that asks for nothing special is harmless everywhere. */
static bool
is_plain(const struct sw_key *key, const struct sw_conf_rule *rule)
{
	const struct sw_flow_policy *flow_policy = &rule->rule.flow_policy;

	if (is_key(key, "on-idle"))
		return flow_policy->on_idle == SW_IDLE_EXPIRE;
	if (is_key(key, "on-orphan"))
		return flow_policy->on_orphan == SW_ORPHAN_DROP;
	if (is_key(key, "tracking"))
		return flow_policy->tracking == SW_TRACK_NORMAL;
	if (is_key(key, "roam"))
		return !flow_policy->roam;
	if (is_key(key, "resync"))
		return !flow_policy->resync;
	if (is_key(key, "fast"))
		return !flow_policy->queued;
	return false;
}

static void
check_idle_keys(const struct checking *check, size_t i)
{
	const struct sw_conf_rule *rule = &check->conf->rules[i];
	struct sw_conf_origins *origins = check->conf->origins;
	size_t n;
	const struct sw_key *keys = sw_schema_keys(&n);

	for (size_t k = (size_t)sw_schema_first(SW_PART_RULE); k < n; k++) {
		struct sw_origin *at =
		    sw_origin_at(origins, &origins->rules[i], (int)k);
		const char *reason = sw_conf_check_idle_key(&keys[k], rule);
		struct sw_blame blame;
		char path[SW_CONF_NAME];

		if (at->line == 0 || reason == NULL || is_plain(&keys[k], rule))
			continue;
		blame = sw_origin_blame(origins, *at);
		blame.key = sw_schema_path(&keys[k], path);
		sw_conf_error_complain(check->errors, &blame,
		    "rule \"%s\": %s has no effect: %s; write the rule "
		    "without it",
		    rule->rule.name, path, reason);
	}
}

/* --- rules that match nothing by themselves ------------------------------- */

static void
complain_rule(
    const struct checking *check, size_t i, const char *key, const char *what)
{
	struct sw_conf_origins *origins = check->conf->origins;
	struct sw_origin *at = sw_origin_at(
	    origins, &origins->rules[i], sw_schema_find("rule", key));
	struct sw_blame blame = sw_origin_blame(origins, *at);

	blame.key = key;
	sw_conf_error_complain(check->errors, &blame, "rule \"%s\": %s",
	    check->conf->rules[i].rule.name, what);
}

static void
check_ports(const struct checking *check, size_t i)
{
	const struct sw_rule *rule = &check->conf->rules[i].rule;
	const char *key = rule->n_ports > 0 ? "port" : "source-port";
	char what[SW_VALUE_MAX + 160], name[SW_VALUE_MAX];

	for (size_t k = 0; has_any_port(rule) && k < rule->n_protos; k++) {
		if (has_ports(rule->protos[k]))
			continue;
		snprintf(what, sizeof what,
		    "%s has no effect: %s has no ports; write the rule "
		    "without it, or protocol = tcp, udp, sctp, dccp or udplite",
		    key,
		    rule->n_protos == 1
			? "its protocol"
			: sw_net_show_protocol(rule->protos[k], name));
		complain_rule(check, i, key, what);
		return;
	}
}

static int
by_name(const void *a, const void *b)
{
	const struct sw_conf_rule *x = *(const struct sw_conf_rule *const *)a;
	const struct sw_conf_rule *y = *(const struct sw_conf_rule *const *)b;
	int order = strcmp(x->rule.name, y->rule.name);

	return order != 0 ? order : (x > y) - (x < y);
}

static void
complain_name(const struct checking *check, const struct sw_conf_rule *first,
    const struct sw_conf_rule *again)
{
	const struct sw_conf *conf = check->conf;
	struct sw_blame blame = sw_origin_blame(
	    conf->origins, conf->origins->rules[again - conf->rules].at);

	blame.key = "rule";
	sw_conf_error_complain(check->errors, &blame,
	    "rule \"%s\" already exists, in %s:%d; write another name",
	    again->rule.name, first->file, first->line);
}

/* Sorted by name, so that rules of one name are neighbours. */
static void
check_names(const struct checking *check)
{
	size_t n = check->conf->n_rules;
	const struct sw_conf_rule **sorted = calloc(n + 1, sizeof *sorted);

	if (sorted == NULL) {
		sw_conf_complain_file(check->errors,
		    n > 0 ? check->conf->rules[0].file : SW_CONF_FILE,
		    "out of memory");
		return;
	}
	for (size_t i = 0; i < n; i++)
		sorted[i] = &check->conf->rules[i];
	qsort(sorted, n, sizeof *sorted, by_name);
	for (size_t i = 1; i < n; i++)
		if (strcmp(sorted[i - 1]->rule.name, sorted[i]->rule.name) == 0)
			complain_name(check, sorted[i - 1], sorted[i]);
	free(sorted);
}

static void
check_rules(const struct checking *check)
{
	check_names(check);
	for (size_t i = 0; i < check->conf->n_rules; i++) {
		if (check->conf->origins->rules[i].damaged)
			continue;
		check_ports(check, i);
		sw_conf_check_families(check->conf, i, check->errors);
		check_idle_keys(check, i);
	}
}

/* --- everything else ------------------------------------------------------ */

static void
complain_key(const struct checking *check, const char *section,
    const char *name, const char *what)
{
	const struct sw_conf_origins *origins = check->conf->origins;
	int k = sw_schema_find(section, name);
	struct sw_blame blame = sw_origin_blame(origins, origins->key[k]);
	char path[SW_CONF_NAME];
	size_t n;

	blame.key = sw_schema_path(sw_schema_keys(&n) + k, path);
	sw_conf_error_complain(check->errors, &blame, "%s", what);
}

static bool
given(const struct checking *check, const char *section, const char *name)
{
	return check->conf->origins->key[sw_schema_find(section, name)].line >
	       0;
}

static void
check_queue(const struct checking *check)
{
	const struct sw_conf_queue *queue = &check->conf->queue;
	char what[160];

	if (queue->first + queue->count - 1 <= UINT16_MAX)
		return;
	snprintf(what, sizeof what,
	    "queue.first = %u leaves no room for %u queues, the last number "
	    "is 65535; write at most %u",
	    queue->first, queue->count, UINT16_MAX + 1 - queue->count);
	complain_key(check, "queue", "first", what);
}

static void
check_table(const struct checking *check)
{
	const struct sw_conf_table *table = &check->conf->table;
	char what[160], flows[SW_VALUE_MAX];

	if (table->max_src_flows <= table->max_flows)
		return;
	snprintf(what, sizeof what,
	    "table.max-src-flows is above table.max-flows, so no source ever "
	    "reaches it; write less than %s, or 0 for no limit",
	    sw_value_show_size(table->max_flows, flows));
	complain_key(check, "table", "max-src-flows", what);
}

static bool
same_sink(const struct sw_conf_sink *a, const struct sw_conf_sink *b)
{
	bool files = a->path[0] != '\0' || b->path[0] != '\0';

	return strcmp(a->path, b->path) == 0 && (files || a->kind == b->kind);
}

static void
check_sinks(const struct checking *check)
{
	const struct sw_conf_log *log = &check->conf->log;
	char text[SW_VALUE_MAX], what[SW_VALUE_MAX + 80];

	for (size_t i = 0; i < log->n_to; i++) {
		if (strcmp(log->to[i].path, check->conf->control.socket) == 0)
			complain_key(check, "log", "to",
			    "log.to names the control socket; write another "
			    "path");
		for (size_t k = 0; k < i; k++) {
			if (!same_sink(&log->to[i], &log->to[k]))
				continue;
			snprintf(what, sizeof what,
			    "log.to names %s twice; write it once",
			    log->to[i].path[0] != '\0'
				? log->to[i].path
				: sw_net_show_sink(&log->to[i], text));
			complain_key(check, "log", "to", what);
			break;
		}
	}
}

/* tracking = off for everything, although something asks for flows. */
static void
check_off(const struct checking *check)
{
	const struct sw_conf *conf = check->conf;

	if (conf->otherwise.tracking != SW_TRACK_OFF)
		return;
	for (size_t i = 0; i < conf->n_rules; i++)
		if (!conf->rules[i].rule.flow_policy.deny &&
		    conf->rules[i].rule.flow_policy.tracking != SW_TRACK_OFF)
			return;
	if (given(check, "", "on-idle") &&
	    conf->otherwise.on_idle != SW_IDLE_EXPIRE)
		complain_key(check, "", "on-idle",
		    "on-idle has no effect: with tracking = off there are no "
		    "flows; write tracking = normal, or remove on-idle");
	if (given(check, "", "on-orphan") &&
	    conf->otherwise.on_orphan != SW_ORPHAN_DROP)
		complain_key(check, "", "on-orphan",
		    "on-orphan has no effect: with tracking = off every "
		    "packet passes; write tracking = normal, or remove "
		    "on-orphan");
}

void
sw_conf_check(const struct sw_conf *conf, struct sw_conf_errors *errors)
{
	struct checking check = { conf, errors };

	sw_conf_check_source(conf, errors);
	check_queue(&check);
	check_table(&check);
	check_sinks(&check);
	check_off(&check);
	sw_conf_set_check(conf, errors);
	sw_conf_zone_check(conf, errors);
	check_rules(&check);
	sw_conf_check_related(conf, errors);
	sw_conf_check_marks(conf, errors);
	sw_check_shadow(conf, errors);
}
