/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_flow_bucket: places, strays, and room made where there was none.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "draw.h"
#include "engine/table/flow_bucket.h"
#include "runner.h"

enum {
	MOST = 4096,
};

static struct sw_buckets
make_buckets(uint32_t count)
{
	struct sw_buckets buckets = { .count = count };

	buckets.bucket = calloc(count, sizeof(*buckets.bucket));
	ck_assert_ptr_nonnull(buckets.bucket);
	return buckets;
}

/* A hash that leads to this home under this tag. */
static uint64_t
hash_for(const struct sw_buckets *buckets, uint32_t home, uint16_t tag)
{
	uint64_t low = ((uint64_t)home << 32) / buckets->count + 1;

	return low | (uint64_t)tag << 32 | UINT64_C(0xdead) << 48;
}

/* A tag whose buckets are these two. */
static uint16_t
tag_between(const struct sw_buckets *buckets, uint32_t one, uint32_t other)
{
	for (uint32_t tag = 1; tag <= UINT16_MAX; tag++)
		if (sw_buckets_other(buckets, one, (uint16_t)tag) == other)
			return (uint16_t)tag;
	ck_abort_msg("no tag leads from %u to %u", one, other);
}

/* The place of the index in a bucket, or SW_BUCKET_PLACES. */
static unsigned
place_of(const struct sw_bucket *bucket, uint16_t tag, uint32_t entry)
{
	unsigned at = 0;

	while (at < SW_BUCKET_PLACES &&
	       (bucket->tag[at] != tag || bucket->index[at] != entry))
		at++;
	return at;
}

/* Is the index where its hash leads a lookup? */
static bool
is_found(const struct sw_buckets *buckets, uint64_t hash, uint32_t index)
{
	struct sw_spot spot = sw_buckets_spot(buckets, hash);
	const struct sw_bucket *home = &buckets->bucket[spot.home];
	uint32_t other = sw_buckets_other(buckets, spot.home, spot.tag);

	if (place_of(home, spot.tag, index) < SW_BUCKET_PLACES)
		return true;
	return home->strays > 0 &&
	       place_of(&buckets->bucket[other], spot.tag,
		   index | SW_BUCKET_STRAY) < SW_BUCKET_PLACES;
}

START_TEST(matches_every_set_of_places)
{
	for (uint32_t set = 0; set < 1u << SW_BUCKET_PLACES; set++) {
		static const uint16_t near[] = { 0, 0x1233, 0x1235, 0x9234,
			0x1334, 0xffff };
		struct sw_bucket bucket;

		memset(&bucket, 0xff, sizeof(bucket));
		for (unsigned i = 0; i < SW_BUCKET_PLACES; i++)
			bucket.tag[i] =
			    set >> i & 1 ? 0x1234 : near[(set + i) % 6];
		ck_assert_uint_eq(sw_bucket_matches(&bucket, 0x1234), set);
		ck_assert_uint_eq(
		    sw_bucket_count(set), (uint32_t)__builtin_popcount(set));
	}
}
END_TEST

START_TEST(the_other_is_mutual_and_never_the_same)
{
	for (uint32_t count = 2; count < 60; count += 2) {
		struct sw_buckets buckets = { .count = count };

		for (uint32_t tag = 1; tag <= UINT16_MAX; tag += 991)
			for (uint32_t one = 0; one < count; one++) {
				uint32_t other = sw_buckets_other(
				    &buckets, one, (uint16_t)tag);

				ck_assert_uint_lt(other, count);
				ck_assert_uint_ne(other, one);
				ck_assert_uint_eq(sw_buckets_other(&buckets,
						      other, (uint16_t)tag),
				    one);
			}
	}
}
END_TEST

START_TEST(the_upper_bits_are_left_to_the_shard)
{
	struct sw_buckets buckets = { .count = 1000 };
	uint64_t seed = 3;

	for (unsigned i = 0; i < 1000; i++) {
		uint64_t hash = draw(&seed);
		struct sw_spot one = sw_buckets_spot(&buckets, hash);
		struct sw_spot two =
		    sw_buckets_spot(&buckets, hash ^ UINT64_C(0xffff) << 48);

		ck_assert_uint_eq(one.home, two.home);
		ck_assert_uint_eq(one.tag, two.tag);
		ck_assert_uint_ne(one.tag, 0);
	}
}
END_TEST

START_TEST(a_resident_moves_to_make_room)
{
	struct sw_buckets buckets = make_buckets(4);
	struct sw_bucket *bucket = buckets.bucket;
	uint16_t away = tag_between(&buckets, 0, 3);
	uint16_t pair = tag_between(&buckets, 0, 1);
	uint64_t hash = hash_for(&buckets, 0, pair);

	ck_assert(
	    sw_flow_bucket_insert(&buckets, hash_for(&buckets, 0, away), 100));
	for (uint32_t i = 0; i < 19; i++)
		ck_assert(sw_flow_bucket_insert(&buckets, hash, i));
	ck_assert_uint_eq(sw_bucket_matches(&bucket[0], 0), 0);
	ck_assert_uint_eq(sw_bucket_matches(&bucket[1], 0), 0);
	ck_assert_uint_eq(bucket[0].strays, 10);

	ck_assert(sw_flow_bucket_insert(&buckets, hash, 19));
	ck_assert_uint_eq(place_of(&bucket[3], away, 100 | SW_BUCKET_STRAY), 0);
	ck_assert_uint_eq(bucket[0].strays, 11);
	ck_assert(is_found(&buckets, hash_for(&buckets, 0, away), 100));
	for (uint32_t i = 0; i < 20; i++)
		ck_assert(is_found(&buckets, hash, i));

	/* Nobody is left who could move. */
	ck_assert(!sw_flow_bucket_insert(&buckets, hash, 20));
	ck_assert(!is_found(&buckets, hash, 20));
	ck_assert(
	    sw_flow_bucket_remove(&buckets, hash_for(&buckets, 0, away), 100));
	for (uint32_t i = 0; i < 20; i++)
		ck_assert(sw_flow_bucket_remove(&buckets, hash, i));
	ck_assert(!sw_flow_bucket_remove(&buckets, hash, 5));
	ck_assert_uint_eq(bucket[0].strays, 0);
	free(bucket);
}
END_TEST

/* A stray that is moved comes home. */
START_TEST(a_stray_may_come_home)
{
	struct sw_buckets buckets = make_buckets(4);
	struct sw_bucket *bucket = buckets.bucket;
	uint16_t from_three = tag_between(&buckets, 3, 0);
	uint16_t pair = tag_between(&buckets, 0, 1);
	uint64_t stray = hash_for(&buckets, 3, from_three);
	uint64_t hash = hash_for(&buckets, 0, pair);

	for (uint32_t i = 0; i < 9; i++)
		ck_assert(sw_flow_bucket_insert(&buckets, stray, 100 + i));
	ck_assert_uint_eq(bucket[3].strays, 1);
	for (uint32_t i = 0; i < 8; i++)
		ck_assert(sw_flow_bucket_remove(&buckets, stray, 100 + i));
	for (uint32_t i = 0; i < 20; i++)
		ck_assert(sw_flow_bucket_insert(&buckets, hash, i));
	ck_assert_uint_eq(bucket[3].strays, 0);
	ck_assert(is_found(&buckets, stray, 108));
	for (uint32_t i = 0; i < 20; i++)
		ck_assert(is_found(&buckets, hash, i));
	free(bucket);
}
END_TEST

/* Far beyond the load a table allows, all are still found. */
START_TEST(fills_to_nine_tenths)
{
	for (uint32_t count = 50; count <= 400; count += 50) {
		struct sw_buckets buckets = make_buckets(count);
		static uint64_t hash[MOST];
		uint64_t seed = count;
		uint32_t n = 0;

		do
			hash[n] = draw(&seed);
		while (
		    sw_flow_bucket_insert(&buckets, hash[n], n) && ++n < MOST);
		ck_assert_uint_gt(n, count * SW_BUCKET_PLACES * 9 / 10);
		for (uint32_t i = 0; i < n; i++)
			ck_assert(is_found(&buckets, hash[i], i));
		ck_assert(!is_found(&buckets, hash[n], n));
		for (uint32_t i = 0; i < n; i++)
			ck_assert(sw_flow_bucket_remove(&buckets, hash[i], i));
		for (uint32_t i = 0; i < count; i++) {
			ck_assert_uint_eq(buckets.bucket[i].strays, 0);
			ck_assert_uint_eq(
			    sw_bucket_matches(&buckets.bucket[i], 0), 0x3ff);
		}
		free(buckets.bucket);
	}
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("flow_bucket");

	tcase_add_test(tcase, matches_every_set_of_places);
	tcase_add_test(tcase, the_other_is_mutual_and_never_the_same);
	tcase_add_test(tcase, the_upper_bits_are_left_to_the_shard);
	tcase_add_test(tcase, a_resident_moves_to_make_room);
	tcase_add_test(tcase, a_stray_may_come_home);
	tcase_add_test(tcase, fills_to_nine_tenths);
	return run_case("flow_bucket", tcase);
}
