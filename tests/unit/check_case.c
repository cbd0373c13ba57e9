/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_case: what a refused segment has to do with the story of its tuple:
 * which side sent it, how its numbers fit, whether it is of another
 * connection; each with the cause and how sure that is.
 */
#include <check.h>
#include <string.h>

#include "runner.h"
#include "script.h"
#include "stage.h"
#include "synward/diagnose.h"

#define SEC 1000u
#define EST "established"

/* Client: 1000 SYN, 100 bytes, next 1101.  Server: 5000, 500, next 5501. */
#define OPEN                                                           \
	SCRIPT_HANDSHAKE, { 3, 'C', "PA", 1001, 5001, 100, '+', EST }, \
	    { 4, 'S', "PA", 5001, 1101, 500, '+', EST },               \
	{                                                              \
		5, 'C', "A", 1101, 5501, 0, '+', EST                   \
	}

static void
run(const char *name, const struct script_row *rows, size_t n)
{
	struct sw_flow_policy flow_policy = script_treatment(SW_TRACK_NORMAL);

	for (unsigned i = 0; i < SW_TIMEOUT_COUNT; i++)
		flow_policy.timeouts.seconds[i] = 60;
	script_run(name, &flow_policy, rows, n);
}

#define RUN(rows) run(#rows, rows, sizeof(rows) / sizeof(*(rows)))

/* The first refused packet of a tuple settles what its later ones are held
 * against, so each fit has a connection of its own. */
START_TEST(how_numbers_fit_a_silent_connection)
{
	static const struct {
		char from;
		const char *flags;
		uint32_t seq, ack;
		const char *cause;
	} fits[] = {
		{ 'C', "PA", 1101, 5501, "idle-expired high" },
		{ 'C', "A", 1100, 5501, "idle-expired high" },
		{ 'C', "PA", 1102, 5501, "idle-expired medium" },
		{ 'C', "PA", 1099, 5501, "idle-expired medium" },
		{ 'C', "PA", 1101 + 65535, 5501, "idle-expired medium" },
		{ 'C', "PA", 1101, 5502, "idle-expired medium" },
		{ 'C', "PA", 1101, 5001, "idle-expired high" },
		{ 'S', "PA", 5501, 1101, "idle-expired high" },
		{ 'S', "PA", 5500, 1101, "idle-expired high" },
		{ 'S', "PA", 5501, 1102, "idle-expired medium" },
		{ 'S', "FA", 5502, 1101, "idle-expired medium" },
		{ 'C', "R", 1101, 0, "idle-expired high" },
		{ 'S', "RA", 5501, 0, "idle-expired high" },
		/* Of another connection on the same ports. */
		{ 'C', "PA", 9001101, 5501, "gap low" },
		{ 'C', "PA", 1101, 9005501, "gap low" },
		{ 'S', "PA", 9005501, 9001101, "gap low" },
		{ 'C', "PA", 1101, 5501u - 9000000, "gap low" },
	};

	for (size_t i = 0; i < sizeof fits / sizeof fits[0]; i++) {
		const struct script_row rows[] = { OPEN,
			{ 90 * SEC, fits[i].from, fits[i].flags, fits[i].seq,
			    fits[i].ack, 0, '-', "-", fits[i].cause } };

		RUN(rows);
	}
}
END_TEST

START_TEST(who_answers_a_syn_too_late)
{
	static const struct script_row exact[] = {
		{ 0, 'C', "S", 1000, 0, 0, '+', "syn_sent" },
		{ 70 * SEC, 'S', "SA", 5000, 1001, 0, '-', "-",
		    "embryonic-late high" },
		{ 71 * SEC, 'C', "A", 1001, 5001, 0, '-', "-",
		    "embryonic-late" },
	};
	static const struct script_row other[] = {
		{ 0, 'C', "S", 1000, 0, 0, '+', "syn_sent" },
		{ 70 * SEC, 'S', "SA", 5000, 1002, 0, '-', "-",
		    "asymmetric low" },
	};

	RUN(exact);
	RUN(other);
}
END_TEST

START_TEST(what_comes_after_the_end)
{
	static const struct script_row reset[] = { OPEN,
		{ 6, 'C', "R", 1101, 0, 0, '+', "close" },
		{ 70 * SEC, 'S', "PA", 5501, 1101, 10, '-', "-",
		    "after-reset high" },
		{ 71 * SEC, 'S', "PA", 5601, 1101, 10, '-', "-",
		    "after-reset high" } };
	static const struct script_row old[] = { OPEN,
		{ 6, 'C', "R", 1101, 0, 0, '+', "close" },
		{ 280 * SEC, 'S', "PA", 5501, 1101, 10, '-', "-",
		    "after-reset high" } };
	static const struct script_row older[] = { OPEN,
		{ 6, 'C', "R", 1101, 0, 0, '+', "close" },
		{ 700 * SEC, 'S', "PA", 5501, 1101, 10, '-', "-",
		    "after-reset medium" } };
	static const struct script_row reused[] = { OPEN,
		{ 6, 'C', "R", 1101, 0, 0, '+', "close" },
		{ 70 * SEC, 'C', "PA", 9000000, 8000000, 10, '-', "-",
		    "port-reuse high" } };
	static const struct script_row before[] = { OPEN,
		{ 6, 'C', "R", 1101, 0, 0, '+', "close" },
		{ 70 * SEC, 'C', "PA", 1101 - 9000000, 8000000, 10, '-', "-",
		    "port-reuse medium" } };
	/* Ports of long ago say nothing. */
	static const struct script_row forgotten[] = { OPEN,
		{ 6, 'C', "R", 1101, 0, 0, '+', "close" },
		{ 310 * SEC, 'C', "PA", 9000000, 8000000, 10, '-', "-",
		    "gap low" } };

	RUN(reset);
	RUN(old);
	RUN(older);
	RUN(reused);
	RUN(before);
	RUN(forgotten);
}
END_TEST

/* Captures have an ACK a moment before the SYN/ACK that it answers. */
START_TEST(the_opener_is_early_or_goes_on)
{
	static const struct script_row early[] = {
		{ 0, 'C', "S", 1000, 0, 0, '+', "syn_sent" },
		{ 9, 'C', "A", 1001, 5001, 0, '-', "syn_sent",
		    "asymmetric low" },
		{ 28, 'C', "PA", 1001, 5001, 50, '-', "syn_sent",
		    "asymmetric low" },
		{ 29, 'S', "SA", 5000, 1001, 0, '+', "syn_recv" },
		{ 230, 'C', "PA", 1001, 5001, 50, '+', EST },
	};
	static const struct script_row goes_on[] = {
		{ 0, 'C', "S", 1000, 0, 0, '+', "syn_sent" },
		{ 9, 'C', "A", 1001, 5001, 0, '-', "syn_sent",
		    "asymmetric low" },
		{ 29, 'C', "PA", 1001, 5001, 50, '-', "syn_sent",
		    "asymmetric medium" },
	};
	static const struct script_row gains[] = {
		{ 0, 'C', "S", 1000, 0, 0, '+', "syn_sent" },
		{ 9, 'C', "A", 1001, 5001, 0, '-', "syn_sent",
		    "asymmetric low" },
		{ 10, 'C', "A", 1001, 5101, 0, '-', "syn_sent",
		    "asymmetric low" },
		{ 11, 'C', "A", 1001, 5201, 0, '-', "syn_sent",
		    "asymmetric medium" },
	};

	RUN(early);
	RUN(goes_on);
	RUN(gains);
}
END_TEST

/* --- under a policy --- */

static void
judged(struct stage *stage, struct sw_diagnose *diagnose, unsigned number,
    const struct stage_row *row, const char *expected)
{
	char got[64];

	stage_step(stage, "policy", number, row);
	if (!expected)
		return;
	ck_assert(stage->has_refused);
	sw_diagnose_judge(diagnose, &stage->refused);
	snprintf(got, sizeof got, "%s %s",
	    sw_cause_text(stage->refused.judgement.cause)->name,
	    sw_cause_confidence_text(stage->refused.judgement.confidence));
	ck_assert_msg(strcmp(got, expected) == 0, "row %u: %s, not %s", number,
	    got, expected);
}

/* A denied SYN explains what follows it, until its connection did open. */
START_TEST(a_denied_syn_explains_until_one_passes)
{
	static const struct {
		struct stage_row row;
		const char *cause;
	} denied[] = {
		{ { 0, C4, S4, 80, "S", 1000, 0, "drop: Denied by rule, web" },
		    "denied-before high" },
		{ { 10, S4, 80, "10.1.0.2", 40000, "SA", 5000, 1001,
		      "drop: Denied by rule, web" },
		    "denied-before high" },
	};
	static const struct {
		struct stage_row row;
		const char *cause;
	} opened[] = {
		{ { 1000, C4, S4, 80, "S", 1000, 0, "pass" }, NULL },
		{ { 1010, S4, 80, "10.1.0.2", 40000, "SA", 5000, 1001, "pass" },
		    NULL },
		{ { 1020, C4, S4, 80, "A", 1001, 5001, "pass" }, NULL },
		{ { 1030, C4, S4, 80, "R", 1001, 0, "pass" }, NULL },
		{ { 20000, S4, 80, "10.1.0.2", 40000, "PA", 5001, 1001,
		      "drop: Not a Valid SYN Packet, default" },
		    "after-reset high" },
	};
	struct sw_diagnose_config config = { .key = "a key for tests" };
	struct sw_diagnose *diagnose = sw_diagnose_create(&config);
	struct stage stage =
	    stage_open("rule \"web\" { port = 80 action = deny }");

	ck_assert_ptr_nonnull(diagnose);
	for (unsigned i = 0; i < 2; i++)
		judged(&stage, diagnose, i, &denied[i].row, denied[i].cause);
	stage_reload(&stage, "", 500);
	for (unsigned i = 0; i < 5; i++)
		judged(&stage, diagnose, i, &opened[i].row, opened[i].cause);
	stage_close(&stage);
	sw_diagnose_destroy(diagnose);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("case");

	tcase_add_test(tcase, how_numbers_fit_a_silent_connection);
	tcase_add_test(tcase, who_answers_a_syn_too_late);
	tcase_add_test(tcase, what_comes_after_the_end);
	tcase_add_test(tcase, the_opener_is_early_or_goes_on);
	tcase_add_test(tcase, a_denied_syn_explains_until_one_passes);
	return run_case("case", tcase);
}
