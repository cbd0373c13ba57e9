/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Overview
 *
 * The flow table is split into a power of two of shards, at least one for each
 * thread that steps packets.  Each shard is an engine in its own block of
 * memory, under its own lock, with an equal part of each limit (rounded up).
 * All shards share one hash key: the upper bits of a flow's hash choose the
 * shard, the lower bits the bucket inside it.  Both directions of a flow have
 * the same hash, and an ICMP error is sent to the shard of the flow that it
 * quotes.
 *
 * Life cycle
 *
 * A shard's block is made new, or taken over from a predecessor through its
 * descriptor.  A block of the former layout is copied into a new one; a block
 * of any other layout is replaced by an empty one.  When memory is short,
 * opening fails instead, and the stored block is kept for another try.
 * A table with other limits is opened beside the new one and its flows are
 * imported one by one, before any thread steps packets.  Closing a shard unmaps
 * its block, and the flows stay in it for the next process.
 *
 * Synchronisation
 *
 * A shard's lock protects its engine.  A worker holds it for one batch; the
 * sweep and walks over all flows hold it for a bounded slice, so that no packet
 * waits noticeably.  Moving fragments is the only step that takes two locks,
 * the lower index first.  Notes about fragments (see shards/choose.c) are read
 * and written as single atomic words without a lock.  The engine's event ring
 * is read without the lock, by the reporter alone.  Engine time never runs
 * backwards: two threads may read the clock in one order and take the lock in
 * the other, so the latest time that a shard has seen is kept under its lock.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "shards/shard.h"

/* Entries inspected in one hold of the lock: even if all of them had expired, a
 * packet would wait for less than 100 µs. */
enum { SWEEP_SLICE = 128 };

uint32_t
sw_shards_for(uint32_t at_least)
{
	uint32_t n = 1;

	while (n < at_least)
		n *= 2;
	return n;
}

static unsigned
bits_of(uint32_t n)
{
	unsigned bits = 0;

	while (n >>= 1)
		bits++;
	return bits;
}

static uint32_t
share(uint32_t whole, uint32_t n, uint32_t least)
{
	uint32_t part = whole / n + (whole % n != 0);

	return part < least ? least : part;
}

static struct sw_limits
share_limits(const struct sw_limits *whole, uint32_t n)
{
	struct sw_limits part = *whole;

	part.max_flows = share(whole->max_flows, n, 16);
	part.tombstones = share(whole->tombstones, n, 16);
	return part;
}

/* => 0, -ENOMEM, or -EINVAL when the block is not of this build's layout */
static int
open_engine(struct sw_shard *shard, const struct sw_limits *limits,
    const struct sw_policy *policy)
{
	shard->latest = sw_clock_now();
	errno = 0;
	shard->engine =
	    sw_engine_create(limits, shard->memory.base, policy, shard->latest);
	if (shard->engine != NULL)
		return 0;
	return errno == ENOMEM ? -ENOMEM : -EINVAL;
}

enum { NAME = 32 };

static const char *
block_name(uint32_t index, char name[NAME])
{
	snprintf(name, NAME, "synward-shard-%u", index);
	return name;
}

/* Copies a block of version 0.1 into one of today's layout. */
static int
lengthen_shard(struct sw_shard *shard, uint32_t index, int fd,
    const struct sw_limits *limits)
{
	char name[NAME];
	size_t at, size = sw_engine_memory_former(limits, &at);
	struct sw_shared_memory former;
	int error = sw_shared_memory_adopt(&former, fd, size);

	if (error < 0)
		return error;
	error = sw_shared_memory_lengthen(&shard->memory,
	    block_name(index, name), sw_engine_memory(limits), &former, at);
	sw_shared_memory_close(&former);
	return error;
}

static int
adopt_shard(struct sw_shard *shard, uint32_t index, int fd,
    const struct sw_limits *limits, const struct sw_policy *policy)
{
	size_t at, size = sw_engine_memory(limits);
	bool former =
	    sw_shared_memory_size(fd) == sw_engine_memory_former(limits, &at);
	int error = former ? lengthen_shard(shard, index, fd, limits)
			   : sw_shared_memory_adopt(&shard->memory, fd, size);

	if (error < 0)
		return error;
	error = open_engine(shard, limits, policy);
	if (error < 0)
		sw_shared_memory_close(&shard->memory);
	shard->inherited = error == 0 && !former;
	return error;
}

static int
make_shard(struct sw_shard *shard, uint32_t index,
    const struct sw_limits *limits, const struct sw_policy *policy)
{
	char name[NAME];
	int error = sw_shared_memory_create(
	    &shard->memory, block_name(index, name), sw_engine_memory(limits));

	if (error < 0)
		return error;
	shard->is_new = true;
	return open_engine(shard, limits, policy);
}

static int
open_shard(struct sw_shards *shards, uint32_t index,
    const struct sw_limits *limits, const struct sw_policy *policy, int fd)
{
	struct sw_shard *shard = &shards->list[index];
	int error = -pthread_mutex_init(&shard->lock, NULL);

	if (error < 0)
		return error;
	/* A block of another layout is useless and replaced.  A block that
	 * there is no memory for now may be taken over by the next process. */
	if (fd >= 0) {
		error = adopt_shard(shard, index, fd, limits, policy);
		if (error == 0 || error == -ENOMEM)
			return error;
	}
	return make_shard(shard, index, limits, policy);
}

/* => n shards that are not open yet, or NULL */
static struct sw_shards *
make_list(const struct sw_limits *limits, uint32_t n)
{
	struct sw_shards *shards = calloc(1, sizeof *shards);

	if (shards == NULL)
		return NULL;
	memcpy(shards->key, limits->key, sizeof shards->key);
	shards->shift = 64 - bits_of(n);
	shards->fragments = calloc(SW_SHARD_NOTES, sizeof *shards->fragments);
	shards->list =
	    aligned_alloc(_Alignof(struct sw_shard), n * sizeof *shards->list);
	if (limits->max_src_flows > 0)
		shards->sources =
		    sw_source_limits_create(limits->max_flows, limits->key);
	shards->parents = sw_parents_create(limits->max_flows, limits->key);
	if (shards->fragments == NULL || shards->list == NULL ||
	    shards->parents == NULL ||
	    (limits->max_src_flows > 0 && shards->sources == NULL)) {
		sw_shards_destroy(shards);
		return NULL;
	}
	memset(shards->list, 0, n * sizeof *shards->list);
	for (uint32_t i = 0; i < n; i++)
		shards->list[i].memory.fd = -1;
	shards->n = n;
	return shards;
}

/* A parent may be in any shard, so its children are counted when all are
 * known. */
static void
restore_related(struct sw_shards *shards)
{
	for (uint32_t i = 0; i < shards->n; i++)
		sw_engine_restore_parents(shards->list[i].engine);
	for (uint32_t i = 0; i < shards->n; i++)
		sw_engine_restore_children(shards->list[i].engine);
}

struct sw_shards *
sw_shards_open(const struct sw_limits *limits, uint32_t at_least,
    const struct sw_policy *policy, const int fds[])
{
	uint32_t n = sw_shards_for(at_least);
	struct sw_limits part = share_limits(limits, n);
	struct sw_shards *shards = make_list(limits, n);
	int error = shards == NULL ? -ENOMEM : 0;

	if (shards != NULL) {
		part.sources = shards->sources;
		part.parents = shards->parents;
	}
	for (uint32_t i = 0; i < n; i++) {
		int fd = fds == NULL ? -1 : fds[i];

		if (error == 0)
			error = open_shard(shards, i, &part, policy, fd);
		else if (fd >= 0)
			close(fd);
	}
	if (error < 0) {
		sw_shards_destroy(shards);
		errno = -error;
		return NULL;
	}
	restore_related(shards);
	return shards;
}

struct sw_shards *
sw_shards_create(const struct sw_limits *limits, uint32_t at_least,
    const struct sw_policy *policy)
{
	return sw_shards_open(limits, at_least, policy, NULL);
}

uint32_t
sw_shards_import(
    struct sw_shards *shards, const struct sw_shards *from, uint32_t *lost)
{
	uint32_t moved = 0;

	*lost = 0;
	for (uint32_t i = 0; i < from->n; i++) {
		const struct sw_engine *left = from->list[i].engine;
		uint32_t slots = sw_engine_slots(left);
		struct sw_endpoints ends;

		for (uint32_t slot = 0; slot < slots; slot++) {
			if (!sw_engine_import_ends(left, slot, &ends))
				continue;
			if (sw_engine_import(
				shards->list[sw_shards_index(shards, &ends)]
				    .engine,
				left, slot))
				moved++;
			else
				++*lost;
		}
	}
	restore_related(shards);
	return moved;
}

void
sw_shards_destroy(struct sw_shards *shards)
{
	if (shards == NULL)
		return;
	for (uint32_t i = 0; i < shards->n; i++) {
		struct sw_shard *shard = &shards->list[i];

		if (shard->engine != NULL) {
			sw_engine_destroy(shard->engine);
			pthread_mutex_destroy(&shard->lock);
		}
		sw_shared_memory_close(&shard->memory);
	}
	sw_source_limits_destroy(shards->sources);
	sw_parents_destroy(shards->parents);
	free(shards->fragments);
	free(shards->list);
	free(shards);
}

struct sw_time
sw_shard_lock(struct sw_shard *shard, struct sw_time now)
{
	pthread_mutex_lock(&shard->lock);
	if (now.ns > shard->latest.ns)
		shard->latest = now;
	return shard->latest;
}

void
sw_shard_unlock(struct sw_shard *shard)
{
	pthread_mutex_unlock(&shard->lock);
}

static void
sweep_slice(struct sw_shard *shard, uint32_t slots)
{
	struct sw_time now = sw_shard_lock(shard, sw_clock_now());

	sw_engine_sweep(shard->engine, now, slots);
	sw_shard_unlock(shard);
}

void
sw_shards_sweep(struct sw_shards *shards, uint32_t parts)
{
	for (uint32_t i = 0; i < shards->n; i++) {
		struct sw_shard *shard = &shards->list[i];
		uint32_t left = sw_engine_slots(shard->engine) / parts + 1;

		while (left > 0) {
			uint32_t n = left < SWEEP_SLICE ? left : SWEEP_SLICE;

			sweep_slice(shard, n);
			left -= n;
		}
	}
}

void
sw_shards_settle_zones(struct sw_shards *shards)
{
	for (uint32_t i = 0; i < shards->n; i++) {
		struct sw_shard *shard = &shards->list[i];
		struct sw_time now = sw_shard_lock(shard, sw_clock_now());

		sw_engine_settle_zones(shard->engine, now);
		sw_shard_unlock(shard);
	}
}

void
sw_shards_adopt(struct sw_shards *shards, const struct sw_policy *policy)
{
	for (uint32_t i = 0; i < shards->n; i++) {
		struct sw_shard *shard = &shards->list[i];
		struct sw_time now = sw_shard_lock(shard, sw_clock_now());

		sw_engine_adopt(shard->engine, policy, now);
		sw_shard_unlock(shard);
	}
}

/* A slice at a time, so that packets of the shard do not wait. */
uint64_t
sw_shards_recheck(struct sw_shards *shards)
{
	uint64_t ended = 0;

	for (uint32_t i = 0; i < shards->n; i++) {
		struct sw_shard *shard = &shards->list[i];
		uint32_t cursor = 0, slots = sw_engine_slots(shard->engine);

		while (cursor < slots) {
			struct sw_time now =
			    sw_shard_lock(shard, sw_clock_now());

			ended += sw_engine_recheck(
			    shard->engine, now, &cursor, SWEEP_SLICE);
			sw_shard_unlock(shard);
		}
	}
	return ended;
}

/* Every member of struct sw_counts is added here. */
static void
add_counts(struct sw_counts *sum, const struct sw_counts *part)
{
	sum->passed += part->passed;
	sum->dropped += part->dropped;
	sum->bytes_passed += part->bytes_passed;
	sum->bytes_dropped += part->bytes_dropped;
	for (unsigned i = 0; i < SW_MESSAGE_COUNT; i++)
		sum->refused[i] += part->refused[i];
	sum->would_drop += part->would_drop;
	sum->untracked += part->untracked;
	sum->twice += part->twice;
	sum->opened += part->opened;
	sum->related += part->related;
	for (unsigned i = 0; i < SW_END_COUNT; i++)
		sum->ended[i] += part->ended[i];
	sum->events_lost += part->events_lost;
	sum->refusals_lost += part->refusals_lost;
	sum->flows += part->flows;
	sum->embryonic += part->embryonic;
	for (unsigned i = 0; i < SW_STATE_COUNT; i++)
		sum->by_state[i] += part->by_state[i];
	sum->flow_limit += part->flow_limit;
	sum->tombstones += part->tombstones;
	sum->parents = part->parents; /* of all shards */
	sum->parents_lost = part->parents_lost;
	sum->offload.opened += part->offload.opened;
	sum->offload.taken += part->offload.taken;
	sum->offload.full += part->offload.full;
	sum->offload.packets += part->offload.packets;
	sum->offload.bytes += part->offload.bytes;
	sum->offload.lanes += part->offload.lanes;
}

void
sw_shards_continue(struct sw_shards *shards, const struct sw_counts *before)
{
	struct sw_counts *counts = &shards->before;

	add_counts(counts, before);
	counts->flows = counts->embryonic = 0;
	memset(counts->by_state, 0, sizeof counts->by_state);
	counts->flow_limit = counts->tombstones = counts->parents = 0;
	counts->offload.lanes = 0;
}

void
sw_shards_counts(struct sw_shards *shards, struct sw_counts *counts)
{
	*counts = shards->before;
	for (uint32_t i = 0; i < shards->n; i++) {
		struct sw_shard *shard = &shards->list[i];
		struct sw_counts part;

		pthread_mutex_lock(&shard->lock);
		sw_engine_counts(shard->engine, &part);
		pthread_mutex_unlock(&shard->lock);
		add_counts(counts, &part);
	}
}
