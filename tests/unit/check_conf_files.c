/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_conf_files: which files make a configuration, and in which order.
 */
#include <check.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/conf.h"
#include "runner.h"
#include "scratch.h"

#define MAIN "etc/synward.conf"

static const char *directory;

static void
enter(void)
{
	directory = scratch_enter("check_conf_files");
	ck_assert_int_eq(mkdir("etc", 0755), 0);
	ck_assert_int_eq(mkdir("etc/conf.d", 0755), 0);
}

static struct sw_conf *
taken(void)
{
	struct sw_conf_errors errors;
	struct sw_conf *conf = sw_conf_load(MAIN, &errors);

	ck_assert_msg(conf != NULL, "%s",
	    errors.n > 0 ? errors.list[0].text : "no reason given");
	sw_conf_errors_free(&errors);
	return conf;
}

/* Loads and expects these errors; the last is NULL. */
static void
refused(const char *path, ...)
{
	struct sw_conf_errors errors;
	struct sw_conf *conf = sw_conf_load(path, &errors);
	const char *expected;
	size_t i = 0;
	va_list ap;

	ck_assert_ptr_null(conf);
	va_start(ap, path);
	while ((expected = va_arg(ap, const char *)) != NULL) {
		ck_assert_uint_lt(i, errors.n);
		ck_assert_str_eq(errors.list[i++].text, expected);
	}
	va_end(ap);
	ck_assert_uint_eq(i, errors.n);
	sw_conf_errors_free(&errors);
}

START_TEST(later_files_win)
{
	struct sw_conf *conf;
	char text[64];

	scratch_put(
	    MAIN, "mode = observe\nprofile = linux\nlog { rate = 1 }\n");
	scratch_put("etc/conf.d/20-b.conf", "log { rate = 3 }\n");
	scratch_put(
	    "etc/conf.d/10-a.conf", "\n\nlog { rate = 2 }\nprofile = linux\n");
	conf = taken();
	ck_assert_uint_eq(conf->log.rate, 3);
	ck_assert(conf->otherwise.observe);
	ck_assert_str_eq(sw_conf_origin(conf, "log.rate", text, sizeof text),
	    "etc/conf.d/20-b.conf:1");
	ck_assert_str_eq(sw_conf_origin(conf, "profile", text, sizeof text),
	    "etc/conf.d/10-a.conf:4");
	ck_assert_str_eq(
	    sw_conf_origin(conf, "mode", text, sizeof text), MAIN ":1");
	sw_conf_free(conf);
}
END_TEST

START_TEST(lists_are_replaced_or_added_to)
{
	struct sw_conf *conf;

	scratch_put(MAIN, "log { to = { stderr, journal } }\n");
	scratch_put("etc/conf.d/10-a.conf", "log { to = { syslog } }\n");
	scratch_put("etc/conf.d/20-b.conf", "log { to += { stderr } }\n");
	conf = taken();
	ck_assert_uint_eq(conf->log.n_to, 2);
	ck_assert_uint_eq(conf->log.to[0].kind, SW_SINK_SYSLOG);
	ck_assert_uint_eq(conf->log.to[1].kind, SW_SINK_STDERR);
	sw_conf_free(conf);
}
END_TEST

/* Byte order, whatever the locale; only names that end in .conf. */
START_TEST(rules_are_in_order_of_files)
{
	static const char *const order[] = { "main", "inner", "behind", "B",
		"a", "b" };
	struct sw_conf *conf;

	scratch_put(MAIN, "rule \"main\" { port = 1 }\n"
			  "include(\"inner\")\n"
			  "rule \"behind\" { port = 3 }\n");
	scratch_put("etc/inner", "rule \"inner\" { port = 2 }\n");
	scratch_put("etc/conf.d/b.conf", "rule \"b\" { port = 6 }\n");
	scratch_put("etc/conf.d/a.conf", "rule \"a\" { port = 5 }\n");
	scratch_put("etc/conf.d/B.conf", "rule \"B\" { port = 4 }\n");
	scratch_put("etc/conf.d/.c.conf", "nonsense\n");
	scratch_put("etc/conf.d/d.conf~", "nonsense\n");
	scratch_put("etc/conf.d/.conf", "nonsense\n");
	scratch_put("etc/conf.d/README", "nonsense\n");
	conf = taken();
	ck_assert_uint_eq(conf->n_rules, 6);
	for (unsigned i = 0; i < 6; i++)
		ck_assert_str_eq(conf->rules[i].rule.name, order[i]);
	ck_assert_str_eq(conf->rules[1].file, "etc/inner");
	ck_assert_int_eq(conf->rules[2].line, 3);
	sw_conf_free(conf);
}
END_TEST

START_TEST(conf_d_may_be_missing)
{
	ck_assert_int_eq(rmdir("etc/conf.d"), 0);
	scratch_put(MAIN, "");
	sw_conf_free(taken());
}
END_TEST

START_TEST(named_file_must_exist)
{
	refused(MAIN,
	    MAIN
	    ": cannot be read: No such file or directory; name a readable file",
	    NULL);
}
END_TEST

/* A machine without /etc/synward runs with the defaults. */
START_TEST(default_file_may_be_missing)
{
	struct sw_conf_errors errors;
	struct sw_conf *conf;

	if (access(SW_CONF_FILE, F_OK) == 0)
		return;
	conf = sw_conf_load(NULL, &errors);
	ck_assert_ptr_nonnull(conf);
	ck_assert_uint_eq(conf->log.rate, 50);
	sw_conf_free(conf);
	sw_conf_errors_free(&errors);
}
END_TEST

START_TEST(forbidden_file_is_refused)
{
	scratch_put(MAIN, "mode = observe\n");
	ck_assert_int_eq(chmod(MAIN, 0), 0);
	ck_assert_int_eq(chmod(directory, 0755), 0);
	if (geteuid() == 0)
		ck_assert_int_eq(seteuid(65534), 0);
	refused(MAIN,
	    MAIN ": cannot be read: Permission denied; name a readable file",
	    NULL);
	if (getuid() == 0)
		ck_assert_int_eq(seteuid(0), 0);
}
END_TEST

/* Nobody writes into the pipe: whoever opened it would wait for ever. */
START_TEST(nothing_is_waited_for)
{
	scratch_put(MAIN, "include(\"pipe\")\ninclude(\"/dev/zero\")\n");
	ck_assert_int_eq(mkfifo("etc/pipe", 0600), 0);
	refused(MAIN,
	    MAIN ":1:1: etc/pipe cannot be read: it is not a regular file; "
		 "write the name of a readable file",
	    MAIN ":2:1: /dev/zero cannot be read: it is not a regular file; "
		 "write the name of a readable file",
	    NULL);
}
END_TEST

START_TEST(huge_file_is_refused)
{
	scratch_put(MAIN, "");
	ck_assert_int_eq(truncate(MAIN, (16 << 20) + 1), 0);
	refused(MAIN,
	    MAIN
	    ": cannot be read: it is larger than 16 MiB; name a readable file",
	    NULL);
	ck_assert_int_eq(truncate(MAIN, 16 << 20), 0);
	refused(MAIN,
	    MAIN ":1:1: unexpected control character; write plain text", NULL);
}
END_TEST

/* Texts stay in memory, so all of them together are bounded, too. */
START_TEST(huge_files_are_refused)
{
	FILE *file;

	scratch_put(MAIN, "include(\"a\")\ninclude(\"a\")\ninclude(\"a\")\n"
			  "include(\"a\")\ninclude(\"a\")\nmode = on\n");
	file = fopen("etc/a", "we");
	ck_assert_ptr_nonnull(file);
	for (unsigned i = 0; i < 16 << 20; i++)
		putc('#', file);
	ck_assert_int_eq(fclose(file), 0);
	refused(MAIN,
	    MAIN
	    ":4:1: etc/a cannot be read: with this file, all files together "
	    "are larger than 64 MiB; write the name of a readable file",
	    MAIN
	    ":5:1: etc/a cannot be read: with this file, all files together "
	    "are larger than 64 MiB; write the name of a readable file",
	    MAIN ":6:8: mode = on: unknown; write enforce or observe", NULL);
}
END_TEST

START_TEST(include_depth_ends)
{
	char name[32], text[64];

	scratch_put(MAIN, "include(\"a0\")\n");
	for (unsigned i = 0; i < 12; i++) {
		snprintf(name, sizeof name, "etc/a%u", i);
		snprintf(text, sizeof text, "include(\"a%u\")\n", i + 1);
		scratch_put(name, text);
	}
	refused(MAIN,
	    "etc/a9:1:1: too many includes; write at most 1000, 10 deep", NULL);
}
END_TEST

START_TEST(include_follows_links)
{
	scratch_put(MAIN, "include(\"link\")\n");
	ck_assert_int_eq(symlink("synward.conf", "etc/link"), 0);
	refused(MAIN,
	    MAIN ":1:1: include loop: etc/link is already being read; write "
		 "the file without this include",
	    NULL);
}
END_TEST

/* The same file may well be read twice, one after the other. */
START_TEST(include_again_is_no_loop)
{
	scratch_put(MAIN, "include(\"a\")\ninclude(\"b\")\n");
	scratch_put("etc/a", "include(\"empty\")\n");
	scratch_put("etc/b", "include(\"empty\")\n");
	scratch_put("etc/empty", "");
	sw_conf_free(taken());
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("files");

	tcase_add_checked_fixture(tcase, enter, scratch_leave);
	tcase_add_test(tcase, later_files_win);
	tcase_add_test(tcase, lists_are_replaced_or_added_to);
	tcase_add_test(tcase, rules_are_in_order_of_files);
	tcase_add_test(tcase, conf_d_may_be_missing);
	tcase_add_test(tcase, named_file_must_exist);
	tcase_add_test(tcase, default_file_may_be_missing);
	tcase_add_test(tcase, forbidden_file_is_refused);
	tcase_add_test(tcase, nothing_is_waited_for);
	tcase_add_test(tcase, huge_file_is_refused);
	tcase_add_test(tcase, huge_files_are_refused);
	tcase_add_test(tcase, include_depth_ends);
	tcase_add_test(tcase, include_follows_links);
	tcase_add_test(tcase, include_again_is_no_loop);
	return run_case("configuration files", tcase);
}
