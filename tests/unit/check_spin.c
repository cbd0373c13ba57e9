/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>

#include "pipeline/spin.h"
#include "runner.h"

enum {
	START = 1000000000,
	MOST = 50000,
	SHORT = 20000,
	LONG = 70000,
	WORK = 3000
};

/* A turn of packets that come after this pause.  => its end */
static uint64_t
turn(struct sw_spin *spin, uint64_t now, uint64_t pause)
{
	sw_spin_note_begin(spin, now + pause);
	sw_spin_note_end(spin, now + pause + WORK);
	return now + pause + WORK;
}

static uint64_t
turns(struct sw_spin *spin, uint64_t now, uint64_t pause, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		now = turn(spin, now, pause);
	return now;
}

START_TEST(never_without_short_pauses)
{
	struct sw_spin spin = { .most = MOST, .last = START };
	uint64_t now = START;

	ck_assert(!sw_spin_goes_on(&spin, now));
	now = turns(&spin, now, LONG, 100);
	ck_assert(!sw_spin_goes_on(&spin, now));
	now = turns(&spin, now, SHORT, SW_SPIN_TRUST - 1);
	ck_assert(!sw_spin_goes_on(&spin, now));
	now = turns(&spin, now, LONG, 1);
	now = turns(&spin, now, SHORT, SW_SPIN_TRUST - 1);
	ck_assert(!sw_spin_goes_on(&spin, now));
}
END_TEST

START_TEST(until_the_time_is_over)
{
	struct sw_spin spin = { .most = MOST, .last = START };
	uint64_t now = turns(&spin, START, SHORT, SW_SPIN_TRUST);

	ck_assert(sw_spin_goes_on(&spin, now));
	ck_assert(sw_spin_goes_on(&spin, now + MOST - 1));
	ck_assert(!sw_spin_goes_on(&spin, now + MOST));
	ck_assert(!sw_spin_goes_on(&spin, now + 1000 * (uint64_t)MOST));
}
END_TEST

START_TEST(no_longer_after_long_pauses)
{
	struct sw_spin spin = { .most = MOST, .last = START };
	uint64_t now = turns(&spin, START, SHORT, 10 * SW_SPIN_TRUST);

	now = turns(&spin, now, LONG, SW_SPIN_TRUST - 1);
	ck_assert(sw_spin_goes_on(&spin, now));
	now = turns(&spin, now, SHORT, 1);
	now = turns(&spin, now, LONG, SW_SPIN_TRUST - 1);
	ck_assert(sw_spin_goes_on(&spin, now));
	now = turns(&spin, now, LONG, 1);
	ck_assert(!sw_spin_goes_on(&spin, now));
}
END_TEST

START_TEST(the_limit_itself_is_long)
{
	struct sw_spin spin = { .most = MOST, .last = START };
	uint64_t now = turns(&spin, START, MOST, 10 * SW_SPIN_TRUST);

	ck_assert(!sw_spin_goes_on(&spin, now));
	now = turns(&spin, now, MOST - 1, SW_SPIN_TRUST);
	ck_assert(sw_spin_goes_on(&spin, now));
}
END_TEST

START_TEST(zero_is_never)
{
	struct sw_spin spin = { .last = START };
	uint64_t now = turns(&spin, START, 0, 1000);

	ck_assert(!sw_spin_goes_on(&spin, now));
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("spin");

	tcase_add_test(tcase, never_without_short_pauses);
	tcase_add_test(tcase, until_the_time_is_over);
	tcase_add_test(tcase, no_longer_after_long_pauses);
	tcase_add_test(tcase, the_limit_itself_is_long);
	tcase_add_test(tcase, zero_is_never);
	return run_case("spin", tcase);
}
