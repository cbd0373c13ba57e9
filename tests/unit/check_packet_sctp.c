/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parser makes of SCTP: chunks, tags, and packets that no host sends.
 */

#include <check.h>
#include <netinet/in.h>
#include <string.h>

#include "build.h"
#include "chunks.h"
#include "draw.h"
#include "runner.h"

#define HAS(chunk) (1u << SW_SCTP_##chunk)

static size_t
bytes_of(const struct chunks *chunks, bool ip6, uint8_t *bytes)
{
	uint8_t upper[CHUNKS_BYTES];
	struct build build = { .proto = IPPROTO_SCTP,
		.raw = true,
		.payload = upper,
		.payload_length = chunks_bytes(chunks, upper) };

	if (ip6)
		build.src = "fd00::1", build.dst = "fd00::2";
	return build_bytes(&build, bytes);
}

static enum sw_parse
parse(const struct chunks *chunks, struct sw_packet *packet)
{
	uint8_t bytes[BUILD_MAX];
	size_t length = bytes_of(chunks, false, bytes);

	return build_parse(bytes, length, 0, packet);
}

START_TEST(an_init_tells_its_tag)
{
	struct chunks chunks = { 4000, 36412, 0, 1,
		{ { .type = SW_SCTP_INIT, .tag = 0x01020304 } } };
	uint8_t bytes[BUILD_MAX];
	struct sw_packet p;

	ck_assert_int_eq(
	    build_parse(bytes, bytes_of(&chunks, _i, bytes), 0, &p),
	    SW_PARSE_OK);
	ck_assert_uint_eq(p.ends.sport, 4000);
	ck_assert_uint_eq(p.ends.dport, 36412);
	ck_assert_uint_eq(p.sctp.tag, 0);
	ck_assert_uint_eq(p.sctp.init_tag, 0x01020304);
	ck_assert_uint_eq(p.sctp.chunks, HAS(INIT));
	ck_assert_uint_eq(p.sctp.steps, 1);
	ck_assert(sw_packet_opens(&p));
}
END_TEST

START_TEST(chunks_are_told_in_order)
{
	struct chunks chunks = { 1, 2, 9, 6,
		{ { .type = SW_SCTP_SACK }, { .type = SW_SCTP_HEARTBEAT_ACK },
		    { .type = 192, .body = 5 }, { .type = SW_SCTP_SHUTDOWN },
		    { .type = SW_SCTP_DATA, .flags = 1, .body = 33 },
		    { .type = SW_SCTP_ABORT, .flags = 1 } } };
	struct sw_packet p;

	ck_assert_int_eq(parse(&chunks, &p), SW_PARSE_OK);
	ck_assert_uint_eq(p.sctp.chunks, HAS(SACK) | HAS(HEARTBEAT_ACK) |
					     HAS(OTHER) | HAS(SHUTDOWN) |
					     HAS(DATA) | HAS(ABORT));
	ck_assert_uint_eq(p.sctp.steps, 3);
	ck_assert_uint_eq(p.sctp.step[0], SW_SCTP_HEARTBEAT_ACK);
	ck_assert_uint_eq(p.sctp.step[1], SW_SCTP_SHUTDOWN);
	ck_assert_uint_eq(p.sctp.step[2], SW_SCTP_ABORT);
	ck_assert_uint_eq(p.sctp.reflects, 1u << 2);
	ck_assert(!sw_packet_opens(&p));
}
END_TEST

/* Only an INIT or a HEARTBEAT alone opens. */
START_TEST(who_opens)
{
	for (uint8_t type = 0; type < 16; type++) {
		struct chunks chunks = { 1, 2, type == SW_SCTP_INIT ? 0 : 9, 1,
			{ { .type = type, .tag = 5 } } };
		struct sw_packet p;

		ck_assert_int_eq(parse(&chunks, &p), SW_PARSE_OK);
		ck_assert_msg(
		    sw_packet_opens(&p) ==
			(type == SW_SCTP_INIT || type == SW_SCTP_HEARTBEAT),
		    "type %u", type);
		if (type != SW_SCTP_HEARTBEAT)
			continue;
		chunks.n = 2;
		chunks.chunk[1].type = 132; /* padding */
		ck_assert_int_eq(parse(&chunks, &p), SW_PARSE_OK);
		ck_assert(sw_packet_opens(&p));
		chunks.chunk[1].type = SW_SCTP_DATA;
		ck_assert_int_eq(parse(&chunks, &p), SW_PARSE_OK);
		ck_assert(!sw_packet_opens(&p));
	}
}
END_TEST

/* Which chunks may share a packet (RFC 9260 6.10). */
START_TEST(who_may_share)
{
	for (unsigned i = 0; i < 256; i++) {
		uint8_t one = i / 16, two = i % 16;
		bool alone = one == SW_SCTP_INIT || one == SW_SCTP_INIT_ACK ||
			     one == SW_SCTP_SHUTDOWN_COMPLETE ||
			     two == SW_SCTP_INIT || two == SW_SCTP_INIT_ACK ||
			     two == SW_SCTP_SHUTDOWN_COMPLETE;
		bool late =
		    two == SW_SCTP_COOKIE_ECHO || two == SW_SCTP_COOKIE_ACK;
		struct chunks chunks = { 1, 2, one == SW_SCTP_INIT ? 0 : 9, 2,
			{ { .type = one, .tag = 5 },
			    { .type = two, .tag = 5 } } };
		struct sw_packet p;

		ck_assert_int_eq(parse(&chunks, &p),
		    alone || late ? SW_PARSE_SCTP_BUNDLE : SW_PARSE_OK);
	}
}
END_TEST

START_TEST(many_chunks)
{
	struct chunks chunks = { 1, 2, 9, 8, { { .type = SW_SCTP_DATA } } };
	uint8_t bytes[BUILD_MAX], upper[4 * 40 + 12];
	struct build build = { .proto = IPPROTO_SCTP,
		.raw = true,
		.payload = upper,
		.payload_length = sizeof(upper) };
	struct sw_packet p;

	ck_assert_int_eq(parse(&chunks, &p), SW_PARSE_OK);
	memset(upper, 0, sizeof(upper));
	upper[7] = 9;
	for (unsigned i = 0; i < 40; i++) {
		upper[12 + 4 * i] = i < SW_SCTP_STEPS ? SW_SCTP_ERROR : 192;
		upper[15 + 4 * i] = 4;
	}
	ck_assert_int_eq(
	    build_parse(bytes, build_bytes(&build, bytes), 0, &p), SW_PARSE_OK);
	ck_assert_uint_eq(p.sctp.steps, SW_SCTP_STEPS);
	upper[12 + 4 * 39] = SW_SCTP_ERROR;
	ck_assert_int_eq(build_parse(bytes, build_bytes(&build, bytes), 0, &p),
	    SW_PARSE_SCTP_BUNDLE);
}
END_TEST

START_TEST(lengths_that_lie)
{
	for (uint16_t length = 1; length < 60; length++)
		for (uint8_t type = 0; type < 15; type++) {
			struct chunks chunks = { 1, 2,
				type == SW_SCTP_INIT ? 0 : 9, 1,
				{ { .type = type,
				    .tag = 5,
				    .body = 20,
				    .length = length } } };
			bool tells =
			    type == SW_SCTP_INIT || type == SW_SCTP_INIT_ACK;
			bool alone = tells || type == SW_SCTP_SHUTDOWN_COMPLETE;
			struct sw_packet p;
			enum sw_parse outcome = parse(&chunks, &p);

			if (length < (tells ? 20 : 4) || length > 24)
				ck_assert_int_eq(outcome, SW_PARSE_SCTP_CHUNK);
			else if (length > 20)
				ck_assert_int_eq(outcome, SW_PARSE_OK);
			else /* zeros follow, and are no chunk */
				ck_assert_int_eq(outcome,
				    alone && length == 20 ? SW_PARSE_SCTP_CHUNK
							  : outcome);
		}
}
END_TEST

START_TEST(tags_that_must_not_be)
{
	struct chunks init = { 1, 2, 9, 1,
		{ { .type = SW_SCTP_INIT, .tag = 5 } } };
	struct chunks zero = { 1, 2, 0, 1,
		{ { .type = SW_SCTP_INIT, .tag = 0 } } };
	struct chunks data = { 1, 2, 0, 1, { { .type = SW_SCTP_DATA } } };
	struct sw_packet p;

	ck_assert_int_eq(parse(&init, &p), SW_PARSE_SCTP_TAG);
	ck_assert_int_eq(parse(&zero, &p), SW_PARSE_SCTP_TAG);
	ck_assert_int_eq(parse(&data, &p), SW_PARSE_SCTP_TAG);
}
END_TEST

START_TEST(cut_and_copied)
{
	struct chunks chunks = { 1, 2, 9, 3,
		{ { .type = SW_SCTP_SACK }, { .type = SW_SCTP_SHUTDOWN },
		    { .type = SW_SCTP_DATA, .body = 200 } } };
	uint8_t bytes[BUILD_MAX];
	size_t length = bytes_of(&chunks, false, bytes);
	struct sw_packet p;

	for (size_t at = 20; at < length; at++) {
		enum sw_parse outcome = build_parse(bytes, at, length, &p);

		ck_assert_int_eq(
		    outcome, at < 20 + 12 + 4 ? SW_PARSE_COPY : SW_PARSE_OK);
		if (outcome == SW_PARSE_OK)
			ck_assert_int_eq(sw_sctp_has(&p.sctp, SW_SCTP_SHUTDOWN),
			    at >= 20 + 12 + 16 + 4);
	}
	chunks.n = 0;
	ck_assert_int_eq(parse(&chunks, &p), SW_PARSE_SCTP_CHUNK);
}
END_TEST

/* Whatever the bytes are, what was read is within bounds. */
START_TEST(any_bytes)
{
	uint64_t seed = 1 + (uint64_t)_i;
	uint8_t bytes[BUILD_MAX];
	struct chunks chunks = { 1, 2, 9, 4,
		{ { .type = SW_SCTP_HEARTBEAT }, { .type = SW_SCTP_ERROR },
		    { .type = SW_SCTP_SACK }, { .type = SW_SCTP_ABORT } } };

	for (unsigned round = 0; round < 20000; round++) {
		size_t length = bytes_of(&chunks, false, bytes);
		size_t at_hand = 20 + draw(&seed) % (length - 19);
		struct sw_packet p;

		for (unsigned i = 0; i < 1 + round % 4; i++)
			bytes[20 + draw(&seed) % (length - 20)] =
			    (uint8_t)draw(&seed);
		build_parse(bytes, at_hand, length, &p);
		ck_assert_uint_le(p.sctp.steps, SW_SCTP_STEPS);
		for (unsigned i = 0; i < p.sctp.steps; i++)
			ck_assert_uint_lt(p.sctp.step[i], SW_SCTP_OTHER);
	}
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("packet: SCTP");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, an_init_tells_its_tag, 0, 2);
	tcase_add_test(tcase, chunks_are_told_in_order);
	tcase_add_test(tcase, who_opens);
	tcase_add_test(tcase, who_may_share);
	tcase_add_test(tcase, many_chunks);
	tcase_add_test(tcase, lengths_that_lie);
	tcase_add_test(tcase, tags_that_must_not_be);
	tcase_add_test(tcase, cut_and_copied);
	tcase_add_loop_test(tcase, any_bytes, 0, 4);
	return run_case("packet: SCTP", tcase);
}
