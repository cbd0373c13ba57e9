/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is a handshake once more, and what begins another one: by one number
 * each.  Where another one began, its FIN shows: it counts at numbers that
 * the first one never had.
 */

#include <check.h>

#include "runner.h"
#include "script.h"

#define EST "established"

/* Client: SYN 1000000, server: SYN/ACK 5000. */
#define OPENED                                                   \
	{ 0, 'C', "S", 1000000, 0, 0, '+', "syn_sent" },         \
	    { 1, 'S', "SA", 5000, 1000001, 0, '+', "syn_recv" }, \
	{                                                        \
		2, 'C', "A", 1000001, 5001, 0, '+', EST          \
	}

/* A caller's SYN, the other's answer, and a FIN that follows both. */
static void
call(const char *name, char caller, uint32_t syn, uint32_t answer, bool begins)
{
	char called = caller == 'C' ? 'S' : 'C';
	const struct script_row rows[] = {
		OPENED,
		{ 3, caller, "S", syn, 0, 0, '+', EST },
		{ 4, called, "SA", answer, syn + 1, 0, '+', EST },
		{ 5, caller, "A", syn + 1, answer + 1, 0, '+', EST },
		{ 6, caller, "FA", syn + 1, answer + 1, 0, '+',
		    begins ? "fin_wait" : EST },
	};

	SCRIPT_RUN(name, SW_TRACK_NORMAL, rows);
}

START_TEST(another_number_begins_another_connection)
{
	call("another SYN", 'C', 90000000, 4900, true);
	call("another answer ahead", 'C', 1000000, 5001, true);
	call("another answer far ahead", 'C', 1000000, 80000000, true);
	call("another answer far back", 'C', 1000000, 5000u - 3000000, true);
	call("the called side's", 'S', 90000000, 70000000, true);
	call("the called side's, of the same number", 'S', 1000000, 999900,
	    true);
}
END_TEST

/* The same SYN and an answer that is not newer repeat what is known. */
START_TEST(the_same_numbers_begin_nothing)
{
	static const struct script_row rows[] = {
		OPENED,
		{ 3, 'C', "S", 1000000, 0, 0, '+', EST },
		{ 4, 'S', "SA", 5000, 1000001, 0, '+', EST },
		{ 5, 'C', "S", 1000000, 0, 0, '+', EST },
		{ 6, 'S', "SA", 4999, 1000001, 0, '+', EST },
		{ 7, 'C', "PA", 1000001, 5001, 10, '+', EST },
		{ 8, 'S', "FA", 5001, 1000011, 0, '+', "fin_wait" },
	};

	SCRIPT_RUN("the same", SW_TRACK_NORMAL, rows);
	SCRIPT_RUN("the same, strict", SW_TRACK_STRICT, rows);
}
END_TEST

/* The answer to a SYN set aside names it; what else comes from nowhere is out
 * of the window, or ends what was there. */
START_TEST(an_rst_answers_the_syn_it_names)
{
	static const struct script_row rows[] = {
		{ 0, 'C', "S", 1000, 0, 0, '+', "syn_sent" },
		{ 1, 'S', "SA", 4000000000, 1001, 0, '+', "syn_recv" },
		{ 2, 'C', "A", 1001, 4000000001, 0, '+', EST },
		{ 3, 'S', "RA", 0, 900001, 0, '-', EST },
		{ 4, 'C', "S", 900000, 0, 0, '+', EST },
		{ 5, 'S', "RA", 0, 900002, 0, '-', EST },
		{ 6, 'S', "R", 0, 900001, 0, '-', EST },
		{ 7, 'S', "RA", 0, 900001, 0, '+', EST },
		{ 8, 'C', "RA", 80000000, 900001, 0, '-', EST },
	};

	SCRIPT_RUN("named", SW_TRACK_STRICT, rows);
}
END_TEST

/* --- a simultaneous open --------------------------------------------------- */

#define CROSSED                                              \
	{ 0, 'C', "S", 1000, 0, 0, '+', "syn_sent" },        \
	    { 1, 'S', "S", 5000, 0, 0, '+', "syn_sent2" },   \
	{                                                    \
		2, 'C', "SA", 1000, 5001, 0, '+', "syn_recv" \
	}

START_TEST(a_crossed_syn_comes_once_more)
{
	static const struct script_row rows[] = {
		CROSSED,
		{ 3, 'S', "S", 5000, 0, 0, '+', "syn_recv" },
		{ 4, 'S', "S", 5001, 0, 0, '-', "syn_recv" },
		{ 5, 'S', "S", 4999, 0, 0, '-', "syn_recv" },
		{ 6, 'S', "SA", 5000, 1001, 0, '+', "syn_recv" },
		{ 7, 'S', "A", 5001, 1001, 0, '+', EST },
	};
	static const struct script_row plain[] = {
		{ 0, 'C', "S", 1000, 0, 0, '+', "syn_sent" },
		{ 1, 'S', "SA", 5000, 1001, 0, '+', "syn_recv" },
		{ 2, 'S', "S", 5000, 0, 0, '-', "syn_recv" },
	};

	SCRIPT_RUN("crossed", SW_TRACK_STRICT, rows);
	SCRIPT_RUN("answered before", SW_TRACK_STRICT, plain);
}
END_TEST

/* Both know of both numbers, and may name the other's SYN. */
START_TEST(a_crossed_syn_may_be_refused)
{
	static const struct script_row named[] = {
		{ 0, 'C', "S", 1000, 0, 0, '+', "syn_sent" },
		{ 1, 'S', "S", 5000, 0, 0, '+', "syn_sent2" },
		{ 2, 'C', "RA", 0, 5001, 0, '+', "close" },
	};
	static const struct script_row received[] = {
		CROSSED,
		{ 3, 'S', "RA", 0, 1001, 0, '+', "close" },
	};

	SCRIPT_RUN("named", SW_TRACK_STRICT, named);
	SCRIPT_RUN("received", SW_TRACK_STRICT, received);
}
END_TEST

/* Who answers a SYN that nobody sent opens nothing: the called side must have
 * called. */
START_TEST(only_a_call_is_answered)
{
	static const struct script_row rows[] = {
		OPENED,
		{ 3, 'C', "S", 90000000, 0, 0, '+', EST },
		{ 4, 'C', "SA", 90000000, 5001, 0, '-', EST },
		{ 5, 'S', "S", 70000000, 0, 0, '+', EST },
		{ 6, 'C', "SA", 90000000, 70000001, 0, '+', EST },
	};

	SCRIPT_RUN("answers", SW_TRACK_NORMAL, rows);
}
END_TEST

/* Before its SYN/ACK neither side may go on. */
START_TEST(both_owe_an_answer)
{
	static const struct script_row rows[] = {
		{ 0, 'C', "S", 1000, 0, 0, '+', "syn_sent" },
		{ 1, 'S', "S", 5000, 0, 0, '+', "syn_sent2" },
		{ 2, 'C', "A", 1001, 5001, 0, '-', "syn_sent2" },
		{ 3, 'C', "FA", 1001, 5001, 0, '-', "syn_sent2" },
		{ 4, 'S', "FA", 5001, 1001, 0, '-', "syn_sent2" },
		{ 5, 'C', "S", 1000, 0, 0, '+', "syn_sent2" },
		{ 6, 'S', "S", 5000, 0, 0, '+', "syn_sent2" },
		{ 7, 'S', "SA", 5000, 1001, 0, '+', "syn_recv" },
	};

	SCRIPT_RUN("owes", SW_TRACK_STRICT, rows);
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("repeats");

	tcase_add_test(t, another_number_begins_another_connection);
	tcase_add_test(t, the_same_numbers_begin_nothing);
	tcase_add_test(t, an_rst_answers_the_syn_it_names);
	tcase_add_test(t, a_crossed_syn_comes_once_more);
	tcase_add_test(t, a_crossed_syn_may_be_refused);
	tcase_add_test(t, only_a_call_is_answered);
	tcase_add_test(t, both_owe_an_answer);
	return run_case("tcp_repeats", t);
}
