/* SPDX-License-Identifier: Apache-2.0 */
/*
 * choose: the shard that must step a packet.
 *
 * The shard is that of the flow between the packet's ends, or of the flow that
 * an ICMP error quotes.  Only a fragment needs more.
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
 */
#include <stdatomic.h>

#include "base/clock.h"
#include "shards/shard.h"

/* A note about a first fragment: 48 bits of tag, 16 bits of index. */
enum { INDEX_BITS = 16 };

/* Flag in a note's index: the datagram's first fragment has not arrived. */
enum { WITHOUT_FIRST = 0x8000 };

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
	_Atomic uint64_t *place = &shards->fragments[hash % SW_SHARD_NOTES];
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
