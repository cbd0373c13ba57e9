/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf_nothing: rules whose exceptions leave nothing of what they name.
 */
#include <string.h>

#include "conf/check/lists.h"

/* The key of the rules that an axis belongs to. */
static const char *const keys[SW_AXES] = {
	[SW_AXIS_TO] = "to",
	[SW_AXIS_PORT] = "port",
	[SW_AXIS_FROM] = "from",
	[SW_AXIS_PROTO] = "protocol",
	[SW_AXIS_IN] = "in",
	[SW_AXIS_OUT] = "out",
	[SW_AXIS_SOURCE_PORT] = "source-port",
	[SW_AXIS_PHYS_IN] = "phys-in",
	[SW_AXIS_PHYS_OUT] = "phys-out",
	[SW_AXIS_MARK] = "mark",
};

/* Does the list name an address that it wants?  An empty set is none. */
static bool
wants_any(
    const struct sw_conf *conf, const struct sw_conf_address *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct sw_conf_set *set =
		    *list[i].set != '\0' ? sw_conf_set_find(conf, list[i].set)
					 : NULL;

		if (!list[i].except && (set == NULL || set->n_ranges > 0))
			return true;
	}
	return false;
}

static bool
is_empty(const struct sw_lists *lists, size_t rule, enum sw_axis axis)
{
	size_t n4, n6;

	sw_lists_of(lists, rule, axis, SW_IPV4, &n4);
	sw_lists_of(lists, rule, axis, SW_IPV6, &n6);
	return n4 == 0 && n6 == 0;
}

/* => is it because of exceptions? */
static bool
excepts_all(const struct sw_lists *lists, const struct sw_conf *conf, size_t i,
    enum sw_axis axis)
{
	const struct sw_conf_rule *rule = &conf->rules[i];

	if (axis == SW_AXIS_PROTO || !is_empty(lists, i, axis))
		return false;
	if (axis == SW_AXIS_TO)
		return wants_any(conf, rule->to, rule->n_to);
	return axis != SW_AXIS_FROM ||
	       wants_any(conf, rule->from, rule->n_from);
}

static void
complain(const struct sw_conf *conf, size_t i, const char *key,
    struct sw_conf_errors *errors)
{
	struct sw_conf_origins *origins = conf->origins;
	struct sw_origin *at = sw_origin_at(
	    origins, &origins->rules[i], sw_schema_find("rule", key));
	struct sw_blame blame = sw_origin_blame(origins, *at);

	blame.key = key;
	origins->rules[i].damaged = true;
	sw_conf_error_complain(errors, &blame,
	    "rule \"%s\" can never match: the exceptions of \"%s\" leave "
	    "nothing of it; write fewer exceptions, or remove the rule",
	    conf->rules[i].rule.name, key);
}

void
sw_lists_check(const struct sw_lists *lists, const struct sw_conf *conf,
    struct sw_conf_errors *errors)
{
	for (size_t i = 0; i < conf->n_rules; i++) {
		if (conf->origins->rules[i].damaged || sw_lists_lack(lists, i))
			continue;
		for (enum sw_axis axis = 0; axis < SW_AXES; axis++)
			if (excepts_all(lists, conf, i, axis)) {
				complain(conf, i, keys[axis], errors);
				break;
			}
	}
}
