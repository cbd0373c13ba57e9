/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flow_model: a table of flows beside a plain list of what is in it.
 *
 * Tuples are made from a number, so the list is an array: the index under
 * which tuple n lives, or none.  Every function fails the test when the
 * table does not do what the list says.
 */
#ifndef SYNWARD_SUPPORT_FLOW_MODEL_H
#define SYNWARD_SUPPORT_FLOW_MODEL_H

#include <check.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "draw.h"
#include "engine/table/flow.h"

enum {
	MODEL_MAX = 1000,
	MODEL_TUPLES = 2500,
};

static const uint8_t model_key[16] = "sixteen bytes ok";

struct model {
	void *memory;
	struct sw_flows *flows;
	uint32_t index[MODEL_TUPLES];
	uint32_t count;
};

/* Tuple n: two of three are IPv4. */
static inline struct sw_tuple
model_tuple(uint32_t n, uint64_t *hash)
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
	*hash = sw_tuple_hash(&tuple, model_key);
	return tuple;
}

static inline void *
model_block(size_t size)
{
	void *memory = aligned_alloc(64, size);

	ck_assert_ptr_nonnull(memory);
	return memory;
}

static inline struct model
model_make(uint32_t max)
{
	size_t size = sw_flow_open_memory(max);
	struct model t = { .memory = model_block(size) };
	uint32_t restored, torn;

	memset(t.memory, 0, size);
	memset(t.index, 0xff, sizeof(t.index));
	t.flows = sw_flows_open(t.memory, max, model_key, &restored, &torn);
	ck_assert_ptr_nonnull(t.flows);
	ck_assert_uint_eq(restored, 0);
	ck_assert_uint_eq(torn, 0);
	return t;
}

static inline void
model_free(struct model *t)
{
	sw_flow_open_close(t->flows);
	free(t->memory);
}

/* What the engine would leave in a record. */
static inline void
model_settle(struct model *t, uint32_t index, uint32_t n)
{
	sw_flows_at(t->flows, index)->state = SW_STATE_ESTABLISHED;
	sw_flows_at(t->flows, index)->seen = n;
	sw_flows_counters(t->flows, index)->bytes[1] = n;
	sw_flows_history(t->flows, index)->opened = n;
	sw_flows_set_deadline(t->flows, index, 77 + n);
}

static inline uint32_t
model_insert(struct model *t, uint32_t n)
{
	uint64_t hash;
	struct sw_tuple tuple = model_tuple(n, &hash);
	uint32_t index = sw_flows_insert(t->flows, &tuple, hash);

	if (index == SW_FLOW_NONE)
		return index;
	ck_assert_uint_lt(index, sw_flows_slots(t->flows));
	ck_assert_uint_eq(sw_flows_deadline(t->flows, index), 1);
	ck_assert_uint_eq(sw_flows_at(t->flows, index)->state, 0);
	ck_assert_uint_eq(sw_flows_at(t->flows, index)->seen, 0);
	ck_assert_uint_eq(sw_flows_counters(t->flows, index)->bytes[1], 0);
	ck_assert_uint_eq(sw_flows_history(t->flows, index)->opened, 0);
	model_settle(t, index, n);
	t->index[n] = index;
	t->count++;
	return index;
}

static inline void
model_take_out(struct model *t, uint32_t n)
{
	sw_flows_remove(t->flows, t->index[n]);
	ck_assert_uint_eq(sw_flows_deadline(t->flows, t->index[n]), 0);
	t->index[n] = SW_FLOW_NONE;
	t->count--;
}

/* Tuple n is found just where the model has it, whole. */
static inline void
model_verify(const struct model *t, uint32_t n)
{
	uint64_t hash;
	struct sw_tuple tuple = model_tuple(n, &hash);
	uint32_t index = sw_flows_find(t->flows, &tuple, hash);
	struct sw_tuple back;

	ck_assert_uint_eq(index, t->index[n]);
	if (index == SW_FLOW_NONE)
		return;
	sw_flows_tuple(t->flows, index, &back);
	ck_assert(sw_tuple_equal(&tuple, &back));
	ck_assert_uint_eq(sw_flows_at(t->flows, index)->seen, n);
	ck_assert_uint_eq(sw_flows_counters(t->flows, index)->bytes[1], n);
	ck_assert_uint_eq(sw_flows_history(t->flows, index)->opened, n);
	ck_assert_uint_eq(sw_flows_deadline(t->flows, index), 77 + n);
}

static inline void
model_verify_all(const struct model *t)
{
	ck_assert_uint_eq(sw_flows_count(t->flows), t->count);
	for (uint32_t n = 0; n < MODEL_TUPLES; n++)
		model_verify(t, n);
}

/* Takes out whatever is in a table, the model's or another. */
static inline void
model_empty(struct sw_flows *flows)
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

/* Moves the block to another address, as a new process would map it. */
static inline void
model_move(struct model *t, uint32_t max, uint32_t *restored, uint32_t *torn)
{
	static const uint8_t other[16] = "not the same key";
	size_t size = sw_flow_open_memory(max);
	void *memory = model_block(size);

	memcpy(memory, t->memory, size);
	memset(t->memory, 0xa5, size);
	model_free(t);
	t->memory = memory;
	t->flows = sw_flows_open(memory, max, other, restored, torn);
	ck_assert_ptr_nonnull(t->flows);
	ck_assert_mem_eq(sw_flows_key(t->flows), model_key, 16);
}

#endif
