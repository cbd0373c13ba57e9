/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_fragment: scenes of fragments, each a list of parts with their time
 * and the expected answer.
 */
#include <check.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "parts.h"
#include "runner.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

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
		{ 2, 1, 2960, 3000, false, 'C', 'C' } } },
	{ "in order, refused", true, 0, 0,
	    { { 0, 1, 0, 1480, true, 'F', 'F' },
		{ 1, 1, 1480, 2960, true, 'D', 'D' },
		{ 2, 1, 2960, 3000, false, 'D', 'D' } } },
	{ "last before middle", false, 0, 0,
	    { { 0, 1, 0, 800, true, 'F', 'F' },
		{ 1, 1, 2400, 2500, false, 'L', 'L' },
		{ 2, 1, 1600, 2400, true, 'L', 'L' },
		{ 3, 1, 800, 1600, true, 'C', 'C' } } },
	{ "the first comes second", false, 1, 1,
	    { { 0, 1, 800, 1600, true, 'E', 'E' },
		{ 1, 1, 0, 800, true, 'F', 'F' },
		{ 2, 1, 800, 1600, true, 'r', 'r' } } },
	{ "the first comes last", false, 0, 0,
	    { { 0, 1, 1600, 1700, false, 'E', 'E' },
		{ 1, 1, 800, 1600, true, 'E', 'E' },
		{ 2, 1, 0, 800, true, 'C', 'C' } } },
	{ "the first comes between", false, 0, 0,
	    { { 0, 1, 1600, 1700, false, 'E', 'E' },
		{ 1, 1, 0, 800, true, 'F', 'F' },
		{ 2, 1, 800, 1600, true, 'C', 'C' } } },
	{ "the first comes late and is refused", true, 1, 1,
	    { { 0, 1, 1600, 1700, false, 'E', 'E' },
		{ 1, 1, 0, 800, true, 'F', 'F' },
		{ 2, 1, 1600, 1700, false, 'r', 'r' } } },
	{ "a refused datagram ends", true, 0, 0,
	    { { 0, 1, 1600, 1700, false, 'E', 'E' },
		{ 1, 1, 0, 800, true, 'F', 'F' },
		{ 2, 1, 800, 1600, true, 'D', 'D' } } },
	{ "nothing near the headers comes early", false, 0, 0,
	    { { 0, 1, 8, 800, true, 'o', 'o' },
		{ 1, 1, 248, 800, true, 'o', 'o' },
		{ 2, 1, 8, 16, false, 'o', 'o' } } },
	{ "but behind them", false, 1, 1,
	    { { 0, 1, 256, 800, true, 'E', 'E' },
		{ 1, 1, 0, 264, true, 'v', 'v' },
		{ 2, 1, 0, 256, true, 'v', 'v' } } },
	{ "a first over what came early", false, 1, 1,
	    { { 0, 1, 800, 1600, true, 'E', 'E' },
		{ 1, 1, 0, 808, true, 'v', 'v' },
		{ 2, 1, 0, 800, true, 'v', 'v' },
		{ 3, 1, 1600, 1700, false, 'v', 'v' } } },
	{ "a first that swallows what came early", false, 1, 1,
	    { { 0, 1, 800, 1600, true, 'E', 'E' },
		{ 1, 1, 0, 2400, true, 'v', 'v' } } },
	{ "a first past the end that came early", false, 1, 1,
	    { { 0, 1, 800, 900, false, 'E', 'E' },
		{ 1, 1, 0, 1600, true, 'e', 'e' } } },
	{ "early ones overlap", false, 1, 1,
	    { { 0, 1, 800, 1600, true, 'E', 'E' },
		{ 1, 1, 808, 1608, true, 'v', 'v' },
		{ 2, 1, 0, 800, true, 'v', 'v' } } },
	{ "early ones repeat", false, 0, 0,
	    { { 0, 1, 800, 900, false, 'E', 'E' },
		{ 1, 1, 800, 900, false, 'r', 'r' },
		{ 2, 1, 0, 800, true, 'C', 'C' } } },
	{ "early ones lose their first", false, 0, 1,
	    { { 0, 1, 800, 1600, true, 'E', 'E' },
		{ 1000, 1, 0, 808, true, 'F', 'v' },
		{ 1001, 1, 808, 900, false, 'C', 'v' } } },
	{ "early ones wait half a minute", false, 1, 1,
	    { { 0, 1, 800, 900, false, 'E', 'E' },
		{ 30000, 1, 0, 800, true, 'F', 'F' } } },
	{ "the clock starts with the earliest", false, 0, 0,
	    { { 0, 1, 1600, 1700, false, 'E', 'E' },
		{ 900, 1, 0, 800, true, 'F', 'F' },
		{ 29999, 1, 800, 1600, true, 'C', 'C' } } },
	{ "and stops with it", false, 1, 1,
	    { { 0, 1, 1600, 1700, false, 'E', 'E' },
		{ 900, 1, 0, 800, true, 'F', 'F' },
		{ 30000, 1, 800, 1600, true, 'E', 'E' } } },
	{ "a number used again, in another order", false, 0, 0,
	    { { 0, 1, 0, 800, true, 'F', 'F' },
		{ 1, 1, 800, 900, false, 'C', 'C' },
		{ 2, 1, 800, 900, false, 'E', 'E' },
		{ 3, 1, 0, 800, true, 'C', 'C' },
		{ 4, 1, 0, 800, true, 'F', 'F' },
		{ 5, 1, 800, 900, false, 'C', 'C' } } },
	{ "a number used again", false, 1, 1,
	    { { 0, 1, 0, 800, true, 'F', 'F' },
		{ 1, 1, 800, 900, false, 'C', 'C' },
		{ 2, 1, 0, 800, true, 'F', 'F' } } },
	{ "three datagrams at once", false, 2, 2,
	    { { 0, 1, 0, 800, true, 'F', 'F' },
		{ 1, 2, 0, 800, true, 'F', 'F' },
		{ 2, 1, 800, 900, false, 'C', 'C' },
		{ 3, 3, 800, 900, false, 'E', 'E' } } },
	{ "repeats go alone", false, 0, 0,
	    { { 0, 1, 0, 800, true, 'F', 'F' },
		{ 1, 1, 0, 800, true, 'r', 'r' },
		{ 2, 1, 800, 1600, true, 'L', 'L' },
		{ 3, 1, 800, 1600, true, 'r', 'r' },
		{ 4, 1, 400, 1200, true, 'r', 'r' },
		{ 5, 1, 1600, 1700, false, 'C', 'C' } } },
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
		{ 29999, 1, 800, 900, false, 'C', 'C' } } },
	{ "too late", false, 1, 1,
	    { { 0, 1, 0, 800, true, 'F', 'F' },
		{ 15000, 1, 800, 1600, true, 'L', 'L' },
		{ 30000, 1, 1600, 1700, false, 'E', 'E' } } },
	{ "IPv4 numbers come again soon", false, 0, 1,
	    { { 0, 1, 0, 800, true, 'F', 'F' },
		{ 999, 1, 0, 800, true, 'r', 'r' },
		{ 1000, 1, 0, 64, true, 'F', 'r' },
		{ 1001, 1, 64, 72, false, 'C', 'e' } } },
	{ "a condemned number comes again", false, 0, 1,
	    { { 0, 1, 0, 800, true, 'F', 'F' },
		{ 1, 1, 792, 1600, true, 'v', 'v' },
		{ 1000, 1, 0, 800, true, 'F', 'v' },
		{ 30000, 1, 800, 1000, false, 'C', 'E' } } },
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
	ck_assert(
	    sw_packet_endpoints_equal(&answer.first.packet.ends, &first.ends));
	ck_assert_uint_eq(answer.first.packet.ends.dport, 2049);
	ck_assert_uint_eq(answer.first.message, SW_MESSAGE_DENIED);
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
	ck_assert_int_eq(letter(&answer), _i ? 'C' : 'E');
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
	later.ends = sw_packet_endpoints_reverse(&later.ends);
	answer = step(fragments, &later, 1, true);
	ck_assert_int_eq(letter(&answer), 'E');
	sw_fragments_destroy(fragments);
}
END_TEST

/* Parts with holes between: so many are no datagram that can be filled. */
START_TEST(too_many_islands)
{
	struct sw_fragments *fragments = sw_fragments_create(8, key);

	for (uint32_t i = 0; i <= SW_FRAGMENT_RANGES_MAX; i++) {
		struct sw_packet p = part(_i, 7, i * 16, i * 16 + 8, true);
		char expected = i == 0 ? 'F' : 'L';

		if (i == SW_FRAGMENT_RANGES_MAX)
			expected = 'e';
		ck_assert_int_eq(step_letter(fragments, p, i, true), expected);
	}
	sw_fragments_destroy(fragments);
}
END_TEST

/* As many parts as there may be, the even ones before the odd ones. */
START_TEST(all_parts_in_two_rounds)
{
	struct sw_fragments *fragments = sw_fragments_create(8, key);
	unsigned n = SW_FRAGMENT_COUNT_MAX;

	for (unsigned i = 0; i < n; i++) {
		unsigned k = i < n / 2 ? 2 * i : 2 * (i - n / 2) + 1;
		struct sw_packet p = part(
		    _i, 7, k * 500 / 8 * 8, (k + 1) * 500 / 8 * 8, k < n - 1);
		char expected = i == 0 ? 'F' : i < n - 1 ? 'L' : 'C';

		ck_assert_int_eq(step_letter(fragments, p, i, true), expected);
	}
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

		ck_assert_int_eq(letter(&answer), at == 0    ? 'F'
						  : to < end ? 'L'
							     : 'C');
		if (to == end)
			ck_assert_uint_eq(
			    answer.whole.length, _i ? 40 + end : 20 + end);
	}
	ck_assert_uint_eq(sw_fragments_count(fragments, at_ms(0)), 0);
	sw_fragments_destroy(fragments);
}
END_TEST

/* Whoever brings fragments in order asks whether the first was seen. */
START_TEST(the_first_is_known)
{
	struct sw_fragments *fragments = sw_fragments_create(8, key);
	struct sw_packet first = part(_i, 7, 0, 800, true);
	struct sw_packet later = part(_i, 7, 800, 900, false);

	ck_assert(!sw_fragments_know_first(fragments, &later, at_ms(0)));
	step(fragments, &later, 0, true);
	ck_assert(!sw_fragments_know_first(fragments, &later, at_ms(1)));
	later = part(_i, 7, 1600, 1700, false);
	sw_fragments_destroy(fragments);
	fragments = sw_fragments_create(8, key);
	step(fragments, &first, 2, true);
	ck_assert(sw_fragments_know_first(fragments, &later, at_ms(3)));
	later.fragment.id = 8;
	ck_assert(!sw_fragments_know_first(fragments, &later, at_ms(3)));
	sw_fragments_destroy(fragments);
}
END_TEST

START_TEST(what_came_early_moves)
{
	struct sw_fragments *from = sw_fragments_create(8, key);
	struct sw_fragments *to = sw_fragments_create(16, key);
	struct sw_packet first = part(_i, 7, 0, 800, true);
	struct sw_packet later = part(_i, 7, 800, 900, false);

	step(from, &later, 0, true);
	sw_fragments_move(from, to, &first, at_ms(1));
	ck_assert_uint_eq(sw_fragments_count(from, at_ms(1)), 0);
	ck_assert_uint_eq(sw_fragments_count(to, at_ms(1)), 1);
	ck_assert_int_eq(step_letter(to, first, 2, true), 'C');
	/* One that has its first stays where it is. */
	step(from, &first, 3, true);
	sw_fragments_move(from, to, &first, at_ms(4));
	ck_assert_uint_eq(sw_fragments_count(from, at_ms(4)), 1);
	ck_assert_int_eq(step_letter(from, later, 5, true), 'C');
	sw_fragments_destroy(from);
	sw_fragments_destroy(to);
}
END_TEST

/* A first fragment that is full of headers can not be told from one that
 * was rewritten. */
START_TEST(headers_have_an_end)
{
	struct sw_fragments *fragments = sw_fragments_create(8, key);
	struct sw_packet first = part(true, 7, 0, 800, true);

	first.fragment.headers = SW_FRAGMENT_HEADERS_MAX + 4;
	ck_assert_int_eq(step_letter(fragments, first, 0, true), 'h');
	first.fragment.headers = SW_FRAGMENT_HEADERS_MAX;
	ck_assert_int_eq(step_letter(fragments, first, 1, true), 'F');
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
	tcase_add_loop_test(tcase, too_many_islands, 0, 2);
	tcase_add_loop_test(tcase, all_parts_in_two_rounds, 0, 2);
	tcase_add_loop_test(tcase, too_many_parts, 0, 2);
	tcase_add_loop_test(tcase, largest_datagram, 0, 2);
	tcase_add_loop_test(tcase, the_first_is_known, 0, 2);
	tcase_add_loop_test(tcase, what_came_early_moves, 0, 2);
	tcase_add_test(tcase, headers_have_an_end);
	tcase_add_test(tcase, random_parts_against_map);
	return run_case("fragment", tcase);
}
