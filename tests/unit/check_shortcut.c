/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_shortcut: what must not take the shortcut of plain segments in the
 * middle of a connection, though it looks like one.
 */
#include <check.h>

#include "runner.h"
#include "script.h"

static struct sw_policy *policy;
static struct sw_engine *engine;
static uint64_t ms = 1000;

static void
setup(void)
{
	const struct sw_limits limits = { .max_flows = 64,
		.max_embryonic = 100,
		.tombstones = 64,
		.events = 64,
		.key = "a key for tests" };
	struct sw_flow_policy flow_policy = script_treatment(SW_TRACK_NORMAL);
	static const struct script_row begin[] = {
		SCRIPT_HANDSHAKE,
		{ 3, 'C', "PA", 1001, 5001, 10, '+', NULL },
		{ 4, 'S', "PA", 5001, 1011, 10, '+', NULL },
		{ 5, 'C', "A", 1011, 5011, 0, '+', NULL },
	};

	policy = sw_policy_compile(NULL, 0, &flow_policy);
	engine = sw_engine_create(
	    &limits, NULL, policy, (struct sw_time){ ms * SW_NS_PER_MS });
	ck_assert_ptr_nonnull(engine);
	for (unsigned i = 0; i < sizeof begin / sizeof begin[0]; i++) {
		struct sw_packet packet = script_packet(&begin[i]);

		ck_assert_int_eq(sw_engine_step(engine, &packet,
				     (struct sw_time){ ++ms * SW_NS_PER_MS }),
		    SW_PASS);
	}
}

static void
teardown(void)
{
	sw_engine_destroy(engine);
	sw_policy_destroy(policy);
}

/* The client's next segment of the connection. */
static struct sw_packet
next_segment(uint32_t seq)
{
	return script_packet(
	    &(struct script_row){ 0, 'C', "PA", seq, 5011, 10, '+', NULL });
}

/* Alone, and among others of a batch. */
static enum sw_verdict
step(const struct sw_packet *packet)
{
	struct sw_time now = { ++ms * SW_NS_PER_MS };
	enum sw_verdict verdict;
	struct sw_event event;

	if (ms & 1)
		verdict = sw_engine_step(engine, packet, now);
	else
		sw_engine_batch(engine, &packet, 1, now, &verdict);
	while (sw_engine_take(engine, &event))
		;
	return verdict;
}

static uint64_t
bytes_of_client(void)
{
	struct sw_packet packet = next_segment(0);
	struct sw_flow_info info;

	ck_assert(sw_engine_find(engine, &packet.ends,
	    (struct sw_time){ ms * SW_NS_PER_MS }, &info));
	return info.side[0].bytes;
}

START_TEST(a_malformed_segment_is_dropped)
{
	struct sw_packet good = next_segment(1011);
	struct sw_packet bad = next_segment(1021);
	uint64_t bytes;

	ck_assert_int_eq(step(&good), SW_PASS);
	bytes = bytes_of_client();
	for (unsigned fault = 1; fault < SW_PARSE_COUNT; fault++) {
		bad.malformed = (uint8_t)fault;
		ck_assert_msg(step(&bad) == SW_DROP, "%s",
		    sw_packet_parse_text((enum sw_parse)fault));
	}
	ck_assert_uint_eq(bytes_of_client(), bytes);
	bad.malformed = SW_PARSE_OK;
	ck_assert_int_eq(step(&bad), SW_PASS);
}
END_TEST

/* A part of a datagram that begins with a segment of the connection. */
static struct sw_packet
part(uint32_t id, uint16_t offset, bool more)
{
	struct sw_packet packet = next_segment(1011);

	packet.fragment = (struct sw_fragment){ .is_fragment = true,
		.more = more,
		.offset = offset,
		.id = id,
		.length = 16 };
	return packet;
}

START_TEST(a_first_fragment_is_remembered)
{
	struct sw_packet first = part(7, 0, true), last = part(7, 16, false);

	ck_assert_int_eq(step(&first), SW_PASS);
	ck_assert_int_eq(step(&last), SW_PASS);
}
END_TEST

START_TEST(a_malformed_fragment_is_dropped)
{
	struct sw_packet first = part(8, 0, true), last = part(8, 16, false);

	ck_assert_int_eq(step(&first), SW_PASS);
	last.malformed = SW_PARSE_FRAGMENT_LENGTH;
	ck_assert_int_eq(step(&last), SW_DROP);
}
END_TEST

START_TEST(a_fragment_without_its_first_is_dropped)
{
	struct sw_packet last = part(9, 16, false);

	ck_assert_int_eq(step(&last), SW_DROP);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("shortcut");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, a_malformed_segment_is_dropped);
	tcase_add_test(tcase, a_first_fragment_is_remembered);
	tcase_add_test(tcase, a_malformed_fragment_is_dropped);
	tcase_add_test(tcase, a_fragment_without_its_first_is_dropped);
	return run_case("shortcut", tcase);
}
