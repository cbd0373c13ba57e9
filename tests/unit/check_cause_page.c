/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_cause_page: a cause is told everywhere, or not at all.
 *
 * For each cause: the line, its JSON, the counter, the entries in the manual
 * and in the journal catalog.  tests/scripts/causes.bats asks the programs,
 * tests/netns/60-sinks.bats the metrics.
 */
#include <check.h>
#include <jansson.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pages/cause_page.h"
#include "report/line.h"
#include "runner.h"
#include "synward/diagnose.h"

/* What a function writes to its FILE.  => the caller frees it */
static char *
written_by(void (*write)(FILE *out))
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	ck_assert_ptr_nonnull(out);
	write(out);
	ck_assert_int_eq(fclose(out), 0);
	return text;
}

/* Does text hold these words in this order, however its lines break? */
static bool
holds_words(const char *text, const char *words)
{
	const char *begin = words;

	for (; *text != '\0'; text++) {
		const char *at = text;

		for (words = begin; *words != '\0';) {
			size_t gap = strspn(words, " ");
			size_t other = strspn(at, " \n");

			if ((gap > 0) != (other > 0))
				break;
			if (gap == 0 && *at != *words)
				break;
			at += gap > 0 ? other : 1;
			words += gap > 0 ? gap : 1;
		}
		if (*words == '\0')
			return true;
	}
	return false;
}

START_TEST(words_are_found_over_line_breaks)
{
	ck_assert(holds_words("a\n  b c", "b c"));
	ck_assert(holds_words("xa\n  b c", "a b"));
	ck_assert(!holds_words("a\n  b c", "a c"));
	ck_assert(!holds_words("ab c", "a b"));
}
END_TEST

START_TEST(texts_are_whole_and_plain)
{
	const struct sw_cause_text *text = sw_cause_text(_i);
	const char *const parts[] = { text->meaning, text->check,
		text->change };

	ck_assert_uint_gt(strlen(text->meaning), 100);
	ck_assert_uint_gt(strlen(text->check), 30);
	for (unsigned i = 0; i < 3; i++) {
		const char *part = parts[i];

		for (const char *at = part; *at != '\0'; at++) {
			ck_assert_int_ge(*at, ' ');
			ck_assert_int_lt(*at, 0x7f);
			ck_assert_int_ne(*at, '\\');
		}
		ck_assert_ptr_null(strstr(part, "  "));
		if (part[0] != '\0')
			ck_assert_int_eq(part[strlen(part) - 1], '.');
	}
}
END_TEST

START_TEST(a_line_and_json_name_the_cause)
{
	struct sw_names names = { .rule = "default" };
	struct sw_event event = { .kind = SW_EVENT_REFUSED };
	char line[SW_LINE_MAX], expected[64], text[4096];
	struct sw_json json = sw_json_to_buffer(text, sizeof text);
	json_t *object;

	event.refused.ends.family = SW_IPV4;
	event.refused.ends.proto = IPPROTO_TCP;
	event.judgement.cause = (uint8_t)_i;
	sw_line_refusal(&event, &names, line, sizeof line);
	snprintf(expected, sizeof expected, " cause=%s conf=low ",
	    sw_cause_text(_i)->name);
	ck_assert_ptr_nonnull(strstr(line, expected));
	sw_json_begin(&json, NULL);
	sw_line_json(&event, &names, &json);
	ck_assert(sw_json_end(&json));
	object = json_loadb(text, json.end, 0, NULL);
	ck_assert_str_eq(json_string_value(json_object_get(object, "cause")),
	    sw_cause_text(_i)->name);
	json_decref(object);
}
END_TEST

START_TEST(each_cause_has_its_counter)
{
	struct sw_diagnose_counts counts;

	ck_assert_uint_eq(
	    sizeof counts.drops / sizeof counts.drops[0], SW_CAUSE_COUNT);
}
END_TEST

START_TEST(the_manual_has_an_entry)
{
	const struct sw_cause_text *text = sw_cause_text(_i);
	char *page = written_by(sw_cause_page_manual);
	char heading[64];

	snprintf(heading, sizeof heading, "\n.It Cm %s\n", text->name);
	ck_assert_ptr_nonnull(strstr(page, heading));
	ck_assert(holds_words(page, text->summary));
	ck_assert(holds_words(page, text->meaning));
	ck_assert(holds_words(page, text->check));
	ck_assert(holds_words(page, text->change));
	free(page);
}
END_TEST

START_TEST(the_catalog_has_an_entry)
{
	const struct sw_cause_text *text = sw_cause_text(_i);
	char *page = written_by(sw_cause_page_catalog);
	char heading[256];
	const char *entry;

	snprintf(heading, sizeof heading, "\n-- %s\nSubject: %s: %s\n",
	    text->id, text->name, text->summary);
	entry = strstr(page, heading);
	ck_assert_ptr_nonnull(entry);
	ck_assert_ptr_null(strstr(entry + 1, heading));
	ck_assert(holds_words(entry, text->meaning));
	ck_assert(holds_words(entry, text->change));
	free(page);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("cause_page");

	tcase_add_test(tcase, words_are_found_over_line_breaks);
	tcase_add_test(tcase, each_cause_has_its_counter);
	tcase_add_loop_test(
	    tcase, texts_are_whole_and_plain, 0, SW_CAUSE_COUNT);
	tcase_add_loop_test(
	    tcase, a_line_and_json_name_the_cause, 0, SW_CAUSE_COUNT);
	tcase_add_loop_test(tcase, the_manual_has_an_entry, 0, SW_CAUSE_COUNT);
	tcase_add_loop_test(tcase, the_catalog_has_an_entry, 0, SW_CAUSE_COUNT);
	return run_case("cause_page", tcase);
}
