/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dump: writes a configuration as text, each value followed by its origin.
 *
 * The text reads back as the same configuration.  So keys without a meaning for
 * a rule are left out, because the loader would refuse them; and an empty list
 * becomes a comment, because there is no syntax for it.
 */
#include <stdlib.h>
#include <string.h>

#include "conf/check.h"

enum {
	COLUMN = 40, /* column at which comments begin */
};

struct dump {
	const struct sw_conf *conf;
	FILE *out;
	bool alone; /* names no file of a set, but all that it holds */
};

/* A file may have any name, but a comment ends with its line. */
static void
put_origin(const struct dump *dump, const char *origin)
{
	for (; *origin != '\0'; origin++) {
		unsigned char c = (unsigned char)*origin;

		fputc(c < ' ' || c == 127 ? '?' : c, dump->out);
	}
	fputc('\n', dump->out);
}

/* Does the text also look like one word to a reader who searches for comments
 * and strings? */
static bool
is_plain(const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_./:-%@";

	return *text != '\0' && text[strspn(text, plain)] == '\0' &&
	       strstr(text, "//") == NULL;
}

/* => the number of columns */
static int
put_value(const struct dump *dump, const char *text)
{
	int columns = 2;

	if (is_plain(text))
		return fprintf(dump->out, "%s", text);
	fputc('\'', dump->out);
	for (; *text != '\0'; text++) {
		if (*text == '\'' || *text == '\\') {
			fputc('\\', dump->out);
			columns++;
		}
		fputc(*text, dump->out);
		columns++;
	}
	fputc('\'', dump->out);
	return columns;
}

static int
put_list(const struct dump *dump, const struct sw_key *key, const void *base)
{
	char text[SW_VALUE_MAX];
	size_t n = sw_field_items(key, base);
	int columns = fprintf(dump->out, " = { ");

	for (size_t i = 0; i < n; i++) {
		columns += put_value(dump, sw_field_show(key, base, i, text));
		columns += fprintf(dump->out, "%s", i + 1 < n ? ", " : " }");
	}
	return columns;
}

/* The meaning of an empty list, or of a path that is not set. */
static const char *
empty_means(const struct sw_key *key)
{
	if (sw_schema_part(key) == SW_PART_SET ||
	    strcmp(key->section, "source") == 0)
		return "none";
	return key->kind == SW_KIND_SINKS
		   ? "journal where journald runs, else syslog"
		   : "any";
}

static bool
is_empty(const struct sw_key *key, const void *base)
{
	char text[SW_VALUE_MAX];

	return sw_field_items(key, base) == 0 ||
	       ((key->kind == SW_KIND_PATH || key->kind == SW_KIND_MARK) &&
		   *sw_field_show(key, base, 0, text) == '\0');
}

static void
put_key(const struct dump *dump, int k, const void *base,
    const struct sw_rule_origins *rule, unsigned depth)
{
	size_t n;
	const struct sw_key *key = sw_schema_keys(&n) + k;
	char text[SW_VALUE_MAX], origin[SW_CONF_PATH + 32];
	bool empty = is_empty(key, base);
	int columns = fprintf(dump->out, "%.*s%s%s", (int)depth, "\t\t\t",
	    empty ? "# " : "", key->name);

	columns += 7 * (int)depth;
	if (empty) {
		columns += fprintf(dump->out, ": %s", empty_means(key));
	} else if (sw_schema_is_list(key)) {
		columns += put_list(dump, key, base);
	} else {
		columns += fprintf(dump->out, " = ");
		columns += put_value(dump, sw_field_show(key, base, 0, text));
	}
	fprintf(
	    dump->out, "%*s# ", columns < COLUMN ? COLUMN - columns : 1, "");
	put_origin(
	    dump, sw_origin_text(dump->conf, rule, k, origin, sizeof origin));
}

static void
put_section(const struct dump *dump, const char *section)
{
	size_t n;
	const struct sw_key *keys = sw_schema_keys(&n);
	unsigned depth = *section != '\0';

	if (depth > 0)
		fprintf(dump->out, "%s {\n", section);
	for (size_t k = 0; k < n; k++)
		if (strcmp(keys[k].section, section) == 0)
			put_key(dump, (int)k, dump->conf, NULL, depth);
	if (depth > 0)
		fprintf(dump->out, "}\n");
}

/* Writes the keys of one section that have a meaning for the rule.
 * => their number; only counts them when depth is 0 */
static size_t
put_rule_section(
    const struct dump *dump, size_t i, const char *section, unsigned depth)
{
	const struct sw_conf_rule *rule = &dump->conf->rules[i];
	size_t n, put = 0;
	const struct sw_key *keys = sw_schema_keys(&n);

	for (size_t k = 0; k < n; k++) {
		if (strcmp(keys[k].section, section) != 0 ||
		    sw_conf_check_idle_key(&keys[k], rule) != NULL)
			continue;
		if (depth > 0)
			put_key(dump, (int)k, rule,
			    &dump->conf->origins->rules[i], depth);
		put++;
	}
	return put;
}

/* The first line of a rule or set. */
static void
put_title(const struct dump *dump, const char *kind, const char *name,
    const char *file, int line)
{
	fprintf(dump->out, "%s \"%s\" { # ", kind, name);
	if (line > 0)
		fprintf(dump->out, "line %d of ", line);
	put_origin(dump, file);
}

/* All that the set holds, for a text that names no file. */
static void
put_ranges(const struct dump *dump, const struct sw_conf_set *set)
{
	char text[SW_VALUE_MAX];

	for (size_t i = 0; i < set->n_ranges; i++) {
		struct sw_conf_address one = { .range = set->ranges[i] };

		fprintf(dump->out, "%s%s", i == 0 ? "\taddresses = { " : ", ",
		    sw_address_show(&one, text));
	}
	if (set->n_ranges > 0)
		fprintf(dump->out, " }\n");
}

static void
put_set(const struct dump *dump, size_t i)
{
	const struct sw_conf_set *set = &dump->conf->sets[i];
	size_t n = (size_t)sw_schema_first(SW_PART_ZONE);

	put_title(dump, "set", set->name, set->file, set->line);
	if (dump->alone)
		put_ranges(dump, set);
	else
		for (size_t k = (size_t)sw_schema_first(SW_PART_SET); k < n;
		     k++)
			put_key(dump, (int)k, set,
			    &dump->conf->origins->sets[i], 1);
	fprintf(dump->out, "}\n");
}

static void
put_zone(const struct dump *dump, size_t i)
{
	const struct sw_conf_zone *zone = &dump->conf->zones[i];
	size_t n = (size_t)sw_schema_first(SW_PART_RELATED);

	put_title(dump, "zone", zone->name, zone->file, zone->line);
	for (size_t k = (size_t)sw_schema_first(SW_PART_ZONE); k < n; k++)
		put_key(dump, (int)k, zone, &dump->conf->origins->zones[i], 1);
	fprintf(dump->out, "}\n");
}

/* What the rule allows between the hosts of its flows. */
static void
put_related(const struct dump *dump, size_t i)
{
	const struct sw_conf_related *related = &dump->conf->related[i];
	size_t n = (size_t)sw_schema_first(SW_PART_RULE);

	fprintf(dump->out, "\trelated { # line %d of ", related->line);
	put_origin(dump, related->file);
	for (size_t k = (size_t)sw_schema_first(SW_PART_RELATED); k < n; k++)
		put_key(
		    dump, (int)k, related, &dump->conf->origins->related[i], 2);
	fprintf(dump->out, "\t}\n");
}

static void
put_rule(const struct dump *dump, size_t i)
{
	const struct sw_conf_rule *rule = &dump->conf->rules[i];

	put_title(dump, "rule", rule->rule.name, rule->file, rule->line);
	put_rule_section(dump, i, "rule", 1);
	if (put_rule_section(dump, i, "rule.timeouts", 0) > 0) {
		fprintf(dump->out, "\ttimeouts {\n");
		put_rule_section(dump, i, "rule.timeouts", 2);
		fprintf(dump->out, "\t}\n");
	}
	for (size_t k = 0; k < rule->n_related; k++)
		put_related(dump, rule->first_related + k);
	fprintf(dump->out, "}\n");
}

static void
put_all(const struct dump *dump)
{
	size_t first = (size_t)sw_schema_first(SW_PART_SET), n;
	const struct sw_key *keys = sw_schema_keys(&n);

	for (size_t k = 0; k < first; k++)
		if (k == 0 || strcmp(keys[k].section, keys[k - 1].section) != 0)
			put_section(dump, keys[k].section);
	for (size_t i = 0; i < dump->conf->n_sets; i++)
		put_set(dump, i);
	for (size_t i = 0; i < dump->conf->n_zones; i++)
		put_zone(dump, i);
	for (size_t i = 0; i < dump->conf->n_rules; i++)
		put_rule(dump, i);
}

void
sw_conf_dump(const struct sw_conf *conf, FILE *out)
{
	struct dump dump = { .conf = conf, .out = out };

	put_all(&dump);
}

/* When memory ran out at the very end, the stream closes without an error and
 * there is no text. */
char *
sw_conf_dump_text(const struct sw_conf *conf, bool alone, size_t *length)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, length);
	struct dump dump = { .conf = conf, .out = out, .alone = alone };
	bool whole;

	if (out == NULL)
		return NULL;
	put_all(&dump);
	whole = !ferror(out);
	if (fclose(out) == 0 && whole && text != NULL)
		return text;
	free(text);
	return NULL;
}
