/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event_history: the last events, kept for queries.
 *
 * Events are kept in classes: refusals by message, cause and rule, others by
 * kind and rule.  A class has a quota, and a class with many events displaces
 * only its own oldest ones.  When all places are taken, the class with the
 * most events loses its oldest.  So a scan displaces scans, and the drop of a
 * database stays however long the scan goes on.
 *
 * The events may be in memory that outlives the process.  Each has a number;
 * a reader keeps a cursor, the number that it reads next.  Not locked.
 */
#ifndef SYNWARD_REPORT_EVENT_HISTORY_H
#define SYNWARD_REPORT_EVENT_HISTORY_H

#include "synward/event.h"

struct sw_event_history;

/* Bytes of memory that hold this many events. */
size_t sw_event_history_memory(uint32_t size);

/*
 * size: 2 .. 2^20 events in all; quota: of one class, at least 1.
 * memory: NULL (allocated here), or sw_event_history_memory() bytes aligned
 * to 8, zeroed or as an earlier process left them: events that are torn or
 * make no sense are dropped then.
 * => NULL when out of memory
 * => the caller owns the result: sw_event_history_close(), which leaves memory
 *    that was passed in as it is
 */
struct sw_event_history *sw_event_history_open(
    void *memory, uint32_t size, uint32_t quota, struct sw_time now);
void sw_event_history_close(struct sw_event_history *history);

/* Events found in memory at open; => torn: those that were dropped. */
uint32_t
sw_event_history_found(const struct sw_event_history *history, uint32_t *torn);

void sw_event_history_add(
    struct sw_event_history *history, const struct sw_event *event);

struct sw_event_cursor {
	uint64_t next;	/* number of the next event; 0: the oldest kept */
	uint32_t place; /* where to look first; begins as 0 */
};

/* The number that the next event gets: a cursor "from now on". */
uint64_t sw_event_history_next(const struct sw_event_history *history);

/* => how many were copied, oldest first; the cursor moves, *missed grows by
 *    the events between that are no longer kept */
size_t sw_event_history_read(const struct sw_event_history *history,
    struct sw_event_cursor *cursor, uint64_t *missed, struct sw_event *events,
    size_t max);

/* The newest events before the cursor, newest first; the cursor moves back to
 * the last one copied.  => how many were copied */
size_t sw_event_history_read_back(const struct sw_event_history *history,
    struct sw_event_cursor *cursor, struct sw_event *events, size_t max);

#endif
