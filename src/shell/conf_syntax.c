/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf_syntax: explains unknown keys and broken syntax.
 *
 * libConfuse hands over its message as a format; the format tells which of
 * its complaints it is.  An unknown key is looked for by typing errors among
 * the keys of its section, by the names other programs use, and in the other
 * sections.
 */
#include <stdio.h>
#include <string.h>

#include "shell/conf_schema.h"
#include "shell/conf_syntax.h"

enum {
	NAMES = 24, /* keys of one section at most */
};

/* Their format, and ours around their argument. */
static const struct {
	const char *theirs, *before, *behind;
} phrases[] = {
	{ "unexpected token '%s'", "\"",
	    "\" stands where none belongs; write NAME = VALUE, NAME = { "
	    "VALUE, VALUE } or NAME { ... }" },
	{ "missing equal sign after option '%s'", "\"=\" is missing behind \"",
	    "\"; write NAME = VALUE" },
	{ "attempt to append to non-list option '%s'", "\"",
	    "\" is no list, so += does not fit; write NAME = VALUE" },
	{ "missing opening brace for section '%s'", "\"{\" is missing behind ",
	    "; write NAME { ... }" },
	{ "missing title for section '%s'", "this ",
	    " has no name; write rule \"NAME\" { ... }" },
	{ "bad escape sequence '%s'", "the string holds the escape ",
	    "; write \\\\ for a backslash" },
	{ "invalid octal number '%s'", "the string holds the escape ",
	    "; write \\\\ for a backslash" },
};

/* What other programs call it. */
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
	{ "iif", "in" },
	{ "iifname", "in" },
	{ "interface", "in" },
	{ "oif", "out" },
	{ "oifname", "out" },
	{ "verdict", "action" },
	{ "policy", "default-action" },
	{ "target", "action" },
};

static size_t
names_of(const cfg_t *cfg, const char *names[NAMES])
{
	size_t n = 0;

	while (n < NAMES && cfg->opts[n].name != NULL) {
		names[n] = cfg->opts[n].name;
		n++;
	}
	return n;
}

static const char *
synonym(const char *name, const char *const names[], size_t n)
{
	for (size_t i = 0; i < sizeof synonyms / sizeof synonyms[0]; i++)
		for (size_t k = 0; k < n; k++)
			if (strcmp(synonyms[i].theirs, name) == 0 &&
			    strcmp(synonyms[i].ours, names[k]) == 0)
				return names[k];
	return NULL;
}

/* The section another key of that name stands in, or NULL. */
static const char *
elsewhere(const char *name)
{
	static const char *const sections[] = { "queue", "table", "log",
		"control", "rule" };
	size_t n;
	const struct sw_key *keys = sw_keys(&n);

	for (size_t k = 0; k < n; k++)
		if (strcmp(keys[k].name, name) == 0)
			return strcmp(keys[k].section, "rule.timeouts") == 0
				   ? "timeouts"
				   : keys[k].section;
	for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++)
		if (strcmp(sections[i], name) == 0)
			return "";
	return NULL;
}

static void
names_list(const char *const names[], size_t n, char *text, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; i < n && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s",
		    i > 0 ? ", " : "", names[i]);
}

static void
unknown(cfg_t *cfg, const char *name, char *text, size_t size)
{
	const char *names[NAMES], *nearest, *section = elsewhere(name);
	size_t n = names_of(cfg, names);
	char shown[SW_SHOWN_MAX], list[256];
	int used = snprintf(text, size, "unknown key \"%s\"%s%s; ",
	    sw_conf_shown(name, shown),
	    strcmp(cfg->name, "root") == 0 ? "" : " in ",
	    strcmp(cfg->name, "root") == 0 ? "" : cfg->name);

	text += used;
	size -= (size_t)used;
	if (section != NULL && *section != '\0') {
		snprintf(text, size, "write %s { %s ... }", section, name);
		return;
	}
	if (section != NULL) {
		snprintf(text, size, "write it outside of this section");
		return;
	}
	nearest = synonym(name, names, n);
	if (nearest == NULL)
		nearest = sw_conf_nearest(name, names, n);
	names_list(names, n, list, sizeof list);
	if (nearest != NULL)
		snprintf(text, size, "did you mean \"%s\"?", nearest);
	else
		snprintf(text, size, "known here: %s", list);
}

bool
sw_syntax_text(
    cfg_t *cfg, const char *format, va_list ap, char *text, size_t size)
{
	char shown[SW_SHOWN_MAX];

	if (strcmp(format, "premature end of file") == 0)
		return false;
	if (strcmp(format, "no such option '%s'") == 0) {
		unknown(cfg, va_arg(ap, const char *), text, size);
		return true;
	}
	for (size_t i = 0; i < sizeof phrases / sizeof phrases[0]; i++)
		if (strcmp(format, phrases[i].theirs) == 0) {
			snprintf(text, size, "%s%s%s", phrases[i].before,
			    sw_conf_shown(va_arg(ap, const char *), shown),
			    phrases[i].behind);
			return true;
		}
	vsnprintf(text, size, format, ap);
	return true;
}
