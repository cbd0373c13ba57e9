/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_ring: events come out as they went in, none is lost unsaid, and
 * what was made is given back.
 */
#include <check.h>
#include <malloc.h>

#include "engine/fragment.h"
#include "engine/ring.h"
#include "runner.h"
#include "synward/diagnose.h"
#include "synward/engine.h"
#include "synward/source.h"

enum { SIZE = 8 };

static bool
put(struct sw_ring *ring, uint64_t n)
{
	struct sw_event *event = sw_ring_next(ring);

	if (event == NULL)
		return false;
	*event = (struct sw_event){ .time.ns = n };
	sw_ring_push(ring);
	return true;
}

static uint64_t
take(struct sw_ring *ring)
{
	struct sw_event event = { .time.ns = 12345 };

	return sw_ring_pop(ring, &event) ? event.time.ns : 0;
}

START_TEST(holds_as_many_as_it_is_large)
{
	struct sw_ring *ring = sw_ring_create(SIZE);
	uint64_t in = 0, out = 0;

	/* Several times round, from each place. */
	for (unsigned turn = 0; turn < 5 * SIZE; turn++) {
		ck_assert(!sw_ring_pending(ring));
		ck_assert_uint_eq(take(ring), 0);
		for (unsigned i = 0; i < SIZE; i++) {
			ck_assert(put(ring, ++in));
			ck_assert(sw_ring_pending(ring));
		}
		ck_assert(!put(ring, 99));
		for (unsigned i = 0; i < SIZE; i++)
			ck_assert_uint_eq(take(ring), ++out);
		ck_assert(put(ring, ++in));
		ck_assert_uint_eq(take(ring), ++out);
	}
	sw_ring_destroy(ring);
}
END_TEST

/* What is not pushed is not there. */
START_TEST(an_event_is_published_by_push)
{
	struct sw_ring *ring = sw_ring_create(SIZE);

	ck_assert_ptr_nonnull(sw_ring_next(ring));
	ck_assert(!sw_ring_pending(ring));
	ck_assert_uint_eq(take(ring), 0);
	ck_assert_ptr_eq(sw_ring_next(ring), sw_ring_next(ring));
	sw_ring_destroy(ring);
	sw_ring_destroy(NULL);
}
END_TEST

/* --- all is given back --- */

static void
make_and_destroy(void)
{
	static const uint8_t key[16] = "a key of 16 byte";
	struct sw_treatment treatment = { .timeouts = *sw_profile("rfc5382") };
	struct sw_limits limits = { .max_flows = 64,
		.max_embryonic = 50,
		.max_src_flows = 9,
		.tombstones = 64,
		.events = SIZE };
	struct sw_diagnose_config config = { .max_flows = 64 };
	struct sw_policy *policy = sw_policy_compile(NULL, 0, &treatment);
	struct sw_engine *engine =
	    sw_engine_create(&limits, NULL, policy, (struct sw_time){ 0 });
	struct sw_diagnose *diagnose = sw_diagnose_create(&config);

	ck_assert_ptr_nonnull(engine);
	ck_assert_ptr_nonnull(diagnose);
	sw_diagnose_destroy(diagnose);
	sw_engine_destroy(engine);
	sw_policy_destroy(policy);
	sw_ring_destroy(sw_ring_create(SIZE));
	sw_sources_destroy(sw_sources_create(64, key));
	sw_fragments_destroy(sw_fragments_create(64, key));
}

/* Where the allocator is a sanitizer's, these figures are 0 and its own
 * search for leaks is what tells. */
START_TEST(nothing_is_kept)
{
	struct mallinfo2 before, after;

	/* What is kept for the next allocation counts as used. */
	for (unsigned i = 0; i < 10; i++)
		make_and_destroy();
	before = mallinfo2();
	for (unsigned i = 0; i < 10; i++)
		make_and_destroy();
	after = mallinfo2();
	ck_assert_uint_eq(after.uordblks, before.uordblks);
	ck_assert_uint_eq(after.hblkhd, before.hblkhd);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("ring");

	tcase_add_test(tcase, holds_as_many_as_it_is_large);
	tcase_add_test(tcase, an_event_is_published_by_push);
	tcase_add_test(tcase, nothing_is_kept);
	return run_case("ring", tcase);
}
