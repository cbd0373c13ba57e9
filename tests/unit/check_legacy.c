/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_legacy: what one process writes, another reads, or refuses.
 */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "runner.h"
#include "shards/rule_slots.h"
#include "shards/saved_state.h"

static const struct sw_limits limits = { .max_flows = 5000,
	.max_embryonic = 25,
	.max_src_flows = 7,
	.tombstones = 300,
	.key = "0123456789abcde" };

static struct sw_saved_state
make(void)
{
	struct sw_saved_state saved_state;

	ck_assert_int_eq(sw_saved_state_create(&saved_state, &limits, 4), 0);
	return saved_state;
}

/* Another process's view of the block. */
static int
adopt(struct sw_saved_state *other, const struct sw_saved_state *saved_state)
{
	return sw_saved_state_adopt(other, dup(saved_state->memory.fd));
}

START_TEST(limits_come_over)
{
	struct sw_saved_state saved_state = make(), other;
	struct sw_limits seen;

	ck_assert_int_eq(adopt(&other, &saved_state), 0);
	sw_saved_state_limits(&other, &seen);
	ck_assert_uint_eq(seen.max_flows, limits.max_flows);
	ck_assert_uint_eq(seen.tombstones, limits.tombstones);
	ck_assert_mem_eq(seen.key, limits.key, sizeof limits.key);
	ck_assert_uint_eq(sw_saved_state_shards(&other), 4);
	sw_saved_state_close(&saved_state);
	sw_saved_state_close(&other);
}
END_TEST

START_TEST(names_get_their_slots_again)
{
	struct sw_saved_state saved_state = make(), other;
	struct sw_rule_slots *slots = sw_rule_slots_create(),
			     *again = sw_rule_slots_create();
	char name[20];

	for (int i = 0; i < 300; i++) {
		snprintf(name, sizeof name, "rule-%d", i);
		ck_assert_int_eq(sw_rule_slots_assign(slots, name), i + 1);
		if (i % 100 == 0)
			sw_saved_state_save_names(&saved_state, slots);
	}
	sw_saved_state_save_names(&saved_state, slots);
	ck_assert_int_eq(adopt(&other, &saved_state), 0);
	ck_assert_int_eq(sw_saved_state_load_names(&other, again), 0);
	ck_assert_uint_eq(sw_rule_slots_count(again), 301);
	ck_assert_int_eq(sw_rule_slots_assign(again, "rule-123"), 124);
	ck_assert_int_eq(sw_rule_slots_assign(again, "another"), 301);
	sw_rule_slots_destroy(slots);
	sw_rule_slots_destroy(again);
	sw_saved_state_close(&saved_state);
	sw_saved_state_close(&other);
}
END_TEST

START_TEST(no_names_yet)
{
	struct sw_saved_state saved_state = make();
	struct sw_rule_slots *slots = sw_rule_slots_create();

	ck_assert_int_eq(sw_saved_state_load_names(&saved_state, slots), 0);
	ck_assert_uint_eq(sw_rule_slots_count(slots), 1);
	sw_rule_slots_destroy(slots);
	sw_saved_state_close(&saved_state);
}
END_TEST

/* Version 0.1 wrote the size of its own blocks, and refuses any other. */
START_TEST(a_former_head_becomes_one_of_today)
{
	struct sw_saved_state saved_state = make(), other;
	size_t at, was = sw_engine_memory_former(&limits, &at), size;
	uint8_t *head = saved_state.memory.base;
	uint64_t sum = UINT64_C(0xcbf29ce484222325);

	memcpy(head + 16, &was, sizeof was);
	ck_assert_int_eq(adopt(&other, &saved_state), -EINVAL);
	for (size_t i = 0; i < 56; i++)
		sum = (sum ^ head[i]) * UINT64_C(0x100000001b3);
	memcpy(head + 56, &sum, sizeof sum);
	for (unsigned round = 0; round < 2; round++) {
		ck_assert_int_eq(adopt(&other, &saved_state), 0);
		ck_assert_uint_eq(sw_saved_state_shards(&other), 4);
		sw_saved_state_renew(&other);
		memcpy(&size, head + 16, sizeof size);
		ck_assert_uint_eq(size, sw_engine_memory(&limits));
		sw_saved_state_close(&other);
	}
	sw_saved_state_close(&saved_state);
}
END_TEST

/* Any byte of the head may be spoilt; each is noticed. */
START_TEST(a_damaged_head_is_refused)
{
	struct sw_saved_state saved_state = make(), other;
	uint8_t *bytes = saved_state.memory.base;

	for (size_t i = 0; i < 64; i++) {
		bytes[i] ^= 0x10;
		ck_assert_int_eq(adopt(&other, &saved_state), -EINVAL);
		bytes[i] ^= 0x10;
	}
	ck_assert_int_eq(adopt(&other, &saved_state), 0);
	sw_saved_state_close(&saved_state);
	sw_saved_state_close(&other);
}
END_TEST

START_TEST(damaged_names_are_refused)
{
	struct sw_saved_state saved_state = make();
	struct sw_rule_slots *slots = sw_rule_slots_create(),
			     *again = sw_rule_slots_create();
	uint8_t *names =
	    (uint8_t *)saved_state.memory.base + 64 + sizeof(uint32_t);

	sw_rule_slots_assign(slots, "one");
	sw_saved_state_save_names(&saved_state, slots);
	ck_assert_str_eq((char *)names + SW_RULE_NAME_MAX, "one");
	memset(names + SW_RULE_NAME_MAX, 'x', SW_RULE_NAME_MAX);
	ck_assert_int_eq(
	    sw_saved_state_load_names(&saved_state, again), -EINVAL);
	names[SW_RULE_NAME_MAX] = '\0';
	ck_assert_int_eq(
	    sw_saved_state_load_names(&saved_state, again), -EINVAL);
	memset(names - sizeof(uint32_t), 0xff, sizeof(uint32_t));
	ck_assert_int_eq(
	    sw_saved_state_load_names(&saved_state, again), -EINVAL);
	sw_rule_slots_destroy(slots);
	sw_rule_slots_destroy(again);
	sw_saved_state_close(&saved_state);
}
END_TEST

START_TEST(another_kind_of_file_is_refused)
{
	struct sw_saved_state other;
	struct sw_shared_memory small;
	int ends[2];

	ck_assert_int_eq(sw_shared_memory_create(&small, "small", 64), 0);
	ck_assert_int_eq(sw_saved_state_adopt(&other, dup(small.fd)), -EINVAL);
	sw_shared_memory_close(&small);
	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_lt(sw_saved_state_adopt(&other, ends[0]), 0);
	close(ends[1]);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("legacy");

	tcase_add_test(tcase, limits_come_over);
	tcase_add_test(tcase, names_get_their_slots_again);
	tcase_add_test(tcase, no_names_yet);
	tcase_add_test(tcase, a_former_head_becomes_one_of_today);
	tcase_add_test(tcase, a_damaged_head_is_refused);
	tcase_add_test(tcase, damaged_names_are_refused);
	tcase_add_test(tcase, another_kind_of_file_is_refused);
	return run_case("legacy", tcase);
}
