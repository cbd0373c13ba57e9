/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recollection: what the reporter remembers, in memory that outlives it.
 *
 * The rings of events and the totals of all processes in a row.  Used under
 * the reporter's lock.
 */
#ifndef SYNWARD_PIPELINE_RECOLLECTION_H
#define SYNWARD_PIPELINE_RECOLLECTION_H

#include "report/saved_reports.h"
#include "shards/shard.h"

struct sw_recollection {
	struct sw_saved_reports *reports; /* the caller's */
	struct sw_event_history *rings[SW_SAVED_RINGS];
	struct sw_saved_totals before; /* of the predecessors */
	struct sw_time saved;
};

/* Takes up what the predecessors left; *torn grows by the events that are
 * dropped.  => false when memory is short */
bool sw_recollection_open(struct sw_recollection *recollection,
    struct sw_saved_reports *reports, struct sw_time now, uint32_t *torn);
void sw_recollection_close(struct sw_recollection *recollection);

/* Drops that were judged, the predecessors' included. */
void sw_recollection_judged(const struct sw_recollection *recollection,
    const struct sw_diagnose *diagnose, struct sw_diagnose_counts *judged);

/* Saves the totals, from which a successor counts on: ten times a second, and
 * whenever nothing happens (at_rest).  Of totals, judged and packets are
 * filled in here. */
void sw_recollection_save(struct sw_recollection *recollection,
    struct sw_saved_totals *totals, const struct sw_diagnose *diagnose,
    struct sw_shards *shards, struct sw_time now, bool at_rest);

#endif
