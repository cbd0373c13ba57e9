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
 * Fragments
 *
 * Later fragments of a datagram carry no ports.  With several shards, the first
 * fragment leaves a note with the index of its flow's shard: one word with tag
 * and index in a small table.  A later fragment follows that note.  A fragment
 * without a note goes to the shard that its addresses choose and leaves a note
 * marked WITHOUT_FIRST; when the first fragment arrives, what that shard knows
 * about the datagram is moved to the flow's shard.  When a note was
 * overwritten, or two threads handle fragments of one datagram at the same
 * moment, the datagram may pass without ever being complete in one shard: then
 * it moves no flow's state, and its sender retransmits.  The kernel usually
 * reassembles earlier anyway.
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
 * the lower index first.  Notes are read and written as single atomic words
 * without a lock.  The engine's event ring is read without the lock, by the
 * reporter alone.  Engine time never runs backwards: two threads may read the
 * clock in one order and take the lock in the other, so the latest time that a
 * shard has seen is kept under its lock.
 */

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "shards/shard.h"

/* Entries inspected in one hold of the lock: even if all of them had expired, a
 * packet would wait for less than 100 µs. */
enum { SWEEP_SLICE = 128 };

/* Notes about first fragments: 48 bits of tag, 16 bits of index. */
enum { FRAGMENT_NOTES = 4096, INDEX_BITS = 16 };

/* Flag in a note's index: the datagram's first fragment has not arrived. */
enum { WITHOUT_FIRST = 0x8000 };

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
	shard->anew = true;
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
	shards->fragments = calloc(FRAGMENT_NOTES, sizeof *shards->fragments);
	shards->list =
	    aligned_alloc(_Alignof(struct sw_shard), n * sizeof *shards->list);
	if (limits->max_src_flows > 0)
		shards->sources =
		    sw_source_limits_create(limits->max_flows, limits->key);
	if (shards->fragments == NULL || shards->list == NULL ||
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

struct sw_shards *
sw_shards_open(const struct sw_limits *limits, uint32_t at_least,
    const struct sw_policy *policy, const int fds[])
{
	uint32_t n = sw_shards_for(at_least);
	struct sw_limits part = share_limits(limits, n);
	struct sw_shards *shards = make_list(limits, n);
	int error = shards == NULL ? -ENOMEM : 0;

	if (shards != NULL)
		part.sources = shards->sources;
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
	free(shards->fragments);
	free(shards->list);
	free(shards);
}

/* Tag and place of a datagram's note, from its addresses, protocol and id. */
static uint64_t
datagram_hash(const struct sw_shards *shards, const struct sw_packet *packet)
{
	struct sw_endpoints datagram = packet->ends;

	datagram.sport = (uint16_t)(packet->fragment.id >> 16);
	datagram.dport = (uint16_t)packet->fragment.id;
	return sw_engine_hash(shards->key, &datagram);
}

/* Takes both locks in the order of the shards, so that two threads cannot
 * deadlock. */
static void
fetch_fragments(struct sw_shards *shards, uint32_t from, uint32_t to,
    const struct sw_packet *packet)
{
	struct sw_shard *lower = &shards->list[from < to ? from : to];
	struct sw_shard *upper = &shards->list[from < to ? to : from];
	struct sw_time now = sw_shard_lock(lower, sw_clock_now());

	now = sw_shard_lock(upper, now);
	sw_engine_move_fragments(
	    shards->list[from].engine, shards->list[to].engine, packet, now);
	sw_shard_unlock(upper);
	sw_shard_unlock(lower);
}

/* The shard in a note with that tag.
 * => false when the note has another tag */
static bool
read_note(const struct sw_shards *shards, uint64_t note, uint64_t tag,
    uint32_t *index)
{
	if (note >> INDEX_BITS != tag >> INDEX_BITS)
		return false;
	*index = (uint32_t)(note & (shards->n - 1));
	return true;
}

static uint32_t
follow_first(
    struct sw_shards *shards, const struct sw_packet *packet, uint32_t index)
{
	uint64_t hash = datagram_hash(shards, packet);
	uint64_t tag = hash >> INDEX_BITS << INDEX_BITS, note;
	_Atomic uint64_t *place = &shards->fragments[hash % FRAGMENT_NOTES];
	uint32_t noted;
	bool known;

	note = atomic_load_explicit(place, memory_order_relaxed);
	known = read_note(shards, note, tag, &noted);
	if (known && packet->fragment.offset > 0)
		return noted;
	if (known && note & WITHOUT_FIRST && noted != index)
		fetch_fragments(shards, noted, index, packet);
	note = tag | index;
	if (packet->fragment.offset > 0)
		note |= WITHOUT_FIRST;
	atomic_store_explicit(place, note, memory_order_relaxed);
	return index;
}

static bool
is_quoting(const struct sw_packet *packet)
{
	return sw_proto_is_icmp(packet->ends.proto) &&
	       packet->fragment.offset == 0 &&
	       packet->icmp.kind == SW_ICMP_ERROR && packet->icmp.quote_valid;
}

uint32_t
sw_shards_choose(struct sw_shards *shards, const struct sw_packet *packet)
{
	bool well_formed = packet->malformed == SW_PARSE_OK;
	uint32_t index;

	if (shards->n == 1)
		return 0;
	index = sw_shards_index(shards, well_formed && is_quoting(packet)
					    ? &packet->icmp.quote
					    : &packet->ends);
	if (packet->fragment.is_fragment && well_formed)
		return follow_first(shards, packet, index);
	return index;
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

/* Whoever adds a member to struct sw_counts adds it here. */
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

	*counts = *before;
	counts->flows = counts->embryonic = 0;
	memset(counts->by_state, 0, sizeof counts->by_state);
	counts->flow_limit = counts->tombstones = 0;
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
