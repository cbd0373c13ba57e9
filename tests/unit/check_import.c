/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_import: flows move between tables of any size.
 */
#include <check.h>
#include <netinet/in.h>
#include <string.h>

#include "base/clock.h"
#include "runner.h"
#include "shards/shard.h"

enum { FLOWS = 600 };

static struct sw_policy *policy;

static struct sw_packet
packet_of(uint32_t i, bool back)
{
	struct sw_endpoints there = {
		.src = { { 10, 0, (uint8_t)(i >> 8), (uint8_t)i } },
		.dst = { { 192, 0, 2, 1 } },
		.sport = (uint16_t)(1024 + i),
		.dport = 53,
		.family = i % 2 ? SW_IPV6 : SW_IPV4,
		.proto = IPPROTO_UDP,
	};
	struct sw_packet packet = {
		.ends = there, .length = 60 + i, .in = 3, .out = 4
	};

	if (back) {
		packet.ends.src = there.dst;
		packet.ends.dst = there.src;
		packet.ends.sport = there.dport;
		packet.ends.dport = there.sport;
	}
	return packet;
}

static struct sw_shards *
open_shards(uint32_t max_flows, uint32_t n)
{
	struct sw_limits limits = { .max_flows = max_flows,
		.max_embryonic = 100,
		.tombstones = 100,
		.events = 4096,
		.key = "0123456789abcde" };
	struct sw_shards *shards = sw_shards_create(&limits, n, policy);

	ck_assert_ptr_nonnull(shards);
	return shards;
}

static void
step(struct sw_shards *shards, uint32_t i, bool back)
{
	struct sw_packet packet = packet_of(i, back);
	struct sw_shard *shard =
	    &shards->list[sw_shards_choose(shards, &packet)];

	ck_assert_int_eq(
	    sw_engine_step(shard->engine, &packet, sw_clock_now()), SW_PASS);
}

/* Every third flow has an answer, too. */
static void
fill(struct sw_shards *shards)
{
	for (uint32_t i = 0; i < FLOWS; i++) {
		step(shards, i, false);
		if (i % 3 == 0)
			step(shards, i, true);
	}
}

static bool
tell(const struct sw_shards *shards, uint32_t i, struct sw_time now,
    struct sw_flow_info *info)
{
	struct sw_packet packet = packet_of(i, false);
	uint32_t index = sw_shards_index(shards, &packet.ends);

	memset(info, 0, sizeof *info);
	return sw_engine_find(
	    shards->list[index].engine, &packet.ends, now, info);
}

static void
set_up(void)
{
	struct sw_flow_policy otherwise = { .timeouts = *sw_profile("rfc5382"),
		.log = true };

	policy = sw_policy_compile(NULL, 0, &otherwise);
}

static void
tear_down(void)
{
	sw_policy_destroy(policy);
}

static void
compare(const struct sw_shards *a, const struct sw_shards *b)
{
	struct sw_time now = sw_clock_now();

	for (uint32_t i = 0; i < FLOWS; i++) {
		struct sw_flow_info one, other;

		ck_assert(tell(a, i, now, &one));
		ck_assert(tell(b, i, now, &other));
		ck_assert_uint_eq(one.state, other.state);
		ck_assert_uint_eq(one.opened.ns, other.opened.ns);
		ck_assert_uint_eq(one.seen.ns, other.seen.ns);
		ck_assert_uint_eq(one.opener.sport, other.opener.sport);
		ck_assert_uint_eq(one.in, other.in);
		ck_assert_uint_eq(one.side[0].bytes, other.side[0].bytes);
		ck_assert_uint_eq(one.side[1].packets, other.side[1].packets);
		ck_assert_str_eq(one.history, other.history);
	}
}

START_TEST(every_flow_arrives_whole)
{
	static const struct {
		uint32_t max_flows, n;
	} sizes[] = { { 1000, 1 }, { 1000, 2 }, { 5000, 4 }, { 100000, 8 } };

	for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
		struct sw_shards *from = open_shards(1500, 2);
		struct sw_shards *to =
		    open_shards(sizes[s].max_flows, sizes[s].n);
		struct sw_counts before, after;
		uint32_t lost;

		fill(from);
		ck_assert_uint_eq(sw_shards_import(to, from, &lost), FLOWS);
		ck_assert_uint_eq(lost, 0);
		compare(from, to);
		sw_shards_counts(from, &before);
		sw_shards_counts(to, &after);
		ck_assert_uint_eq(before.flows, after.flows);
		ck_assert_uint_eq(before.embryonic, after.embryonic);
		ck_assert_mem_eq(
		    before.by_state, after.by_state, sizeof before.by_state);
		sw_shards_destroy(from);
		sw_shards_destroy(to);
	}
}
END_TEST

START_TEST(what_has_no_room_is_counted)
{
	struct sw_shards *from = open_shards(1500, 2), *to = open_shards(64, 1);
	struct sw_counts after;
	uint32_t lost, moved;

	fill(from);
	moved = sw_shards_import(to, from, &lost);
	ck_assert_uint_eq(moved + lost, FLOWS);
	sw_shards_counts(to, &after);
	ck_assert_uint_eq(after.flows, moved);
	ck_assert_uint_le(moved, 64);
	ck_assert_uint_gt(moved, 32);
	sw_shards_destroy(from);
	sw_shards_destroy(to);
}
END_TEST

START_TEST(none_arrives_twice)
{
	struct sw_shards *from = open_shards(1500, 2),
			 *to = open_shards(2000, 1);
	uint32_t lost;

	fill(from);
	ck_assert_uint_eq(sw_shards_import(to, from, &lost), FLOWS);
	ck_assert_uint_eq(sw_shards_import(to, from, &lost), 0);
	ck_assert_uint_eq(lost, FLOWS);
	compare(from, to);
	sw_shards_destroy(from);
	sw_shards_destroy(to);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("import");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, every_flow_arrives_whole);
	tcase_add_test(tcase, what_has_no_room_is_counted);
	tcase_add_test(tcase, none_arrives_twice);
	return run_case("import", tcase);
}
