/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files are written in every dialect of pcap and read back; what is no
 * capture at all is told by what it is.
 */
#include <check.h>
#include <string.h>

#include "runner.h"
#include "tape.h"

/* magic, its byte order, and the nanoseconds of the fraction 123456 */
static const struct {
	uint32_t magic;
	bool big;
	uint64_t ns;
} classics[] = {
	{ 0xa1b2c3d4, false, 123456000 },
	{ 0xa1b2c3d4, true, 123456000 },
	{ 0xa1b23c4d, false, 123456 },
	{ 0xa1b23c4d, true, 123456 },
};

START_TEST(pcap_is_read_in_any_dialect)
{
	struct tape w = { .big = classics[_i].big };
	struct sw_capture *capture;
	struct sw_record record;

	tape_classic(&w, classics[_i].magic);
	tape_classic_packet(&w, 1700000000, 123456);
	tape_classic_packet(&w, 4000000000, 0); /* after 2038 */
	capture = tape_open_good(&w);
	record = tape_expect_record(
	    capture, UINT64_C(1700000000000000000) + classics[_i].ns);
	ck_assert_uint_eq(record.frame, 1);
	ck_assert_uint_eq(record.link, 1);
	ck_assert_uint_eq(record.length, 1500);
	ck_assert_uint_eq(record.interface, 0);
	record = tape_expect_record(capture, UINT64_C(4000000000000000000));
	ck_assert_uint_eq(record.frame, 2);
	tape_expect_end(capture);
}
END_TEST

START_TEST(cut_pcap_gives_what_is_there)
{
	struct tape w = { 0 };
	struct sw_capture *capture;

	tape_classic(&w, 0xa1b2c3d4);
	tape_classic_packet(&w, 5, 0);
	tape_classic_packet(&w, 6, 0);
	w.size -= 1 + (size_t)_i;
	capture = tape_open_good(&w);
	tape_expect_record(capture, 5 * SW_NS_PER_SECOND);
	tape_expect_damage(capture, "damaged at byte 50, after 1 records");
}
END_TEST

/* First bytes of a file that is no capture, and a word of the answer. */
static const struct {
	const char *bytes;
	size_t size;
	const char *words;
} strangers[] = {
	{ "", 0, "too short" },
	{ "\x0a\x0d", 2, "too short" },
	{ "hello, world", 12, "unknown file format" },
	{ "\x1f\x8b\x08\x08rest", 8, "gzip" },
	{ "\x28\xb5\x2f\xfdrest", 8, "zstd" },
	{ "\x5f\x2a\x4d\x18rest", 8, "zstd" },
	{ "\xfd\x37zXZrest", 9, "xz" },
	{ "\x04\x22\x4d\x18rest", 8,
	    "compressed by lz4: try lz4cat FILE | synwardctl replay -" },
	{ "BZh9rest", 8,
	    "compressed by bzip2: try bzcat FILE | synwardctl replay -" },
	{ "\xd4\xc3\xb2\xa1", 4, "truncated" },
};

START_TEST(what_is_no_capture_is_told)
{
	struct tape w = { 0 };
	char error[SW_CAPTURE_ERROR] = "";

	memcpy(w.bytes, strangers[_i].bytes, strangers[_i].size);
	w.size = strangers[_i].size;
	ck_assert_ptr_null(tape_open(&w, error));
	ck_assert_msg(strstr(error, strangers[_i].words) != NULL,
	    "'%s' does not tell '%s'", error, strangers[_i].words);
}
END_TEST

START_TEST(missing_file_is_told)
{
	char error[SW_CAPTURE_ERROR] = "";

	ck_assert_ptr_null(sw_capture_open("/nonexistent/x.pcap", error));
	ck_assert_str_eq(error, "No such file or directory");
}
END_TEST

#define COUNT(list) (int)(sizeof(list) / sizeof((list)[0]))

int
main(void)
{
	TCase *tests = tcase_create("all");

	tcase_add_loop_test(
	    tests, pcap_is_read_in_any_dialect, 0, COUNT(classics));
	tcase_add_loop_test(tests, cut_pcap_gives_what_is_there, 0, 25);
	tcase_add_loop_test(
	    tests, what_is_no_capture_is_told, 0, COUNT(strangers));
	tcase_add_test(tests, missing_file_is_told);
	return run_case("capture", tests);
}
