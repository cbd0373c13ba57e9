/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_profile: the sets of timeouts and their names.
 */
#include <check.h>

#include "runner.h"
#include "synward/policy.h"

START_TEST(profiles_have_their_known_values)
{
	const struct sw_timeouts *rfc = sw_profile("rfc5382");
	const struct sw_timeouts *linux6 = sw_profile("linux");

	ck_assert_uint_eq(rfc->seconds[SW_TIMEOUT_ESTABLISHED], 7440);
	ck_assert_uint_eq(rfc->seconds[SW_TIMEOUT_CLOSE_WAIT], 600);
	ck_assert_uint_eq(linux6->seconds[SW_TIMEOUT_ESTABLISHED], 432000);
	ck_assert_uint_eq(linux6->seconds[SW_TIMEOUT_OTHER], 600);
	ck_assert_uint_eq(
	    sw_profile("forcepoint")->seconds[SW_TIMEOUT_ESTABLISHED], 1800);
	ck_assert_uint_eq(
	    sw_profile("pf-normal")->seconds[SW_TIMEOUT_CLOSE], 90);
	ck_assert_uint_eq(
	    sw_profile("pf-aggressive")->seconds[SW_TIMEOUT_SYN_RECV], 5);
	ck_assert_ptr_null(sw_profile("windows"));
	ck_assert_ptr_null(sw_profile_name(5));
	for (unsigned i = 0; i < 5; i++)
		for (unsigned t = 0; t < SW_TIMEOUT_COUNT; t++)
			ck_assert_uint_gt(
			    sw_profile(sw_profile_name(i))->seconds[t], 0);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("profile");

	tcase_add_test(tcase, profiles_have_their_known_values);
	return run_case("profile", tcase);
}
