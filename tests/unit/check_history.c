/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The history of a flow in letters: what happened, in the order of its
 * first time, capitals from the opener.
 */

#include <check.h>

#include "runner.h"
#include "script.h"

struct life {
	struct script_row rows[8];
	size_t n;
	const char *history;
};

static const struct life lives[] = {
	{ { { 0, 'C', "S", 1000, 0, 0, '+', NULL } }, 1, "S" },
	{ { { 0, 'C', "S", 1000, 0, 0, '+', NULL },
	      { 1, 'S', "SA", 5000, 1001, 0, '+', NULL },
	      { 2, 'C', "A", 1001, 5001, 0, '+', NULL },
	      { 3, 'C', "PA", 1001, 5001, 10, '+', NULL },
	      { 4, 'S', "A", 5001, 1011, 0, '+', NULL },
	      { 5, 'S', "PA", 5001, 1011, 10, '+', NULL } },
	    6, "ShADad" },
	/* Fast Open (RFC 7413): the SYN carries data. */
	{ { { 0, 'C', "S", 1000, 0, 10, '+', NULL },
	      { 1, 'S', "SA", 5000, 1011, 0, '+', NULL } },
	    2, "SDh" },
	/* A FIN follows the data in its segment. */
	{ { { 0, 'C', "S", 1000, 0, 0, '+', NULL },
	      { 1, 'S', "SA", 5000, 1001, 0, '+', NULL },
	      { 2, 'C', "FPA", 1001, 5001, 10, '+', NULL } },
	    3, "ShDF" },
	{ { { 0, 'C', "S", 1000, 0, 0, '+', NULL },
	      { 1, 'S', "SA", 5000, 1001, 0, '+', NULL },
	      { 2, 'C', "A", 1001, 5001, 0, '+', NULL, NULL, -1 } },
	    3, "ShAW" },
};

static struct sw_time
at(const struct script_row *row)
{
	return (struct sw_time){ .ns = (1000 + row->at) * SW_NS_PER_MS };
}

START_TEST(tells_each_first_time_in_order)
{
	const struct life *life = &lives[_i];
	const struct sw_limits limits = { .max_flows = 64,
		.max_embryonic = 100,
		.tombstones = 64,
		.events = 64,
		.key = "a key for tests" };
	struct sw_flow_policy flow_policy = script_treatment(SW_TRACK_NORMAL);
	struct sw_policy *policy = sw_policy_compile(NULL, 0, &flow_policy);
	struct sw_engine *engine =
	    sw_engine_create(&limits, NULL, policy, at(&life->rows[0]));
	struct sw_packet packet = { 0 };
	struct sw_flow_info info;

	for (size_t i = 0; i < life->n; i++) {
		packet = script_packet(&life->rows[i]);
		ck_assert_int_eq(
		    sw_engine_step(engine, &packet, at(&life->rows[i])),
		    SW_PASS);
	}
	ck_assert(sw_engine_find(
	    engine, &packet.ends, at(&life->rows[life->n - 1]), &info));
	ck_assert_str_eq(info.history, life->history);
	sw_engine_destroy(engine);
	sw_policy_destroy(policy);
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("letters");

	tcase_add_loop_test(t, tells_each_first_time_in_order, 0,
	    sizeof(lives) / sizeof(*lives));
	return run_case("history", t);
}
