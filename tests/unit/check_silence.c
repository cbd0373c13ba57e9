/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_silence: silences are counted in the right bucket, once a connection,
 * in memory of fixed size that another process may have left.
 */
#include <check.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "report/silence_internal.h"
#include "report/silence_sums.h"
#include "runner.h"
#include "synward/diagnose.h"

#define HOUR UINT64_C(3600)

static struct sw_silences *silences;

static void
begin(void)
{
	silences = calloc(1, sw_silences_memory());
	ck_assert_ptr_nonnull(silences);
	sw_silences_begin(silences, (struct sw_time){ SW_NS_PER_SECOND });
}

static void
end(void)
{
	free(silences);
}

static struct sw_time
at(uint64_t seconds)
{
	return (struct sw_time){ seconds * SW_NS_PER_SECOND };
}

/* A late packet of a client's connection, which was silent until then. */
static struct sw_event
late(unsigned client, uint64_t when, int64_t idle)
{
	struct sw_event event;

	memset(&event, 0, sizeof event);
	event.kind = SW_EVENT_REFUSED;
	event.time = at(when);
	event.rule = 1;
	event.refused.ends =
	    build_ends("10.1.2.3", 44120, "10.0.5.9", 5432, IPPROTO_TCP);
	event.refused.ends.src.b[3] = (uint8_t)client;
	event.refused.ends.src.b[2] = (uint8_t)(client >> 8);
	event.refused.from_opener = event.refused.has_flow = true;
	event.refused.tcp_flags = SW_PSH | SW_ACK;
	event.refused.seq = 1000;
	event.refused.payload = 80;
	event.refused.state_timeout = 3600;
	event.refused.unacknowledged = 300;
	event.info.opener = event.refused.ends;
	event.info.how = SW_END_TIMEOUT;
	event.info.state = SW_STATE_ESTABLISHED;
	event.info.timeout = 3600;
	event.info.rule = 1;
	event.info.ended = at(500);
	event.info.side[0].next = 1000;
	event.judgement.cause = SW_CAUSE_IDLE_EXPIRED;
	event.judgement.evidences = 1;
	event.judgement.evidence[0] =
	    (struct sw_evidence){ SW_EVIDENCE_IDLE, idle };
	return event;
}

static void
note(const struct sw_event *event, bool passed)
{
	sw_silences_note(silences, event, passed);
}

/* Number of connections with such a silence, of all rules. */
static uint32_t
cut_at(uint32_t seconds, uint64_t since)
{
	unsigned bucket = sw_silence_rows_bucket(seconds);
	struct sw_silence_sums sums;
	uint32_t n = 0;

	ck_assert(sw_silence_sums_read(silences, at(since), &sums));
	for (size_t i = 0; i < sums.n; i++)
		n += sw_silence_sums_both(&sums.list[i].cut[bucket]);
	sw_silence_sums_free(&sums);
	return n;
}

START_TEST(a_bucket_ends_below_its_bound)
{
	for (unsigned i = 0; i < SW_SILENCE_BUCKETS - 1; i++) {
		uint32_t bound = sw_silence_rows_bound(i);

		ck_assert_uint_eq(sw_silence_rows_bucket(bound - 1), i);
		ck_assert_uint_eq(sw_silence_rows_bucket(bound), i + 1);
	}
	ck_assert_uint_eq(
	    sw_silence_rows_bucket(UINT32_MAX - 1), SW_SILENCE_BUCKETS - 1);
	ck_assert_uint_eq(
	    sw_silence_rows_bound(SW_SILENCE_BUCKETS - 1), UINT32_MAX);
}
END_TEST

/* What hints propose is a bound: figures are exact there. */
START_TEST(a_hint_is_the_bound_of_a_bucket)
{
	for (uint32_t s = 1; s < 86400; s++) {
		uint32_t hint = sw_hint_customary(s);
		unsigned bucket = sw_silence_rows_bucket(hint - 1);

		ck_assert_uint_eq(sw_silence_rows_bound(bucket), hint);
		ck_assert_uint_le(sw_silence_rows_bucket(s), bucket);
	}
}
END_TEST

START_TEST(a_connection_counts_once)
{
	struct sw_event event = late(1, 5000, 4000), other;

	note(&event, false);
	event.time = at(9000);
	event.refused.seq = 2000;
	note(&event, false);
	ck_assert_uint_eq(cut_at(4000, 0), 1);
	other = late(2, 9000, 4000);
	note(&other, false);
	ck_assert_uint_eq(cut_at(4000, 0), 2);
	/* The same ends, but a later connection. */
	other.info.ended = at(8000);
	note(&other, false);
	ck_assert_uint_eq(cut_at(4000, 0), 3);
}
END_TEST

/* Where packets were delivered, what comes later is a silence, too. */
START_TEST(the_longest_silence_counts)
{
	uint32_t longest[SW_TIMEOUT_COUNT];
	struct sw_event event = late(1, 5000, 4000);

	note(&event, true);
	event.time = at(15000); /* sent again: the same bytes */
	note(&event, true);
	ck_assert_uint_eq(cut_at(4000, 0), 1);
	event.time = at(16000);
	event.refused.seq = 2000;
	note(&event, true);
	ck_assert_uint_eq(cut_at(4000, 0), 1);
	event.time = at(36000);
	event.refused.seq = 3000;
	note(&event, true);
	ck_assert_uint_eq(cut_at(4000, 0), 0);
	ck_assert_uint_eq(cut_at(20000, 0), 1);
	sw_silences_longest(silences, 1, longest);
	ck_assert_uint_eq(longest[SW_TIMEOUT_ESTABLISHED], 20000);
	ck_assert_uint_eq(longest[SW_TIMEOUT_UNACKNOWLEDGED], 0);
}
END_TEST

START_TEST(days_do_not_raise_the_longest)
{
	uint32_t longest[SW_TIMEOUT_COUNT];
	struct sw_event event = late(1, 5000, 4000);

	note(&event, false);
	event = late(2, 200000, 90000);
	note(&event, false);
	sw_silences_longest(silences, 1, longest);
	ck_assert_uint_eq(longest[SW_TIMEOUT_ESTABLISHED], 4000);
	ck_assert_uint_eq(cut_at(90000, 0), 1);
}
END_TEST

/* An end by on-idle = reset was no packet. */
START_TEST(a_reset_of_ours_is_no_packet)
{
	struct sw_event event = late(1, 5000, 4000);

	event.refused.message = SW_MESSAGE_IDLE_RESET;
	note(&event, false);
	ck_assert_uint_eq(cut_at(4000, 0), 0);
}
END_TEST

START_TEST(two_timeouts_count_together)
{
	struct sw_event event = late(1, 5000, 4000);
	struct sw_silence_sums sums;

	event.info.unanswered = true;
	event.info.timeout = 300;
	note(&event, false);
	event = late(2, 5000, 400);
	event.info.unanswered = true;
	event.info.timeout = 300;
	note(&event, false);
	ck_assert(sw_silence_sums_read(silences, at(0), &sums));
	ck_assert_uint_eq(sums.n, 2);
	ck_assert_uint_eq(sums.list[0].what.timeout, SW_TIMEOUT_ESTABLISHED);
	ck_assert(sums.list[0].what.both);
	ck_assert_uint_eq(sums.list[1].what.timeout, SW_TIMEOUT_UNACKNOWLEDGED);
	ck_assert(!sums.list[1].what.both);
	sw_silence_sums_free(&sums);
}
END_TEST

START_TEST(keepalives_count_apart)
{
	const struct sw_silence lived = { .seconds = 7201,
		.rule = 1,
		.timeout = SW_TIMEOUT_ESTABLISHED,
		.keepalive = true };
	unsigned bucket = sw_silence_rows_bucket(7201);
	struct sw_event event = late(1, 9000, 7201);
	struct sw_silence_sums sums;

	event.refused.seq = 999;
	event.refused.payload = 0;
	event.refused.tcp_flags = SW_ACK;
	note(&event, false);
	sw_silences_survived(silences, &lived, at(9000));
	ck_assert(sw_silence_sums_read(silences, at(0), &sums));
	ck_assert_uint_eq(sums.n, 1);
	ck_assert_uint_eq(sums.list[0].cut[bucket].keepalive, 1);
	ck_assert_uint_eq(sums.list[0].cut[bucket].data, 0);
	ck_assert_uint_eq(sums.list[0].survived[bucket].keepalive, 1);
	sw_silence_sums_free(&sums);
}
END_TEST

/* Only ends by a timeout, under the timeout that ended the flow. */
START_TEST(ends_in_silence_are_counted)
{
	struct sw_timeouts timeouts = {
		.seconds = { [SW_TIMEOUT_ESTABLISHED] = 3600,
		    [SW_TIMEOUT_UNACKNOWLEDGED] = 300 }
	};
	struct sw_event event = late(1, 5000, 4000);
	struct sw_silence_sums sums;

	event.kind = SW_EVENT_ENDED;
	sw_silences_ended(silences, &event, &timeouts);
	sw_silences_ended(silences, &event, &timeouts);
	event.info.unanswered = true;
	sw_silences_ended(silences, &event, &timeouts);
	event.info.how = SW_END_CLOSED;
	sw_silences_ended(silences, &event, &timeouts);
	ck_assert(sw_silence_sums_read(silences, at(0), &sums));
	ck_assert_uint_eq(sums.n, 2);
	ck_assert_uint_eq(sums.list[0].ended, 2);
	ck_assert_uint_eq(sums.list[1].ended, 1);
	sw_silence_sums_free(&sums);
}
END_TEST

START_TEST(a_time_is_added_up_in_slices)
{
	struct sw_silence_sums sums;

	for (unsigned i = 0; i < 10; i++) {
		struct sw_event event = late(i, 3 * HOUR * i + 60, 4000);

		note(&event, false);
	}
	ck_assert_uint_eq(cut_at(4000, 0), 10);
	ck_assert_uint_eq(cut_at(4000, 3 * HOUR * 9), 1);
	ck_assert_uint_eq(cut_at(4000, 3 * HOUR * 6 + 9000), 4);
	ck_assert(
	    sw_silence_sums_read(silences, at(3 * HOUR * 6 + 9000), &sums));
	ck_assert_uint_eq(sums.from.ns, at(3 * HOUR * 6).ns);
	sw_silence_sums_free(&sums);
	ck_assert(sw_silence_sums_read(silences, at(0), &sums));
	ck_assert_uint_eq(sums.from.ns, at(1).ns);
	sw_silence_sums_free(&sums);
}
END_TEST

/* More rows than there are places: the oldest give way, and it is known since
 * when nothing is missing. */
START_TEST(old_slices_give_way)
{
	const struct sw_silence lived = { .seconds = 100, .rule = 3 };
	struct sw_silence_sums sums;
	struct sw_silence_count count = { 0 };
	uint64_t slices = 12000;

	for (uint64_t i = 0; i < slices; i++)
		sw_silences_survived(
		    silences, &lived, at(i * SW_SILENCE_SLICE));
	ck_assert(sw_silence_sums_read(silences, at(0), &sums));
	ck_assert_uint_eq(sums.n, 1);
	count = sums.list[0].survived[sw_silence_rows_bucket(100)];
	ck_assert_uint_gt(sums.from.ns, at(1).ns);
	ck_assert_uint_lt(sums.from.ns, at(slices / 2 * SW_SILENCE_SLICE).ns);
	ck_assert_uint_eq(count.data,
	    slices - sums.from.ns / SW_NS_PER_SECOND / SW_SILENCE_SLICE);
	sw_silence_sums_free(&sums);
}
END_TEST

/* Whatever a predecessor left: no number in it is followed unchecked. */
START_TEST(damaged_memory_does_no_harm)
{
	uint32_t seed = 11;

	for (unsigned round = 0; round < 20; round++) {
		uint8_t *bytes = (uint8_t *)silences;
		struct sw_silence_sums sums;

		for (unsigned i = 0; i < 40000; i++) {
			seed = seed * 1664525 + 1013904223;
			bytes[(seed >> 3) %
			      (sizeof silences->rows + sizeof silences->met)] =
			    (uint8_t)(seed >> 20);
		}
		for (unsigned i = 0; i < 500; i++) {
			struct sw_event event = late(i % 99, 5000 + i, 4000);

			event.refused.seq = i;
			note(&event, true);
		}
		ck_assert(sw_silence_sums_read(silences, at(0), &sums));
		for (size_t i = 0; i < sums.n; i++)
			ck_assert_uint_lt(
			    sums.list[i].what.timeout, SW_TIMEOUT_COUNT);
		sw_silence_sums_free(&sums);
	}
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("silence");

	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, a_bucket_ends_below_its_bound);
	tcase_add_test(t, a_hint_is_the_bound_of_a_bucket);
	tcase_add_test(t, a_connection_counts_once);
	tcase_add_test(t, the_longest_silence_counts);
	tcase_add_test(t, days_do_not_raise_the_longest);
	tcase_add_test(t, a_reset_of_ours_is_no_packet);
	tcase_add_test(t, two_timeouts_count_together);
	tcase_add_test(t, keepalives_count_apart);
	tcase_add_test(t, ends_in_silence_are_counted);
	tcase_add_test(t, a_time_is_added_up_in_slices);
	tcase_add_test(t, old_slices_give_way);
	tcase_add_test(t, damaged_memory_does_no_harm);
	return run_case("silence", t);
}
