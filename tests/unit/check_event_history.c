/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_event_history: what is kept of many events, who displaces whom, and
 * what a successor finds.
 */
#include <check.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "report/event_check.h"
#include "report/event_history.h"
#include "runner.h"

enum { SIZE = 64, QUOTA = 16 };

static const struct sw_time now = { 1000000 * SW_NS_PER_SECOND };

static struct sw_event
drop(enum sw_cause cause, uint16_t rule, uint64_t seconds)
{
	struct sw_event event;

	memset(&event, 0, sizeof event);
	event.kind = SW_EVENT_REFUSED;
	event.time.ns = seconds * SW_NS_PER_SECOND;
	event.rule = rule;
	event.refused.ends =
	    build_ends("10.1.2.3", 44120, "10.0.5.9", 5432, IPPROTO_TCP);
	event.judgement.cause = (uint8_t)cause;
	return event;
}

static void
add(struct sw_event_history *history, enum sw_cause cause, uint16_t rule,
    uint64_t seconds)
{
	struct sw_event event = drop(cause, rule, seconds);

	sw_event_history_add(history, &event);
}

/* How many of this cause and rule are kept; they must come in order. */
static unsigned
count(
    const struct sw_event_history *history, enum sw_cause cause, uint16_t rule)
{
	struct sw_event_cursor cursor = { 0 };
	struct sw_event event;
	uint64_t missed = 0, last = 0;
	unsigned n = 0;

	while (sw_event_history_read(history, &cursor, &missed, &event, 1)) {
		ck_assert_uint_le(last, event.time.ns);
		last = event.time.ns;
		n += event.judgement.cause == cause && event.rule == rule;
	}
	return n;
}

static struct sw_event_history *
open_history(void *memory)
{
	struct sw_event_history *history =
	    sw_event_history_open(memory, SIZE, QUOTA, now);

	ck_assert_ptr_nonnull(history);
	return history;
}

/* A database's drops at noon; then four hours of strays, 70 each second. */
START_TEST(a_scan_displaces_only_scans)
{
	struct sw_event_history *history =
	    sw_event_history_open(NULL, 4096, 512, now);

	for (unsigned i = 0; i < 40; i++)
		add(history, SW_CAUSE_IDLE_EXPIRED, 7, 43200 + i);
	for (unsigned i = 0; i < 1000000; i++)
		add(history, i % 5 ? SW_CAUSE_ACK_SCAN : SW_CAUSE_UNKNOWN, 0,
		    43300 + i / 70);
	ck_assert_uint_eq(count(history, SW_CAUSE_IDLE_EXPIRED, 7), 40);
	ck_assert_uint_eq(count(history, SW_CAUSE_ACK_SCAN, 0), 512);
	ck_assert_uint_eq(count(history, SW_CAUSE_UNKNOWN, 0), 512);
	sw_event_history_close(history);
}
END_TEST

/* The same cause under another rule is another class. */
START_TEST(a_rule_has_its_own_quota)
{
	struct sw_event_history *history = open_history(NULL);

	add(history, SW_CAUSE_IDLE_EXPIRED, 1, 1);
	for (unsigned i = 0; i < 1000; i++)
		add(history, SW_CAUSE_IDLE_EXPIRED, 2, 2 + i);
	ck_assert_uint_eq(count(history, SW_CAUSE_IDLE_EXPIRED, 1), 1);
	ck_assert_uint_eq(count(history, SW_CAUSE_IDLE_EXPIRED, 2), QUOTA);
	sw_event_history_close(history);
}
END_TEST

/* More classes than places: nobody has more than the others by much, and one
 * with few keeps all. */
START_TEST(with_all_places_taken_the_largest_class_loses)
{
	struct sw_event_history *history = open_history(NULL);

	add(history, SW_CAUSE_GAP, 99, 0);
	add(history, SW_CAUSE_GAP, 99, 0);
	for (unsigned i = 0; i < 5000; i++)
		add(history, SW_CAUSE_UNKNOWN, (uint16_t)(i % 10), i);
	ck_assert_uint_eq(count(history, SW_CAUSE_GAP, 99), 2);
	for (uint16_t rule = 0; rule < 10; rule++)
		ck_assert_uint_ge(count(history, SW_CAUSE_UNKNOWN, rule), 5);
	sw_event_history_close(history);
}
END_TEST

/* More classes than there is a table for share the last one. */
START_TEST(any_number_of_classes_is_held)
{
	struct sw_event_history *history =
	    sw_event_history_open(NULL, 4096, 512, now);
	struct sw_event_cursor cursor = { 0 };
	struct sw_event event;
	uint64_t missed = 0;
	unsigned n = 0;

	for (unsigned i = 0; i < 20000; i++)
		add(history, SW_CAUSE_UNKNOWN, (uint16_t)(i % 3000), i);
	while (sw_event_history_read(history, &cursor, &missed, &event, 1))
		n++;
	ck_assert_uint_ge(n, 1024);
	ck_assert_uint_le(n, 4096);
	sw_event_history_close(history);
}
END_TEST

START_TEST(a_reader_is_told_what_it_missed)
{
	struct sw_event_history *history =
	    sw_event_history_open(NULL, 4, 4, now);
	struct sw_event_cursor cursor = { 0 };
	struct sw_event got[8];
	uint64_t missed = 0;

	for (unsigned i = 0; i < 3; i++)
		add(history, SW_CAUSE_GAP, 0, i);
	ck_assert_uint_eq(
	    sw_event_history_read(history, &cursor, &missed, got, 2), 2);
	ck_assert_uint_eq(got[0].time.ns, 0);
	ck_assert_uint_eq(missed, 0);
	for (unsigned i = 3; i < 9; i++)
		add(history, SW_CAUSE_GAP, 0, i);
	ck_assert_uint_eq(
	    sw_event_history_read(history, &cursor, &missed, got, 8), 4);
	ck_assert_uint_eq(missed, 3); /* 2, 3, 4 */
	ck_assert_uint_eq(got[0].time.ns, 5 * SW_NS_PER_SECOND);
	ck_assert_uint_eq(got[3].time.ns, 8 * SW_NS_PER_SECOND);
	ck_assert_uint_eq(
	    sw_event_history_read(history, &cursor, &missed, got, 8), 0);
	sw_event_history_close(history);
}
END_TEST

/* Forwards and backwards show the same, whatever was displaced between. */
START_TEST(both_directions_agree)
{
	struct sw_event_history *history = open_history(NULL);
	struct sw_event_cursor cursor = { 0 }, back;
	struct sw_event forth[SIZE], event;
	uint64_t missed = 0;
	size_t n;

	for (unsigned i = 0; i < 500; i++)
		add(history, i % 7 ? SW_CAUSE_ACK_SCAN : SW_CAUSE_GAP,
		    (uint16_t)(i % 3), i);
	n = sw_event_history_read(history, &cursor, &missed, forth, SIZE);
	back =
	    (struct sw_event_cursor){ .next = sw_event_history_next(history) };
	while (sw_event_history_read_back(history, &back, &event, 1)) {
		ck_assert_uint_gt(n, 0);
		ck_assert_uint_eq(event.time.ns, forth[--n].time.ns);
	}
	ck_assert_uint_eq(n, 0);
	ck_assert_uint_eq(
	    sw_event_history_read(history, &back, &missed, &event, 1), 1);
	ck_assert_uint_eq(event.time.ns, forth[0].time.ns);
	sw_event_history_close(history);
}
END_TEST

static void *
make_memory(void)
{
	void *memory = calloc(1, sw_event_history_memory(SIZE));
	struct sw_event_history *history = open_history(memory);

	for (unsigned i = 0; i < 100; i++)
		add(history, i % 2 ? SW_CAUSE_ACK_SCAN : SW_CAUSE_GAP, 3, i);
	sw_event_history_close(history);
	return memory;
}

START_TEST(a_successor_finds_them_all)
{
	void *memory = make_memory();
	struct sw_event_history *history = open_history(memory);
	uint32_t torn;

	ck_assert_uint_eq(sw_event_history_found(history, &torn), 2 * QUOTA);
	ck_assert_uint_eq(torn, 0);
	ck_assert_uint_eq(sw_event_history_next(history), 101);
	ck_assert_uint_eq(count(history, SW_CAUSE_GAP, 3), QUOTA);
	for (unsigned i = 0; i < 100; i++)
		add(history, SW_CAUSE_ACK_SCAN, 3, 200 + i);
	ck_assert_uint_eq(count(history, SW_CAUSE_GAP, 3), QUOTA);
	ck_assert_uint_eq(count(history, SW_CAUSE_ACK_SCAN, 3), QUOTA);
	sw_event_history_close(history);
	free(memory);
}
END_TEST

/* One byte of one record changes: that one is dropped and no other. */
START_TEST(a_torn_record_is_dropped_alone)
{
	size_t one = sw_event_history_memory(SIZE) / SIZE;
	uint32_t torn, found;

	for (size_t at = 0; at < one; at += 13) {
		uint8_t *memory = make_memory();
		struct sw_event_history *history;

		memory[one * 5 + at] ^= 0x5a;
		history = open_history(memory);
		found = sw_event_history_found(history, &torn);
		ck_assert_uint_eq(found, 2 * QUOTA - 1);
		ck_assert_uint_eq(torn, 1);
		sw_event_history_close(history);
		free(memory);
	}
}
END_TEST

/* Noise of any kind: nothing of it is believed, and all goes on. */
START_TEST(noise_is_no_event)
{
	size_t size = sw_event_history_memory(SIZE);
	uint32_t torn, seed = 1;
	uint8_t *memory = malloc(size);
	struct sw_event_history *history;

	for (size_t i = 0; i < size; i++)
		memory[i] =
		    (uint8_t)((seed = seed * 1664525 + 1013904223) >> 24);
	history = open_history(memory);
	ck_assert_uint_eq(sw_event_history_found(history, &torn), 0);
	ck_assert_uint_eq(torn, SIZE);
	add(history, SW_CAUSE_GAP, 0, 5);
	ck_assert_uint_eq(count(history, SW_CAUSE_GAP, 0), 1);
	sw_event_history_close(history);
	free(memory);
}
END_TEST

/* With a sum that fits, numbers beyond their tables are still refused. */
START_TEST(numbers_without_a_meaning_are_refused)
{
	static const struct {
		size_t at;
		uint8_t value;
	} rows[] = {
		{ offsetof(struct sw_event, kind), SW_EVENT_SEND },
		{ offsetof(struct sw_event, kind), 200 },
		{ offsetof(struct sw_event, judgement.cause), SW_CAUSE_COUNT },
		{ offsetof(struct sw_event, judgement.confidence), 3 },
		{ offsetof(struct sw_event, judgement.evidences),
		    SW_EVIDENCE_MAX + 1 },
		{ offsetof(struct sw_event, refused.message),
		    SW_MESSAGE_COUNT },
		{ offsetof(struct sw_event, refused.action), SW_ACTION_COUNT },
		{ offsetof(struct sw_event, refused.kernel), SW_KERNEL_WORDS },
		{ offsetof(struct sw_event, refused.malformed),
		    SW_PARSE_COUNT },
		{ offsetof(struct sw_event, refused.opens), 2 },
		{ offsetof(struct sw_event, info.assured), 2 },
		{ offsetof(struct sw_event, info.state), SW_STATE_COUNT },
		{ offsetof(struct sw_event, info.how), SW_END_COUNT },
		{ offsetof(struct sw_event, info.ender), 2 },
		{ offsetof(struct sw_event, info.opener.family), 9 },
		{ offsetof(struct sw_event, time) + 7, 0x7f },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct sw_event event = drop(SW_CAUSE_GAP, 1, 1);

		event.refused.has_flow = true;
		event.info.opener = event.refused.ends;
		ck_assert(sw_event_check_sane(&event, now));
		((uint8_t *)&event)[rows[i].at] = rows[i].value;
		ck_assert_msg(!sw_event_check_sane(&event, now), "row %zu", i);
	}
}
END_TEST

/* A state belongs to the protocol of its flow. */
START_TEST(a_state_of_another_protocol_is_refused)
{
	static const struct {
		uint8_t proto, state;
		bool sane;
	} rows[] = {
		{ IPPROTO_TCP, SW_STATE_NONE, true },
		{ IPPROTO_TCP, SW_STATE_ESTABLISHED, true },
		{ IPPROTO_TCP, SW_STATE_SCTP_CLOSED, false },
		{ IPPROTO_UDP, SW_STATE_UDP, true },
		{ IPPROTO_UDP, SW_STATE_COUNT - 1, false },
		{ IPPROTO_SCTP, SW_STATE_NONE, true },
		{ IPPROTO_SCTP, SW_STATE_ESTABLISHED, false },
		{ IPPROTO_SCTP, SW_STATE_UDP, false },
		{ IPPROTO_SCTP, SW_STATE_OTHER, true },
		{ IPPROTO_SCTP, SW_STATE_SCTP_CLOSED, true },
		{ IPPROTO_SCTP, SW_STATE_COUNT - 1, true },
		{ IPPROTO_SCTP, SW_STATE_COUNT, false },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct sw_event event = drop(SW_CAUSE_GAP, 1, 1);

		event.refused.has_flow = true;
		event.info.opener = event.refused.ends;
		event.info.opener.proto = rows[i].proto;
		event.info.state = rows[i].state;
		ck_assert_msg(sw_event_check_sane(&event, now) == rows[i].sane,
		    "row %zu", i);
	}
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("event_history");

	tcase_add_test(t, a_scan_displaces_only_scans);
	tcase_add_test(t, a_rule_has_its_own_quota);
	tcase_add_test(t, with_all_places_taken_the_largest_class_loses);
	tcase_add_test(t, any_number_of_classes_is_held);
	tcase_add_test(t, a_reader_is_told_what_it_missed);
	tcase_add_test(t, both_directions_agree);
	tcase_add_test(t, a_successor_finds_them_all);
	tcase_add_test(t, a_torn_record_is_dropped_alone);
	tcase_add_test(t, noise_is_no_event);
	tcase_add_test(t, numbers_without_a_meaning_are_refused);
	tcase_add_test(t, a_state_of_another_protocol_is_refused);
	return run_case("event_history", t);
}
