/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All 256 values of the flag byte, in every state, from both sides.
 *
 * What is expected comes from a rule of its own, spelled out below from RFC
 * 9293, and from the transition table; numbers are exact throughout, so the
 * window never objects.
 */

#include <check.h>

#include "engine/tcp/table.h"
#include "runner.h"
#include "script.h"

#define STATES (SW_STATE_SYN_SENT2 + 1)
#define WAY_MAX 7

/* A way into each state, and what each side sends next. */
static const struct way {
	struct script_row rows[WAY_MAX];
	uint32_t next[2];
} ways[STATES] = {
	[SW_STATE_NONE] = { { { 0 } }, { 1000, 5000 } },
	[SW_STATE_SYN_SENT] = { { { 0, 'C', "S", 1000, 0, 0, '+', NULL } },
	    { 1001, 5000 } },
	[SW_STATE_SYN_RECV] = { { { 0, 'C', "S", 1000, 0, 0, '+', NULL },
				    { 1, 'S', "SA", 5000, 1001, 0, '+',
					NULL } },
	    { 1001, 5001 } },
	[SW_STATE_ESTABLISHED] = { { SCRIPT_HANDSHAKE }, { 1001, 5001 } },
	[SW_STATE_FIN_WAIT] = { { SCRIPT_TO_FIN_WAIT }, { 1002, 5001 } },
	[SW_STATE_CLOSE_WAIT] = { { SCRIPT_TO_CLOSE_WAIT }, { 1002, 5001 } },
	[SW_STATE_LAST_ACK] = { { SCRIPT_TO_LAST_ACK }, { 1002, 5002 } },
	[SW_STATE_TIME_WAIT] = { { SCRIPT_TO_TIME_WAIT }, { 1002, 5002 } },
	[SW_STATE_CLOSE] = { { SCRIPT_HANDSHAKE,
				 { 3, 'C', "R", 1001, 0, 0, '+', NULL } },
	    { 1001, 5001 } },
	[SW_STATE_SYN_SENT2] = { { { 0, 'C', "S", 1000, 0, 0, '+', NULL },
				     { 1, 'S', "S", 5000, 0, 0, '+', NULL } },
	    { 1001, 5001 } },
};

/* RFC 9293 3.5 and 3.10.7: which of S, A, F, R may stand together.  URG goes
 * with a SYN, a FIN or an ACK; PSH, ECE and CWR with all. */
static enum sw_tcp_kind
kind_by_rule(unsigned flags)
{
	unsigned bits = flags & (SW_SYN | SW_ACK | SW_FIN | SW_RST);
	bool urgent = flags & SW_URG;

	if (bits == SW_SYN)
		return SW_TCP_SYN;
	if (bits == (SW_SYN | SW_ACK) && !urgent)
		return SW_TCP_SYNACK;
	if (bits == (SW_FIN | SW_ACK))
		return SW_TCP_FIN;
	if (bits == SW_ACK)
		return SW_TCP_ACK;
	if ((bits & ~(unsigned)SW_ACK) == SW_RST && !urgent)
		return SW_TCP_RST;
	return SW_TCP_BAD;
}

struct table {
	struct sw_policy *policy;
	struct sw_engine *engine;
};

static struct table
begin(enum sw_state state)
{
	struct sw_flow_policy flow_policy = script_treatment(SW_TRACK_STRICT);
	struct sw_limits limits = { .max_flows = 16,
		.max_embryonic = 100,
		.tombstones = 16,
		.events = 16 };
	struct table table = { .policy =
				   sw_policy_compile(NULL, 0, &flow_policy) };
	struct sw_event event;

	table.engine = sw_engine_create(
	    &limits, NULL, table.policy, (struct sw_time){ SW_NS_PER_SECOND });
	for (size_t i = 0; i < WAY_MAX && ways[state].rows[i].from; i++) {
		struct sw_packet packet = script_packet(&ways[state].rows[i]);

		ck_assert_int_eq(sw_engine_step(table.engine, &packet,
				     (struct sw_time){ 2 * SW_NS_PER_SECOND }),
		    SW_PASS);
	}
	while (sw_engine_take(table.engine, &event))
		;
	return table;
}

static void
end(struct table *table)
{
	sw_engine_destroy(table->engine);
	sw_policy_destroy(table->policy);
}

/* What its sender would send next, with these flags. */
static struct sw_packet
packet_of(enum sw_state state, unsigned side, unsigned flags)
{
	const struct way *way = &ways[state];
	struct script_row row = { .from = side ? 'S' : 'C',
		.flags = "-",
		.seq = way->next[side],
		.ack = flags & SW_ACK ? way->next[!side] : 0 };
	struct sw_packet packet;

	/* A SYN or SYN/ACK of the handshake has the number before. */
	if (flags & SW_SYN && (state == SW_STATE_SYN_SENT2 ||
				  (state == SW_STATE_SYN_SENT && !side)))
		row.seq--;
	packet = script_packet(&row);
	packet.tcp.flags = (uint8_t)flags;
	packet.tcp.kind = (uint8_t)sw_tcp_kind((uint8_t)flags);
	return packet;
}

struct came {
	enum sw_verdict verdict;
	enum sw_state state;
	enum sw_message message; /* of the refusal, if there was one */
	unsigned refusals;
};

static struct came
step(enum sw_state state, unsigned side, unsigned flags)
{
	struct table table = begin(state);
	struct sw_packet packet = packet_of(state, side, flags);
	struct sw_time now = { 2 * SW_NS_PER_SECOND };
	struct came came = { .state = SW_STATE_NONE };
	struct sw_event event;
	struct sw_flow_info info;
	struct sw_counts counts;

	came.verdict = sw_engine_step(table.engine, &packet, now);
	while (sw_engine_take(table.engine, &event)) {
		if (event.kind != SW_EVENT_REFUSED)
			continue;
		came.refusals++;
		came.message = (enum sw_message)event.refused.message;
	}
	if (sw_engine_find(table.engine, &packet.ends, now, &info))
		came.state = (enum sw_state)info.state;
	sw_engine_counts(table.engine, &counts);
	ck_assert_uint_eq(counts.flows, came.state != SW_STATE_NONE);
	if (counts.flows)
		ck_assert_uint_eq(counts.by_state[came.state], 1);
	end(&table);
	return came;
}

START_TEST(each_byte_has_the_kind_of_the_rule)
{
	for (unsigned flags = 0; flags < 256; flags++)
		ck_assert_msg(
		    sw_tcp_kind((uint8_t)flags) == kind_by_rule(flags),
		    "flags %02x", flags);
}
END_TEST

/* What no stack sends is refused by name and moves nothing. */
static void
expect_refused(
    const struct came *came, enum sw_state state, enum sw_message message)
{
	ck_assert_int_eq(came->verdict, SW_DROP);
	ck_assert_uint_eq(came->refusals, 1);
	ck_assert_int_eq(came->message, message);
	ck_assert_int_eq(came->state, state);
}

/* A MOVE leads where the cell says, but a closing state only as far as the
 * FINs are covered, and an answer to a SYN ends the entry. */
static void
expect_moved(const struct came *came, enum sw_state state, unsigned side,
    enum sw_tcp_kind kind, const struct sw_tcp_table_cell *cell)
{
	ck_assert_int_eq(came->verdict, SW_PASS);
	ck_assert_uint_eq(came->refusals, 0);
	if (kind == SW_TCP_RST && side == 0 && state == SW_STATE_SYN_SENT)
		ck_assert_int_eq(came->state, SW_STATE_NONE);
	else if (cell->next == came->state || came->state == state)
		return;
	else
		ck_assert_msg(kind == SW_TCP_RST || kind == SW_TCP_FIN,
		    "from %s by kind %d to %s", sw_event_state_text(state),
		    kind, sw_event_state_text(came->state));
}

static void
check_byte(enum sw_state state, unsigned side, unsigned flags)
{
	enum sw_tcp_kind kind = kind_by_rule(flags);
	struct came came = step(state, side, flags);
	struct sw_tcp_table_cell cell;

	if (kind == SW_TCP_BAD) {
		expect_refused(&came, state, SW_MESSAGE_BAD_FLAGS);
		return;
	}
	if (state == SW_STATE_NONE) {
		if (kind == SW_TCP_SYN)
			ck_assert_int_eq(came.state, SW_STATE_SYN_SENT);
		else
			expect_refused(&came, state, SW_MESSAGE_NOT_SYN);
		return;
	}
	cell = sw_tcp_table_cell(side, kind, state);
	if (cell.act == SW_ACT_REFUSE || cell.act == SW_ACT_ANSWER)
		expect_refused(&came, state, SW_MESSAGE_NOT_SYN);
	else if (cell.act == SW_ACT_MOVE)
		expect_moved(&came, state, side, kind, &cell);
	else
		ck_assert_int_eq(came.verdict, SW_PASS);
}

START_TEST(each_byte_in_this_state_from_both_sides)
{
	for (unsigned side = 0; side < 2; side++)
		for (unsigned flags = 0; flags < 256; flags++)
			check_byte((enum sw_state)_i, side, flags);
}
END_TEST

/* PSH, ECE and CWR are nobody's business but the hosts'. */
START_TEST(three_flags_change_nothing)
{
	const unsigned plain = SW_PSH | SW_ECE | SW_CWR;

	for (unsigned side = 0; side < 2; side++)
		for (unsigned flags = 0; flags < 256; flags++) {
			struct came with, without;

			if (!(flags & plain))
				continue;
			with = step((enum sw_state)_i, side, flags);
			without = step((enum sw_state)_i, side, flags & ~plain);
			ck_assert_int_eq(with.verdict, without.verdict);
			ck_assert_int_eq(with.state, without.state);
			ck_assert_int_eq(with.message, without.message);
		}
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("bytes");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, each_byte_has_the_kind_of_the_rule);
	tcase_add_loop_test(
	    t, each_byte_in_this_state_from_both_sides, 0, STATES);
	tcase_add_loop_test(t, three_flags_change_nothing, 0, STATES);
	return run_case("flags", t);
}
