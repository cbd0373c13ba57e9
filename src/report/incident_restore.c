/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Incidents in memory that an earlier process may have left.
 *
 * That process may have been of another build, or may have died while it
 * changed an entry.  So no index in the memory is followed: the chains and the
 * list of free entries are made again, from the entries whose every number
 * makes sense and whose hash is that of their key.
 */
#include <string.h>

#include "report/event_check.h"
#include "report/incident_internal.h"
#include "synward/policy.h"

void
sw_incident_begin_mixed(struct sw_incidents *incidents)
{
	memset(&incidents->entries[0], 0, sizeof incidents->entries[0]);
	incidents->entries[0].key.scope = SCOPE_MIXED;
}

/* A byte that is to be read as a bool. */
static bool
is_bool(const bool *byte)
{
	uint8_t value;

	memcpy(&value, byte, sizeof value);
	return value <= 1;
}

static bool
is_sane_incident(const struct sw_incident *seen, struct sw_time now)
{
	return seen->message < SW_MESSAGE_COUNT &&
	       seen->cause < SW_CAUSE_COUNT && seen->action < SW_ACTION_COUNT &&
	       seen->rule < SW_RULE_SLOTS && seen->first.ns <= seen->last.ns &&
	       seen->last.ns <= now.ns && seen->logged <= seen->drops &&
	       seen->drops_interval <= seen->drops &&
	       is_bool(&seen->any_client) && is_bool(&seen->any_server) &&
	       is_bool(&seen->mixed) && is_bool(&seen->open);
}

static bool
is_sane_count(const struct sw_distinct_count *count)
{
	return count->n <= SW_DISTINCT_ROOM && count->level <= 24;
}

static bool
is_sane_entry(const struct incident_entry *entry, struct sw_time now)
{
	return entry->seen.drops > 0 && is_sane_incident(&entry->seen, now) &&
	       entry->since.ns <= now.ns && is_bool(&entry->ending) &&
	       entry->tally.n <= SW_INCIDENT_FLAGS &&
	       is_sane_count(&entry->clients) && is_sane_count(&entry->servers);
}

static bool
is_own_key(const struct sw_incidents *incidents, uint16_t i)
{
	const struct incident_entry *entry = &incidents->entries[i];

	return entry->key.scope < SCOPE_MIXED &&
	       entry->hash ==
		   sw_incident_hash(&entry->key, sizeof entry->key) &&
	       sw_incident_find(incidents, &entry->key) == 0;
}

/* => entries dropped, those that hold nothing not counted */
static uint32_t
restore_entries(struct sw_incidents *incidents, struct sw_time now)
{
	uint32_t torn = 0;

	memset(incidents->chains, 0, sizeof incidents->chains);
	incidents->free = 0;
	for (uint16_t i = INCIDENT_ROOM - 1; i > 0; i--) {
		struct incident_entry *entry = &incidents->entries[i];

		if (is_sane_entry(entry, now) && is_own_key(incidents, i)) {
			sw_incident_link(incidents, i);
			continue;
		}
		torn += entry->seen.drops > 0;
		memset(entry, 0, sizeof *entry);
		entry->next = incidents->free;
		incidents->free = i;
	}
	return torn;
}

static uint32_t
restore_closed(struct sw_incidents *incidents, struct sw_time now)
{
	uint32_t torn = 0;

	for (unsigned i = 0; i < INCIDENT_CLOSED; i++) {
		struct sw_incident *closed = &incidents->closed[i];

		if (closed->drops == 0 || is_sane_incident(closed, now))
			continue;
		memset(closed, 0, sizeof *closed);
		torn++;
	}
	return torn;
}

static uint32_t
restore_mixed(struct sw_incidents *incidents, struct sw_time now)
{
	struct incident_entry *mixed = &incidents->entries[0];
	bool was_used = mixed->seen.drops > 0;

	if (is_sane_entry(mixed, now) && mixed->key.scope == SCOPE_MIXED)
		return 0;
	sw_incident_begin_mixed(incidents);
	return was_used;
}

size_t
sw_incidents_memory(void)
{
	return sizeof(struct sw_incidents);
}

struct sw_incidents *
sw_incidents_open(void *memory, uint32_t rate, uint32_t interval,
    struct sw_time now, uint32_t *torn)
{
	struct sw_incidents *incidents = memory;

	*torn = restore_entries(incidents, now);
	*torn += restore_closed(incidents, now);
	*torn += restore_mixed(incidents, now);
	incidents->finishing = false;
	incidents->credit = rate * SW_NS_PER_SECOND;
	incidents->credited = now;
	sw_incidents_set(incidents, rate, interval);
	return incidents;
}
