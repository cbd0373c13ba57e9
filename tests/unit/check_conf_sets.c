/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_conf_sets: what sets hold, and the files that they are read from.
 */
#include <check.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "build.h"
#include "conf/conf.h"
#include "config.h"
#include "runner.h"
#include "scratch.h"

enum {
	TEXT_MAX = 1 << 16,
};

static const char *directory;

static void
enter(void)
{
	directory = scratch_enter("check_conf_sets");
}

/* A configuration of one rule for the set "s", which is read from the file
 * "list" and has these addresses, too. */
static struct sw_conf *
load(const char *addresses, struct sw_conf_errors *errors)
{
	char text[512];

	snprintf(text, sizeof text,
	    "set \"s\" { %s file = %s/list }\nrule \"r\" { to = @s }\n",
	    addresses, directory);
	scratch_put("synward.conf", text);
	return sw_conf_load("synward.conf", errors);
}

static struct sw_conf *
taken(const char *addresses)
{
	struct sw_conf_errors errors;
	struct sw_conf *conf = load(addresses, &errors);

	ck_assert_msg(conf != NULL, "%s",
	    errors.n > 0 ? errors.list[0].text : "no reason given");
	sw_conf_errors_free(&errors);
	return conf;
}

static bool
matches(const struct sw_conf *conf, const char *to)
{
	struct sw_endpoints ends =
	    build_ends(strchr(to, ':') != NULL ? "fd01::1" : "10.9.9.9", 1, to,
		2, IPPROTO_UDP);
	struct sw_policy *policy = sw_conf_compile_policy(conf, NULL, 0);
	struct sw_way way = { 0 };
	bool met;

	ck_assert_ptr_nonnull(policy);
	met = sw_policy_match(policy, &ends, &way) != SW_RULE_DEFAULT;
	sw_policy_destroy(policy);
	return met;
}

/* Blanks, lines and comments in any order; the addresses of both places. */
START_TEST(file_and_addresses_are_one_set)
{
	struct sw_conf *conf;

	scratch_put("list",
	    "# of the office\n10.0.5.0/24 10.0.6.10-10.0.6.20#rest\n\n"
	    "\t!10.0.5.9 # not this\r\nfd00::/8");
	conf = taken("addresses = { 192.0.2.1, !fd00::9 }");
	conf->rules[0].rule.slot = 1;
	ck_assert(matches(conf, "10.0.5.8"));
	ck_assert(!matches(conf, "10.0.5.9"));
	ck_assert(!matches(conf, "10.0.6.9"));
	ck_assert(matches(conf, "10.0.6.10"));
	ck_assert(matches(conf, "10.0.6.20"));
	ck_assert(!matches(conf, "10.0.6.21"));
	ck_assert(matches(conf, "192.0.2.1"));
	ck_assert(matches(conf, "fd00::8"));
	ck_assert(!matches(conf, "fd00::9"));
	sw_conf_free(conf);
}
END_TEST

/* The same configuration, loaded again, has what the file holds then. */
START_TEST(a_changed_file_is_taken)
{
	struct sw_conf *conf;

	scratch_put("list", "10.0.5.9");
	conf = taken("");
	conf->rules[0].rule.slot = 1;
	ck_assert(matches(conf, "10.0.5.9"));
	sw_conf_free(conf);
	scratch_put("list", "10.0.5.10");
	conf = taken("");
	conf->rules[0].rule.slot = 1;
	ck_assert(!matches(conf, "10.0.5.9"));
	ck_assert(matches(conf, "10.0.5.10"));
	sw_conf_free(conf);
}
END_TEST

static void
refused(const char *wanted)
{
	struct sw_conf_errors errors;

	ck_assert_ptr_null(load("", &errors));
	ck_assert_uint_ge(errors.n, 1);
	ck_assert_msg(strstr(errors.list[0].text, wanted) != NULL,
	    "\"%s\" is not \"%s\"", errors.list[0].text, wanted);
	sw_conf_errors_free(&errors);
}

/* What follows a zero byte is not lost unseen. */
START_TEST(a_zero_byte_is_an_error)
{
	static const char bytes[] = "10.0.5.9\0.5\n10.0.6.0/24\n";
	struct sw_conf_errors errors;
	FILE *file = fopen("list", "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(bytes, sizeof bytes - 1, 1, file), 1);
	ck_assert_int_eq(fclose(file), 0);
	ck_assert_ptr_null(load("", &errors));
	ck_assert_uint_eq(errors.n, 1);
	ck_assert_msg(strstr(errors.list[0].text,
			  "/list:1:1: set \"s\": 10.0.5.9: the word contains "
			  "a zero byte; write the file as plain text") != NULL,
	    "%s", errors.list[0].text);
	sw_conf_errors_free(&errors);
}
END_TEST

/* Each with the place in the file, and what to write instead. */
START_TEST(errors_are_where_they_are)
{
	struct sw_conf_errors errors;
	static const char *const said[] = {
		"/list:1:1: set \"s\": 10.0.5.1/24: 10.0.5.1/24 has host bits "
		"set; write 10.0.5.0/24",
		"/list:2:2: set \"s\": !10.0.7.9-10.0.7.1: the range ends "
		"before it starts; write !10.0.7.1-10.0.7.9",
		"/list:2:23: set \"s\": @other: a set cannot hold another set",
		"/list:4:1: set \"s\": mail.example.org: not an address",
	};

	scratch_put("list",
	    "10.0.5.1/24\n\t!10.0.7.9-10.0.7.1   @other\n# good\n"
	    "mail.example.org 10.0.0.1\n");
	ck_assert_ptr_null(load("", &errors));
	ck_assert_uint_eq(errors.n, sizeof said / sizeof said[0]);
	for (size_t i = 0; i < errors.n; i++)
		ck_assert_msg(strstr(errors.list[i].text, said[i]) != NULL,
		    "\"%s\" is not \"%s\"", errors.list[i].text, said[i]);
	sw_conf_errors_free(&errors);
}
END_TEST

START_TEST(what_is_no_file_is_refused)
{
	refused("/list cannot be read: No such file or directory");
	ck_assert_int_eq(mkdir("list", 0700), 0);
	refused("/list cannot be read: it is a directory");
	ck_assert_int_eq(rmdir("list"), 0);
	scratch_put("list", "10.0.5.9");
	ck_assert_int_eq(chmod("list", 0646), 0);
	refused("/list is refused: every user may write to it");
	ck_assert_int_eq(chmod("list", 0644), 0);
	ck_assert_int_eq(truncate("list", (off_t)17 << 20), 0);
	refused("/list cannot be read: it is larger than 16 MiB");
}
END_TEST

/* It matches nothing, which is no error: lists come and go. */
START_TEST(an_empty_set_matches_nothing)
{
	struct sw_conf *conf;

	scratch_put("list", "# nothing yet\n");
	conf = taken("");
	conf->rules[0].rule.slot = 1;
	ck_assert_uint_eq(conf->sets[0].n_ranges, 0);
	ck_assert(!matches(conf, "10.0.5.9"));
	ck_assert(!matches(conf, "fd00::9"));
	sw_conf_free(conf);
}
END_TEST

/* Written down again, for a time when the file may be another. */
START_TEST(a_dump_stands_alone)
{
	size_t length;
	struct sw_conf *conf, *again;
	struct sw_conf_errors errors;
	char *text;

	scratch_put("list", "10.0.5.0/24 !10.0.5.9 fd00::/8");
	conf = taken("addresses = { 10.0.4.0/24 }");
	text = sw_conf_dump_text(conf, false, &length);
	ck_assert_ptr_nonnull(text);
	ck_assert_ptr_nonnull(strstr(text, "/list"));
	ck_assert_ptr_nonnull(strstr(text, "to = { @s }"));
	ck_assert_ptr_null(sw_conf_parse(text, "dump", &errors));
	ck_assert_ptr_nonnull(
	    strstr(errors.list[0].text, "a file cannot be read here"));
	sw_conf_errors_free(&errors);
	free(text);
	text = sw_conf_dump_text(conf, true, &length);
	ck_assert_ptr_nonnull(text);
	ck_assert_ptr_null(strstr(text, "/list\""));
	again = sw_conf_parse(text, "dump", &errors);
	ck_assert_ptr_nonnull(again);
	ck_assert_uint_eq(again->sets[0].n_ranges, conf->sets[0].n_ranges);
	ck_assert_mem_eq(again->sets[0].ranges, conf->sets[0].ranges,
	    conf->sets[0].n_ranges * sizeof *conf->sets[0].ranges);
	free(text);
	sw_conf_errors_free(&errors);
	sw_conf_free(again);
	sw_conf_free(conf);
}
END_TEST

/* A thousand rules over a hundred sets are read and checked in little time;
 * the limit is far above it, for slow machines. */
START_TEST(many_sets_are_checked)
{
	struct sw_conf *conf;
	char *text = malloc(8 << 20);
	size_t used = 0;

	for (unsigned s = 0; s < 100; s++) {
		used += (size_t)sprintf(
		    text + used, "set \"s%u\" { addresses = { ", s);
		for (unsigned i = 0; i < 1000; i++)
			used += (size_t)sprintf(text + used, "%s10.%u.%u.%u/30",
			    i > 0 ? ", " : "", s, i / 60, i % 60 * 4);
		used += (size_t)sprintf(text + used, " } }\n");
	}
	for (unsigned r = 0; r < 1000; r++)
		used += (size_t)sprintf(text + used,
		    "rule \"r%u\" { protocol = tcp to = { @s%u, !10.%u.0.9 } "
		    "port = %u }\n",
		    r, r % 100, r % 100, r);
	conf = config_taken(text);
	ck_assert_uint_eq(conf->n_sets, 100);
	ck_assert_uint_eq(conf->sets[7].n_ranges, 17);
	sw_conf_free(conf);
	free(text);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("sets");

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, enter, scratch_leave);
	tcase_add_test(tcase, file_and_addresses_are_one_set);
	tcase_add_test(tcase, a_changed_file_is_taken);
	tcase_add_test(tcase, errors_are_where_they_are);
	tcase_add_test(tcase, a_zero_byte_is_an_error);
	tcase_add_test(tcase, what_is_no_file_is_refused);
	tcase_add_test(tcase, an_empty_set_matches_nothing);
	tcase_add_test(tcase, a_dump_stands_alone);
	tcase_add_test(tcase, many_sets_are_checked);
	return run_case("sets", tcase);
}
