/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_conf_errors: what errors leave behind, and who else is reading.
 */
#include <check.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "runner.h"
#include "shell/conf.h"

enum {
	TEXT_MAX = 1 << 16,
};

static const char sample[] =
    "profile = linux tracking = strict # for all\n"
    "/* several\n"
    " * lines */\n"
    "timeouts { established = 1h30m }\n"
    "rule \"db\" { port = { 5432,\n"
    "\t6000-6010 } on-idle = probe }\n"
    "log { to = { 'file:/var/log/its \\'here\\' #1', stderr } }\n";

START_TEST(text_cannot_include)
{
	struct sw_conf_errors errors;

	ck_assert_ptr_null(
	    sw_conf_parse("include(\"/dev/null\")", "text", &errors));
	ck_assert_uint_eq(errors.n, 1);
	ck_assert_str_eq(errors.list[0].text,
	    "text:1: include does not fit here; write what the file holds");
	sw_conf_errors_free(&errors);
}
END_TEST

START_TEST(errors_end_somewhere)
{
	static char text[TEXT_MAX];
	struct sw_conf_errors errors;
	size_t used = 0;

	used += (size_t)snprintf(text, TEXT_MAX, "rule \"a\" { port = { 0");
	while (used < TEXT_MAX - 16)
		used += (size_t)snprintf(
		    text + used, TEXT_MAX - used, ",\nx%zu", used);
	snprintf(text + used, TEXT_MAX - used, "}}");
	ck_assert_ptr_null(sw_conf_parse(text, "text", &errors));
	ck_assert_uint_eq(errors.n, 1001);
	ck_assert_ptr_nonnull(strstr(errors.list[1000].text,
	    "more than 1000 errors; the rest is not listed"));
	sw_conf_errors_free(&errors);
}
END_TEST

/* A conf that follows one with a broken text is none the worse for it. */
START_TEST(errors_leave_nothing_behind)
{
	static const char *const broken[] = { "mode = \"", "rule \"a\" {",
		"rule \"b\" { port = { 1", "/* ",
		"timeouts { udp = ", "log { to = { 'a", "mode = 'enforce" };
	struct sw_conf_errors errors;

	for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
		ck_assert_ptr_null(sw_conf_parse(broken[i], "b", &errors));
		ck_assert_uint_ge(errors.n, 1);
		sw_conf_errors_free(&errors);
		sw_conf_free(config_taken(sample));
	}
}
END_TEST

static void *
read_often(void *dumped_once)
{
	static const char broken[] = "rule \"a\" { port = { 1, x }\nmode = '";
	char *text = malloc(TEXT_MAX);
	struct sw_conf_errors errors;

	for (unsigned i = 0; i < 100; i++) {
		struct sw_conf *conf = config_taken(sample);

		config_dump(conf, text, TEXT_MAX);
		ck_assert_str_eq(text, dumped_once);
		sw_conf_free(conf);
		ck_assert_ptr_null(sw_conf_parse(broken, "b", &errors));
		ck_assert_uint_eq(errors.n, 2);
		sw_conf_errors_free(&errors);
	}
	free(text);
	return NULL;
}

/* Hints are read by one thread while another reloads. */
START_TEST(threads_take_turns)
{
	static char text[TEXT_MAX];
	struct sw_conf *conf = config_taken(sample);
	pthread_t threads[4];

	config_dump(conf, text, TEXT_MAX);
	sw_conf_free(conf);
	for (unsigned i = 0; i < 4; i++)
		ck_assert_int_eq(
		    pthread_create(&threads[i], NULL, read_often, text), 0);
	for (unsigned i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("errors");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, text_cannot_include);
	tcase_add_test(tcase, errors_end_somewhere);
	tcase_add_test(tcase, errors_leave_nothing_behind);
	tcase_add_test(tcase, threads_take_turns);
	return run_case("configuration errors", tcase);
}
