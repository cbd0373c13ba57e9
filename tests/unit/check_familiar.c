/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_familiar: what is noted is known for ten minutes, forgotten after
 * twenty, and hardly anything else is taken for it.
 */
#include <check.h>
#include <stdlib.h>

#include "diagnose/seen_filter.h"
#include "draw.h"
#include "runner.h"

#define LIFE (600 * SW_NS_PER_SECOND)

static struct sw_seen_filter *seen;
static struct sw_time now;

static void
begin(void)
{
	seen = calloc(1, sizeof *seen);
	ck_assert_ptr_nonnull(seen);
	now.ns = 5000 * SW_NS_PER_SECOND;
}

static void
end(void)
{
	free(seen);
}

static uint64_t
id_of(uint32_t n)
{
	uint64_t seed = n * UINT64_C(0x9e3779b97f4a7c15) + 1;

	return draw(&seed) * UINT64_C(0xd1342543de82ef95);
}

static void
note(uint32_t n)
{
	sw_seen_filter_note(seen, id_of(n), now);
}

static bool
knows(uint32_t n)
{
	return sw_seen_filter_knows(seen, id_of(n));
}

START_TEST(knows_what_was_noted_only)
{
	unsigned strangers = 0;

	ck_assert(!knows(1));
	for (uint32_t n = 1; n <= 1000; n++)
		note(n);
	for (uint32_t n = 1; n <= 1000; n++)
		ck_assert(knows(n));
	for (uint32_t n = 1001; n <= 101000; n++)
		strangers += knows(n);
	/* (3000 / 2^18)^3 is less than 2 in a million. */
	ck_assert_uint_le(strangers, 3);
}
END_TEST

/* Each third of the hash has its say: one that differs is a stranger. */
START_TEST(three_parts_of_the_hash_count)
{
	const uint64_t id = UINT64_C(0x123456789abcdef0);

	sw_seen_filter_note(seen, id, now);
	ck_assert(sw_seen_filter_knows(seen, id));
	ck_assert(!sw_seen_filter_knows(seen, id ^ 1));
	ck_assert(!sw_seen_filter_knows(seen, id ^ UINT64_C(1) << 22));
	ck_assert(!sw_seen_filter_knows(seen, id ^ UINT64_C(1) << 42));
	/* Neighbours in a word are no friends. */
	ck_assert(!sw_seen_filter_knows(seen, id + 3));
}
END_TEST

START_TEST(forgets_after_two_lives)
{
	note(1);
	now.ns += LIFE - 1;
	note(2);
	ck_assert(knows(1));
	now.ns += 1;
	note(3); /* the second filter */
	ck_assert(knows(1));
	ck_assert(knows(2));
	now.ns += LIFE - 1;
	note(4);
	ck_assert(knows(1));
	now.ns += 1;
	note(5); /* the first, cleared */
	ck_assert(!knows(1));
	ck_assert(!knows(2));
	ck_assert(knows(3));
	ck_assert(knows(4));
	ck_assert(knows(5));
}
END_TEST

/* So many that strangers would be taken for known: it turns early, and counts
 * a bit once however often it is set. */
START_TEST(turns_when_full)
{
	uint32_t n = 0, turns = 0, last;
	uint8_t present;

	note(++n);
	present = seen->present;
	while (seen->present == present) {
		note(++n);
		note(n);
	}
	/* A third of 2^18 bits, by three bits each of which some meet. */
	ck_assert_uint_gt(n, 64 * SW_SEEN_FILTER_WORDS / 9);
	ck_assert_uint_lt(n, 64 * SW_SEEN_FILTER_WORDS / 6);
	ck_assert_uint_eq(seen->noted, 3);
	ck_assert(knows(1));
	present = seen->present;
	for (last = 4 * n; n < last;) {
		note(++n);
		turns += seen->present != present;
		present = seen->present;
	}
	ck_assert_uint_ge(turns, 2);
	ck_assert_uint_le(turns, 3);
	ck_assert(!knows(1));
	ck_assert(knows(n));
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("familiar");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, knows_what_was_noted_only);
	tcase_add_test(tcase, three_parts_of_the_hash_count);
	tcase_add_test(tcase, forgets_after_two_lives);
	tcase_add_test(tcase, turns_when_full);
	return run_case("familiar", tcase);
}
