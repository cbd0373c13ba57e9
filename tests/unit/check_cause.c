/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_cause: every row of the tables of causes, messages and evidence is
 * whole, and names lead back to their rows.
 */
#include <check.h>
#include <ctype.h>
#include <string.h>

#include "runner.h"
#include "synward/cause.h"

START_TEST(a_name_is_found_again)
{
	for (unsigned i = 0; i < SW_CAUSE_COUNT; i++)
		ck_assert_uint_eq(sw_cause_by_name(sw_cause_text(i)->name), i);
	ck_assert_uint_eq(sw_cause_by_name("idle"), SW_CAUSE_COUNT);
	ck_assert_uint_eq(sw_cause_by_name(""), SW_CAUSE_COUNT);
}
END_TEST

START_TEST(a_name_is_lower_case_with_dashes)
{
	for (unsigned i = 0; i < SW_CAUSE_COUNT; i++) {
		const char *name = sw_cause_text(i)->name;

		ck_assert_uint_gt(strlen(name), 0);
		ck_assert_uint_eq(
		    strspn(name, "abcdefghijklmnopqrstuvwxyz-"), strlen(name));
	}
}
END_TEST

START_TEST(an_id_is_32_hex_digits_and_its_own)
{
	for (unsigned i = 0; i < SW_CAUSE_COUNT; i++) {
		const char *id = sw_cause_text(i)->id;

		ck_assert_uint_eq(strlen(id), 32);
		ck_assert_uint_eq(strspn(id, "0123456789abcdef"), 32);
		for (unsigned k = 0; k < i; k++)
			ck_assert_str_ne(id, sw_cause_text(k)->id);
	}
}
END_TEST

START_TEST(a_summary_is_one_short_line)
{
	for (unsigned i = 0; i < SW_CAUSE_COUNT; i++) {
		const char *summary = sw_cause_text(i)->summary;

		ck_assert_uint_gt(strlen(summary), 10);
		ck_assert_uint_lt(strlen(summary), 70);
		ck_assert_ptr_null(strchr(summary, '\n'));
	}
}
END_TEST

START_TEST(messages_are_named)
{
	for (unsigned i = 0; i < SW_MESSAGE_COUNT; i++)
		ck_assert_uint_gt(strlen(sw_cause_message_text(i)), 0);
	ck_assert_str_eq(sw_cause_message_text(SW_MESSAGE_NOT_SYN),
	    "Not a Valid SYN Packet");
	ck_assert_str_eq(sw_cause_confidence_text(SW_CONF_LOW), "low");
	ck_assert_str_eq(sw_cause_confidence_text(SW_CONF_MEDIUM), "medium");
	ck_assert_str_eq(sw_cause_confidence_text(SW_CONF_HIGH), "high");
}
END_TEST

START_TEST(evidence_keys_differ)
{
	for (unsigned i = 0; i < SW_EVIDENCE_COUNT; i++) {
		const char *unit = sw_cause_evidence_unit(i);

		ck_assert_uint_gt(strlen(sw_cause_evidence_name(i)), 0);
		ck_assert(strcmp(unit, "") == 0 || strcmp(unit, "s") == 0);
		for (unsigned k = 0; k < i; k++)
			ck_assert_str_ne(sw_cause_evidence_name(i),
			    sw_cause_evidence_name(k));
	}
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("cause");

	tcase_add_test(tcase, a_name_is_found_again);
	tcase_add_test(tcase, a_name_is_lower_case_with_dashes);
	tcase_add_test(tcase, an_id_is_32_hex_digits_and_its_own);
	tcase_add_test(tcase, a_summary_is_one_short_line);
	tcase_add_test(tcase, messages_are_named);
	tcase_add_test(tcase, evidence_keys_differ);
	return run_case("cause", tcase);
}
