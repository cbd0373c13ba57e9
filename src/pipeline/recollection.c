/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events are saved as they are added.  Totals are saved as a copy: they are
 * spread over the shards, and each sum takes all their locks.  So a process
 * that is killed under load loses at most a tenth of a second of counts.
 */
#include "pipeline/recollection.h"

enum { SAVE_MS = 100 };

bool
sw_recollection_open(struct sw_recollection *recollection,
    struct sw_saved_reports *reports, struct sw_time now, uint32_t *torn)
{
	recollection->reports = reports;
	for (unsigned i = 0; i < SW_SAVED_RINGS; i++) {
		uint32_t some;

		recollection->rings[i] =
		    sw_saved_reports_history(reports, i, now);
		if (recollection->rings[i] == NULL)
			return false;
		sw_event_history_found(recollection->rings[i], &some);
		*torn += some;
	}
	sw_saved_reports_totals(reports, &recollection->before);
	return true;
}

void
sw_recollection_close(struct sw_recollection *recollection)
{
	for (unsigned i = 0; i < SW_SAVED_RINGS; i++)
		sw_event_history_close(recollection->rings[i]);
}

void
sw_recollection_judged(const struct sw_recollection *recollection,
    const struct sw_diagnose *diagnose, struct sw_diagnose_counts *judged)
{
	const struct sw_diagnose_counts *before = &recollection->before.judged;

	sw_diagnose_counts(diagnose, judged);
	for (unsigned i = 0; i < SW_CAUSE_COUNT; i++)
		judged->drops[i] += before->drops[i];
	judged->unexamined += before->unexamined;
}

void
sw_recollection_save(struct sw_recollection *recollection,
    struct sw_saved_totals *totals, const struct sw_diagnose *diagnose,
    struct sw_shards *shards, struct sw_time now, bool at_rest)
{
	if (!at_rest && sw_time_ms_since(recollection->saved, now) < SAVE_MS)
		return;
	recollection->saved = now;
	sw_recollection_judged(recollection, diagnose, &totals->judged);
	sw_shards_counts(shards, &totals->packets);
	sw_saved_reports_put_totals(recollection->reports, totals);
}
