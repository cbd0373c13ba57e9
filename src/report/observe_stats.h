/* SPDX-License-Identifier: Apache-2.0 */
/*
 * observe_stats: counts what observe mode would have dropped, and decides
 * whether it is safe to enforce.
 *
 * Refusals under observation are counted by rule and reason.  Some reasons are
 * about packets that should be dropped, such as scans or the last packets of a
 * connection that is over; others mean that a working connection would be cut.
 * Only those speak against enforcing.
 *
 * It locks for itself: the reporter writes it, the control socket reads it.
 */
#ifndef SYNWARD_REPORT_OBSERVE_STATS_H
#define SYNWARD_REPORT_OBSERVE_STATS_H

#include "synward/event.h"

#define SW_OBSERVE_STATS_ROWS 128

/* Minimum time of observation in seconds, before "no drops" means anything. */
#define SW_OBSERVE_STATS_LEAST 3600u

enum sw_harm {
	SW_HARM_NONE,	 /* drops as intended */
	SW_HARM_PASSING, /* connections older than the table */
	SW_HARM_REAL,	 /* working connections would be cut */
};

struct sw_observe_stats_row {
	uint16_t rule;
	uint8_t message, cause; /* enum sw_message, enum sw_cause */
	uint64_t packets;
	struct sw_time first, last;
	struct sw_endpoints ends; /* of the last packet */
};

struct sw_observe_stats;

/* => NULL when memory is short */
struct sw_observe_stats *sw_observe_stats_create(struct sw_time now);
void sw_observe_stats_destroy(struct sw_observe_stats *observe_stats);

/* Counts a judged refusal when it was under observation. observe_stats NULL:
 * does nothing */
void sw_observe_stats_note(
    struct sw_observe_stats *observe_stats, const struct sw_event *event);

/* Starts again with empty rows, because the configuration has changed. */
void sw_observe_stats_clear(
    struct sw_observe_stats *observe_stats, struct sw_time now);

/* Lists the rows in the order of their first packets.
 * => their number; *since: start of the observation; *others: packets there was
 *    no row for */
size_t sw_observe_stats_list(struct sw_observe_stats *observe_stats,
    struct sw_observe_stats_row rows[SW_OBSERVE_STATS_ROWS],
    struct sw_time *since, uint64_t *others);

enum sw_harm sw_observe_stats_harm(const struct sw_observe_stats_row *row);

enum sw_readiness {
	SW_READY_YES,
	SW_READY_EARLY, /* no objection, but too little was observed */
	SW_READY_NO,
};

/* harmed: packets that speak against enforcing. */
enum sw_readiness sw_observe_stats_judge(
    const struct sw_observe_stats_row *rows, size_t n, uint64_t others,
    struct sw_time since, struct sw_time now, uint64_t *harmed);

#endif
