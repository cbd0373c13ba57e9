/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf_ifaces: interfaces that a key cannot match.
 *
 * A packet that a bridge forwards comes to the queue with the bridge as its
 * interface; the port is a field of its own.  A rule with in = PORT never
 * matches then, and what it should deny gets through.
 */
#include <string.h>

#include "conf/check.h"

struct looking {
	const struct sw_conf *conf;
	const struct sw_iface *links;
	size_t n;
	bool patterns;
	struct sw_conf_errors *warnings;
};

/* One name of a rule. */
struct name {
	size_t rule;
	const char *key, *other; /* the key that would match */
	const char *text;
	bool of_ports; /* the key is for ports of bridges */
};

static void
warn(const struct looking *looking, const struct name *name, const char *what)
{
	struct sw_conf_origins *origins = looking->conf->origins;
	struct sw_rule_origins *rule = &origins->rules[name->rule];
	struct sw_blame blame = sw_origin_blame(origins,
	    *sw_origin_at(origins, rule, sw_schema_find("rule", name->key)));

	sw_origin_point_at(&blame, name->text);
	blame.key = name->key;
	blame.warning = true;
	sw_conf_error_complain(looking->warnings, &blame,
	    "rule \"%s\": %s = %s: %s; write %s = %s",
	    looking->conf->rules[name->rule].rule.name, name->key, name->text,
	    what, name->other, name->text);
}

static void
warn_of_pattern(const struct looking *looking, const struct name *name)
{
	struct name same = *name;

	same.other = name->key;
	warn(looking, &same,
	    "no interface has such a name now, so it matches nothing yet");
}

static bool
is_pattern(const char *text)
{
	return text[strlen(text) - 1] == '*';
}

static void
look_at(const struct looking *looking, const struct name *name)
{
	size_t meant = 0, ports = 0;

	for (size_t i = 0; i < looking->n; i++)
		if (sw_net_names_interface(
			name->text, looking->links[i].name)) {
			meant++;
			ports += looking->links[i].port;
		}
	if (meant == 0 && is_pattern(name->text) && looking->patterns)
		warn_of_pattern(looking, name);
	if (meant > 0 && !name->of_ports && ports == meant)
		warn(looking, name,
		    "this is a port of a bridge, and a packet that the bridge "
		    "forwards has the bridge as its interface, so it never "
		    "matches");
	if (meant > 0 && name->of_ports && ports == 0)
		warn(looking, name,
		    "this is no port of a bridge, so it never matches");
}

static void
look_at_all(const struct looking *looking, struct name name,
    char (*names)[SW_CONF_NAME], size_t n)
{
	for (size_t i = 0; i < n; i++) {
		name.text = names[i];
		look_at(looking, &name);
	}
}

void
sw_conf_check_ifaces(const struct sw_conf *conf, const struct sw_iface *links,
    size_t n, bool patterns, struct sw_conf_errors *warnings)
{
	struct looking looking = { conf, links, n, patterns, warnings };

	for (size_t i = 0; i < conf->n_rules; i++) {
		const struct sw_conf_rule *rule = &conf->rules[i];

		look_at_all(&looking,
		    (struct name){ i, "in", "phys-in", NULL, false }, rule->in,
		    rule->n_in);
		look_at_all(&looking,
		    (struct name){ i, "out", "phys-out", NULL, false },
		    rule->out, rule->n_out);
		look_at_all(&looking,
		    (struct name){ i, "phys-in", "in", NULL, true },
		    rule->phys_in, rule->n_phys_in);
		look_at_all(&looking,
		    (struct name){ i, "phys-out", "out", NULL, true },
		    rule->phys_out, rule->n_phys_out);
	}
}
