/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>

#include "runner.h"
#include "state/sign.h"

static struct sw_time
at(uint64_t seconds)
{
	return (struct sw_time){ seconds * SW_NS_PER_SECOND };
}

START_TEST(a_condition_is_over_when_it_no_longer_holds)
{
	struct sw_sign sign = { .on = false };

	ck_assert_int_eq(sw_sign_hold(&sign, false, at(1)), SW_SIGN_SAME);
	ck_assert_int_eq(sw_sign_hold(&sign, true, at(2)), SW_SIGN_BEGAN);
	ck_assert_int_eq(sw_sign_hold(&sign, true, at(3)), SW_SIGN_SAME);
	ck_assert_uint_eq(sign.began.ns, at(2).ns);
	ck_assert_int_eq(sw_sign_hold(&sign, false, at(4)), SW_SIGN_OVER);
	ck_assert(!sign.on);
}
END_TEST

START_TEST(a_loss_lasts_ten_minutes_beyond_the_last_one)
{
	struct sw_sign sign = { .on = false };

	ck_assert_int_eq(sw_sign_count(&sign, 0, at(1)), SW_SIGN_SAME);
	ck_assert_int_eq(sw_sign_count(&sign, 5, at(2)), SW_SIGN_BEGAN);
	ck_assert_int_eq(sw_sign_count(&sign, 5, at(601)), SW_SIGN_SAME);
	ck_assert_int_eq(sw_sign_count(&sign, 6, at(601)), SW_SIGN_SAME);
	ck_assert_uint_eq(sign.count, 6);
	ck_assert_uint_eq(sign.began.ns, at(2).ns);
	ck_assert_int_eq(sw_sign_count(&sign, 6, at(1200)), SW_SIGN_SAME);
	ck_assert_int_eq(sw_sign_count(&sign, 6, at(1201)), SW_SIGN_OVER);
	ck_assert_int_eq(sw_sign_count(&sign, 6, at(1202)), SW_SIGN_SAME);
}
END_TEST

START_TEST(a_sign_that_comes_back_counts_from_there)
{
	struct sw_sign sign = { .on = false };

	sw_sign_count(&sign, 100, at(1));
	ck_assert_int_eq(sw_sign_count(&sign, 100, at(700)), SW_SIGN_OVER);
	ck_assert_int_eq(sw_sign_count(&sign, 103, at(800)), SW_SIGN_BEGAN);
	ck_assert_uint_eq(sign.count, 3);
	ck_assert_uint_eq(sign.began.ns, at(800).ns);
}
END_TEST

START_TEST(a_counter_that_begins_again_is_no_huge_loss)
{
	struct sw_sign sign = { .on = false };

	sw_sign_count(&sign, 1000, at(1));
	ck_assert_int_eq(sw_sign_count(&sign, 0, at(2)), SW_SIGN_SAME);
	ck_assert_uint_eq(sign.count, 1000);
	sw_sign_count(&sign, 7, at(3));
	ck_assert_uint_eq(sign.count, 1007);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("sign");

	tcase_add_test(tcase, a_condition_is_over_when_it_no_longer_holds);
	tcase_add_test(tcase, a_loss_lasts_ten_minutes_beyond_the_last_one);
	tcase_add_test(tcase, a_sign_that_comes_back_counts_from_there);
	tcase_add_test(tcase, a_counter_that_begins_again_is_no_huge_loss);
	return run_case("sign", tcase);
}
