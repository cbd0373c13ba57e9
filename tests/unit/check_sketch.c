/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_sketch: what of a source's refused packets gives a scanner away.
 *
 * A scene is a source and its probes; each test brings those up to a bound
 * of sw_scan_source_surely() and one over it.
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

START_TEST(forged_numbers)
{
	static const struct {
		uint8_t flags;
		uint32_t seq, ack;
		bool forged;
	} rows[] = {
		{ SW_ACK, 0, 5, true },
		{ SW_ACK, 5, 0, true },
		{ SW_ACK, 5, 5, true },
		{ SW_ACK, 5, 6, false },
		{ SW_FIN | SW_ACK, 0, 5, true },
		{ SW_FIN, 0, 0, false },
		{ SW_RST | SW_ACK, 0, 5, false },
		{ SW_SYN | SW_ACK, 0, 5, false },
	};

	for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct sw_refusal packet = { .tcp_flags = rows[i].flags,
			.seq = rows[i].seq,
			.ack = rows[i].ack };

		ck_assert_msg(
		    sw_scan_forged(&packet) == rows[i].forged, "row %u", i);
	}
}
END_TEST

START_TEST(one_forged_probe_is_enough)
{
	struct sw_refusal packet = plain_ack(0);

	ck_assert(!sw_scan_source_surely(note(1, 0, &packet)));
	packet.seq = 0;
	ck_assert(sw_scan_source_surely(note(1, 0, &packet)));
}
END_TEST

/* The same number towards another tuple; the same tuple may repeat. */
START_TEST(numbers_used_twice_are_forged)
{
	for (unsigned same = 0; same < 3; same++) {
		struct sw_refusal packet = plain_ack(0);

		begin();
		note(1, 0, &packet);
		ck_assert_uint_eq(note(1, 0, &packet)->forged, 0);
		packet = plain_ack(1);
		if (same == 1)
			packet.seq = plain_ack(0).seq;
		if (same == 2)
			packet.ack = plain_ack(0).ack;
		ck_assert_uint_eq(note(1, 1, &packet)->forged, same != 0);
		end();
	}
}
END_TEST

/* Only the probe before counts, and none before the first. */
START_TEST(first_probe_repeats_nothing)
{
	struct sw_refusal packet = { .tcp_flags = SW_RST, .seq = 0, .ack = 0 };

	ck_assert_uint_eq(note(1, 0, &packet)->forged, 0);
	packet = plain_ack(1);
	ck_assert_uint_eq(note(1, 1, &packet)->forged, 0);
	packet = plain_ack(2);
	ck_assert_uint_eq(note(1, 2, &packet)->forged, 0);
	packet = plain_ack(3);
	packet.seq = plain_ack(1).seq;
	ck_assert_uint_eq(note(1, 3, &packet)->forged, 0);
}
END_TEST

/* So many ports of one host, each from another port of the source's, and so
 * slowly that a host would have repeated the first. */
START_TEST(six_ports_of_one_host)
{
	const struct sw_source *source = NULL;

	for (unsigned n = 0; n < 6; n++) {
		struct sw_refusal packet = plain_ack(n);

		source = note(1, n, &packet);
		now.ns += 300 * SW_NS_PER_MS;
		ck_assert_uint_eq(source->vertical, n + 1);
		ck_assert(sw_scan_source_surely(source) == (n == 5));
	}
}
END_TEST

START_TEST(ports_of_several_hosts_do_not_add_up)
{
	const struct sw_source *source = NULL;

	for (unsigned n = 0; n < 8; n++) {
		struct sw_refusal packet = plain_ack(n);

		source = note(1 + n / 4, n, &packet);
	}
	ck_assert_uint_eq(source->vertical, 4);
	ck_assert(!sw_scan_source_surely(source));
}
END_TEST

START_TEST(three_ports_from_one)
{
	for (unsigned sports = 1; sports <= 2; sports++) {
		const struct sw_source *source = NULL;

		begin();
		for (unsigned n = 0; n < 3; n++) {
			struct sw_refusal packet = plain_ack(n);

			packet.ends.sport = (uint16_t)(1 + n % sports);
			ck_assert(n == 0 || !sw_scan_source_surely(source));
			source = note(1, n, &packet);
		}
		ck_assert(sw_scan_source_surely(source) == (sports == 1));
		end();
	}
}
END_TEST

/* Each target a host of its own: from few ports it is a scan. */
START_TEST(four_targets_from_two_ports)
{
	for (unsigned sports = 2; sports <= 3; sports++) {
		const struct sw_source *source = NULL;

		begin();
		for (unsigned n = 0; n < 4; n++) {
			struct sw_refusal packet = plain_ack(n);

			packet.ends.sport = (uint16_t)(1 + n % sports);
			ck_assert(n == 0 || !sw_scan_source_surely(source));
			source = note(100 + n, n, &packet);
		}
		ck_assert(sw_scan_source_surely(source) == (sports == 2));
		end();
	}
}
END_TEST

/* So many ports that all bits are set tell nothing of how many there were. */
START_TEST(sixty_four_ports_may_be_more)
{
	for (unsigned sports = 63; sports <= 64; sports++) {
		const struct sw_source *source = NULL;

		begin();
		for (unsigned n = 0; n < 200; n++) {
			struct sw_refusal packet = plain_ack(n);

			packet.ends.sport = (uint16_t)(n % sports);
			source = note(1000 + n, n, &packet);
		}
		ck_assert_uint_ge(sw_scan_source_targets(source), 128);
		ck_assert(sw_scan_source_surely(source) == (sports == 63));
		end();
	}
}
END_TEST

/* Twenty targets, of which so many look different, in packets so long, so
 * many milliseconds apart. */
static bool
scan_of(unsigned different, uint32_t length, uint64_t pause)
{
	const struct sw_source *source = NULL;
	bool surely;

	begin();
	for (unsigned n = 0; n < 20; n++) {
		struct sw_refusal packet = plain_ack(n);

		packet.length = length;
		if (n >= 20 - different)
			packet.window = 77;
		ck_assert(n == 0 || !sw_scan_source_surely(source));
		source = note(100 + n, n, &packet);
		now.ns += pause * SW_NS_PER_MS;
	}
	ck_assert_uint_eq(source->alike, 20 - different);
	surely = sw_scan_source_surely(source);
	end();
	return surely;
}

static bool
uniform_scan(unsigned different, uint32_t length)
{
	return scan_of(different, length, 80);
}

START_TEST(twenty_targets_alike)
{
	ck_assert(uniform_scan(0, 40));
	ck_assert(uniform_scan(2, 40));
	ck_assert(!uniform_scan(3, 40));
	ck_assert(uniform_scan(0, 60));
	ck_assert(!uniform_scan(0, 52));
	/* A host that wakes would have had no time to repeat anything. */
	ck_assert(!scan_of(0, 40, 78));
	ck_assert(scan_of(0, 40, 79));
}
END_TEST

START_TEST(other_lengths_are_not_alike)
{
	struct sw_refusal packet = plain_ack(0);

	note(1, 0, &packet);
	packet = plain_ack(1);
	packet.length++;
	ck_assert_uint_eq(note(2, 1, &packet)->alike, 1);
	packet = plain_ack(2);
	ck_assert_uint_eq(note(2, 1, &packet)->alike, 2);
}
END_TEST

/* Who sends data is no scanner, as soon as it is more than a quarter. */
START_TEST(payload_speaks_against_it)
{
	const struct sw_source *source = NULL;
	struct sw_refusal packet;

	for (unsigned n = 0; n < 8; n++) {
		packet = plain_ack(n);
		source = note(1, n, &packet);
		now.ns += 250 * SW_NS_PER_MS;
	}
	ck_assert_uint_eq(source->probes, 8);
	ck_assert(sw_scan_source_surely(source));
	packet.payload = 1;
	source = note(1, 9, &packet);
	source = note(1, 9, &packet);
	ck_assert_uint_eq(source->payloads, 2);
	ck_assert_uint_eq(source->probes, 8);
	ck_assert(sw_scan_source_surely(source));
	ck_assert(!sw_scan_source_surely(note(1, 9, &packet)));
}
END_TEST

/* Towards clients' ports: a server that started again. */
START_TEST(only_servers_are_targets)
{
	struct sw_refusal packet = plain_ack(0);
	const struct sw_source *source = NULL;

	for (unsigned n = 0; n < 10; n++) {
		struct sw_probe probe = probe_at(1, n);

		probe.server_side = false;
		packet.seq = 0;
		source = sw_scan_note(scan, &probe, &packet, now);
	}
	ck_assert_uint_eq(source->probes, 0);
	ck_assert_uint_eq(sw_scan_source_targets(source), 0);
	ck_assert(!sw_scan_source_surely(source));
}
END_TEST

/* --- places --- */

static const struct sw_source *
note_of(uint64_t id)
{
	struct sw_refusal packet = plain_ack(0);
	struct sw_probe probe = probe_at(1, 0);

	probe.source = id;
	now.ns++;
	return sw_scan_note(scan, &probe, &packet, now);
}

START_TEST(sources_are_apart)
{
	note_of(1);
	note_of(2);
	note_of(UINT64_C(2) << 40 | 1);
	ck_assert_uint_eq(note_of(1)->probes, 2);
	ck_assert_uint_eq(note_of(2)->probes, 2);
	ck_assert_uint_eq(note_of(UINT64_C(2) << 40 | 1)->probes, 2);
	/* 0 would be a free place; it is taken for 1. */
	ck_assert_uint_eq(note_of(0)->probes, 3);
	ck_assert_uint_eq(note_of(0)->probes, 4);
}
END_TEST

/* The set follows from the upper bits. */
START_TEST(there_are_many_sets)
{
	for (uint64_t n = 1; n <= SW_SCAN_SETS; n++)
		note_of(n << 40);
	for (uint64_t n = 1; n <= SW_SCAN_SETS; n++)
		ck_assert_uint_eq(note_of(n << 40)->probes, 2);
}
END_TEST

/* A fifth one in the same set takes the place of who was quiet longest. */
START_TEST(the_quiet_give_way)
{
	for (uint64_t id = 1; id <= SW_SCAN_WAYS; id++)
		note_of(id);
	ck_assert_uint_eq(note_of(1)->probes, 2);
	ck_assert_uint_eq(note_of(99)->probes, 1);
	ck_assert_uint_eq(note_of(1)->probes, 3);
	ck_assert_uint_eq(note_of(3)->probes, 2);
	ck_assert_uint_eq(note_of(4)->probes, 2);
	ck_assert_uint_eq(note_of(99)->probes, 2);
	ck_assert_uint_eq(note_of(2)->probes, 1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sketch");
	TCase *alone = tcase_create("alone"), *tcase = tcase_create("sketch");

	tcase_add_test(alone, forged_numbers);
	tcase_add_test(alone, numbers_used_twice_are_forged);
	tcase_add_test(alone, three_ports_from_one);
	tcase_add_test(alone, four_targets_from_two_ports);
	tcase_add_test(alone, sixty_four_ports_may_be_more);
	tcase_add_test(alone, twenty_targets_alike);
	suite_add_tcase(suite, alone);
	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, one_forged_probe_is_enough);
	tcase_add_test(tcase, first_probe_repeats_nothing);
	tcase_add_test(tcase, six_ports_of_one_host);
	tcase_add_test(tcase, ports_of_several_hosts_do_not_add_up);
	tcase_add_test(tcase, other_lengths_are_not_alike);
	tcase_add_test(tcase, payload_speaks_against_it);
	tcase_add_test(tcase, only_servers_are_targets);
	tcase_add_test(tcase, sources_are_apart);
	tcase_add_test(tcase, there_are_many_sets);
	tcase_add_test(tcase, the_quiet_give_way);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
