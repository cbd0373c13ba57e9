/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_json_writer: what the writer puts out against what a JSON library
 * puts out, and what becomes of a line that has no room.
 */
#include <check.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "runner.h"
#include "synward/time.h"

enum { ROOM = 4096 };

/* => the text as the value of one member, in bytes */
static const char *
written(const char *text, char bytes[ROOM])
{
	struct sw_json json = sw_json_to_buffer(bytes, ROOM);

	sw_json_begin(&json, NULL);
	sw_json_put_text(&json, "a", text);
	ck_assert(sw_json_end(&json));
	bytes[json.end - 1] = '\0';
	return bytes;
}

static void
same_as_library(const char *text)
{
	json_t *object = json_pack("{s:s}", "a", text);
	char *expected = json_dumps(object, JSON_COMPACT), bytes[ROOM];

	ck_assert_ptr_nonnull(expected);
	ck_assert_str_eq(written(text, bytes), expected);
	free(expected);
	json_decref(object);
}

/* Each byte of ASCII at the begin, in the middle, at the end, and twice. */
START_TEST(ascii_is_escaped_as_a_library_does)
{
	char text[16];

	same_as_library("");
	for (int c = 1; c < 128; c++) {
		snprintf(text, sizeof text, "%cab%cde%c%c", c, c, c, c);
		same_as_library(text);
	}
}
END_TEST

/* The first and last characters of each length, and around surrogates. */
START_TEST(utf8_stays_as_it_is)
{
	static const char *const texts[] = { "\xc2\x80", "\xdf\xbf",
		"\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf",
		"\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf",
		"gr\xc3\xbc\xc3\x9f \"e\" \\ \xe2\x82\xac\t" };

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		same_as_library(texts[i]);
}
END_TEST

/* Overlong, surrogates, too high, cut short, a lone tail. */
START_TEST(what_is_not_utf8_is_written_as_in_the_log)
{
	static const struct {
		const char *text, *expected;
	} tries[] = {
		{ "\xff", "\\\\xff" },
		{ "a\x80z", "a\\\\x80z" },
		{ "\xc0\xaf", "\\\\xc0\\\\xaf" },
		{ "\xe0\x9f\xbf", "\\\\xe0\\\\x9f\\\\xbf" },
		{ "\xed\xa0\x80", "\\\\xed\\\\xa0\\\\x80" },
		{ "\xf4\x90\x80\x80", "\\\\xf4\\\\x90\\\\x80\\\\x80" },
		{ "\xe2\x82", "\\\\xe2\\\\x82" },
		{ "\"\\\n\x7f\xfe", "\\\\\\\"\\\\\\\\\\\\x0a\\\\x7f\\\\xfe" },
	};

	for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++) {
		char bytes[ROOM], expected[ROOM];

		snprintf(expected, sizeof expected, "{\"a\":\"%s\"}",
		    tries[i].expected);
		ck_assert_str_eq(written(tries[i].text, bytes), expected);
	}
}
END_TEST

static void
write_all_kinds(struct sw_json *json)
{
	sw_json_begin(json, "test");
	sw_json_put_number(json, "number", INT64_MIN);
	sw_json_put_count(json, "count", UINT64_MAX);
	sw_json_put_null(json, "null");
	sw_json_open(json, "list", '[');
	sw_json_put_bool(json, NULL, true);
	sw_json_put_bool(json, NULL, false);
	sw_json_open(json, NULL, '{');
	sw_json_close(json, '}');
	sw_json_close(json, ']');
	sw_json_put_seconds(json, "seconds", 1500 * SW_NS_PER_MS + 999999);
	sw_json_put_moment(json, "moment", 1700000000123456789);
	sw_json_put_moment(json, "before", -1);
	sw_json_put_real(json, "real", 1700000000.5);
	sw_json_put_real(json, "whole", 3);
	ck_assert(sw_json_end(json));
}

static const char all_kinds[] =
    "{\"kind\":\"test\",\"number\":-9223372036854775808,"
    "\"count\":18446744073709551615,\"null\":null,\"list\":[true,false,{}],"
    "\"seconds\":1.500,\"moment\":1700000000.123456,\"before\":0.000000,"
    "\"real\":1700000000.5,\"whole\":3.0}\n";

START_TEST(a_buffer_and_a_stream_take_the_same)
{
	char bytes[ROOM], *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);
	struct sw_json to_buffer = sw_json_to_buffer(bytes, sizeof bytes);
	struct sw_json to_stream = sw_json_to_stream(out);

	for (int i = 0; i < 2; i++) {
		write_all_kinds(&to_buffer);
		write_all_kinds(&to_stream);
	}
	fclose(out);
	ck_assert_uint_eq(length, 2 * strlen(all_kinds));
	ck_assert_uint_eq(to_buffer.end, length);
	ck_assert_int_eq(memcmp(bytes, text, length), 0);
	ck_assert_int_eq(memcmp(text, all_kinds, strlen(all_kinds)), 0);
	ck_assert_str_eq(text + strlen(all_kinds), all_kinds);
	free(text);
}
END_TEST

/* Every size of buffer: a line stands whole or not at all, the line before it
 * stays, and a shorter one still finds its room. */
START_TEST(a_line_without_room_is_taken_back)
{
	static const char first[] = "{\"a\":1}\n",
			  second[] = "{\"b\":\"\\n\"}\n";
	size_t before = strlen(first), whole = before + strlen(second);

	for (size_t size = before; size <= whole; size++) {
		char *bytes = malloc(size);
		struct sw_json json = sw_json_to_buffer(bytes, size);
		bool fits = size == whole;

		sw_json_begin(&json, NULL);
		sw_json_put_number(&json, "a", 1);
		ck_assert(sw_json_end(&json));
		sw_json_begin(&json, NULL);
		sw_json_put_text(&json, "b", "\n");
		ck_assert_int_eq(sw_json_end(&json), fits);
		ck_assert_uint_eq(json.end, fits ? whole : before);
		ck_assert_int_eq(memcmp(bytes, first, before), 0);
		sw_json_begin(&json, NULL);
		ck_assert_int_eq(sw_json_end(&json), size - json.line >= 3);
		free(bytes);
	}
}
END_TEST

static int
run_tests(void)
{
	TCase *tcase = tcase_create("json_writer");

	tcase_add_test(tcase, ascii_is_escaped_as_a_library_does);
	tcase_add_test(tcase, utf8_stays_as_it_is);
	tcase_add_test(tcase, what_is_not_utf8_is_written_as_in_the_log);
	tcase_add_test(tcase, a_buffer_and_a_stream_take_the_same);
	tcase_add_test(tcase, a_line_without_room_is_taken_back);
	return run_case("json_writer", tcase);
}

int
main(void)
{
	return run_tests();
}
