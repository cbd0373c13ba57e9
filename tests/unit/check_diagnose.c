/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_diagnose: one connection, how it ended, and what the segments that
 * come afterwards are said to be.
 */
#include <check.h>

#include "runner.h"
#include "script.h"

/* A second in the rows' unit. */
#define SEC 1000u

#define OPEN                                                       \
	SCRIPT_HANDSHAKE,                                          \
	    { 3, 'C', "PA", 1001, 5001, 100, '+', "established" }, \
	    { 4, 'S', "PA", 5001, 1101, 500, '+', "established" }, \
	{                                                          \
		5, 'C', "A", 1101, 5501, 0, '+', "established"     \
	}

/* Everything allowed to be silent for so long, seconds. */
static struct sw_flow_policy
treatment_of(uint32_t seconds)
{
	struct sw_flow_policy flow_policy = script_treatment(SW_TRACK_NORMAL);

	for (unsigned i = 0; i < SW_TIMEOUT_COUNT; i++)
		flow_policy.timeouts.seconds[i] = seconds;
	return flow_policy;
}

#define RUN(name, seconds, rows)                                             \
	do {                                                                 \
		struct sw_flow_policy t_ = treatment_of(seconds);            \
		script_run(name, &t_, rows, sizeof(rows) / sizeof(*(rows))); \
	} while (0)

START_TEST(idle_beyond_its_timeout)
{
	static const struct script_row data[] = {
		OPEN,
		{ 90 * SEC, 'C', "PA", 1101, 5501, 10, '-', "-",
		    "idle-expired" },
		{ 91 * SEC, 'C', "PA", 1101, 5501, 10, '-', "-",
		    "idle-expired" },
		{ 95 * SEC, 'C', "FPA", 1111, 5501, 0, '-', "-",
		    "idle-expired" },
		{ 96 * SEC, 'S', "R", 5501, 0, 0, '-', "-", "idle-expired" },
	};
	static const struct script_row probes[] = {
		OPEN,
		{ 90 * SEC, 'S', "A", 5500, 1101, 0, '-', "-", "idle-expired" },
		{ 100 * SEC, 'S', "A", 5500, 1101, 0, '-', "-",
		    "keepalive-dead" },
		{ 110 * SEC, 'S', "A", 5500, 1101, 0, '-', "-",
		    "keepalive-dead" },
		{ 120 * SEC, 'S', "RA", 5501, 1101, 0, '-', "-",
		    "idle-expired" },
	};

	RUN("idle, then data", 60, data);
	RUN("idle, then keepalives", 60, probes);
}
END_TEST

START_TEST(window_probes_are_no_keepalives)
{
	static const struct script_row rows[] = {
		OPEN,
		{ 1 * SEC, 'C', "A", 1101, 5501, 0, '+', "established", NULL,
		    -1 },
		{ 90 * SEC, 'S', "A", 5500, 1101, 0, '-', "-", "idle-expired" },
		{ 100 * SEC, 'S', "A", 5500, 1101, 0, '-', "-",
		    "idle-expired" },
		{ 120 * SEC, 'S', "A", 5500, 1101, 0, '-', "-",
		    "idle-expired" },
	};

	RUN("no room, then idle", 60, rows);
}
END_TEST

START_TEST(a_used_tuple_is_another_connection)
{
	static const struct script_row rows[] = {
		OPEN,
		{ 90 * SEC, 'S', "SA", 777000, 888001, 0, '-', "-",
		    "asymmetric" },
		{ 91 * SEC, 'S', "SA", 777000, 888001, 0, '-', "-",
		    "asymmetric" },
		{ 92 * SEC, 'S', "PA", 777001, 888100, 100, '-', "-",
		    "asymmetric" },
	};

	RUN("the tuple of an idle connection", 60, rows);
}
END_TEST

START_TEST(answers_that_come_too_late)
{
	static const struct script_row synack[] = {
		{ 0, 'C', "S", 1000, 0, 0, '+', "syn_sent" },
		{ 40 * SEC, 'S', "SA", 5000, 1001, 0, '-', "-",
		    "embryonic-late" },
	};
	static const struct script_row refusal[] = {
		{ 0, 'C', "S", 1000, 0, 0, '+', "syn_sent" },
		{ 40 * SEC, 'S', "RA", 0, 1001, 0, '-', "-", "embryonic-late" },
	};
	static const struct script_row third[] = {
		{ 0, 'C', "S", 1000, 0, 0, '+', "syn_sent" },
		{ 1, 'S', "SA", 5000, 1001, 0, '+', "syn_recv" },
		{ 40 * SEC, 'C', "A", 1001, 5001, 0, '-', "-",
		    "embryonic-late" },
	};
	static const struct script_row other[] = {
		{ 0, 'C', "S", 1000, 0, 0, '+', "syn_sent" },
		{ 40 * SEC, 'S', "SA", 5000, 900001, 0, '-', "-",
		    "asymmetric" },
	};

	RUN("late SYN/ACK", 30, synack);
	RUN("late refusal", 30, refusal);
	RUN("late last of three", 30, third);
	RUN("the answer to another SYN", 30, other);
}
END_TEST

START_TEST(the_opener_goes_on_unanswered)
{
	static const struct script_row rows[] = {
		{ 0, 'C', "S", 1000, 0, 0, '+', "syn_sent" },
		{ 1, 'C', "A", 1001, 5001, 0, '-', "syn_sent", "asymmetric" },
		{ 2, 'C', "PA", 1001, 5001, 100, '-', "syn_sent",
		    "asymmetric" },
		{ 60 * SEC, 'C', "FPA", 1001, 5001, 100, '-', "-",
		    "asymmetric" },
	};

	static const struct script_row nothing[] = {
		{ 0, 'C', "S", 1000, 0, 4, '+', "syn_sent" },
		{ 10 * SEC, 'C', "FA", 1005, 0, 0, '-', "syn_sent", "unknown" },
	};
	static const struct script_row both[] = {
		{ 0, 'C', "S", 1000, 0, 0, '+', "syn_sent" },
		{ 1, 'C', "PA", 1001, 5001, 100, '-', "syn_sent",
		    "asymmetric" },
		{ 2, 'S', "PA", 5001, 1001, 100, '+', "syn_sent" },
		{ 3, 'S', "FA", 5101, 1001, 0, '-', "syn_sent", "asymmetric" },
	};

	RUN("its answer went elsewhere", 30, rows);
	RUN("it acknowledges nothing", 30, nothing);
	RUN("only the answer is missing", 30, both);
}
END_TEST

START_TEST(stragglers)
{
	static const struct script_row reset[] = {
		OPEN,
		{ 1 * SEC, 'C', "RA", 1101, 5501, 0, '+', "close" },
		{ 20 * SEC, 'S', "PA", 5501, 1101, 500, '-', "-",
		    "after-reset" },
		{ 21 * SEC, 'S', "PA", 6001, 1101, 500, '-', "-",
		    "after-reset" },
	};
	static const struct script_row refused[] = {
		{ 0, 'C', "S", 1000, 0, 0, '+', "syn_sent" },
		{ 1, 'S', "RA", 0, 1001, 0, '+', "-" },
		{ 201, 'S', "RA", 0, 1001, 0, '-', "-", "after-reset" },
	};
	static const struct script_row closed[] = {
		OPEN,
		{ 10, 'C', "FA", 1101, 5501, 0, '+', "fin_wait" },
		{ 11, 'S', "FA", 5501, 1102, 0, '+', "last_ack" },
		{ 12, 'C', "A", 1102, 5502, 0, '+', "time_wait" },
		{ 20 * SEC, 'S', "FA", 5501, 1102, 0, '-', "-", "late-close" },
		{ 21 * SEC, 'C', "R", 1102, 0, 0, '-', "-", "late-close" },
		{ 22 * SEC, 'C', "A", 1102, 5502, 0, '-', "-", "late-close" },
	};

	RUN("after a reset", 10, reset);
	RUN("after a refusal", 10, refused);
	RUN("after the end", 10, closed);
}
END_TEST

START_TEST(half_closed_for_long)
{
	static const struct script_row rows[] = {
		OPEN,
		{ 10, 'C', "FA", 1101, 5501, 0, '+', "fin_wait" },
		{ 11, 'S', "A", 5501, 1102, 0, '+', "close_wait" },
		{ 40 * SEC, 'S', "PA", 5501, 1102, 500, '-', "-",
		    "late-close" },
		{ 41 * SEC, 'S', "FPA", 6001, 1102, 500, '-', "-",
		    "late-close" },
	};

	RUN("half closed", 30, rows);
}
END_TEST

START_TEST(the_ports_are_used_again)
{
	static const struct script_row tombstones[] = {
		OPEN,
		{ 10, 'C', "FA", 1101, 5501, 0, '+', "fin_wait" },
		{ 11, 'S', "FA", 5501, 1102, 0, '+', "last_ack" },
		{ 12, 'C', "A", 1102, 5502, 0, '+', "time_wait" },
		{ 20 * SEC, 'C', "PA", 90000000, 77000000, 100, '-', "-",
		    "port-reuse" },
	};

	RUN("new data after the end", 10, tombstones);
}
END_TEST

START_TEST(outside_the_window)
{
	static const struct script_row rows[] = {
		OPEN,
		{ 10, 'C', "PA", 9000000, 5501, 100, '-', "established",
		    "out-of-window" },
	};
	static const struct script_row closing[] = {
		OPEN,
		{ 10, 'C', "FA", 1101, 5501, 0, '+', "fin_wait" },
		{ 11, 'S', "FA", 5501, 1102, 0, '+', "last_ack" },
		{ 12, 'C', "A", 1102, 5502, 0, '+', "time_wait" },
		{ 13, 'C', "PA", 90000000, 77000000, 100, '-', "time_wait",
		    "port-reuse" },
	};

	SCRIPT_RUN("strict", SW_TRACK_STRICT, rows);
	SCRIPT_RUN("strict, time_wait", SW_TRACK_STRICT, closing);
}
END_TEST

START_TEST(flags_nobody_sends)
{
	static const struct script_row rows[] = {
		{ 0, 'C', "-", 1, 0, 0, '-', "-", "bad-flags" },
		{ 1, 'C', "SF", 1, 0, 0, '-', "-", "bad-flags" },
		{ 2, 'C', "F", 1, 0, 0, '-', "-", "bad-flags" },
		{ 3, 'C', "FPU", 1, 0, 0, '-', "-", "bad-flags" },
		{ 4, 'C', "SR", 1, 0, 0, '-', "-", "bad-flags" },
		{ 5, 'C', "SEW", 1, 0, 0, '+', "syn_sent" },
	};

	SCRIPT_RUN("flags", SW_TRACK_NORMAL, rows);
}
END_TEST

START_TEST(a_denied_opening_explains_the_rest)
{
	static const struct script_row rows[] = {
		{ 0, 'C', "S", 1000, 0, 0, '-', "-", "denied-before" },
		{ 1, 'S', "SA", 5000, 1001, 0, '-', "-", "denied-before" },
		{ 2, 'C', "A", 1001, 5001, 0, '-', "-", "denied-before" },
	};
	struct sw_flow_policy flow_policy = script_treatment(SW_TRACK_NORMAL);

	flow_policy.deny = true;
	script_run("denied", &flow_policy, rows, sizeof(rows) / sizeof(*rows));
}
END_TEST

int
main(void)
{
	TCase *infos = tcase_create("stories");

	tcase_add_test(infos, idle_beyond_its_timeout);
	tcase_add_test(infos, window_probes_are_no_keepalives);
	tcase_add_test(infos, a_used_tuple_is_another_connection);
	tcase_add_test(infos, answers_that_come_too_late);
	tcase_add_test(infos, the_opener_goes_on_unanswered);
	tcase_add_test(infos, stragglers);
	tcase_add_test(infos, half_closed_for_long);
	tcase_add_test(infos, the_ports_are_used_again);
	tcase_add_test(infos, outside_the_window);
	tcase_add_test(infos, flags_nobody_sends);
	tcase_add_test(infos, a_denied_opening_explains_the_rest);
	return run_case("diagnose", infos);
}
