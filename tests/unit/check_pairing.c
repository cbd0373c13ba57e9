/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_pairing: what would be dropped here and what the kernel has dropped
 * find each other in any order, and part when nothing more can come.
 */
#include <check.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "engine/packet/refusal.h"
#include "pipeline/pairing.h"
#include "runner.h"

static struct sw_pairing *pairing;

static void
make(void)
{
	static const uint8_t key[16] = { 1, 2, 3 };

	pairing = sw_pairing_create(key);
	ck_assert_ptr_nonnull(pairing);
}

static void
unmake(void)
{
	sw_pairing_destroy(pairing);
}

static struct sw_time
at(uint64_t ms)
{
	return (struct sw_time){ ms * SW_NS_PER_MS };
}

static struct sw_packet
packet_of(uint16_t port, uint32_t seq)
{
	struct sw_packet packet = {
		.ends =
		    build_ends("10.1.0.2", port, "10.2.0.2", 80, IPPROTO_TCP),
		.length = 52,
	};

	packet.tcp.flags = SW_ACK;
	packet.tcp.kind = SW_TCP_ACK;
	packet.tcp.seq = seq;
	return packet;
}

static struct sw_event
event_of(uint16_t port, uint32_t seq, uint64_t ms)
{
	struct sw_packet packet = packet_of(port, seq);
	struct sw_event event = { .kind = SW_EVENT_REFUSED, .time = at(ms) };

	sw_refusal_describe(&packet, &event.refused);
	event.refused.action = SW_ACTION_WOULD_DROP;
	return event;
}

static struct sw_kernel_drop
drop_of(uint16_t port, uint32_t seq, uint64_t ms)
{
	return (struct sw_kernel_drop){ .packet = packet_of(port, seq),
		.when = at(ms) };
}

static bool
comes(uint16_t port, uint32_t seq, uint64_t ms)
{
	struct sw_event event = event_of(port, seq, ms);
	struct sw_kernel_drop drop;

	return sw_pairing_event(pairing, &event, event.time, &drop);
}

static bool
is_dropped(uint16_t port, uint32_t seq, uint64_t ms)
{
	struct sw_kernel_drop drop = drop_of(port, seq, ms);
	struct sw_event event;

	return sw_pairing_drop(pairing, &drop, &event);
}

static bool
takes_event(uint64_t said, uint32_t seq, bool is_certain)
{
	struct sw_event event;
	bool certain;

	if (!sw_pairing_take_event(pairing, at(said), &event, &certain))
		return false;
	ck_assert_uint_eq(event.refused.seq, seq);
	ck_assert(certain == is_certain);
	return true;
}

static bool
takes_drop(uint64_t seen, uint32_t seq, bool is_certain)
{
	struct sw_kernel_drop drop;
	bool certain;

	if (!sw_pairing_take_drop(pairing, at(seen), &drop, &certain))
		return false;
	ck_assert_uint_eq(drop.packet.tcp.seq, seq);
	ck_assert(certain == is_certain);
	return true;
}

START_TEST(either_may_be_first)
{
	ck_assert(!comes(1000, 5, 10));
	ck_assert(is_dropped(1000, 5, 11));
	ck_assert(!sw_pairing_waits(pairing));
	ck_assert(!is_dropped(1001, 6, 12));
	ck_assert(comes(1001, 6, 13));
	ck_assert(!sw_pairing_waits(pairing));
	ck_assert(!takes_event(100, 0, true));
	ck_assert(!takes_drop(100, 0, true));
}
END_TEST

START_TEST(only_the_same_packet)
{
	ck_assert(!comes(1000, 5, 10));
	ck_assert(!is_dropped(1000, 6, 11)); /* another segment */
	ck_assert(!is_dropped(1001, 5, 11)); /* another flow */
	ck_assert(is_dropped(1000, 5, 12));
}
END_TEST

/* The answer of a flow is another packet, although the flow's hash is one. */
START_TEST(directions_differ)
{
	struct sw_kernel_drop drop = drop_of(1000, 5, 11);
	struct sw_event event;

	ck_assert(!comes(1000, 5, 10));
	drop.packet.ends = sw_packet_endpoints_reverse(&drop.packet.ends);
	ck_assert(!sw_pairing_drop(pairing, &drop, &event));
}
END_TEST

/* A zone is ours alone. */
START_TEST(zones_do_not_part_them)
{
	struct sw_event event = event_of(1000, 5, 10);
	struct sw_kernel_drop drop;

	event.refused.ends.zone = 3;
	ck_assert(!sw_pairing_event(pairing, &event, event.time, &drop));
	ck_assert(is_dropped(1000, 5, 11));
}
END_TEST

START_TEST(waits_until_the_other_has_said_all)
{
	ck_assert(!comes(1000, 5, 10));
	ck_assert(!comes(1000, 6, 12));
	ck_assert(!takes_event(10, 0, true)); /* of before 10 ms: not yet */
	ck_assert(takes_event(11, 5, true));
	ck_assert(!takes_event(11, 0, true));
	ck_assert(takes_event(13, 6, true));
	ck_assert(!is_dropped(1000, 7, 20));
	ck_assert(!takes_drop(20, 0, true));
	ck_assert(takes_drop(21, 7, true));
	ck_assert(!sw_pairing_waits(pairing));
}
END_TEST

/* What has found its partner comes out no more, and hinders nobody. */
START_TEST(the_oldest_first)
{
	ck_assert(!comes(1000, 1, 10));
	ck_assert(!comes(1000, 2, 11));
	ck_assert(!comes(1000, 3, 12));
	ck_assert(is_dropped(1000, 1, 13));
	ck_assert(is_dropped(1000, 2, 13));
	ck_assert(takes_event(20, 3, true));
	ck_assert(!takes_event(20, 0, true));
}
END_TEST

START_TEST(equal_packets_are_paired_one_by_one)
{
	for (unsigned i = 0; i < 100; i++)
		ck_assert(!comes(1000, 5, 10 + i));
	for (unsigned i = 0; i < 60; i++)
		ck_assert(is_dropped(1000, 5, 200));
	for (unsigned i = 0; i < 40; i++)
		ck_assert(takes_event(300, 5, true));
	ck_assert(!sw_pairing_waits(pairing));
	ck_assert(!is_dropped(1000, 5, 301));
}
END_TEST

/* Too many wait: the oldest comes out, and it is not certain. */
START_TEST(a_full_ring_overflows_in_order)
{
	uint32_t most = SW_PAIRING_ROOM - SW_PAIRING_MARGIN, out = 0;

	for (uint32_t i = 0; i < 4 * SW_PAIRING_ROOM; i++) {
		ck_assert(!comes((uint16_t)(i % 60000), i, 10));
		while (takes_event(0, out, false))
			out++;
	}
	ck_assert_uint_eq(out, 4 * SW_PAIRING_ROOM - most);
	while (takes_event(11, out, true))
		out++;
	ck_assert_uint_eq(out, 4 * SW_PAIRING_ROOM);
	ck_assert(!sw_pairing_waits(pairing));
}
END_TEST

START_TEST(a_batch_fits_between_two_looks)
{
	uint32_t out = 0;

	for (uint32_t i = 0; i < 8 * SW_PAIRING_ROOM; i++) {
		ck_assert(!is_dropped((uint16_t)(i % 60000), i, 10));
		if (i % SW_PAIRING_MARGIN != 0)
			continue;
		while (takes_drop(0, out, false))
			out++;
	}
}
END_TEST

START_TEST(closed_nothing_waits)
{
	ck_assert(!comes(1000, 5, 10));
	ck_assert(!is_dropped(1000, 6, 10));
	sw_pairing_close(pairing);
	ck_assert(takes_event(5, 5, false));
	ck_assert(takes_drop(5, 6, false));
	ck_assert(!sw_pairing_waits(pairing));
}
END_TEST

/* Whatever the order, each packet comes out once: as a pair, or alone. */
START_TEST(nothing_is_lost_or_doubled)
{
	unsigned pairs = 0, events = 0, drops = 0, alone = 0, lone = 0;
	struct sw_kernel_drop drop;
	struct sw_event event;
	bool certain;

	srandom((unsigned)_i + 1);
	for (unsigned i = 0; i < 20000; i++) {
		uint16_t port = (uint16_t)(random() % 50);
		uint32_t seq = (uint32_t)(random() % 40);

		if (random() % 2) {
			events++;
			pairs += comes(port, seq, i);
		} else {
			drops++;
			pairs += is_dropped(port, seq, i);
		}
		if (random() % 50 != 0)
			continue;
		while (sw_pairing_take_event(
		    pairing, at(i > 500 ? i - 500 : 0), &event, &certain))
			alone++;
		while (sw_pairing_take_drop(
		    pairing, at(i > 700 ? i - 700 : 0), &drop, &certain))
			lone++;
	}
	sw_pairing_close(pairing);
	while (sw_pairing_take_event(pairing, at(0), &event, &certain))
		alone++;
	while (sw_pairing_take_drop(pairing, at(0), &drop, &certain))
		lone++;
	ck_assert_uint_eq(pairs + alone, events);
	ck_assert_uint_eq(pairs + lone, drops);
	ck_assert_uint_gt(pairs, 100);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("pairs");

	tcase_add_checked_fixture(tcase, make, unmake);
	tcase_add_test(tcase, either_may_be_first);
	tcase_add_test(tcase, only_the_same_packet);
	tcase_add_test(tcase, directions_differ);
	tcase_add_test(tcase, zones_do_not_part_them);
	tcase_add_test(tcase, waits_until_the_other_has_said_all);
	tcase_add_test(tcase, the_oldest_first);
	tcase_add_test(tcase, equal_packets_are_paired_one_by_one);
	tcase_add_test(tcase, a_full_ring_overflows_in_order);
	tcase_add_test(tcase, a_batch_fits_between_two_looks);
	tcase_add_test(tcase, closed_nothing_waits);
	tcase_add_loop_test(tcase, nothing_is_lost_or_doubled, 0, 20);
	return run_case("pairs of drops", tcase);
}
