/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The edges of the window check: each table turns on one number.  Strict,
 * where a bound parts what passes from what does not; where both pass, an RST
 * tells whether the segment counted: at a number that is exact only then.
 */

#include <check.h>

#include "runner.h"
#include "script.h"

#define FAR_SERVER 4000000000u /* in the upper half: 0 lies ahead of it */

#define OUT "out-of-window"

/* The server has sent 120,000 bytes that the client acknowledged. */
#define SCRIPT_SENT_MUCH                                            \
	SCRIPT_HANDSHAKE, { 3, 'S', "PA", 5001, 1001, 60000, '+' }, \
	    { 4, 'C', "A", 1001, 65001, 0, '+' },                   \
	    { 5, 'S', "PA", 65001, 1001, 60000, '+' },              \
	{                                                           \
		6, 'C', "A", 1001, 125001, 0, '+', "established"    \
	}

/* --- the four inequalities ----------------------------------------------- */

START_TEST(an_acknowledgement_is_bounded_to_the_byte)
{
	static const struct script_row above[] = {
		SCRIPT_HANDSHAKE,
		{ 3, 'S', "A", 5001, 1002, 0, '-', "established", OUT },
		{ 4, 'S', "A", 5001, 1001, 0, '+', "established" },
	};
	static const struct script_row below[] = {
		SCRIPT_SENT_MUCH,
		{ 7, 'C', "FA", 1001, 59000, 0, '+', "established" },
		{ 8, 'C', "FA", 1001, 59001, 0, '+', "fin_wait" },
	};

	SCRIPT_RUN("III", SW_TRACK_STRICT, above);
	SCRIPT_RUN("IV", SW_TRACK_STRICT, below);
}
END_TEST

START_TEST(what_is_sent_is_bounded_to_the_byte)
{
	static const struct script_row above[] = {
		SCRIPT_HANDSHAKE,
		{ 3, 'C', "FA", 66537, 5001, 0, '-', "established", OUT },
		{ 4, 'C', "PA", 66536, 5001, 1, '+', "established" },
		{ 5, 'C', "R", 66537, 5001, 0, '+', "close" },
	};
	static const struct script_row below[] = {
		SCRIPT_SENT_MUCH,
		{ 7, 'C', "PA", 1001, 125001, 200, '+', "established" },
		{ 8, 'S', "A", 59465, 1101, 0, '+', "established" },
		{ 9, 'C', "R", 1101, 0, 0, '+', "established" },
		{ 10, 'S', "A", 59466, 1101, 0, '+', "established" },
		{ 11, 'C', "R", 1101, 0, 0, '+', "close" },
	};

	SCRIPT_RUN("I", SW_TRACK_STRICT, above);
	SCRIPT_RUN("II", SW_TRACK_STRICT, below);
}
END_TEST

/* Who begins at the edge may straddle it, where all else is right; where he
 * begins beyond it nothing else counts. */
START_TEST(straddling_the_edge_needs_the_rest_to_be_right)
{
	static const struct script_row rows[] = {
		SCRIPT_SENT_MUCH,
		{ 7, 'C', "PA", 66537, 125001, 10, '-', "established", OUT },
		{ 8, 'C', "FA", 66536, 125002, 10, '-', "established", OUT },
		{ 9, 'C', "PA", 66536, 59000, 10, '+', "established" },
		{ 10, 'C', "R", 66546, 0, 0, '-', "established", OUT },
		{ 11, 'C', "PA", 66536, 59001, 10, '+', "established" },
		{ 12, 'C', "R", 66546, 0, 0, '+', "close" },
	};

	SCRIPT_RUN("straddles", SW_TRACK_STRICT, rows);
}
END_TEST

/* Who sends past the edge shows how much the receiver takes, so all of it may
 * be repeated; the edge stays where it is. */
START_TEST(straddling_the_edge_widens_the_window)
{
	static const struct script_row rows[] = {
		SCRIPT_HANDSHAKE,
		{ 3, 'S', "PA", 5001, 1001, 60000, '+' },
		{ 4, 'S', "PA", 65001, 1001, 60000, '+', "established" },
		{ 5, 'S', "PA", 70537, 1001, 10, '-', "established", OUT },
		{ 6, 'C', "PA", 1001, 5001, 200, '+', "established" },
		{ 7, 'S', "A", 5000, 1101, 0, '+', "established" },
		{ 8, 'C', "R", 1101, 0, 0, '+', "established" },
		{ 9, 'S', "A", 5001, 1101, 0, '+', "established" },
		{ 10, 'C', "R", 1101, 0, 0, '+', "close" },
	};
	static const struct script_row not [] = {
		SCRIPT_SENT_MUCH,
		{ 7, 'C', "PA", 1001, 125001, 200, '+', "established" },
		{ 8, 'S', "A", 5001, 1101, 0, '+', "established" },
		{ 9, 'C', "R", 1101, 0, 0, '+', "established" },
	};

	SCRIPT_RUN("straddles", SW_TRACK_STRICT, rows);
	SCRIPT_RUN("does not", SW_TRACK_STRICT, not );
}
END_TEST

/* Nothing but the byte of a probe fits a closed window. */
START_TEST(a_closed_window_takes_one_byte)
{
	static const struct script_row rows[] = {
		SCRIPT_HANDSHAKE,
		{ 3, 'S', "PA", 5001, 1001, 65535, '+' },
		{ 4, 'C', "A", 1001, 70536, 0, '+', "established", NULL, -1 },
		{ 5, 'S', "PA", 70536, 1001, 1, '+', "established" },
		{ 6, 'S', "FA", 70537, 1001, 0, '+', "fin_wait" },
	};

	SCRIPT_RUN("probe", SW_TRACK_STRICT, rows);
}
END_TEST

/* --- what acknowledges nothing ------------------------------------------- */

/* The field means nothing without the flag; and hosts exist whose RST has the
 * flag and 0. */
START_TEST(an_rst_may_acknowledge_nothing)
{
	static const struct script_row rows[] = {
		{ 0, 'C', "S", 1000, 0, 0, '+', "syn_sent" },
		{ 1, 'S', "SA", FAR_SERVER, 1001, 0, '+', "syn_recv" },
		{ 2, 'C', "A", 1001, FAR_SERVER + 1, 0, '+', "established" },
		{ 3, 'C', "R", 1500, 1, 0, '+', "established" },
		{ 4, 'C', "RA", 1500, 0, 0, '+', "established" },
		{ 5, 'C', "RA", 1500, 1, 0, '-', "established", OUT },
	};

	SCRIPT_RUN("nothing", SW_TRACK_STRICT, rows);
}
END_TEST

START_TEST(a_syn_acknowledges_nothing)
{
	static const struct script_row rows[] = {
		{ 0, 'C', "S", 1000, 0, 0, '+', "syn_sent" },
		{ 1, 'C', "S", 1000, 0, 0, '+', "syn_sent" },
		{ 2, 'S', "SA", 5000, 1001, 0, '+', "syn_recv" },
		{ 3, 'S', "R", 0, 0, 0, '+', "syn_recv" },
		{ 4, 'C', "A", 1001, 5001, 0, '+', "established" },
	};

	SCRIPT_RUN("repeated", SW_TRACK_STRICT, rows);
}
END_TEST

/* Of numbers in the upper half, too, the first acknowledgement counts. */
START_TEST(the_first_acknowledgement_counts)
{
	static const struct script_row rows[] = {
		{ 0, 'C', "S", 1000, 0, 0, '+', "syn_sent" },
		{ 1, 'S', "SA", FAR_SERVER, 1001, 0, '+', "syn_recv" },
		{ 2, 'C', "A", 1001, FAR_SERVER + 1, 0, '+', "established" },
		{ 3, 'S', "PA", FAR_SERVER + 1, 1001, 100, '+' },
		{ 4, 'S', "R", FAR_SERVER + 1, 0, 0, '+', "close" },
	};

	SCRIPT_RUN("upper half", SW_TRACK_STRICT, rows);
}
END_TEST

/* --- SACK and scale ------------------------------------------------------- */

START_TEST(sack_counts_for_who_offered_it)
{
	static const struct script_row rows[] = {
		{ 0, 'C', "S", 1000, 0, 0, '+', "syn_sent", NULL, 0, 0, 1 },
		{ 1, 'S', "SA", 5000, 1001, 0, '+', "syn_recv" },
		{ 2, 'C', "A", 1001, 5001, 0, '+', "established" },
		{ 3, 'S', "A", 5001, 1001, 0, '+', "established", NULL, 0, 0,
		    2001 },
	};

	SCRIPT_RUN("not offered", SW_TRACK_STRICT, rows);
}
END_TEST

/* A block far ahead of the acknowledgement tells of a window at least as
 * large, and the edge is counted from it. */
START_TEST(a_sack_block_shows_the_window)
{
	static const struct script_row rows[] = {
		SCRIPT_HANDSHAKE,
		{ 3, 'S', "PA", 5001, 1001, 60000, '+' },
		{ 4, 'C', "A", 1001, 5001, 0, '+', "established", NULL, 0, 0,
		    65001 },
		{ 5, 'S', "PA", 130537, 1001, 10, '-', "established", OUT },
		{ 6, 'S', "PA", 130526, 1001, 10, '+', "established" },
		{ 7, 'C', "PA", 1001, 5001, 200, '+', "established" },
		{ 8, 'S', "A", 5000, 1101, 0, '+', "established" },
		{ 9, 'C', "R", 1101, 0, 0, '+', "established" },
		{ 10, 'S', "A", 5001, 1101, 0, '+', "established" },
		{ 11, 'C', "R", 1101, 0, 0, '+', "close" },
	};

	SCRIPT_RUN("SACK", SW_TRACK_STRICT, rows);
}
END_TEST

/* 65535 times 2^14, the most there can be; and the SYN's own is unscaled. */
START_TEST(the_largest_window_is_a_gigabyte)
{
	static const struct script_row rows[] = {
		{ 0, 'C', "S", 1000, 0, 0, '+', "syn_sent", NULL, 0, 15 },
		{ 1, 'S', "SA", 3500000000u, 1001, 0, '+', "syn_recv", NULL, 0,
		    15 },
		{ 2, 'C', "A", 1001, 3500000001u, 0, '+', "established" },
		{ 3, 'S', "FA", 278758146, 1001, 0, '-', "established", OUT },
		{ 4, 'S', "FA", 278758145, 1001, 0, '+', "established" },
	};
	static const struct script_row syn[] = {
		{ 0, 'C', "S", 1000, 0, 0, '+', "syn_sent", NULL, 1000, 15 },
		{ 1, 'S', "SA", 5000, 1001, 0, '+', "syn_recv", NULL, 1000,
		    15 },
		{ 2, 'S', "PA", 6002, 1001, 10, '-', "syn_recv", OUT },
		{ 3, 'S', "PA", 6001, 1001, 10, '+', "syn_recv" },
	};

	SCRIPT_RUN("2^30", SW_TRACK_STRICT, rows);
	SCRIPT_RUN("of the SYN", SW_TRACK_STRICT, syn);
}
END_TEST

/* A stray RST may be judged, but begins no side of the flow. */
START_TEST(a_blind_rst_begins_no_side)
{
	static const struct script_row rows[] = {
		{ 0, 'C', "S", 1000, 0, 0, '+', "syn_sent" },
		{ 1, 'S', "R", 777777, 0, 0, '+', "syn_sent" },
		{ 2, 'S', "SA", 5000, 1001, 0, '+', "syn_recv" },
		{ 3, 'C', "A", 1001, 5001, 0, '+', "established" },
		{ 4, 'S', "PA", 5001, 1001, 100, '+', "established" },
	};

	SCRIPT_RUN("blind", SW_TRACK_NORMAL, rows);
	SCRIPT_RUN("blind, strict", SW_TRACK_STRICT, rows);
}
END_TEST

/* Only the opener's acknowledgement shows that the SYN/ACK arrived; within the
 * window of the SYN the called side may send before that. */
START_TEST(the_called_side_alone_establishes_nothing)
{
	static const struct script_row rows[] = {
		{ 0, 'C', "S", 1000, 0, 0, '+', "syn_sent" },
		{ 1, 'S', "SA", 5000, 1001, 0, '+', "syn_recv" },
		{ 2, 'S', "PA", 5001, 1001, 10, '+', "syn_recv" },
		{ 3, 'S', "A", 5011, 1001, 0, '+', "syn_recv" },
		{ 4, 'C', "A", 1001, 5011, 0, '+', "established" },
	};
	static const struct script_row edge[] = {
		{ 0, 'C', "S", 1000, 0, 0, '+', "syn_sent" },
		{ 1, 'S', "SA", 5000, 1001, 0, '+', "syn_recv" },
		{ 2, 'S', "PA", 70537, 1001, 10, '-', "syn_recv", OUT },
		{ 3, 'S', "PA", 70536, 1001, 10, '+', "syn_recv" },
		{ 4, 'S', "SA", 5000, 1001, 0, '+', "syn_recv" },
		{ 5, 'C', "A", 1001, 5001, 0, '+', "established" },
	};

	SCRIPT_RUN("called side", SW_TRACK_NORMAL, rows);
	SCRIPT_RUN("called side, strict", SW_TRACK_STRICT, rows);
	SCRIPT_RUN("called side, edge", SW_TRACK_STRICT, edge);
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("edges");

	tcase_add_test(t, an_acknowledgement_is_bounded_to_the_byte);
	tcase_add_test(t, what_is_sent_is_bounded_to_the_byte);
	tcase_add_test(t, straddling_the_edge_needs_the_rest_to_be_right);
	tcase_add_test(t, straddling_the_edge_widens_the_window);
	tcase_add_test(t, a_closed_window_takes_one_byte);
	tcase_add_test(t, an_rst_may_acknowledge_nothing);
	tcase_add_test(t, a_syn_acknowledges_nothing);
	tcase_add_test(t, the_first_acknowledgement_counts);
	tcase_add_test(t, sack_counts_for_who_offered_it);
	tcase_add_test(t, a_sack_block_shows_the_window);
	tcase_add_test(t, the_largest_window_is_a_gigabyte);
	tcase_add_test(t, a_blind_rst_begins_no_side);
	tcase_add_test(t, the_called_side_alone_establishes_nothing);
	return run_case("tcp_edges", t);
}
