/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_alloc: from a packet's bytes to its answer nothing is allocated.
 *
 * The linker sends every call of the allocator to the functions below (see
 * --wrap in CMakeLists.txt); while armed they abort the test.
 */
#include <check.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "net/verdict_batch.h"
#include "runner.h"
#include "shards/shard.h"

enum { FLOWS = 512, SIZE = 256, BATCH = SW_BATCH_MAX };

static bool armed;

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void __real_free(void *memory);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
void __wrap_free(void *memory);

static void
account(void)
{
	if (armed)
		abort();
}

void *
__wrap_malloc(size_t size)
{
	account();
	return __real_malloc(size);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	account();
	return __real_calloc(n, size);
}

void *
__wrap_realloc(void *old, size_t size)
{
	account();
	return __real_realloc(old, size);
}

void *
__wrap_aligned_alloc(size_t alignment, size_t size)
{
	account();
	return __real_aligned_alloc(alignment, size);
}

void
__wrap_free(void *memory)
{
	account();
	__real_free(memory);
}

/* Everything the path may meet: packets of all kinds, before it is armed. */
struct traffic {
	uint8_t bytes[BATCH][SIZE];
	size_t length[BATCH];
};

static void
put(struct traffic *traffic, unsigned at, const struct build *build)
{
	static uint8_t room[BUILD_MAX];

	traffic->length[at] = build_bytes(build, room);
	ck_assert_uint_le(traffic->length[at], SIZE);
	memcpy(traffic->bytes[at], room, traffic->length[at]);
}

/* Round by round: 32 flows' lives, from open to close, and strays. */
static void
make(struct traffic *traffic, uint32_t round)
{
	static const char *const flags[] = { "S", "SA", "A", "PA", "FA", "R",
		"SF", "FPA" };
	static const char *const addresses[2][2] = { { "10.0.0.1", "10.0.0.2" },
		{ "fd00::1", "fd00::2" } };

	for (unsigned i = 0; i < BATCH; i++) {
		uint32_t r = round * 2654435761u + i * 40503u;
		unsigned kind = round % 8;
		bool back = kind == 1;
		unsigned port = 1024 + round / 8 % 64 * BATCH + i;
		struct build build = {
			.src = addresses[i % 4 == 0][back],
			.dst = addresses[i % 4 == 0][!back],
			.proto = i % 8 == 1 ? IPPROTO_UDP : IPPROTO_TCP,
			.sport = (uint16_t)(back ? 80 : port),
			.dport = (uint16_t)(back ? port : 80),
			.flags = build_flags(flags[kind]),
			.seq = (back ? 5001u : 1001u) - (kind < 2),
			.ack = back ? 1001 : 5001,
			.payload_length = r % 90,
			.fragment = i % 16 == 3,
			.more = i % 32 == 3,
			.fragment_id = round,
		};

		if (i % 16 == 5) {
			build.proto = IPPROTO_ICMP;
			build.type = back ? 0 : 8;
		}
		put(traffic, i, &build);
		if (i % 11 == 0)
			traffic->length[i] -= 21;
	}
}

/* => answers */
static size_t
step(struct sw_shards *shards, struct traffic *traffic, struct sw_time now)
{
	static struct sw_packet packet[BATCH];
	const struct sw_packet *batch[BATCH];
	enum sw_verdict verdicts[BATCH];
	struct sw_answer answers[BATCH];
	uint32_t ids[BATCH];
	struct sw_shard *shard;

	for (unsigned i = 0; i < BATCH; i++) {
		sw_packet_parse(
		    traffic->bytes[i], traffic->length[i], 0, &packet[i]);
		ids[i] = i + 1;
		batch[i] = &packet[i];
	}
	shard = &shards->list[sw_shards_choose(shards, batch[0])];
	now = sw_shard_lock(shard, now);
	sw_engine_batch(shard->engine, batch, BATCH, now, verdicts);
	sw_engine_sweep(shard->engine, now, 2 * FLOWS);
	sw_shard_unlock(shard);
	return sw_verdict_batch_plan(ids, verdicts, BATCH, answers);
}

static struct sw_shards *
open_shards(struct sw_policy **policy)
{
	struct sw_flow_policy flow_policy = { .timeouts =
						  *sw_profile("rfc5382"),
		.on_idle = SW_IDLE_PROBE,
		.on_orphan = SW_ORPHAN_RESET,
		.log = true };
	struct sw_limits limits = { .max_flows = FLOWS,
		.max_embryonic = 25,
		.tombstones = 64,
		.events = 256,
		.key = "a key for tests" };
	struct sw_shards *shards;

	*policy = sw_policy_compile(NULL, 0, &flow_policy);
	shards = sw_shards_create(&limits, 1, *policy);
	ck_assert_ptr_nonnull(shards);
	return shards;
}

START_TEST(the_path_allocates_nothing)
{
	static struct traffic traffic;
	struct sw_policy *policy;
	struct sw_shards *shards = open_shards(&policy);
	struct sw_time now = shards->list[0].latest;
	struct sw_counts counts;
	struct sw_event event;
	size_t answers;

	for (uint32_t round = 0; round < 4000; round++) {
		make(&traffic, round);
		now = sw_time_add_ms(now, round % 256 == 0 ? 40000 : 5);
		armed = true;
		answers = step(shards, &traffic, now);
		/* Every other time the ring overflows. */
		for (unsigned i = 0; round % 512 < 256 && i < 64; i++)
			sw_engine_take(shards->list[0].engine, &event);
		armed = false;
		ck_assert_uint_le(answers, BATCH);
	}
	sw_shards_counts(shards, &counts);
	ck_assert_uint_gt(counts.passed, 1000);
	ck_assert_uint_gt(counts.dropped, 1000);
	ck_assert_uint_gt(counts.ended[SW_END_EVICTED], 0);
	ck_assert_uint_gt(counts.ended[SW_END_TIMEOUT], 0);
	ck_assert_uint_gt(counts.ended[SW_END_RESET], 0);
	ck_assert_uint_gt(counts.events_lost, 0);
	sw_shards_destroy(shards);
	sw_policy_destroy(policy);
}
END_TEST

/* Were the path to allocate, this is what would happen. */
START_TEST(an_allocation_would_be_noticed)
{
	struct sw_policy *policy;
	struct sw_shards *shards = open_shards(&policy);

	armed = true;
	sw_shards_destroy(shards);
	armed = false;
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("alloc");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, the_path_allocates_nothing);
	tcase_add_test_raise_signal(
	    tcase, an_allocation_would_be_noticed, SIGABRT);
	return run_case("alloc", tcase);
}
