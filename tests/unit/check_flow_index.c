/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_flow_index: a table whose index, notes and marks lie.
 *
 * Each way of lying is tried on a table of whole flows with a quiet header,
 * one that a process left that was not in the middle of anything.  The
 * successor finds every flow whose record is whole, follows nothing that
 * leads elsewhere, and the table works on; so does the one after it.
 */
#include <stdlib.h>

#include "engine/table/flow_table.h"
#include "flow_model.h"
#include "runner.h"

enum { FLOWS = 700 };

static struct sw_bucket *
some_bucket(struct model *t, uint64_t *seed, bool used)
{
	for (unsigned tries = 0;; tries++) {
		struct sw_bucket *bucket =
		    &t->flows->buckets
			 .bucket[draw(seed) % t->flows->buckets.count];
		uint32_t set = ~sw_bucket_matches(bucket, 0) & SW_BUCKET_ALL;

		if ((used ? set != 0 : set != SW_BUCKET_ALL) || tries == 10000)
			return bucket;
	}
}

/* => a place of the bucket that is used, or free */
static unsigned
some_place(const struct sw_bucket *bucket, uint64_t *seed, bool used)
{
	for (unsigned tries = 0;; tries++) {
		unsigned place = draw(seed) % SW_BUCKET_PLACES;

		if ((bucket->tag[place] != 0) == used || tries == 1000)
			return place;
	}
}

static void
add_entry(struct model *t, uint64_t *seed, uint32_t index)
{
	struct sw_bucket *bucket = some_bucket(t, seed, false);
	unsigned place = some_place(bucket, seed, false);

	bucket->index[place] = index;
	bucket->tag[place] = (uint16_t)(draw(seed) | 1);
}

static void
out_of_range(struct model *t, uint64_t *seed)
{
	static const uint32_t far[] = { 2 * MODEL_MAX, 2 * MODEL_MAX + 1,
		0x7fffffff, 0xffffffff, 0x80000000 | 2 * MODEL_MAX,
		0x40000000 };

	add_entry(t, seed, far[draw(seed) % 6]);
}

static void
to_a_free_record(struct model *t, uint64_t *seed)
{
	add_entry(t, seed, MODEL_MAX - 1);
	add_entry(t, seed, (2 * MODEL_MAX - 1) | SW_BUCKET_STRAY);
}

static void
to_another_record(struct model *t, uint64_t *seed)
{
	add_entry(t, seed, t->index[draw(seed) % FLOWS]);
}

static void
overwritten_by_garbage(struct model *t, uint64_t *seed)
{
	struct sw_bucket *bucket = some_bucket(t, seed, true);

	bucket->index[some_place(bucket, seed, true)] = (uint32_t)draw(seed);
}

static void
overwritten_by_another(struct model *t, uint64_t *seed)
{
	struct sw_bucket *bucket = some_bucket(t, seed, true);

	bucket->index[some_place(bucket, seed, true)] =
	    t->index[draw(seed) % FLOWS];
}

static void
entered_twice(struct model *t, uint64_t *seed)
{
	struct sw_bucket *bucket = some_bucket(t, seed, true);
	unsigned from = some_place(bucket, seed, true), to;

	if ((~sw_bucket_matches(bucket, 0) & SW_BUCKET_ALL) == SW_BUCKET_ALL)
		return;
	to = some_place(bucket, seed, false);
	bucket->index[to] = bucket->index[from];
	bucket->tag[to] = bucket->tag[from];
}

static void
another_tag(struct model *t, uint64_t *seed)
{
	struct sw_bucket *bucket = some_bucket(t, seed, true);

	bucket->tag[some_place(bucket, seed, true)] = 0;
}

static void
an_empty_bucket(struct model *t, uint64_t *seed)
{
	memset(some_bucket(t, seed, true), 0, sizeof(struct sw_bucket));
}

static void
no_index_at_all(struct model *t, uint64_t *seed)
{
	(void)seed;
	memset(t->flows->buckets.bucket, 0,
	    t->flows->buckets.count * sizeof(struct sw_bucket));
}

static void
wrong_strays(struct model *t, uint64_t *seed)
{
	some_bucket(t, seed, true)->strays ^= 1 + (uint32_t)draw(seed) % 3;
}

/* As many too many as too few. */
static void
strays_of_another(struct model *t, uint64_t *seed)
{
	some_bucket(t, seed, true)->strays++;
	some_bucket(t, seed, false)->strays--;
}

static void
a_stray_at_home(struct model *t, uint64_t *seed)
{
	struct sw_bucket *bucket = some_bucket(t, seed, true);

	bucket->index[some_place(bucket, seed, true)] ^= SW_BUCKET_STRAY;
}

static void
a_note_of_another_record(struct model *t, uint64_t *seed)
{
	struct sw_flows_note *note = &t->flows->header->note;

	memcpy(
	    note->record, sw_flows_at(t->flows, t->index[1]), SW_RECORD_MOVING);
	/* Ports repeat every seven tuples, and only they are compared. */
	note->subject = t->index[7 * (draw(seed) % (FLOWS / 7))] + 1;
}

static void
a_note_of_nonsense(struct model *t, uint64_t *seed)
{
	struct sw_flows_note *note = &t->flows->header->note;

	memset(note->record, (int)draw(seed), SW_RECORD_MOVING);
	note->subject = t->index[draw(seed) % FLOWS] + 1;
}

static void
a_note_out_of_range(struct model *t, uint64_t *seed)
{
	t->flows->header->note.subject =
	    2 * MODEL_MAX + 1 + (uint32_t)draw(seed) % 1000000;
}

static void
a_low_mark(struct model *t, uint64_t *seed)
{
	for (enum sw_pool pool = 0; pool < SW_POOLS; pool++)
		t->flows->header->reached[pool] = (uint32_t)draw(seed) % 100;
}

static void
a_high_mark(struct model *t, uint64_t *seed)
{
	(void)seed;
	for (enum sw_pool pool = 0; pool < SW_POOLS; pool++)
		t->flows->header->reached[pool] = MODEL_MAX;
}

/* Records on the free chain lead anywhere; the successor makes its own. */
static void
free_records_chained_anyhow(struct model *t, uint64_t *seed)
{
	for (uint32_t i = 0; i < 2 * MODEL_MAX; i++)
		if (sw_flows_deadline(t->flows, i) == 0)
			memset(sw_flows_at(t->flows, i), (int)draw(seed), 64);
}

static void
reindexing_for_no_reason(struct model *t, uint64_t *seed)
{
	t->flows->header->reindexing = 1 + (uint32_t)draw(seed) % 9;
}

static void (*const ways[])(struct model *, uint64_t *) = { out_of_range,
	to_a_free_record, to_another_record, overwritten_by_garbage,
	overwritten_by_another, entered_twice, another_tag, an_empty_bucket,
	no_index_at_all, wrong_strays, strays_of_another, a_stray_at_home,
	a_note_of_another_record, a_note_of_nonsense, a_note_out_of_range,
	a_low_mark, a_high_mark, free_records_chained_anyhow,
	reindexing_for_no_reason };

enum { WAYS = sizeof ways / sizeof ways[0] };

static void
move_whole(struct model *t, int way)
{
	uint32_t restored, torn;

	model_move(t, MODEL_MAX, &restored, &torn);
	ck_assert_msg(restored == t->count && torn == 0,
	    "way %d: %u of %u taken over, %u torn", way, restored, t->count,
	    torn);
	model_verify_all(t);
}

/* Taken out and put in again, each is found where it is. */
static void
use(struct model *t)
{
	for (uint32_t n = 0; n < FLOWS; n += 3)
		model_take_out(t, n);
	for (uint32_t n = FLOWS; n < FLOWS + 300; n++)
		ck_assert_uint_ne(model_insert(t, n), SW_FLOW_NONE);
	model_verify_all(t);
}

static void
lie(int way, unsigned times)
{
	uint64_t seed = 77 + (uint64_t)way;
	struct model t = model_make(MODEL_MAX);

	for (uint32_t n = 0; n < FLOWS; n++)
		ck_assert_uint_ne(model_insert(&t, n), SW_FLOW_NONE);
	for (unsigned i = 0; i < times; i++)
		ways[way](&t, &seed);
	move_whole(&t, way);
	move_whole(&t, way);
	use(&t);
	model_free(&t);
}

START_TEST(one_lie_costs_nothing)
{
	lie(_i, 1);
}
END_TEST

START_TEST(many_lies_cost_nothing)
{
	lie(_i, 50);
}
END_TEST

START_TEST(lies_of_several_kinds_cost_nothing)
{
	for (uint64_t seed = 1; seed < 200; seed++) {
		uint64_t draws = seed;
		struct model t = model_make(MODEL_MAX);

		for (uint32_t n = 0; n < FLOWS; n++)
			model_insert(&t, n);
		for (unsigned i = 0; i < 6; i++)
			ways[draw(&draws) % WAYS](&t, &draws);
		move_whole(&t, (int)seed);
		use(&t);
		model_free(&t);
	}
}
END_TEST

/* More records in use than the table may hold: nothing more goes in. */
START_TEST(more_flows_than_room)
{
	struct model t = model_make(16);
	uint32_t restored, torn;

	for (uint32_t n = 0; n < 16; n++)
		ck_assert_uint_ne(model_insert(&t, n), SW_FLOW_NONE);
	t.flows->count = 0;
	for (uint32_t n = 16; n < 24; n++)
		ck_assert_uint_ne(model_insert(&t, n), SW_FLOW_NONE);
	t.flows->count = 24;
	model_move(&t, 16, &restored, &torn);
	ck_assert_uint_eq(restored, 24);
	ck_assert_uint_eq(model_insert(&t, 100), SW_FLOW_NONE);
	for (uint32_t n = 0; n < 9; n++)
		model_take_out(&t, n);
	ck_assert_uint_ne(model_insert(&t, 100), SW_FLOW_NONE);
	ck_assert_uint_eq(model_insert(&t, 101), SW_FLOW_NONE);
	model_free(&t);
}
END_TEST

/* States of another protocol. */
START_TEST(a_state_of_another_protocol_is_dropped)
{
	static const uint8_t states[] = { SW_STATE_UDP_UNREPLIED, SW_STATE_UDP,
		SW_STATE_ICMP, SW_STATE_OTHER };
	struct model t = model_make(MODEL_MAX);
	uint32_t restored, torn;

	for (uint32_t n = 0; n < FLOWS; n++)
		model_insert(&t, n);
	for (uint32_t n = 0; n < 4; n++) {
		sw_flows_at(t.flows, t.index[n])->state = states[n];
		t.index[n] = SW_FLOW_NONE;
		t.count--;
	}
	model_move(&t, MODEL_MAX, &restored, &torn);
	ck_assert_uint_eq(torn, 4);
	ck_assert_uint_eq(restored, t.count);
	model_verify_all(&t);
	model_free(&t);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("flow_index");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, one_lie_costs_nothing, 0, WAYS);
	tcase_add_loop_test(tcase, many_lies_cost_nothing, 0, WAYS);
	tcase_add_test(tcase, lies_of_several_kinds_cost_nothing);
	tcase_add_test(tcase, more_flows_than_room);
	tcase_add_test(tcase, a_state_of_another_protocol_is_dropped);
	return run_case("flow_index", tcase);
}
