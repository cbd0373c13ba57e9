/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_fragment_room: who makes room in a full table of fragments.  Most
 * tables here are one set of eight.
 */
#include <check.h>

#include "parts.h"
#include "runner.h"

/* A first fragment of a datagram from another host. */
static struct sw_packet
part_from(unsigned host, uint32_t id, uint32_t begin, uint32_t end, bool more)
{
	struct sw_packet p = part(false, id, begin, end, more);

	p.ends.src.b[2] = (uint8_t)(host >> 8);
	p.ends.src.b[3] = (uint8_t)host;
	return p;
}

START_TEST(refused_ones_make_room)
{
	struct sw_fragments *fragments = sw_fragments_create(8, key);

	for (unsigned host = 0; host < 8; host++)
		step_letter(fragments, part_from(host, 1, 0, 800, true), host,
		    host != 3);
	ck_assert_int_eq(
	    step_letter(fragments, part_from(100, 1, 0, 800, true), 10, true),
	    'F'); /* takes the place of 3 */
	ck_assert_int_eq(
	    step_letter(fragments, part_from(3, 1, 800, 900, false), 11, true),
	    'o');
	/* One that is refused finds no place: its last fragment is unknown. */
	ck_assert_int_eq(
	    step_letter(fragments, part_from(101, 1, 0, 800, true), 12, false),
	    'F');
	ck_assert_int_eq(step_letter(fragments,
			     part_from(101, 1, 800, 900, false), 13, true),
	    'o');
	sw_fragments_destroy(fragments);
}
END_TEST

/* Who fills the set displaces its own. */
START_TEST(a_crowd_displaces_its_own)
{
	struct sw_fragments *fragments = sw_fragments_create(8, key);

	step_letter(fragments, part_from(1, 1, 0, 800, true), 0, true);
	for (uint32_t id = 0; id < 500; id++)
		ck_assert_int_eq(step_letter(fragments,
				     part_from(2, id, 0, 800, true), 1, true),
		    'F');
	/* The first datagram is still there, and so is room for others. */
	ck_assert_int_eq(
	    step_letter(fragments, part_from(1, 1, 800, 900, false), 2, true),
	    'C');
	for (unsigned host = 3; host < 7; host++)
		ck_assert_int_eq(step_letter(fragments,
				     part_from(host, 1, 0, 800, true), 3, true),
		    'F');
	for (unsigned host = 3; host < 7; host++)
		ck_assert_int_eq(
		    step_letter(fragments, part_from(host, 1, 800, 900, false),
			4, true),
		    'C');
	sw_fragments_destroy(fragments);
}
END_TEST

/* A crowd of IPv6 addresses of one /64 is one. */
START_TEST(a_network_is_one_crowd)
{
	struct sw_fragments *fragments = sw_fragments_create(8, key);
	struct sw_packet honest = part(true, 1, 0, 800, true);

	honest.ends.src.b[7] = 9;
	ck_assert_int_eq(step_letter(fragments, honest, 0, true), 'F');
	for (uint32_t id = 0; id < 100; id++) {
		struct sw_packet p = part(true, id, 0, 800, true);

		p.ends.src.b[15] = (uint8_t)id;
		ck_assert_int_eq(step_letter(fragments, p, 1, true), 'F');
	}
	honest = part(true, 1, 800, 900, false);
	honest.ends.src.b[7] = 9;
	ck_assert_int_eq(step_letter(fragments, honest, 2, true), 'C');
	sw_fragments_destroy(fragments);
}
END_TEST

/* Half datagrams from many addresses displace nothing that is younger than a
 * second, and everything that is older. */
START_TEST(the_young_stay)
{
	struct sw_fragments *fragments = sw_fragments_create(8, key);

	for (unsigned host = 0; host < 8; host++)
		step_letter(fragments, part_from(host, 1, 0, 800, true),
		    100 * host, true);
	ck_assert_int_eq(
	    step_letter(fragments, part_from(8, 1, 0, 800, true), 999, true),
	    'n');
	ck_assert_int_eq(
	    step_letter(fragments, part_from(8, 1, 0, 800, true), 1000, true),
	    'F'); /* takes the place of 0 */
	for (unsigned host = 1; host <= 8; host++)
		ck_assert_int_eq(
		    step_letter(fragments, part_from(host, 1, 800, 900, false),
			1001, true),
		    'C');
	sw_fragments_destroy(fragments);
}
END_TEST

/* Fragments without a first have two places of eight, and displace none that
 * has one. */
START_TEST(early_ones_have_few_places)
{
	struct sw_fragments *fragments = sw_fragments_create(8, key);

	for (unsigned host = 0; host < 20; host++)
		ck_assert_int_eq(
		    step_letter(fragments, part_from(host, 1, 800, 900, false),
			0, true),
		    host < 2 ? 'E' : 'o');
	for (unsigned host = 20; host < 26; host++)
		ck_assert_int_eq(step_letter(fragments,
				     part_from(host, 1, 0, 800, true), 1, true),
		    'F');
	ck_assert_int_eq(
	    step_letter(fragments, part_from(0, 1, 0, 800, true), 2, true),
	    'C');
	/* Six have a first, one waits for its first, and one place is free. */
	ck_assert_int_eq(
	    step_letter(fragments, part_from(30, 1, 800, 900, false), 3, true),
	    'E');
	ck_assert_int_eq(
	    step_letter(fragments, part_from(31, 1, 0, 800, true), 4, true),
	    'F');
	for (unsigned host = 20; host < 26; host++)
		ck_assert_int_eq(
		    step_letter(fragments, part_from(host, 1, 800, 900, false),
			5, true),
		    'C');
	sw_fragments_destroy(fragments);
}
END_TEST

/* What is over goes before what is not, even if it had passed. */
START_TEST(over_goes_first)
{
	struct sw_fragments *fragments = sw_fragments_create(8, key);

	for (unsigned host = 0; host < 8; host++)
		step_letter(fragments, part_from(host, 1, 0, 800, true),
		    host == 0 ? 0 : 29000 + host, host == 0);
	ck_assert_int_eq(step_letter(fragments, part_from(100, 1, 0, 800, true),
			     30500, true),
	    'F'); /* takes the place of 0 */
	for (unsigned host = 1; host < 8; host++)
		ck_assert_int_eq(
		    step_letter(fragments, part_from(host, 1, 800, 900, false),
			30501, true),
		    'D');
	sw_fragments_destroy(fragments);
}
END_TEST

/* A flood of firsts stays within the table, and all of it is over in time. */
START_TEST(flood)
{
	struct sw_fragments *fragments = sw_fragments_create(100, key);

	for (uint32_t id = 0; id < 5000; id++) {
		struct sw_packet p = part(true, id, 0, 800, true);

		p.ends.src.b[6] = (uint8_t)(id >> 8);
		p.ends.src.b[7] = (uint8_t)id;
		step(fragments, &p, id, true);
		ck_assert_uint_le(
		    sw_fragments_count(fragments, at_ms(id)), 104);
	}
	ck_assert_uint_eq(sw_fragments_count(fragments, at_ms(5000)), 104);
	ck_assert_uint_eq(sw_fragments_count(fragments, at_ms(35000)), 0);
	sw_fragments_destroy(fragments);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("fragment_room");

	tcase_add_test(tcase, refused_ones_make_room);
	tcase_add_test(tcase, a_crowd_displaces_its_own);
	tcase_add_test(tcase, a_network_is_one_crowd);
	tcase_add_test(tcase, the_young_stay);
	tcase_add_test(tcase, early_ones_have_few_places);
	tcase_add_test(tcase, over_goes_first);
	tcase_add_test(tcase, flood);
	return run_case("fragment_room", tcase);
}
