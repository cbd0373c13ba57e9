/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fragment of a live flow that comes in by an interface the policy denies:
 * it is refused as the flow's, and its datagram with it.
 */

#include <check.h>
#include <netinet/in.h>

#include "build.h"
#include "runner.h"
#include "script.h"

static struct sw_policy *policy;
static struct sw_engine *engine;
static struct sw_event refused;

/* Interface 1 is allowed, and what comes from elsewhere as said. */
static void
open_engine(bool observe)
{
	static const uint32_t one = 1;
	struct sw_flow_policy allow = script_treatment(SW_TRACK_NORMAL);
	struct sw_flow_policy deny = allow;
	struct sw_rule rule = { .slot = 1,
		.in = { .only = &one, .n_only = 1, .named = true },
		.flow_policy = allow };

	deny.deny = SW_DENY_DROP;
	deny.observe = observe;
	policy = sw_policy_compile(&rule, 1, &deny);
	engine = sw_engine_create(&script_limits, NULL, policy, script_at(0));
	ck_assert_ptr_nonnull(engine);
}

static void
close_engine(void)
{
	sw_engine_destroy(engine);
	sw_policy_destroy(policy);
}

/* Bytes 0 to 1000 or the rest of a datagram.  => it passed */
static bool
step(uint32_t in, bool fragment, bool first)
{
	struct sw_packet packet = build_packet(&(struct build){
	    .proto = IPPROTO_UDP,
	    .sport = 4000,
	    .dport = 53,
	    .raw = !first,
	    .payload_length = fragment && first ? 992 : 100,
	    .fragment = fragment,
	    .more = first,
	    .offset = first ? 0 : 1000,
	    .fragment_id = 7,
	});
	struct sw_event event;
	bool passed;

	packet.in = in;
	packet.out = 2;
	passed = sw_engine_step(engine, &packet, script_at(1)) == SW_PASS;
	refused.kind = SW_EVENT_OPENED;
	while (sw_engine_take(engine, &event))
		if (event.kind == SW_EVENT_REFUSED)
			refused = event;
	return passed;
}

START_TEST(a_fragment_from_elsewhere_is_denied)
{
	bool observe = _i == 1;

	open_engine(observe);
	ck_assert(step(1, false, true));
	ck_assert_uint_eq(refused.kind, SW_EVENT_OPENED);
	ck_assert(step(9, true, true) == observe);
	ck_assert_uint_eq(refused.kind, SW_EVENT_REFUSED);
	ck_assert_uint_eq(refused.refused.message, SW_MESSAGE_DENIED);
	ck_assert_uint_eq(refused.refused.action,
	    observe ? SW_ACTION_WOULD_DROP : SW_ACTION_DROP);
	ck_assert(refused.refused.has_flow && refused.refused.opens);
	ck_assert(!refused.refused.opens_nothing);
	ck_assert_uint_eq(refused.info.how, SW_END_NOT);
	ck_assert_uint_eq(refused.rule, 0);
	ck_assert(step(9, true, false) == observe);
	/* Where the flow is, nothing is wrong with the same. */
	ck_assert(step(1, false, true));
	ck_assert_uint_eq(refused.kind, SW_EVENT_OPENED);
	close_engine();
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("fragment_denied");

	tcase_add_loop_test(t, a_fragment_from_elsewhere_is_denied, 0, 2);
	return run_case("fragment_denied", t);
}
