/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which values of a record that a process left make sense to the next one.
 */

#include <check.h>
#include <netinet/in.h>

#include "flow_model.h"
#include "runner.h"

enum { MAX = 16 };

/* One flow of that protocol, changed and moved.  => it was taken over */
static bool
survives(uint8_t proto, uint8_t state, uint8_t scales, uint8_t zero)
{
	struct model t = model_make(MAX);
	struct sw_endpoints ends = { .family = SW_IPV4,
		.proto = proto,
		.sport = 1000,
		.dport = 2000,
		.src.b = { 10, 0, 0, 1 },
		.dst.b = { 10, 0, 0, 2 } };
	struct sw_tuple tuple;
	struct sw_flow *flow;
	uint32_t index, restored, torn;

	sw_tuple_make(&tuple, &ends);
	index =
	    sw_flows_insert(t.flows, &tuple, sw_tuple_hash(&tuple, model_key));
	ck_assert_uint_ne(index, SW_FLOW_NONE);
	sw_flows_set_deadline(t.flows, index, 77);
	flow = sw_flows_at(t.flows, index);
	flow->state = state;
	flow->scales = scales;
	flow->zone = zero;
	model_move(&t, MAX, &restored, &torn);
	ck_assert_uint_eq(restored + torn, 1);
	ck_assert_uint_eq(sw_flows_count(t.flows), restored);
	model_free(&t);
	return restored == 1;
}

START_TEST(each_protocol_has_its_states)
{
	for (unsigned state = 0; state < SW_STATE_COUNT + 3; state++) {
		uint8_t s = (uint8_t)state;
		bool udp = s == SW_STATE_UDP_UNREPLIED || s == SW_STATE_UDP;

		ck_assert(survives(IPPROTO_TCP, s, 0, 0) ==
			  (s >= SW_STATE_SYN_SENT && s <= SW_STATE_SYN_SENT2));
		ck_assert(survives(IPPROTO_UDP, s, 0, 0) == udp);
		ck_assert(survives(IPPROTO_UDPLITE, s, 0, 0) == udp);
		ck_assert(
		    survives(IPPROTO_ICMP, s, 0, 0) == (s == SW_STATE_ICMP));
		ck_assert(
		    survives(IPPROTO_ICMPV6, s, 0, 0) == (s == SW_STATE_ICMP));
		ck_assert(survives(47, s, 0, 0) == (s == SW_STATE_OTHER));
		ck_assert(survives(IPPROTO_SCTP, s, 0, 0) ==
			  (s >= SW_STATE_SCTP_CLOSED && s < SW_STATE_COUNT));
	}
}
END_TEST

START_TEST(scales_go_to_fourteen)
{
	const uint8_t state = SW_STATE_ESTABLISHED;

	ck_assert(survives(IPPROTO_TCP, state, 0xee, 0));
	ck_assert(!survives(IPPROTO_TCP, state, 0xf0, 0));
	ck_assert(!survives(IPPROTO_TCP, state, 0x0f, 0));
	ck_assert(!survives(IPPROTO_TCP, state, 0, 1));
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("torn");

	tcase_add_test(t, each_protocol_has_its_states);
	tcase_add_test(t, scales_go_to_fourteen);
	return run_case("flow_torn", t);
}
