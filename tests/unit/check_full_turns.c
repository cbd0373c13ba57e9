/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>

#include "pipeline/full_turns.h"
#include "runner.h"

START_TEST(a_drained_queue_may_open)
{
	uint32_t n = 0;

	ck_assert(sw_full_turns_may_open(&n, false));
	ck_assert(!sw_full_turns_may_open(&n, true));
	ck_assert(sw_full_turns_may_open(&n, false));
}
END_TEST

START_TEST(a_queue_that_is_never_drained_may_open_later)
{
	uint32_t n = 0;

	for (unsigned i = 1; i < SW_FULL_TURNS; i++)
		ck_assert(!sw_full_turns_may_open(&n, true));
	for (unsigned i = 0; i < 3 * SW_FULL_TURNS; i++)
		ck_assert(sw_full_turns_may_open(&n, true));
}
END_TEST

START_TEST(only_full_turns_in_a_row_count)
{
	uint32_t n = 0;

	for (unsigned i = 1; i < 10 * SW_FULL_TURNS; i++)
		ck_assert_int_eq(
		    sw_full_turns_may_open(&n, i % SW_FULL_TURNS != 0),
		    i % SW_FULL_TURNS == 0);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("full_turns");

	tcase_add_test(tcase, a_drained_queue_may_open);
	tcase_add_test(tcase, a_queue_that_is_never_drained_may_open_later);
	tcase_add_test(tcase, only_full_turns_in_a_row_count);
	return run_case("full_turns", tcase);
}
