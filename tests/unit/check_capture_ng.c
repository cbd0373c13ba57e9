/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files are written block by block, in both byte orders, whole and damaged
 * in every way a reader must notice, and read back.
 */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "runner.h"
#include "tape.h"

START_TEST(pcapng_is_read_in_both_byte_orders)
{
	struct tape w = { .big = _i == 1 };
	struct sw_capture *capture;
	struct sw_record record;

	tape_section(&w);
	tape_interface(&w, 1, "eth0");
	tape_interface(&w, 101, NULL);
	tape_packet(&w, 0, 1000001);
	tape_packet(&w, 1, 2000000);
	capture = tape_open_good(&w);
	record = tape_expect_record(capture, 1000001000);
	ck_assert_uint_eq(record.link, 1);
	ck_assert_uint_eq(record.interface, 1);
	ck_assert_uint_eq(record.length, 1500);
	ck_assert(!record.outgoing);
	record = tape_expect_record(capture, 2000000000);
	ck_assert_uint_eq(record.link, 101);
	ck_assert_uint_eq(record.interface, 2);
	ck_assert_str_eq(sw_capture_interface_name(capture, 1), "eth0");
	ck_assert_str_eq(sw_capture_interface_name(capture, 2), "");
	ck_assert_str_eq(sw_capture_interface_name(capture, 3), "");
	tape_expect_end(capture);
}
END_TEST

/* if_tsresol, if_tsoffset, a stamp, and what it comes to */
static const struct {
	uint8_t resolution;
	int64_t offset;
	uint64_t stamp, ns;
} stamps[] = {
	{ 0, 0, 7, UINT64_C(7000000000) },
	{ 3, 0, 1500, UINT64_C(1500000000) },
	{ 9, 0, 123456789, 123456789 },
	{ 12, 0, UINT64_C(5000000001999), UINT64_C(5000000001) },
	{ 19, 0, UINT64_C(15000000000000000000), UINT64_C(1500000000) },
	{ 0x80 | 10, 0, 1536, UINT64_C(1500000000) },
	{ 0x80 | 63, 0, UINT64_C(1) << 62, 500000000 },
	{ 6, 100, 1000000, UINT64_C(101000000000) },
	{ 6, -2, 1000000, 0 }, /* before 1970 */
	{ 0, 0, UINT64_MAX, INT64_MAX },
	{ 0, INT64_MAX, UINT64_MAX, INT64_MAX },
};

START_TEST(time_stamps_have_any_resolution)
{
	struct tape w = { 0 };
	struct sw_capture *capture;
	char resolution = (char)stamps[_i].resolution;

	tape_section(&w);
	tape_interface_begin(&w, 1, NULL);
	tape_option(&w, 9, &resolution, 1);
	tape_option(&w, 14, (const char *)&stamps[_i].offset, 8);
	tape_put(&w, 0, 4);
	tape_block_end(&w);
	tape_packet(&w, 0, stamps[_i].stamp);
	capture = tape_open_good(&w);
	tape_expect_record(capture, stamps[_i].ns);
	tape_expect_end(capture);
}
END_TEST

START_TEST(resolution_past_64_bits_is_told)
{
	struct tape w = { 0 };
	static const char codes[] = { 20, (char)(0x80 | 64), 127, (char)0xff };

	tape_section(&w);
	tape_interface_begin(&w, 1, NULL);
	tape_option(&w, 9, &codes[_i], 1);
	tape_block_end(&w);
	tape_expect_damage(tape_open_good(&w), "finer than 64 bits hold");
}
END_TEST

START_TEST(simple_and_old_packets_count_like_others)
{
	struct tape w = { 0 };
	struct sw_capture *capture;
	struct sw_record record;

	tape_section(&w);
	tape_interface(&w, 101, "a");
	tape_packet(&w, 0, 3000000);
	tape_block_begin(&w, 3); /* simple: no time of its own */
	tape_put(&w, strlen(TAPE_PACKET), 4);
	tape_put_bytes(&w, TAPE_PACKET, strlen(TAPE_PACKET));
	tape_block_end(&w);
	tape_block_begin(&w, 2); /* old: interface and drops in 16 bits each */
	tape_put(&w, 0, 2);
	tape_put(&w, 9, 2);
	tape_put(&w, 0, 4);
	tape_put(&w, 4000000, 4);
	tape_put(&w, strlen(TAPE_PACKET), 4);
	tape_put(&w, strlen(TAPE_PACKET), 4);
	tape_put_bytes(&w, TAPE_PACKET, strlen(TAPE_PACKET));
	tape_block_end(&w);
	capture = tape_open_good(&w);
	tape_expect_record(capture, 3 * SW_NS_PER_SECOND);
	record = tape_expect_record(capture, 3 * SW_NS_PER_SECOND);
	ck_assert_uint_eq(record.frame, 2);
	ck_assert_uint_eq(record.interface, 1);
	record = tape_expect_record(capture, 4 * SW_NS_PER_SECOND);
	ck_assert_uint_eq(record.frame, 3);
	tape_expect_end(capture);
}
END_TEST

START_TEST(simple_packet_is_cut_at_the_snapshot_length)
{
	struct tape w = { 0 };
	struct sw_capture *capture;
	struct sw_record record;

	tape_section(&w);
	tape_block_begin(&w, 1);
	tape_put(&w, 101, 2);
	tape_put(&w, 0, 2);
	tape_put(&w, strlen(TAPE_PACKET), 4);
	tape_block_end(&w);
	tape_block_begin(&w, 3);
	tape_put(&w, 9000, 4);
	tape_put_bytes(&w, TAPE_PACKET, strlen(TAPE_PACKET));
	tape_block_end(&w);
	capture = tape_open_good(&w);
	record = tape_expect_record(capture, 0);
	ck_assert_uint_eq(record.length, 9000);
	tape_expect_end(capture);
}
END_TEST

START_TEST(unknown_blocks_are_stepped_over)
{
	struct tape w = { 0 };
	struct sw_capture *capture;

	tape_section(&w);
	tape_block_begin(&w, 0x0bad);
	for (int i = 0; i < 3000; i++)
		tape_put(&w, 0x0a0d0d0a, 4);
	tape_block_end(&w);
	tape_interface(&w, 1, NULL);
	tape_block_begin(&w, 5);
	tape_put(&w, 0, 4);
	tape_block_end(&w);
	tape_packet(&w, 0, 1000000);
	capture = tape_open_good(&w);
	tape_expect_record(capture, SW_NS_PER_SECOND);
	tape_expect_end(capture);
}
END_TEST

START_TEST(outgoing_is_told_by_the_flags)
{
	struct tape w = { 0 };
	struct sw_capture *capture;
	struct sw_record record;
	uint32_t inbound = 1, outbound = 2;

	tape_section(&w);
	tape_interface(&w, 1, NULL);
	tape_packet_begin(&w, 0, 0);
	tape_option(&w, 2, (const char *)&inbound, 4);
	tape_block_end(&w);
	tape_packet_begin(&w, 0, 0);
	tape_option(&w, 1, "a comment", 9);
	tape_option(&w, 2, (const char *)&outbound, 4);
	tape_block_end(&w);
	capture = tape_open_good(&w);
	record = tape_expect_record(capture, 0);
	ck_assert(!record.outgoing);
	record = tape_expect_record(capture, 0);
	ck_assert(record.outgoing);
	tape_expect_end(capture);
}
END_TEST

/* A second section numbers its interfaces anew, and may be of the other
 * byte order; a name keeps its index. */
START_TEST(sections_share_interfaces_by_name)
{
	struct tape w = { 0 };
	struct sw_capture *capture;

	tape_section(&w);
	tape_interface(&w, 1, "eth0");
	tape_interface(&w, 1, "eth1");
	tape_packet(&w, 1, 1000000);
	w.big = true;
	tape_section(&w);
	tape_interface(&w, 1, "eth1");
	tape_interface(&w, 1, "eth7");
	tape_packet(&w, 0, 2000000);
	tape_packet(&w, 1, 3000000);
	capture = tape_open_good(&w);
	ck_assert_uint_eq(
	    tape_expect_record(capture, 1 * SW_NS_PER_SECOND).interface, 2);
	ck_assert_uint_eq(
	    tape_expect_record(capture, 2 * SW_NS_PER_SECOND).interface, 2);
	ck_assert_uint_eq(
	    tape_expect_record(capture, 3 * SW_NS_PER_SECOND).interface, 3);
	ck_assert_uint_eq(sw_capture_interfaces(capture), 3);
	ck_assert_str_eq(sw_capture_interface_name(capture, 3), "eth7");
	tape_expect_end(capture);
}
END_TEST

static void
damage_lengths(struct tape *w)
{
	tape_packet(w, 0, 0);
	w->bytes[w->size - 4] ^= 4;
}

static void
damage_captured(struct tape *w)
{
	tape_packet(w, 0, 0);
	w->bytes[w->block + 20] = 200;
}

static void
damage_interface(struct tape *w)
{
	tape_packet(w, 7, 0);
}

static void
damage_odd(struct tape *w)
{
	tape_packet(w, 0, 0);
	w->bytes[w->block + 4] |= 1;
}

static void
damage_huge(struct tape *w)
{
	tape_packet(w, 0, 0);
	w->bytes[w->block + 7] = 0x7f;
}

static void
damage_small(struct tape *w)
{
	tape_block_begin(w, 6);
	tape_put(w, 0, 8);
	tape_block_end(w);
}

static void
damage_end(struct tape *w)
{
	tape_packet(w, 0, 0);
	w->size -= 5;
}

static void
damage_head(struct tape *w)
{
	tape_put(w, 6, 4);
}

static void
damage_skipped(struct tape *w)
{
	tape_block_begin(w, 0x0bad);
	tape_put(w, 0, 8);
	tape_block_end(w);
	w->size -= 6;
}

static void
damage_order(struct tape *w)
{
	tape_section(w);
	w->bytes[w->block + 8] ^= 0xff;
}

static void
damage_version(struct tape *w)
{
	tape_section(w);
	w->bytes[w->block + 12] = 2;
}

static const struct {
	void (*write)(struct tape *w);
	const char *words;
} damages[] = {
	{ damage_lengths, "the two lengths of a block differ" },
	{ damage_captured, "a packet longer than its block" },
	{ damage_interface, "interface 7, which is not described" },
	{ damage_odd, "a block of 45 bytes" },
	{ damage_huge, "which no packet needs" },
	{ damage_small, "a packet block too short" },
	{ damage_end, "the file ends inside a block" },
	{ damage_head, "the file ends inside a block" },
	{ damage_skipped, "the file ends inside a block" },
	{ damage_order, "a section without its byte order" },
	{ damage_version, "version 2 of pcapng" },
};

START_TEST(damaged_pcapng_gives_what_is_there)
{
	struct tape w = { 0 };
	struct sw_capture *capture;
	char words[64];

	tape_section(&w);
	tape_interface(&w, 1, NULL);
	tape_packet(&w, 0, 1000000);
	snprintf(words, sizeof words,
	    "damaged at byte %zu, after 1 records: ", w.size);
	damages[_i].write(&w);
	capture = tape_open_good(&w);
	tape_expect_record(capture, SW_NS_PER_SECOND);
	ck_assert_str_eq(sw_capture_error(capture), "");
	tape_expect_damage(capture, damages[_i].words);
	capture = tape_open_good(&w);
	tape_expect_record(capture, SW_NS_PER_SECOND);
	tape_expect_damage(capture, words);
}
END_TEST

#define COUNT(list) (int)(sizeof(list) / sizeof((list)[0]))

int
main(void)
{
	TCase *tests = tcase_create("all");

	tcase_add_loop_test(tests, pcapng_is_read_in_both_byte_orders, 0, 2);
	tcase_add_loop_test(
	    tests, time_stamps_have_any_resolution, 0, COUNT(stamps));
	tcase_add_loop_test(tests, resolution_past_64_bits_is_told, 0, 4);
	tcase_add_test(tests, simple_and_old_packets_count_like_others);
	tcase_add_test(tests, simple_packet_is_cut_at_the_snapshot_length);
	tcase_add_test(tests, unknown_blocks_are_stepped_over);
	tcase_add_test(tests, outgoing_is_told_by_the_flags);
	tcase_add_test(tests, sections_share_interfaces_by_name);
	tcase_add_loop_test(
	    tests, damaged_pcapng_gives_what_is_there, 0, COUNT(damages));
	return run_case("capture_ng", tests);
}
