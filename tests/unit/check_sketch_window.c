/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_sketch_window: for how long a source's refused packets count.
 */
#include <check.h>
#include <stdlib.h>

#include "diagnose/scan.h"
#include "runner.h"

#define SECOND SW_NS_PER_SECOND
#define SOURCE UINT64_C(0x123456789abcdef0)

static struct sw_scan *scan;
static struct sw_time now;

static void
begin(void)
{
	scan = calloc(1, sizeof *scan);
	ck_assert_ptr_nonnull(scan);
	now.ns = 1000 * SECOND;
}

static void
end(void)
{
	free(scan);
}

/* A bare ACK with numbers of its own, as a host in trouble sends it. */
static struct sw_refusal
plain_ack(unsigned n)
{
	return (struct sw_refusal){ .tcp_flags = SW_ACK,
		.seq = 1000 + 17 * n,
		.ack = 90000 + 23 * n,
		.window = 500,
		.length = 52,
		.ends.sport = (uint16_t)(40000 + n) };
}

/* Target and port bit n of a host, of a tuple of its own. */
static struct sw_probe
probe_at(uint64_t host, unsigned n)
{
	return (struct sw_probe){ .source = SOURCE,
		.host = host,
		.target = (uint64_t)n << 20,
		.tuple = 7000 + n,
		.server_side = true };
}

static const struct sw_source *
note(uint64_t host, unsigned n, const struct sw_refusal *packet)
{
	struct sw_probe probe = probe_at(host, n);

	return sw_scan_note(scan, &probe, packet, now);
}

/* --- windows --- */

START_TEST(a_window_is_a_minute)
{
	struct sw_refusal packet = plain_ack(0);

	note(1, 0, &packet);
	now.ns += 60 * SECOND - 1;
	packet = plain_ack(1);
	ck_assert_uint_eq(note(1, 1, &packet)->probes, 2);
	now.ns += 1;
	packet = plain_ack(2);
	ck_assert_uint_eq(note(1, 2, &packet)->probes, 1);
}
END_TEST

/* Just after the machine started, too. */
START_TEST(a_window_begins_with_its_first_packet)
{
	struct sw_refusal packet = plain_ack(0);

	now.ns = 10 * SECOND;
	note(1, 0, &packet);
	now.ns = 65 * SECOND;
	packet = plain_ack(1);
	ck_assert_uint_eq(note(1, 1, &packet)->probes, 2);
	/* Nothing was forged in it. */
	now.ns = 75 * SECOND;
	packet = plain_ack(2);
	ck_assert_uint_eq(note(1, 2, &packet)->probes, 1);
	ck_assert_uint_eq(note(1, 2, &packet)->forged, 0);
}
END_TEST

/* The window before counts, unless a whole one lies between. */
static const struct sw_source *
after_pause(uint64_t pause)
{
	struct sw_refusal packet;

	for (unsigned n = 0; n < 5; n++) {
		packet = plain_ack(n);
		packet.seq = n == 0 ? 0 : packet.seq;
		note(1, n, &packet);
	}
	now.ns += pause;
	packet = plain_ack(7);
	return note(1, 7, &packet);
}

START_TEST(the_window_before_counts)
{
	const struct sw_source *source = after_pause(60 * SECOND);

	ck_assert_uint_eq(sw_scan_source_targets(source), 5);
	ck_assert_uint_eq(source->forged, 1);
	ck_assert_uint_eq(source->vertical, 1);
}
END_TEST

START_TEST(a_window_earlier_does_not)
{
	const struct sw_source *source = after_pause(120 * SECOND);

	ck_assert_uint_eq(sw_scan_source_targets(source), 1);
	ck_assert_uint_eq(source->forged, 0);
}
END_TEST

START_TEST(just_before_two_windows_it_does)
{
	const struct sw_source *source = after_pause(120 * SECOND - 1);

	ck_assert_uint_eq(sw_scan_source_targets(source), 5);
	ck_assert_uint_eq(source->forged, 1);
}
END_TEST

/* The window before says nothing about a packet that is no probe. */
START_TEST(without_a_probe_nothing_is_sure)
{
	struct sw_refusal packet = plain_ack(9);
	struct sw_probe probe = probe_at(1, 9);
	const struct sw_source *source;

	for (unsigned n = 0; n < 5; n++) {
		packet = plain_ack(n);
		note(100 + n, n, &packet);
	}
	now.ns += 60 * SECOND;
	probe.server_side = false;
	source = sw_scan_note(scan, &probe, &packet, now);
	ck_assert_uint_eq(sw_scan_source_targets(source), 5);
	ck_assert(!sw_scan_source_surely(source));
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("window");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, a_window_is_a_minute);
	tcase_add_test(tcase, a_window_begins_with_its_first_packet);
	tcase_add_test(tcase, the_window_before_counts);
	tcase_add_test(tcase, a_window_earlier_does_not);
	tcase_add_test(tcase, just_before_two_windows_it_does);
	tcase_add_test(tcase, without_a_probe_nothing_is_sure);
	return run_case("sketch window", tcase);
}
