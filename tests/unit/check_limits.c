/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_limits: what floods can not do.  They can not take the room of
 * established flows, nor draw packets out of us, nor make lookups long.
 */
#include <check.h>
#include <netinet/in.h>
#include <string.h>

#include "crowd.h"
#include "runner.h"
#include "synward/source.h"

enum { FLOWS = 1000, FLOOD = 20000, STRANGERS = 100000 };

static struct sw_limits
limits_of(uint8_t max_embryonic)
{
	return (struct sw_limits){ .max_flows = FLOWS,
		.max_embryonic = max_embryonic,
		.tombstones = 256,
		.events = 2048,
		.key = "a key for tests" };
}

static struct sw_flow_policy
flow_policy(void)
{
	return (struct sw_flow_policy){ .timeouts = *sw_profile("rfc5382"),
		.log = true };
}

static struct crowd
open_crowd(uint8_t max_embryonic)
{
	struct sw_limits limits = limits_of(max_embryonic);
	struct sw_flow_policy how = flow_policy();

	return crowd_open(&limits, &how);
}

START_TEST(embryos_keep_to_their_share)
{
	struct crowd crowd = open_crowd(10);
	uint32_t evicted;

	for (uint32_t i = 0; i < 500; i++)
		ck_assert(crowd_establish(&crowd, i));
	for (uint32_t i = 0; i < FLOOD; i++) {
		ck_assert(crowd_step(&crowd, STRANGERS + i, 0, "S", 0, 0, 0));
		ck_assert_uint_le(crowd_counts(&crowd).embryonic, FLOWS / 10);
	}
	evicted = (uint32_t)crowd_counts(&crowd).ended[SW_END_EVICTED];
	ck_assert_uint_eq(evicted, FLOOD - FLOWS / 10);
	for (uint32_t i = 0; i < 500; i++)
		ck_assert_msg(crowd_has(&crowd, i), "flow %u", i);
	/* In the middle of the flood others still get in. */
	ck_assert(crowd_establish(&crowd, 501));
	ck_assert(crowd_has(&crowd, 501));
	crowd_close(&crowd);
}
END_TEST

/* First who was never answered, then who is closing, then nobody. */
START_TEST(room_is_made_in_order)
{
	struct crowd crowd = open_crowd(100);
	uint32_t next = STRANGERS;

	for (uint32_t i = 0; i < FLOWS - 20; i++)
		ck_assert(crowd_establish(&crowd, i));
	for (uint32_t i = 0; i < 10; i++)
		ck_assert(crowd_finish(&crowd, i));
	for (uint32_t i = 0; i < 20; i++)
		ck_assert(crowd_step(&crowd, FLOWS + i, 0, "S", 0, 0, 0));
	ck_assert_uint_eq(crowd_counts(&crowd).flows, FLOWS);
	for (uint32_t i = 0; i < 30; i++)
		while (!crowd_establish(&crowd, next + i))
			next++;
	for (uint32_t i = 0; i < 20; i++)
		ck_assert(!crowd_has(&crowd, FLOWS + i));
	for (uint32_t i = 0; i < 10; i++)
		ck_assert(!crowd_has(&crowd, i));
	for (uint32_t i = 10; i < FLOWS - 20; i++)
		ck_assert_msg(crowd_has(&crowd, i), "flow %u", i);
	ck_assert_uint_eq(crowd_counts(&crowd).flows, FLOWS);
	ck_assert(!crowd_step(&crowd, next + 99, 0, "S", 0, 0, 0));
	ck_assert_uint_eq(crowd.refused.message, SW_MESSAGE_TABLE_FULL);
	ck_assert_uint_eq(crowd.refused.limit, FLOWS);
	crowd_close(&crowd);
}
END_TEST

/* One side has closed; the other goes on sending. */
static void
half_close(struct crowd *crowd, uint32_t i)
{
	ck_assert(crowd_establish(crowd, i));
	ck_assert(crowd_step(crowd, i, 0, "FA", 101, 101, 0));
	ck_assert(crowd_step(crowd, i, 1, "A", 101, 102, 0));
}

/* => how many of those from first to last are live */
static unsigned
live(const struct crowd *crowd, uint32_t first, uint32_t last)
{
	unsigned n = 0;

	for (uint32_t i = first; i < last; i++)
		n += crowd_has(crowd, i);
	return n;
}

/* A half-closed flow that carries data makes no room; one that has been
 * silent for a minute does. */
START_TEST(half_closed_flows_that_carry_data_stay)
{
	struct crowd crowd = open_crowd(100);
	uint32_t next = STRANGERS;

	for (uint32_t i = 0; i < 20; i++)
		half_close(&crowd, i);
	crowd_wait(&crowd, 61000);
	for (uint32_t i = 0; i < 10; i++)
		ck_assert(crowd_step(&crowd, i, 1, "PA", 101, 102, 50));
	for (uint32_t i = 20; i < FLOWS; i++)
		ck_assert(crowd_establish(&crowd, i));
	ck_assert_uint_eq(crowd_counts(&crowd).flows, FLOWS);
	/* Whoever comes now takes the place of a silent one, or none. */
	for (uint32_t i = 0; i < 400; i++)
		crowd_establish(&crowd, next + i);
	ck_assert_uint_eq(live(&crowd, 0, 10), 10);
	ck_assert_uint_eq(live(&crowd, 10, 20), 0);
	ck_assert_uint_eq(live(&crowd, 20, FLOWS), FLOWS - 20);
	for (uint32_t i = 0; i < 10; i++)
		ck_assert(crowd_step(&crowd, i, 1, "PA", 151, 102, 50));
	/* After a minute of silence it is their turn. */
	crowd_wait(&crowd, 61000);
	for (uint32_t i = 400; i < 800; i++)
		crowd_establish(&crowd, next + i);
	ck_assert_uint_eq(live(&crowd, 0, 10), 0);
	crowd_close(&crowd);
}
END_TEST

/* Stories of flows that nobody answered lie apart. */
START_TEST(the_unanswered_bury_no_story)
{
	struct crowd crowd = open_crowd(100);

	ck_assert(crowd_establish(&crowd, 0));
	ck_assert(crowd_step(&crowd, 0, 0, "R", 101, 0, 0));
	crowd_wait(&crowd, 20000);
	ck_assert(!crowd_has(&crowd, 0));
	for (uint32_t i = 0; i < 3000; i++)
		ck_assert(crowd_step(&crowd, STRANGERS + i, 0, "S", 0, 0, 0));
	ck_assert(!crowd_step(&crowd, 0, 1, "PA", 101, 101, 10));
	ck_assert(crowd.refused.has_flow);
	crowd_close(&crowd);
}
END_TEST

START_TEST(one_source_keeps_to_its_limit)
{
	struct sw_limits limits = limits_of(100);
	struct sw_flow_policy how = flow_policy();
	struct crowd crowd;

	limits.max_src_flows = 7;
	crowd = crowd_open(&limits, &how);
	crowd.sources = 3; /* flow i is of client i % 3 */
	for (uint32_t i = 0; i < 60; i++)
		ck_assert_int_eq(
		    crowd_step(&crowd, i, 0, "S", 0, 0, 0), i < 21);
	ck_assert_uint_eq(crowd_counts(&crowd).flows, 21);
	ck_assert_uint_eq(crowd.refused.message, SW_MESSAGE_TABLE_FULL);
	ck_assert_uint_eq(crowd.refused.limit, 7);
	crowd_wait(&crowd, 31000);
	ck_assert_uint_eq(crowd_counts(&crowd).flows, 0);
	ck_assert(crowd_step(&crowd, 60, 0, "S", 0, 0, 0));
	crowd_close(&crowd);
}
END_TEST

/* Who finds no room has opened nothing, and is not held to it later. */
START_TEST(who_found_no_room_is_not_counted)
{
	struct sw_limits limits = limits_of(100);
	struct sw_flow_policy how = flow_policy();
	struct crowd crowd;

	limits.max_src_flows = 10;
	crowd = crowd_open(&limits, &how);
	crowd.sources = FLOWS / 5;
	for (uint32_t i = 0; i < FLOWS; i++)
		ck_assert(crowd_establish(&crowd, i));
	for (uint32_t i = 0; i < 20; i++)
		ck_assert(!crowd_step(
		    &crowd, FLOWS + i * FLOWS / 5, 0, "S", 0, 0, 0));
	ck_assert_uint_eq(crowd.refused.limit, FLOWS);
	crowd_wait(&crowd, 7500000);
	ck_assert_uint_eq(crowd_counts(&crowd).flows, 0);
	for (uint32_t i = 0; i < 10; i++)
		ck_assert(crowd_step(&crowd, i * FLOWS / 5, 0, "S", 0, 0, 0));
	ck_assert(!crowd_step(&crowd, 2 * FLOWS, 0, "S", 0, 0, 0));
	crowd_close(&crowd);
}
END_TEST

/* However small the share is, somebody may call. */
START_TEST(the_smallest_share_is_one)
{
	struct sw_limits limits = limits_of(1);
	struct sw_flow_policy how = flow_policy();
	struct crowd crowd;

	limits.max_flows = 16;
	crowd = crowd_open(&limits, &how);
	for (uint32_t i = 0; i < 16; i++)
		ck_assert(crowd_establish(&crowd, i));
	ck_assert_uint_eq(crowd_counts(&crowd).flows, 16);
	ck_assert_uint_eq(crowd_counts(&crowd).embryonic, 0);
	crowd_close(&crowd);
}
END_TEST

/* => seconds a half-open flow has when so many others are half open;
 * alone: what it has when none are */
static uint32_t
timeout_of(uint32_t alone, uint32_t others)
{
	struct sw_limits limits = limits_of(100);
	struct sw_flow_policy how = flow_policy();
	struct crowd crowd;
	uint32_t seconds = 0;

	how.timeouts.seconds[SW_TIMEOUT_SYN_SENT] = alone;
	crowd = crowd_open(&limits, &how);
	ck_assert(crowd_step(&crowd, 0, 0, "S", 0, 0, 0));
	while (crowd_has(&crowd, 0)) {
		/* The others come anew each second. */
		for (uint32_t i = 1; i <= others; i++)
			crowd_step(&crowd, i, 0, "S", 0, 0, 0);
		crowd_wait(&crowd, 1000);
		ck_assert_uint_le(++seconds, 40);
	}
	crowd_close(&crowd);
	return seconds;
}

static uint32_t
timeout(uint32_t others)
{
	return timeout_of(30, others);
}

START_TEST(a_full_table_is_less_patient)
{
	uint32_t before = timeout(0);

	ck_assert_uint_ge(before, 30);
	ck_assert_uint_le(before, 31);
	ck_assert_uint_eq(timeout(FLOWS / 2), before);
	for (uint32_t sixteenth = 9; sixteenth < 16; sixteenth++) {
		uint32_t now = timeout(FLOWS * sixteenth / 16 + 1);

		ck_assert_uint_le(now, before);
		before = now;
	}
	ck_assert_uint_ge(before, 3);
	ck_assert_uint_le(before, 5);
	ck_assert_uint_ge(timeout_of(10, FLOWS - 1), 3);
	ck_assert_uint_le(timeout_of(2, FLOWS - 1), 3);
}
END_TEST

/* Established flows are not touched by that. */
START_TEST(a_full_table_waits_for_who_is_established)
{
	struct crowd crowd = open_crowd(100);

	for (uint32_t i = 0; i < 100; i++)
		ck_assert(crowd_establish(&crowd, i));
	for (uint32_t s = 0; s < 600; s++) {
		for (uint32_t i = 0; i < 50; i++)
			crowd_step(
			    &crowd, STRANGERS + s * 50 + i, 0, "S", 0, 0, 0);
		crowd_wait(&crowd, 1000);
	}
	for (uint32_t i = 0; i < 100; i++)
		ck_assert(crowd_has(&crowd, i));
	crowd_close(&crowd);
}
END_TEST

/* => segments sent because of a flood of every kind of stray */
static uint32_t
provoke(const struct sw_flow_policy *how, bool resets_only)
{
	static const char *const strays[] = { "A", "PA", "FA", "SA", "FPA" };
	struct sw_limits limits = limits_of(25);
	struct crowd crowd = crowd_open(&limits, how);
	uint32_t sends;

	for (uint32_t i = 0; i < 5000; i++) {
		crowd_step(&crowd, i, i & 1, resets_only ? "R" : strays[i % 5],
		    i, i, i % 3);
		if (resets_only)
			crowd_step(&crowd, i, i & 1, "RA", i, i, 0);
		ck_assert_uint_le(crowd.sends, crowd.packets);
	}
	sends = crowd.sends;
	crowd_close(&crowd);
	return sends;
}

START_TEST(strays_draw_at_most_one_each)
{
	struct sw_flow_policy how = flow_policy();

	ck_assert_uint_eq(provoke(&how, false), 0);
	ck_assert_uint_eq(provoke(&how, true), 0);
	how.on_orphan = SW_ORPHAN_RESET;
	ck_assert_uint_eq(provoke(&how, false), 5000);
	ck_assert_uint_eq(provoke(&how, true), 0);
}
END_TEST

/* Whoever forges SYNs or half a handshake gets nothing sent, however long
 * the silence and whatever on-idle says. */
START_TEST(half_open_flows_draw_nothing)
{
	static const uint8_t choices[] = { SW_IDLE_EXPIRE, SW_IDLE_RESET,
		SW_IDLE_PROBE };

	for (unsigned k = 0; k < 3; k++) {
		struct sw_limits limits = limits_of(100);
		struct sw_flow_policy how = flow_policy();
		struct crowd crowd;

		how.on_idle = choices[k];
		crowd = crowd_open(&limits, &how);
		for (uint32_t i = 0; i < 500; i++) {
			crowd_step(&crowd, i, 0, "S", 0, 0, 0);
			if (i % 2)
				crowd_step(&crowd, i, 1, "SA", 0, 1, 0);
		}
		for (uint32_t minute = 0; minute < 150; minute++)
			crowd_wait(&crowd, 60000);
		ck_assert_uint_eq(crowd_counts(&crowd).flows, 0);
		ck_assert_uint_eq(crowd.sends, 0);
		crowd_close(&crowd);
	}
}
END_TEST

/* A probe asks each end once in ten seconds, three times, then one reset
 * each: eight segments for a connection that both had agreed to. */
START_TEST(idle_flows_draw_a_known_few)
{
	struct sw_limits limits = limits_of(100);
	struct sw_flow_policy how = flow_policy();
	struct crowd crowd;

	how.on_idle = SW_IDLE_PROBE;
	crowd = crowd_open(&limits, &how);
	for (uint32_t i = 0; i < 100; i++)
		ck_assert(crowd_establish(&crowd, i));
	for (uint32_t s = 0; s < 7600; s++)
		crowd_wait(&crowd, 1000);
	ck_assert_uint_eq(crowd_counts(&crowd).flows, 0);
	ck_assert_uint_eq(crowd.sends, 100 * 8);
	crowd_close(&crowd);
}
END_TEST

/* Who does not know the key can not choose tuples that meet in one place:
 * those that meet under one key are scattered under another. */
START_TEST(collisions_do_not_outlive_the_key)
{
	static const uint8_t ours[16] = "one secret key..",
			     other[16] = "another secret..";
	uint32_t met = 0, meet_again = 0;

	for (uint32_t i = 0; i < 400000; i++) {
		struct sw_endpoints ends = { .family = SW_IPV4, .dport = 80 };

		memcpy(ends.src.b, &i, 4);
		if (sw_engine_hash(ours, &ends) % 1024 != 7)
			continue;
		met++;
		meet_again += sw_engine_hash(other, &ends) % 1024 == 7;
	}
	ck_assert_uint_gt(met, 300);
	ck_assert_uint_lt(meet_again, 10);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("limits");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, embryos_keep_to_their_share);
	tcase_add_test(tcase, room_is_made_in_order);
	tcase_add_test(tcase, half_closed_flows_that_carry_data_stay);
	tcase_add_test(tcase, the_unanswered_bury_no_story);
	tcase_add_test(tcase, one_source_keeps_to_its_limit);
	tcase_add_test(tcase, who_found_no_room_is_not_counted);
	tcase_add_test(tcase, the_smallest_share_is_one);
	tcase_add_test(tcase, a_full_table_is_less_patient);
	tcase_add_test(tcase, a_full_table_waits_for_who_is_established);
	tcase_add_test(tcase, strays_draw_at_most_one_each);
	tcase_add_test(tcase, half_open_flows_draw_nothing);
	tcase_add_test(tcase, idle_flows_draw_a_known_few);
	tcase_add_test(tcase, collisions_do_not_outlive_the_key);
	return run_case("limits", tcase);
}
