/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_replay_hold: what is held comes out in the order of the capture, and
 * no capture makes it hold without end.
 */
#include <check.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "replay/hold.h"
#include "runner.h"

static FILE *out;
static char *text;
static size_t size;
static struct sw_replay_hold *hold;

static void
setup(void)
{
	out = open_memstream(&text, &size);
	ck_assert_ptr_nonnull(out);
	hold = sw_replay_hold_create(out);
	ck_assert_ptr_nonnull(hold);
}

static void
teardown(void)
{
	ck_assert(!sw_replay_hold_failed(hold));
	sw_replay_hold_destroy(hold);
	fclose(out);
	free(text);
}

static struct sw_time
second(uint32_t n)
{
	return (struct sw_time){ .ns = n * SW_NS_PER_SECOND };
}

/* A later fragment of datagram id, IP length 1020. */
static struct sw_packet
later(uint32_t id)
{
	return build_packet(&(struct build){ .proto = IPPROTO_UDP,
	    .raw = true,
	    .payload_length = 1000,
	    .fragment = true,
	    .offset = 1000,
	    .fragment_id = id });
}

static void
add(const struct sw_packet *packet, uint64_t frame, uint32_t at)
{
	const struct sw_record record = { .frame = frame };

	ck_assert(sw_replay_hold_add(hold, &record, packet, second(at)));
}

static void
say(const char *what)
{
	fputs(what, sw_replay_hold_out(hold));
}

/* Decides what is held, and says its frame. */
static void
decide(struct sw_replay_held *held, uint64_t frame)
{
	ck_assert_ptr_nonnull(held);
	ck_assert_uint_eq(held->record.frame, frame);
	fprintf(held->out, "%u", (unsigned)frame);
	sw_replay_hold_release(hold, held);
}

static void
expect(const char *expected)
{
	fflush(out);
	ck_assert_str_eq(text, expected);
}

START_TEST(nothing_held_nothing_kept)
{
	say("a");
	say("b");
	expect("ab");
	ck_assert_ptr_null(sw_replay_hold_overdue(hold, second(99), true));
}
END_TEST

START_TEST(order_of_the_capture)
{
	struct sw_packet one = later(1), two = later(2);

	say("a");
	add(&one, 1, 0);
	say("b");
	add(&two, 2, 0);
	add(&one, 3, 0);
	say("c");
	expect("a");
	decide(sw_replay_hold_match(hold, &two), 2);
	ck_assert_ptr_null(sw_replay_hold_match(hold, &two));
	expect("a");
	say("d");
	decide(sw_replay_hold_match(hold, &one), 1);
	expect("a1b2");
	decide(sw_replay_hold_match(hold, &one), 3);
	expect("a1b23cd");
	say("e");
	expect("a1b23cde");
}
END_TEST

/* A datagram's name: of IPv4 its protocol as well. */
START_TEST(only_the_same_datagram)
{
	struct sw_packet held = later(1), other = held;

	add(&held, 1, 0);
	other.fragment.id = 2;
	ck_assert_ptr_null(sw_replay_hold_match(hold, &other));
	other = held;
	other.ends = sw_packet_endpoints_reverse(&held.ends);
	ck_assert_ptr_null(sw_replay_hold_match(hold, &other));
	other = held;
	other.ends.proto = IPPROTO_TCP;
	ck_assert_ptr_null(sw_replay_hold_match(hold, &other));
	other = held;
	other.ends.sport = 1000;
	decide(sw_replay_hold_match(hold, &other), 1);
}
END_TEST

START_TEST(thirty_seconds)
{
	struct sw_packet packet = later(1);

	add(&packet, 1, 100);
	add(&packet, 2, 110);
	ck_assert_ptr_null(sw_replay_hold_overdue(hold, second(129), false));
	decide(sw_replay_hold_overdue(hold, second(130), false), 1);
	ck_assert_ptr_null(sw_replay_hold_overdue(hold, second(139), false));
	decide(sw_replay_hold_overdue(hold, second(139), true), 2);
	expect("12");
}
END_TEST

/* 4 MiB are 2080 fragments of 2016 bytes; 4096 fragments are the most. */
START_TEST(bounded_fragments)
{
	struct sw_packet packet = later(1);
	uint64_t most = _i ? 4096 : 2080;

	packet.length = _i ? 100 : 2016;
	for (uint64_t frame = 1; frame <= most; frame++) {
		add(&packet, frame, 0);
		ck_assert_ptr_null(
		    sw_replay_hold_overdue(hold, second(1), false));
	}
	add(&packet, most + 1, 0);
	decide(sw_replay_hold_overdue(hold, second(1), false), 1);
	ck_assert_ptr_null(sw_replay_hold_overdue(hold, second(1), false));
	/* What is still held is lost with it. */
}
END_TEST

START_TEST(bounded_text)
{
	static char line[1 << 20];
	struct sw_packet packet = later(1);

	memset(line, 'x', sizeof line - 1);
	add(&packet, 1, 0);
	for (unsigned i = 0; i < 64; i++) {
		ck_assert_ptr_null(
		    sw_replay_hold_overdue(hold, second(1), false));
		say(line);
	}
	say(line);
	decide(sw_replay_hold_overdue(hold, second(1), false), 1);
	fflush(out);
	ck_assert_uint_eq(size, 65 * (sizeof line - 1) + 1);
}
END_TEST

/* The last 64 first fragments that the capture has cut are known. */
START_TEST(later_part_of_a_cut_one_is_known)
{
	for (uint32_t id = 1; id <= 65; id++) {
		struct sw_packet first = later(id), part = later(id);

		first.fragment.offset = 0;
		ck_assert(!sw_replay_hold_is_cut(hold, &part));
		sw_replay_hold_cut(hold, &first);
		ck_assert(sw_replay_hold_is_cut(hold, &part));
		ck_assert(!sw_replay_hold_is_cut(hold, &first));
	}
	for (uint32_t id = 1; id <= 65; id++) {
		struct sw_packet part = later(id);

		ck_assert_int_eq(sw_replay_hold_is_cut(hold, &part), id > 1);
	}
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("replay_hold");

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, nothing_held_nothing_kept);
	tcase_add_test(tcase, later_part_of_a_cut_one_is_known);
	tcase_add_test(tcase, order_of_the_capture);
	tcase_add_test(tcase, only_the_same_datagram);
	tcase_add_test(tcase, thirty_seconds);
	tcase_add_loop_test(tcase, bounded_fragments, 0, 2);
	tcase_add_test(tcase, bounded_text);
	return run_case("replay_hold", tcase);
}
