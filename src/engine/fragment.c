/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fragment: a set-associative table of datagrams under way.
 *
 * A hash of the datagram's name (addresses, identification, and for IPv4
 * the protocol) chooses a set of eight entries; within it names are
 * compared one by one.  An entry holds what was done with the first
 * fragment and the bytes seen, as ranges that grow together.  It ends when
 * all bytes up to the last fragment have been seen, or after 30 seconds
 * counted from the first, whatever comes meanwhile.
 *
 * A fragment inside what was seen is a repeat and goes alone.  One that
 * overlaps it in part, or lies past the end, is no accident: it condemns
 * the datagram, and all that still comes of it is refused by the same name
 * (RFC 5722; here for IPv4 too).  A fragment whose first has not come yet
 * is refused as an orphan, for without ports nobody can judge it and there
 * is no memory to wait in.
 */
#include "engine/fragment.h"

#include <stdlib.h>
#include <string.h>

#include "engine/tuple.h"

#define WAYS 8

/* Hashed and compared as bytes: no padding. */
struct name {
	struct sw_addr src, dst;
	uint32_t id;
	uint8_t family; /* 0: the entry is free */
	uint8_t proto;	/* IPv4 only (RFC 791; RFC 8200 §4.5) */
	uint8_t zero[2];
};

_Static_assert(sizeof(struct name) == 40, "name is hashed as bytes");

struct range {
	uint16_t begin, end; /* bytes; end is behind the last */
};

struct entry {
	struct name name;
	struct sw_time born;
	struct sw_fragment_first first;
	struct range ranges[SW_FRAGMENT_RANGES_MAX];
	uint8_t ranges_used;
	uint8_t count;	/* fragments accepted */
	uint8_t fault;	/* enum sw_parse that condemned it */
	uint16_t whole; /* bytes of all; 0 until the last was seen */
};

struct sw_fragments {
	uint8_t key[16];
	uint32_t sets;
	struct entry entries[];
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

static struct name
name_of(const struct sw_packet *packet)
{
	bool ip4 = packet->ends.family == SW_IPV4;

	return (struct name){
		.src = packet->ends.src,
		.dst = packet->ends.dst,
		.id = packet->fragment.id,
		.family = packet->ends.family,
		.proto = ip4 ? packet->ends.proto : 0,
	};
}

static struct entry *
set_of(struct sw_fragments *fragments, const struct name *name)
{
	uint64_t hash = sw_siphash13(fragments->key, name, sizeof(*name));
	uint64_t set = hash % fragments->sets;

	return &fragments->entries[set * WAYS];
}

static bool
is_live(const struct entry *entry, struct sw_time now)
{
	return entry->name.family != 0 &&
	       sw_time_ms_since(entry->born, now) < SW_FRAGMENT_SECONDS * 1000u;
}

static struct entry *
find(
    struct sw_fragments *fragments, const struct name *name, struct sw_time now)
{
	struct entry *set = set_of(fragments, name);

	for (unsigned i = 0; i < WAYS; i++)
		if (memcmp(&set[i].name, name, sizeof(*name)) == 0 &&
		    is_live(&set[i], now))
			return &set[i];
	return NULL;
}

static void
forget(struct entry *entry)
{
	memset(entry, 0, sizeof(*entry));
}

static bool
may_be_reused(const struct entry *entry, struct sw_time now)
{
	return entry->name.family == SW_IPV4 &&
	       sw_time_ms_since(entry->born, now) >= SW_FRAGMENT_REUSE_MS;
}

/* The last fragment fixes the end; nothing may lie behind it. */
static bool
passes_end(const struct entry *entry, struct range part, bool more)
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
overlap(const struct entry *entry, struct range part)
{
	for (unsigned i = 0; i < entry->ranges_used; i++) {
		struct range seen = entry->ranges[i];

		if (part.begin >= seen.end || part.end <= seen.begin)
			continue;
		if (part.begin >= seen.begin && part.end <= seen.end)
			return SW_PARSE_FRAGMENT_REPEAT;
		return SW_PARSE_FRAGMENT_OVERLAP;
	}
	return SW_PARSE_OK;
}

/* Takes out the ranges that touch part, which grows by them.  None
 * overlaps it. */
static struct range
absorb(struct entry *entry, struct range part)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < entry->ranges_used; i++) {
		struct range seen = entry->ranges[i];

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
judge(const struct entry *entry, struct range part, bool more)
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
add(struct entry *entry, const struct sw_fragment *fragment)
{
	struct range part = {
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
is_complete(const struct entry *entry)
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
step_first(
    struct entry *entry, const struct sw_fragment *fragment, struct sw_time now)
{
	if (entry != NULL && !may_be_reused(entry, now))
		return bad(add(entry, fragment));
	if (entry != NULL)
		forget(entry);
	return (struct sw_fragment_answer){ .kind = SW_FRAGMENT_FIRST };
}

static struct sw_fragment_answer
step_later(struct entry *entry, const struct sw_fragment *fragment)
{
	struct sw_fragment_answer answer = { .kind = SW_FRAGMENT_LATER };
	enum sw_parse fault;

	if (entry == NULL)
		return bad(SW_PARSE_FRAGMENT_ORPHAN);
	fault = add(entry, fragment);
	if (fault != SW_PARSE_OK)
		return bad(fault);
	answer.first = entry->first;
	if (is_complete(entry))
		forget(entry);
	return answer;
}

struct sw_fragment_answer
sw_fragments_step(struct sw_fragments *fragments,
    const struct sw_packet *packet, struct sw_time now)
{
	struct name name = name_of(packet);
	struct entry *entry;

	if (!packet->fragment.is_fragment)
		return (struct sw_fragment_answer){
			.kind = SW_FRAGMENT_WHOLE,
		};
	entry = find(fragments, &name, now);
	if (packet->fragment.offset == 0)
		return step_first(entry, &packet->fragment, now);
	return step_later(entry, &packet->fragment);
}

/* Whether a goes before b. */
static bool
worth_less(const struct entry *a, const struct entry *b, struct sw_time now)
{
	if (is_live(a, now) != is_live(b, now))
		return !is_live(a, now);
	if (a->first.passed != b->first.passed)
		return !a->first.passed;
	return a->born.ns < b->born.ns;
}

static struct entry *
make_room(struct sw_fragments *fragments, const struct name *name, bool passed,
    struct sw_time now)
{
	struct entry *set = set_of(fragments, name), *least = set;

	for (unsigned i = 1; i < WAYS; i++)
		if (worth_less(&set[i], least, now))
			least = &set[i];
	if (is_live(least, now) && least->first.passed && !passed)
		return NULL;
	return least;
}

void
sw_fragments_settle(struct sw_fragments *fragments,
    const struct sw_packet *packet, const struct sw_fragment_first *first,
    struct sw_time now)
{
	struct name name = name_of(packet);
	struct entry *entry = find(fragments, &name, now);

	if (entry == NULL)
		entry = make_room(fragments, &name, first->passed, now);
	if (entry == NULL)
		return;
	*entry = (struct entry){
		.name = name,
		.born = now,
		.first = *first,
	};
	(void)add(entry, &packet->fragment);
}

uint32_t
sw_fragments_count(const struct sw_fragments *fragments, struct sw_time now)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < fragments->sets * WAYS; i++)
		count += is_live(&fragments->entries[i], now);
	return count;
}
