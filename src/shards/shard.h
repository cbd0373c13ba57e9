/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shard: the flow table in parts, each an engine under its own lock.
 *
 * A flow's shard follows from its hash, so any thread may handle any packet: it
 * holds the shard's lock while it steps one small batch.  Code that shows flows
 * to a user (list, find, kill) takes the same lock for short slices.
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
	bool is_new;	/* it holds no flow of a predecessor */
};

enum {
	SW_SHARD_NOTES = 4096,
	SW_SHARDS_LANES = 4096, /* read in one turn */
};

struct sw_shards {
	struct sw_shard *list;
	uint32_t n;	/* a power of two */
	unsigned shift; /* hash >> shift is the index; 64: one shard */
	uint8_t key[16];
	struct sw_counts before; /* of predecessors: see sw_shards_continue() */
	struct sw_source_limits *sources; /* of all shards; NULL: no limit */
	struct sw_parents *parents;	  /* of all shards */
	/* Where later fragments of a datagram belong: SW_SHARD_NOTES
	 * words, see shards/choose.c. */
	_Atomic uint64_t *fragments;
};

/*
 * limits: of all shards together.  at_least: the number of threads that step
 * packets, rounded up to a power of two.
 * => NULL with errno set
 */
struct sw_shards *sw_shards_create(const struct sw_limits *limits,
    uint32_t at_least, const struct sw_policy *policy);

/* The number of shards that sw_shards_create() makes for this many threads. */
uint32_t sw_shards_for(uint32_t at_least);

/*
 * Like sw_shards_create(), over a predecessor's blocks: one descriptor for each
 * shard, -1 for none; all are taken, in every case.  limits must be those that
 * the blocks were made for.  A block of another layout is replaced by a new
 * one.
 */
struct sw_shards *sw_shards_open(const struct sw_limits *limits,
    uint32_t at_least, const struct sw_policy *policy, const int fds[]);

/* Imports all flows of another table.
 * => the number of flows; *lost: flows that did not fit */
uint32_t sw_shards_import(
    struct sw_shards *shards, const struct sw_shards *from, uint32_t *lost);
void sw_shards_destroy(struct sw_shards *shards);

/* The index of the shard for a flow between these ends, in either direction. */
static inline uint32_t
sw_shards_index(const struct sw_shards *shards, const struct sw_endpoints *ends)
{
	if (shards->n == 1)
		return 0;
	return (uint32_t)(sw_engine_hash(shards->key, ends) >> shards->shift);
}

/* The shard that must step this packet: its flow's shard; for an ICMP error,
 * the quoted flow's; for a later fragment, the first fragment's. */
uint32_t
sw_shards_choose(struct sw_shards *shards, const struct sw_packet *packet);

/* => the time to pass to the engine: now, or a later one that it has seen */
struct sw_time sw_shard_lock(struct sw_shard *shard, struct sw_time now);
void sw_shard_unlock(struct sw_shard *shard);

/* Sweeps 1/parts of every shard's entries, in short holds of the lock. */
void sw_shards_sweep(struct sw_shards *shards, uint32_t parts);

/* As sw_engine_use_lanes(), for every shard. */
bool sw_shards_use_lanes(
    struct sw_shards *shards, const struct sw_lanes *lanes, uint32_t after);
/* From now on flows get one after that number of packets. */
void sw_shards_set_after(struct sw_shards *shards, uint32_t after);

/* Copies back and closes the lanes that flows have; what they carried is
 * counted.  => how many */
uint32_t sw_shards_recall_lanes(struct sw_shards *shards);

/* Opens the lanes that packets of this shard's last batches asked for: see
 * sw_engine_open_lanes(). */
void sw_shard_open_lanes(struct sw_shard *shard, bool drained);

/* Brings counts and records up to date with the next lanes, from *at on, a few
 * in one hold of the lock and at most SW_SHARDS_LANES of them.  n: of lanes.
 * => false when all are */
bool sw_shards_sync_lanes(struct sw_shards *shards, uint32_t n, uint32_t *at);

/* Passes each connection to its shard: see sw_engine_know().
 * => how many, or -ENOMEM */
int sw_shards_know(struct sw_shards *shards,
    const struct sw_endpoints openers[], size_t n, struct sw_time now);
/* As sw_engine_learn(), for every shard. */
bool sw_shards_learn(struct sw_shards *shards, struct sw_time until);

/* Ends the flows that the policy in force denies.  => how many */
uint64_t sw_shards_recheck(struct sw_shards *shards);
/* From now on every shard follows this policy; the former one may be freed
 * afterwards. */
void sw_shards_adopt(struct sw_shards *shards, const struct sw_policy *policy);

/* Moves each flow to the zone of its interfaces, after tables were taken over. */
void sw_shards_settle_zones(struct sw_shards *shards);

/* Counts on from what a predecessor had counted, or a part of it.  Called before
 * any packet; what is counted "now" in it is not used. */
void
sw_shards_continue(struct sw_shards *shards, const struct sw_counts *before);

/* Sums of all shards, and of predecessors. */
void sw_shards_counts(struct sw_shards *shards, struct sw_counts *counts);

#endif
