/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_watched: beside a strict tracker, what passes outside the windows of
 * its flow is reported, and only that.
 */
#include <check.h>
#include <string.h>

#include "runner.h"
#include "stage.h"

#define CLIENT "10.1.0.2", 40000, "10.2.0.2", 80
#define SERVER "10.2.0.2", 80, "10.1.0.2", 40000

static const char tap[] = "source { from = tap interfaces = { eth1, eth2 } "
			  "nflog = 5 }\n";
static const char quiet[] =
    "source { from = tap interfaces = { eth1, eth2 } }\n";
static const char strict[] = "tracking = strict\n"
			     "source { from = tap interfaces = { eth1, eth2 } "
			     "nflog = 5 }\n";

static const struct stage_row handshake[] = {
	{ 0, CLIENT, "S", 1000, 0, "pass" },
	{ 1, SERVER, "SA", 5000, 1001, "pass" },
	{ 2, CLIENT, "A", 1001, 5001, "pass" },
};

static struct stage
begin(const char *text)
{
	struct stage stage = stage_open(text);

	for (unsigned i = 0; i < 3; i++)
		stage_step(&stage, "handshake", i, &handshake[i]);
	return stage;
}

/* => the action of the report about this segment; SW_ACTION_COUNT: none */
static enum sw_action
segment(struct stage *stage, const struct stage_row *row)
{
	char text[128];

	stage->has_refused = false;
	memset(&stage->refused, 0, sizeof stage->refused);
	stage_try(stage, row, text);
	ck_assert_msg(strncmp(text, "pass", 4) == 0, "%s", text);
	return stage->refused.kind == SW_EVENT_REFUSED
		   ? (enum sw_action)stage->refused.refused.action
		   : SW_ACTION_COUNT;
}

/* The server acknowledges what did not pass here. */
static const struct stage_row beyond = { 10, SERVER, "A", 5001, 90000, "pass" };
static const struct stage_row within = { 20, SERVER, "A", 5001, 1001, "pass" };

START_TEST(a_segment_outside_is_noted)
{
	struct stage stage = begin(tap);
	const struct sw_refusal *refused = &stage.refused.refused;

	ck_assert_int_eq(segment(&stage, &beyond), SW_ACTION_NOTED);
	ck_assert_int_eq(refused->message, SW_MESSAGE_OUT_OF_WINDOW);
	ck_assert(refused->has_flow && !refused->from_opener);
	ck_assert_int_ne(refused->beyond, 0);
	ck_assert_int_eq(stage.refused.info.how, SW_END_NOT);
	ck_assert_int_eq(segment(&stage, &within), SW_ACTION_COUNT);
	stage_close(&stage);
}
END_TEST

START_TEST(without_a_group_nothing_is_noted)
{
	struct stage stage = begin(quiet);

	ck_assert_int_eq(segment(&stage, &beyond), SW_ACTION_COUNT);
	stage_close(&stage);
}
END_TEST

/* Strict tracking of ours objects by itself. */
START_TEST(strict_tracking_would_drop_it)
{
	struct stage stage = begin(strict);

	ck_assert_int_eq(segment(&stage, &beyond), SW_ACTION_WOULD_DROP);
	stage_close(&stage);
}
END_TEST

/* It is no refusal: nothing but the event shows it. */
START_TEST(a_note_is_not_counted)
{
	struct stage stage = begin(tap);
	struct sw_counts counts;

	segment(&stage, &beyond);
	sw_engine_counts(stage.engine, &counts);
	ck_assert_uint_eq(counts.would_drop, 0);
	ck_assert_uint_eq(counts.refused[SW_MESSAGE_OUT_OF_WINDOW], 0);
	ck_assert_uint_eq(counts.dropped, 0);
	stage_close(&stage);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("watched");

	tcase_add_test(tcase, a_segment_outside_is_noted);
	tcase_add_test(tcase, without_a_group_nothing_is_noted);
	tcase_add_test(tcase, strict_tracking_would_drop_it);
	tcase_add_test(tcase, a_note_is_not_counted);
	return run_case("beside a strict tracker", tcase);
}
