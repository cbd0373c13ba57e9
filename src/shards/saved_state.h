/* SPDX-License-Identifier: Apache-2.0 */
/*
 * saved_state: describes the flow table to the next process.
 *
 * A small block besides the shards' blocks: how these are laid out, the key
 * that flows are hashed with, and the names of the rules' slots.  It outlives
 * the process in the same way as the shards' blocks.
 */
#ifndef SYNWARD_SHARDS_SAVED_STATE_H
#define SYNWARD_SHARDS_SAVED_STATE_H

#include "shards/shared_memory.h"
#include "synward/engine.h"

struct sw_rule_slots;

struct sw_saved_state {
	struct sw_shared_memory memory;
};

/* Creates a block for this many shards under these limits (of all shards
 * together).
 * => 0 or -errno */
int sw_saved_state_create(struct sw_saved_state *saved_state,
    const struct sw_limits *limits, uint32_t shards);

/*
 * Takes over a predecessor's block.
 * => 0; -EINVAL when it is damaged or of another build's layout; or -errno;
 *    takes the descriptor in every case
 */
int sw_saved_state_adopt(struct sw_saved_state *saved_state, int fd);
void sw_saved_state_close(struct sw_saved_state *saved_state);

/* The limits that the block was made for, without the size of the ring. */
void sw_saved_state_limits(
    const struct sw_saved_state *saved_state, struct sw_limits *limits);
uint32_t sw_saved_state_shards(const struct sw_saved_state *saved_state);

/* Marks the shards' blocks as having this build's layout, whatever it was
 * before, so that a build that reads only the former layout refuses them. */
void sw_saved_state_renew(struct sw_saved_state *saved_state);

/* Assigns the names their slots again.
 * => 0, -EINVAL or -ENOMEM */
int sw_saved_state_load_names(
    const struct sw_saved_state *saved_state, struct sw_rule_slots *slots);

/* Adds the names that are new since the last call; names are never removed. */
void sw_saved_state_save_names(
    struct sw_saved_state *saved_state, const struct sw_rule_slots *slots);

#endif
