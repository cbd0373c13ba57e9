/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_conf_shipped: the configuration that is installed.
 *
 * It sets nothing, and shows every key with its default: a line that begins
 * with "#" and a name is such a default, and taking its "#" away must change
 * nothing.  A comment has a blank behind its "#"; lines a tab further in are
 * an example and must be a configuration, too.
 */
#include <check.h>
#include <ctype.h>
#include <string.h>

#include "conf/conf.h"
#include "conf/schema.h"
#include "config.h"
#include "runner.h"
#include "slurp.h"

#define SHIPPED SYNWARD_SOURCE_DIR "/conf/synward.conf"

enum {
	TEXT_MAX = 1 << 16,
};

static char shipped[TEXT_MAX];

static void
read_shipped(void)
{
	slurp(SHIPPED, shipped, sizeof shipped);
	ck_assert_uint_gt(strlen(shipped), 0);
}

/* All values of a text, without their places. */
static void
values(const char *text, char out[TEXT_MAX])
{
	struct sw_conf *conf = config_taken(text);
	char *to = out;

	config_dump(conf, out, TEXT_MAX);
	sw_conf_free(conf);
	for (const char *from = out; *from != '\0';)
		if (*from == '#')
			from += strcspn(from, "\n");
		else
			*to++ = *from++;
	*to = '\0';
}

static void
check_unchanged(const char *text)
{
	static char with[TEXT_MAX], without[TEXT_MAX];

	values("", without);
	values(text, with);
	ck_assert_str_eq(with, without);
}

/* Where the next commented default begins, at its "#"; NULL: no more. */
static char *
next_default(char *from)
{
	for (; (from = strchr(from, '#')) != NULL; from++) {
		char *before = from;

		while (before > shipped && before[-1] == '\t')
			before--;
		if ((before == shipped || before[-1] == '\n') &&
		    islower((unsigned char)from[1]))
			return from;
	}
	return NULL;
}

START_TEST(sets_nothing)
{
	check_unchanged(shipped);
}
END_TEST

START_TEST(each_default_changes_nothing)
{
	unsigned n = 0;

	for (char *at = shipped; (at = next_default(at)) != NULL; at++, n++) {
		*at = ' ';
		check_unchanged(shipped);
		*at = '#';
	}
	ck_assert_uint_ge(n, 30);
}
END_TEST

/* Together they are all keys there are, but those of sets, of rules and lists. */
START_TEST(all_defaults_are_shown)
{
	size_t n;
	const struct sw_key *keys = sw_schema_keys(&n);
	struct sw_conf *conf;

	for (char *at = shipped; (at = next_default(at)) != NULL; at++)
		*at = ' ';
	check_unchanged(shipped);
	conf = config_taken(shipped);
	for (size_t k = 0; k < n; k++) {
		char path[SW_CONF_NAME], origin[64];

		if (sw_schema_part(&keys[k]) == SW_PART_RULE ||
		    sw_schema_part(&keys[k]) == SW_PART_SET ||
		    sw_schema_is_list(&keys[k]))
			continue;
		sw_schema_path(&keys[k], path);
		sw_conf_origin(conf, path, origin, sizeof origin);
		ck_assert_msg(
		    strncmp(origin, "text:", 5) == 0, "%s is not shown", path);
	}
	sw_conf_free(conf);
}
END_TEST

/* => whether the line is of an example; then its begin, blanked */
static bool
uncomment(char *line)
{
	char *sign = line + strspn(line, "\t");

	if (sign[0] != '#' || sign[1] != '\t')
		return false;
	*sign = ' ';
	return true;
}

/* => where the next example begins: with a set, or with its rule; or NULL */
static char *
next_example(char *line)
{
	char *rule = strstr(line, "#\trule \"");
	char *set = strstr(line, "#\tset \"");

	return set != NULL && (rule == NULL || set < rule) ? set : rule;
}

/* An example stands in a comment of its own. */
START_TEST(examples_are_sound)
{
	static char example[TEXT_MAX];
	unsigned n = 0;
	char *line = shipped;

	while ((line = next_example(line)) != NULL) {
		struct sw_conf *conf;
		size_t used = 0;

		while (uncomment(line)) {
			size_t length = strcspn(line, "\n") + 1;

			memcpy(example + used, line, length);
			used += length;
			line += length;
		}
		example[used] = '\0';
		conf = config_taken(example);
		ck_assert_uint_eq(conf->n_rules, 1);
		sw_conf_free(conf);
		n++;
	}
	ck_assert_uint_ge(n, 3);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("shipped");

	tcase_add_checked_fixture(tcase, read_shipped, NULL);
	tcase_add_test(tcase, sets_nothing);
	tcase_add_test(tcase, each_default_changes_nothing);
	tcase_add_test(tcase, all_defaults_are_shown);
	tcase_add_test(tcase, examples_are_sound);
	return run_case("shipped configuration", tcase);
}
