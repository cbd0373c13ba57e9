/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which flow gives way in a full table, state by state, and which share the
 * unanswered ones have of a small one.
 */

#include <check.h>

#include "crowd.h"
#include "runner.h"

enum { FLOWS = 16, NEXT = 100 };

static struct crowd crowd;

static void
open_table_of(uint32_t flows, uint8_t max_embryonic)
{
	struct sw_limits limits = { .max_flows = flows,
		.max_embryonic = max_embryonic,
		.tombstones = 64,
		.events = 256,
		.key = "a key for tests" };
	struct sw_flow_policy how = { .timeouts = *sw_profile("rfc5382"),
		.log = true };

	crowd = crowd_open(&limits, &how);
}

static void
open_table(uint8_t max_embryonic)
{
	open_table_of(FLOWS, max_embryonic);
}

/* All others are established; flow 0 goes on by these segments. */
struct leaving {
	const char *state;
	struct {
		unsigned direction;
		const char *flags;
		uint32_t seq, ack;
	} step[3];
	unsigned holds; /* seconds it may not be evicted */
};

static const struct leaving leavings[] = {
	{ "established", { { 0, "A", 101, 101 } }, 900 },
	{ "fin_wait", { { 0, "FA", 101, 101 } }, 60 },
	{ "close_wait", { { 0, "FA", 101, 101 }, { 1, "A", 101, 102 } }, 60 },
	{ "last_ack", { { 0, "FA", 101, 101 }, { 1, "FA", 101, 102 } }, 0 },
	{ "time_wait",
	    { { 0, "FA", 101, 101 }, { 1, "FA", 101, 102 },
		{ 0, "A", 102, 102 } },
	    0 },
	{ "close", { { 0, "RA", 101, 101 } }, 0 },
};

static void
leave(const struct leaving *leaving)
{
	open_table(100);
	for (uint32_t i = 0; i < FLOWS; i++)
		ck_assert(crowd_establish(&crowd, i));
	for (unsigned i = 0; i < 3 && leaving->step[i].flags; i++)
		ck_assert(crowd_step(&crowd, 0, leaving->step[i].direction,
		    leaving->step[i].flags, leaving->step[i].seq,
		    leaving->step[i].ack, 0));
}

START_TEST(each_state_gives_way_in_its_time)
{
	for (size_t i = 0; i < sizeof(leavings) / sizeof(*leavings); i++) {
		const struct leaving *leaving = &leavings[i];

		leave(leaving);
		if (leaving->holds) {
			crowd.now.ns += (leaving->holds - 1) * SW_NS_PER_SECOND;
			ck_assert_msg(
			    !crowd_step(&crowd, NEXT, 0, "S", 0, 0, 0), "%s",
			    leaving->state);
			ck_assert(crowd_has(&crowd, 0));
			crowd.now.ns += SW_NS_PER_SECOND;
		}
		if (leaving->holds < 100)
			ck_assert_msg(
			    crowd_step(&crowd, NEXT + 1, 0, "S", 0, 0, 0), "%s",
			    leaving->state);
		ck_assert_uint_eq(crowd_counts(&crowd).ended[SW_END_EVICTED],
		    leaving->holds < 100);
		for (uint32_t n = 1; n < FLOWS; n++)
			ck_assert(crowd_has(&crowd, n));
		crowd_close(&crowd);
	}
}
END_TEST

/* Data of the side that is still open begins the minute anew. */
START_TEST(data_keeps_a_half_closed_flow)
{
	leave(&leavings[2]);
	crowd.now.ns += 50 * SW_NS_PER_SECOND;
	ck_assert(crowd_step(&crowd, 0, 1, "PA", 101, 102, 10));
	crowd.now.ns += 59 * SW_NS_PER_SECOND;
	ck_assert(!crowd_step(&crowd, NEXT, 0, "S", 0, 0, 0));
	crowd.now.ns += SW_NS_PER_SECOND;
	ck_assert(crowd_step(&crowd, NEXT, 0, "S", 0, 0, 0));
	ck_assert(!crowd_has(&crowd, 0));
	crowd_close(&crowd);
}
END_TEST

/* A bare acknowledgement is none. */
START_TEST(an_acknowledgement_keeps_nothing)
{
	leave(&leavings[2]);
	crowd.now.ns += 50 * SW_NS_PER_SECOND;
	ck_assert(crowd_step(&crowd, 0, 1, "A", 101, 102, 0));
	crowd.now.ns += 10 * SW_NS_PER_SECOND;
	ck_assert(crowd_step(&crowd, NEXT, 0, "S", 0, 0, 0));
	ck_assert(!crowd_has(&crowd, 0));
	crowd_close(&crowd);
}
END_TEST

/* Seconds are kept in 16 bits, and come round: never is not lately. */
START_TEST(no_data_is_never_late)
{
	open_table(100);
	crowd.now.ns = (65536 + 5) * SW_NS_PER_SECOND;
	for (uint32_t i = 1; i < FLOWS; i++)
		ck_assert(crowd_establish(&crowd, i));
	ck_assert(crowd_step(&crowd, 0, 0, "S", 0, 0, 0));
	ck_assert(crowd_step(&crowd, 0, 1, "SA", 0, 1, 0));
	ck_assert(crowd_step(&crowd, 0, 0, "A", 1, 1, 0));
	ck_assert(crowd_step(&crowd, 0, 0, "FA", 1, 1, 0));
	ck_assert(crowd_step(&crowd, NEXT, 0, "S", 0, 0, 0));
	ck_assert(!crowd_has(&crowd, 0));
	crowd_close(&crowd);
}
END_TEST

/* => how many unanswered flows there may be */
static uint32_t
share(uint8_t percent)
{
	uint32_t n;

	open_table(percent);
	for (uint32_t i = 0; i < FLOWS; i++)
		ck_assert(crowd_step(&crowd, i, 0, "S", 0, 0, 0));
	n = crowd_counts(&crowd).embryonic;
	ck_assert_uint_eq(crowd_counts(&crowd).flows, n);
	crowd_close(&crowd);
	return n;
}

START_TEST(unanswered_flows_have_their_share)
{
	ck_assert_uint_eq(share(100), FLOWS);
	ck_assert_uint_eq(share(50), FLOWS / 2);
	ck_assert_uint_eq(share(13), 2);
	ck_assert_uint_eq(share(12), 1);
	ck_assert_uint_eq(share(1), 1);
}
END_TEST

/* Established flows never make room, and the share is told. */
START_TEST(a_full_share_is_told)
{
	open_table(50);
	for (uint32_t i = 0; i < FLOWS; i++)
		ck_assert(crowd_establish(&crowd, i));
	ck_assert(!crowd_step(&crowd, NEXT, 0, "S", 0, 0, 0));
	ck_assert_uint_eq(crowd.refused.message, SW_MESSAGE_TABLE_FULL);
	ck_assert_uint_eq(crowd.refused.limit, FLOWS);
	crowd_close(&crowd);
}
END_TEST

/* Who makes room is searched for in 1,024 places at a time.  Where none is
 * found, the share is the limit that is told. */
START_TEST(the_search_for_room_is_bounded)
{
	enum { MANY = 4000, SHARE = MANY / 100 };

	open_table_of(MANY, 1);
	for (uint32_t i = 0; i < 2000; i++)
		ck_assert(crowd_establish(&crowd, i));
	for (uint32_t i = 0; i < SHARE; i++)
		ck_assert(crowd_step(&crowd, MANY + i, 0, "S", 0, 0, 0));
	ck_assert(!crowd_step(&crowd, MANY + SHARE, 0, "S", 0, 0, 0));
	ck_assert_uint_eq(crowd.refused.message, SW_MESSAGE_TABLE_FULL);
	ck_assert_uint_eq(crowd.refused.limit, SHARE);
	ck_assert(crowd_step(&crowd, MANY + SHARE, 0, "S", 0, 0, 0));
	ck_assert_uint_eq(crowd_counts(&crowd).embryonic, SHARE);
	crowd_close(&crowd);
}
END_TEST

/* --- how long they may wait ------------------------------------------------- */

/* => seconds that the last of n unanswered flows has, of 16 places */
static uint32_t
waits(uint32_t n)
{
	struct sw_flow_info info;
	uint32_t cursor = 0;

	open_table(100);
	for (uint32_t i = 0; i < n; i++)
		ck_assert(crowd_step(&crowd, i, 0, "S", 0, 0, 0));
	ck_assert_uint_eq(sw_engine_list(crowd.engine, crowd.now, &cursor,
			      UINT32_MAX, &info, 1),
	    1);
	crowd_close(&crowd);
	return info.timeout;
}

/* From half full on less and less, down to an eighth, or three seconds. */
START_TEST(the_fuller_the_shorter)
{
	static const uint32_t seconds[FLOWS + 1] = { 0, 30, 30, 30, 30, 30, 30,
		30, 30, 26, 22, 18, 15, 11, 7, 3, 3 };

	for (uint32_t n = 1; n <= FLOWS; n++)
		ck_assert_uint_eq(waits(n), seconds[n]);
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("room");

	tcase_add_test(t, each_state_gives_way_in_its_time);
	tcase_add_test(t, data_keeps_a_half_closed_flow);
	tcase_add_test(t, an_acknowledgement_keeps_nothing);
	tcase_add_test(t, no_data_is_never_late);
	tcase_add_test(t, unanswered_flows_have_their_share);
	tcase_add_test(t, a_full_share_is_told);
	tcase_add_test(t, the_search_for_room_is_bounded);
	tcase_add_test(t, the_fuller_the_shorter);
	return run_case("room", t);
}
