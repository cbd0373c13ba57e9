/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unknown: explains a name that does not exist in its section.
 *
 * It searches the section's names for typing errors, then the names that other
 * programs use, then the other sections.
 */
#include <stdio.h>
#include <string.h>

#include "conf/parse.h"

enum {
	NAMES = 64, /* the most keys of one section */
};

/* Names that other programs use. */
static const struct {
	const char *theirs, *ours;
} synonyms[] = {
	{ "src", "from" },
	{ "source", "from" },
	{ "saddr", "from" },
	{ "dst", "to" },
	{ "dest", "to" },
	{ "destination", "to" },
	{ "daddr", "to" },
	{ "dport", "port" },
	{ "to-port", "port" },
	{ "sport", "source-port" },
	{ "iif", "in" },
	{ "iifname", "in" },
	{ "interface", "in" },
	{ "oif", "out" },
	{ "oifname", "out" },
	{ "physdev-in", "phys-in" },
	{ "physdev-out", "phys-out" },
	{ "fwmark", "mark" },
	{ "verdict", "action" },
	{ "policy", "default-action" },
	{ "target", "action" },
};

struct names {
	const char *list[NAMES];
	size_t n;
};

static void
add(struct names *names, const char *name)
{
	for (size_t i = 0; i < names->n; i++)
		if (strcmp(names->list[i], name) == 0)
			return;
	if (names->n < NAMES)
		names->list[names->n++] = name;
}

/* The name of the child section of parent that section belongs to.
 * => NULL when it belongs to none */
static const char *
child(const char *section, const char *parent)
{
	size_t n = strlen(parent);
	const char *name = section;

	if (n > 0) {
		if (strncmp(section, parent, n) != 0 || section[n] != '.')
			return NULL;
		name += n + 1;
	}
	return *name != '\0' && strchr(name, '.') == NULL ? name : NULL;
}

/* Keys first, then sections. */
static void
names_of(const char *section, struct names *names)
{
	size_t n;
	const struct sw_key *keys = sw_schema_keys(&n);

	for (size_t k = 0; k < n; k++)
		if (strcmp(keys[k].section, section) == 0)
			add(names, keys[k].name);
	for (size_t k = 0; k < n; k++)
		if (child(keys[k].section, section) != NULL)
			add(names, child(keys[k].section, section));
	if (*section == '\0')
		add(names, "include");
}

static const char *
synonym(const char *name, const struct names *names)
{
	for (size_t i = 0; i < sizeof synonyms / sizeof synonyms[0]; i++)
		for (size_t k = 0; k < names->n; k++)
			if (strcmp(synonyms[i].theirs, name) == 0 &&
			    strcmp(synonyms[i].ours, names->list[k]) == 0)
				return names->list[k];
	return NULL;
}

/* The section in which the name exists: "" is the top level.
 * => NULL when there is none */
static const char *
elsewhere(const char *name)
{
	size_t n;
	const struct sw_key *keys = sw_schema_keys(&n);

	for (size_t k = 0; k < n; k++)
		if (strcmp(keys[k].name, name) == 0)
			return keys[k].section;
	return sw_schema_has_section(name) || strcmp(name, "include") == 0
		   ? ""
		   : NULL;
}

static void
names_list(const struct names *names, char *text, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; i < names->n && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s",
		    i > 0 ? ", " : "", names->list[i]);
}

const char *
sw_conf_unknown(const char *section, const char *name, char *text, size_t size)
{
	struct names names = { .n = 0 };
	const char *known = elsewhere(name), *nearest;
	size_t used;

	names_of(section, &names);
	nearest = synonym(name, &names);
	if (nearest == NULL && known != NULL && *known != '\0') {
		const char *dot = strrchr(known, '.');

		snprintf(text, size, "write %s { %s ... }",
		    dot != NULL ? dot + 1 : known, name);
		return NULL;
	}
	if (nearest == NULL && known != NULL) {
		snprintf(text, size, "write it outside of this section");
		return NULL;
	}
	if (nearest == NULL)
		nearest = sw_conf_error_nearest(name, names.list, names.n);
	if (nearest != NULL) {
		snprintf(text, size, "did you mean \"%s\"?", nearest);
		return nearest;
	}
	used = (size_t)snprintf(text, size, "known here: ");
	names_list(&names, text + used, size - used);
	return NULL;
}
