/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A grave that a former version filled, which knew fewer ends, is read on;
 * one of a version to come is not.  And of tuples that have one hash each
 * finds its own story.
 */

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "engine/table/tombstone.h"
#include "runner.h"

enum {
	ENTRIES = 16,
	FORMER = 10, /* ends of version 0.1 */
	AT_STATES = 20,
	AT_ENDS = 24,			 /* bytes from the start */
	AT_ENTRY = 64 + 16 * 4 + 16 * 8, /* the first */
	AT_MARK = AT_ENTRY + 96,
};

static void *memory;

static void
begin(void)
{
	size_t bytes = (sw_tombstones_memory(ENTRIES) + 63) & ~(size_t)63;

	memory = aligned_alloc(64, bytes);
	ck_assert_ptr_nonnull(memory);
	memset(memory, 0, bytes);
	sw_tombstones_close(sw_tombstones_open(memory, ENTRIES));
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
	struct sw_tombstones *tombstones;

	memcpy((uint8_t *)memory + at, &number, sizeof(number));
	tombstones = sw_tombstones_open(memory, ENTRIES);
	sw_tombstones_close(tombstones);
	return tombstones != NULL;
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
	ck_assert(!opens(AT_STATES, SW_STATE_SCTP_CLOSED - 1));
	ck_assert(opens(AT_STATES, SW_STATE_SCTP_CLOSED));
	ck_assert_uint_eq(number_at(AT_STATES), SW_STATE_COUNT);
	for (size_t at = 0; at < AT_STATES; at += 4) {
		uint32_t number = number_at(at);

		ck_assert_msg(!opens(at, number + 1), "%zu", at);
		ck_assert(opens(at, number));
	}
}
END_TEST

/* --- keys ------------------------------------------------------------------ */

static void
add_tombstone(struct sw_tombstones *tombstones, const struct sw_endpoints *ends)
{
	struct sw_flow_info info = { .opener = *ends, .ended = { 1 } };
	struct sw_tuple tuple;

	info.in = ends->dport;
	sw_tuple_make(&tuple, ends);
	sw_tombstones_add(tombstones, &tuple, 77, &info);
}

/* => the story's mark; 0: there is none */
static uint32_t
find(const struct sw_tombstones *tombstones, const struct sw_endpoints *ends)
{
	struct sw_tuple tuple;
	struct sw_flow_info info;

	sw_tuple_make(&tuple, ends);
	return sw_tombstones_find(
		   tombstones, &tuple, 77, (struct sw_time){ 2 }, &info)
		   ? info.in
		   : 0;
}

START_TEST(a_story_is_of_its_tuple)
{
	const struct sw_endpoints ours[] = {
		build_ends("10.0.0.1", 1000, "10.0.0.2", 80, 6),
		build_ends("fd00::1", 1000, "fd00::2", 81, 6),
	};
	struct sw_endpoints same_bytes[] = { ours[0], ours[1] };
	const struct sw_endpoints others[] = {
		build_ends("10.0.0.0", 1000, "10.0.0.2", 80, 6),
		build_ends("10.0.0.1", 1000, "10.0.0.3", 80, 6),
		build_ends("10.0.0.1", 1001, "10.0.0.2", 80, 6),
		build_ends("10.0.0.1", 1000, "10.0.0.2", 79, 6),
		build_ends("10.0.0.1", 1000, "10.0.0.2", 80, 17),
		build_ends("fd00::", 1000, "fd00::2", 81, 6),
		build_ends("fd00::1", 1000, "fd00::3", 81, 6),
		build_ends("fd00::1", 1001, "fd00::2", 81, 6),
		build_ends("fd00::1", 1000, "fd00::2", 82, 6),
		build_ends("fd00::1", 1000, "fd00::2", 81, 17),
	};
	struct sw_tombstones *tombstones = sw_tombstones_open(memory, ENTRIES);

	add_tombstone(tombstones, &ours[0]);
	add_tombstone(tombstones, &ours[1]);
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		ck_assert_msg(find(tombstones, &others[i]) == 0, "%zu", i);
	same_bytes[0].family = SW_IPV6;
	same_bytes[1].family = SW_IPV4;
	for (size_t i = 0; i < 2; i++)
		ck_assert_msg(find(tombstones, &same_bytes[i]) == 0, "%zu", i);
	ck_assert_uint_eq(find(tombstones, &ours[0]), 80);
	ck_assert_uint_eq(find(tombstones, &ours[1]), 81);
	sw_tombstones_close(tombstones);
}
END_TEST

/* A process that dies while it fills an entry has taken its mark, but a link
 * may lead there still. */
START_TEST(an_entry_without_its_mark_is_none)
{
	const struct sw_endpoints ours[] = {
		build_ends("10.0.0.1", 1000, "10.0.0.2", 80, 6),
		build_ends("10.0.0.1", 1000, "10.0.0.2", 81, 6),
	};
	struct sw_tombstones *tombstones = sw_tombstones_open(memory, ENTRIES);
	uint8_t *mark = (uint8_t *)memory + AT_MARK;

	add_tombstone(tombstones, &ours[0]);
	add_tombstone(tombstones, &ours[1]);
	ck_assert_uint_eq(find(tombstones, &ours[0]), 80);
	ck_assert_uint_ne(*mark, 0);
	*mark = 0;
	ck_assert_uint_eq(find(tombstones, &ours[0]), 0);
	ck_assert_uint_eq(find(tombstones, &ours[1]), 81);
	sw_tombstones_close(tombstones);
}
END_TEST

/* Moments before the end are kept in whole ticks, from the first one on. */
START_TEST(moments_are_whole_ticks)
{
	const uint64_t tick = SW_NS_PER_SECOND / SW_TICKS_PER_SECOND;
	struct sw_flow_info info = {
		.opener = build_ends("10.0.0.1", 1000, "10.0.0.2", 80, 6),
		.ended = { 64 * tick },
		.seen = { 63 * tick + 1 },
	};
	struct sw_tombstones *tombstones = sw_tombstones_open(memory, ENTRIES);
	struct sw_tuple tuple;
	struct sw_flow_info found;

	sw_tuple_make(&tuple, &info.opener);
	sw_tombstones_add(tombstones, &tuple, 77, &info);
	ck_assert(
	    sw_tombstones_find(tombstones, &tuple, 77, info.ended, &found));
	ck_assert_uint_eq(found.ended.ns, 64 * tick);
	ck_assert_uint_eq(found.opened.ns, 0);
	ck_assert_uint_eq(found.seen.ns, 64 * tick);
	sw_tombstones_close(tombstones);
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("former");

	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, fewer_ends_are_ours);
	tcase_add_test(t, other_numbers_are_not);
	tcase_add_test(t, a_story_is_of_its_tuple);
	tcase_add_test(t, an_entry_without_its_mark_is_none);
	tcase_add_test(t, moments_are_whole_ticks);
	return run_case("grave_former", t);
}
