/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A grave that a former version filled, which knew fewer ends, is read on;
 * one of a version to come is not.
 */

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "engine/table/tombstone.h"
#include "runner.h"

enum {
	ENTRIES = 16,
	FORMER = 10, /* ends of version 0.1 */
	AT_STATES = 20,
	AT_ENDS = 24, /* bytes from the start */
};

static void *memory;

static void
begin(void)
{
	size_t bytes = (sw_grave_memory(ENTRIES) + 63) & ~(size_t)63;

	memory = aligned_alloc(64, bytes);
	ck_assert_ptr_nonnull(memory);
	memset(memory, 0, bytes);
	sw_grave_close(sw_grave_open(memory, ENTRIES));
}

static void
end(void)
{
	free(memory);
}

static uint32_t
number_at(size_t at)
{
	uint32_t number;

	memcpy(&number, (uint8_t *)memory + at, sizeof(number));
	return number;
}

static bool
opens(size_t at, uint32_t number)
{
	struct sw_grave *grave;

	memcpy((uint8_t *)memory + at, &number, sizeof(number));
	grave = sw_grave_open(memory, ENTRIES);
	sw_grave_close(grave);
	return grave != NULL;
}

START_TEST(fewer_ends_are_ours)
{
	ck_assert_uint_eq(number_at(AT_ENDS), SW_END_COUNT);
	for (uint32_t ends = FORMER; ends <= SW_END_COUNT; ends++) {
		ck_assert(opens(AT_ENDS, ends));
		ck_assert_uint_eq(number_at(AT_ENDS), SW_END_COUNT);
	}
	ck_assert(!opens(AT_ENDS, FORMER - 1));
	ck_assert(!opens(AT_ENDS, SW_END_COUNT + 1));
}
END_TEST

START_TEST(other_numbers_are_not)
{
	ck_assert_uint_eq(number_at(AT_STATES), SW_STATE_COUNT);
	ck_assert(opens(AT_STATES, SW_STATE_COUNT));
	ck_assert(!opens(AT_STATES, SW_STATE_COUNT - 1));
	ck_assert(opens(AT_STATES, SW_STATE_COUNT));
	for (size_t at = 0; at < AT_STATES; at += 4) {
		uint32_t number = number_at(at);

		ck_assert_msg(!opens(at, number + 1), "%zu", at);
		ck_assert(opens(at, number));
	}
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("former");

	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, fewer_ends_are_ours);
	tcase_add_test(t, other_numbers_are_not);
	return run_case("grave_former", t);
}
