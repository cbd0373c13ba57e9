/* SPDX-License-Identifier: Apache-2.0 */
/*
 * saved_reports: what a process leaves its successor of what it has reported.
 *
 * One block of shared memory beside those of the flow table: the last events
 * and drops, the incidents, the longest silences of each rule and the totals.
 * It outlives the process in the same way (shards/shared_memory.h).  Numbers
 * of rules in it are slots of the same predecessor, so without the names of
 * these slots it is not taken over.
 */
#ifndef SYNWARD_REPORT_SAVED_REPORTS_H
#define SYNWARD_REPORT_SAVED_REPORTS_H

#include "report/event_history.h"
#include "report/incident.h"
#include "report/silence.h"
#include "shards/shared_memory.h"
#include "synward/diagnose.h"
#include "synward/engine.h"

struct sw_saved_reports {
	struct sw_shared_memory memory;
};

/* Counted since the first process of the row began. */
struct sw_saved_totals {
	struct sw_counts packets; /* what is counted "now" is not used */
	struct sw_diagnose_counts judged;
	uint64_t taken, logged, folded, silent, gaps;
};

/* A new block, its totals zero.  => 0 or -errno */
int sw_saved_reports_create(struct sw_saved_reports *reports);

/*
 * Takes over a predecessor's block, or what is in one of the former layout,
 * which becomes a new block.
 * => 0, or -EINVAL when it is damaged or of a build with another layout, or
 *    -errno; takes the descriptor in every case
 */
int sw_saved_reports_adopt(struct sw_saved_reports *reports, int fd);
void sw_saved_reports_close(struct sw_saved_reports *reports);
/* Writes the head of the former layout, for tests. */
void sw_saved_reports_seal_former(void *block);

enum sw_saved_ring {
	SW_SAVED_EVENTS, /* opened, established, ended, refused */
	SW_SAVED_DROPS,	 /* refused only: not displaced by the others */
	SW_SAVED_RINGS,
};

/* What is in the block, checked, for use by this process until close.
 * => NULL when out of memory; the caller owns a history */
struct sw_event_history *
sw_saved_reports_history(const struct sw_saved_reports *reports,
    enum sw_saved_ring ring, struct sw_time now);
/* => as sw_incidents_open() */
struct sw_incidents *
sw_saved_reports_incidents(const struct sw_saved_reports *reports,
    uint32_t rate, uint32_t interval, struct sw_time now, uint32_t *torn);
struct sw_silences *
sw_saved_reports_silences(const struct sw_saved_reports *reports);

/* => false, and zeros, when no totals were put yet or none is whole */
bool sw_saved_reports_totals(
    const struct sw_saved_reports *reports, struct sw_saved_totals *totals);
void sw_saved_reports_put_totals(
    struct sw_saved_reports *reports, const struct sw_saved_totals *totals);

#endif
