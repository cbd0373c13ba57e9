/* SPDX-License-Identifier: Apache-2.0 */
/*
 * parents: a hash table without chains or locks.
 *
 * The two hosts of a parent, in the order of who opened it, give a tag of 64
 * bits (SipHash with a random key, so nobody can choose it) and a home.  A
 * parent is in one of the WINDOW places from its home on.  All of them are read
 * in each search, so nothing is ever moved; but where no parent has its home
 * nearby, which is nearly everywhere, one count tells so.
 *
 * Synchronisation: a place belongs to who has changed its tag from 0 to
 * CLAIMED.  The tag is cleared first, then the epoch is written, then the rest,
 * and the tag last.  A reader reads the epoch first, and compares it and the tag
 * again at the end: a place that was given to another parent in between, perhaps
 * of the same hosts, has another epoch.
 */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "engine/related/parents.h"
#include "engine/table/tuple.h"

enum {
	LEAST = 64,
	MOST = 65536,
	WINDOW = 64,
	GROUP = 16, /* homes that share a count */
};

#define FREE UINT64_C(0)
#define CLAIMED UINT64_C(1)

/* An entry is a cache line.  who: ports, rule, protocol and flags.  life: the
 * tick of the last packet, the children, and the epoch. */
struct entry {
	_Alignas(64) _Atomic uint64_t tag;
	_Atomic uint64_t who, life, way[2];
	_Atomic uint32_t due;
};

_Static_assert(sizeof(struct entry) == 64, "a cache line");

struct sw_parents {
	struct entry *entries;
	_Atomic uint32_t *near; /* parents whose home is in each group */
	uint32_t mask;
	uint8_t key[16];
	_Atomic uint32_t epoch, count;
	_Atomic uint64_t lost;
	void *owned;
};

/* Where the parents of two hosts are. */
struct home {
	uint64_t tag;
	uint32_t at;
};

struct sw_parents *
sw_parents_create(uint32_t max_flows, const uint8_t key[16])
{
	struct sw_parents *parents = calloc(1, sizeof *parents);
	uint32_t n = LEAST;
	uint8_t *start;

	if (parents == NULL)
		return NULL;
	while (n < max_flows / 16 && n < MOST)
		n *= 2;
	parents->owned = calloc(1, n * sizeof(struct entry) + 63);
	parents->near = calloc(n / GROUP, sizeof *parents->near);
	if (parents->owned == NULL || parents->near == NULL) {
		sw_parents_destroy(parents);
		return NULL;
	}
	start = parents->owned;
	start += -(uintptr_t)start & 63;
	parents->entries = (struct entry *)(void *)start;
	parents->mask = n - 1;
	memcpy(parents->key, key, sizeof parents->key);
	return parents;
}

void
sw_parents_destroy(struct sw_parents *parents)
{
	if (parents == NULL)
		return;
	free(parents->owned);
	free(parents->near);
	free(parents);
}

uint32_t
sw_parents_count(const struct sw_parents *parents)
{
	return atomic_load_explicit(&parents->count, memory_order_relaxed);
}

uint64_t
sw_parents_lost(const struct sw_parents *parents)
{
	return atomic_load_explicit(&parents->lost, memory_order_relaxed);
}

static struct home
home_of(const struct sw_parents *parents, const struct sw_endpoints *ends)
{
	uint8_t bytes[34];
	uint64_t hash;

	memcpy(bytes, ends->src.b, 16);
	memcpy(bytes + 16, ends->dst.b, 16);
	bytes[32] = ends->family;
	bytes[33] = ends->zone;
	hash = sw_tuple_siphash13(parents->key, bytes, sizeof bytes);
	return (
	    struct home){ hash | 2, (uint32_t)(hash >> 40) & parents->mask };
}

static struct entry *
entry_at(const struct sw_parents *parents, struct home home, uint32_t i)
{
	return &parents->entries[(home.at + i) & parents->mask];
}

static bool
is_lonely(const struct sw_parents *parents, struct home home)
{
	return atomic_load_explicit(
		   &parents->near[home.at / GROUP], memory_order_relaxed) == 0;
}

static uint64_t
pack_who(const struct sw_parent *parent)
{
	return (uint64_t)parent->ends.sport << 48 |
	       (uint64_t)parent->ends.dport << 32 |
	       (uint64_t)parent->rule << 16 |
	       (uint64_t)parent->ends.proto << 8 | parent->flags;
}

/* Ports and protocol, which tell the parents of two hosts apart. */
static bool
is_of(uint64_t who, const struct sw_endpoints *ends)
{
	return who >> 48 == ends->sport &&
	       (uint16_t)(who >> 32) == ends->dport &&
	       (uint8_t)(who >> 8) == ends->proto;
}

static uint64_t
pack_way(uint32_t in, uint32_t out)
{
	return (uint64_t)in << 32 | out;
}

/* life: seen above children above epoch */
#define CHILD (UINT64_C(1) << 16)

static uint16_t
children_of(uint64_t life)
{
	return (uint16_t)(life >> 16);
}

static uint16_t
epoch_of(uint64_t life)
{
	return (uint16_t)life;
}

/* => false when the entry holds no parent of that tag, or not any more */
static bool
read_entry(const struct entry *entry, uint64_t tag,
    const struct sw_endpoints *ends, struct sw_parent *parent)
{
	uint64_t who, life, way[2];
	uint32_t due;

	if (atomic_load_explicit(&entry->tag, memory_order_acquire) != tag)
		return false;
	life = atomic_load_explicit(&entry->life, memory_order_acquire);
	who = atomic_load_explicit(&entry->who, memory_order_acquire);
	way[0] = atomic_load_explicit(&entry->way[0], memory_order_acquire);
	way[1] = atomic_load_explicit(&entry->way[1], memory_order_acquire);
	due = atomic_load_explicit(&entry->due, memory_order_acquire);
	if (atomic_load_explicit(&entry->tag, memory_order_acquire) != tag ||
	    epoch_of(atomic_load_explicit(
		&entry->life, memory_order_acquire)) != epoch_of(life))
		return false;
	*parent = (struct sw_parent){ .ends = *ends,
		.rule = (uint16_t)(who >> 16),
		.flags = (uint8_t)who,
		.seen = (uint32_t)(life >> 32),
		.due = due,
		.children = children_of(life),
		.epoch = epoch_of(life),
		.in = { (uint32_t)(way[0] >> 32), (uint32_t)(way[1] >> 32) },
		.out = { (uint32_t)way[0], (uint32_t)way[1] } };
	parent->ends.sport = (uint16_t)(who >> 48);
	parent->ends.dport = (uint16_t)(who >> 32);
	parent->ends.proto = (uint8_t)(who >> 8);
	return true;
}

bool
sw_parents_next(const struct sw_parents *parents,
    const struct sw_endpoints *ends, uint32_t *cursor, struct sw_parent *parent)
{
	struct home home = home_of(parents, ends);

	if (is_lonely(parents, home))
		return false;
	while (*cursor < WINDOW) {
		const struct entry *entry =
		    entry_at(parents, home, (*cursor)++);

		if (read_entry(entry, home.tag, ends, parent)) {
			parent->place = (uint32_t)(entry - parents->entries);
			return true;
		}
	}
	return false;
}

bool
sw_parents_find(const struct sw_parents *parents,
    const struct sw_endpoints *ends, struct sw_parent *parent)
{
	uint32_t cursor = 0;

	while (sw_parents_next(parents, ends, &cursor, parent))
		if (sw_packet_endpoints_equal(&parent->ends, ends))
			return true;
	return false;
}

static struct entry *
find(const struct sw_parents *parents, struct home home,
    const struct sw_endpoints *ends)
{
	if (is_lonely(parents, home))
		return NULL;
	for (uint32_t i = 0; i < WINDOW; i++) {
		struct entry *entry = entry_at(parents, home, i);

		if (atomic_load_explicit(&entry->tag, memory_order_acquire) ==
			home.tag &&
		    is_of(
			atomic_load_explicit(&entry->who, memory_order_relaxed),
			ends))
			return entry;
	}
	return NULL;
}

/* => was the tag this one? */
static bool
change_tag(struct entry *entry, uint64_t from, uint64_t to)
{
	return atomic_compare_exchange_strong_explicit(
	    &entry->tag, &from, to, memory_order_acq_rel, memory_order_relaxed);
}

static _Atomic uint32_t *
near_of(const struct sw_parents *parents, uint32_t home)
{
	return &parents->near[(home & parents->mask) / GROUP];
}

static uint32_t
home_of_tag(const struct sw_parents *parents, uint64_t tag)
{
	return (uint32_t)(tag >> 40) & parents->mask;
}

static void
uncount(struct sw_parents *parents, uint64_t tag)
{
	atomic_fetch_sub_explicit(near_of(parents, home_of_tag(parents, tag)),
	    1, memory_order_relaxed);
	atomic_fetch_sub_explicit(&parents->count, 1, memory_order_relaxed);
}

/* Is it there for a hint, or not established yet?  A flood of such takes no
 * place from the others. */
static bool
gives_way(uint64_t who)
{
	return who & SW_PARENT_HINT || !(who & SW_PARENT_ASSURED);
}

/* Takes the place of one that gives way. */
static struct entry *
displace(struct sw_parents *parents, struct home home)
{
	for (uint32_t i = 0; i < WINDOW; i++) {
		struct entry *entry = entry_at(parents, home, i);
		uint64_t tag =
		    atomic_load_explicit(&entry->tag, memory_order_acquire);
		uint64_t who =
		    atomic_load_explicit(&entry->who, memory_order_relaxed);

		if (tag <= CLAIMED || !gives_way(who) ||
		    !change_tag(entry, tag, CLAIMED))
			continue;
		uncount(parents, tag);
		return entry;
	}
	return NULL;
}

/* => a place that is ours, or NULL */
static struct entry *
claim(struct sw_parents *parents, struct home home, uint64_t who)
{
	for (uint32_t i = 0; i < WINDOW; i++) {
		struct entry *entry = entry_at(parents, home, i);

		if (atomic_load_explicit(&entry->tag, memory_order_relaxed) ==
			FREE &&
		    change_tag(entry, FREE, CLAIMED))
			return entry;
	}
	return gives_way(who) ? NULL : displace(parents, home);
}

static void
write_life(struct entry *entry, uint32_t seen)
{
	uint64_t life =
	    atomic_load_explicit(&entry->life, memory_order_relaxed);

	while (!atomic_compare_exchange_weak_explicit(&entry->life, &life,
	    (life & UINT32_MAX) | (uint64_t)seen << 32, memory_order_release,
	    memory_order_relaxed))
		;
}

static void
write_parent(struct entry *entry, const struct sw_parent *parent)
{
	atomic_store_explicit(
	    &entry->who, pack_who(parent), memory_order_release);
	for (unsigned i = 0; i < 2; i++)
		atomic_store_explicit(&entry->way[i],
		    pack_way(parent->in[i], parent->out[i]),
		    memory_order_release);
	atomic_store_explicit(&entry->due, parent->due, memory_order_release);
	write_life(entry, parent->seen);
}

void
sw_parents_note(struct sw_parents *parents, const struct sw_parent *parent)
{
	struct home home = home_of(parents, &parent->ends);
	struct entry *entry = find(parents, home, &parent->ends);

	if (entry != NULL) {
		write_parent(entry, parent);
		return;
	}
	entry = claim(parents, home, parent->flags);
	if (entry == NULL) {
		if (!gives_way(parent->flags))
			atomic_fetch_add_explicit(
			    &parents->lost, 1, memory_order_relaxed);
		return;
	}
	atomic_fetch_add_explicit(
	    near_of(parents, home.at), 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&parents->count, 1, memory_order_relaxed);
	atomic_store_explicit(&entry->life,
	    (uint16_t)atomic_fetch_add_explicit(
		&parents->epoch, 1, memory_order_relaxed),
	    memory_order_release);
	write_parent(entry, parent);
	atomic_store_explicit(&entry->tag, home.tag, memory_order_release);
}

void
sw_parents_forget(struct sw_parents *parents, const struct sw_endpoints *ends)
{
	struct home home = home_of(parents, ends);
	struct entry *entry = find(parents, home, ends);

	if (entry != NULL && change_tag(entry, home.tag, FREE))
		uncount(parents, home.tag);
}

bool
sw_parents_take(
    struct sw_parents *parents, const struct sw_parent *parent, uint16_t limit)
{
	struct entry *entry = &parents->entries[parent->place];
	uint64_t life =
	    atomic_load_explicit(&entry->life, memory_order_acquire);

	do {
		if (epoch_of(life) != parent->epoch ||
		    children_of(life) >= limit)
			return false;
	} while (!atomic_compare_exchange_weak_explicit(&entry->life, &life,
	    life + CHILD, memory_order_acq_rel, memory_order_acquire));
	return true;
}

void
sw_parents_release(
    struct sw_parents *parents, const struct sw_endpoints *ends, uint16_t epoch)
{
	struct entry *entry = find(parents, home_of(parents, ends), ends);
	uint64_t life;

	if (entry == NULL)
		return;
	life = atomic_load_explicit(&entry->life, memory_order_acquire);
	do {
		if (epoch_of(life) != epoch || children_of(life) == 0)
			return;
	} while (!atomic_compare_exchange_weak_explicit(&entry->life, &life,
	    life - CHILD, memory_order_acq_rel, memory_order_acquire));
}

void
sw_parents_recount(struct sw_parents *parents)
{
	for (uint32_t i = 0; i <= parents->mask; i++) {
		struct entry *entry = &parents->entries[i];

		if (atomic_load_explicit(&entry->tag, memory_order_acquire) !=
		    FREE)
			atomic_fetch_and_explicit(&entry->life,
			    ~((uint64_t)UINT16_MAX << 16),
			    memory_order_relaxed);
	}
}
