/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_fragment: scenes of fragments, each a list of parts with their time
 * and the expected answer.
 */
#include <check.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "engine/fragment.h"
#include "runner.h"
#include "synward/cause.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

static const uint8_t key[16] = "fixed for tests";

static struct sw_time
at_ms(uint64_t ms)
{
	return (struct sw_time){ .ns = ms * SW_NS_PER_MS };
}

/* A fragment of UDP datagram id: bytes begin up to end. */
static struct sw_packet
part(bool ip6, uint32_t id, uint32_t begin, uint32_t end, bool more)
{
	return build_packet(&(struct build){
	    .src = ip6 ? "fd00::1" : "10.0.0.1",
	    .dst = ip6 ? "fd00::2" : "10.0.0.2",
	    .proto = IPPROTO_UDP,
	    .sport = 1000,
	    .dport = 2049,
	    .raw = begin > 0,
	    .payload_length = end - begin - (begin > 0 ? 0 : 8),
	    .fragment = true,
	    .more = more,
	    .offset = (uint16_t)begin,
	    .fragment_id = id,
	});
}

static struct sw_fragment_answer
step(struct sw_fragments *fragments, const struct sw_packet *packet,
    uint64_t ms, bool passes)
{
	struct sw_fragment_answer answer =
	    sw_fragments_step(fragments, packet, at_ms(ms));
	struct sw_fragment_first first = {
		.ends = packet->ends,
		.passed = passes,
		.message = passes ? 0 : SW_MESSAGE_DENIED,
		.tcp_flags = SW_SYN,
	};

	if (answer.kind == SW_FRAGMENT_FIRST)
		sw_fragments_settle(fragments, packet, &first, at_ms(ms));
	return answer;
}

/* A letter for an answer: W whole, F first, L later of a passed first,
 * D later of a refused first, o orphan, r repeat, v overlap, e endless. */
static char
letter(const struct sw_fragment_answer *answer)
{
	switch (answer->kind) {
	case SW_FRAGMENT_WHOLE:
		return 'W';
	case SW_FRAGMENT_FIRST:
		return 'F';
	case SW_FRAGMENT_LATER:
		return answer->first.passed ? 'L' : 'D';
	case SW_FRAGMENT_BAD:
		break;
	}
	if (answer->fault == SW_PARSE_FRAGMENT_ORPHAN)
		return 'o';
	if (answer->fault == SW_PARSE_FRAGMENT_REPEAT)
		return 'r';
	if (answer->fault == SW_PARSE_FRAGMENT_OVERLAP)
		return 'v';
	return answer->fault == SW_PARSE_FRAGMENT_ENDLESS ? 'e' : '?';
}

/* Times in ms; the scene ends with end 0.  left: datagrams still known. */
struct scene {
	const char *name;
	bool refused;
	char ip4_left, ip6_left;
	struct {
		uint32_t ms, id, begin, end;
		bool more;
		char ip4, ip6;
	} parts[12];
};

static const struct scene scenes[] = {
	{ "in order", false, 0, 0,
	    { { 0, 1, 0, 1480, true, 'F', 'F' },
		{ 1, 1, 1480, 2960, true, 'L', 'L' },
		{ 2, 1, 2960, 3000, false, 'L', 'L' } } },
	{ "in order, refused", true, 0, 0,
	    { { 0, 1, 0, 1480, true, 'F', 'F' },
		{ 1, 1, 1480, 2960, true, 'D', 'D' },
		{ 2, 1, 2960, 3000, false, 'D', 'D' } } },
	{ "last before middle", false, 0, 0,
	    { { 0, 1, 0, 800, true, 'F', 'F' },
		{ 1, 1, 2400, 2500, false, 'L', 'L' },
		{ 2, 1, 1600, 2400, true, 'L', 'L' },
		{ 3, 1, 800, 1600, true, 'L', 'L' } } },
	{ "the first comes late", false, 1, 1,
	    { { 0, 1, 800, 1600, true, 'o', 'o' },
		{ 1, 1, 0, 800, true, 'F', 'F' },
		{ 2, 1, 800, 1600, true, 'L', 'L' } } },
	{ "after the last all is over", false, 0, 0,
	    { { 0, 1, 0, 800, true, 'F', 'F' },
		{ 1, 1, 800, 900, false, 'L', 'L' },
		{ 2, 1, 800, 900, false, 'o', 'o' } } },
	{ "a number used again", false, 1, 1,
	    { { 0, 1, 0, 800, true, 'F', 'F' },
		{ 1, 1, 800, 900, false, 'L', 'L' },
		{ 2, 1, 0, 800, true, 'F', 'F' } } },
	{ "two datagrams at once", false, 1, 1,
	    { { 0, 1, 0, 800, true, 'F', 'F' },
		{ 1, 2, 0, 800, true, 'F', 'F' },
		{ 2, 1, 800, 900, false, 'L', 'L' },
		{ 3, 3, 800, 900, false, 'o', 'o' } } },
	{ "repeats go alone", false, 0, 0,
	    { { 0, 1, 0, 800, true, 'F', 'F' },
		{ 1, 1, 0, 800, true, 'r', 'r' },
		{ 2, 1, 800, 1600, true, 'L', 'L' },
		{ 3, 1, 800, 1600, true, 'r', 'r' },
		{ 4, 1, 400, 1200, true, 'r', 'r' },
		{ 5, 1, 1600, 1700, false, 'L', 'L' } } },
	{ "an overlap condemns", false, 1, 1,
	    { { 0, 1, 0, 800, true, 'F', 'F' },
		{ 1, 1, 792, 1600, true, 'v', 'v' },
		{ 2, 1, 800, 1600, true, 'v', 'v' },
		{ 3, 1, 1600, 1700, false, 'v', 'v' } } },
	{ "an overlap from the left", false, 1, 1,
	    { { 0, 1, 0, 800, true, 'F', 'F' },
		{ 1, 1, 1600, 2400, true, 'L', 'L' },
		{ 2, 1, 800, 1608, true, 'v', 'v' } } },
	{ "one that swallows another", false, 1, 1,
	    { { 0, 1, 0, 800, true, 'F', 'F' },
		{ 1, 1, 1600, 1608, true, 'L', 'L' },
		{ 2, 1, 800, 2400, true, 'v', 'v' } } },
	{ "a second first, longer", false, 1, 1,
	    { { 0, 1, 0, 64, true, 'F', 'F' }, { 1, 1, 0, 128, true, 'v', 'v' },
		{ 2, 1, 64, 128, false, 'v', 'v' } } },
	{ "past the end", false, 1, 1,
	    { { 0, 1, 0, 800, true, 'F', 'F' },
		{ 1, 1, 1600, 1700, false, 'L', 'L' },
		{ 2, 1, 1704, 1800, true, 'e', 'e' },
		{ 3, 1, 800, 1600, true, 'e', 'e' } } },
	{ "two ends", false, 1, 1,
	    { { 0, 1, 0, 800, true, 'F', 'F' },
		{ 1, 1, 1600, 1700, false, 'L', 'L' },
		{ 2, 1, 800, 900, false, 'e', 'e' } } },
	{ "an end before what was seen", false, 1, 1,
	    { { 0, 1, 0, 800, true, 'F', 'F' },
		{ 1, 1, 1600, 2400, true, 'L', 'L' },
		{ 2, 1, 800, 900, false, 'e', 'e' } } },
	{ "in time", false, 0, 0,
	    { { 0, 1, 0, 800, true, 'F', 'F' },
		{ 29999, 1, 800, 900, false, 'L', 'L' } } },
	{ "too late", false, 0, 0,
	    { { 0, 1, 0, 800, true, 'F', 'F' },
		{ 15000, 1, 800, 1600, true, 'L', 'L' },
		{ 30000, 1, 1600, 1700, false, 'o', 'o' } } },
	{ "IPv4 numbers come again soon", false, 0, 1,
	    { { 0, 1, 0, 800, true, 'F', 'F' },
		{ 999, 1, 0, 800, true, 'r', 'r' },
		{ 1000, 1, 0, 64, true, 'F', 'r' },
		{ 1001, 1, 64, 72, false, 'L', 'e' } } },
	{ "a condemned number comes again", false, 0, 0,
	    { { 0, 1, 0, 800, true, 'F', 'F' },
		{ 1, 1, 792, 1600, true, 'v', 'v' },
		{ 1000, 1, 0, 800, true, 'F', 'v' },
		{ 30000, 1, 800, 1000, false, 'L', 'o' } } },
	{ "nine islands", false, 1, 1,
	    { { 0, 1, 0, 8, true, 'F', 'F' }, { 1, 1, 16, 24, true, 'L', 'L' },
		{ 1, 1, 32, 40, true, 'L', 'L' },
		{ 1, 1, 48, 56, true, 'L', 'L' },
		{ 1, 1, 64, 72, true, 'L', 'L' },
		{ 1, 1, 80, 88, true, 'L', 'L' },
		{ 1, 1, 96, 104, true, 'L', 'L' },
		{ 1, 1, 112, 120, true, 'L', 'L' },
		{ 1, 1, 8, 16, true, 'L', 'L' }, /* joins two */
		{ 1, 1, 128, 136, true, 'L', 'L' },
		{ 1, 1, 144, 152, true, 'e', 'e' } } },
};

static void
play(const struct scene *scene, bool ip6)
{
	struct sw_fragments *fragments = sw_fragments_create(64, key);
	uint32_t ms = 0, left = ip6 ? (uint32_t)scene->ip6_left
				    : (uint32_t)scene->ip4_left;

	ck_assert_ptr_nonnull(fragments);
	for (size_t i = 0; scene->parts[i].end != 0; i++) {
		struct sw_packet p =
		    part(ip6, scene->parts[i].id, scene->parts[i].begin,
			scene->parts[i].end, scene->parts[i].more);
		struct sw_fragment_answer answer;
		char expected = ip6 ? scene->parts[i].ip6 : scene->parts[i].ip4;

		ms = scene->parts[i].ms;
		answer = step(fragments, &p, ms, !scene->refused);
		ck_assert_msg(letter(&answer) == expected,
		    "%s, IPv%d, part %zu: %c instead of %c", scene->name,
		    ip6 ? 6 : 4, i, letter(&answer), expected);
	}
	ck_assert_msg(sw_fragments_count(fragments, at_ms(ms)) == left,
	    "%s, IPv%d: %u left", scene->name, ip6 ? 6 : 4,
	    sw_fragments_count(fragments, at_ms(ms)));
	sw_fragments_destroy(fragments);
}

START_TEST(scene)
{
	play(&scenes[_i], false);
	play(&scenes[_i], true);
}
END_TEST

START_TEST(whole_packets_pass_by)
{
	struct sw_fragments *fragments = sw_fragments_create(1, key);
	struct sw_packet p = build_packet(&(struct build){ .flags = SW_SYN });
	struct sw_fragment_answer answer = step(fragments, &p, 0, true);

	ck_assert_int_eq(letter(&answer), 'W');
	ck_assert_uint_eq(sw_fragments_count(fragments, at_ms(0)), 0);
	sw_fragments_destroy(fragments);
}
END_TEST

/* What was said of the first is told of the later ones. */
START_TEST(first_is_remembered)
{
	struct sw_fragments *fragments = sw_fragments_create(8, key);
	struct sw_packet first = part(_i, 7, 0, 800, true);
	struct sw_packet later = part(_i, 7, 800, 900, false);
	struct sw_fragment_answer answer;

	step(fragments, &first, 0, false);
	answer = step(fragments, &later, 1, true);
	ck_assert_int_eq(letter(&answer), 'D');
	ck_assert(sw_endpoints_equal(&answer.first.ends, &first.ends));
	ck_assert_uint_eq(answer.first.ends.dport, 2049);
	ck_assert_uint_eq(answer.first.message, SW_MESSAGE_DENIED);
	ck_assert_uint_eq(answer.first.tcp_flags, SW_SYN);
	sw_fragments_destroy(fragments);
}
END_TEST

/* A later fragment of IPv6 may name an extension header where the first
 * names the protocol behind it; of IPv4 the protocol is part of the name. */
START_TEST(protocol_in_the_name)
{
	struct sw_fragments *fragments = sw_fragments_create(8, key);
	struct sw_packet first = part(_i, 7, 0, 800, true);
	struct sw_packet later = part(_i, 7, 800, 900, false);
	struct sw_fragment_answer answer;

	step(fragments, &first, 0, true);
	later.ends.proto = IPPROTO_DSTOPTS;
	answer = step(fragments, &later, 1, true);
	ck_assert_int_eq(letter(&answer), _i ? 'L' : 'o');
	sw_fragments_destroy(fragments);
}
END_TEST

/* The answer's direction is another datagram. */
START_TEST(direction_in_the_name)
{
	struct sw_fragments *fragments = sw_fragments_create(8, key);
	struct sw_packet first = part(_i, 7, 0, 800, true);
	struct sw_packet later = part(_i, 7, 800, 900, false);
	struct sw_fragment_answer answer;

	step(fragments, &first, 0, true);
	later.ends = sw_endpoints_reverse(&later.ends);
	answer = step(fragments, &later, 1, true);
	ck_assert_int_eq(letter(&answer), 'o');
	sw_fragments_destroy(fragments);
}
END_TEST

START_TEST(too_many_parts)
{
	struct sw_fragments *fragments = sw_fragments_create(8, key);

	for (uint32_t i = 0; i < 200; i++) {
		struct sw_packet p = part(_i, 7, i * 8, i * 8 + 8, true);
		struct sw_fragment_answer answer = step(fragments, &p, i, true);
		char expected = i == 0 ? 'F' : 'L';

		ck_assert_int_eq(letter(&answer),
		    i < SW_FRAGMENT_COUNT_MAX ? expected : 'e');
	}
	sw_fragments_destroy(fragments);
}
END_TEST

/* The largest datagram, in parts as small as links make them. */
START_TEST(largest_datagram)
{
	struct sw_fragments *fragments = sw_fragments_create(8, key);
	uint32_t end = _i ? 65535 : 65515;

	for (uint32_t at = 0; at < end; at += 552) {
		uint32_t to = at + 552 < end ? at + 552 : end;
		struct sw_packet p = part(_i, 7, at, to, to < end);
		struct sw_fragment_answer answer =
		    step(fragments, &p, at / 100, true);

		ck_assert_int_eq(letter(&answer), at == 0 ? 'F' : 'L');
	}
	ck_assert_uint_eq(sw_fragments_count(fragments, at_ms(0)), 0);
	sw_fragments_destroy(fragments);
}
END_TEST

/* One set of eight: refused datagrams never push out one that passed, and
 * the oldest goes first. */
START_TEST(full_table)
{
	struct sw_fragments *fragments = sw_fragments_create(8, key);
	struct sw_fragment_answer answer;
	struct sw_packet p;

	for (uint32_t id = 0; id < 8; id++) {
		p = part(false, id, 0, 800, true);
		step(fragments, &p, id, id != 3);
	}
	p = part(false, 100, 0, 800, true); /* takes the place of 3 */
	step(fragments, &p, 10, true);
	p = part(false, 3, 800, 900, false);
	answer = step(fragments, &p, 11, true);
	ck_assert_int_eq(letter(&answer), 'o');
	p = part(false, 101, 0, 800, true); /* finds no place */
	step(fragments, &p, 12, false);
	p = part(false, 101, 800, 900, false);
	answer = step(fragments, &p, 13, true);
	ck_assert_int_eq(letter(&answer), 'o');
	p = part(false, 102, 0, 800, true); /* takes the place of 0 */
	step(fragments, &p, 14, true);
	p = part(false, 0, 800, 900, false);
	answer = step(fragments, &p, 15, true);
	ck_assert_int_eq(letter(&answer), 'o');
	p = part(false, 1, 800, 900, false);
	answer = step(fragments, &p, 16, true);
	ck_assert_int_eq(letter(&answer), 'L');
	sw_fragments_destroy(fragments);
}
END_TEST

/* What is over goes before what is not, though it had passed. */
START_TEST(over_goes_first)
{
	struct sw_fragments *fragments = sw_fragments_create(8, key);
	struct sw_fragment_answer answer;
	struct sw_packet p;

	for (uint32_t id = 0; id < 8; id++) {
		p = part(false, id, 0, 800, true);
		step(fragments, &p, id == 0 ? 0 : 29000 + id, id == 0);
	}
	p = part(false, 100, 0, 800, true); /* takes the place of 0 */
	step(fragments, &p, 30500, true);
	for (uint32_t id = 1; id < 8; id++) {
		p = part(false, id, 800, 900, false);
		answer = step(fragments, &p, 30501, true);
		ck_assert_int_eq(letter(&answer), 'D');
	}
	sw_fragments_destroy(fragments);
}
END_TEST

/* A flood of firsts stays within the table, and all of it is over in time. */
START_TEST(flood)
{
	struct sw_fragments *fragments = sw_fragments_create(100, key);

	for (uint32_t id = 0; id < 5000; id++) {
		struct sw_packet p = part(true, id, 0, 800, true);

		step(fragments, &p, id, true);
		ck_assert_uint_le(
		    sw_fragments_count(fragments, at_ms(id)), 104);
	}
	ck_assert_uint_eq(sw_fragments_count(fragments, at_ms(5000)), 104);
	ck_assert_uint_eq(sw_fragments_count(fragments, at_ms(35000)), 0);
	sw_fragments_destroy(fragments);
}
END_TEST

/* Parts of random datagrams in random order against a map of bytes: a part
 * passes exactly when none of its bytes was there and the rest is sane. */
START_TEST(random_parts_against_map)
{
	struct sw_fragments *fragments = sw_fragments_create(8, key);
	uint8_t seen[33] = { 0 };
	bool condemned = false;
	struct sw_packet p = part(true, 1, 0, 8, true);
	uint32_t seed = 1, accepted = 1;

	step(fragments, &p, 0, true);
	seen[0] = 1;
	for (int i = 0; i < 4000; i++) {
		struct sw_fragment_answer answer;
		uint32_t begin, length, known = 0, islands = 0;

		seed = seed * 1103515245u + 12345u;
		begin = 1 + (seed >> 16) % 31;
		length = 1 + (seed >> 24) % 3;
		if (begin + length > 32)
			length = 32 - begin;
		for (uint32_t b = begin; b < begin + length; b++)
			known += seen[b];
		p = part(true, 1, begin * 8, (begin + length) * 8, true);
		answer = step(fragments, &p, 1, true);
		if (known == 0 && !condemned) {
			memset(seen + begin, 1, length);
			for (uint32_t b = 0; b < 32; b++)
				islands += seen[b] && !seen[b + 1];
			condemned = islands > SW_FRAGMENT_RANGES_MAX;
			accepted += !condemned;
			ck_assert_int_eq(
			    letter(&answer), condemned ? 'e' : 'L');
		} else if (!condemned) {
			condemned = letter(&answer) == 'v';
			ck_assert(condemned || letter(&answer) == 'r');
			ck_assert(!condemned || known < length);
		} else {
			ck_assert_int_eq(answer.kind, SW_FRAGMENT_BAD);
		}
		if (!condemned && accepted < 32 && i % 40 != 39)
			continue;
		sw_fragments_destroy(fragments);
		fragments = sw_fragments_create(8, key);
		memset(seen, 0, sizeof(seen));
		seen[0] = 1;
		condemned = false;
		accepted = 1;
		p = part(true, 1, 0, 8, true);
		step(fragments, &p, 0, true);
	}
	sw_fragments_destroy(fragments);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("fragment");

	tcase_set_timeout(tcase, 30);
	tcase_add_loop_test(tcase, scene, 0, ROWS(scenes));
	tcase_add_test(tcase, whole_packets_pass_by);
	tcase_add_loop_test(tcase, first_is_remembered, 0, 2);
	tcase_add_loop_test(tcase, protocol_in_the_name, 0, 2);
	tcase_add_loop_test(tcase, direction_in_the_name, 0, 2);
	tcase_add_loop_test(tcase, too_many_parts, 0, 2);
	tcase_add_loop_test(tcase, largest_datagram, 0, 2);
	tcase_add_test(tcase, full_table);
	tcase_add_test(tcase, over_goes_first);
	tcase_add_test(tcase, flood);
	tcase_add_test(tcase, random_parts_against_map);
	return run_case("fragment", tcase);
}
