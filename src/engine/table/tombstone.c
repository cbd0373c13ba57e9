/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tombstone: a ring of entries, and chains through it that need no maintenance.
 *
 *	header | heads | links | entries
 *
 * A hash selects a head; the head leads to the newest entry, whose link leads
 * to the next older one.  Overwriting an entry never unlinks it: along a chain
 * entries only grow older, so a link to a younger one, or to one of another
 * head, leads to an overwritten entry and ends the chain.  When a newer entry
 * has the same tuple, the old one is unlinked at once, so that no peer can make
 * a chain long by opening and closing the same connection.
 *
 * An entry is filled before a link leads to it, and the ring advances before it
 * is filled: whenever the process dies, the others are still found, and the
 * next process has nothing to repair.  Slots are stored plus one, 0 is none.
 */
#include "engine/table/tombstone.h"
#include "engine/table/letters.h"
#include "engine/table/prefetch.h"

#include <assert.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define TOMBSTONE_MAGIC UINT64_C(0x3165766172677773) /* "swgrave1" */
#define TOMBSTONE_LAYOUT 1u
#define TOMBSTONE_LEAST 16u
#define TOMBSTONE_MOST (UINT32_C(1) << 26)

/* In version 0.1; later ones were appended. */
#define ENDS_FORMER 10u
#define STATES_FORMER SW_STATE_SCTP_CLOSED

/* The most links that one lookup follows, whatever the memory contains. */
#define CHAIN_MOST 64u

struct header {
	uint64_t magic;
	uint32_t layout;
	uint32_t entries;
	uint32_t entry_size;
	uint32_t states, ends; /* SW_STATE_COUNT, SW_END_COUNT */
	uint32_t spare;
	uint64_t added; /* ever; the next goes to added % entries */
};

enum mark {
	MARK_USED = 0x01,
	MARK_IPV6 = 0x02,
	MARK_OPENER_B = 0x04,
	MARK_ENDER = 0x08,
	MARK_ASSURED = 0x10,
	MARK_PROBING = 0x20,
	MARK_LOST = 0x40,
	MARK_UNANSWERED = 0x80, /* not set by a former version */
};

struct entry_side {
	uint32_t next, ack, edge;
};

/* A flow without what follows from elsewhere.  The time of its end is exact;
 * earlier times are ticks before it. */
struct entry {
	uint64_t ended; /* ns */
	uint32_t opened_before, seen_before;
	uint8_t a[16], b[16];
	uint16_t a_port, b_port;
	uint32_t timeout;
	uint32_t in, out, back_in;
	struct entry_side side[2];
	uint16_t rule;
	uint8_t proto;
	uint8_t state_how; /* state low, how high nibble */
	uint8_t mark;
	char history[SW_HISTORY_MAX - 1];
};

_Static_assert(sizeof(struct entry) == 112, "as small as promised");
_Static_assert(SW_STATE_SCTP_CLOSED < 16, "a nibble");
_Static_assert(
    SW_STATE_COUNT - SW_STATE_SCTP_CLOSED < SW_STATE_OTHER, "the same");
_Static_assert(SW_END_COUNT <= 16, "a nibble");

struct link {
	uint32_t older; /* slot + 1 */
	uint32_t hash;	/* lower half */
};

struct sw_tombstones {
	struct header *header;
	uint32_t *heads; /* slot + 1 */
	struct link *links;
	struct entry *entry;
	uint32_t entries;
	uint32_t next; /* added % entries, without the division */
};

struct layout {
	size_t heads, links, entries, size;
};

static struct layout
layout_of(uint32_t entries)
{
	size_t n = ((size_t)entries + 15) & ~(size_t)15;
	struct layout at;

	at.heads = 64;
	at.links = at.heads + n * sizeof(uint32_t);
	at.entries = at.links + n * sizeof(struct link);
	at.size = at.entries + n * sizeof(struct entry);
	return at;
}

size_t
sw_tombstones_memory(uint32_t entries)
{
	assert(entries >= TOMBSTONE_LEAST && entries <= TOMBSTONE_MOST);
	return layout_of(entries).size;
}

size_t
sw_tombstones_entry_size(void)
{
	return sizeof(struct entry) + sizeof(struct link) + sizeof(uint32_t);
}

static struct header
fresh_header(uint32_t entries)
{
	return (struct header){
		.magic = TOMBSTONE_MAGIC,
		.layout = TOMBSTONE_LAYOUT,
		.entries = entries,
		.entry_size = sizeof(struct entry),
		.states = SW_STATE_COUNT,
		.ends = SW_END_COUNT,
	};
}

/* A ring of a version that had fewer ends or states is accepted. */
static bool
header_fits(const struct header *header, uint32_t entries)
{
	struct header ours = fresh_header(entries);

	if (header->ends >= ENDS_FORMER && header->ends < ours.ends)
		ours.ends = header->ends;
	if (header->states == STATES_FORMER)
		ours.states = STATES_FORMER;
	return memcmp(header, &ours, offsetof(struct header, added)) == 0;
}

struct sw_tombstones *
sw_tombstones_open(void *memory, uint32_t entries)
{
	struct layout at = layout_of(entries);
	struct header *header = memory;
	uint8_t *base = memory;
	struct sw_tombstones *tombstones;

	assert(entries >= TOMBSTONE_LEAST && entries <= TOMBSTONE_MOST);
	assert((uintptr_t)memory % 64 == 0);
	if (header->magic != 0 && !header_fits(header, entries))
		return NULL;
	tombstones = calloc(1, sizeof(*tombstones));
	if (tombstones == NULL)
		return NULL;
	if (header->magic == 0)
		*header = fresh_header(entries);
	header->ends = SW_END_COUNT;
	header->states = SW_STATE_COUNT;
	tombstones->header = header;
	tombstones->heads = (void *)(base + at.heads);
	tombstones->links = (void *)(base + at.links);
	tombstones->entry = (void *)(base + at.entries);
	tombstones->entries = entries;
	tombstones->next = (uint32_t)(header->added % entries);
	return tombstones;
}

void
sw_tombstones_close(struct sw_tombstones *tombstones)
{
	free(tombstones);
}

static inline uint32_t
head_of(const struct sw_tombstones *tombstones, uint32_t hash)
{
	return (uint32_t)((uint64_t)hash * tombstones->entries >> 32);
}

/* The number of entries younger than this slot's. */
static inline uint32_t
age_of(const struct sw_tombstones *tombstones, uint32_t slot)
{
	return tombstones->next > slot
		   ? tombstones->next - 1 - slot
		   : tombstones->next + (tombstones->entries - 1 - slot);
}

void
sw_tombstones_prefetch(const struct sw_tombstones *tombstones, uint64_t hash)
{
	sw_prefetch(&tombstones->heads[head_of(tombstones, (uint32_t)hash)]);
}

static bool
entry_is(const struct entry *entry, const struct sw_tuple *tuple)
{
	bool ipv6 = (entry->mark & MARK_IPV6) != 0;

	return (entry->mark & MARK_USED) != 0 &&
	       ipv6 == (tuple->family != SW_IPV4) &&
	       entry->a_port == tuple->a_port &&
	       entry->b_port == tuple->b_port && entry->proto == tuple->proto &&
	       memcmp(entry->a, tuple->a.b, sizeof(entry->a)) == 0 &&
	       memcmp(entry->b, tuple->b.b, sizeof(entry->b)) == 0;
}

void
sw_tombstones_prefetch_chain(
    const struct sw_tombstones *tombstones, uint64_t hash)
{
	uint32_t slot = tombstones->heads[head_of(tombstones, (uint32_t)hash)];

	if (slot != 0 && slot <= tombstones->entries)
		sw_prefetch(&tombstones->links[slot - 1]);
}

/*
 * Follows the chain of the hash to the tuple's newest entry.
 * => the head or link that leads to it, or NULL
 */
static uint32_t *
seek(const struct sw_tombstones *tombstones, const struct sw_tuple *tuple,
    uint32_t hash)
{
	uint32_t head = head_of(tombstones, hash);
	uint32_t *at = &tombstones->heads[head];
	int64_t age = -1;

	for (unsigned i = 0; i < CHAIN_MOST; i++) {
		uint32_t slot = *at - 1;
		struct link *link;

		if (slot >= tombstones->entries ||
		    age_of(tombstones, slot) <= age)
			return NULL;
		link = &tombstones->links[slot];
		if (link->hash == hash &&
		    entry_is(&tombstones->entry[slot], tuple))
			return at;
		if (head_of(tombstones, link->hash) != head)
			return NULL;
		age = age_of(tombstones, slot);
		at = &link->older;
	}
	return NULL;
}

/* Ticks from then to the end, limited to what fits. */
static uint32_t
ticks_before(struct sw_time then, struct sw_time ended)
{
	uint64_t ns = ended.ns > then.ns ? ended.ns - then.ns : 0;
	uint64_t ticks = ns / (SW_NS_PER_SECOND / SW_TICKS_PER_SECOND);

	return ticks < UINT32_MAX ? (uint32_t)ticks : UINT32_MAX;
}

static struct sw_time
moment_before(uint64_t ended, uint32_t ticks)
{
	uint64_t ns = ticks * (SW_NS_PER_SECOND / SW_TICKS_PER_SECOND);

	return (struct sw_time){ .ns = ended > ns ? ended - ns : 0 };
}

static uint8_t
marks_of(const struct sw_tuple *tuple, const struct sw_flow_info *info)
{
	struct sw_endpoints ends = sw_tuple_ends(tuple, false);
	uint8_t mark = MARK_USED;

	if (tuple->family != SW_IPV4)
		mark |= MARK_IPV6;
	if (!sw_packet_endpoints_equal(&ends, &info->opener))
		mark |= MARK_OPENER_B;
	if (info->ender != 0)
		mark |= MARK_ENDER;
	if (info->assured)
		mark |= MARK_ASSURED;
	if (info->probing)
		mark |= MARK_PROBING;
	if (info->lost)
		mark |= MARK_LOST;
	if (info->unanswered)
		mark |= MARK_UNANSWERED;
	return mark;
}

static void
write_entry(struct entry *entry, const struct sw_tuple *tuple,
    const struct sw_flow_info *info)
{
	entry->ended = info->ended.ns;
	entry->opened_before = ticks_before(info->opened, info->ended);
	entry->seen_before = ticks_before(info->seen, info->ended);
	memcpy(entry->a, tuple->a.b, sizeof(entry->a));
	memcpy(entry->b, tuple->b.b, sizeof(entry->b));
	entry->a_port = tuple->a_port;
	entry->b_port = tuple->b_port;
	entry->timeout = info->timeout;
	entry->in = info->in;
	entry->out = info->out;
	entry->back_in = info->back_in;
	for (unsigned i = 0; i < 2; i++)
		entry->side[i] = (struct entry_side){
			.next = info->side[i].next,
			.ack = info->side[i].ack,
			.edge = info->side[i].edge,
		};
	entry->rule = info->rule;
	entry->proto = tuple->proto;
	entry->state_how =
	    (uint8_t)(sw_state_nibble((enum sw_state)info->state) | info->how
									<< 4);
	memcpy(entry->history, info->history, sizeof(entry->history));
	atomic_signal_fence(memory_order_release);
	entry->mark = marks_of(tuple, info);
	atomic_signal_fence(memory_order_release);
}

static enum sw_state
state_of(const struct entry *entry)
{
	return sw_state_from_nibble(
	    entry->state_how & 0xf, entry->proto == IPPROTO_SCTP);
}

static void
read_entry(const struct entry *entry, struct sw_flow_info *info)
{
	memset(info, 0, sizeof(*info));
	info->ended.ns = entry->ended;
	info->opened = moment_before(entry->ended, entry->opened_before);
	info->seen = moment_before(entry->ended, entry->seen_before);
	info->timeout = entry->timeout;
	info->in = entry->in;
	info->out = entry->out;
	info->back_in = entry->back_in;
	for (unsigned i = 0; i < 2; i++) {
		info->side[i].next = entry->side[i].next;
		info->side[i].ack = entry->side[i].ack;
		info->side[i].edge = entry->side[i].edge;
	}
	info->rule = entry->rule;
	info->state = (uint8_t)state_of(entry);
	info->how = entry->state_how >> 4;
	info->ender = (entry->mark & MARK_ENDER) != 0;
	info->assured = (entry->mark & MARK_ASSURED) != 0;
	info->probing = (entry->mark & MARK_PROBING) != 0;
	info->lost = (entry->mark & MARK_LOST) != 0;
	info->unanswered = (entry->mark & MARK_UNANSWERED) != 0;
	sw_letters_copy(info->history, entry->history);
}

/* The slot for the next entry; its old content is lost. */
static uint32_t
take_slot(struct sw_tombstones *tombstones)
{
	uint32_t slot = tombstones->next;

	tombstones->entry[slot].mark = 0;
	atomic_signal_fence(memory_order_release);
	tombstones->header->added++;
	tombstones->next = slot + 1 < tombstones->entries ? slot + 1 : 0;
	atomic_signal_fence(memory_order_release);
	return slot;
}

void
sw_tombstones_add(struct sw_tombstones *tombstones,
    const struct sw_tuple *tuple, uint64_t hash,
    const struct sw_flow_info *info)
{
	uint32_t low = (uint32_t)hash;
	uint32_t *head = &tombstones->heads[head_of(tombstones, low)];
	uint32_t *shadowed = seek(tombstones, tuple, low);
	uint32_t slot;

	assert(info->state < SW_STATE_COUNT && info->how < SW_END_COUNT);
	if (shadowed != NULL)
		*shadowed = tombstones->links[*shadowed - 1].older;
	slot = take_slot(tombstones);
	write_entry(&tombstones->entry[slot], tuple, info);
	tombstones->links[slot] = (struct link){ .older = *head, .hash = low };
	atomic_signal_fence(memory_order_release);
	*head = slot + 1;
}

bool
sw_tombstones_find(const struct sw_tombstones *tombstones,
    const struct sw_tuple *tuple, uint64_t hash, struct sw_time now,
    struct sw_flow_info *info)
{
	uint32_t *at = seek(tombstones, tuple, (uint32_t)hash);
	const struct entry *entry;

	if (at == NULL)
		return false;
	entry = &tombstones->entry[*at - 1];
	if (state_of(entry) >= SW_STATE_COUNT ||
	    entry->state_how >> 4 >= SW_END_COUNT || entry->ended > now.ns)
		return false;
	read_entry(entry, info);
	info->opener = sw_tuple_ends(tuple, (entry->mark & MARK_OPENER_B) != 0);
	return true;
}

uint32_t
sw_tombstones_count(const struct sw_tombstones *tombstones)
{
	return tombstones->header->added < tombstones->entries
		   ? (uint32_t)tombstones->header->added
		   : tombstones->entries;
}
