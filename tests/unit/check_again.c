/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The RST that ended its flow comes once more through another rule: it passes
 * where it is the same to the last field, soon, and not too often.
 */

#include <check.h>

#include "build.h"
#include "engine/internal.h"
#include "engine/repeat.h"
#include "runner.h"

static struct sw_packet packet;
static struct sw_lookup passage;
static struct sw_repeat again;

#define HASH (UINT64_C(7) << 32)

static void
begin(void)
{
	packet = (struct sw_packet){ .length = 40, .in = 1, .out = 2 };
	packet.ends = build_ends("10.0.0.2", 80, "10.0.0.1", 40000, 6);
	packet.tcp.flags = SW_RST | SW_ACK;
	packet.tcp.seq = 10;
	packet.tcp.ack = 20;
	packet.tcp.window = 30;
	packet.tcp.tsval = 40;
	packet.tcp.tsecr = 50;
	passage = (struct sw_lookup){ .packet = &packet,
		.hash = HASH,
		.from_b = true,
		.now = { SW_NS_PER_SECOND } };
	again = (struct sw_repeat){ 0 };
	sw_repeat_note(&again, &passage);
}

static bool
passes(void)
{
	return sw_repeat_passes(&again, &passage, false);
}

START_TEST(the_same_passes_seven_times)
{
	for (int i = 0; i < 7; i++)
		ck_assert(passes());
	ck_assert(!passes());
	sw_repeat_note(&again, &passage);
	ck_assert(passes());
}
END_TEST

START_TEST(for_a_tenth_of_a_second)
{
	passage.now.ns += 100 * SW_NS_PER_MS;
	ck_assert(passes());
	passage.now.ns++;
	ck_assert(!passes());
}
END_TEST

START_TEST(to_the_last_field)
{
	uint32_t *const words[] = { &packet.tcp.seq, &packet.tcp.ack,
		&packet.tcp.tsval, &packet.tcp.tsecr, &packet.length };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		++*words[i];
		ck_assert(!passes());
		--*words[i];
		ck_assert(passes());
	}
	packet.tcp.window++;
	ck_assert(!passes());
	packet.tcp.window--;
	packet.tcp.flags = SW_RST;
	ck_assert(!passes());
	packet.tcp.flags |= SW_ACK;
	passage.from_b = false;
	ck_assert(!passes());
	passage.from_b = true;
	packet.ends.proto = 17;
	ck_assert(!passes());
	packet.ends.proto = 6;
	ck_assert(passes());
}
END_TEST

START_TEST(through_its_interfaces_or_any)
{
	packet.in = 3;
	ck_assert(!passes());
	ck_assert(sw_repeat_passes(&again, &passage, true));
	packet.in = 1;
	packet.out = 3;
	ck_assert(!passes());
	ck_assert(sw_repeat_passes(&again, &passage, true));
}
END_TEST

/* Of 64 places the hash's upper half names one. */
START_TEST(a_later_one_takes_the_place)
{
	struct sw_lookup other = passage;

	passage.hash++;
	ck_assert(!passes());
	passage.hash = HASH + (UINT64_C(64) << 32);
	ck_assert(!passes());
	other.hash = HASH + (UINT64_C(1) << 32);
	sw_repeat_note(&again, &other);
	passage.hash = HASH;
	ck_assert(passes());
	other.hash = HASH + (UINT64_C(64) << 32);
	sw_repeat_note(&again, &other);
	ck_assert(!passes());
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("again");

	tcase_add_checked_fixture(t, begin, NULL);
	tcase_add_test(t, the_same_passes_seven_times);
	tcase_add_test(t, for_a_tenth_of_a_second);
	tcase_add_test(t, to_the_last_field);
	tcase_add_test(t, through_its_interfaces_or_any);
	tcase_add_test(t, a_later_one_takes_the_place);
	return run_case("again", t);
}
