/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_conf_trust: whose files are read as a configuration.
 *
 * Files of other users, and those that others may write, are refused with
 * the reason; read all the same are they by commands that change nothing.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/conf.h"
#include "conf/file.h"
#include "runner.h"
#include "scratch.h"

enum {
	STRANGER = 65534,
	OWN = 0x10000, /* stands for the user or group of this process */
};

static const char *directory;

static void
enter(void)
{
	directory = scratch_enter("check_conf_trust");
	ck_assert_int_eq(mkdir("conf.d", 0755), 0);
}

static const struct {
	mode_t mode;
	uid_t owner;
	gid_t group;
	const char *why; /* NULL: it is trusted */
} files[] = {
	{ 0644, 0, 0, NULL },
	{ 0600, OWN, OWN, NULL },
	{ 0664, 0, 0, NULL },
	{ 0664, OWN, OWN, NULL },
	{ 0640, 0, STRANGER, NULL },
	{ 0666, 0, 0,
	    "every user may write to it (mode 0666); run chmod o-w a" },
	{ 0602, OWN, OWN,
	    "every user may write to it (mode 0602); run chmod o-w a" },
	{ 0664, 0, STRANGER,
	    "group 65534 may write to it (mode 0664); run chmod g-w a" },
	{ 0660, OWN, STRANGER,
	    "group 65534 may write to it (mode 0660); run chmod g-w a" },
	{ 0644, STRANGER, 0,
	    "it belongs to user 65534, not to root or the user who reads it; "
	    "run chown root a" },
	{ 0400, STRANGER, STRANGER,
	    "it belongs to user 65534, not to root or the user who reads it; "
	    "run chown root a" },
};

START_TEST(trusted)
{
	char why[SW_DISTRUST_MAX] = "";
	struct stat status = { .st_mode = S_IFREG | files[_i].mode,
		.st_uid = files[_i].owner == OWN ? geteuid() : files[_i].owner,
		.st_gid =
		    files[_i].group == OWN ? getegid() : files[_i].group };

	ck_assert_int_eq(
	    sw_conf_file_is_trusted(&status, "a", why), files[_i].why == NULL);
	ck_assert_str_eq(why, files[_i].why != NULL ? files[_i].why : "");
	/* As is a directory; but /dev/null is everybody's. */
	status.st_mode = S_IFDIR | files[_i].mode;
	ck_assert_int_eq(
	    sw_conf_file_is_trusted(&status, "a", why), files[_i].why == NULL);
	status.st_mode = S_IFCHR | 0666;
	ck_assert(sw_conf_file_is_trusted(&status, "a", why));
}
END_TEST

static void
refused(const char *text)
{
	struct sw_conf_errors errors;
	struct sw_conf *conf = sw_conf_load("a.conf", &errors);

	ck_assert_ptr_null(conf);
	ck_assert_uint_eq(errors.n, 1);
	ck_assert_str_eq(errors.list[0].text, text);
	sw_conf_errors_free(&errors);
	conf = sw_conf_load_any("a.conf", &errors);
	ck_assert_ptr_nonnull(conf);
	ck_assert_uint_eq(errors.n, 0);
	sw_conf_free(conf);
}

START_TEST(a_file_that_others_may_write)
{
	scratch_put("a.conf", "mode = observe\n");
	ck_assert_int_eq(chmod("a.conf", 0646), 0);
	refused("a.conf: is refused: every user may write to it (mode 0646); "
		"run chmod o-w a.conf");
}
END_TEST

START_TEST(an_included_file_that_others_may_write)
{
	scratch_put("a.conf", "mode = observe\n include(\"b\")\n");
	scratch_put("b", "");
	ck_assert_int_eq(chmod("b", 0666), 0);
	refused("a.conf:2:2: b is refused: every user may write to it (mode "
		"0666); run chmod o-w b");
}
END_TEST

/* Who may add files to it may write rules. */
START_TEST(a_directory_that_others_may_write)
{
	scratch_put("a.conf", "");
	scratch_put("conf.d/10.conf", "mode = observe\n");
	ck_assert_int_eq(chmod("conf.d", 01777), 0);
	refused("conf.d: is refused: every user may write to it (mode 1777); "
		"run chmod o-w conf.d");
	ck_assert_int_eq(chmod("conf.d", 0755), 0);
	ck_assert_int_eq(chmod("conf.d/10.conf", 0666), 0);
	refused("conf.d/10.conf: is refused: every user may write to it (mode "
		"0666); run chmod o-w conf.d/10.conf");
}
END_TEST

START_TEST(a_file_of_another_user)
{
	if (geteuid() != 0)
		return;
	scratch_put("a.conf", "mode = observe\n");
	ck_assert_int_eq(chown("a.conf", STRANGER, 0), 0);
	refused("a.conf: is refused: it belongs to user 65534, not to root or "
		"the user who reads it; run chown root a.conf");
	ck_assert_int_eq(chmod(directory, 0755), 0);
	ck_assert_int_eq(seteuid(STRANGER), 0);
	sw_conf_free(sw_conf_load("a.conf", &(struct sw_conf_errors){ 0 }));
	ck_assert_int_eq(seteuid(0), 0);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("trust");

	tcase_add_checked_fixture(tcase, enter, scratch_leave);
	tcase_add_loop_test(tcase, trusted, 0, sizeof files / sizeof files[0]);
	tcase_add_test(tcase, a_file_that_others_may_write);
	tcase_add_test(tcase, an_included_file_that_others_may_write);
	tcase_add_test(tcase, a_directory_that_others_may_write);
	tcase_add_test(tcase, a_file_of_another_user);
	return run_case("trusted configuration files", tcase);
}
