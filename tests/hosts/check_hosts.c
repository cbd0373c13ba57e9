/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hosts that judge the engine are judged first: alone they come to an end
 * whatever the road does to them, what they send is what the parser reads,
 * and what is wrong is found to be wrong.
 */

#include <netinet/in.h>
#include <string.h>

#include "build.h"
#include "forge.h"
#include "runner.h"
#include "trial.h"

static struct road road;
static struct trial trial;
static struct victim victim;

static bool
let_pass(void *context, struct road *r, const struct road_segment *segment)
{
	(void)context;
	(void)r;
	(void)segment;
	return true;
}

static bool
has_left(const struct host *host)
{
	return host->state == HOST_CLOSED || host->state == HOST_TIME_WAIT;
}

START_TEST(hosts_come_to_an_end_alone)
{
	struct talk talk;
	uint64_t seed = (uint64_t)_i + 1;

	road_begin(&road, seed, HOST_SECOND);
	road.hooks = (struct road_hooks){ .gate = let_pass };
	talk_begin(&talk, &road, false);
	talk_play(&talk, &road);
	for (unsigned i = 0; i < 2; i++) {
		const struct host *host = &road.host[i];
		const struct host *other = &road.host[!i];
		bool reset = host->was_reset || other->was_reset;

		ck_assert_msg(has_left(host), "seed %d, host %u in state %d",
		    _i + 1, i, host->state);
		ck_assert(!host->gave_up);
		/* Whatever was written has come, once. */
		if (!reset && talk.end < TALK_END_RESET_OPENER)
			ck_assert_uint_eq(host->received,
			    other->written - other->ways.iss - 1);
	}
}
END_TEST

static const struct segment segments[] = {
	{ .flags = SW_SYN, .seq = 7, .window = 1000, .wscale = 7 },
	{ .side = 1,
	    .flags = SW_SYN | SW_ACK,
	    .seq = 9,
	    .ack = 8,
	    .wscale = 0,
	    .sack_permitted = true,
	    .has_timestamp = true,
	    .tsval = 1,
	    .tsecr = 2 },
	{ .flags = SW_ACK | SW_PSH,
	    .seq = UINT32_MAX - 3,
	    .ack = 10,
	    .length = 1460,
	    .wscale = -1,
	    .sack = 5000,
	    .has_timestamp = true,
	    .tsval = UINT32_MAX },
	{ .side = 1, .flags = SW_ACK, .ack = 90, .wscale = -1, .sack = 50 },
	{ .flags = SW_RST, .seq = 1, .wscale = -1 },
};

START_TEST(a_segment_is_what_the_parser_reads)
{
	static uint8_t bytes[BUILD_MAX];
	struct sw_endpoints ends =
	    _i % 2 ? build_ends("fd00::1", 5, "fd00::2", 6, IPPROTO_TCP)
		   : build_ends("10.0.0.1", 5, "10.0.0.2", 6, IPPROTO_TCP);
	const struct segment *segment = &segments[_i / 2];
	struct sw_packet made = segment_packet(segment, &ends);
	struct sw_packet read;
	size_t length = segment_bytes(segment, &ends, bytes);

	sw_packet_parse(bytes, length, (uint32_t)length, &read);
	ck_assert_uint_eq(read.malformed, SW_PARSE_OK);
	ck_assert(sw_packet_endpoints_equal(&made.ends, &read.ends));
	ck_assert_uint_eq(made.length, read.length);
	ck_assert_uint_eq(made.tcp.kind, read.tcp.kind);
	ck_assert_uint_eq(made.tcp.seq, read.tcp.seq);
	ck_assert_uint_eq(made.tcp.ack, read.tcp.ack);
	ck_assert_uint_eq(made.tcp.window, read.tcp.window);
	ck_assert_uint_eq(made.tcp.payload, read.tcp.payload);
	ck_assert_uint_eq(made.tcp.has_wscale, read.tcp.has_wscale);
	ck_assert_uint_eq(made.tcp.wscale, read.tcp.wscale);
	ck_assert_uint_eq(made.tcp.sack_permitted, read.tcp.sack_permitted);
	ck_assert_uint_eq(made.tcp.has_sack, read.tcp.has_sack);
	if (read.tcp.has_sack)
		ck_assert_uint_eq(made.tcp.sack_edge, read.tcp.sack_edge);
	ck_assert_uint_eq(made.tcp.has_timestamp, read.tcp.has_timestamp);
	ck_assert_uint_eq(made.tcp.tsval, read.tcp.tsval);
	ck_assert_uint_eq(made.tcp.tsecr, read.tcp.tsecr);
}
END_TEST

/* --- a tracker that errs is found out --- */

static struct sw_flow_policy
normal(void)
{
	struct sw_flow_policy flow_policy;

	ck_assert(gate_grade("normal", &flow_policy));
	return flow_policy;
}

START_TEST(a_short_timeout_is_found)
{
	struct sw_flow_policy flow_policy = normal();

	flow_policy.timeouts.seconds[SW_TIMEOUT_ESTABLISHED] = 100;
	ck_assert(trial_open(&trial, &flow_policy));
	trial.seen = true;
	for (uint64_t seed = 1; seed <= 40; seed++)
		trial_run(&trial, seed);
	trial_close(&trial);
	ck_assert_uint_gt(trial.tally.found[TRUTH_SHORT], 40);
	ck_assert_uint_gt(trial.tally.found[TRUTH_DROPPED], 0);
	ck_assert_uint_gt(trial.tally.cut, 30);
}
END_TEST

START_TEST(a_long_timeout_is_found)
{
	struct sw_flow_policy flow_policy = normal();

	flow_policy.timeouts.seconds[SW_TIMEOUT_LAST_ACK] = 90;
	flow_policy.timeouts.seconds[SW_TIMEOUT_FIN_WAIT] = 190;
	ck_assert(trial_open(&trial, &flow_policy));
	trial.seen = true;
	for (uint64_t seed = 1; seed <= 40; seed++)
		trial_run(&trial, seed);
	trial_close(&trial);
	ck_assert_uint_gt(trial.tally.found[TRUTH_LONG], 0);
}
END_TEST

static void
begin_victim(int kind, bool silent)
{
	struct sw_flow_policy flow_policy = normal();

	ck_assert(victim_open(&victim, &flow_policy));
	victim.kind = (enum victim_kind)kind;
	victim.silent = silent;
	victim_begin(&victim, (uint64_t)kind + 1);
	ck_assert_int_eq(victim.hurt, HURT_NOT);
}

START_TEST(a_spared_connection_is_not_hurt)
{
	begin_victim(_i, false);
	victim_live(&victim, 1500 * HOST_SECOND);
	victim_end(&victim);
	victim_close(&victim);
	ck_assert_int_eq(victim.hurt, HURT_NOT);
	ck_assert_uint_gt(victim.packets, 20);
}
END_TEST

/* The forger's numbers are right for once. */
START_TEST(a_hurt_connection_is_found)
{
	const struct host *host = &victim.road[ATTACKED].host[0];
	struct segment reset = { .flags = SW_RST, .wscale = -1 };

	begin_victim(_i, true);
	victim_live(&victim, 50 * HOST_SECOND);
	reset.seq = host->max;
	ck_assert(victim_is_right(&victim, 0, reset.seq));
	victim_forge(&victim, &reset);
	victim_close(&victim);
	ck_assert_int_ne(victim.hurt, HURT_NOT);
}
END_TEST

START_TEST(a_right_number_is_known)
{
	uint32_t from, to;

	begin_victim(VICTIM_TALKING, false);
	for (uint8_t side = 0; side < 2; side++) {
		const struct host *sender = &victim.road[ATTACKED].host[side];

		victim_right(&victim, side, &from, &to);
		ck_assert(victim_is_right(&victim, side, sender->una));
		ck_assert(victim_is_right(&victim, side, sender->max));
		ck_assert(victim_is_right(&victim, side, from));
		ck_assert(victim_is_right(&victim, side, to));
		ck_assert(!victim_is_right(&victim, side, from - 1));
		ck_assert(!victim_is_right(&victim, side, to + 1));
		ck_assert(!victim_is_right(
		    &victim, side, sender->max + (UINT32_C(1) << 31)));
	}
	victim_close(&victim);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("hosts");

	tcase_add_loop_test(tcase, hosts_come_to_an_end_alone, 0, 150);
	tcase_add_loop_test(tcase, a_segment_is_what_the_parser_reads, 0,
	    2 * (int)(sizeof(segments) / sizeof(*segments)));
	tcase_add_test(tcase, a_short_timeout_is_found);
	tcase_add_test(tcase, a_long_timeout_is_found);
	tcase_add_loop_test(
	    tcase, a_spared_connection_is_not_hurt, 0, VICTIM_KINDS);
	tcase_add_loop_test(tcase, a_hurt_connection_is_found, 0, VICTIM_KINDS);
	tcase_add_test(tcase, a_right_number_is_known);
	return run_case("hosts", tcase);
}
