/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The block has a head, protected by a checksum, and a list of names that only
 * grows.  The head changes only when shards of a former layout are replaced by
 * those of this build.  A name is written before the count that makes it part
 * of the list, so a process that dies in between leaves a list without it.  The
 * layout's number covers the shards' blocks as well: it changes whenever one
 * build could not read what another wrote.
 */

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#include "shards/rule_slots.h"
#include "shards/saved_state.h"

#define MAGIC UINT64_C(0x79636167656c7773) /* "swlegacy" */

enum { LAYOUT = 1, SHARDS_MOST = 1 << 16 };

/* The range that the configuration allows. */
enum { ENTRIES_LEAST = 16, ENTRIES_MOST = 1 << 26 };

struct head {
	uint64_t magic;
	uint32_t layout;
	uint32_t shards;
	uint64_t shard_size; /* bytes of each shard's block */
	uint32_t max_flows;
	uint32_t max_src_flows;
	uint32_t tombstones;
	uint32_t max_embryonic;
	uint8_t key[16];
	uint64_t sum; /* checksum of the fields above */
};

_Static_assert(sizeof(struct head) == 64, "no holes in what is summed");

struct block {
	struct head head;
	_Atomic uint32_t n; /* number of names */
	char names[SW_RULE_SLOTS][SW_RULE_NAME_MAX];
};

static struct block *
block_of(const struct sw_saved_state *saved_state)
{
	return saved_state->memory.base;
}

/* FNV-1a: protects against accidents, not against attackers. */
static uint64_t
sum_of(const struct head *head)
{
	const uint8_t *at = (const uint8_t *)head;
	uint64_t sum = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < offsetof(struct head, sum); i++)
		sum = (sum ^ at[i]) * UINT64_C(0x100000001b3);
	return sum;
}

int
sw_saved_state_create(struct sw_saved_state *saved_state,
    const struct sw_limits *limits, uint32_t shards)
{
	int error = sw_shared_memory_create(
	    &saved_state->memory, "synward-legacy", sizeof(struct block));
	struct head *head;

	if (error < 0)
		return error;
	head = &block_of(saved_state)->head;
	*head = (struct head){ .magic = MAGIC,
		.layout = LAYOUT,
		.shards = shards,
		.shard_size = sw_engine_memory(limits),
		.max_flows = limits->max_flows,
		.max_src_flows = limits->max_src_flows,
		.tombstones = limits->tombstones,
		.max_embryonic = limits->max_embryonic };
	memcpy(head->key, limits->key, sizeof head->key);
	head->sum = sum_of(head);
	return 0;
}

/* The checksum protects against accidents only, and the sizes of the shards'
 * blocks are computed from these limits. */
static bool
limits_make_sense(const struct head *head)
{
	return head->shards >= 1 && head->shards <= SHARDS_MOST &&
	       (head->shards & (head->shards - 1)) == 0 &&
	       head->max_flows >= ENTRIES_LEAST &&
	       head->max_flows <= ENTRIES_MOST &&
	       head->tombstones >= ENTRIES_LEAST &&
	       head->tombstones <= ENTRIES_MOST && head->max_embryonic <= 100;
}

/* The limits of all shards together must give the size that one shard's block
 * had, in this layout or the former one. */
static bool
head_makes_sense(const struct sw_saved_state *saved_state)
{
	const struct head *head = &block_of(saved_state)->head;
	struct sw_limits limits;
	size_t at;

	if (head->magic != MAGIC || head->layout != LAYOUT ||
	    head->sum != sum_of(head) || !limits_make_sense(head))
		return false;
	sw_saved_state_limits(saved_state, &limits);
	return head->shard_size == sw_engine_memory(&limits) ||
	       head->shard_size == sw_engine_memory_former(&limits, &at);
}

int
sw_saved_state_adopt(struct sw_saved_state *saved_state, int fd)
{
	int error = sw_shared_memory_adopt(
	    &saved_state->memory, fd, sizeof(struct block));

	if (error == 0 && !head_makes_sense(saved_state)) {
		sw_saved_state_close(saved_state);
		error = -EINVAL;
	}
	return error;
}

/* A process that dies between the two writes leaves a head with a wrong
 * checksum: its successor starts with an empty table. */
void
sw_saved_state_renew(struct sw_saved_state *saved_state)
{
	struct head *head = &block_of(saved_state)->head;
	struct sw_limits limits;
	size_t size;

	sw_saved_state_limits(saved_state, &limits);
	size = sw_engine_memory(&limits);
	if (head->shard_size == size)
		return;
	head->shard_size = size;
	head->sum = sum_of(head);
}

void
sw_saved_state_close(struct sw_saved_state *saved_state)
{
	sw_shared_memory_close(&saved_state->memory);
}

void
sw_saved_state_limits(
    const struct sw_saved_state *saved_state, struct sw_limits *limits)
{
	const struct head *head = &block_of(saved_state)->head;

	*limits = (struct sw_limits){ .max_flows = head->max_flows,
		.max_src_flows = head->max_src_flows,
		.tombstones = head->tombstones,
		.max_embryonic = (uint8_t)head->max_embryonic };
	memcpy(limits->key, head->key, sizeof limits->key);
}

uint32_t
sw_saved_state_shards(const struct sw_saved_state *saved_state)
{
	return block_of(saved_state)->head.shards;
}

int
sw_saved_state_load_names(
    const struct sw_saved_state *saved_state, struct sw_rule_slots *slots)
{
	const struct block *block = block_of(saved_state);
	uint32_t n = atomic_load_explicit(&block->n, memory_order_acquire);

	if (n > SW_RULE_SLOTS)
		return -EINVAL;
	for (uint32_t i = 1; i < n; i++) {
		char name[SW_RULE_NAME_MAX];
		int slot;

		memcpy(name, block->names[i], sizeof name);
		if (name[0] == '\0' || name[sizeof name - 1] != '\0')
			return -EINVAL;
		slot = sw_rule_slots_assign(slots, name);
		if (slot < 0 || (uint32_t)slot != i)
			return slot < 0 ? slot : -EINVAL;
	}
	return 0;
}

void
sw_saved_state_save_names(
    struct sw_saved_state *saved_state, const struct sw_rule_slots *slots)
{
	struct block *block = block_of(saved_state);
	uint32_t n = sw_rule_slots_count(slots);
	uint32_t known = atomic_load_explicit(&block->n, memory_order_relaxed);

	for (uint32_t i = known == 0 ? 1 : known; i < n; i++)
		strncpy(block->names[i], sw_rule_slots_name(slots, (uint16_t)i),
		    SW_RULE_NAME_MAX - 1);
	atomic_store_explicit(&block->n, n, memory_order_release);
}
