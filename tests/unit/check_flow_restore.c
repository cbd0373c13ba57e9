/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_flow_restore: the table in the hands of a second process.
 *
 * Whole flows are all there, a torn one is missing alone, and what is not
 * a table of ours is refused.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/table/flow_table.h"
#include "flow_model.h"
#include "runner.h"

START_TEST(moves_to_another_process)
{
	struct model t = model_make(MODEL_MAX);
	uint64_t seed = 99;
	uint32_t restored, torn;

	for (uint32_t round = 0; round < 20; round++) {
		for (uint32_t i = 0; i < 500; i++) {
			uint32_t n =
			    (uint32_t)(draw(&seed) >> 20) % MODEL_TUPLES;

			if (t.index[n] != SW_FLOW_NONE)
				model_take_out(&t, n);
			else
				model_insert(&t, n);
		}
		model_move(&t, MODEL_MAX, &restored, &torn);
		ck_assert_uint_eq(restored, t.count);
		ck_assert_uint_eq(torn, 0);
		model_verify_all(&t);
	}
	model_free(&t);
}
END_TEST

/* The index of a whole table is believed, not built again: also where an entry
 * stands in its other bucket. */
START_TEST(a_whole_index_is_left_alone)
{
	struct model t = model_make(MODEL_MAX);
	const struct sw_buckets *buckets = &t.flows->buckets;
	size_t size = buckets->count * sizeof(struct sw_bucket);
	struct sw_bucket *before = malloc(size);
	uint32_t restored, torn, strays = 0;

	ck_assert_ptr_nonnull(before);
	for (uint32_t n = 0; n < 2 * MODEL_MAX; n++) {
		if (n >= MODEL_MAX)
			model_take_out(&t, n - MODEL_MAX);
		model_insert(&t, n);
	}
	for (uint32_t i = 0; i < buckets->count; i++)
		strays += buckets->bucket[i].strays;
	ck_assert_uint_gt(strays, 0);
	memcpy(before, buckets->bucket, size);
	model_move(&t, MODEL_MAX, &restored, &torn);
	ck_assert_uint_eq(restored, MODEL_MAX);
	ck_assert_uint_eq(torn, 0);
	ck_assert_mem_eq(t.flows->buckets.bucket, before, size);
	free(before);
	model_free(&t);
}
END_TEST

/* Ways a record can be spoilt; each must cost that flow and no other. */
static void
spoil(struct model *t, uint32_t index, unsigned way)
{
	struct sw_flow *flow = sw_flows_at(t->flows, index);

	switch (way) {
	case 0:
		flow->zone = 1;
		break;
	case 1:
		flow->state = SW_STATE_NONE;
		break;
	case 2:
		flow->state = SW_STATE_COUNT;
		break;
	case 3:
		flow->a_port ^= 0x0100;
		break;
	case 4:
		flow->addr[3] ^= 0x80;
		break;
	case 5:
		flow->proto = IPPROTO_UDP;
		break;
	default:
		flow->scales = 0xf0;
		break;
	}
}

START_TEST(a_torn_record_is_dropped_alone)
{
	struct model t = model_make(MODEL_MAX);
	uint32_t restored, torn;

	for (uint32_t n = 0; n < MODEL_MAX; n++)
		model_insert(&t, n);
	for (unsigned way = 0; way < 7; way++) {
		uint32_t n = 100 + 101 * way;

		spoil(&t, t.index[n], way);
		t.index[n] = SW_FLOW_NONE;
		t.count--;
		model_move(&t, MODEL_MAX, &restored, &torn);
		ck_assert_uint_eq(torn, 1);
		ck_assert_uint_eq(restored, t.count);
		model_verify_all(&t);
	}
	/* What they left is free again. */
	for (uint32_t n = MODEL_MAX; n < MODEL_MAX + 7; n++)
		ck_assert_uint_ne(model_insert(&t, n), SW_FLOW_NONE);
	ck_assert_uint_eq(model_insert(&t, MODEL_MAX + 7), SW_FLOW_NONE);
	model_verify_all(&t);
	model_free(&t);
}
END_TEST

START_TEST(a_second_record_of_a_tuple_is_dropped)
{
	struct model t = model_make(MODEL_MAX);
	uint32_t restored, torn;
	uint64_t hash;
	struct sw_tuple tuple = model_tuple(1, &hash);

	for (uint32_t n = 0; n < 50; n++)
		model_insert(&t, n);
	/* A torn twin takes itself out, a whole one is the one too many. */
	for (uint32_t twin = 0; twin < 2; twin++) {
		uint32_t index = sw_flows_insert(t.flows, &tuple, hash);

		if (twin == 1)
			model_settle(&t, index, 1);
		model_move(&t, MODEL_MAX, &restored, &torn);
		ck_assert_uint_eq(torn, 1);
		ck_assert_uint_eq(restored, 50);
		model_verify_all(&t);
	}
	model_free(&t);
}
END_TEST

START_TEST(a_foreign_block_is_refused)
{
	struct model t = model_make(MODEL_MAX);
	uint32_t restored, torn;
	size_t size = sw_flow_open_memory(MODEL_MAX);
	uint8_t *bytes = t.memory;

	model_insert(&t, 1);
	sw_flow_open_close(t.flows);
	ck_assert_ptr_null(sw_flows_open(
	    t.memory, MODEL_MAX - 1, model_key, &restored, &torn));
	for (size_t i = 0; i < 60; i++) {
		bytes[i] ^= 0x40;
		t.flows = sw_flows_open(
		    t.memory, MODEL_MAX, model_key, &restored, &torn);
		ck_assert_msg(t.flows == NULL, "byte %zu", i);
		bytes[i] ^= 0x40;
	}
	memset(t.memory, 0x5a, size);
	ck_assert_ptr_null(
	    sw_flows_open(t.memory, MODEL_MAX, model_key, &restored, &torn));
	memset(t.memory, 0, size);
	t.flows =
	    sw_flows_open(t.memory, MODEL_MAX, model_key, &restored, &torn);
	ck_assert_ptr_nonnull(t.flows);
	ck_assert_uint_eq(sw_flows_count(t.flows), 0);
	model_free(&t);
}
END_TEST

/* The mark of the records in use is not believed, even where the index does not
 * lead above it. */
START_TEST(a_wrong_mark_loses_nothing)
{
	struct model t = model_make(MODEL_MAX);
	uint32_t was[SW_POOLS], restored, torn;

	for (uint32_t n = 0; n < 50; n++)
		model_insert(&t, n);
	memcpy(was, t.flows->header->reached, sizeof(was));
	for (unsigned way = 0; way < 6; way++) {
		unsigned pool = way % 2;
		const uint32_t wrong[] = { 0, was[pool] - 1, was[pool] + 5 };

		t.flows->header->reached[pool] = wrong[way / 2];
		if (way / 2 == 0)
			memset(t.flows->buckets.bucket, 0,
			    sizeof(struct sw_bucket) * t.flows->buckets.count);
		model_move(&t, MODEL_MAX, &restored, &torn);
		ck_assert_uint_eq(restored, 50);
		ck_assert_uint_eq(torn, 0);
		ck_assert_mem_eq(t.flows->header->reached, was, sizeof(was));
		model_verify_all(&t);
	}
	model_free(&t);
}
END_TEST

/* What is left in memory that only lost its magic number is not found by the
 * engine that begins there, nor by the one after it. */
START_TEST(a_lost_magic_number_leaves_nothing)
{
	struct model t = model_make(MODEL_MAX);
	uint32_t restored, torn;

	for (uint32_t n = 0; n < 50; n++)
		model_insert(&t, n);
	sw_flow_open_close(t.flows);
	memset(t.memory, 0, sizeof(uint64_t));
	for (unsigned round = 0; round < 2; round++) {
		t.flows = sw_flows_open(
		    t.memory, MODEL_MAX, model_key, &restored, &torn);
		ck_assert_ptr_nonnull(t.flows);
		ck_assert_uint_eq(restored, 0);
		ck_assert_uint_eq(torn, 0);
		ck_assert_uint_eq(sw_flows_count(t.flows), 0);
		if (round == 0)
			sw_flow_open_close(t.flows);
	}
	model_free(&t);
}
END_TEST

/* Every deadline that is read belongs to a flow that is counted. */
static void
verify_deadlines(const struct sw_flows *flows)
{
	uint32_t used = 0;

	for (uint32_t i = 0; i < sw_flows_slots(flows); i++)
		used += sw_flows_deadline(flows, i) != 0;
	ck_assert_uint_eq(used, sw_flows_count(flows));
}

/* Whatever stands behind the header: it is opened without a fall, and the
 * table then works. */
START_TEST(scribbled_memory_does_no_harm)
{
	uint64_t seed = 4711;
	size_t size = sw_flow_open_memory(16);

	for (uint32_t round = 0; round < 2000; round++) {
		struct model t = model_make(16);
		uint32_t restored, torn;
		uint8_t *bytes = t.memory;

		for (uint32_t n = 0; n < 16; n++)
			model_insert(&t, n);
		for (uint32_t i = 0; i < 1 + round % 64; i++)
			bytes[192 + draw(&seed) % (size - 192)] =
			    (uint8_t)draw(&seed);
		model_move(&t, 16, &restored, &torn);
		ck_assert_uint_eq(restored, sw_flows_count(t.flows));
		ck_assert_uint_le(restored + torn, 32);
		verify_deadlines(t.flows);
		model_empty(t.flows);
		ck_assert_uint_eq(sw_flows_count(t.flows), 0);
		t.count = 0;
		for (uint32_t n = 100; n < 116; n++)
			ck_assert_uint_ne(model_insert(&t, n), SW_FLOW_NONE);
		for (uint32_t n = 100; n < 116; n++)
			model_verify(&t, n);
		model_free(&t);
	}
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("flow_restore");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, moves_to_another_process);
	tcase_add_test(tcase, a_whole_index_is_left_alone);
	tcase_add_test(tcase, a_torn_record_is_dropped_alone);
	tcase_add_test(tcase, a_second_record_of_a_tuple_is_dropped);
	tcase_add_test(tcase, a_foreign_block_is_refused);
	tcase_add_test(tcase, a_wrong_mark_loses_nothing);
	tcase_add_test(tcase, a_lost_magic_number_leaves_nothing);
	tcase_add_test(tcase, scribbled_memory_does_no_harm);
	return run_case("flow_restore", tcase);
}
