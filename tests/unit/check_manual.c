/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_manual: synward.conf(5) against the loader's own list of keys.
 *
 * Each key must be an item of its section's list, with its kind, range,
 * words and default as the schema has them; no item may name a key that
 * there is not; and the table of profiles must show their values.
 */
#include <check.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "conf/schema.h"
#include "runner.h"
#include "slurp.h"

#define PAGE SYNWARD_SOURCE_DIR "/man/synward.conf.5"

enum {
	TEXT_MAX = 1 << 16,
};

static char page[TEXT_MAX];

static const char *const kinds[] = {
#define X(name, text) text,
	SW_KIND_MAP(X)
#undef X
};

/* Titles of subsections, and the sections of the schema. */
static const struct {
	const char *title, *section;
} sections[] = {
	{ "Everything", "" },
	{ "source", "source" },
	{ "queue", "queue" },
	{ "table", "table" },
	{ "timeouts", "timeouts" },
	{ "log", "log" },
	{ "control", "control" },
	{ "offload", "offload" },
	{ "hook", "hook" },
	{ "set", "set" },
	{ "zone", "zone" },
	{ "rule", "rule" },
	{ "rule timeouts", "rule.timeouts" },
	{ "rule related", "rule.related" },
};

enum {
	SECTIONS = sizeof sections / sizeof sections[0],
};

static void
read_page(void)
{
	slurp(PAGE, page, sizeof page);
	ck_assert_uint_gt(strlen(page), 0);
}

/* The text from one line to another, cut out.  => the caller's */
static char *
part(const char *from, const char *begin, const char *end)
{
	char line[128];
	const char *at, *stop;

	snprintf(line, sizeof line, "\n%s\n", begin);
	at = strstr(from, line);
	ck_assert_msg(at != NULL, "no line \"%s\"", begin);
	at += strlen(line) - 1;
	stop = strstr(at, end);
	ck_assert_msg(stop != NULL, "nothing ends \"%s\"", begin);
	return strndup(at, (size_t)(stop - at));
}

static char *
list_of(const char *title)
{
	char line[64];
	char *whole = part(page, ".Sh SETTINGS", "\n.Sh "), *list;

	snprintf(line, sizeof line, ".Ss %s", title);
	list = part(whole, line, "\n.El");
	free(whole);
	return list;
}

/* The text in one line.  => the same */
static char *
in_line(char *text)
{
	for (char *at = text; *at != '\0'; at++)
		if (*at == '\n')
			*at = ' ';
	return text;
}

/* The text of one item.  => the caller's */
static char *
item_of(const char *list, const struct sw_key *key)
{
	char line[128];
	const char *at, *stop;

	snprintf(line, sizeof line, "\n.It Ic %s No = Ar %s\n", key->name,
	    kinds[key->kind]);
	at = strstr(list, line);
	/* The last one of a list ends with it. */
	if (at == NULL) {
		line[strlen(line) - 1] = '\0';
		at = strstr(list, line);
		ck_assert_msg(at != NULL && at[strlen(line)] == '\0',
		    "%s: no item \"%s\"", key->section, line + 1);
	}
	at += strlen(line);
	stop = strstr(at, "\n.It ");
	return in_line(
	    stop != NULL ? strndup(at, (size_t)(stop - at)) : strdup(at));
}

static bool
is_letter(char c)
{
	return isalnum((unsigned char)c) || c == '-' || c == '_';
}

/* Does the word stand there by itself? */
static bool
names(const char *text, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = text; (at = strstr(at, word)) != NULL; at++)
		if ((at == text || !is_letter(at[-1])) && !is_letter(at[n]))
			return true;
	return false;
}

static void
check_words(const struct sw_key *key, const char *item)
{
	const struct sw_word *word = key->words;

	for (; key->kind == SW_KIND_WORD && word->text != NULL; word++)
		if (!word->alias)
			ck_assert_msg(names(item, word->text),
			    "%s %s: word %s is missing", key->section,
			    key->name, word->text);
}

static void
check_default(const struct sw_key *key, const char *item)
{
	char line[SW_CONF_PATH];

	if (key->otherwise == NULL)
		return;
	snprintf(line, sizeof line, "Default: %s.", key->otherwise);
	ck_assert_msg(strstr(item, line) != NULL, "%s %s: no \"%s\"",
	    key->section, key->name, line);
}

static void
check_range(const struct sw_key *key, const char *item)
{
	char low[SW_VALUE_MAX], high[SW_VALUE_MAX];
	char line[2 * SW_VALUE_MAX + 16];

	if (key->kind == SW_KIND_NUMBER || key->kind == SW_KIND_PERCENT) {
		const char *unit = key->kind == SW_KIND_PERCENT ? "%" : "";

		snprintf(low, sizeof low, "%u%s", key->range.least, unit);
		snprintf(high, sizeof high, "%u%s", key->range.most, unit);
	} else if (key->kind == SW_KIND_SIZE) {
		sw_value_show_size(key->range.least, low);
		sw_value_show_size(key->range.most, high);
	} else if (key->kind == SW_KIND_DURATION) {
		sw_value_show_duration(key->range.least, low);
		sw_value_show_duration(key->range.most, high);
	} else {
		return;
	}
	snprintf(line, sizeof line, "from %s to %s", low, high);
	ck_assert_msg(strstr(item, line) != NULL, "%s %s: no \"%s\"",
	    key->section, key->name, line);
}

START_TEST(every_key_is_described)
{
	char *list = list_of(sections[_i].title);
	char *intro = in_line(part(page, ".Ss timeouts", "\n.Bl "));
	size_t n, described = 0;
	const struct sw_key *keys = sw_schema_keys(&n);

	for (size_t k = 0; k < n; k++) {
		char *item;
		bool timeout = strstr(keys[k].section, "timeouts") != NULL;

		if (strcmp(keys[k].section, sections[_i].section) != 0)
			continue;
		item = item_of(list, &keys[k]);
		check_words(&keys[k], item);
		check_default(&keys[k], item);
		check_range(&keys[k], timeout ? intro : item);
		free(item);
		described++;
	}
	ck_assert_uint_gt(described, 0);
	for (char *at = list; (at = strstr(at, "\n.It ")) != NULL; at++)
		described--;
	ck_assert_msg(
	    described == 0, "an item of \"%s\" is no key", sections[_i].title);
	free(intro);
	free(list);
}
END_TEST

/* No section of the schema was forgotten above. */
START_TEST(every_section_is_described)
{
	size_t n;
	const struct sw_key *keys = sw_schema_keys(&n);

	for (size_t k = 0; k < n; k++) {
		bool found = false;

		for (unsigned i = 0; i < SECTIONS; i++)
			found = found || strcmp(keys[k].section,
					     sections[i].section) == 0;
		ck_assert_msg(found, "section %s", keys[k].section);
	}
}
END_TEST

START_TEST(profiles_are_shown)
{
	char *table = part(page, ".Sh PROFILES", "\n.El"), line[256];
	size_t used = (size_t)snprintf(line, sizeof line, "\n.It");

	for (unsigned p = 0; sw_profile_name(p) != NULL; p++)
		used += (size_t)snprintf(line + used, sizeof line - used,
		    " Ta %s", sw_profile_name(p));
	ck_assert_msg(strstr(table, line) != NULL, "no line %s", line);
	for (unsigned t = 0; t < SW_TIMEOUT_COUNT; t++) {
		used = (size_t)snprintf(
		    line, sizeof line, "\n.It %s", sw_profile_timeout_text(t));
		for (unsigned p = 0; sw_profile_name(p) != NULL; p++)
			used += (size_t)snprintf(line + used,
			    sizeof line - used, " Ta %u",
			    sw_profile(sw_profile_name(p))->seconds[t]);
		ck_assert_msg(strstr(table, line) != NULL, "no line %s", line);
	}
	free(table);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("synward.conf(5)");

	tcase_add_checked_fixture(tcase, read_page, NULL);
	tcase_add_loop_test(tcase, every_key_is_described, 0, SECTIONS);
	tcase_add_test(tcase, every_section_is_described);
	tcase_add_test(tcase, profiles_are_shown);
	return run_case("manual", tcase);
}
