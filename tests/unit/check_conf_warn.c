/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_conf_warn: what a configuration will not find on this machine.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/conf.h"
#include "config.h"
#include "runner.h"

static char directory[] = "/tmp/check_conf_warn.XXXXXX";

static void
enter(void)
{
	strcpy(directory + sizeof directory - 7, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
}

static void
leave(void)
{
	char command[64];

	snprintf(command, sizeof command, "rm -r %s", directory);
	ck_assert_int_eq(system(command), 0);
}

/* Warnings of a text in which DIR stands for the directory.
 * => the caller's */
static struct sw_conf_errors
warnings_of(const char *format)
{
	struct sw_conf_errors warnings;
	struct sw_conf *conf;
	char text[512] = "";

	for (const char *at; (at = strstr(format, "DIR")) != NULL;
	     format = at + 3)
		snprintf(text + strlen(text), sizeof text - strlen(text),
		    "%.*s%s", (int)(at - format), format, directory);
	strcat(text, format);
	conf = config_taken(text);
	sw_conf_warn(conf, &warnings);
	sw_conf_free(conf);
	return warnings;
}

START_TEST(nothing_to_warn_of)
{
	static const char *const texts[] = { "",
		"control { group = root read-group = root }",
		"log { to = { file:DIR/a, json:DIR/b, stderr, syslog } }" };

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct sw_conf_errors warnings = warnings_of(texts[i]);

		ck_assert_msg(warnings.n == 0, "%s", warnings.list[0].text);
		sw_conf_errors_free(&warnings);
	}
}
END_TEST

START_TEST(a_group_that_is_unknown)
{
	struct sw_conf_errors warnings =
	    warnings_of("control {\n\tgroup = no-such-group\n}\n");

	ck_assert_uint_eq(warnings.n, 1);
	ck_assert(warnings.list[0].warning);
	ck_assert_str_eq(warnings.list[0].text,
	    "text:2:10: warning: control.group = no-such-group: this machine "
	    "has no such group, so only root has access; write the name of an "
	    "existing group, or run groupadd --system no-such-group");
	ck_assert_str_eq(warnings.list[0].excerpt,
	    "    group = no-such-group\n            ^~~~~~~~~~~~~\n");
	ck_assert_str_eq(warnings.list[0].key, "control.group");
	sw_conf_errors_free(&warnings);
}
END_TEST

START_TEST(a_file_in_no_directory)
{
	struct sw_conf_errors warnings = warnings_of(
	    "log { to = { stderr,\n\tfile:DIR/a,\n\tjson:/nowhere/b } }\n");

	ck_assert_uint_eq(warnings.n, 1);
	ck_assert_str_eq(warnings.list[0].text,
	    "text:3:2: warning: log.to = json:/nowhere/b: this file cannot be "
	    "written: No such file or directory; write a path in an existing "
	    "directory");
	ck_assert_str_eq(warnings.list[0].excerpt,
	    "    json:/nowhere/b } }\n    ^~~~~~~~~~~~~~~\n");
	sw_conf_errors_free(&warnings);
}
END_TEST

START_TEST(timeouts_below_the_hosts_keepalive)
{
	struct sw_conf_errors warnings = warnings_of(
	    "timeouts { established = 1h }\n"
	    "rule \"a\" { port = 1  timeouts { established = 2h } }\n"
	    "rule \"b\" { port = 2  timeouts { established = 2h1m } }\n"
	    "rule \"c\" { port = 3  on-idle = probe\n"
	    "	timeouts { established = 60s } }\n"
	    "rule \"d\" { port = 4 }\n");

	ck_assert_uint_eq(warnings.n, 2);
	ck_assert_str_eq(warnings.list[0].text,
	    "text:1:26: warning: timeouts.established = 1h: hosts send "
	    "keepalives after 2h, so idle connections that they keep are cut "
	    "before; write 7440s, or on-idle = probe");
	ck_assert_ptr_nonnull(strstr(
	    warnings.list[1].text, "rule \"a\": timeouts.established = 2h: "));
	sw_conf_errors_free(&warnings);
}
END_TEST

/* Checked as over ssh from this client to 10.0.0.1.  => how many warnings */
static size_t
locked_out(const char *client, const char *text)
{
	struct sw_conf_errors warnings;
	char session[128];
	size_t n;

	snprintf(session, sizeof session, "%s 40000 10.0.0.1 22", client);
	setenv("SSH_CONNECTION", session, 1);
	warnings = warnings_of(text);
	unsetenv("SSH_CONNECTION");
	n = warnings.n;
	for (size_t i = 0; i < n; i++)
		ck_assert_ptr_nonnull(
		    strstr(warnings.list[i].text, "like your own ssh session"));
	sw_conf_errors_free(&warnings);
	return n;
}

START_TEST(rules_that_lock_out_ssh)
{
	static const char deny[] = "default-action = deny\n";
	static const char from_lan[] =
	    "default-action = deny\n"
	    "rule \"ssh\" { protocol = tcp  from = 10.1.0.0/16  port = 22\n"
	    "	in = lan }\n";
	static const char guests[] =
	    "rule \"guests\" { in = guest0  action = deny }\n";
	static const char all_but[] =
	    "rule \"no\" { to = 10.0.0.1  action = deny }\n";

	ck_assert_uint_eq(locked_out("10.1.2.3", ""), 0);
	ck_assert_uint_eq(locked_out("10.1.2.3", deny), 1);
	ck_assert_uint_eq(locked_out("10.1.2.3", from_lan), 0);
	ck_assert_uint_eq(locked_out("10.2.2.3", from_lan), 1);
	ck_assert_uint_eq(locked_out("10.1.2.3", guests), 0);
	ck_assert_uint_eq(locked_out("10.1.2.3", all_but), 1);
	ck_assert_uint_eq(locked_out("no address", deny), 0);
}
END_TEST

START_TEST(a_lockout_is_told_with_its_rule)
{
	struct sw_conf_errors warnings;

	setenv("SSH_CONNECTION", "fd00::2 40000 fd00::1 2222", 1);
	warnings = warnings_of("rule \"no\" { action = deny }\n");
	unsetenv("SSH_CONNECTION");
	ck_assert_uint_eq(warnings.n, 1);
	ck_assert_str_eq(warnings.list[0].text,
	    "text:1:1: warning: rule \"no\" denies connections like your own "
	    "ssh session (fd00::2 40000 fd00::1 2222): it is cut where the "
	    "queue's rule sees packets to this host (hook up --input); write a "
	    "rule before that allows protocol = tcp  port = { 2222 }");
	sw_conf_errors_free(&warnings);
}
END_TEST

START_TEST(a_directory_for_a_file)
{
	struct sw_conf_errors warnings =
	    warnings_of("log { to = { file:/tmp, file:/dev/null/x } }");

	ck_assert_uint_eq(warnings.n, 2);
	ck_assert_ptr_nonnull(strstr(
	    warnings.list[0].text, "cannot be written: Is a directory; "));
	ck_assert_ptr_nonnull(strstr(
	    warnings.list[1].text, "cannot be written: Not a directory; "));
	sw_conf_errors_free(&warnings);
}
END_TEST

/* Root's directory is not this user's to judge; his own is. */
START_TEST(a_directory_without_permission)
{
	static const char text[] =
	    "log { to = { file:/etc/x.log, file:DIR/x.log } }";
	struct sw_conf_errors warnings;

	if (geteuid() == 0) {
		ck_assert_int_eq(chown(directory, 65534, 65534), 0);
		ck_assert_int_eq(seteuid(65534), 0);
	}
	ck_assert_int_eq(chmod(directory, 0555), 0);
	warnings = warnings_of(text);
	if (getuid() == 0)
		ck_assert_int_eq(seteuid(0), 0);
	ck_assert_uint_eq(warnings.n, 1);
	ck_assert_ptr_nonnull(strstr(warnings.list[0].text,
	    "/x.log: this "
	    "file cannot be written: Permission denied; "));
	ck_assert_ptr_nonnull(strstr(warnings.list[0].text, directory));
	sw_conf_errors_free(&warnings);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("warnings");

	tcase_add_checked_fixture(tcase, enter, leave);
	tcase_add_test(tcase, nothing_to_warn_of);
	tcase_add_test(tcase, a_group_that_is_unknown);
	tcase_add_test(tcase, a_file_in_no_directory);
	tcase_add_test(tcase, a_directory_for_a_file);
	tcase_add_test(tcase, timeouts_below_the_hosts_keepalive);
	tcase_add_test(tcase, rules_that_lock_out_ssh);
	tcase_add_test(tcase, a_lockout_is_told_with_its_rule);
	tcase_add_test(tcase, a_directory_without_permission);
	return run_case("configuration warnings", tcase);
}
