/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_conf_bad: configurations that are wrong, and what is said of them.
 *
 * tests/conf/bad holds NAME.conf beside NAME.expected, and directories with
 * a synward.conf, a conf.d and a file "expected".  Each must be refused with
 * exactly the lines expected, no more and no less.
 */
#include <check.h>
#include <glob.h>
#include <string.h>
#include <unistd.h>

#include "conf/conf.h"
#include "runner.h"
#include "slurp.h"

#define BAD SYNWARD_SOURCE_DIR "/tests/conf/bad"

enum {
	LEAST = 120, /* cases there must be */
	TEXT_MAX = 1 << 16,
};

/* => whether the file is refused as expected */
static bool
refused(const char *path, const char *expected_path)
{
	static char expected[TEXT_MAX], said[TEXT_MAX];
	struct sw_conf_errors errors;
	struct sw_conf *conf = sw_conf_load_any(path, &errors);
	size_t used = 0;
	bool same;

	slurp(expected_path, expected, sizeof expected);
	ck_assert_msg(*expected != '\0', "%s is empty", expected_path);
	said[0] = '\0';
	for (size_t i = 0; i < errors.n; i++)
		used += (size_t)snprintf(
		    said + used, TEXT_MAX - used, "%s\n", errors.list[i].text);
	same = conf == NULL && strcmp(said, expected) == 0;
	if (!same)
		fprintf(stderr, "--- %s: %s\n%s--- expected\n%s", path,
		    conf != NULL ? "accepted" : "refused", said, expected);
	sw_conf_free(conf);
	sw_conf_errors_free(&errors);
	return same;
}

static size_t
check_all(const char *pattern, const char *ending, const char *instead)
{
	glob_t found = { 0 };
	size_t wrong = 0, n;

	ck_assert_int_eq(glob(pattern, 0, NULL, &found), 0);
	n = found.gl_pathc;
	for (size_t i = 0; i < n; i++) {
		const char *path = found.gl_pathv[i];
		char expected[256];

		snprintf(expected, sizeof expected, "%.*s%s",
		    (int)(strlen(path) - strlen(ending)), path, instead);
		wrong += !refused(path, expected);
	}
	globfree(&found);
	ck_assert_msg(
	    wrong == 0, "%zu of %zu not as expected, see above", wrong, n);
	return n;
}

START_TEST(files)
{
	size_t n;

	ck_assert_int_eq(chdir(BAD), 0);
	n = check_all("*.conf", ".conf", ".expected");
	ck_assert_uint_ge(n, LEAST);
}
END_TEST

START_TEST(directories)
{
	ck_assert_int_eq(chdir(BAD), 0);
	check_all("*/synward.conf", "synward.conf", "expected");
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("golden");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, files);
	tcase_add_test(tcase, directories);
	return run_case("bad configurations", tcase);
}
