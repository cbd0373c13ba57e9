/* SPDX-License-Identifier: Apache-2.0 */
/*
 * observed: what observe mode would have dropped, and whether that says it
 * is safe to enforce.
 *
 * Refusals under observation are counted by rule and reason.  Some reasons
 * concern packets that are better dropped, scans or the last words of a
 * connection that is over; others mean that a connection that works today
 * would be cut.  Only those speak against enforcing.
 *
 * Locks for itself: noted by the desk, read by the control thread.
 */
#ifndef SYNWARD_REPORT_OBSERVE_STATS_H
#define SYNWARD_REPORT_OBSERVE_STATS_H

#include "synward/event.h"

#define SW_OBSERVE_STATS_ROWS 128

/* How long at least before silence means anything, seconds. */
#define SW_OBSERVE_STATS_LEAST 3600u

enum sw_harm {
	SW_HARM_NONE,	 /* meant to be dropped */
	SW_HARM_PASSING, /* connections older than the tracker */
	SW_HARM_REAL,	 /* connections that work would be cut */
};

struct sw_observe_stats_row {
	uint16_t rule;
	uint8_t message, cause; /* enum sw_message, enum sw_cause */
	uint64_t packets;
	struct sw_time first, last;
	struct sw_endpoints ends; /* of the last */
};

struct sw_observe_stats;

/* => NULL when memory is short */
struct sw_observe_stats *sw_observe_stats_create(struct sw_time now);
void sw_observe_stats_destroy(struct sw_observe_stats *observe_stats);

/* Counts a judged refusal when it was under observation.
 * observed NULL: does nothing */
void sw_observe_stats_note(
    struct sw_observe_stats *observe_stats, const struct sw_event *event);

/* Begins anew: the configuration has changed. */
void sw_observe_stats_clear(
    struct sw_observe_stats *observe_stats, struct sw_time now);

/* Rows in the order they came up.  => how many; *since: when it began,
 * *others: packets there was no row for */
size_t sw_observe_stats_list(struct sw_observe_stats *observe_stats,
    struct sw_observe_stats_row rows[SW_OBSERVE_STATS_ROWS],
    struct sw_time *since, uint64_t *others);

enum sw_harm sw_observe_stats_harm(const struct sw_observe_stats_row *row);

enum sw_readiness {
	SW_READY_YES,
	SW_READY_EARLY, /* nothing against it, but too little was seen */
	SW_READY_NO,
};

/* harmed: packets that speak against it. */
enum sw_readiness sw_observe_stats_judge(
    const struct sw_observe_stats_row *rows, size_t n, uint64_t others,
    struct sw_time since, struct sw_time now, uint64_t *harmed);

#endif
