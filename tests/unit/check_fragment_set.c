/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who makes room in one set of fragmented datagrams, against the same said
 * otherwise: every entry gets a rank, and the lowest rank goes.
 */

#include <check.h>
#include <stdlib.h>

#include "draw.h"
#include "engine/table/fragment_set.h"
#include "runner.h"

enum { WAYS = SW_FRAGMENT_WAYS, ROUNDS = 20000, NOBODY = -1 };

enum { GONE, REFUSED, EARLY, PASSED };

static struct sw_fragment_entry set[WAYS];
static struct sw_time now;
static uint64_t seed = 4711;

static uint32_t
below(uint32_t n)
{
	return (uint32_t)(draw(&seed) >> 20) % n;
}

/* One of a few sources; two of them share a network of IPv6. */
static struct sw_fragment_name
draw_name(uint32_t sources)
{
	uint32_t source = below(sources);
	struct sw_fragment_name name = { .id = below(1000),
		.family = source % 3 ? SW_IPV4 : SW_IPV6 };

	name.src.b[3] = (uint8_t)source;
	if (name.family == SW_IPV6)
		name.src.b[12] = (uint8_t)below(5);
	return name;
}

static void
draw_set(void)
{
	uint32_t sources = 1 + below(30), span = below(2) ? 1500 : 40000;

	now.ns = 100 * SW_NS_PER_SECOND;
	for (unsigned i = 0; i < WAYS; i++) {
		set[i] = (struct sw_fragment_entry){
			.name = draw_name(sources),
			.born = { now.ns - below(span) * SW_NS_PER_MS - i },
			.phase = below(4) ? SW_FRAGMENT_PHASE_HALF
					  : SW_FRAGMENT_PHASE_EARLY,
			.first.passed = below(12) != 0,
		};
		if (below(40) == 0)
			set[i].name.family = 0;
	}
}

static uint64_t
age_ms(unsigned i)
{
	return (now.ns - set[i].born.ns) / SW_NS_PER_MS;
}

static int
kind_of(unsigned i)
{
	if (set[i].name.family == 0 || age_ms(i) >= 30000)
		return GONE;
	if (set[i].phase == SW_FRAGMENT_PHASE_EARLY)
		return EARLY;
	return set[i].first.passed ? PASSED : REFUSED;
}

static bool
are_neighbours(
    const struct sw_fragment_name *a, const struct sw_fragment_name *b)
{
	for (unsigned i = 0; i < (a->family == SW_IPV6 ? 8 : 4); i++)
		if (a->src.b[i] != b->src.b[i])
			return false;
	return a->family == b->family;
}

static int
neighbours(unsigned i)
{
	int n = 0;

	for (unsigned k = 0; k < WAYS; k++)
		n += are_neighbours(&set[i].name, &set[k].name);
	return n;
}

/* The one of the lowest kind, up to most, that is oldest. */
static int
cheapest(int most)
{
	int found = NOBODY;

	for (int kind = GONE; kind <= most && found == NOBODY; kind++)
		for (unsigned i = 0; i < WAYS; i++)
			if (kind_of(i) == kind &&
			    (found == NOBODY ||
				set[i].born.ns < set[found].born.ns))
				found = (int)i;
	return found;
}

/* Of that kind the oldest of the largest crowd; one that is young goes only for
 * its own source, or when its source has half of the set. */
static int
crowded(int kind, const struct sw_fragment_name *name)
{
	int found = NOBODY;

	for (int n = WAYS; n > 0 && found == NOBODY; n--)
		for (unsigned i = 0; i < WAYS; i++) {
			bool protected = age_ms(i) < 1000 && n < WAYS / 2 &&
					 !are_neighbours(&set[i].name, name);

			if (kind_of(i) == kind && neighbours(i) == n &&
			    !protected &&
			    (found == NOBODY ||
				set[i].born.ns < set[found].born.ns))
				found = (int)i;
		}
	return found;
}

static int
place_of(const struct sw_fragment_entry *entry)
{
	return entry == NULL ? NOBODY : (int)(entry - set);
}

START_TEST(who_makes_room)
{
	unsigned passed = 0, early = 0, none = 0;

	for (unsigned round = 0; round < ROUNDS; round++) {
		struct sw_fragment_name name = draw_name(9);
		int expected, n_early = 0;

		draw_set();
		for (unsigned i = 0; i < WAYS; i++)
			n_early += kind_of(i) == EARLY;
		expected = cheapest(EARLY);
		if (expected == NOBODY)
			expected = crowded(PASSED, &name);
		passed += kind_of(0) == PASSED && cheapest(EARLY) == NOBODY;
		ck_assert_int_eq(
		    place_of(sw_fragment_set_passed(set, &name, now)),
		    expected);
		none += cheapest(REFUSED) == NOBODY;
		ck_assert_int_eq(place_of(sw_fragment_set_refused(set, now)),
		    cheapest(REFUSED));
		expected = n_early >= SW_FRAGMENT_EARLY_WAYS
			       ? crowded(EARLY, &name)
			       : cheapest(REFUSED);
		early += n_early >= SW_FRAGMENT_EARLY_WAYS;
		ck_assert_int_eq(
		    place_of(sw_fragment_set_early(set, &name, now)), expected);
	}
	/* Each case came often. */
	ck_assert_uint_gt(passed, ROUNDS / 50);
	ck_assert_uint_gt(early, ROUNDS / 50);
	ck_assert_uint_gt(none, ROUNDS / 50);
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("fragment_set");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, who_makes_room);
	return run_case("fragment_set", t);
}
