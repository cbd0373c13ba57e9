/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_offload_pair: the program's own source, compiled for this process, and
 * the engine say the same.
 */
#include <check.h>

#include "pair.h"
#include "runner.h"

enum { PACKETS = 600000, SETS = 2 };

static bool
needs_daemon(struct pair *pair, const struct talk_packet *packet)
{
	return twin_needs_daemon(&pair->lanes, packet->bytes, packet->length,
	    packet->in, pair->now.ns);
}

static void
run(uint64_t seed, enum sw_tracking tracking)
{
	struct pair pair = { .now = { 1000 * SW_NS_PER_SECOND },
		.talk = { .seed = seed },
		.lanes = twin_open(SETS),
		.needs_daemon = needs_daemon };

	pair_open(&pair, tracking);
	pair_run(&pair, PACKETS);
	pair_close(&pair);
	twin_close(&pair.lanes);
}

START_TEST(normal_is_the_same)
{
	run(UINT64_C(88172645463325252), SW_TRACK_NORMAL);
}
END_TEST

START_TEST(strict_is_the_same)
{
	run(UINT64_C(1181783497276652981), SW_TRACK_STRICT);
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("pair");

	tcase_add_test(t, normal_is_the_same);
	tcase_add_test(t, strict_is_the_same);
	return run_case("offload_pair", t);
}
