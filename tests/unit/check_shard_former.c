/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_shard_former: the blocks of version 0.1, and what is left of some.
 *
 * A table of several shards is filled, and its blocks are written anew as 0.1
 * would have laid them out.  Then they are opened: all that lived, and all
 * that is remembered, is found again.  A part that is missing or not what it
 * should be costs the flows of that part, and is told of.
 */
#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "crowd.h"
#include "former.h"
#include "runner.h"
#include "shards/shard.h"

enum { FLOWS = 1200, GONE = 200, SHARDS = 4, PART = 1000 };

static const struct sw_limits limits = { .max_flows = SHARDS * PART,
	.max_embryonic = 100,
	.tombstones = 4096,
	.events = 64,
	.key = "0123456789abcde" };

static struct sw_policy *policy;
static struct sw_shards *shards;
static int fds[SHARDS]; /* of the blocks of 0.1 */

static struct sw_limits
part_limits(void)
{
	struct sw_limits part = limits;

	part.max_flows = PART;
	part.tombstones = limits.tombstones / SHARDS;
	return part;
}

static struct sw_shard *
shard_of(const struct sw_packet *packet)
{
	return &shards->list[sw_shards_choose(shards, packet)];
}

/* Flows 0 .. FLOWS-1, of which the first GONE have been ended. */
static void
fill(void)
{
	struct sw_time now = sw_clock_now();
	struct sw_event event;

	for (uint32_t i = 0; i < FLOWS; i++) {
		struct sw_packet packet = crowd_datagram(i);
		struct sw_engine *engine = shard_of(&packet)->engine;

		ck_assert_int_eq(sw_engine_step(engine, &packet, now), SW_PASS);
		if (i < GONE)
			ck_assert(
			    sw_engine_kill(engine, &packet.ends, now, false));
		while (sw_engine_take(engine, &event))
			continue;
	}
}

static void
write_at(int fd, const uint8_t *bytes, size_t size, size_t at)
{
	while (size > 0) {
		ssize_t n = pwrite(fd, bytes, size, (off_t)at);

		ck_assert_int_gt(n, 0);
		bytes += n;
		size -= (size_t)n;
		at += (size_t)n;
	}
}

/* => a descriptor of the block as 0.1 had it; too_long: bytes more */
static int
former_block(const struct sw_shared_memory *memory, int seals, size_t too_long)
{
	struct sw_limits part = part_limits();
	size_t at, size = sw_engine_memory_former(&part, &at);
	const uint8_t *ours = memory->base;
	int fd = memfd_create("former", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	uint8_t *flows = malloc(at);

	ck_assert_int_eq(ftruncate(fd, (off_t)(size + too_long)), 0);
	memcpy(flows, ours, at);
	former_header(flows, PART);
	write_at(fd, flows, at, 0);
	write_at(fd, ours + memory->size - (size - at), size - at, at);
	if (seals != 0)
		ck_assert_int_eq(fcntl(fd, F_ADD_SEALS, seals), 0);
	free(flows);
	return fd;
}

enum { SEALS = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL };

static void
begin(void)
{
	struct sw_flow_policy otherwise = { .timeouts = *sw_profile("rfc5382"),
		.log = true };

	policy = sw_policy_compile(NULL, 0, &otherwise);
	shards = sw_shards_create(&limits, SHARDS, policy);
	ck_assert_ptr_nonnull(shards);
	fill();
	for (uint32_t i = 0; i < SHARDS; i++) {
		ck_assert(shards->list[i].is_new);
		fds[i] = former_block(&shards->list[i].memory, SEALS, 0);
	}
}

static void
succeed(void)
{
	sw_shards_destroy(shards);
	shards = sw_shards_open(&limits, SHARDS, policy, fds);
	ck_assert_ptr_nonnull(shards);
}

static void
end(void)
{
	sw_shards_destroy(shards);
	sw_policy_destroy(policy);
}

/* Every flow is alive or remembered as it was, but for those of one shard. */
static void
verify_but(uint32_t lost)
{
	struct sw_time now = sw_clock_now();
	struct sw_flow_info info;
	uint32_t others = 0;

	for (uint32_t i = 0; i < FLOWS; i++) {
		struct sw_packet packet = crowd_datagram(i);
		uint32_t index = sw_shards_choose(shards, &packet);
		struct sw_engine *engine = shards->list[index].engine;
		bool kept = index != lost;

		others += !kept;
		ck_assert_int_eq(
		    sw_engine_find(engine, &packet.ends, now, &info),
		    kept && i >= GONE);
		ck_assert_int_eq(
		    sw_engine_recall(engine, &packet.ends, now, &info),
		    kept && i < GONE);
		if (kept && i < GONE)
			ck_assert_int_eq(info.how, SW_END_KILLED);
	}
	ck_assert_int_eq(others > 0, lost < SHARDS);
}

START_TEST(flows_and_memories_are_kept)
{
	uint32_t restored = 0, torn;

	begin();
	succeed();
	for (uint32_t i = 0; i < SHARDS; i++) {
		struct sw_shard *shard = &shards->list[i];

		restored += sw_engine_restored(shard->engine, &torn);
		ck_assert_uint_eq(torn, 0);
		/* A new block, to be kept in the place of the other. */
		ck_assert(!shard->inherited);
		ck_assert(!shard->is_new);
		ck_assert_uint_eq(fcntl(shard->memory.fd, F_GET_SEALS), SEALS);
		fds[i] = dup(shard->memory.fd);
	}
	ck_assert_uint_eq(restored, FLOWS - GONE);
	verify_but(SHARDS);
	succeed();
	for (uint32_t i = 0; i < SHARDS; i++)
		ck_assert(shards->list[i].inherited);
	verify_but(SHARDS);
	end();
}
END_TEST

/* Some of the blocks are of today already: who took over was killed. */
START_TEST(blocks_of_both_layouts_are_taken)
{
	begin();
	close(fds[1]);
	fds[1] = dup(shards->list[1].memory.fd);
	close(fds[2]);
	fds[2] = dup(shards->list[2].memory.fd);
	succeed();
	for (uint32_t i = 0; i < SHARDS; i++) {
		ck_assert_int_eq(shards->list[i].inherited, i == 1 || i == 2);
		ck_assert(!shards->list[i].is_new);
	}
	verify_but(SHARDS);
	end();
}
END_TEST

/* => what is left of the third shard, spoilt in one of several ways */
static int
spoilt(int way)
{
	const struct sw_shared_memory *memory = &shards->list[2].memory;
	uint8_t *bytes;
	int fd;

	switch (way) {
	case 0:
		return -1;
	case 1:
		return former_block(memory, F_SEAL_SHRINK, 0);
	case 2:
		return former_block(memory, SEALS, 64);
	default: /* another key than the seal was made with */
		fd = former_block(memory, 0, 0);
		bytes =
		    mmap(NULL, 64, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		bytes[offsetof(struct sw_flows_header, key)] ^= 1;
		munmap(bytes, 64);
		ck_assert_int_eq(fcntl(fd, F_ADD_SEALS, SEALS), 0);
		return fd;
	}
}

START_TEST(a_part_that_is_spoilt_begins_empty_alone)
{
	begin();
	close(fds[2]);
	fds[2] = spoilt(_i);
	succeed();
	for (uint32_t i = 0; i < SHARDS; i++)
		ck_assert_int_eq(shards->list[i].is_new, i == 2);
	verify_but(2);
	end();
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("shard_former");

	tcase_add_test(tcase, flows_and_memories_are_kept);
	tcase_add_test(tcase, blocks_of_both_layouts_are_taken);
	tcase_add_loop_test(
	    tcase, a_part_that_is_spoilt_begins_empty_alone, 0, 4);
	return run_case("shard_former", tcase);
}
