/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_conf_errors: what errors leave behind, and who else is reading.
 */
#include <check.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"
#include "config.h"
#include "runner.h"

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
	    "text:1:1: include is not allowed here; write what the file holds");
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

static const struct {
	const char *text;
	struct sw_conf_error error;
} told[] = {
	{ "\n\tmode\t= 'observ' # for now\n",
	    { .text = "text:2:9: mode = observ: unknown, did you mean "
		      "\"observe\"?; write enforce or observe",
		.excerpt = "    mode = 'observ' # for now\n"
			   "           ^~~~~~~~\n",
		.line = 2,
		.column = 9,
		.key = "mode",
		.expected = "enforce or observe",
		.fix = "observe" } },
	{ "rule \"a\" {\n to = {\n 10.0.5.9/24 } }\n",
	    { .text = "text:3:2: rule \"a\": to: 10.0.5.9/24 has host bits "
		      "set; write 10.0.5.0/24",
		.excerpt = "    10.0.5.9/24 } }\n    ^~~~~~~~~~~\n",
		.line = 3,
		.column = 2,
		.key = "to",
		.expected = "10.0.5.0/24",
		.fix = "10.0.5.0/24" } },
	{ "timeouts { udp = 2 hours\n",
	    { .text = "text:1:18: timeouts.udp = 2 hours: a number and its "
		      "unit must be one word; write 2h",
		.excerpt = "    timeouts { udp = 2 hours\n"
			   "                     ^\n",
		.line = 1,
		.column = 18,
		.key = "timeouts.udp",
		.expected = "2h",
		.fix = "2h" } },
	{ "quue { }", { .text = "text:1:1: unknown key \"quue\"; did you mean "
				"\"queue\"?",
			  .excerpt = "    quue { }\n    ^~~~\n",
			  .line = 1,
			  .column = 1,
			  .fix = "queue" } },
	/* A byte is a column, whatever it is. */
	{ "/* \xc3\xbc\x1b */ mode = 1",
	    { .text = "text:1:18: mode = 1: unknown; write enforce or "
		      "observe",
		.excerpt = "    /* \?\?\? */ mode = 1\n"
			   "                     ^\n",
		.line = 1,
		.column = 18,
		.key = "mode",
		.expected = "enforce or observe" } },
	/* A long line is shown near the place alone. */
	{ "mode = observe /* 3456789 123456789 123456789 123456789 */ log { "
	  "rate = 0 } /* 456789 123456789 123456789 123456789 123456789 */",
	    { .text = "text:1:73: log.rate = 0: below the minimum, 1; write 1 "
		      "to 1000000",
		.excerpt = "    123456789 123456789 */ log { rate = 0 } /* "
			   "456789 123456789 123456789 12\n"
			   "                                        ^\n",
		.line = 1,
		.column = 73,
		.key = "log.rate",
		.expected = "1 to 1000000" } },
};

/* Every part of an error, for those who read it and for programs. */
START_TEST(errors_show_the_place)
{
	const struct sw_conf_error *expected = &told[_i].error, *error;
	struct sw_conf_errors errors;

	ck_assert_ptr_null(sw_conf_parse(told[_i].text, "text", &errors));
	ck_assert_uint_ge(errors.n, 1);
	error = &errors.list[0];
	ck_assert_str_eq(error->text, expected->text);
	ck_assert_str_eq(error->excerpt, expected->excerpt);
	ck_assert_str_eq(error->file, "text");
	ck_assert_uint_eq(error->line, expected->line);
	ck_assert_uint_eq(error->column, expected->column);
	ck_assert_str_eq(error->key, expected->key);
	ck_assert_str_eq(error->expected, expected->expected);
	ck_assert_str_eq(error->fix, expected->fix);
	ck_assert(!error->warning);
	sw_conf_errors_free(&errors);
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
START_TEST(threads_do_not_meet)
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
	tcase_add_loop_test(
	    tcase, errors_show_the_place, 0, sizeof told / sizeof told[0]);
	tcase_add_test(tcase, threads_do_not_meet);
	return run_case("configuration errors", tcase);
}
