/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shard: the flow table in shares, each an engine under its own lock.
 *
 * A flow's shard follows from its hash, so any thread may bring any packet:
 * it takes the shard's lock for as long as one small batch is stepped.
 * Whoever looks at flows for a person (list, find, kill) locks likewise and
 * keeps the lock short.
 */
#ifndef SYNWARD_SHARDS_SHARD_H
#define SYNWARD_SHARDS_SHARD_H

#include <pthread.h>

#include "shards/shared_memory.h"
#include "synward/engine.h"

struct sw_shard {
	_Alignas(64) pthread_mutex_t lock;
	struct sw_engine *engine;
	struct sw_time latest; /* engine time never runs backwards */
	struct sw_shared_memory memory;
	bool inherited; /* the memory is a predecessor's */
	bool anew;	/* nothing in it comes from a predecessor */
};

struct sw_shards {
	struct sw_shard *list;
	uint32_t n;	/* a power of two */
	unsigned shift; /* hash >> shift is the index; 64: one shard */
	uint8_t key[16];
	struct sw_source_limits *sources; /* of all shards; NULL: no limit */
	/* Where the later fragments of a datagram belong: see shards/shard.c. */
	_Atomic uint64_t *fragments;
};

/*
 * limits: of all shards together.  at_least: the number of threads that
 * will step; rounded up to a power of two.
 * => NULL with errno set
 */
struct sw_shards *sw_shards_create(const struct sw_limits *limits,
    uint32_t at_least, const struct sw_policy *policy);

/* How many shards create makes for so many threads. */
uint32_t sw_shards_for(uint32_t at_least);

/*
 * The same over a predecessor's blocks: one descriptor for each shard, -1
 * for none; all are taken, in every case.  limits must be what the blocks
 * were made for.  A block that is of another layout is replaced by a new one.
 */
struct sw_shards *sw_shards_open(const struct sw_limits *limits,
    uint32_t at_least, const struct sw_policy *policy, const int fds[]);

/* Takes over all flows of another table.  => how many; *lost: those there was
 * no room for */
uint32_t sw_shards_import(
    struct sw_shards *shards, const struct sw_shards *from, uint32_t *lost);
void sw_shards_destroy(struct sw_shards *shards);

/* Index of the shard of a flow between these ends, either way. */
static inline uint32_t
sw_shards_index(const struct sw_shards *shards, const struct sw_endpoints *ends)
{
	if (shards->n == 1)
		return 0;
	return (uint32_t)(sw_engine_hash(shards->key, ends) >> shards->shift);
}

/* The shard that shall step this packet: that of its flow; of an ICMP error
 * that of the quoted flow, of a later fragment that of the first. */
uint32_t
sw_shards_choose(struct sw_shards *shards, const struct sw_packet *packet);

/* => the moment to pass to the engine: now, or a later one it has seen */
struct sw_time sw_shard_lock(struct sw_shard *shard, struct sw_time now);
void sw_shard_unlock(struct sw_shard *shard);

/* Looks at 1/parts of every shard's entries, in short holds of the lock. */
void sw_shards_sweep(struct sw_shards *shards, uint32_t parts);

/* From now on every shard follows this policy; the former one may be freed
 * afterwards. */
void sw_shards_adopt(struct sw_shards *shards, const struct sw_policy *policy);

/* Sums of all shards. */
void sw_shards_counts(struct sw_shards *shards, struct sw_counts *counts);

#endif
