/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What other threads ask the reporter for, or tell it: each question takes its
 * lock for as long as a few events are copied.
 */
#include <string.h>

#include "base/clock.h"
#include "pipeline/reporter_internal.h"

void
sw_reporter_counts(
    struct sw_reporter *reporter, struct sw_reporter_counts *counts)
{
	pthread_mutex_lock(&reporter->lock);
	*counts = reporter->counts;
	sw_recollection_judged(
	    &reporter->recollection, reporter->diagnose, &counts->judged);
	counts->hints_refused = sw_hints_refused(reporter->hints);
	counts->incidents = sw_incident_due_count_open(reporter->incidents);
	pthread_mutex_unlock(&reporter->lock);
}

size_t
sw_reporter_incidents(
    struct sw_reporter *reporter, struct sw_incident *list, size_t max)
{
	size_t n;

	pthread_mutex_lock(&reporter->lock);
	n = sw_incident_due_list(reporter->incidents, list, max);
	pthread_mutex_unlock(&reporter->lock);
	return n;
}

size_t
sw_reporter_read(struct sw_reporter *reporter, enum sw_saved_ring ring,
    struct sw_event_cursor *cursor, uint64_t *missed, struct sw_event *events,
    size_t max)
{
	size_t n;

	pthread_mutex_lock(&reporter->lock);
	n = sw_event_history_read(
	    reporter->recollection.rings[ring], cursor, missed, events, max);
	pthread_mutex_unlock(&reporter->lock);
	return n;
}

size_t
sw_reporter_read_back(struct sw_reporter *reporter, enum sw_saved_ring ring,
    struct sw_event_cursor *cursor, struct sw_event *events, size_t max)
{
	size_t n;

	pthread_mutex_lock(&reporter->lock);
	n = sw_event_history_read_back(
	    reporter->recollection.rings[ring], cursor, events, max);
	pthread_mutex_unlock(&reporter->lock);
	return n;
}

struct sw_event_cursor
sw_reporter_cursor(struct sw_reporter *reporter, enum sw_saved_ring ring)
{
	struct sw_event_cursor cursor = { 0 };

	pthread_mutex_lock(&reporter->lock);
	cursor.next = sw_event_history_next(reporter->recollection.rings[ring]);
	pthread_mutex_unlock(&reporter->lock);
	return cursor;
}

int
sw_reporter_follow(struct sw_reporter *reporter, bool follow)
{
	atomic_store(&reporter->followed, follow);
	return reporter->follow_wakeup;
}

void
sw_reporter_note_unseen(
    struct sw_reporter *reporter, const struct sw_endpoints *ends)
{
	struct sw_time now = sw_clock_now();

	pthread_mutex_lock(&reporter->lock);
	/* Without memory for it, the whole time counts as a gap. */
	if (!sw_diagnose_unseen(reporter->diagnose, ends, now))
		sw_diagnose_gap(reporter->diagnose, now);
	pthread_mutex_unlock(&reporter->lock);
}

void
sw_reporter_set_kernel(
    struct sw_reporter *reporter, const struct sw_kernel_settings *settings)
{
	pthread_mutex_lock(&reporter->lock);
	reporter->kernel = *settings;
	sw_hints_speak_kernel(reporter->hints, &reporter->kernel);
	if (reporter->with.kernel_log != NULL)
		sw_kernel_log_set_kernel(
		    reporter->with.kernel_log, settings, sw_clock_now());
	pthread_mutex_unlock(&reporter->lock);
}

void
sw_reporter_set_links(
    struct sw_reporter *reporter, const uint32_t links[], size_t n)
{
	pthread_mutex_lock(&reporter->lock);
	if (reporter->with.kernel_log != NULL)
		sw_kernel_log_set_links(reporter->with.kernel_log, links, n);
	pthread_mutex_unlock(&reporter->lock);
}

bool
sw_reporter_kernel_counts(
    struct sw_reporter *reporter, struct sw_kernel_counts *counts)
{
	if (reporter->with.kernel_log == NULL)
		return false;
	pthread_mutex_lock(&reporter->lock);
	sw_kernel_log_counts(reporter->with.kernel_log, counts);
	pthread_mutex_unlock(&reporter->lock);
	return true;
}

const char *
sw_reporter_prefix(struct sw_reporter *reporter, const struct sw_event *event,
    char text[SW_NFLOG_PREFIX])
{
	const char *prefix = NULL;

	if (reporter->with.kernel_log == NULL || event->refused.prefix == 0)
		return NULL;
	pthread_mutex_lock(&reporter->lock);
	prefix = sw_kernel_log_prefix(
	    reporter->with.kernel_log, event->refused.prefix);
	if (prefix != NULL)
		strcpy(text, prefix);
	pthread_mutex_unlock(&reporter->lock);
	return prefix != NULL ? text : NULL;
}
