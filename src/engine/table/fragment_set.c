/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fragment_set: decides which entry a new one replaces.
 *
 * Free places are used first, then refused datagrams, then those without a
 * first fragment.  Among those whose first has passed, the source with the most
 * places in the set loses its oldest one.  Sources with few places keep what is
 * younger than GRACE_MS, which is far longer than an honest datagram needs; so
 * a flood from many addresses must refill the whole table every second to keep
 * new datagrams out, and even then replaces nothing that honest hosts are
 * sending.
 */
#include "engine/table/fragment_set.h"

#include <string.h>

#define GRACE_MS 1000u
/* From this many places in a set on, a source counts as the one that fills
 * it. */
#define CROWD (SW_FRAGMENT_WAYS / 2)

enum worth {
	FREE,
	REFUSED,
	EARLY,
	PASSED,
};

bool
sw_fragment_set_is_live(
    const struct sw_fragment_entry *entry, struct sw_time now)
{
	return entry->name.family != 0 &&
	       sw_time_ms_since(entry->born, now) < SW_FRAGMENT_SECONDS * 1000u;
}

static enum worth
worth_of(const struct sw_fragment_entry *entry, struct sw_time now)
{
	if (!sw_fragment_set_is_live(entry, now))
		return FREE;
	if (entry->phase == SW_FRAGMENT_PHASE_EARLY)
		return EARLY;
	return entry->first.passed ? PASSED : REFUSED;
}

/* The least valuable entry, the oldest among equals. */
static struct sw_fragment_entry *
least(struct sw_fragment_entry set[SW_FRAGMENT_WAYS], struct sw_time now)
{
	struct sw_fragment_entry *found = &set[0];

	for (unsigned i = 1; i < SW_FRAGMENT_WAYS; i++) {
		enum worth worth = worth_of(&set[i], now);
		enum worth best = worth_of(found, now);

		if (worth < best ||
		    (worth == best && set[i].born.ns < found->born.ns))
			found = &set[i];
	}
	return found;
}

/* A host with one IPv6 address has its /64. */
static bool
same_source(const struct sw_fragment_name *a, const struct sw_fragment_name *b)
{
	size_t bytes = a->family == SW_IPV6 ? 8 : 4;

	return a->family == b->family && memcmp(&a->src, &b->src, bytes) == 0;
}

static unsigned
places_of(const struct sw_fragment_entry set[SW_FRAGMENT_WAYS],
    const struct sw_fragment_name *name)
{
	unsigned places = 0;

	for (unsigned i = 0; i < SW_FRAGMENT_WAYS; i++)
		places += same_source(&set[i].name, name);
	return places;
}

/* Among entries of that value: the oldest of the source with the most
 * places. */
static struct sw_fragment_entry *
most_crowded(struct sw_fragment_entry set[SW_FRAGMENT_WAYS], enum worth worth,
    const struct sw_fragment_name *name, struct sw_time now)
{
	struct sw_fragment_entry *found = NULL;
	unsigned most = 0;

	for (unsigned i = 0; i < SW_FRAGMENT_WAYS; i++) {
		struct sw_fragment_entry *entry = &set[i];
		unsigned places = places_of(set, &entry->name);

		if (worth_of(entry, now) != worth ||
		    (sw_time_ms_since(entry->born, now) < GRACE_MS &&
			places < CROWD && !same_source(&entry->name, name)))
			continue;
		if (found != NULL && places == most &&
		    entry->born.ns >= found->born.ns)
			continue;
		if (places >= most) {
			found = entry;
			most = places;
		}
	}
	return found;
}

struct sw_fragment_entry *
sw_fragment_set_passed(struct sw_fragment_entry set[SW_FRAGMENT_WAYS],
    const struct sw_fragment_name *name, struct sw_time now)
{
	struct sw_fragment_entry *entry = least(set, now);

	if (worth_of(entry, now) < PASSED)
		return entry;
	return most_crowded(set, PASSED, name, now);
}

struct sw_fragment_entry *
sw_fragment_set_refused(
    struct sw_fragment_entry set[SW_FRAGMENT_WAYS], struct sw_time now)
{
	struct sw_fragment_entry *entry = least(set, now);

	return worth_of(entry, now) <= REFUSED ? entry : NULL;
}

struct sw_fragment_entry *
sw_fragment_set_early(struct sw_fragment_entry set[SW_FRAGMENT_WAYS],
    const struct sw_fragment_name *name, struct sw_time now)
{
	struct sw_fragment_entry *entry = least(set, now);
	unsigned early = 0;

	for (unsigned i = 0; i < SW_FRAGMENT_WAYS; i++)
		early += worth_of(&set[i], now) == EARLY;
	if (early >= SW_FRAGMENT_EARLY_WAYS)
		return most_crowded(set, EARLY, name, now);
	return worth_of(entry, now) <= REFUSED ? entry : NULL;
}
