/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_flow: the table of flows against a plain list of what is in it.
 */

#include "flow_model.h"
#include "runner.h"

enum {
	OPERATIONS = 200000,
};

START_TEST(follows_the_model)
{
	struct model t = model_make(MODEL_MAX);
	uint64_t seed = 12345;
	uint32_t full = 0;

	for (uint32_t i = 0; i < OPERATIONS; i++) {
		uint32_t n = (uint32_t)(draw(&seed) >> 20) % MODEL_TUPLES;
		bool grow = i / 5000 % 2 == 0;

		model_verify(&t, n);
		if (t.index[n] == SW_FLOW_NONE && t.count == MODEL_MAX) {
			ck_assert_uint_eq(model_insert(&t, n), SW_FLOW_NONE);
			full++;
		} else if (t.index[n] == SW_FLOW_NONE) {
			ck_assert_uint_ne(model_insert(&t, n), SW_FLOW_NONE);
		} else if (!grow || draw(&seed) % 8 == 0) {
			model_take_out(&t, n);
		}
		if (i % 9973 == 0)
			model_verify_all(&t);
	}
	ck_assert_uint_gt(full, 100);
	model_verify_all(&t);
	model_free(&t);
}
END_TEST

START_TEST(both_families_fill_it)
{
	for (uint32_t family = 0; family < 2; family++) {
		struct model t = model_make(MODEL_MAX);

		/* Tuples 0, 3, 6 are IPv6; 1, 4, 7 are IPv4. */
		for (uint32_t n = family;
		     n < MODEL_TUPLES && t.count < MODEL_MAX; n += 3)
			ck_assert_uint_ne(model_insert(&t, n), SW_FLOW_NONE);
		for (uint32_t n = 2; n < MODEL_TUPLES && t.count < MODEL_MAX;
		     n += 3)
			ck_assert_uint_ne(model_insert(&t, n), SW_FLOW_NONE);
		ck_assert_uint_eq(t.count, MODEL_MAX);
		model_verify_all(&t);
		for (uint32_t n = 0; n < MODEL_TUPLES; n++)
			if (t.index[n] != SW_FLOW_NONE)
				model_take_out(&t, n);
		ck_assert_uint_eq(sw_flows_count(t.flows), 0);
		model_verify_all(&t);
		model_free(&t);
	}
}
END_TEST

START_TEST(the_smallest_table)
{
	struct model t = model_make(16);

	for (uint32_t round = 0; round < 100; round++) {
		for (uint32_t n = 0; n < 16; n++)
			ck_assert_uint_ne(
			    model_insert(&t, round * 16 + n), SW_FLOW_NONE);
		ck_assert_uint_eq(model_insert(&t, 2400), SW_FLOW_NONE);
		for (uint32_t n = 0; n < 16; n++)
			model_take_out(&t, round * 16 + n);
	}
	model_verify_all(&t);
	model_free(&t);
}
END_TEST

START_TEST(a_new_table_touches_nothing)
{
	uint32_t max = 100000;
	size_t size = sw_flow_open_memory(max);
	struct model t = model_make(max);
	const uint8_t *bytes = t.memory;
	size_t touched = 0;

	for (size_t i = 192; i < size; i++)
		touched += bytes[i] != 0;
	ck_assert_uint_eq(touched, 0);
	model_insert(&t, 1);
	for (size_t i = 192; i < size; i++)
		touched += bytes[i] != 0;
	ck_assert_uint_gt(touched, 0);
	ck_assert_uint_lt(touched, 64);
	model_free(&t);
}
END_TEST

/* Guesses are settled after the table has changed, or has not. */
START_TEST(guesses_settle_as_lookups)
{
	struct model t = model_make(MODEL_MAX);
	struct sw_guess guess[8];
	struct sw_tuple tuple[8];
	uint64_t hash[8], seed = 777;
	uint32_t first[8];

	for (uint32_t i = 0; i < OPERATIONS / 8; i++) {
		for (uint32_t k = 0; k < 8; k++) {
			first[k] = (uint32_t)(draw(&seed) >> 20) % MODEL_TUPLES;
			tuple[k] = model_tuple(first[k], &hash[k]);
			sw_flows_prefetch(t.flows, hash[k]);
			guess[k] = sw_flows_guess(t.flows, hash[k]);
			sw_flows_prefetch_guess(t.flows, guess[k]);
		}
		for (uint32_t k = 0; k < 8; k++) {
			uint32_t n = first[draw(&seed) % 8];

			ck_assert_uint_eq(sw_flows_resolve(t.flows, &tuple[k],
					      hash[k], guess[k]),
			    t.index[first[k]]);
			if (draw(&seed) % 4 != 0)
				continue;
			if (t.index[n] != SW_FLOW_NONE)
				model_take_out(&t, n);
			else if (t.count < MODEL_MAX)
				model_insert(&t, n);
		}
	}
	ck_assert_uint_gt(t.count, 0);
	model_verify_all(&t);
	model_free(&t);
}
END_TEST

START_TEST(unused_stretches_are_told)
{
	struct model t = model_make(MODEL_MAX);
	uint32_t end;

	ck_assert_uint_eq(sw_flows_unused(t.flows, 0, &end), 0);
	ck_assert_uint_eq(end, MODEL_MAX);
	model_insert(&t, 1);
	model_insert(&t, 2);
	model_insert(&t, 3);
	ck_assert_uint_eq(sw_flows_unused(t.flows, 5, &end), 2);
	ck_assert_uint_eq(
	    sw_flows_unused(t.flows, MODEL_MAX + 7, &end), MODEL_MAX + 1);
	ck_assert_uint_eq(end, 2 * MODEL_MAX);
	model_free(&t);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("flow");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, follows_the_model);
	tcase_add_test(tcase, both_families_fill_it);
	tcase_add_test(tcase, the_smallest_table);
	tcase_add_test(tcase, a_new_table_touches_nothing);
	tcase_add_test(tcase, guesses_settle_as_lookups);
	tcase_add_test(tcase, unused_stretches_are_told);
	return run_case("flow", tcase);
}
