/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_source: counts of flows by source, and the limits of a table that is
 * filled by one source or by half-open flows.
 */
#include <check.h>
#include <netinet/in.h>
#include <pthread.h>
#include <string.h>

#include "runner.h"
#include "script.h"
#include "synward/engine.h"

enum {
	THREADS = 4,
	TURNS = 20000,
};

static const uint8_t key[16] = "a key of 16 byte";

static struct sw_endpoints
from(uint32_t source)
{
	return (struct sw_endpoints){ .family = SW_IPV4,
		.src.b = { 10, (uint8_t)(source >> 16), (uint8_t)(source >> 8),
		    (uint8_t)source } };
}

START_TEST(counts_up_to_the_most)
{
	struct sw_source_limits *sources = sw_source_limits_create(64, key);
	struct sw_endpoints a = from(1), b = from(2), six = from(1);

	six.family = SW_IPV6;
	for (unsigned i = 0; i < 3; i++)
		ck_assert(sw_source_limits_add(sources, &a, 3));
	ck_assert(!sw_source_limits_add(sources, &a, 3));
	ck_assert(sw_source_limits_add(sources, &b, 3));
	ck_assert(sw_source_limits_add(sources, &six, 3));
	ck_assert_uint_eq(sw_source_limits_count(sources, &a), 3);
	ck_assert_uint_eq(sw_source_limits_count(sources, &b), 1);
	sw_source_limits_remove(sources, &a);
	ck_assert_uint_eq(sw_source_limits_count(sources, &a), 2);
	ck_assert(sw_source_limits_add(sources, &a, 3));
	sw_source_limits_remove(sources, &b);
	sw_source_limits_remove(sources, &b);
	ck_assert_uint_eq(sw_source_limits_count(sources, &b), 0);
	sw_source_limits_destroy(sources);
}
END_TEST

/* As many sources as there may be flows: each is counted, and in the end
 * nothing is left. */
START_TEST(has_room_for_all)
{
	const uint32_t n = 50000;
	struct sw_source_limits *sources = sw_source_limits_create(n, key);

	for (unsigned turn = 1; turn <= 3; turn++)
		for (uint32_t i = 0; i < n; i++) {
			struct sw_endpoints ends = from(i);

			ck_assert(sw_source_limits_add(sources, &ends, 3));
			ck_assert_uint_eq(
			    sw_source_limits_count(sources, &ends), turn);
		}
	for (uint32_t i = 0; i < n; i++) {
		struct sw_endpoints ends = from(i);

		for (unsigned turn = 3; turn > 0; turn--) {
			ck_assert_uint_eq(
			    sw_source_limits_count(sources, &ends), turn);
			sw_source_limits_remove(sources, &ends);
		}
		ck_assert_uint_eq(sw_source_limits_count(sources, &ends), 0);
	}
	sw_source_limits_destroy(sources);
}
END_TEST

/* What is counted down to 0 is free for others: else a small table would be
 * full of nobody after a while, and count nothing any more. */
START_TEST(who_is_gone_makes_room)
{
	struct sw_source_limits *sources = sw_source_limits_create(64, key);

	for (uint32_t i = 0; i < 100000; i++) {
		struct sw_endpoints ends = from(i);

		ck_assert(sw_source_limits_add(sources, &ends, 1));
		ck_assert_uint_eq(sw_source_limits_count(sources, &ends), 1);
		ck_assert(!sw_source_limits_add(sources, &ends, 1));
		sw_source_limits_remove(sources, &ends);
		ck_assert_uint_eq(sw_source_limits_count(sources, &ends), 0);
	}
	sw_source_limits_destroy(sources);
}
END_TEST

/* Room for twice the sources, not more: of three times as many some are not
 * counted, none is refused, and what is not counted is not counted down. */
START_TEST(who_finds_no_room_is_not_counted)
{
	const uint32_t n = 192;
	struct sw_source_limits *sources = sw_source_limits_create(64, key);
	unsigned counted = 0;

	for (uint32_t i = 0; i < n; i++) {
		struct sw_endpoints ends = from(i);

		ck_assert(sw_source_limits_add(sources, &ends, 1));
		counted += sw_source_limits_count(sources, &ends);
	}
	ck_assert_uint_ge(counted, 120);
	ck_assert_uint_le(counted, 128);
	for (uint32_t i = n; i-- > 0;) {
		struct sw_endpoints ends = from(i);

		sw_source_limits_remove(sources, &ends);
		ck_assert_uint_eq(sw_source_limits_count(sources, &ends), 0);
	}
	for (uint32_t i = 0; i < 64; i++) {
		struct sw_endpoints ends = from(n + i);

		ck_assert(sw_source_limits_add(sources, &ends, 1));
		ck_assert(!sw_source_limits_add(sources, &ends, 1));
	}
	sw_source_limits_destroy(sources);
}
END_TEST

/* Where a source is counted follows from the key, so nobody else can choose
 * sources that share their places. */
START_TEST(the_key_chooses_the_place)
{
	static const uint8_t other[16] = "another 16 bytes";
	unsigned differ = 0;

	for (uint32_t first = 0; first < 64; first++) {
		struct sw_source_limits *a = sw_source_limits_create(16, key);
		struct sw_source_limits *b = sw_source_limits_create(16, other);
		uint32_t lost[2] = { 0 };

		for (uint32_t i = 0; i < 40; i++) {
			struct sw_endpoints ends = from(first * 1000 + i);

			sw_source_limits_add(a, &ends, 9);
			sw_source_limits_add(b, &ends, 9);
			lost[0] |=
			    (uint32_t)(sw_source_limits_count(a, &ends) == 0)
			    << i % 32;
			lost[1] |=
			    (uint32_t)(sw_source_limits_count(b, &ends) == 0)
			    << i % 32;
		}
		differ += lost[0] != lost[1];
		sw_source_limits_destroy(a);
		sw_source_limits_destroy(b);
	}
	ck_assert_uint_gt(differ, 32);
	sw_source_limits_destroy(NULL);
}
END_TEST

static void *
come_and_go(void *argument)
{
	struct sw_source_limits *sources = argument;

	for (unsigned i = 0; i < TURNS; i++) {
		struct sw_endpoints ends = from(i % 3);

		if (sw_source_limits_add(sources, &ends, 1u << 20) &&
		    i % 4 != 0)
			sw_source_limits_remove(sources, &ends);
	}
	return NULL;
}

START_TEST(threads_lose_no_count)
{
	struct sw_source_limits *sources = sw_source_limits_create(64, key);
	pthread_t threads[THREADS];
	uint32_t sum = 0;

	for (unsigned i = 0; i < THREADS; i++)
		ck_assert_int_eq(
		    pthread_create(&threads[i], NULL, come_and_go, sources), 0);
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (unsigned i = 0; i < 3; i++) {
		struct sw_endpoints ends = from(i);

		sum += sw_source_limits_count(sources, &ends);
	}
	ck_assert_uint_eq(sum, THREADS * TURNS / 4);
	sw_source_limits_destroy(sources);
}
END_TEST

/* --- in the engine --- */

struct scene {
	struct sw_policy *policy;
	struct sw_engine *engine;
	struct sw_event refused; /* the last that was */
};

static struct scene
scene_open(uint32_t flows, uint8_t embryonic, uint32_t src_flows)
{
	struct sw_flow_policy flow_policy = script_treatment(SW_TRACK_NORMAL);
	struct sw_limits limits = { .max_flows = flows,
		.max_embryonic = embryonic,
		.max_src_flows = src_flows,
		.tombstones = 64,
		.events = 256,
		.key = "0123456789abcdef" };
	struct scene scene = { .policy =
				   sw_policy_compile(NULL, 0, &flow_policy) };

	scene.engine = sw_engine_create(
	    &limits, NULL, scene.policy, (struct sw_time){ 0 });
	ck_assert_ptr_nonnull(scene.engine);
	return scene;
}

static void
scene_close(struct scene *scene)
{
	sw_engine_destroy(scene->engine);
	sw_policy_destroy(scene->policy);
}

/* A segment of the connection number n of this source. */
static enum sw_verdict
send_segment(
    struct scene *scene, uint32_t source, uint16_t n, struct script_row row)
{
	struct sw_packet packet = script_packet(&row);
	struct sw_time now = { row.at * SW_NS_PER_MS };
	struct sw_endpoints ends = from(source);
	enum sw_verdict verdict;
	struct sw_event event;

	ends.dst = (struct sw_addr){ { 192, 0, 2, 1 } };
	ends.proto = IPPROTO_TCP;
	ends.sport = (uint16_t)(1024 + n);
	ends.dport = 80;
	packet.ends =
	    row.from == 'C' ? ends : sw_packet_endpoints_reverse(&ends);
	verdict = sw_engine_step(scene->engine, &packet, now);
	while (sw_engine_take(scene->engine, &event))
		if (event.kind == SW_EVENT_REFUSED)
			scene->refused = event;
	return verdict;
}

static enum sw_verdict
send_syn(struct scene *scene, uint32_t source, uint16_t n, uint32_t at)
{
	return send_segment(scene, source, n,
	    (struct script_row){ at, 'C', "S", 1000, 0, 0, '+', NULL });
}

static void
establish(struct scene *scene, uint32_t source, uint16_t n, uint32_t at)
{
	ck_assert_int_eq(send_syn(scene, source, n, at), SW_PASS);
	ck_assert_int_eq(
	    send_segment(scene, source, n,
		(struct script_row){ at, 'S', "SA", 5000, 1001, 0, '+', NULL }),
	    SW_PASS);
	ck_assert_int_eq(
	    send_segment(scene, source, n,
		(struct script_row){ at, 'C', "A", 1001, 5001, 0, '+', NULL }),
	    SW_PASS);
}

START_TEST(a_source_has_its_limit)
{
	struct scene scene = scene_open(64, 100, 3);

	for (uint16_t n = 0; n < 3; n++)
		establish(&scene, 1, n, 0);
	ck_assert_int_eq(send_syn(&scene, 1, 3, 10), SW_DROP);
	ck_assert_uint_eq(scene.refused.refused.message, SW_MESSAGE_TABLE_FULL);
	ck_assert_uint_eq(scene.refused.refused.limit, 3);
	ck_assert(scene.refused.refused.per_source);
	/* Others are not concerned, nor are its own connections. */
	establish(&scene, 2, 0, 20);
	ck_assert_int_eq(
	    send_segment(&scene, 1, 0,
		(struct script_row){ 30, 'C', "PA", 1001, 5001, 9, '+', NULL }),
	    SW_PASS);
	scene_close(&scene);
}
END_TEST

/* Sources come and go by the thousand; those that are gone take no place. */
START_TEST(sources_that_are_gone_take_no_place)
{
	struct scene scene = scene_open(64, 100, 3);

	for (uint32_t source = 1000; source < 101000; source++)
		ck_assert_int_eq(send_syn(&scene, source, 0, 10), SW_PASS);
	for (uint16_t n = 0; n < 3; n++)
		establish(&scene, 1, n, 20);
	ck_assert_int_eq(send_syn(&scene, 1, 3, 30), SW_DROP);
	ck_assert(scene.refused.refused.per_source);
	ck_assert_uint_eq(scene.refused.refused.limit, 3);
	ck_assert_int_eq(send_syn(&scene, 2, 0, 30), SW_PASS);
	scene_close(&scene);
}
END_TEST

/* A flow that ended, by reset or by time, makes room for another. */
START_TEST(an_ended_flow_is_not_counted)
{
	struct scene scene = scene_open(64, 100, 1);

	ck_assert_int_eq(send_syn(&scene, 1, 0, 0), SW_PASS);
	ck_assert_int_eq(send_syn(&scene, 1, 1, 1), SW_DROP);
	ck_assert_int_eq(
	    send_segment(&scene, 1, 0,
		(struct script_row){ 2, 'S', "RA", 0, 1001, 0, '+', NULL }),
	    SW_PASS);
	ck_assert_int_eq(send_syn(&scene, 1, 1, 3), SW_PASS);
	ck_assert_int_eq(send_syn(&scene, 1, 2, 4), SW_DROP);
	sw_engine_sweep(scene.engine, (struct sw_time){ 60 * SW_NS_PER_SECOND },
	    sw_engine_slots(scene.engine));
	ck_assert_int_eq(send_syn(&scene, 1, 2, 60001), SW_PASS);
	scene_close(&scene);
}
END_TEST

/* Half-open flows give way to newer ones in their part of the table, and
 * never take what is established. */
START_TEST(a_flood_leaves_room)
{
	struct scene scene = scene_open(64, 25, 0);
	struct sw_counts counts;

	for (uint16_t n = 0; n < 48; n++)
		establish(&scene, 1, n, 0);
	for (uint32_t source = 100; source < 1100; source++)
		send_syn(&scene, source, 0, 10);
	sw_engine_counts(scene.engine, &counts);
	ck_assert_uint_le(counts.embryonic, 16);
	ck_assert_uint_ge(counts.by_state[SW_STATE_ESTABLISHED], 48);
	for (uint16_t n = 0; n < 48; n++)
		ck_assert_int_eq(send_segment(&scene, 1, n,
				     (struct script_row){ 20, 'C', "PA", 1001,
					 5001, 9, '+', NULL }),
		    SW_PASS);
	scene_close(&scene);
}
END_TEST

/* A table full of half-open flows has room for every new one, though half of
 * its records, those for the other family, were never used. */
START_TEST(a_flood_always_gives_way)
{
	struct scene scene = scene_open(1024, 100, 0);

	for (uint32_t source = 1; source < 8000; source++)
		ck_assert_int_eq(send_syn(&scene, source, 0, 10), SW_PASS);
	scene_close(&scene);
}
END_TEST

START_TEST(a_full_table_says_so)
{
	struct scene scene = scene_open(16, 100, 0);

	for (uint16_t n = 0; n < 16; n++)
		establish(&scene, 1, n, 0);
	ck_assert_int_eq(send_syn(&scene, 2, 0, 10), SW_DROP);
	ck_assert_uint_eq(scene.refused.refused.message, SW_MESSAGE_TABLE_FULL);
	ck_assert_uint_eq(scene.refused.refused.limit, 16);
	ck_assert(!scene.refused.refused.per_source);
	scene_close(&scene);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sources and limits");
	TCase *counts = tcase_create("counts"),
	      *limits = tcase_create("limits");

	tcase_set_timeout(counts, 30);
	tcase_add_test(counts, counts_up_to_the_most);
	tcase_add_test(counts, has_room_for_all);
	tcase_add_test(counts, who_is_gone_makes_room);
	tcase_add_test(counts, who_finds_no_room_is_not_counted);
	tcase_add_test(counts, the_key_chooses_the_place);
	tcase_add_test(counts, threads_lose_no_count);
	suite_add_tcase(suite, counts);
	tcase_add_test(limits, a_source_has_its_limit);
	tcase_add_test(limits, sources_that_are_gone_take_no_place);
	tcase_add_test(limits, an_ended_flow_is_not_counted);
	tcase_add_test(limits, a_flood_leaves_room);
	tcase_add_test(limits, a_flood_always_gives_way);
	tcase_add_test(limits, a_full_table_says_so);
	suite_add_tcase(suite, limits);
	return run_suite(suite);
}
