/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_packet_plain: the shortcut of the packet parser says what the patient
 * reader says, of packets that are plain and of packets that nearly are.
 */
#include <check.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "draw.h"
#include "engine/packet/internal.h"
#include "runner.h"

enum { ROUNDS = 100000, ROOM = 160 };

static const uint8_t stamp[] = { 1, 1, 8, 10, 0, 1, 2, 3, 9, 8, 7, 6 };

static size_t
make(uint8_t *bytes, bool six, bool stamped)
{
	return build_bytes(&(struct build){ .src = six ? "fd00::1" : "10.0.0.1",
			       .dst = six ? "fd00::2" : "10.0.0.2",
			       .sport = 1024,
			       .dport = 443,
			       .flags = build_flags("PA"),
			       .seq = 0x80000001,
			       .ack = 77,
			       .window = 500,
			       .options = stamped ? stamp : NULL,
			       .options_length = stamped ? sizeof(stamp) : 0,
			       .payload_length = 20 },
	    bytes);
}

/* => taken by the shortcut; both readers then agree to the last byte */
static bool
compare(const uint8_t *bytes, size_t captured, uint32_t stated)
{
	uint8_t *copy = malloc(captured ? captured : 1);
	struct sw_packet plain, any, parsed;
	enum sw_parse outcome;
	bool taken;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, bytes, captured);
	outcome = sw_packet_read_any(copy, captured, stated, &any);
	taken = sw_packet_read_fast(copy, captured, stated, &plain);
	if (taken) {
		ck_assert_int_eq(outcome, SW_PARSE_OK);
		ck_assert_mem_eq(&plain, &any, sizeof(any));
	}
	ck_assert_int_eq(
	    sw_packet_parse(copy, captured, stated, &parsed), outcome);
	ck_assert_mem_eq(&parsed, &any, sizeof(any));
	free(copy);
	return taken;
}

START_TEST(takes_what_is_plain)
{
	uint8_t bytes[BUILD_MAX];

	for (unsigned i = 0; i < 4; i++) {
		size_t length = make(bytes, i & 1, i & 2);
		size_t headers = length - 20;

		ck_assert(compare(bytes, length, 0));
		ck_assert(compare(bytes, length, (uint32_t)length));
		ck_assert(compare(bytes, headers, 0));
		ck_assert(compare(bytes, headers, (uint32_t)length + 9));
		ck_assert(!compare(bytes, headers - 1, 0));
		ck_assert(!compare(bytes, length, (uint32_t)length - 1));
	}
}
END_TEST

START_TEST(leaves_what_is_not)
{
	uint8_t bytes[BUILD_MAX];
	size_t length = make(bytes, false, true);

	bytes[6] = 0x20; /* more fragments */
	ck_assert(!compare(bytes, length, 0));
	length = make(bytes, false, true);
	bytes[9] = IPPROTO_UDP;
	ck_assert(!compare(bytes, length, 0));
	length = make(bytes, false, true);
	bytes[2] = bytes[3] = 0; /* length left to whoever cut it */
	ck_assert(!compare(bytes, length, (uint32_t)length));
	length = make(bytes, true, true);
	bytes[6] = IPPROTO_HOPOPTS;
	ck_assert(!compare(bytes, length, 0));
	ck_assert(!compare(bytes, 0, 0));
}
END_TEST

/* One to four bytes are anything, and so are the lengths. */
START_TEST(agrees_on_what_nearly_is)
{
	uint8_t bytes[BUILD_MAX];
	uint64_t seed = 4711;
	uint32_t taken = 0;

	for (uint32_t i = 0; i < ROUNDS; i++) {
		uint64_t r = draw(&seed);
		size_t length = make(bytes, r & 1, r & 2);
		size_t captured = r & 4 ? length : (r >> 8) % (length + 1);
		uint32_t stated = r & 8 ? 0 : (uint32_t)(r >> 16) % ROOM;

		for (uint32_t k = 0; k < (r >> 4 & 3); k++) {
			uint64_t s = draw(&seed);

			bytes[s % length] = (uint8_t)(s >> 32);
		}
		taken += compare(bytes, captured, stated);
	}
	ck_assert_uint_gt(taken, ROUNDS / 20);
	ck_assert_uint_lt(taken, ROUNDS);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("packet_plain");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, takes_what_is_plain);
	tcase_add_test(tcase, leaves_what_is_not);
	tcase_add_test(tcase, agrees_on_what_nearly_is);
	return run_case("packet_plain", tcase);
}
