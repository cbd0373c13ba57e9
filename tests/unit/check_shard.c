/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_shard: every packet of a flow, and about a flow, meets one engine.
 */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "build.h"
#include "engine/table/lane.h"
#include "net/raw_socket.h"
#include "runner.h"
#include "shards/shard.h"

static struct sw_policy *policy;
static struct sw_shards *shards;

static void
open_shards(uint32_t at_least)
{
	struct sw_limits limits = { .max_flows = 1000,
		.max_embryonic = 50,
		.tombstones = 100,
		.events = 64,
		.key = "0123456789abcde" };
	struct sw_flow_policy otherwise = { .timeouts = *sw_profile("rfc5382"),
		.log = true };

	policy = sw_policy_compile(NULL, 0, &otherwise);
	shards = sw_shards_create(&limits, at_least, policy);
	ck_assert_ptr_nonnull(shards);
}

static void
close_shards(void)
{
	sw_shards_destroy(shards);
	sw_policy_destroy(policy);
}

START_TEST(a_power_of_two_of_shards)
{
	static const uint32_t asked[] = { 1, 2, 3, 4, 5, 8 };
	static const uint32_t got[] = { 1, 2, 4, 4, 8, 8 };
	struct sw_counts counts;

	open_shards(asked[_i]);
	ck_assert_uint_eq(shards->n, got[_i]);
	sw_shards_counts(shards, &counts);
	ck_assert_uint_ge(counts.flow_limit, 1000);
	ck_assert_uint_le(counts.flow_limit, 1000 + shards->n);
	close_shards();
}
END_TEST

START_TEST(flows_spread_and_stay_whole)
{
	unsigned met[4] = { 0 };

	open_shards(4);
	for (uint16_t port = 1; port <= 4000; port++) {
		struct sw_packet packet = build_packet(&(struct build){
		    .sport = port, .dport = 80, .flags = SW_SYN });
		uint32_t index = sw_shards_choose(shards, &packet);

		ck_assert_uint_lt(index, 4);
		met[index]++;
		packet.ends = sw_packet_endpoints_reverse(&packet.ends);
		ck_assert_uint_eq(sw_shards_choose(shards, &packet), index);
	}
	for (unsigned i = 0; i < 4; i++) {
		ck_assert_uint_gt(met[i], 800);
		ck_assert_uint_lt(met[i], 1200);
	}
	close_shards();
}
END_TEST

START_TEST(fragments_follow_their_first)
{
	uint8_t part[64] = { 0 };

	open_shards(8);
	for (uint32_t id = 1; id <= 500; id++) {
		struct build first = { .proto = IPPROTO_UDP,
			.sport = (uint16_t)(1000 + id),
			.dport = 53,
			.payload = part,
			.payload_length = 24,
			.fragment = true,
			.more = true,
			.fragment_id = id };
		struct build later = { .proto = IPPROTO_UDP,
			.raw = true,
			.payload = part,
			.payload_length = 16,
			.fragment = true,
			.offset = 32,
			.fragment_id = id };
		struct sw_packet a = build_packet(&first);
		struct sw_packet b = build_packet(&later);
		uint32_t index = sw_shards_choose(shards, &a);

		ck_assert_uint_eq(index, sw_shards_index(shards, &a.ends));
		ck_assert_uint_eq(sw_shards_choose(shards, &b), index);
	}
	close_shards();
}
END_TEST

START_TEST(a_fragment_without_a_first_has_a_place)
{
	struct sw_packet packet =
	    build_packet(&(struct build){ .proto = IPPROTO_UDP,
		.raw = true,
		.payload_length = 16,
		.fragment = true,
		.offset = 32,
		.fragment_id = 7 });

	open_shards(2);
	ck_assert_uint_eq(sw_shards_choose(shards, &packet),
	    sw_shards_index(shards, &packet.ends));
	close_shards();
}
END_TEST

static bool
knows_flow(struct sw_shard *shard, const struct sw_endpoints *ends)
{
	struct sw_flow_info info;
	bool known;
	struct sw_time now = sw_shard_lock(shard, sw_clock_now());

	known = sw_engine_find(shard->engine, ends, now, &info);
	sw_shard_unlock(shard);
	return known;
}

static enum sw_verdict
step(const struct sw_packet *packet)
{
	struct sw_shard *shard =
	    &shards->list[sw_shards_choose(shards, packet)];
	struct sw_time now = sw_shard_lock(shard, sw_clock_now());
	enum sw_verdict verdict = sw_engine_step(shard->engine, packet, now);

	sw_shard_unlock(shard);
	return verdict;
}

/* In any order: the flow begins in its own shard when the last has come. */
START_TEST(fragments_meet_in_the_shard_of_their_flow)
{
	static const uint8_t orders[6][3] = { { 0, 1, 2 }, { 0, 2, 1 },
		{ 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
	unsigned moved = 0;

	open_shards(8);
	for (uint32_t id = 1; id <= 300; id++) {
		struct build part = { .proto = IPPROTO_UDP,
			.sport = (uint16_t)(1000 + id),
			.dport = 53,
			.fragment = true,
			.fragment_id = id };
		struct sw_packet parts[3];
		uint32_t home;

		for (uint16_t k = 0; k < 3; k++) {
			part.raw = k > 0;
			part.more = k < 2;
			part.offset = (uint16_t)(k * 800);
			part.payload_length = k > 0 ? 800 : 792;
			parts[k] = build_packet(&part);
		}
		home = sw_shards_index(shards, &parts[0].ends);
		moved += home != sw_shards_index(shards, &parts[1].ends);
		for (unsigned k = 0; k < 3; k++) {
			ck_assert(
			    !knows_flow(&shards->list[home], &parts[0].ends));
			ck_assert_int_eq(
			    step(&parts[orders[id % 6][k]]), SW_PASS);
		}
		ck_assert(knows_flow(&shards->list[home], &parts[0].ends));
	}
	ck_assert_uint_gt(moved, 200);
	close_shards();
}
END_TEST

START_TEST(an_error_goes_where_its_quote_belongs)
{
	static uint8_t quote[BUILD_MAX];

	open_shards(8);
	for (uint16_t port = 1; port < 200; port++) {
		struct build about = {
			.sport = port, .dport = 80, .flags = SW_SYN
		};
		struct sw_packet flow = build_packet(&about);
		size_t n = build_bytes(&about, quote);
		struct sw_packet error =
		    build_packet(&(struct build){ .src = "192.0.2.1",
			.dst = "10.0.0.1",
			.proto = IPPROTO_ICMP,
			.type = 3,
			.code = 1,
			.payload = quote,
			.payload_length = n });

		ck_assert(error.icmp.quote_valid);
		ck_assert_uint_eq(sw_shards_choose(shards, &error),
		    sw_shards_choose(shards, &flow));
	}
	close_shards();
}
END_TEST

START_TEST(time_of_a_shard_never_runs_backwards)
{
	struct sw_shard *shard;
	struct sw_time late = { UINT64_C(1) << 62 };

	open_shards(1);
	shard = &shards->list[0];
	ck_assert_uint_eq(sw_shard_lock(shard, late).ns, late.ns);
	sw_shard_unlock(shard);
	ck_assert_uint_eq(
	    sw_shard_lock(shard, (struct sw_time){ 5 }).ns, late.ns);
	sw_shard_unlock(shard);
	close_shards();
}
END_TEST

START_TEST(memory_can_be_mapped_again)
{
	struct sw_shared_memory first, second;
	int fd;

	ck_assert_int_eq(sw_shared_memory_create(&first, "check", 8192), 0);
	memcpy((char *)first.base + 8000, "here", 5);
	fd = dup(first.fd);
	sw_shared_memory_close(&first);
	ck_assert_int_eq(sw_shared_memory_adopt(&second, fd, 8192), 0);
	ck_assert_str_eq((char *)second.base + 8000, "here");
	fd = dup(second.fd);
	sw_shared_memory_close(&second);
	ck_assert_int_eq(
	    sw_shared_memory_adopt(&second, dup(fd), 8191), -EINVAL);
	ck_assert_int_eq(sw_shared_memory_adopt(&second, fd, 8193), -EINVAL);
	ck_assert_int_eq(second.fd, -1);
}
END_TEST

/* => a block of 8192 bytes with these seals */
static int
block_with(int seals)
{
	int fd = memfd_create("check", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	ck_assert_int_eq(ftruncate(fd, 8192), 0);
	ck_assert_int_eq(fcntl(fd, F_ADD_SEALS, seals), 0);
	return fd;
}

START_TEST(memory_that_could_shrink_is_not_taken_over)
{
	static const int lacking[] = { 0, F_SEAL_SHRINK,
		F_SEAL_SHRINK | F_SEAL_GROW, F_SEAL_GROW | F_SEAL_SEAL };
	struct sw_shared_memory memory;
	FILE *file = tmpfile();
	int fd = fileno(file);

	for (size_t i = 0; i < sizeof lacking / sizeof lacking[0]; i++) {
		ck_assert_int_eq(sw_shared_memory_adopt(
				     &memory, block_with(lacking[i]), 8192),
		    -EPERM);
		ck_assert_ptr_null(memory.base);
		ck_assert_int_eq(memory.fd, -1);
	}
	ck_assert_int_eq(sw_shared_memory_adopt(&memory,
			     block_with(F_SEAL_SHRINK | F_SEAL_GROW |
					F_SEAL_SEAL | F_SEAL_WRITE),
			     8192),
	    -EPERM);
	ck_assert_int_eq(ftruncate(fd, 8192), 0);
	ck_assert_int_lt(sw_shared_memory_adopt(&memory, dup(fd), 8192), 0);
	ck_assert_int_eq(memory.fd, -1);
	fclose(file);
	ck_assert_int_eq(sw_shared_memory_adopt(&memory, -1, 8192), -EBADF);
}
END_TEST

START_TEST(a_bucket_limits_and_refills)
{
	struct sw_bucket bucket = { .rate = 10, .depth = 5 };
	struct sw_time now = { 0 };
	unsigned taken = 0;

	ck_assert(!sw_raw_socket_rate_take(&bucket, now)); /* it starts empty */
	now = sw_time_add_ms(now, 100);
	ck_assert(sw_raw_socket_rate_take(&bucket, now));
	ck_assert(!sw_raw_socket_rate_take(&bucket, now));
	now = sw_time_add_ms(now, 3600000);
	for (unsigned i = 0; i < 100; i++)
		taken += sw_raw_socket_rate_take(&bucket, now);
	ck_assert_uint_eq(taken, 5); /* never more than its depth */
	for (unsigned i = 0; i < 1000; i++) {
		now = sw_time_add_ms(now, 10);
		taken += sw_raw_socket_rate_take(&bucket, now);
	}
	ck_assert_uint_eq(taken, 5 + 100);
	now.ns -= SW_NS_PER_SECOND; /* backwards: nothing is gained */
	ck_assert(!sw_raw_socket_rate_take(&bucket, now));
}
END_TEST

/* However many packets are answered, a probe is still sent; and the reverse. */
START_TEST(answers_leave_probes_their_own)
{
	struct sw_raw_socket_counts before, after;
	struct sw_send send = { .ends = build_ends(
				    "10.0.0.1", 1, "10.0.0.2", 2, IPPROTO_TCP),
		.flags = SW_RST };
	struct sw_time now = { SW_NS_PER_SECOND };
	const int fds[2] = { open("/dev/null", O_RDWR | O_CLOEXEC), -1 };
	struct sw_raw_socket *raw;

	ck_assert_int_eq(sw_raw_socket_open(&raw, fds), 0);
	send.answer = _i;
	for (unsigned i = 0; i < 10000; i++)
		sw_raw_socket_send(raw, &send, now);
	sw_raw_socket_counts(raw, &before);
	ck_assert_uint_gt(before.limited, 0);
	send.answer = !_i;
	sw_raw_socket_send(raw, &send, now);
	sw_raw_socket_counts(raw, &after);
	ck_assert_uint_eq(after.limited, before.limited);
	/* No socket: what the limit lets pass fails. */
	ck_assert_uint_eq(after.failed, before.failed + 1);
	sw_raw_socket_close(raw);
}
END_TEST

/* In turns, each of which ends soon, and all of the lanes. */
START_TEST(lanes_are_read_in_turns)
{
	static const uint32_t numbers[] = { 0, 4, SW_SHARDS_LANES - 4,
		SW_SHARDS_LANES, SW_SHARDS_LANES + 4, 1 << 20 };
	uint32_t n = numbers[_i], at = 0, turns = 0, before = 0;
	struct sw_lanes lanes = { .lane = calloc(n + 1, sizeof(struct sw_lane)),
		.stamps = calloc(n + 1, sizeof(struct sw_lane_stamps)),
		.control = calloc(1, sizeof(struct sw_lane_control)) };
	uint64_t longest = 0;
	bool more;

	open_shards(4);
	for (uint32_t i = 0; i < n; i++)
		lanes.lane[i] = (struct sw_lane){
			.gate = SW_GATE_OPEN, .shard = i & 3, .index = i % 200
		};
	ck_assert(sw_shards_use_lanes(shards, &lanes, 8));
	do {
		uint64_t ns = sw_clock_now().ns;

		more = sw_shards_sync_lanes(shards, n, &at);
		ns = sw_clock_now().ns - ns;
		longest = ns > longest ? ns : longest;
		ck_assert_uint_le(at - before, SW_SHARDS_LANES);
		ck_assert(at > before || n == 0);
		before = at;
		turns++;
	} while (more);
	ck_assert_uint_eq(at, n);
	ck_assert_uint_eq(
	    turns, n == 0 ? 1 : (n + SW_SHARDS_LANES - 1) / SW_SHARDS_LANES);
	printf("%u lanes in %u turns, the longest %.2f ms\n", n, turns,
	    (double)longest / 1e6);
	sw_shards_use_lanes(shards, NULL, 0);
	close_shards();
	free(lanes.lane);
	free(lanes.stamps);
	free(lanes.control);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("shard");

	tcase_add_loop_test(tcase, lanes_are_read_in_turns, 0, 6);
	tcase_add_loop_test(tcase, a_power_of_two_of_shards, 0, 6);
	tcase_add_test(tcase, flows_spread_and_stay_whole);
	tcase_add_test(tcase, fragments_follow_their_first);
	tcase_add_test(tcase, fragments_meet_in_the_shard_of_their_flow);
	tcase_add_test(tcase, a_fragment_without_a_first_has_a_place);
	tcase_add_test(tcase, an_error_goes_where_its_quote_belongs);
	tcase_add_test(tcase, time_of_a_shard_never_runs_backwards);
	tcase_add_test(tcase, memory_can_be_mapped_again);
	tcase_add_test(tcase, memory_that_could_shrink_is_not_taken_over);
	tcase_add_test(tcase, a_bucket_limits_and_refills);
	tcase_add_loop_test(tcase, answers_leave_probes_their_own, 0, 2);
	return run_case("shard", tcase);
}
