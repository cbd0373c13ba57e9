/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fragments on the engine's line: the first is decided, the others follow
 * it, and a refused one is told with the ports of its first.
 */

#include <check.h>
#include <netinet/in.h>

#include "build.h"
#include "runner.h"
#include "script.h"
#include "synward/engine.h"

static struct sw_policy *policy;
static struct sw_engine *engine;

static void
setup(void)
{
	const struct sw_limits limits = { .max_flows = 64,
		.max_embryonic = 100,
		.tombstones = 64,
		.events = 64,
		.key = "a key for tests" };
	struct sw_treatment treatment = script_treatment(SW_TRACK_NORMAL);

	policy = sw_policy_compile(NULL, 0, &treatment);
	ck_assert_ptr_nonnull(policy);
	engine = sw_engine_create(
	    &limits, NULL, policy, (struct sw_time){ .ns = SW_NS_PER_MS });
	ck_assert_ptr_nonnull(engine);
}

static void
teardown(void)
{
	sw_engine_destroy(engine);
	sw_policy_destroy(policy);
}

/* Bytes begin up to end of datagram id, from port 4000 to 53. */
static struct sw_packet
part(uint8_t proto, uint32_t id, uint16_t begin, uint16_t end, bool more)
{
	size_t header = begin ? 0 : proto == IPPROTO_UDP ? 8 : 20;

	return build_packet(&(struct build){
	    .proto = proto,
	    .sport = 4000,
	    .dport = 53,
	    .flags = build_flags("FA"),
	    .raw = begin > 0,
	    .payload_length = end - begin - header,
	    .fragment = true,
	    .more = more,
	    .offset = begin,
	    .fragment_id = id,
	});
}

static enum sw_verdict
step(const struct sw_packet *packet)
{
	return sw_engine_step(
	    engine, packet, (struct sw_time){ .ns = 2 * SW_NS_PER_MS });
}

static struct sw_event
refusal(void)
{
	struct sw_event event;

	while (sw_engine_take(engine, &event))
		if (event.kind == SW_EVENT_REFUSED)
			return event;
	ck_abort_msg("no refusal was told");
	return event;
}

START_TEST(later_fragments_pass_behind_one_that_passed)
{
	struct sw_packet first = part(IPPROTO_UDP, 7, 0, 800, true);
	struct sw_packet last = part(IPPROTO_UDP, 7, 800, 900, false);

	ck_assert_int_eq(step(&first), SW_PASS);
	ck_assert_int_eq(step(&last), SW_PASS);
	/* The datagram is whole: nothing more of it is awaited. */
	ck_assert_int_eq(step(&last), SW_DROP);
	ck_assert_uint_eq(
	    refusal().refused.malformed, SW_PARSE_FRAGMENT_ORPHAN);
}
END_TEST

START_TEST(later_fragments_are_refused_as_their_first)
{
	struct sw_packet first = part(IPPROTO_TCP, 8, 0, 800, true);
	struct sw_packet last = part(IPPROTO_TCP, 8, 800, 900, false);
	struct sw_event event;

	ck_assert_int_eq(step(&first), SW_DROP);
	refusal();
	ck_assert_int_eq(step(&last), SW_DROP);
	event = refusal();
	ck_assert_uint_eq(event.refused.message, SW_MESSAGE_NOT_SYN);
	ck_assert_uint_eq(event.refused.ends.sport, 4000);
	ck_assert_uint_eq(event.refused.ends.dport, 53);
	ck_assert_uint_eq(event.refused.tcp_flags, SW_FIN | SW_ACK);
}
END_TEST

START_TEST(a_fragment_without_its_first_is_refused_by_name)
{
	struct sw_packet last = part(IPPROTO_UDP, 9, 800, 900, false);
	struct sw_event event;

	ck_assert_int_eq(step(&last), SW_DROP);
	event = refusal();
	ck_assert_uint_eq(event.refused.message, SW_MESSAGE_MALFORMED);
	ck_assert_uint_eq(event.refused.malformed, SW_PARSE_FRAGMENT_ORPHAN);
}
END_TEST

START_TEST(a_reader_may_ask_whether_events_wait)
{
	struct sw_packet last = part(IPPROTO_UDP, 9, 800, 900, false);

	ck_assert(!sw_engine_pending(engine));
	step(&last);
	ck_assert(sw_engine_pending(engine));
	refusal();
	ck_assert(!sw_engine_pending(engine));
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("line");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, later_fragments_pass_behind_one_that_passed);
	tcase_add_test(t, later_fragments_are_refused_as_their_first);
	tcase_add_test(t, a_fragment_without_its_first_is_refused_by_name);
	tcase_add_test(t, a_reader_may_ask_whether_events_wait);
	return run_case("engine: fragments", t);
}
