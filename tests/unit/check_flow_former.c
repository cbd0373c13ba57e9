/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_flow_former: a table that version 0.1 left is taken over whole.
 *
 * Its block ends where the cold column now begins, and some bits of its
 * records meant something else.  A block that is not just what 0.1 would have
 * written is refused, as any other.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

#include "build.h"
#include "flow_model.h"
#include "former.h"
#include "runner.h"

enum { KEPT = 0x01 | 0x02 | 0x04 }; /* of every kind of flags, set below */

/* Flows of both families, with the bits that stay. */
static struct model
model_of_former(uint32_t n)
{
	struct model t = model_make(MODEL_MAX);

	for (uint32_t i = 0; i < n; i++) {
		struct sw_flow *flow;

		ck_assert_uint_ne(model_insert(&t, i), SW_FLOW_NONE);
		flow = sw_flows_at(t.flows, t.index[i]);
		flow->flags |= KEPT;
		flow->last |= KEPT | 0xc0;
		flow->peer_flags[0] |= KEPT;
		flow->peer_flags[1] |= KEPT | 0x70;
	}
	return t;
}

/* The block as the shell hands it on: cut where that of 0.1 ends, the rest
 * zero. */
static void
cut_cold(struct model *t)
{
	size_t end = sw_flow_open_memory_former(MODEL_MAX);

	memset((uint8_t *)t->memory + end, 0,
	    sw_flow_open_memory(MODEL_MAX) - end);
}

static void
make_former(struct model *t)
{
	former_table(t->flows);
	cut_cold(t);
}

static void
verify_bits(const struct model *t, uint32_t n)
{
	const struct sw_flow *flow = sw_flows_at(t->flows, t->index[n]);

	ck_assert_msg(former_is_cleared(flow), "flow %u", n);
	ck_assert_uint_eq(flow->flags & KEPT, KEPT);
	ck_assert_uint_eq(flow->last & (KEPT | 0xc0), KEPT | 0xc0);
	ck_assert_uint_eq(flow->peer_flags[0], KEPT);
	ck_assert_uint_eq(flow->peer_flags[1], KEPT | 0x70);
}

START_TEST(every_flow_is_taken_over)
{
	struct model t = model_of_former(MODEL_MAX);
	uint32_t restored, torn;

	make_former(&t);
	for (unsigned round = 0; round < 3; round++) {
		model_move(&t, MODEL_MAX, &restored, &torn);
		ck_assert_uint_eq(restored, MODEL_MAX);
		ck_assert_uint_eq(torn, 0);
		model_verify_all(&t);
		for (uint32_t n = 0; n < MODEL_MAX; n++)
			verify_bits(&t, n);
		ck_assert_uint_eq(t.flows->header->layout, SW_FLOWS_LAYOUT);
		ck_assert_uint_eq(
		    t.flows->header->size, sw_flow_open_memory(MODEL_MAX));
	}
	model_free(&t);
}
END_TEST

/* A key's sum is new: without it a record that the index has lost would be
 * dropped. */
START_TEST(what_the_index_lost_is_found_then)
{
	struct model t = model_of_former(300);
	uint32_t restored, torn;

	make_former(&t);
	model_move(&t, MODEL_MAX, &restored, &torn);
	memset(t.flows->buckets.bucket, 0,
	    sizeof(struct sw_bucket) * t.flows->buckets.count);
	model_move(&t, MODEL_MAX, &restored, &torn);
	ck_assert_uint_eq(restored, 300);
	ck_assert_uint_eq(torn, 0);
	model_verify_all(&t);
	model_free(&t);
}
END_TEST

/* It died over a packet: the record gets back what was noted of it, without
 * the bits. */
START_TEST(a_step_under_way_is_undone)
{
	struct model t = model_of_former(50);
	uint32_t restored, torn, index = t.index[7];
	struct sw_flow *flow = sw_flows_at(t.flows, index);

	sw_flows_begin(t.flows, index, flow);
	flow->seen = 4711;
	flow->peer[0].end = 1;
	make_former(&t);
	model_move(&t, MODEL_MAX, &restored, &torn);
	ck_assert_uint_eq(restored, 50);
	ck_assert_uint_eq(torn, 0);
	model_verify_all(&t);
	verify_bits(&t, 7);
	model_free(&t);
}
END_TEST

/* Who takes it over dies meanwhile: some records are of today, the header is
 * not, and the next one does it all again. */
START_TEST(half_taken_over_is_taken_over)
{
	struct model t = model_of_former(400);
	uint32_t restored, torn;

	make_former(&t);
	model_move(&t, MODEL_MAX, &restored, &torn);
	for (uint32_t n = 0; n < 200; n++)
		former_mark(sw_flows_at(t.flows, t.index[n]));
	former_header(t.memory, MODEL_MAX);
	model_move(&t, MODEL_MAX, &restored, &torn);
	ck_assert_uint_eq(restored, 400);
	ck_assert_uint_eq(torn, 0);
	model_verify_all(&t);
	for (uint32_t n = 0; n < 400; n++)
		verify_bits(&t, n);
	model_free(&t);
}
END_TEST

/* Neither bits of records in use nor the cold column of one of today. */
START_TEST(a_table_of_today_is_left_alone)
{
	struct model t = model_of_former(10);
	uint32_t restored, torn;

	former_mark(sw_flows_at(t.flows, t.index[3]));
	sw_flows_cold(t.flows, t.index[3])->handshake = 99;
	model_move(&t, MODEL_MAX, &restored, &torn);
	ck_assert(sw_flows_at(t.flows, t.index[3])->flags & FORMER_DOUBTED);
	ck_assert_uint_eq(sw_flows_cold(t.flows, t.index[3])->handshake, 99);
	model_free(&t);
}
END_TEST

static void
refuses(struct model *t, uint32_t max, const char *what)
{
	uint32_t restored, torn;

	ck_assert_msg(
	    sw_flows_open(t->memory, max, model_key, &restored, &torn) == NULL,
	    "%s", what);
}

START_TEST(a_spoilt_former_head_is_refused)
{
	struct model t = model_of_former(5);
	uint8_t *bytes = t.memory;
	uint32_t restored, torn;

	make_former(&t);
	sw_flow_open_close(t.flows);
	for (size_t i = 0; i < offsetof(struct sw_flows_header, reached); i++)
		for (unsigned bit = 1; bit < 256; bit <<= 1) {
			char what[24];

			snprintf(what, sizeof what, "byte %zu", i);
			bytes[i] ^= (uint8_t)bit;
			refuses(&t, MODEL_MAX, what);
			bytes[i] ^= (uint8_t)bit;
		}
	t.flows =
	    sw_flows_open(t.memory, MODEL_MAX, model_key, &restored, &torn);
	ck_assert_ptr_nonnull(t.flows);
	ck_assert_uint_eq(restored, 5);
	model_free(&t);
}
END_TEST

static struct sw_flow *
insert_sctp(struct model *t, uint16_t port)
{
	struct sw_endpoints ends =
	    build_ends("10.0.0.1", port, "10.0.0.2", 36412, IPPROTO_SCTP);
	struct sw_tuple tuple;
	struct sw_flow *flow;

	sw_tuple_make(&tuple, &ends);
	flow = sw_flows_at(t->flows, sw_flows_insert(t->flows, &tuple,
					 sw_tuple_hash(&tuple, model_key)));
	flow->state = SW_STATE_OTHER;
	flow->flags = SW_FLOW_REPLIED | SW_FLOW_ASSURED;
	return flow;
}

/* What follows associations now may hold anything. */
static const struct sw_flow *
insert_former_sctp(struct model *t, uint16_t port)
{
	struct sw_flow *flow = insert_sctp(t, port);

	memset(flow->sctp, 0x5a, sizeof(flow->sctp));
	memset(flow->stamped, 0x5a, sizeof(flow->stamped));
	memset(flow->peer_flags, 0x5a, sizeof(flow->peer_flags));
	flow->scales = flow->last = 0x4a;
	return flow;
}

static const struct sw_flow *
find_sctp(const struct model *t, uint16_t port)
{
	struct sw_endpoints ends =
	    build_ends("10.0.0.1", port, "10.0.0.2", 36412, IPPROTO_SCTP);
	struct sw_tuple tuple;

	sw_tuple_make(&tuple, &ends);
	return sw_flows_at(t->flows,
	    sw_flows_find(t->flows, &tuple, sw_tuple_hash(&tuple, model_key)));
}

/* A program that did not follow associations left them as other: they live
 * on, and their tags are learned. */
START_TEST(associations_are_taken_over)
{
	static const struct sw_flow none;
	struct model t = model_make(MODEL_MAX);
	uint32_t restored, torn;

	for (uint16_t port = 1; port <= 20; port++)
		insert_former_sctp(&t, port);
	memcpy(t.flows->header->note.record, insert_former_sctp(&t, 21),
	    SW_RECORD_MOVING);
	t.flows->header->states = FORMER_STATES;
	former_seal(t.flows->header);
	for (unsigned round = 0; round < 2; round++) {
		model_move(&t, MODEL_MAX, &restored, &torn);
		ck_assert_uint_eq(restored, 21);
		ck_assert_uint_eq(torn, 0);
		ck_assert_uint_eq(t.flows->header->states, SW_STATE_COUNT);
	}
	for (uint16_t port = 1; port <= 21; port++) {
		const struct sw_flow *flow = find_sctp(&t, port);

		ck_assert_uint_eq(flow->state, SW_STATE_SCTP_ESTABLISHED);
		ck_assert(flow->flags & SW_FLOW_LOOSE);
		ck_assert(flow->flags & SW_FLOW_ASSURED);
		ck_assert_mem_eq(flow->sctp, &none.sctp, sizeof(none.sctp));
		ck_assert_mem_eq(
		    flow->stamped, none.stamped, sizeof(none.stamped));
		ck_assert_mem_eq(
		    flow->peer_flags, none.peer_flags, sizeof(none.peer_flags));
		ck_assert_uint_eq(flow->scales | flow->last, 0);
	}
	model_free(&t);
}
END_TEST

/* Each value that no packet could have left has the record dropped. */
START_TEST(impossible_sides_are_dropped)
{
	for (unsigned what = 0; what < 9; what++) {
		struct model t = model_make(MODEL_MAX);
		struct sw_flow *flow = insert_sctp(&t, 1);
		uint32_t restored, torn;

		flow->state = SW_STATE_SCTP_ESTABLISHED;
		flow->sctp[0].aside = what == 1 ? 7 : 0;
		if (what == 1 || what == 2)
			flow->peer_flags[0] = SW_SCTP_SIDE_ECHOED;
		if (what == 3)
			flow->peer_flags[1] = SW_SCTP_SIDE_PATH;
		if (what == 4)
			flow->peer_flags[0] = 0x80;
		flow->stamped[1] = what == 5;
		flow->scales = what == 6;
		flow->last = what == 7;
		if (what == 8)
			flow->flags |= SW_FLOW_LOST;
		model_move(&t, MODEL_MAX, &restored, &torn);
		ck_assert_msg(restored == (what < 2), "value %u", what);
		ck_assert_uint_eq(torn, what >= 2);
		model_free(&t);
	}
}
END_TEST

/* Each of these has a good seal. */
START_TEST(another_layout_or_size_is_refused)
{
	size_t former = sw_flow_open_memory_former(MODEL_MAX);
	size_t today = sw_flow_open_memory(MODEL_MAX);
	const struct {
		uint32_t layout, max;
		size_t size;
		uint32_t reached;
	} heads[] = {
		{ SW_FLOWS_FORMER, MODEL_MAX, today, 5 },
		{ SW_FLOWS_FORMER, MODEL_MAX, former - 64, 5 },
		{ SW_FLOWS_FORMER, MODEL_MAX, 0, 5 },
		{ SW_FLOWS_LAYOUT, MODEL_MAX, former, 5 },
		{ SW_FLOWS_FORMER - 1, MODEL_MAX, former, 5 },
		{ SW_FLOWS_LAYOUT + 1, MODEL_MAX, today, 5 },
		{ SW_FLOWS_FORMER, MODEL_MAX - 1, former, 5 },
		{ SW_FLOWS_FORMER, MODEL_MAX, former, MODEL_MAX + 1 },
	};
	struct model t = model_of_former(5);
	struct sw_flows_header *header = t.memory;

	make_former(&t);
	sw_flow_open_close(t.flows);
	for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
		char what[24];

		header->layout = heads[i].layout;
		header->max = heads[i].max;
		header->size = heads[i].size;
		header->reached[0] = heads[i].reached;
		former_seal(header);
		snprintf(what, sizeof what, "head %zu", i);
		refuses(&t, MODEL_MAX, what);
	}
	former_header(t.memory, MODEL_MAX);
	header->max = MODEL_MAX;
	header->reached[0] = 5;
	former_seal(header);
	refuses(&t, MODEL_MAX - 1, "opened for fewer flows");
	refuses(&t, MODEL_MAX + 1, "opened for more flows");
	free(t.memory);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("flow_former");

	tcase_add_test(tcase, every_flow_is_taken_over);
	tcase_add_test(tcase, associations_are_taken_over);
	tcase_add_test(tcase, impossible_sides_are_dropped);
	tcase_add_test(tcase, what_the_index_lost_is_found_then);
	tcase_add_test(tcase, a_step_under_way_is_undone);
	tcase_add_test(tcase, half_taken_over_is_taken_over);
	tcase_add_test(tcase, a_table_of_today_is_left_alone);
	tcase_add_test(tcase, a_spoilt_former_head_is_refused);
	tcase_add_test(tcase, another_layout_or_size_is_refused);
	return run_case("flow_former", tcase);
}
