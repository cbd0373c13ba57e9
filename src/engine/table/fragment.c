/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fragment: a set-associative table of incomplete datagrams.
 *
 * A hash of the datagram's name (addresses, identification, and for IPv4 the
 * protocol) selects a set of eight entries; within it names are compared one by
 * one.  An entry has the first fragment, what was done with it, and the bytes
 * seen, as ranges that grow together.  An entry has two phases:
 *
 *	EARLY	later fragments have arrived, the first has not
 *	HALF	the first has arrived, more is missing
 *
 * It ends when all bytes up to the last fragment have been seen, or 30 seconds
 * after its earliest fragment, whatever arrives in the meantime.  A number may
 * be used again at once, so a fragment that repeats a part of a complete
 * datagram begins another one.
 *
 * A fragment inside what was seen is a repeat and is refused alone.  One that
 * overlaps it in part, or is past the end, is no accident: the datagram is
 * condemned, and every further fragment of it is refused with the same fault
 * (RFC 5722; here for IPv4 too).
 */
#include "engine/table/fragment.h"

#include <stdlib.h>
#include <string.h>

#include "engine/table/fragment_set.h"
#include "engine/table/tuple.h"

#define WAYS SW_FRAGMENT_WAYS

struct sw_fragments {
	uint8_t key[16];
	uint32_t sets;
	struct sw_fragment_entry entries[];
};

struct sw_fragments *
sw_fragments_create(uint32_t entries, const uint8_t key[16])
{
	uint32_t sets = entries / WAYS + (entries % WAYS != 0);
	struct sw_fragments *fragments;

	if (sets == 0)
		sets = 1;
	fragments =
	    calloc(1, sizeof(*fragments) +
			  (size_t)sets * WAYS * sizeof(fragments->entries[0]));
	if (fragments == NULL)
		return NULL;
	memcpy(fragments->key, key, sizeof(fragments->key));
	fragments->sets = sets;
	return fragments;
}

void
sw_fragments_destroy(struct sw_fragments *fragments)
{
	free(fragments);
}

static struct sw_fragment_name
name_of(const struct sw_packet *packet)
{
	bool ip4 = packet->ends.family == SW_IPV4;

	return (struct sw_fragment_name){
		.src = packet->ends.src,
		.dst = packet->ends.dst,
		.id = packet->fragment.id,
		.family = packet->ends.family,
		.proto = ip4 ? packet->ends.proto : 0,
		.zone = packet->ends.zone,
	};
}

static struct sw_fragment_entry *
set_of(struct sw_fragments *fragments, const struct sw_fragment_name *name)
{
	uint64_t hash = sw_tuple_siphash13(fragments->key, name, sizeof(*name));
	uint64_t set = hash % fragments->sets;

	return &fragments->entries[set * WAYS];
}

static void
forget(struct sw_fragment_entry *entry)
{
	memset(entry, 0, sizeof(*entry));
}

/* Its number may by now be that of another datagram. */
static bool
may_be_reused(const struct sw_fragment_entry *entry, struct sw_time now)
{
	return entry->name.family == SW_IPV4 &&
	       sw_time_ms_since(entry->born, now) >= SW_FRAGMENT_REUSE_MS;
}

/* Fragments without their first one for this long belong to a datagram that
 * lost it. */
static bool
is_stale(const struct sw_fragment_entry *entry, struct sw_time now)
{
	return entry->phase == SW_FRAGMENT_PHASE_EARLY &&
	       may_be_reused(entry, now);
}

static struct sw_fragment_entry *
find(struct sw_fragments *fragments, const struct sw_fragment_name *name,
    struct sw_time now)
{
	struct sw_fragment_entry *set = set_of(fragments, name);

	for (unsigned i = 0; i < WAYS; i++) {
		if (memcmp(&set[i].name, name, sizeof(*name)) != 0 ||
		    !sw_fragment_set_is_live(&set[i], now))
			continue;
		if (!is_stale(&set[i], now))
			return &set[i];
		forget(&set[i]);
	}
	return NULL;
}

/* The last fragment fixes the end; nothing may follow it. */
static bool
passes_end(const struct sw_fragment_entry *entry, struct sw_fragment_range part,
    bool more)
{
	if (entry->whole != 0)
		return part.end > entry->whole ||
		       (!more && part.end != entry->whole);
	for (unsigned i = 0; !more && i < entry->ranges_used; i++)
		if (entry->ranges[i].end > part.end)
			return true;
	return false;
}

static enum sw_parse
overlap(const struct sw_fragment_entry *entry, struct sw_fragment_range part)
{
	for (unsigned i = 0; i < entry->ranges_used; i++) {
		struct sw_fragment_range seen = entry->ranges[i];

		if (part.begin >= seen.end || part.end <= seen.begin)
			continue;
		if (part.begin >= seen.begin && part.end <= seen.end)
			return SW_PARSE_FRAGMENT_REPEAT;
		return SW_PARSE_FRAGMENT_OVERLAP;
	}
	return SW_PARSE_OK;
}

/* Removes the ranges that touch part, which grows by them.  None overlaps
 * it. */
static struct sw_fragment_range
absorb(struct sw_fragment_entry *entry, struct sw_fragment_range part)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < entry->ranges_used; i++) {
		struct sw_fragment_range seen = entry->ranges[i];

		if (seen.end == part.begin)
			part.begin = seen.begin;
		else if (seen.begin == part.end)
			part.end = seen.end;
		else
			entry->ranges[kept++] = seen;
	}
	entry->ranges_used = (uint8_t)kept;
	return part;
}

static enum sw_parse
judge(const struct sw_fragment_entry *entry, struct sw_fragment_range part,
    bool more)
{
	if (entry->fault != SW_PARSE_OK)
		return (enum sw_parse)entry->fault;
	if (entry->count == SW_FRAGMENT_COUNT_MAX ||
	    passes_end(entry, part, more))
		return SW_PARSE_FRAGMENT_ENDLESS;
	return overlap(entry, part);
}

/* => SW_PARSE_OK when the part is new and in its place */
static enum sw_parse
add(struct sw_fragment_entry *entry, const struct sw_fragment *fragment)
{
	struct sw_fragment_range part = {
		.begin = fragment->offset,
		.end = (uint16_t)(fragment->offset + fragment->length),
	};
	enum sw_parse fault = judge(entry, part, fragment->more);

	if (fault == SW_PARSE_OK) {
		part = absorb(entry, part);
		if (entry->ranges_used == SW_FRAGMENT_RANGES_MAX)
			fault = SW_PARSE_FRAGMENT_ENDLESS;
	}
	if (fault != SW_PARSE_OK) {
		if (fault != SW_PARSE_FRAGMENT_REPEAT)
			entry->fault = (uint8_t)fault;
		return fault;
	}
	entry->ranges[entry->ranges_used++] = part;
	entry->count++;
	if (!fragment->more)
		entry->whole = part.end;
	return SW_PARSE_OK;
}

static bool
is_complete(const struct sw_fragment_entry *entry)
{
	return entry->whole != 0 && entry->ranges_used == 1 &&
	       entry->ranges[0].begin == 0;
}

static struct sw_fragment_answer
bad(enum sw_parse fault)
{
	return (struct sw_fragment_answer){
		.kind = SW_FRAGMENT_BAD,
		.fault = fault,
	};
}

static struct sw_fragment_answer
complete(struct sw_fragment_entry *entry, const struct sw_packet *first)
{
	struct sw_fragment_answer answer = { .kind = SW_FRAGMENT_COMPLETE };

	sw_packet_join(first, entry->whole, &answer.whole);
	forget(entry);
	return answer;
}

/* The first fragment arrives after others: they must fit together. */
static struct sw_fragment_answer
join_early(struct sw_fragment_entry *entry, const struct sw_packet *packet)
{
	enum sw_parse fault = add(entry, &packet->fragment);

	if (fault != SW_PARSE_OK)
		return bad(fault);
	if (is_complete(entry))
		return complete(entry, packet);
	return (struct sw_fragment_answer){ .kind = SW_FRAGMENT_FIRST };
}

static struct sw_fragment_answer
step_first(struct sw_fragment_entry *entry, const struct sw_packet *packet,
    struct sw_time now)
{
	bool half = entry != NULL && entry->phase == SW_FRAGMENT_PHASE_HALF;

	if (packet->fragment.headers > SW_FRAGMENT_HEADERS_MAX)
		return bad(SW_PARSE_FRAGMENT_HEADERS);
	if (half && !may_be_reused(entry, now))
		return bad(add(entry, &packet->fragment));
	if (entry != NULL && entry->phase == SW_FRAGMENT_PHASE_EARLY)
		return join_early(entry, packet);
	if (entry != NULL)
		forget(entry);
	return (struct sw_fragment_answer){ .kind = SW_FRAGMENT_FIRST };
}

static struct sw_fragment_answer
step_early(const struct sw_packet *packet)
{
	if (packet->fragment.offset < SW_FRAGMENT_HEADERS_MAX)
		return bad(SW_PARSE_FRAGMENT_ORPHAN);
	return (struct sw_fragment_answer){ .kind = SW_FRAGMENT_EARLY };
}

static struct sw_fragment_answer
step_later(struct sw_fragment_entry *entry, const struct sw_packet *packet)
{
	struct sw_fragment_answer answer = { .kind = SW_FRAGMENT_LATER };
	enum sw_parse fault;

	if (entry == NULL || entry->phase == SW_FRAGMENT_PHASE_EARLY)
		return step_early(packet);
	fault = add(entry, &packet->fragment);
	if (fault != SW_PARSE_OK)
		return bad(fault);
	answer.first = entry->first;
	if (!is_complete(entry))
		return answer;
	if (!answer.first.final)
		return complete(entry, &answer.first.packet);
	forget(entry);
	return answer;
}

struct sw_fragment_answer
sw_fragments_step(struct sw_fragments *fragments,
    const struct sw_packet *packet, struct sw_time now)
{
	struct sw_fragment_name name = name_of(packet);
	struct sw_fragment_entry *entry;

	if (!packet->fragment.is_fragment)
		return (struct sw_fragment_answer){
			.kind = SW_FRAGMENT_WHOLE,
		};
	entry = find(fragments, &name, now);
	if (packet->fragment.offset == 0)
		return step_first(entry, packet, now);
	return step_later(entry, packet);
}

static void
begin(struct sw_fragment_entry *entry, const struct sw_fragment_name *name,
    struct sw_time now)
{
	*entry = (struct sw_fragment_entry){ .name = *name, .born = now };
}

bool
sw_fragments_resolve(struct sw_fragments *fragments,
    const struct sw_fragment_first *first, struct sw_time now)
{
	struct sw_fragment_name name = name_of(&first->packet);
	struct sw_fragment_entry *entry = find(fragments, &name, now);

	if (entry == NULL) {
		struct sw_fragment_entry *set = set_of(fragments, &name);

		entry = first->passed ? sw_fragment_set_passed(set, &name, now)
				      : sw_fragment_set_refused(set, now);
		if (entry == NULL)
			return false;
		begin(entry, &name, now);
		(void)add(entry, &first->packet.fragment);
	}
	entry->phase = SW_FRAGMENT_PHASE_HALF;
	entry->first = *first;
	return true;
}

enum sw_parse
sw_fragments_expect(struct sw_fragments *fragments,
    const struct sw_packet *packet, struct sw_time now)
{
	struct sw_fragment_name name = name_of(packet);
	struct sw_fragment_entry *entry = find(fragments, &name, now);

	if (entry == NULL) {
		entry =
		    sw_fragment_set_early(set_of(fragments, &name), &name, now);
		if (entry == NULL)
			return SW_PARSE_FRAGMENT_ORPHAN;
		begin(entry, &name, now);
	}
	return add(entry, &packet->fragment);
}

bool
sw_fragments_know_first(struct sw_fragments *fragments,
    const struct sw_packet *packet, struct sw_time now)
{
	struct sw_fragment_name name = name_of(packet);
	const struct sw_fragment_entry *entry = find(fragments, &name, now);

	return entry != NULL && entry->phase != SW_FRAGMENT_PHASE_EARLY;
}

void
sw_fragments_move(struct sw_fragments *from, struct sw_fragments *to,
    const struct sw_packet *packet, struct sw_time now)
{
	struct sw_fragment_name name = name_of(packet);
	struct sw_fragment_entry *old = find(from, &name, now), *entry;

	if (old == NULL || old->phase != SW_FRAGMENT_PHASE_EARLY ||
	    find(to, &name, now) != NULL)
		return;
	entry = sw_fragment_set_early(set_of(to, &name), &name, now);
	if (entry != NULL)
		*entry = *old;
	forget(old);
}

uint32_t
sw_fragments_count(const struct sw_fragments *fragments, struct sw_time now)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < fragments->sets * WAYS; i++)
		count += sw_fragment_set_is_live(&fragments->entries[i], now);
	return count;
}
