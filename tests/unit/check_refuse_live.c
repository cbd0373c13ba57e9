/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is told of a packet that a live flow refuses: how far outside it is, and
 * what the hosts have shown to have sent unseen.
 */

#include <check.h>

#include "build.h"
#include "engine/internal.h"
#include "runner.h"
#include "script.h"

static struct sw_flow_policy flow_policy;
static struct sw_policy *policy;
static struct sw_engine *engine;
static struct sw_event refused;

static void
begin(void)
{
	static const struct script_row rows[] = { SCRIPT_HANDSHAKE,
		{ 3, 'C', "PA", 1001, 5001, 9 }, { 4, 'S', "A", 5001, 1010 } };

	flow_policy = script_treatment(SW_TRACK_STRICT);
	policy = sw_policy_compile(NULL, 0, &flow_policy);
	engine = sw_engine_create(&script_limits, NULL, policy, script_at(0));
	ck_assert_ptr_nonnull(engine);
	script_pass(engine, rows, sizeof(rows) / sizeof(*rows));
}

static void
end(void)
{
	sw_engine_destroy(engine);
	sw_policy_destroy(policy);
}

/* => what is told of it */
static const struct sw_refusal *
refuse(char from, const char *flags, uint32_t seq, uint32_t ack)
{
	struct script_row row = { 10, from, flags, seq, ack, 0 };
	struct sw_packet packet = script_packet(&row);
	struct sw_event event;

	ck_assert_int_eq(
	    sw_engine_step(engine, &packet, script_at(row.at)), SW_DROP);
	refused.kind = SW_EVENT_OPENED;
	while (sw_engine_take(engine, &event))
		if (event.kind == SW_EVENT_REFUSED)
			refused = event;
	ck_assert_uint_eq(refused.kind, SW_EVENT_REFUSED);
	ck_assert_uint_eq(refused.info.how, SW_END_NOT);
	return &refused.refused;
}

/* Both go on far outside: the farther of sequence and acknowledgement says how
 * much passed by. */
START_TEST(what_passed_unseen_is_told)
{
	ck_assert_uint_eq(refuse('C', "A", 901010, 805001)->unseen, 0);
	ck_assert_uint_eq(refuse('S', "A", 805001, 901010)->unseen, 900000);
	ck_assert_uint_eq(refuse('C', "A", 901011, 805001)->unseen, 900001);
	ck_assert_uint_eq(refuse('S', "A", 1905001, 901011)->unseen, 1900000);
}
END_TEST

START_TEST(how_far_outside_is_told)
{
	ck_assert_int_eq(
	    refuse('C', "A", 901010, 5001)->beyond, 901010 - 1010 - 65535);
	ck_assert_int_eq(
	    refuse('S', "A", 905001, 1010)->beyond, 905001 - 5001 - 65535);
	ck_assert(!refused.refused.per_source && !refused.refused.limit);
	ck_assert(!refused.refused.from_opener);
	ck_assert(refuse('C', "A", 901010, 5001)->from_opener);
}
END_TEST

START_TEST(packets_and_bytes_are_counted)
{
	struct sw_counts before, after;
	struct script_row row = { 10, 'C', "PA", 1010, 5001, 7 };

	sw_engine_counts(engine, &before);
	ck_assert_uint_eq(before.passed, 5);
	ck_assert_uint_eq(before.bytes_passed, 5 * 40 + 9);
	ck_assert_uint_eq(before.dropped, 0);
	refuse('C', "A", 901010, 5001);
	refuse('S', "A", 901010, 5001);
	script_pass(engine, &row, 1);
	sw_engine_counts(engine, &after);
	ck_assert_uint_eq(after.passed, 6);
	ck_assert_uint_eq(after.bytes_passed, before.bytes_passed + 47);
	ck_assert_uint_eq(after.dropped, 2);
	ck_assert_uint_eq(after.bytes_dropped, 80);
	ck_assert_uint_eq(after.refused[SW_MESSAGE_OUT_OF_WINDOW], 2);
}
END_TEST

/* What nobody takes in time is counted, and no more. */
START_TEST(a_refusal_without_a_place_is_counted)
{
	struct script_row row = { 10, 'C', "A", 901010, 5001, 0 };
	struct sw_packet packet = script_packet(&row);
	struct sw_counts counts;
	struct sw_event event;
	unsigned told = 0;

	for (unsigned i = 0; i < 200; i++)
		ck_assert_int_eq(
		    sw_engine_step(engine, &packet, script_at(10)), SW_DROP);
	while (sw_engine_take(engine, &event))
		told += event.kind == SW_EVENT_REFUSED;
	sw_engine_counts(engine, &counts);
	ck_assert_uint_eq(counts.refused[SW_MESSAGE_OUT_OF_WINDOW], 200);
	ck_assert_uint_gt(told, 0);
	ck_assert_uint_eq(counts.refusals_lost, 200 - told);
}
END_TEST

/* Without a flow a handshake of SCTP says who opened, and of other chunks the
 * ports do. */
START_TEST(who_opened_an_association_is_guessed)
{
	static const struct {
		enum sw_sctp_chunk chunk;
		bool by_client, by_server;
	} rows[] = {
		{ SW_SCTP_INIT, true, true },
		{ SW_SCTP_COOKIE_ECHO, true, true },
		{ SW_SCTP_INIT_ACK, false, false },
		{ SW_SCTP_COOKIE_ACK, false, false },
		{ SW_SCTP_DATA, true, false },
		{ SW_SCTP_SHUTDOWN, true, false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct sw_packet packet = {
			.sctp.chunks = (uint16_t)(1u << rows[i].chunk)
		};
		struct sw_lookup p = { .packet = &packet };

		packet.ends =
		    build_ends("10.0.0.1", 4000, "10.0.0.2", 400, 132);
		ck_assert(sw_refuse_from_opener(&p, NULL) == rows[i].by_client);
		packet.ends = sw_packet_endpoints_reverse(&packet.ends);
		ck_assert(sw_refuse_from_opener(&p, NULL) == rows[i].by_server);
	}
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("refuse_live");

	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, what_passed_unseen_is_told);
	tcase_add_test(t, packets_and_bytes_are_counted);
	tcase_add_test(t, a_refusal_without_a_place_is_counted);
	tcase_add_test(t, who_opened_an_association_is_guessed);
	tcase_add_test(t, how_far_outside_is_told);
	return run_case("refuse_live", t);
}
