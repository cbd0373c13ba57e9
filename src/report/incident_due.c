/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decides which report is due, and when.
 *
 *	first drops -> folding --interval--> a line; the next counts begin
 *	                  |  nothing for an interval
 *	                  +-------> closing line, removed
 *
 * An incident whose drops were all logged one by one ends without a line.  A
 * line that the rate does not allow now stays due: its counts grow in the
 * meantime, and nothing is lost.
 *
 * A wide incident hides clients and servers, so it ends as soon as an interval
 * would have had room for narrow ones.
 */
#include <stdlib.h>
#include <string.h>

#include "report/incident_internal.h"

enum due {
	DUE_NOTHING,
	DUE_INTERVAL,
	DUE_CLOSED,
	DUE_SILENT_END,
};

static enum due
what_is_due(const struct sw_incidents *incidents,
    const struct incident_entry *entry, struct sw_time now)
{
	const struct sw_incident *seen = &entry->seen;

	if (seen->drops == 0)
		return DUE_NOTHING;
	if (!incidents->finishing &&
	    sw_incident_due_at(incidents, entry).ns > now.ns)
		return DUE_NOTHING;
	if (seen->drops_interval > 0)
		return DUE_INTERVAL;
	return seen->logged == seen->drops ? DUE_SILENT_END : DUE_CLOSED;
}

static bool
is_wide(const struct incident_entry *entry)
{
	return entry->key.scope > sw_incident_scope(entry->seen.cause);
}

static void
end_interval(struct incident_entry *entry)
{
	entry->ending =
	    is_wide(entry) && entry->seen.drops_interval < INCIDENT_ALIKE;
	entry->seen.drops_interval = 0;
	entry->seen.lines++;
	memset(&entry->tally, 0, sizeof entry->tally);
}

/* A copy of the incident with its estimated counts. */
static struct sw_incident
picture(const struct incident_entry *entry)
{
	struct sw_incident seen = entry->seen;

	seen.clients = sw_distinct_count_count(&entry->clients);
	seen.servers = sw_distinct_count_count(&entry->servers);
	return seen;
}

static void
keep_closed(struct sw_incidents *incidents, const struct incident_entry *entry)
{
	struct sw_incident *kept =
	    &incidents->closed[incidents->n_closed++ % INCIDENT_CLOSED];

	*kept = picture(entry);
	kept->open = false;
}

/* Full seconds, at least one, because "in 0s" has no meaning. */
static uint32_t
seconds_between(struct sw_time from, struct sw_time to)
{
	uint64_t seconds = (sw_time_ms_since(from, to) + 500) / 1000;

	return seconds > 0 ? (uint32_t)seconds : 1;
}

static int
more_drops_first(const void *a, const void *b)
{
	const struct sw_incident_flags *one = a, *other = b;

	if (one->drops != other->drops)
		return one->drops < other->drops ? 1 : -1;
	return one->flags - other->flags;
}

static void
report_interval(const struct incident_entry *entry, struct sw_time now,
    struct sw_incident_report *report)
{
	*report = (struct sw_incident_report){
		.incident = picture(entry),
		.drops = entry->seen.drops_interval,
		.seconds = seconds_between(entry->since, now),
		.tally = entry->tally,
	};
	qsort(report->tally.list, report->tally.n, sizeof report->tally.list[0],
	    more_drops_first);
}

static void
report_closed(
    const struct incident_entry *entry, struct sw_incident_report *report)
{
	const struct sw_incident *seen = &entry->seen;

	*report = (struct sw_incident_report){
		.incident = picture(entry),
		.closing = true,
		.drops = seen->drops,
		.seconds = seconds_between(seen->first, seen->last),
	};
	report->incident.open = false;
}

/* => whether there is a report */
static bool
do_due(struct sw_incidents *incidents, uint16_t i, enum due due,
    struct sw_time now, struct sw_incident_report *report)
{
	struct incident_entry *entry = &incidents->entries[i];

	if (due == DUE_INTERVAL) {
		report_interval(entry, now, report);
		end_interval(entry);
		return true;
	}
	if (due == DUE_CLOSED)
		report_closed(entry, report);
	keep_closed(incidents, entry);
	sw_incident_remove(incidents, i);
	return due == DUE_CLOSED;
}

static struct sw_time
earliest_due(const struct sw_incidents *incidents)
{
	struct sw_time earliest = { UINT64_MAX };

	for (unsigned i = 0; i < INCIDENT_ROOM; i++) {
		const struct incident_entry *entry = &incidents->entries[i];
		struct sw_time due = sw_incident_due_at(incidents, entry);

		if (entry->seen.drops > 0 && due.ns < earliest.ns)
			earliest = due;
	}
	return earliest;
}

bool
sw_incident_due(struct sw_incidents *incidents, struct sw_time now,
    struct sw_incident_report *report)
{
	if (!incidents->finishing && now.ns < incidents->next_due.ns)
		return false;
	for (uint16_t i = 0; i < INCIDENT_ROOM; i++) {
		enum due due =
		    what_is_due(incidents, &incidents->entries[i], now);

		if (due == DUE_NOTHING)
			continue;
		if (due != DUE_SILENT_END &&
		    !sw_incident_may_write(incidents, now))
			return false;
		if (do_due(incidents, i, due, now, report))
			return true;
	}
	incidents->next_due = earliest_due(incidents);
	return false;
}

void
sw_incident_due_finish(struct sw_incidents *incidents)
{
	incidents->finishing = true;
}

/* Inserts into a list that is sorted, newest first, and may drop the oldest. */
static size_t
insert(struct sw_incident *list, size_t n, size_t max,
    const struct sw_incident *incident)
{
	size_t at = n;

	while (at > 0 && list[at - 1].last.ns < incident->last.ns)
		at--;
	if (at == max)
		return n;
	if (n == max)
		n--;
	memmove(&list[at + 1], &list[at], (n - at) * sizeof *list);
	list[at] = *incident;
	return n + 1;
}

size_t
sw_incident_due_list(
    const struct sw_incidents *incidents, struct sw_incident *list, size_t max)
{
	size_t n = 0;

	for (unsigned i = 0; i < INCIDENT_ROOM; i++) {
		const struct incident_entry *entry = &incidents->entries[i];
		struct sw_incident seen = picture(entry);

		if (seen.drops > 0)
			n = insert(list, n, max, &seen);
	}
	for (unsigned i = 0; i < INCIDENT_CLOSED; i++)
		if (incidents->closed[i].drops > 0)
			n = insert(list, n, max, &incidents->closed[i]);
	return n;
}

uint64_t
sw_incident_due_ended(const struct sw_incidents *incidents)
{
	return incidents->n_closed;
}

size_t
sw_incident_due_count_open(const struct sw_incidents *incidents)
{
	size_t n = 0;

	for (unsigned i = 0; i < INCIDENT_ROOM; i++) {
		const struct sw_incident *seen = &incidents->entries[i].seen;

		n += seen->open && sw_incident_folds(seen);
	}
	return n;
}
