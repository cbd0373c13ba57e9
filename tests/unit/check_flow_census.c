/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the census of an index finds, and what mending it leaves.
 */

#include <check.h>

#include "engine/table/flow_table.h"
#include "flow_model.h"
#include "runner.h"

enum { FLOWS = 900 };

static struct model table;

static void
begin(void)
{
	table = model_make(MODEL_MAX);
	for (uint32_t n = 0; n < FLOWS; n++)
		ck_assert_uint_ne(model_insert(&table, n), SW_FLOW_NONE);
}

static void
end(void)
{
	model_free(&table);
}

static struct sw_flows_census
census(void)
{
	struct sw_flows_census found;

	sw_flow_index_take_census(table.flows, &found);
	return found;
}

static uint32_t
strays(void)
{
	const struct sw_buckets *buckets = &table.flows->buckets;
	uint32_t n = 0;

	for (uint32_t i = 0; i < buckets->count; i++)
		n += buckets->bucket[i].strays;
	return n;
}

static void
check_healthy(void)
{
	struct sw_flows_census found = census();

	ck_assert_uint_eq(found.entries, FLOWS);
	ck_assert_uint_eq(found.strays, 0);
}

START_TEST(a_healthy_index_adds_up)
{
	ck_assert_uint_gt(strays(), 10);
	check_healthy();
}
END_TEST

/* One more of a bucket, or of two the wrong one. */
START_TEST(each_stray_is_of_its_home)
{
	struct sw_bucket *bucket = table.flows->buckets.bucket;
	uint32_t first = 0, other;

	bucket[3].strays++;
	ck_assert_uint_ne(census().strays, 0);
	bucket[3].strays--;
	check_healthy();
	while (bucket[first].strays == 0)
		first++;
	for (other = first + 1; other < first + 20; other++) {
		bucket[first].strays--;
		bucket[other].strays++;
		ck_assert_uint_ne(census().strays, 0);
		bucket[first].strays++;
		bucket[other].strays--;
	}
}
END_TEST

START_TEST(entries_are_counted)
{
	struct sw_bucket *bucket = table.flows->buckets.bucket;
	uint16_t kept;
	uint32_t at = 0;

	while (bucket[at].tag[0] == 0)
		at++;
	kept = bucket[at].tag[0];
	bucket[at].tag[0] = 0;
	ck_assert_uint_eq(census().entries, FLOWS - 1);
	bucket[at].tag[0] = kept;
	check_healthy();
}
END_TEST

/* => torn */
static uint32_t
mend(bool distrust)
{
	struct sw_flows_census found = census();
	uint32_t torn = 0;

	sw_flow_index_mend(table.flows, &found, distrust, &torn);
	return torn;
}

START_TEST(a_mended_index_adds_up)
{
	struct sw_bucket *bucket = table.flows->buckets.bucket;
	uint32_t expected = strays(), at = 0;

	bucket[3].strays += 7;
	ck_assert_uint_eq(mend(false), 0);
	ck_assert_uint_eq(strays(), expected);
	check_healthy();
	while (bucket[at].tag[0] == 0)
		at++;
	bucket[at].tag[0] = 0;
	ck_assert_uint_eq(mend(false), 0);
	check_healthy();
	model_verify_all(&table);
	ck_assert_uint_eq(mend(true), 0);
	ck_assert_uint_eq(table.flows->header->reindexing, 0);
	check_healthy();
	model_verify_all(&table);
}
END_TEST

/* Nothing is written to what is right. */
START_TEST(a_healthy_index_is_left_alone)
{
	struct sw_bucket *bucket = table.flows->buckets.bucket;
	uint32_t at = 0;

	while (bucket[at].tag[9] != 0)
		at++;
	bucket[at].index[9] = 4711; /* free: nobody reads it */
	ck_assert_uint_eq(mend(false), 0);
	ck_assert_uint_eq(bucket[at].index[9], 4711);
	check_healthy();
}
END_TEST

/* Entries that lead to no flow are taken out, and only those. */
START_TEST(false_entries_are_taken_out)
{
	static const uint32_t nowhere[] = { 2 * MODEL_MAX, 2 * MODEL_MAX - 1,
		SW_BUCKET_STRAY | 2 * MODEL_MAX };
	struct sw_bucket *bucket = table.flows->buckets.bucket;

	for (unsigned i = 0; i < 6; i++) {
		unsigned place = i < 3 ? 0 : SW_BUCKET_PLACES - 1;
		uint32_t at = 0;

		while (bucket[at].tag[place] != 0)
			at++;
		bucket[at].tag[place] = 99;
		bucket[at].index[place] = nowhere[i % 3];
		ck_assert_uint_eq(census().entries, FLOWS + 1);
		ck_assert_uint_eq(mend(false), 0);
		ck_assert_uint_eq(bucket[at].tag[place], 0);
		check_healthy();
		model_verify_all(&table);
	}
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("census");

	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, a_healthy_index_adds_up);
	tcase_add_test(t, each_stray_is_of_its_home);
	tcase_add_test(t, entries_are_counted);
	tcase_add_test(t, a_mended_index_adds_up);
	tcase_add_test(t, a_healthy_index_is_left_alone);
	tcase_add_test(t, false_entries_are_taken_out);
	return run_case("flow_census", t);
}
