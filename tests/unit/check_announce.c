/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the events of a flow tell: where it goes, by which rule, and the state
 * that its first packet leads to.
 */

#include <check.h>
#include <netinet/in.h>

#include "build.h"
#include "runner.h"
#include "script.h"

enum { SLOT = 7 };

static struct sw_policy *policy;
static struct sw_engine *engine;

static void
begin(void)
{
	struct sw_flow_policy flow_policy = script_treatment(SW_TRACK_LOOSE);
	struct sw_rule rule = { .slot = SLOT, .flow_policy = flow_policy };

	policy = sw_policy_compile(&rule, 1, &flow_policy);
	engine = sw_engine_create(&script_limits, NULL, policy, script_at(0));
	ck_assert_ptr_nonnull(engine);
}

static void
end(void)
{
	sw_engine_destroy(engine);
	sw_policy_destroy(policy);
}

/* Takes the next event, of which all that no state changes is as expected. */
static struct sw_event
next(enum sw_event_kind kind, uint64_t ms, const struct sw_endpoints *opener)
{
	struct sw_event event;

	ck_assert(sw_engine_take(engine, &event));
	ck_assert_uint_eq(event.kind, kind);
	ck_assert_uint_eq(event.time.ns, script_at(ms).ns);
	ck_assert_uint_eq(event.in, 1);
	ck_assert_uint_eq(event.out, 2);
	ck_assert_uint_eq(event.rule, SLOT);
	ck_assert_uint_eq(event.info.rule, SLOT);
	ck_assert_uint_eq(event.info.in, 1);
	ck_assert_uint_eq(event.info.out, 2);
	ck_assert(sw_packet_endpoints_equal(&event.info.opener, opener));
	return event;
}

static void
step(const struct sw_packet *packet, uint64_t ms)
{
	ck_assert_int_eq(
	    sw_engine_step(engine, packet, script_at(ms)), SW_PASS);
}

START_TEST(a_connection_is_told_three_times)
{
	static const struct script_row rows[] = { SCRIPT_HANDSHAKE,
		{ 3, 'C', "R", 1001, 0, 0 } };
	struct sw_endpoints opener = script_packet(&rows[0]).ends;
	struct sw_event event;

	script_pass(engine, rows, 1);
	event = next(SW_EVENT_OPENED, 0, &opener);
	ck_assert_uint_eq(event.info.state, SW_STATE_SYN_SENT);
	ck_assert_uint_eq(event.info.timeout, 30);
	ck_assert_uint_eq(event.info.opened.ns, script_at(0).ns);
	script_pass(engine, rows + 1, 2);
	event = next(SW_EVENT_ESTABLISHED, 2, &opener);
	ck_assert_uint_eq(event.info.state, SW_STATE_ESTABLISHED);
	ck_assert_uint_eq(event.info.timeout, 7440);
	script_pass(engine, rows + 3, 1);
	sw_engine_sweep(engine, script_at(20000), sw_engine_slots(engine));
	event = next(SW_EVENT_ENDED, 20000, &opener);
	ck_assert_uint_eq(event.info.state, SW_STATE_CLOSE);
	ck_assert_uint_eq(event.info.how, SW_END_RESET);
	ck_assert(!sw_engine_take(engine, &event));
}
END_TEST

START_TEST(one_in_the_middle_is_established)
{
	struct script_row row = { 0, 'C', "A", 1001, 5001, 0 };
	struct sw_packet packet = script_packet(&row);
	struct sw_event event;

	step(&packet, 0);
	event = next(SW_EVENT_OPENED, 0, &packet.ends);
	ck_assert_uint_eq(event.info.state, SW_STATE_ESTABLISHED);
}
END_TEST

START_TEST(a_datagram_has_its_own_state)
{
	struct sw_packet packet = { .length = 100,
		.in = 1,
		.out = 2,
		.ends =
		    build_ends("10.0.0.1", 4000, "10.0.0.2", 53, IPPROTO_UDP) };
	struct sw_event event;

	step(&packet, 0);
	event = next(SW_EVENT_OPENED, 0, &packet.ends);
	ck_assert_uint_eq(event.info.state, SW_STATE_UDP_UNREPLIED);
	ck_assert_uint_eq(event.info.timeout, 30);
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("announce");

	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, a_connection_is_told_three_times);
	tcase_add_test(t, one_in_the_middle_is_established);
	tcase_add_test(t, a_datagram_has_its_own_state);
	return run_case("announce", t);
}
