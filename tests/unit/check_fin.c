/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FINs: one that continues its side's stream closes it; one that is ahead of
 * the stream, or not where it should be, does not, until the receiver shows
 * that it has it.  Who guesses at the window cuts nobody's time.
 */

#include <check.h>

#include "runner.h"
#include "script.h"

#define OUT "out-of-window"

/* 100 bytes of each side, acknowledged. */
#define TALKED                                                    \
	SCRIPT_HANDSHAKE, { 3, 'C', "PA", 1001, 5001, 100, '+' }, \
	    { 4, 'S', "PA", 5001, 1101, 100, '+' },               \
	{                                                         \
		5, 'C', "A", 1101, 5101, 0, '+', "established"    \
	}

/* Both modes; strict drops nothing that is told here to pass. */
#define RUN(name, rows)                                  \
	do {                                             \
		SCRIPT_RUN(name, SW_TRACK_NORMAL, rows); \
		SCRIPT_RUN(name, SW_TRACK_STRICT, rows); \
	} while (0)

/* --- who sees nothing ---------------------------------------------------- */

/* FINs for both sides, in the window, at numbers that agree with each other
 * and even acknowledge each other: an hour later the connection is there. */
START_TEST(blind_fins_close_nothing)
{
	static const struct script_row rows[] = {
		TALKED,
		{ 6, 'C', "FA", 1111, 5101, 0, '+', "established" },
		{ 7, 'S', "FA", 5111, 1101, 0, '+', "established" },
		{ 8, 'S', "FA", 5111, 1112, 0, '+', "established" },
		{ 9, 'C', "FA", 1111, 5112, 0, '+', "established" },
		{ 10, 'C', "A", 1112, 5112, 0, '+', "established" },
		{ 11, 'S', "A", 5112, 1112, 0, '+', "established" },
		{ 3600000, 'C', "PA", 1101, 5101, 10, '+', "established" },
		{ 3600001, 'S', "A", 5101, 1111, 0, '+', "established" },
		{ 7200000, 'S', "PA", 5101, 1111, 10, '+', "established" },
		{ 7200001, 'C', "A", 1111, 5111, 0, '+', "established" },
		{ 14000000, 'C', "FA", 1111, 5111, 0, '+', "fin_wait" },
		{ 14000001, 'S', "FA", 5111, 1112, 0, '+', "last_ack" },
		{ 14000002, 'C', "A", 1112, 5112, 0, '+', "time_wait" },
	};

	RUN("blind", rows);
}
END_TEST

/* Wherever in the window: only the number itself closes. */
START_TEST(only_the_next_number_closes)
{
	for (uint32_t seq = 900; seq < 1300; seq++) {
		const struct script_row rows[] = {
			TALKED,
			{ 6, 'C', "FA", seq, 5101, 0, '+',
			    seq == 1101 ? "fin_wait" : "established" },
			{ 7000000, 'S', "A", 5101, 1101, 0,
			    seq == 1101 ? '-' : '+' },
		};

		SCRIPT_RUN("numbers", SW_TRACK_NORMAL, rows);
	}
}
END_TEST

/* A segment that has the next byte in it is what its receiver takes. */
START_TEST(data_that_reach_the_next_byte_close)
{
	for (uint32_t seq = 1080; seq < 1120; seq++) {
		bool has = seq <= 1101 && seq + 10 >= 1101;
		const struct script_row rows[] = {
			TALKED,
			{ 6, 'C', "FPA", seq, 5101, 10, '+',
			    has ? "fin_wait" : "established" },
		};

		SCRIPT_RUN("data", SW_TRACK_STRICT, rows);
	}
}
END_TEST

/* In a half-closed connection a second FIN of the side that closed, further
 * on, would open the first again, and end the patience with the other. */
START_TEST(a_fin_stays_where_it_is)
{
	static const struct script_row blind[] = {
		SCRIPT_TO_CLOSE_WAIT,
		{ 5, 'C', "FA", 1011, 5001, 0, '+', "close_wait" },
		{ 6, 'S', "FA", 5011, 1002, 0, '+', "close_wait" },
		{ 590000, 'S', "PA", 5001, 1002, 10, '+', "close_wait" },
		{ 590001, 'C', "A", 1002, 5011, 0, '+', "close_wait" },
		{ 600000, 'C', "FA", 1001, 5001, 0, '+', "close_wait" },
		{ 600001, 'S', "FA", 5011, 1002, 0, '+', "last_ack" },
		{ 600002, 'S', "FA", 5011, 1002, 0, '+', "last_ack" },
		{ 600003, 'S', "FA", 5013, 1002, 0, '+', "last_ack" },
		{ 600004, 'C', "A", 1002, 5012, 0, '+', "time_wait" },
	};

	RUN("half closed", blind);
}
END_TEST

/* --- what is true comes right --------------------------------------------- */

/* The FIN overtakes the last data. */
START_TEST(a_fin_that_overtakes_counts_when_acknowledged)
{
	static const struct script_row rows[] = {
		TALKED,
		{ 6, 'C', "FA", 1201, 5101, 0, '+', "established" },
		{ 7, 'C', "PA", 1101, 5101, 100, '+', "established" },
		{ 8, 'S', "A", 5101, 1202, 0, '+', "close_wait" },
		{ 9, 'S', "PA", 5101, 1202, 10, '+', "close_wait" },
		{ 10, 'S', "FA", 5111, 1202, 0, '+', "last_ack" },
		{ 11, 'C', "A", 1202, 5112, 0, '+', "time_wait" },
	};
	static const struct script_row answered[] = {
		TALKED,
		{ 6, 'S', "FA", 5201, 1101, 0, '+', "established" },
		{ 7, 'S', "PA", 5101, 1101, 100, '+', "established" },
		{ 8, 'C', "FA", 1101, 5202, 0, '+', "last_ack" },
		{ 9, 'S', "A", 5202, 1102, 0, '+', "time_wait" },
	};
	static const struct script_row both[] = {
		TALKED,
		{ 6, 'C', "FA", 1201, 5101, 0, '+', "established" },
		{ 7, 'S', "FA", 5201, 1101, 0, '+', "established" },
		{ 8, 'C', "PA", 1101, 5101, 100, '+', "established" },
		{ 9, 'S', "PA", 5101, 1101, 100, '+', "established" },
		{ 10, 'C', "A", 1201, 5202, 0, '+', "close_wait" },
		{ 11, 'S', "A", 5202, 1202, 0, '+', "time_wait" },
	};

	RUN("overtakes", rows);
	RUN("is answered by a FIN", answered);
	RUN("of both sides", both);
}
END_TEST

/* What is before the FIN was lost, or went by unseen: the receiver's word is
 * enough, and what leads to it is not dropped. */
START_TEST(a_fin_behind_a_loss_counts_when_acknowledged)
{
	static const struct script_row rows[] = {
		TALKED,
		{ 6, 'C', "FA", 1201, 5101, 0, '+', "established" },
		{ 7, 'S', "A", 5101, 1101, 0, '+', "established", NULL, 0, 0,
		    1202 },
		{ 8, 'S', "A", 5101, 1151, 0, '+', "established", NULL, 0, 0,
		    1202 },
		{ 9, 'S', "A", 5101, 1203, 0, '-', "established", OUT },
		{ 10, 'S', "A", 5101, 1101, 0, '-', "established", OUT, 0, 0,
		    1203 },
		{ 11, 'S', "A", 5101, 1202, 0, '+', "close_wait" },
	};

	SCRIPT_RUN("loss", SW_TRACK_STRICT, rows);
}
END_TEST

/* The FIN is sent again, when all before it is there. */
/* Its sender goes on to acknowledge, from the number after the FIN. */
START_TEST(acknowledging_meanwhile_refutes_no_fin)
{
	static const struct script_row rows[] = {
		TALKED,
		/* 5101..5111 was lost before the gateway. */
		{ 6, 'S', "FA", 5111, 1101, 0, '+', "established" },
		{ 7, 'C', "PA", 1101, 5101, 10, '+', "established" },
		{ 8, 'S', "A", 5112, 1111, 0, '+', "established" },
		{ 9, 'C', "PA", 1111, 5101, 10, '+', "established" },
		{ 10, 'S', "A", 5112, 1121, 0, '+', "established" },
		{ 11, 'S', "PA", 5101, 1121, 10, '+', "established" },
		{ 12, 'C', "A", 1121, 5112, 0, '+', "close_wait" },
		{ 13, 'C', "FA", 1121, 5112, 0, '+', "last_ack" },
		{ 14, 'S', "A", 5112, 1122, 0, '+', "time_wait" },
	};

	RUN("meanwhile", rows);
}
END_TEST

START_TEST(a_fin_that_comes_again_counts)
{
	static const struct script_row rows[] = {
		TALKED,
		{ 6, 'C', "FA", 1201, 5101, 0, '+', "established" },
		{ 7, 'C', "PA", 1101, 5101, 100, '+', "established" },
		{ 8, 'C', "FA", 1201, 5101, 0, '+', "fin_wait" },
		{ 9, 'S', "A", 5101, 1202, 0, '+', "close_wait" },
	};
	static const struct script_row whole[] = {
		TALKED,
		{ 6, 'C', "FA", 1201, 5101, 0, '+', "established" },
		{ 7, 'C', "FPA", 1101, 5101, 100, '+', "fin_wait" },
		{ 8, 'S', "A", 5101, 1202, 0, '+', "close_wait" },
	};

	RUN("again", rows);
	RUN("again, with the data", whole);
}
END_TEST

/* With data under way either number is the next one. */
START_TEST(with_data_under_way_either_number_closes)
{
	static const struct script_row acknowledged[] = {
		TALKED,
		{ 6, 'C', "PA", 1111, 5101, 100, '+', "established" },
		{ 7, 'C', "FA", 1101, 5101, 0, '+', "fin_wait" },
	};
	static const struct script_row sent[] = {
		TALKED,
		{ 6, 'C', "PA", 1101, 5101, 100, '+', "established" },
		{ 7, 'C', "FA", 1200, 5101, 0, '+', "established" },
		{ 8, 'C', "FA", 1102, 5101, 0, '+', "established" },
		{ 9, 'S', "A", 5101, 1201, 0, '+', "established" },
		{ 10, 'C', "FA", 1201, 5101, 0, '+', "fin_wait" },
	};

	RUN("acknowledged", acknowledged);
	RUN("sent", sent);
}
END_TEST

/* The third segment was lost: the client's FIN is the first to tell. */
START_TEST(a_fin_may_end_the_handshake)
{
	static const struct script_row rows[] = {
		{ 0, 'C', "S", 1000, 0, 0, '+', "syn_sent" },
		{ 1, 'S', "SA", 5000, 1001, 0, '+', "syn_recv" },
		{ 2, 'C', "FA", 1001, 5001, 0, '+', "fin_wait" },
	};
	static const struct script_row ahead[] = {
		{ 0, 'C', "S", 1000, 0, 0, '+', "syn_sent" },
		{ 1, 'S', "SA", 5000, 1001, 0, '+', "syn_recv" },
		{ 2, 'C', "FA", 1101, 5001, 0, '+', "syn_recv" },
		{ 3, 'S', "A", 5001, 1102, 0, '+', "syn_recv" },
		{ 4, 'C', "PA", 1001, 5001, 100, '+', "established" },
		{ 5, 'S', "A", 5001, 1102, 0, '+', "close_wait" },
	};

	RUN("handshake", rows);
	RUN("ahead", ahead);
}
END_TEST

/* --- what is remembered ---------------------------------------------------- */

/* Whoever sends past his FIN has sent none there. */
START_TEST(who_goes_past_it_sent_no_fin)
{
	static const struct script_row rows[] = {
		TALKED,
		{ 6, 'C', "FA", 1110, 5101, 0, '+', "established" },
		{ 7, 'C', "PA", 1101, 5101, 10, '+', "established" },
		{ 8, 'S', "A", 5101, 1111, 0, '+', "established" },
		{ 9, 'S', "PA", 5101, 1111, 10, '+', "established" },
	};
	static const struct script_row further[] = {
		TALKED,
		{ 6, 'C', "FA", 1110, 5101, 0, '+', "established" },
		{ 7, 'C', "PA", 1101, 5101, 50, '+', "established" },
		{ 8, 'S', "A", 5101, 1111, 0, '+', "established" },
		{ 9, 'S', "A", 5101, 1151, 0, '+', "established" },
	};

	RUN("to it", rows);
	RUN("past it", further);
}
END_TEST

/* The acknowledgement counts from where its sender is: between what the other
 * side has acknowledged and what it has sent. */
START_TEST(only_the_receiver_itself_shows_that_it_has_it)
{
	for (uint32_t seq = 5050; seq < 5250; seq++) {
		bool there = seq >= 5101 && seq <= 5201;
		const struct script_row rows[] = {
			TALKED,
			{ 6, 'S', "PA", 5101, 1101, 100, '+', "established" },
			{ 7, 'C', "FA", 1201, 5101, 0, '+', "established" },
			{ 8, 'S', "A", seq, 1202, 0, '+',
			    there ? "close_wait" : "established" },
		};

		SCRIPT_RUN("place", SW_TRACK_STRICT, rows);
	}
}
END_TEST

/* The last one counts. */
START_TEST(another_fin_ahead_takes_the_place)
{
	static const struct script_row rows[] = {
		TALKED,
		{ 6, 'C', "FA", 1301, 5101, 0, '+', "established" },
		{ 7, 'C', "FA", 1201, 5101, 0, '+', "established" },
		{ 8, 'S', "A", 5101, 1302, 0, '-', "established", OUT },
		{ 9, 'S', "A", 5101, 1202, 0, '+', "close_wait" },
	};

	SCRIPT_RUN("another", SW_TRACK_STRICT, rows);
}
END_TEST

/* An RST or a SYN acknowledges no FIN. */
START_TEST(only_an_ack_or_a_fin_shows_it)
{
	static const struct script_row rows[] = {
		TALKED,
		{ 6, 'C', "FA", 1201, 5101, 0, '+', "established" },
		{ 7, 'S', "SA", 5101, 1202, 0, '+', "established" },
		{ 8, 'S', "A", 5101, 1202, 0, '+', "close_wait" },
	};

	RUN("SYN/ACK", rows);
}
END_TEST

/* A SACK of a FIN ahead neither shuts out the acknowledgement that it comes
 * with nor grants anything. */
START_TEST(the_sack_of_a_fin_ahead_grants_nothing)
{
	static const struct script_row rows[] = {
		TALKED,
		{ 6, 'C', "PA", 1101, 5101, 100, '+', "established" },
		{ 7, 'C', "FA", 1301, 5101, 0, '+', "established" },
		{ 8, 'S', "A", 5101, 1201, 0, '+', "established", NULL, 1000, 0,
		    1302 },
		{ 9, 'C', "R", 1201, 0, 0, '+', "close" },
	};

	RUN("SACK", rows);
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("fin");

	tcase_add_test(t, blind_fins_close_nothing);
	tcase_add_test(t, only_the_next_number_closes);
	tcase_add_test(t, data_that_reach_the_next_byte_close);
	tcase_add_test(t, a_fin_stays_where_it_is);
	tcase_add_test(t, a_fin_that_overtakes_counts_when_acknowledged);
	tcase_add_test(t, a_fin_behind_a_loss_counts_when_acknowledged);
	tcase_add_test(t, acknowledging_meanwhile_refutes_no_fin);
	tcase_add_test(t, a_fin_that_comes_again_counts);
	tcase_add_test(t, with_data_under_way_either_number_closes);
	tcase_add_test(t, a_fin_may_end_the_handshake);
	tcase_add_test(t, who_goes_past_it_sent_no_fin);
	tcase_add_test(t, only_the_receiver_itself_shows_that_it_has_it);
	tcase_add_test(t, another_fin_ahead_takes_the_place);
	tcase_add_test(t, only_an_ack_or_a_fin_shows_it);
	tcase_add_test(t, the_sack_of_a_fin_ahead_grants_nothing);
	return run_case("fin", t);
}
