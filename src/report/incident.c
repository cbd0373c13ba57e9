/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A drop is looked up under its narrowest key, then under wider ones.  When a
 * group (same message, cause, rule, interfaces) has many incidents, it opens no
 * more narrow ones: where half of them share the server, one incident counts
 * all further drops towards that server; where half share the client's network,
 * one counts those; otherwise one counts them all.  So a flood with a million
 * different keys needs a few dozen entries, and each of its drops is counted in
 * one of them.
 *
 * Entry 0 counts drops that find no room in the table.
 *
 * A drop gets a line of its own when it is one of the first few of an incident,
 * or the first with new flags, as long as the overall rate allows it.
 */
#include <stdlib.h>
#include <string.h>

#include "report/incident_internal.h"

/* Ids look random and do not repeat within 65536.  Another run starts at
 * another id. */
static uint16_t
next_id(struct sw_incidents *incidents, const struct sw_event *event)
{
	if (incidents->serial++ == 0)
		incidents->salt = (uint16_t)sw_incident_hash(
		    &event->time, sizeof event->time);
	return (uint16_t)(incidents->serial * 40503u + incidents->salt);
}

struct sw_incidents *
sw_incidents_create(uint32_t rate, uint32_t interval)
{
	void *memory = calloc(1, sw_incidents_memory());
	uint32_t torn;

	if (memory == NULL)
		return NULL;
	return sw_incidents_open(
	    memory, rate, interval, (struct sw_time){ 0 }, &torn);
}

void
sw_incidents_destroy(struct sw_incidents *incidents)
{
	free(incidents);
}

void
sw_incidents_set(
    struct sw_incidents *incidents, uint32_t rate, uint32_t interval)
{
	incidents->rate = rate;
	incidents->interval = interval > 0 ? interval : 1;
	/* The next check finds what is due under the new interval. */
	incidents->next_due.ns = 0;
}

/* Unused lines are saved up, at most for one second. */
static void
add_credit(struct sw_incidents *incidents, struct sw_time now)
{
	uint64_t full = incidents->rate * SW_NS_PER_SECOND, gone;

	if (now.ns <= incidents->credited.ns)
		return;
	gone = now.ns - incidents->credited.ns;
	incidents->credited = now;
	if (gone >= SW_NS_PER_SECOND)
		incidents->credit = full;
	else
		incidents->credit += gone * incidents->rate;
	if (incidents->credit > full)
		incidents->credit = full;
}

bool
sw_incident_may_write(struct sw_incidents *incidents, struct sw_time now)
{
	if (incidents->rate == 0 || incidents->finishing)
		return true;
	add_credit(incidents, now);
	if (incidents->credit < SW_NS_PER_SECOND)
		return false;
	incidents->credit -= SW_NS_PER_SECOND;
	return true;
}

uint16_t
sw_incident_find(
    const struct sw_incidents *incidents, const struct incident_key *key)
{
	uint32_t hash = sw_incident_hash(key, sizeof *key);
	uint16_t i = incidents->chains[hash % INCIDENT_CHAINS];

	while (i != 0 &&
	       (incidents->entries[i].hash != hash ||
		   memcmp(&incidents->entries[i].key, key, sizeof *key) != 0))
		i = incidents->entries[i].next;
	return i;
}

static uint16_t
find_any(const struct sw_incidents *incidents, const struct incident_key *key)
{
	enum incident_scope scope = sw_incident_scope(key->group.cause);
	uint16_t i = 0;

	for (; i == 0 && scope < SCOPE_MIXED; scope++) {
		struct incident_key wider = sw_incident_widen(key, scope);

		i = sw_incident_find(incidents, &wider);
	}
	return i;
}

static bool
is_in_use(const struct incident_entry *entry)
{
	return entry->seen.drops > 0;
}

/* Counts how much of the table resembles this key. */
struct census {
	unsigned group, server, client;
};

static struct census
take_census(
    const struct sw_incidents *incidents, const struct incident_key *key)
{
	struct census census = { 0 };

	for (unsigned i = 1; i < INCIDENT_ROOM; i++) {
		const struct incident_entry *entry = &incidents->entries[i];
		const struct incident_key *other = &entry->key;

		if (!is_in_use(entry) ||
		    memcmp(&other->group, &key->group, sizeof key->group) != 0)
			continue;
		census.group++;
		census.server += other->port == key->port &&
				 memcmp(&other->server, &key->server,
				     sizeof key->server) == 0;
		census.client += memcmp(&other->client, &key->client,
				     sizeof key->client) == 0;
	}
	return census;
}

static enum incident_scope
choose_scope(
    const struct sw_incidents *incidents, const struct incident_key *key)
{
	enum incident_scope narrowest = sw_incident_scope(key->group.cause);
	struct census census = take_census(incidents, key);

	if (census.group < INCIDENT_ALIKE)
		return narrowest;
	if (narrowest == SCOPE_NARROW && census.server >= INCIDENT_ALIKE / 2)
		return SCOPE_SERVER;
	if (narrowest == SCOPE_NARROW && census.client >= INCIDENT_ALIKE / 2)
		return SCOPE_CLIENT;
	return SCOPE_GROUP;
}

static uint16_t *
chain_of(struct sw_incidents *incidents, uint32_t hash)
{
	return &incidents->chains[hash % INCIDENT_CHAINS];
}

void
sw_incident_link(struct sw_incidents *incidents, uint16_t index)
{
	uint16_t *chain = chain_of(incidents, incidents->entries[index].hash);

	incidents->entries[index].next = *chain;
	*chain = index;
}

void
sw_incident_remove(struct sw_incidents *incidents, uint16_t index)
{
	struct incident_entry *entry = &incidents->entries[index];
	uint16_t *link = chain_of(incidents, entry->hash);

	if (index == 0) {
		sw_incident_begin_mixed(incidents);
		return;
	}
	while (*link != index)
		link = &incidents->entries[*link].next;
	*link = entry->next;
	entry->seen.drops = 0;
	entry->next = incidents->free;
	incidents->free = index;
}

static bool
was_all_logged(const struct incident_entry *entry)
{
	return entry->seen.logged == entry->seen.drops;
}

/* Frees the least useful entry: of those without anything left to report, the
 * one silent for longest.
 * => false when each has something to report */
static bool
make_room(struct sw_incidents *incidents)
{
	struct incident_entry *list = incidents->entries;
	uint16_t oldest = 0;

	for (uint16_t i = 1; i < INCIDENT_ROOM; i++)
		if (was_all_logged(&list[i]) &&
		    (oldest == 0 ||
			list[i].seen.last.ns < list[oldest].seen.last.ns))
			oldest = i;
	if (oldest != 0)
		sw_incident_remove(incidents, oldest);
	return oldest != 0;
}

/* => 0 when there is no room */
static uint16_t
open_entry(struct sw_incidents *incidents, const struct incident_key *key)
{
	uint16_t i;

	if (incidents->free == 0 && !make_room(incidents))
		return 0;
	i = incidents->free;
	incidents->free = incidents->entries[i].next;
	memset(&incidents->entries[i], 0, sizeof incidents->entries[i]);
	incidents->entries[i].key = *key;
	incidents->entries[i].hash = sw_incident_hash(key, sizeof *key);
	sw_incident_link(incidents, i);
	return i;
}

static struct incident_entry *
entry_of(struct sw_incidents *incidents, const struct incident_key *key)
{
	uint16_t i = find_any(incidents, key);

	if (i == 0) {
		struct incident_key wider =
		    sw_incident_widen(key, choose_scope(incidents, key));

		i = open_entry(incidents, &wider);
	}
	return &incidents->entries[i];
}

static void
describe(struct sw_incidents *incidents, struct incident_entry *entry,
    const struct sw_event *event, const struct sw_endpoints *ends)
{
	struct sw_incident *seen = &entry->seen;
	enum incident_scope scope = entry->key.scope;

	seen->id = next_id(incidents, event);
	seen->message = event->refused.message;
	seen->cause = event->judgement.cause;
	seen->action = event->refused.action;
	seen->rule = event->rule;
	seen->in = event->in;
	seen->out = event->out;
	seen->example = *ends;
	seen->first = event->time;
	seen->any_client = scope != SCOPE_NARROW && scope != SCOPE_CLIENT;
	seen->any_server = scope != SCOPE_NARROW && scope != SCOPE_SERVER;
	seen->mixed = scope == SCOPE_MIXED;
	seen->open = true;
}

static void
count_parties(struct incident_entry *entry, const struct sw_endpoints *ends)
{
	struct sw_endpoints server = *ends;

	server.src = (struct sw_addr){ { 0 } };
	server.sport = 0;
	sw_distinct_count_add(
	    &entry->clients, sw_incident_hash(&ends->src, sizeof ends->src));
	sw_distinct_count_add(
	    &entry->servers, sw_incident_hash(&server, sizeof server));
}

static void
tally(struct sw_incident_tally *tally, uint8_t flags)
{
	for (unsigned i = 0; i < tally->n; i++)
		if (tally->list[i].flags == flags) {
			tally->list[i].drops++;
			return;
		}
	if (tally->n == SW_INCIDENT_FLAGS) {
		tally->other++;
		return;
	}
	tally->list[tally->n++] = (struct sw_incident_flags){ flags, 1 };
}

/* Does this drop have flags that its incident has not shown yet? */
static bool
is_news(struct incident_entry *entry, uint8_t flags)
{
	uint64_t bit = UINT64_C(1) << flags;
	bool is_new = (entry->flags & bit) == 0;

	entry->flags |= bit;
	entry->n_flags += is_new;
	return (is_new && entry->n_flags <= SW_INCIDENT_FLAGS) ||
	       entry->seen.drops <= INCIDENT_FIRST;
}

struct sw_time
sw_incident_due_at(
    const struct sw_incidents *incidents, const struct incident_entry *entry)
{
	if (entry->seen.drops_interval > 0)
		return sw_time_add_ms(
		    entry->since, incidents->interval * UINT64_C(1000));
	if (entry->ending)
		return (struct sw_time){ 0 };
	return sw_time_add_ms(
	    entry->seen.last, incidents->interval * UINT64_C(1000));
}

static void
fold(struct incident_entry *entry, struct sw_time now, uint8_t flags)
{
	if (entry->seen.drops_interval++ == 0)
		entry->since = now;
	tally(&entry->tally, flags);
}

static void
look_earlier(struct sw_incidents *incidents, const struct incident_entry *entry)
{
	struct sw_time due = sw_incident_due_at(incidents, entry);

	if (due.ns < incidents->next_due.ns)
		incidents->next_due = due;
}

enum sw_incident_act
sw_incidents_add(struct sw_incidents *incidents, const struct sw_event *event)
{
	struct sw_endpoints ends = sw_incident_ends(event);
	struct incident_key key = sw_incident_key(event, &ends);
	struct incident_entry *entry = entry_of(incidents, &key);
	struct sw_incident *seen = &entry->seen;
	uint8_t flags = event->refused.tcp_flags & INCIDENT_FLAG_BITS;
	bool logged;

	if (seen->drops++ == 0)
		describe(incidents, entry, event, &ends);
	if (event->time.ns > seen->last.ns)
		seen->last = event->time;
	count_parties(entry, &ends);
	logged = is_news(entry, flags) &&
		 sw_incident_may_write(incidents, event->time);
	if (logged)
		seen->logged++;
	else
		fold(entry, event->time, flags);
	look_earlier(incidents, entry);
	return logged ? SW_INCIDENT_LOG : SW_INCIDENT_COUNT;
}
