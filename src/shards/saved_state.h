/* SPDX-License-Identifier: Apache-2.0 */
/*
 * legacy: what a process tells its successor about the flows it leaves.
 *
 * A small block beside the shards' blocks: how these are laid out, the key
 * flows are hashed with, and the names behind the rules' slots.  It outlives
 * the process in the same way.
 */
#ifndef SYNWARD_SHARDS_SAVED_STATE_H
#define SYNWARD_SHARDS_SAVED_STATE_H

#include "shards/shared_memory.h"
#include "synward/engine.h"

struct sw_rule_slots;

struct sw_saved_state {
	struct sw_shared_memory memory;
};

/* A new block for this many shards under these limits (of all together).
 * => 0 or -errno */
int sw_saved_state_create(struct sw_saved_state *saved_state,
    const struct sw_limits *limits, uint32_t shards);

/*
 * Takes over a predecessor's block.
 * => 0, or -EINVAL when it is damaged or of another build's layout, or
 *    -errno; takes the descriptor in every case
 */
int sw_saved_state_adopt(struct sw_saved_state *saved_state, int fd);
void sw_saved_state_close(struct sw_saved_state *saved_state);

/* The limits it was made for; the ring's size is not among them. */
void sw_saved_state_limits(
    const struct sw_saved_state *saved_state, struct sw_limits *limits);
uint32_t sw_saved_state_shards(const struct sw_saved_state *saved_state);

/* The blocks of the shards are now of this build's layout, whatever they were:
 * a build that reads only the former one is to refuse what is left. */
void sw_saved_state_renew(struct sw_saved_state *saved_state);

/* Gives the names their slots again.  => 0, -EINVAL or -ENOMEM */
int sw_saved_state_load_names(
    const struct sw_saved_state *saved_state, struct sw_rule_slots *slots);

/* Notes names that came since; none ever goes. */
void sw_saved_state_save_names(
    struct sw_saved_state *saved_state, const struct sw_rule_slots *slots);

#endif
