/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a packet would do to a live flow: the answer, the objection and its
 * figure, in each mode; and that the flow stays as it was.
 */

#include <check.h>
#include <netinet/in.h>
#include <string.h>

#include "build.h"
#include "engine/track.h"
#include "runner.h"
#include "script.h"

static struct sw_flow_policy flow_policy;
static struct sw_policy *policy;
static struct sw_engine *engine;

static void
begin(enum sw_tracking tracking, bool resync)
{
	flow_policy = script_treatment(tracking);
	flow_policy.resync = resync;
	policy = sw_policy_compile(NULL, 0, &flow_policy);
	engine = sw_engine_create(&script_limits, NULL, policy, script_at(0));
	ck_assert_ptr_nonnull(engine);
}

static void
end(void)
{
	sw_engine_destroy(engine);
	sw_policy_destroy(policy);
}

static enum sw_track_outcome
ask(const struct sw_packet *packet, uint32_t ms,
    struct sw_tcp_refusal *objection)
{
	struct sw_lookup p = { .packet = packet,
		.now = script_at(ms),
		.tick = sw_time_tick(script_at(ms)),
		.seen = sw_time_tick(script_at(ms)) + 1 };
	enum sw_track_outcome outcome;
	struct sw_flow_history history;
	struct sw_flow flow;
	uint32_t index;

	p.from_b =
	    sw_tuple_key(&p.tuple, &packet->ends, script_limits.key, &p.hash);
	index = sw_flows_find(engine->flows, &p.tuple, p.hash);
	ck_assert_uint_ne(index, SW_FLOW_NONE);
	flow = *sw_flows_at(engine->flows, index);
	history = *sw_flows_history(engine->flows, index);
	*objection = (struct sw_tcp_refusal){ SW_MESSAGE_COUNT, 77 };
	outcome = sw_track_would(engine, &p, index, objection);
	ck_assert_mem_eq(
	    sw_flows_at(engine->flows, index), &flow, sizeof(flow));
	ck_assert_mem_eq(
	    sw_flows_history(engine->flows, index), &history, sizeof(history));
	return outcome;
}

static enum sw_track_outcome
would(const struct script_row *row, struct sw_tcp_refusal *objection)
{
	struct sw_packet packet = script_packet(row);

	return ask(&packet, row->at, objection);
}

#define PASSES(row)                                                      \
	do {                                                             \
		struct sw_tcp_refusal o_;                                \
		ck_assert_int_eq(                                        \
		    would(&(struct script_row)row, &o_), SW_TRACK_PASS); \
		ck_assert_int_eq(o_.message, SW_MESSAGE_COUNT);          \
	} while (0)

#define REFUSES(row, why, by)                                              \
	do {                                                               \
		struct sw_tcp_refusal o_;                                  \
		ck_assert_int_eq(                                          \
		    would(&(struct script_row)row, &o_), SW_TRACK_REFUSE); \
		ck_assert_int_eq(o_.message, why);                         \
		ck_assert_int_eq(o_.beyond, by);                           \
	} while (0)

#define ROW(...)            \
	{                   \
		__VA_ARGS__ \
	}

static const struct script_row handshake[] = { SCRIPT_HANDSHAKE };

/* Each way a segment may meet the flow. */
START_TEST(each_answer)
{
	struct sw_tcp_refusal objection;
	struct script_row syn = { 9, 'C', "S", 900000, 0, 0, '+' };
	static const struct script_row closed[] = { { 3, 'C', "FA", 1001, 5001,
							0, '+' },
		{ 4, 'S', "FA", 5001, 1002, 0, '+' },
		{ 5, 'C', "A", 1002, 5002, 0, '+' } };

	begin(SW_TRACK_STRICT, false);
	script_pass(engine, handshake, 3);
	PASSES(ROW(3, 'C', "A", 1001, 5001, 0, '+'));
	PASSES(ROW(3, 'S', "PA", 5001, 1001, 100, '+'));
	PASSES(ROW(3, 'C', "FA", 1001, 5001, 0, '+'));
	PASSES(ROW(3, 'C', "R", 1001, 0, 0, '+'));
	PASSES(ROW(3, 'C', "S", 900000, 0, 0, '+'));
	REFUSES(ROW(3, 'C', "SF", 1001, 0, 0, '-'), SW_MESSAGE_BAD_FLAGS, 0);
	REFUSES(ROW(3, 'C', "-", 1001, 0, 0, '-'), SW_MESSAGE_BAD_FLAGS, 0);
	REFUSES(ROW(3, 'C', "SA", 1001, 5001, 0, '-'), SW_MESSAGE_NOT_SYN, 0);
	REFUSES(ROW(3, 'C', "A", 66546, 5001, 0, '-'), SW_MESSAGE_OUT_OF_WINDOW,
	    10);
	REFUSES(
	    ROW(3, 'S', "A", 5001, 1004, 0, '-'), SW_MESSAGE_OUT_OF_WINDOW, 3);
	script_pass(engine, closed, 3);
	ck_assert_int_eq(would(&syn, &objection), SW_TRACK_NEW);
	end();
}
END_TEST

/* What is outside is refused where the whole of it could not tell more. */
START_TEST(outside_is_refused_where_nothing_proves_it)
{
	static const struct {
		enum sw_tracking tracking;
		bool resync, refused;
	} modes[] = { { SW_TRACK_STRICT, false, true },
		{ SW_TRACK_STRICT, true, false },
		{ SW_TRACK_NORMAL, false, false },
		{ SW_TRACK_LOOSE, false, false } };

	for (unsigned i = 0; i < 4; i++) {
		begin(modes[i].tracking, modes[i].resync);
		script_pass(engine, handshake, 3);
		if (modes[i].refused)
			REFUSES(ROW(3, 'C', "A", 900000, 5001, 0, '-'),
			    SW_MESSAGE_OUT_OF_WINDOW, 900000 - 66536);
		else
			PASSES(ROW(3, 'C', "A", 900000, 5001, 0, '+'));
		end();
	}
}
END_TEST

/* Nor where the flow was out of step before. */
START_TEST(a_flow_out_of_step_is_left_to_the_whole)
{
	struct script_row outside = { 3, 'C', "A", 900000, 5001, 0, '-' };
	struct sw_packet packet = script_packet(&outside);

	begin(SW_TRACK_STRICT, false);
	script_pass(engine, handshake, 3);
	ck_assert_int_eq(
	    sw_engine_step(engine, &packet, script_at(3)), SW_DROP);
	PASSES(ROW(4, 'C', "A", 900000, 5001, 0, '+'));
	end();
}
END_TEST

/* The other end of the tuple is the other direction. */
START_TEST(each_side_has_its_own_numbers)
{
	struct sw_packet open =
	    script_packet(&(struct script_row){ 0, 'C', "S", 7000, 0, 0, '+' });
	struct sw_packet answer = script_packet(
	    &(struct script_row){ 1, 'S', "SA", 9000, 7001, 0, '+' });
	struct sw_endpoints ends = open.ends;
	struct sw_tcp_refusal objection;

	begin(SW_TRACK_STRICT, false);
	open.ends = sw_packet_endpoints_reverse(&ends);
	answer.ends = ends;
	ck_assert_int_eq(sw_engine_step(engine, &open, script_at(0)), SW_PASS);
	ck_assert_int_eq(ask(&answer, 1, &objection), SW_TRACK_PASS);
	answer.ends = open.ends;
	ck_assert_int_eq(ask(&answer, 1, &objection), SW_TRACK_REFUSE);
	ck_assert_int_eq(objection.message, SW_MESSAGE_NOT_SYN);
	end();
}
END_TEST

/* Nothing but TCP has an order. */
START_TEST(a_datagram_passes)
{
	struct sw_packet packet = build_packet(&(struct build){
	    .proto = IPPROTO_UDP, .sport = 4000, .dport = 53 });
	struct sw_tcp_refusal objection;

	begin(SW_TRACK_STRICT, false);
	ck_assert_int_eq(
	    sw_engine_step(engine, &packet, script_at(0)), SW_PASS);
	ck_assert_int_eq(ask(&packet, 1, &objection), SW_TRACK_PASS);
	packet.tcp.kind = SW_TCP_RST;
	packet.tcp.flags = SW_RST;
	ck_assert_int_eq(ask(&packet, 1, &objection), SW_TRACK_PASS);
	packet.tcp.kind = SW_TCP_SYNACK;
	ck_assert_int_eq(ask(&packet, 1, &objection), SW_TRACK_PASS);
	end();
}
END_TEST

static struct sw_packet
chunk_from(char from, enum sw_sctp_chunk chunk, uint32_t tag, uint32_t told)
{
	struct sw_packet packet = { .length = 60,
		.sctp = { .tag = tag,
		    .init_tag = told,
		    .chunks = (uint16_t)(1u << chunk),
		    .steps = 1,
		    .step = { (uint8_t)chunk } } };

	packet.ends =
	    build_ends("10.0.0.1", 4000, "10.0.0.2", 36412, IPPROTO_SCTP);
	if (from == 'S')
		packet.ends = sw_packet_endpoints_reverse(&packet.ends);
	return packet;
}

/* An association that is over opens again; one that is not has its tags. */
START_TEST(an_association_is_asked_too)
{
	struct sw_packet init = chunk_from('C', SW_SCTP_INIT, 0, 0xa1);
	struct sw_packet abort = chunk_from('S', SW_SCTP_ABORT, 0xa1, 0);
	struct sw_packet foreign = chunk_from('S', SW_SCTP_ABORT, 0xcc, 0);
	struct sw_packet data = chunk_from('C', SW_SCTP_DATA, 0xb1, 0);
	struct sw_tcp_refusal objection;

	begin(SW_TRACK_NORMAL, false);
	ck_assert_int_eq(sw_engine_step(engine, &init, script_at(0)), SW_PASS);
	ck_assert_int_eq(ask(&init, 1, &objection), SW_TRACK_PASS);
	ck_assert_int_eq(ask(&abort, 1, &objection), SW_TRACK_PASS);
	ck_assert_int_eq(ask(&foreign, 1, &objection), SW_TRACK_REFUSE);
	ck_assert_int_eq(objection.message, SW_MESSAGE_NOT_OPENING);
	ck_assert_int_eq(objection.beyond, 1);
	ck_assert_int_eq(ask(&data, 1, &objection), SW_TRACK_REFUSE);
	ck_assert_int_eq(sw_engine_step(engine, &abort, script_at(2)), SW_PASS);
	ck_assert_int_eq(ask(&init, 3, &objection), SW_TRACK_NEW);
	end();
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("track_would");

	tcase_add_test(t, each_answer);
	tcase_add_test(t, outside_is_refused_where_nothing_proves_it);
	tcase_add_test(t, a_flow_out_of_step_is_left_to_the_whole);
	tcase_add_test(t, each_side_has_its_own_numbers);
	tcase_add_test(t, a_datagram_passes);
	tcase_add_test(t, an_association_is_asked_too);
	return run_case("track_would", t);
}
