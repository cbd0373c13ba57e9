/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine's line, verb by verb: follow, admit, pass, refuse.
 */

#include <check.h>
#include <netinet/in.h>
#include <string.h>

#include "build.h"
#include "runner.h"
#include "script.h"
#include "synward/engine.h"

START_TEST(follows_a_connection_to_its_end)
{
	static const struct script_row rows[] = {
		SCRIPT_HANDSHAKE,
		{ 3, 'C', "PA", 1001, 5001, 100, '+', "established" },
		{ 4, 'S', "A", 5001, 1101, 0, '+', "established" },
		{ 5, 'S', "PA", 5001, 1101, 500, '+', "established" },
		{ 6, 'C', "A", 1101, 5501, 0, '+', "established" },
		{ 7, 'C', "FA", 1101, 5501, 0, '+', "fin_wait" },
		{ 8, 'S', "A", 5501, 1102, 0, '+', "close_wait" },
		{ 9, 'S', "FA", 5501, 1102, 0, '+', "last_ack" },
		{ 10, 'C', "A", 1102, 5502, 0, '+', "time_wait" },
		{ 11, 'S', "FA", 5501, 1102, 0, '+', "time_wait" },
		{ 12, 'C', "A", 1102, 5502, 0, '+', "time_wait" },
		{ 70000, 'C', "A", 1102, 5502, 0, '-', "-" },
	};

	SCRIPT_RUN("life", SW_TRACK_NORMAL, rows);
	SCRIPT_RUN("life, strict", SW_TRACK_STRICT, rows);
}
END_TEST

START_TEST(refuses_what_opens_nothing)
{
	static const struct script_row rows[] = {
		{ 0, 'C', "A", 1, 1, 0, '-', "-" },
		{ 1, 'C', "FA", 1, 1, 0, '-', "-" },
		{ 2, 'C', "R", 1, 0, 0, '-', "-" },
		{ 3, 'C', "PA", 1, 1, 10, '-', "-" },
		{ 4, 'S', "SA", 1, 1, 0, '-', "-" },
		{ 5, 'C', "FPA", 1, 1, 0, '-', "-" },
		{ 6, 'C', "SF", 1, 0, 0, '-', "-" },
		{ 7, 'C', "-", 1, 0, 0, '-', "-" },
		{ 8, 'C', "SR", 1, 0, 0, '-', "-" },
	};

	SCRIPT_RUN("strays", SW_TRACK_NORMAL, rows);
}
END_TEST

START_TEST(loose_picks_up_midstream)
{
	static const struct script_row rows[] = {
		{ 0, 'C', "PA", 1000, 7000, 10, '+', "established" },
		{ 1, 'S', "A", 7000, 1010, 0, '+', "established" },
		{ 2, 'S', "PA", 7000, 1010, 1400, '+', "established" },
		{ 3, 'C', "A", 1010, 8400, 0, '+', "established" },
	};
	static const struct script_row fin[] = {
		{ 0, 'C', "FA", 1000, 7000, 0, '-', "-" },
	};

	SCRIPT_RUN("loose", SW_TRACK_LOOSE, rows);
	SCRIPT_RUN("loose, by a FIN", SW_TRACK_LOOSE, fin);
}
END_TEST

START_TEST(off_keeps_no_entry)
{
	static const struct script_row rows[] = {
		{ 0, 'C', "PA", 1000, 7000, 10, '+', "-" },
		{ 1, 'S', "SA", 1000, 7000, 0, '+', "-" },
		{ 2, 'C', "SF", 1000, 7000, 0, '+', "-" },
	};

	SCRIPT_RUN("off", SW_TRACK_OFF, rows);
}
END_TEST

START_TEST(idle_beyond_the_timeout_is_over)
{
	static const struct script_row rows[] = {
		SCRIPT_HANDSHAKE,
		{ 3, 'C', "PA", 1001, 5001, 100, '+', "established" },
		{ 4, 'S', "A", 5001, 1101, 0, '+', "established" },
		{ 7440003, 'C', "PA", 1101, 5001, 1, '+', "established" },
		{ 7440004, 'S', "A", 5001, 1102, 0, '+', "established" },
		{ 14880100, 'C', "PA", 1102, 5001, 1, '-', "-" },
	};

	SCRIPT_RUN("idle", SW_TRACK_NORMAL, rows);
}
END_TEST

START_TEST(a_reset_must_be_exact)
{
	static const struct script_row rows[] = {
		SCRIPT_HANDSHAKE,
		{ 3, 'S', "R", 5002, 0, 0, '+', "established" },
		{ 4, 'S', "R", 900000, 0, 0, '+', "established" },
		{ 5, 'S', "R", 5001, 0, 0, '+', "close" },
		{ 6, 'C', "S", 90000, 0, 0, '+', "syn_sent" },
	};
	static const struct script_row strict[] = {
		SCRIPT_HANDSHAKE,
		{ 3, 'S', "R", 900000, 0, 0, '-', "established" },
		{ 5, 'S', "R", 5001, 0, 0, '+', "close" },
	};

	SCRIPT_RUN("reset", SW_TRACK_NORMAL, rows);
	SCRIPT_RUN("reset, strict", SW_TRACK_STRICT, strict);
}
END_TEST

START_TEST(a_refused_connection_leaves_nothing)
{
	static const struct script_row rows[] = {
		{ 0, 'C', "S", 1000, 0, 0, '+', "syn_sent" },
		{ 1, 'S', "RA", 0, 1001, 0, '+', "-" },
		{ 2, 'S', "RA", 0, 1002, 0, '-', "-" },
		{ 2, 'S', "RA", 1, 1001, 0, '-', "-" },
		{ 2, 'S', "R", 0, 1001, 0, '-', "-" },
		{ 2, 'S', "RA", 0, 1001, 1, '-', "-" },
		{ 2, 'S', "RA", 0, 1001, 0, '-', "-", NULL, 100 },
		{ 2, 'C', "RA", 0, 1001, 0, '-', "-" },
		{ 102, 'S', "RA", 0, 1001, 0, '-', "-" },
	};

	SCRIPT_RUN("refused", SW_TRACK_NORMAL, rows);
}
END_TEST

/* Rules that send packets to the queue twice or thrice; the next connection
 * on these ports has its own RST. */
START_TEST(the_same_refusal_passes_again)
{
	static const struct script_row rows[] = {
		{ 0, 'C', "S", 1000, 0, 0, '+', "syn_sent" },
		{ 0, 'C', "S", 1000, 0, 0, '+', "syn_sent" },
		{ 1, 'S', "RA", 0, 1001, 0, '+', "-" },
		{ 1, 'S', "RA", 0, 1001, 0, '+', "-" },
		{ 2, 'S', "RA", 0, 1001, 0, '+', "-" },
		{ 3, 'S', "RA", 0, 1001, 0, '+', "-" },
		{ 4, 'S', "RA", 0, 1001, 0, '+', "-" },
		{ 5, 'S', "RA", 0, 1001, 0, '+', "-" },
		{ 6, 'S', "RA", 0, 1001, 0, '+', "-" },
		{ 101, 'S', "RA", 0, 1001, 0, '+', "-" },
		{ 101, 'S', "RA", 0, 1001, 0, '-', "-" },
		{ 102, 'C', "S", 2000, 0, 0, '+', "syn_sent" },
		{ 103, 'S', "RA", 0, 2001, 0, '+', "-" },
		{ 103, 'S', "RA", 0, 1001, 0, '-', "-" },
		{ 103, 'S', "RA", 0, 2001, 0, '+', "-" },
	};

	SCRIPT_RUN("twice", SW_TRACK_NORMAL, rows);
	SCRIPT_RUN("twice, strict", SW_TRACK_STRICT, rows);
}
END_TEST

START_TEST(a_live_flow_restarts_when_both_hosts_did)
{
	static const struct script_row rows[] = {
		SCRIPT_HANDSHAKE,
		{ 3, 'C', "S", 90000, 0, 0, '+', "established" },
		{ 4, 'S', "SA", 70000, 90001, 0, '+', "established" },
		{ 5, 'C', "A", 90001, 70001, 0, '+', "established" },
		{ 6, 'C', "PA", 90001, 70001, 10, '+', "established" },
	};
	static const struct script_row challenge[] = {
		SCRIPT_HANDSHAKE,
		{ 3, 'C', "S", 90000, 0, 0, '+', "established" },
		{ 4, 'S', "A", 5001, 1001, 0, '+', "established" },
		{ 5, 'C', "R", 1001, 0, 0, '+', "close" },
		{ 6, 'C', "S", 90000, 0, 0, '+', "syn_sent" },
	};

	SCRIPT_RUN("restart", SW_TRACK_NORMAL, rows);
	SCRIPT_RUN("challenge", SW_TRACK_NORMAL, challenge);
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("line");

	tcase_add_test(t, follows_a_connection_to_its_end);
	tcase_add_test(t, refuses_what_opens_nothing);
	tcase_add_test(t, loose_picks_up_midstream);
	tcase_add_test(t, off_keeps_no_entry);
	tcase_add_test(t, idle_beyond_the_timeout_is_over);
	tcase_add_test(t, a_reset_must_be_exact);
	tcase_add_test(t, a_refused_connection_leaves_nothing);
	tcase_add_test(t, the_same_refusal_passes_again);
	tcase_add_test(t, a_live_flow_restarts_when_both_hosts_did);
	return run_case("engine", t);
}
