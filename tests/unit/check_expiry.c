/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_expiry: the sweep names every due flow once a round and no other.
 */
#include <check.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "engine/table/expiry.h"
#include "runner.h"

enum {
	MAX = 200,
};

static const uint8_t key[16] = "sixteen bytes ok";

struct table {
	void *memory;
	struct sw_flows *flows;
};

static uint32_t
add(struct sw_flows *flows, uint32_t n, uint8_t family, uint32_t deadline)
{
	struct sw_endpoints ends = { .sport = (uint16_t)n,
		.dport = 80,
		.family = family,
		.proto = IPPROTO_TCP };
	struct sw_tuple tuple;
	uint32_t index;

	ends.src.b[0] = 10;
	sw_tuple_make(&tuple, &ends);
	index = sw_flows_insert(flows, &tuple, sw_tuple_hash(&tuple, key));
	ck_assert_uint_ne(index, SW_FLOW_NONE);
	sw_flows_set_deadline(flows, index, deadline);
	return index;
}

static struct table
make_table(void)
{
	size_t size = sw_flow_open_memory(MAX);
	struct table t = { .memory = aligned_alloc(64, size) };
	uint32_t restored, torn;

	ck_assert_ptr_nonnull(t.memory);
	memset(t.memory, 0, size);
	t.flows = sw_flows_open(t.memory, MAX, key, &restored, &torn);
	ck_assert_ptr_nonnull(t.flows);
	return t;
}

static void
free_table(struct table *t)
{
	sw_flow_open_close(t->flows);
	free(t->memory);
}

/* Sweeps one whole round in strides. => how often each slot was named */
static void
sweep(const struct sw_flows *flows, uint32_t now, uint32_t stride,
    uint32_t from, uint32_t named[2 * MAX])
{
	struct sw_expiry expiry = { .cursor = from };
	uint32_t left = sw_flows_slots(flows);

	memset(named, 0, 2 * MAX * sizeof(*named));
	while (left > 0) {
		uint32_t slots = stride < left ? stride : left;
		uint32_t before = slots;
		uint32_t due = sw_expiry_next(&expiry, flows, now, &slots);

		ck_assert_uint_lt(slots, before);
		left -= before - slots;
		if (due != SW_FLOW_NONE)
			named[due]++;
		else
			ck_assert_uint_eq(slots, 0);
	}
}

static void
expect(const struct sw_flows *flows, uint32_t now, const bool due[2 * MAX])
{
	static const uint32_t strides[] = { 1, 3, 16, 17, 100, 2 * MAX };
	static const uint32_t starts[] = { 0, 5, MAX - 1, MAX, 2 * MAX - 1,
		2 * MAX };
	uint32_t named[2 * MAX];

	for (unsigned s = 0; s < 36; s++) {
		sweep(flows, now, strides[s % 6], starts[s / 6], named);
		for (uint32_t i = 0; i < 2 * MAX; i++)
			ck_assert_uint_eq(named[i], due[i]);
	}
}

START_TEST(an_empty_table_has_none_due)
{
	struct table t = make_table();
	bool due[2 * MAX] = { false };

	expect(t.flows, 1000, due);
	expect(t.flows, 0, due);
	expect(t.flows, UINT32_MAX, due);
	free_table(&t);
}
END_TEST

/* Every flow whose tick has come, around each of these moments. */
START_TEST(names_each_due_flow_once)
{
	static const uint32_t nows[] = { 5000, 40, 0, 1, UINT32_MAX - 3,
		UINT32_C(0x80000000), UINT32_C(0x7fffffff) };

	for (unsigned m = 0; m < sizeof(nows) / sizeof(nows[0]); m++) {
		struct table t = make_table();
		bool due[2 * MAX] = { false };

		for (uint32_t n = 0; n < MAX; n++) {
			int32_t ahead = (int32_t)(n * 37 % 101) - 50;
			uint32_t tick = nows[m] + (uint32_t)ahead;
			uint8_t family = n % 4 == 0 ? SW_IPV6 : SW_IPV4;
			uint32_t index = add(t.flows, n, family, tick);

			/* Tick 0 is stored as 1. */
			due[index] = tick == 0 ? (int32_t)(nows[m] - 1) >= 0
					       : ahead <= 0;
		}
		expect(t.flows, nows[m], due);
		free_table(&t);
	}
}
END_TEST

/* Wherever it stands in its line, and due at this very tick. */
START_TEST(a_single_due_flow_is_found)
{
	const uint32_t now = 5000;

	for (uint32_t alone = 0; alone < 40; alone++) {
		struct table t = make_table();
		bool due[2 * MAX] = { false };

		for (uint32_t n = 0; n < MAX; n++)
			due[add(t.flows, n, SW_IPV4, now + (n != alone))] =
			    n == alone;
		expect(t.flows, now, due);
		free_table(&t);
	}
}
END_TEST

START_TEST(far_deadlines_are_not_due)
{
	struct table t = make_table();
	bool due[2 * MAX] = { false };
	uint32_t now = 12345;

	add(t.flows, 1, SW_IPV4,
	    now + SW_TIMEOUT_LONGEST * SW_TICKS_PER_SECOND);
	due[add(t.flows, 2, SW_IPV4,
	    now - SW_TIMEOUT_LONGEST * SW_TICKS_PER_SECOND)] = true;
	expect(t.flows, now, due);
	free_table(&t);
}
END_TEST

START_TEST(removed_flows_are_not_named)
{
	struct table t = make_table();
	bool due[2 * MAX] = { false };

	for (uint32_t n = 0; n < 100; n++) {
		uint32_t index = add(t.flows, n, SW_IPV4, 10);

		due[index] = n % 3 != 0;
		if (n % 3 == 0)
			due[index] = false;
	}
	for (uint32_t i = 0; i < 100; i++)
		if (!due[i])
			sw_flows_remove(t.flows, i);
	expect(t.flows, 20, due);
	free_table(&t);
}
END_TEST

START_TEST(no_slots_no_look)
{
	struct table t = make_table();
	struct sw_expiry expiry = { 0 };
	uint32_t slots = 0;

	add(t.flows, 1, SW_IPV4, 1);
	ck_assert_uint_eq(
	    sw_expiry_next(&expiry, t.flows, 100, &slots), SW_FLOW_NONE);
	ck_assert_uint_eq(expiry.cursor, 0);
	free_table(&t);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("expiry");

	tcase_add_test(tcase, an_empty_table_has_none_due);
	tcase_add_test(tcase, names_each_due_flow_once);
	tcase_add_test(tcase, a_single_due_flow_is_found);
	tcase_add_test(tcase, far_deadlines_are_not_due);
	tcase_add_test(tcase, removed_flows_are_not_named);
	tcase_add_test(tcase, no_slots_no_look);
	return run_case("expiry", tcase);
}
