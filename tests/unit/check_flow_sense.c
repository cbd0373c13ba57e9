/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which records a second process believes: those whose values make sense for
 * their protocol, and whose key is written as this program writes it.
 */

#include <check.h>
#include <netinet/in.h>
#include <string.h>

#include "build.h"
#include "engine/table/flow_table.h"
#include "flow_model.h"
#include "runner.h"

enum { FLOWS = 16, ECHOED = SW_SCTP_SIDE_ECHOED, INIT = SW_SCTP_SIDE_INIT };

static const struct sw_tuple *
tuple_of(uint8_t proto, uint64_t *hash)
{
	static struct sw_tuple tuple;
	struct sw_endpoints ends =
	    build_ends("10.0.0.1", 1000, "10.0.0.2", 80, proto);

	sw_tuple_make(&tuple, &ends);
	*hash = sw_tuple_hash(&tuple, model_key);
	return &tuple;
}

/* Does a second process keep a record with these values? */
static bool
is_kept(uint8_t proto, const struct sw_flow *values)
{
	struct model t = model_make(FLOWS);
	uint32_t restored, torn, index;
	uint64_t hash;
	const struct sw_tuple *tuple = tuple_of(proto, &hash);
	struct sw_flow *flow;

	index = sw_flows_insert(t.flows, tuple, hash);
	ck_assert_uint_ne(index, SW_FLOW_NONE);
	flow = sw_flows_at(t.flows, index);
	flow->state = values->state;
	flow->flags = values->flags;
	flow->scales = values->scales;
	flow->last = values->last;
	flow->zone = values->zone;
	memcpy(flow->peer_flags, values->peer_flags, sizeof(flow->peer_flags));
	memcpy(flow->stamped, values->stamped, sizeof(flow->stamped));
	memcpy(flow->sctp, values->sctp, sizeof(flow->sctp));
	model_move(&t, FLOWS, &restored, &torn);
	ck_assert_uint_eq(restored + torn, 1);
	ck_assert_uint_eq(sw_flows_find(t.flows, tuple, hash),
	    restored ? index : SW_FLOW_NONE);
	model_free(&t);
	return restored == 1;
}

/* The states from first to last. */
static const struct {
	uint8_t proto, first, last;
} states[] = {
	{ IPPROTO_TCP, SW_STATE_SYN_SENT, SW_STATE_SYN_SENT2 },
	{ IPPROTO_UDP, SW_STATE_UDP_UNREPLIED, SW_STATE_UDP },
	{ IPPROTO_UDPLITE, SW_STATE_UDP_UNREPLIED, SW_STATE_UDP },
	{ IPPROTO_ICMP, SW_STATE_ICMP, SW_STATE_ICMP },
	{ IPPROTO_ICMPV6, SW_STATE_ICMP, SW_STATE_ICMP },
	{ IPPROTO_GRE, SW_STATE_OTHER, SW_STATE_OTHER },
	{ IPPROTO_SCTP, SW_STATE_SCTP_CLOSED, SW_STATE_COUNT - 1 },
};

START_TEST(each_protocol_has_its_states)
{
	for (unsigned state = 0; state < 256; state++) {
		struct sw_flow flow = { .state = (uint8_t)state };

		ck_assert_msg(
		    is_kept(states[_i].proto, &flow) ==
			(state >= states[_i].first && state <= states[_i].last),
		    "protocol %u, state %u", states[_i].proto, state);
	}
}
END_TEST

START_TEST(a_window_is_shifted_by_fourteen_at_most)
{
	for (unsigned scales = 0; scales < 256; scales++) {
		struct sw_flow flow = { .state = SW_STATE_ESTABLISHED,
			.scales = (uint8_t)scales };

		ck_assert_msg(is_kept(IPPROTO_TCP, &flow) ==
				  (scales % 16 < 15 && scales / 16 < 15),
		    "scales %#x", scales);
	}
}
END_TEST

/* Each alone, of either side: it is SCTP's, or it costs the flow. */
START_TEST(sctp_has_its_own_values)
{
	static const struct sw_sctp_side tags = { .aside = 7 };
	const struct {
		bool kept;
		struct sw_flow flow;
	} rows[] = {
		{ true, { .flags = SW_FLOW_ASSURED | SW_FLOW_REPLIED } },
		{ false, { .flags = SW_FLOW_LOST } },
		{ false, { .scales = 1 } },
		{ false, { .scales = 0x10 } },
		{ false, { .last = 1 } },
		{ false, { .zone = 1 } },
		{ false, { .stamped = { 1, 0 } } },
		{ false, { .stamped = { 0, 1 } } },
		{ true, { .peer_flags = { INIT, INIT } } },
		{ true, { .peer_flags = { SW_SCTP_SIDE_PATH, 0 } } },
		{ false, { .peer_flags = { 0, SW_SCTP_SIDE_PATH } } },
		{ false, { .peer_flags = { 8, 0 } } },
		{ false, { .peer_flags = { 0, 8 } } },
		{ false, { .peer_flags = { ECHOED, 0 } } },
		{ false, { .peer_flags = { 0, ECHOED } } },
		{ true, { .peer_flags = { ECHOED, 0 }, .sctp = { tags } } },
		{ false, { .peer_flags = { 0, ECHOED }, .sctp = { tags } } },
		{ true,
		    { .peer_flags = { 0, ECHOED }, .sctp = { { 0 }, tags } } },
		{ false,
		    { .peer_flags = { ECHOED, ECHOED }, .sctp = { tags } } },
		{ true, { .peer_flags = { ECHOED, ECHOED },
			    .sctp = { tags, tags } } },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct sw_flow flow = rows[i].flow;

		flow.state = SW_STATE_SCTP_CLOSED;
		ck_assert_msg(
		    is_kept(IPPROTO_SCTP, &flow) == rows[i].kept, "row %zu", i);
	}
}
END_TEST

/* A record with its ends the wrong way round would be no packet's. */
START_TEST(the_ends_are_in_their_order)
{
	struct model t = model_make(FLOWS);
	uint32_t restored, torn;
	uint64_t hash;
	struct sw_tuple tuple = *tuple_of(IPPROTO_TCP, &hash), turned = tuple;

	turned.a = tuple.b;
	turned.b = tuple.a;
	turned.a_port = tuple.b_port;
	turned.b_port = tuple.a_port;
	model_settle(&t, sw_flows_insert(t.flows, &tuple, hash), 1);
	hash = sw_tuple_hash(&turned, model_key);
	model_settle(&t, sw_flows_insert(t.flows, &turned, hash), 2);
	model_move(&t, FLOWS, &restored, &torn);
	ck_assert_uint_eq(restored, 1);
	ck_assert_uint_eq(torn, 1);
	ck_assert_uint_eq(sw_flows_find(t.flows, &turned, hash), SW_FLOW_NONE);
	model_free(&t);
}
END_TEST

/* A record that was being changed gets its content from before, if what was
 * noted is of the same ends and makes sense. */
START_TEST(what_was_noted_is_of_the_same_ends)
{
	struct model t = model_make(FLOWS);
	uint32_t restored, torn, index;
	uint64_t hash;
	const struct sw_tuple *tuple = tuple_of(IPPROTO_TCP, &hash);
	struct sw_flow noted, *flow;

	index = sw_flows_insert(t.flows, tuple, hash);
	flow = sw_flows_at(t.flows, index);
	flow->state = SW_STATE_ESTABLISHED;
	memcpy(&noted, flow, SW_RECORD_MOVING);
	noted.state = SW_STATE_FIN_WAIT;
	noted.a_port ^= (uint16_t)(_i == 1);
	noted.b_port ^= (uint16_t)(_i == 2);
	noted.proto ^= (uint8_t)(_i == 3);
	noted.zone = _i == 4;
	memcpy(t.flows->header->note.record, &noted, SW_RECORD_MOVING);
	t.flows->header->note.subject = _i == 5 ? 0 : index + 1;
	model_move(&t, FLOWS, &restored, &torn);
	ck_assert_uint_eq(restored, 1);
	ck_assert_uint_eq(t.flows->header->note.subject, 0);
	ck_assert_uint_eq(sw_flows_at(t.flows, index)->state,
	    _i == 0 ? SW_STATE_FIN_WAIT : SW_STATE_ESTABLISHED);
	model_free(&t);
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("flow_sense");

	tcase_add_loop_test(t, each_protocol_has_its_states, 0,
	    (int)(sizeof(states) / sizeof(*states)));
	tcase_add_test(t, a_window_is_shifted_by_fourteen_at_most);
	tcase_add_test(t, sctp_has_its_own_values);
	tcase_add_loop_test(t, what_was_noted_is_of_the_same_ends, 0, 6);
	tcase_add_test(t, the_ends_are_in_their_order);
	return run_case("flow_sense", t);
}
