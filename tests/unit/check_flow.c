/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_flow: the table of flows against a plain list of what is in it.
 *
 * Tuples are made from a number, so a model is an array: the index under
 * which tuple n lives, or none.
 */
#include <check.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "engine/flow.h"

enum {
	MAX = 1000,
	TUPLES = 2500,
	OPERATIONS = 200000,
};

static const uint8_t key[16] = "sixteen bytes ok";

struct table {
	void *memory;
	struct sw_flows *flows;
	uint32_t index[TUPLES];
	uint32_t count;
};

static uint64_t
draw(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

/* Tuple n: two of three are IPv4. */
static struct sw_tuple
tuple_of(uint32_t n, uint64_t *hash)
{
	struct sw_endpoints ends = { .sport = (uint16_t)(1024 + n % 7),
		.dport = 443,
		.proto = IPPROTO_TCP };
	struct sw_tuple tuple;

	ends.family = n % 3 == 0 ? SW_IPV6 : SW_IPV4;
	ends.src.b[0] = 10;
	ends.src.b[2] = (uint8_t)(n >> 8);
	ends.src.b[3] = (uint8_t)n;
	ends.dst.b[0] = n % 2 ? 9 : 11;
	if (ends.family == SW_IPV6)
		ends.dst.b[15] = (uint8_t)n;
	sw_tuple_make(&tuple, &ends);
	*hash = sw_tuple_hash(&tuple, key);
	return tuple;
}

static void *
block(size_t size)
{
	void *memory = aligned_alloc(64, size);

	ck_assert_ptr_nonnull(memory);
	return memory;
}

static struct table
make_table(uint32_t max)
{
	size_t size = sw_flows_memory(max);
	struct table t = { .memory = block(size) };
	uint32_t restored, torn;

	memset(t.memory, 0, size);
	memset(t.index, 0xff, sizeof(t.index));
	t.flows = sw_flows_open(t.memory, max, key, &restored, &torn);
	ck_assert_ptr_nonnull(t.flows);
	ck_assert_uint_eq(restored, 0);
	ck_assert_uint_eq(torn, 0);
	return t;
}

static void
free_table(struct table *t)
{
	sw_flows_close(t->flows);
	free(t->memory);
}

/* What the engine would leave in a record. */
static void
settle(struct table *t, uint32_t index, uint32_t n)
{
	sw_flows_at(t->flows, index)->state = SW_STATE_ESTABLISHED;
	sw_flows_at(t->flows, index)->seen = n;
	sw_flows_ledger(t->flows, index)->bytes[1] = n;
	sw_flows_memoir(t->flows, index)->opened = n;
	sw_flows_set_deadline(t->flows, index, 77 + n);
}

static uint32_t
insert(struct table *t, uint32_t n)
{
	uint64_t hash;
	struct sw_tuple tuple = tuple_of(n, &hash);
	uint32_t index = sw_flows_insert(t->flows, &tuple, hash);

	if (index == SW_FLOW_NONE)
		return index;
	ck_assert_uint_lt(index, sw_flows_slots(t->flows));
	ck_assert_uint_eq(sw_flows_deadline(t->flows, index), 1);
	ck_assert_uint_eq(sw_flows_at(t->flows, index)->state, 0);
	ck_assert_uint_eq(sw_flows_at(t->flows, index)->seen, 0);
	ck_assert_uint_eq(sw_flows_ledger(t->flows, index)->bytes[1], 0);
	ck_assert_uint_eq(sw_flows_memoir(t->flows, index)->opened, 0);
	settle(t, index, n);
	t->index[n] = index;
	t->count++;
	return index;
}

static void
take_out(struct table *t, uint32_t n)
{
	sw_flows_remove(t->flows, t->index[n]);
	ck_assert_uint_eq(sw_flows_deadline(t->flows, t->index[n]), 0);
	t->index[n] = SW_FLOW_NONE;
	t->count--;
}

/* Tuple n is found just where the model has it, whole. */
static void
verify(const struct table *t, uint32_t n)
{
	uint64_t hash;
	struct sw_tuple tuple = tuple_of(n, &hash);
	uint32_t index = sw_flows_find(t->flows, &tuple, hash);
	struct sw_tuple back;

	ck_assert_uint_eq(index, t->index[n]);
	if (index == SW_FLOW_NONE)
		return;
	sw_flows_tuple(t->flows, index, &back);
	ck_assert(sw_tuple_equal(&tuple, &back));
	ck_assert_uint_eq(sw_flows_at(t->flows, index)->seen, n);
	ck_assert_uint_eq(sw_flows_ledger(t->flows, index)->bytes[1], n);
	ck_assert_uint_eq(sw_flows_memoir(t->flows, index)->opened, n);
	ck_assert_uint_eq(sw_flows_deadline(t->flows, index), 77 + n);
}

static void
verify_all(const struct table *t)
{
	ck_assert_uint_eq(sw_flows_count(t->flows), t->count);
	for (uint32_t n = 0; n < TUPLES; n++)
		verify(t, n);
}

/* Moves the block to another address, as a new process would map it. */
static void
move_table(struct table *t, uint32_t max, uint32_t *restored, uint32_t *torn)
{
	static const uint8_t other[16] = "not the same key";
	size_t size = sw_flows_memory(max);
	void *memory = block(size);

	memcpy(memory, t->memory, size);
	memset(t->memory, 0xa5, size);
	free_table(t);
	t->memory = memory;
	t->flows = sw_flows_open(memory, max, other, restored, torn);
	ck_assert_ptr_nonnull(t->flows);
	ck_assert_mem_eq(sw_flows_key(t->flows), key, 16);
}

START_TEST(follows_the_model)
{
	struct table t = make_table(MAX);
	uint64_t seed = 12345;
	uint32_t full = 0;

	for (uint32_t i = 0; i < OPERATIONS; i++) {
		uint32_t n = (uint32_t)(draw(&seed) >> 20) % TUPLES;
		bool grow = i / 5000 % 2 == 0;

		verify(&t, n);
		if (t.index[n] == SW_FLOW_NONE && t.count == MAX) {
			ck_assert_uint_eq(insert(&t, n), SW_FLOW_NONE);
			full++;
		} else if (t.index[n] == SW_FLOW_NONE) {
			ck_assert_uint_ne(insert(&t, n), SW_FLOW_NONE);
		} else if (!grow || draw(&seed) % 8 == 0) {
			take_out(&t, n);
		}
		if (i % 9973 == 0)
			verify_all(&t);
	}
	ck_assert_uint_gt(full, 100);
	verify_all(&t);
	free_table(&t);
}
END_TEST

START_TEST(both_families_fill_it)
{
	for (uint32_t family = 0; family < 2; family++) {
		struct table t = make_table(MAX);

		/* Tuples 0, 3, 6 are IPv6; 1, 4, 7 are IPv4. */
		for (uint32_t n = family; n < TUPLES && t.count < MAX; n += 3)
			ck_assert_uint_ne(insert(&t, n), SW_FLOW_NONE);
		for (uint32_t n = 2; n < TUPLES && t.count < MAX; n += 3)
			ck_assert_uint_ne(insert(&t, n), SW_FLOW_NONE);
		ck_assert_uint_eq(t.count, MAX);
		verify_all(&t);
		for (uint32_t n = 0; n < TUPLES; n++)
			if (t.index[n] != SW_FLOW_NONE)
				take_out(&t, n);
		ck_assert_uint_eq(sw_flows_count(t.flows), 0);
		verify_all(&t);
		free_table(&t);
	}
}
END_TEST

START_TEST(the_smallest_table)
{
	struct table t = make_table(16);

	for (uint32_t round = 0; round < 100; round++) {
		for (uint32_t n = 0; n < 16; n++)
			ck_assert_uint_ne(
			    insert(&t, round * 16 + n), SW_FLOW_NONE);
		ck_assert_uint_eq(insert(&t, 2400), SW_FLOW_NONE);
		for (uint32_t n = 0; n < 16; n++)
			take_out(&t, round * 16 + n);
	}
	verify_all(&t);
	free_table(&t);
}
END_TEST

START_TEST(a_new_table_touches_nothing)
{
	uint32_t max = 100000;
	size_t size = sw_flows_memory(max);
	struct table t = make_table(max);
	const uint8_t *bytes = t.memory;
	size_t touched = 0;

	for (size_t i = 128; i < size; i++)
		touched += bytes[i] != 0;
	ck_assert_uint_eq(touched, 0);
	insert(&t, 1);
	for (size_t i = 128; i < size; i++)
		touched += bytes[i] != 0;
	ck_assert_uint_gt(touched, 0);
	ck_assert_uint_lt(touched, 64);
	free_table(&t);
}
END_TEST

START_TEST(prefetching_changes_nothing)
{
	struct table t = make_table(MAX);
	uint64_t hash;

	for (uint32_t n = 0; n < MAX; n++)
		insert(&t, n);
	for (uint32_t n = 0; n < TUPLES; n++) {
		struct sw_tuple tuple = tuple_of(n, &hash);

		sw_flows_prefetch(t.flows, hash);
		sw_flows_prefetch_record(t.flows, &tuple, hash);
	}
	verify_all(&t);
	free_table(&t);
}
END_TEST

START_TEST(unused_stretches_are_told)
{
	struct table t = make_table(MAX);
	uint32_t end;

	ck_assert_uint_eq(sw_flows_unused(t.flows, 0, &end), 0);
	ck_assert_uint_eq(end, MAX);
	insert(&t, 1);
	insert(&t, 2);
	insert(&t, 3);
	ck_assert_uint_eq(sw_flows_unused(t.flows, 5, &end), 2);
	ck_assert_uint_eq(sw_flows_unused(t.flows, MAX + 7, &end), MAX + 1);
	ck_assert_uint_eq(end, 2 * MAX);
	free_table(&t);
}
END_TEST

START_TEST(moves_to_another_process)
{
	struct table t = make_table(MAX);
	uint64_t seed = 99;
	uint32_t restored, torn;

	for (uint32_t round = 0; round < 20; round++) {
		for (uint32_t i = 0; i < 500; i++) {
			uint32_t n = (uint32_t)(draw(&seed) >> 20) % TUPLES;

			if (t.index[n] != SW_FLOW_NONE)
				take_out(&t, n);
			else
				insert(&t, n);
		}
		move_table(&t, MAX, &restored, &torn);
		ck_assert_uint_eq(restored, t.count);
		ck_assert_uint_eq(torn, 0);
		verify_all(&t);
	}
	free_table(&t);
}
END_TEST

/* Ways a record can be spoilt; each must cost that flow and no other. */
static void
spoil(struct table *t, uint32_t index, unsigned way)
{
	struct sw_flow *flow = sw_flows_at(t->flows, index);

	switch (way) {
	case 0:
		flow->busy = 1;
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
	struct table t = make_table(MAX);
	uint32_t restored, torn;

	for (uint32_t n = 0; n < MAX; n++)
		insert(&t, n);
	for (unsigned way = 0; way < 7; way++) {
		uint32_t n = 100 + 101 * way;

		spoil(&t, t.index[n], way);
		t.index[n] = SW_FLOW_NONE;
		t.count--;
		move_table(&t, MAX, &restored, &torn);
		ck_assert_uint_eq(torn, 1);
		ck_assert_uint_eq(restored, t.count);
		verify_all(&t);
	}
	/* What they left is free again. */
	for (uint32_t n = MAX; n < MAX + 7; n++)
		ck_assert_uint_ne(insert(&t, n), SW_FLOW_NONE);
	ck_assert_uint_eq(insert(&t, MAX + 7), SW_FLOW_NONE);
	verify_all(&t);
	free_table(&t);
}
END_TEST

START_TEST(a_second_record_of_a_tuple_is_dropped)
{
	struct table t = make_table(MAX);
	uint32_t restored, torn;
	uint64_t hash;
	struct sw_tuple tuple = tuple_of(1, &hash);

	for (uint32_t n = 0; n < 50; n++)
		insert(&t, n);
	/* A torn twin takes itself out, a whole one is the one too many. */
	for (uint32_t twin = 0; twin < 2; twin++) {
		uint32_t index = sw_flows_insert(t.flows, &tuple, hash);

		if (twin == 1)
			settle(&t, index, 1);
		move_table(&t, MAX, &restored, &torn);
		ck_assert_uint_eq(torn, 1);
		ck_assert_uint_eq(restored, 50);
		verify_all(&t);
	}
	free_table(&t);
}
END_TEST

START_TEST(a_foreign_block_is_refused)
{
	struct table t = make_table(MAX);
	uint32_t restored, torn;
	size_t size = sw_flows_memory(MAX);
	uint8_t *bytes = t.memory;

	insert(&t, 1);
	sw_flows_close(t.flows);
	ck_assert_ptr_null(
	    sw_flows_open(t.memory, MAX - 1, key, &restored, &torn));
	for (size_t i = 0; i < 60; i++) {
		bytes[i] ^= 0x40;
		t.flows = sw_flows_open(t.memory, MAX, key, &restored, &torn);
		ck_assert_msg(t.flows == NULL, "byte %zu", i);
		bytes[i] ^= 0x40;
	}
	memset(t.memory, 0x5a, size);
	ck_assert_ptr_null(sw_flows_open(t.memory, MAX, key, &restored, &torn));
	memset(t.memory, 0, size);
	t.flows = sw_flows_open(t.memory, MAX, key, &restored, &torn);
	ck_assert_ptr_nonnull(t.flows);
	ck_assert_uint_eq(sw_flows_count(t.flows), 0);
	free_table(&t);
}
END_TEST

/* Takes out whatever is in it. */
static void
empty(struct sw_flows *flows)
{
	uint32_t i = 0, end;

	while (i < sw_flows_slots(flows)) {
		if (i >= sw_flows_unused(flows, i, &end))
			i = end;
		else if (sw_flows_deadline(flows, i) != 0)
			sw_flows_remove(flows, i);
		else
			i++;
	}
}

/* Whatever stands behind the header: it is opened without a fall, and the
 * table then works. */
START_TEST(scribbled_memory_does_no_harm)
{
	uint64_t seed = 4711;
	size_t size = sw_flows_memory(16);

	for (uint32_t round = 0; round < 2000; round++) {
		struct table t = make_table(16);
		uint32_t restored, torn;
		uint8_t *bytes = t.memory;

		for (uint32_t n = 0; n < 16; n++)
			insert(&t, n);
		for (uint32_t i = 0; i < 1 + round % 64; i++)
			bytes[128 + draw(&seed) % (size - 128)] =
			    (uint8_t)draw(&seed);
		move_table(&t, 16, &restored, &torn);
		ck_assert_uint_eq(restored, sw_flows_count(t.flows));
		ck_assert_uint_le(restored + torn, 32);
		empty(t.flows);
		ck_assert_uint_eq(sw_flows_count(t.flows), 0);
		t.count = 0;
		for (uint32_t n = 100; n < 116; n++)
			ck_assert_uint_ne(insert(&t, n), SW_FLOW_NONE);
		for (uint32_t n = 100; n < 116; n++)
			verify(&t, n);
		free_table(&t);
	}
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("flow");
	Suite *suite = suite_create("flow");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, follows_the_model);
	tcase_add_test(tcase, both_families_fill_it);
	tcase_add_test(tcase, the_smallest_table);
	tcase_add_test(tcase, a_new_table_touches_nothing);
	tcase_add_test(tcase, prefetching_changes_nothing);
	tcase_add_test(tcase, unused_stretches_are_told);
	tcase_add_test(tcase, moves_to_another_process);
	tcase_add_test(tcase, a_torn_record_is_dropped_alone);
	tcase_add_test(tcase, a_second_record_of_a_tuple_is_dropped);
	tcase_add_test(tcase, a_foreign_block_is_refused);
	tcase_add_test(tcase, scribbled_memory_does_no_harm);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
