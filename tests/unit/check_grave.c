/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_grave: what is buried is told again, the newest first, and the
 * oldest make room.
 */
#include <check.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "draw.h"
#include "engine/table/tombstone.h"
#include "runner.h"

enum {
	ENTRIES = 100,
	TUPLES = 400,
};

static const uint8_t key[16] = "sixteen bytes ok";
static const struct sw_time late = { UINT64_MAX };

static struct sw_endpoints
ends_of(uint32_t n)
{
	struct sw_endpoints ends = {
		.sport = (uint16_t)(5000 + n), .dport = 80, .proto = IPPROTO_TCP
	};

	if (n % 4 == 1)
		ends.proto = IPPROTO_SCTP;
	ends.family = n % 3 == 0 ? SW_IPV6 : SW_IPV4;
	ends.src.b[0] = n % 2 ? 10 : 200;
	ends.dst.b[0] = 100;
	if (ends.family == SW_IPV6)
		ends.dst.b[15] = (uint8_t)n;
	return ends;
}

/* A story all of whose values follow from two numbers. */
static struct sw_flow_info
story_of(uint32_t n, uint32_t when)
{
	struct sw_flow_info s = { .opener = ends_of(n) };

	s.ended.ns = when * SW_NS_PER_SECOND + 7;
	s.seen.ns = s.ended.ns - (n % 50) * SW_NS_PER_SECOND;
	s.opened.ns = s.seen.ns - (n % 40) * SW_NS_PER_SECOND / 64;
	s.timeout = 3600 + n;
	s.in = n;
	s.out = n + 1;
	s.back_in = n + 2;
	s.rule = (uint16_t)(n * 7);
	s.state = (uint8_t)(n % SW_STATE_SCTP_CLOSED);
	if (s.opener.proto == IPPROTO_SCTP && n % 3)
		s.state = (uint8_t)(SW_STATE_SCTP_CLOSED + n % 8);
	else if (s.opener.proto == IPPROTO_SCTP)
		s.state = SW_STATE_NONE;
	s.how = (uint8_t)(when % SW_END_COUNT);
	s.ender = n % 2;
	s.assured = n % 3 == 0;
	s.probing = n % 5 == 0;
	s.unanswered = n % 7 == 0;
	s.lost = n % 11 == 0;
	for (unsigned i = 0; i < 2; i++) {
		s.side[i].next = n * 1000 + i;
		s.side[i].ack = n * 2000 + i;
		s.side[i].edge = n * 3000 + i;
	}
	memset(s.history, 0, sizeof(s.history));
	memset(s.history, 'A' + (int)(n % 20), n % SW_HISTORY_MAX);
	return s;
}

static uint64_t
tuple_of(uint32_t n, struct sw_tuple *tuple)
{
	struct sw_endpoints ends = ends_of(n);

	sw_tuple_make(tuple, &ends);
	return sw_tuple_hash(tuple, key);
}

static void
add_tombstone(struct sw_tombstones *tombstones, uint32_t n, uint32_t when)
{
	struct sw_flow_info info = story_of(n, when);
	struct sw_tuple tuple;
	uint64_t hash = tuple_of(n, &tuple);

	sw_tombstones_prefetch(tombstones, hash);
	sw_tombstones_add(tombstones, &tuple, hash, &info);
}

static void
same_story(const struct sw_flow_info *a, const struct sw_flow_info *b)
{
	ck_assert(sw_packet_endpoints_equal(&a->opener, &b->opener));
	ck_assert_uint_eq(a->ended.ns, b->ended.ns);
	ck_assert_uint_eq(a->seen.ns, b->seen.ns);
	ck_assert_uint_eq(a->opened.ns, b->opened.ns);
	ck_assert_uint_eq(a->timeout, b->timeout);
	ck_assert_uint_eq(a->in, b->in);
	ck_assert_uint_eq(a->out, b->out);
	ck_assert_uint_eq(a->back_in, b->back_in);
	ck_assert_uint_eq(a->rule, b->rule);
	ck_assert_uint_eq(a->state, b->state);
	ck_assert_uint_eq(a->how, b->how);
	ck_assert_uint_eq(a->ender, b->ender);
	ck_assert_int_eq(a->assured, b->assured);
	ck_assert_int_eq(a->probing, b->probing);
	ck_assert_int_eq(a->unanswered, b->unanswered);
	ck_assert_int_eq(a->lost, b->lost);
	for (unsigned i = 0; i < 2; i++) {
		ck_assert_uint_eq(a->side[i].next, b->side[i].next);
		ck_assert_uint_eq(a->side[i].ack, b->side[i].ack);
		ck_assert_uint_eq(a->side[i].edge, b->side[i].edge);
	}
	ck_assert_str_eq(a->history, b->history);
}

/* when: of the newest burial of n; 0 = none is left */
static void
verify(const struct sw_tombstones *tombstones, uint32_t n, uint32_t when)
{
	struct sw_tuple tuple;
	uint64_t hash = tuple_of(n, &tuple);
	struct sw_flow_info found, expected;

	ck_assert_int_eq(
	    sw_tombstones_find(tombstones, &tuple, hash, late, &found),
	    when != 0);
	if (when == 0)
		return;
	expected = story_of(n, when);
	same_story(&found, &expected);
}

static void *
block(void)
{
	size_t size = sw_tombstones_memory(ENTRIES);
	void *memory = aligned_alloc(64, size);

	ck_assert_ptr_nonnull(memory);
	memset(memory, 0, size);
	return memory;
}

START_TEST(tells_a_story_again)
{
	void *memory = block();
	struct sw_tombstones *tombstones = sw_tombstones_open(memory, ENTRIES);

	verify(tombstones, 1, 0);
	for (uint32_t n = 0; n < 60; n++)
		add_tombstone(tombstones, n, 1000 + n);
	ck_assert_uint_eq(sw_tombstones_count(tombstones), 60);
	for (uint32_t n = 0; n < 60; n++)
		verify(tombstones, n, 1000 + n);
	verify(tombstones, 60, 0);
	sw_tombstones_close(tombstones);
	free(memory);
}
END_TEST

START_TEST(either_direction_finds_it)
{
	void *memory = block();
	struct sw_tombstones *tombstones = sw_tombstones_open(memory, ENTRIES);

	for (uint32_t n = 0; n < 4; n++) {
		struct sw_endpoints ends = ends_of(n);
		struct sw_endpoints back = sw_packet_endpoints_reverse(&ends);
		struct sw_tuple tuple;
		struct sw_flow_info found;

		add_tombstone(tombstones, n, 500);
		sw_tuple_make(&tuple, &back);
		ck_assert(sw_tombstones_find(tombstones, &tuple,
		    sw_tuple_hash(&tuple, key), late, &found));
		ck_assert(sw_packet_endpoints_equal(&found.opener, &ends));
	}
	sw_tombstones_close(tombstones);
	free(memory);
}
END_TEST

START_TEST(the_newest_wins_and_the_oldest_make_room)
{
	void *memory = block();
	struct sw_tombstones *tombstones = sw_tombstones_open(memory, ENTRIES);
	uint32_t newest[TUPLES] = { 0 };
	uint64_t seed = 31337;

	for (uint32_t i = 1; i <= 20000; i++) {
		/* Some tuples come far more often than others. */
		uint32_t n = (uint32_t)(draw(&seed) >> 20) % TUPLES;

		if (draw(&seed) % 3 == 0)
			n %= 5;
		add_tombstone(tombstones, n, 1000 + i);
		newest[n] = i;
		if (i % 50 != 0)
			continue;
		for (n = 0; n < TUPLES; n++) {
			bool left = newest[n] != 0 && newest[n] + ENTRIES > i;

			verify(tombstones, n, left ? 1000 + newest[n] : 0);
		}
	}
	ck_assert_uint_eq(sw_tombstones_count(tombstones), ENTRIES);
	sw_tombstones_close(tombstones);
	free(memory);
}
END_TEST

/* One tuple closing all the time must not hide those beside it. */
START_TEST(a_busy_tuple_hides_no_other)
{
	void *memory = block();
	struct sw_tombstones *tombstones = sw_tombstones_open(memory, ENTRIES);

	for (uint32_t n = 0; n < 20; n++)
		add_tombstone(tombstones, n, 1000 + n);
	for (uint32_t i = 0; i < ENTRIES - 20; i++)
		add_tombstone(tombstones, 50, 2000 + i);
	for (uint32_t n = 0; n < 20; n++)
		verify(tombstones, n, 1000 + n);
	verify(tombstones, 50, 2000 + ENTRIES - 21);
	sw_tombstones_close(tombstones);
	free(memory);
}
END_TEST

/* However many stories share a head, a search looks at 64. */
START_TEST(a_search_ends_after_sixty_four)
{
	void *memory = block();
	struct sw_tombstones *tombstones = sw_tombstones_open(memory, ENTRIES);
	struct sw_flow_info found;
	struct sw_tuple tuple;

	for (uint32_t n = 0; n < 70; n++) {
		struct sw_flow_info info = story_of(n, 1000 + n);

		tuple_of(n, &tuple);
		sw_tombstones_add(tombstones, &tuple, 77, &info);
	}
	for (uint32_t n = 0; n < 70; n++) {
		tuple_of(n, &tuple);
		ck_assert_msg(sw_tombstones_find(tombstones, &tuple, 77, late,
				  &found) == (n >= 70 - 64),
		    "%u", n);
	}
	sw_tombstones_close(tombstones);
	free(memory);
}
END_TEST

START_TEST(long_lives_keep_their_dates)
{
	void *memory = block();
	struct sw_tombstones *tombstones = sw_tombstones_open(memory, ENTRIES);
	const uint64_t day = 86400 * SW_NS_PER_SECOND;
	struct sw_flow_info info = story_of(1, 1000), found;
	struct sw_tuple tuple;
	uint64_t hash = tuple_of(1, &tuple);

	info.opened.ns = 3 * day;
	info.seen.ns = 400 * day;
	info.ended.ns = 580 * day;
	sw_tombstones_add(tombstones, &tuple, hash, &info);
	ck_assert(sw_tombstones_find(
	    tombstones, &tuple, hash, (struct sw_time){ 3000 * day }, &found));
	same_story(&found, &info);

	/* Beyond what ticks can tell, the life is as long as they can. */
	info.opened.ns = 0;
	info.seen.ns = 2900 * day;
	info.ended.ns = 2901 * day;
	sw_tombstones_add(tombstones, &tuple, hash, &info);
	ck_assert(sw_tombstones_find(
	    tombstones, &tuple, hash, (struct sw_time){ 3000 * day }, &found));
	ck_assert_uint_eq(found.seen.ns, info.seen.ns);
	ck_assert_uint_gt(found.ended.ns - found.opened.ns, 776 * day);
	sw_tombstones_close(tombstones);
	free(memory);
}
END_TEST

START_TEST(an_end_in_the_future_is_not_told)
{
	void *memory = block();
	struct sw_tombstones *tombstones = sw_tombstones_open(memory, ENTRIES);
	struct sw_flow_info found;
	struct sw_tuple tuple;
	uint64_t hash = tuple_of(1, &tuple);

	add_tombstone(tombstones, 1, 1000);
	ck_assert(!sw_tombstones_find(tombstones, &tuple, hash,
	    (struct sw_time){ 999 * SW_NS_PER_SECOND }, &found));
	sw_tombstones_close(tombstones);
	free(memory);
}
END_TEST

START_TEST(moves_to_another_process)
{
	void *memory = block();
	size_t size = sw_tombstones_memory(ENTRIES);
	struct sw_tombstones *tombstones = sw_tombstones_open(memory, ENTRIES);

	for (uint32_t i = 0; i < 3 * ENTRIES; i++) {
		void *copy = block();

		add_tombstone(tombstones, i, 1000 + i);
		sw_tombstones_close(tombstones);
		memcpy(copy, memory, size);
		memset(memory, 0x5a, size);
		free(memory);
		memory = copy;
		tombstones = sw_tombstones_open(memory, ENTRIES);
		ck_assert_ptr_nonnull(tombstones);
		if (i >= ENTRIES)
			verify(tombstones, i - ENTRIES, 0);
		for (uint32_t n = i < ENTRIES ? 0 : i + 1 - ENTRIES; n <= i;
		     n++)
			verify(tombstones, n, 1000 + n);
	}
	sw_tombstones_close(tombstones);
	free(memory);
}
END_TEST

START_TEST(a_foreign_block_is_refused)
{
	uint8_t *memory = block();
	struct sw_tombstones *tombstones = sw_tombstones_open(memory, ENTRIES);

	add_tombstone(tombstones, 1, 1000);
	sw_tombstones_close(tombstones);
	ck_assert_ptr_null(sw_tombstones_open(memory, ENTRIES - 1));
	for (unsigned i = 0; i < 32; i++) {
		memory[i] ^= 0x20;
		ck_assert_ptr_null(sw_tombstones_open(memory, ENTRIES));
		memory[i] ^= 0x20;
	}
	tombstones = sw_tombstones_open(memory, ENTRIES);
	verify(tombstones, 1, 1000);
	sw_tombstones_close(tombstones);
	free(memory);
}
END_TEST

/* Whatever stands in the block: no lookup goes astray or on for ever, and
 * what is buried from now on is found. */
START_TEST(scribbled_memory_does_no_harm)
{
	size_t size = sw_tombstones_memory(ENTRIES);
	uint64_t seed = 1;

	for (uint32_t round = 0; round < 500; round++) {
		uint8_t *memory = block();
		struct sw_tombstones *tombstones =
		    sw_tombstones_open(memory, ENTRIES);
		struct sw_flow_info found;
		struct sw_tuple tuple;

		for (uint32_t n = 0; n < 150; n++)
			add_tombstone(tombstones, n, 1000 + n);
		for (uint32_t i = 0; i < 1 + round; i++)
			memory[64 + draw(&seed) % (size - 64)] =
			    (uint8_t)draw(&seed);
		for (uint32_t n = 0; n < TUPLES; n++)
			if (sw_tombstones_find(tombstones, &tuple,
				tuple_of(n, &tuple), late, &found)) {
				ck_assert_uint_lt(found.state, SW_STATE_COUNT);
				ck_assert_uint_lt(found.how, SW_END_COUNT);
				ck_assert_uint_lt(
				    strlen(found.history), SW_HISTORY_MAX);
			}
		for (uint32_t n = 200; n < 200 + ENTRIES; n++) {
			add_tombstone(tombstones, n, 5000 + n);
			verify(tombstones, n, 5000 + n);
		}
		sw_tombstones_close(tombstones);
		free(memory);
	}
}
END_TEST

START_TEST(an_entry_is_as_small_as_promised)
{
	ck_assert_uint_le(sw_tombstones_entry_size(), 124);
	ck_assert_uint_le(sw_tombstones_memory(1048576),
	    64 + 1048576 * sw_tombstones_entry_size());
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("grave");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, tells_a_story_again);
	tcase_add_test(tcase, either_direction_finds_it);
	tcase_add_test(tcase, the_newest_wins_and_the_oldest_make_room);
	tcase_add_test(tcase, a_busy_tuple_hides_no_other);
	tcase_add_test(tcase, a_search_ends_after_sixty_four);
	tcase_add_test(tcase, long_lives_keep_their_dates);
	tcase_add_test(tcase, an_end_in_the_future_is_not_told);
	tcase_add_test(tcase, moves_to_another_process);
	tcase_add_test(tcase, a_foreign_block_is_refused);
	tcase_add_test(tcase, scribbled_memory_does_no_harm);
	tcase_add_test(tcase, an_entry_is_as_small_as_promised);
	return run_case("grave", tcase);
}
