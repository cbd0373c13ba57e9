/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_ring: events come out as they went in, and none is lost unsaid.
 */
#include <check.h>

#include "engine/table/event_ring.h"
#include "runner.h"

enum { SIZE = 8 };

static bool
put(struct sw_event_ring *ring, uint64_t n)
{
	struct sw_event *event = sw_event_ring_next(ring);

	if (event == NULL)
		return false;
	*event = (struct sw_event){ .time.ns = n };
	sw_event_ring_push(ring);
	return true;
}

static uint64_t
take(struct sw_event_ring *ring)
{
	struct sw_event event = { .time.ns = 12345 };

	return sw_event_ring_pop(ring, &event) ? event.time.ns : 0;
}

START_TEST(holds_as_many_as_it_is_large)
{
	struct sw_event_ring *ring = sw_event_ring_create(SIZE);
	uint64_t in = 0, out = 0;

	/* Several times round, from each place. */
	for (unsigned turn = 0; turn < 5 * SIZE; turn++) {
		ck_assert(!sw_event_ring_pending(ring));
		ck_assert_uint_eq(take(ring), 0);
		for (unsigned i = 0; i < SIZE; i++) {
			ck_assert(put(ring, ++in));
			ck_assert(sw_event_ring_pending(ring));
		}
		ck_assert(!put(ring, 99));
		for (unsigned i = 0; i < SIZE; i++)
			ck_assert_uint_eq(take(ring), ++out);
		ck_assert(put(ring, ++in));
		ck_assert_uint_eq(take(ring), ++out);
	}
	sw_event_ring_destroy(ring);
}
END_TEST

/* What is not pushed is not there. */
START_TEST(an_event_is_published_by_push)
{
	struct sw_event_ring *ring = sw_event_ring_create(SIZE);

	ck_assert_ptr_nonnull(sw_event_ring_next(ring));
	ck_assert(!sw_event_ring_pending(ring));
	ck_assert_uint_eq(take(ring), 0);
	ck_assert_ptr_eq(sw_event_ring_next(ring), sw_event_ring_next(ring));
	sw_event_ring_destroy(ring);
	sw_event_ring_destroy(NULL);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("ring");

	tcase_add_test(tcase, holds_as_many_as_it_is_large);
	tcase_add_test(tcase, an_event_is_published_by_push);
	return run_case("ring", tcase);
}
