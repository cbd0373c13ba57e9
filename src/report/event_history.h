/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event_history: keeps the last events for later readers.
 *
 * A ring that overwrites its oldest event.  A reader keeps a cursor, the number
 * of events before its position since the start; events that were overwritten
 * before it read them are counted as missed.  Not locked.
 */
#ifndef SYNWARD_REPORT_EVENT_HISTORY_H
#define SYNWARD_REPORT_EVENT_HISTORY_H

#include "synward/event.h"

struct sw_event_history {
	struct sw_event *events;
	uint32_t size;
	uint64_t added;
};

/* => false when memory is short */
bool sw_event_history_init(struct sw_event_history *history, uint32_t size);
void sw_event_history_free(struct sw_event_history *history);

void sw_event_history_add(
    struct sw_event_history *history, const struct sw_event *event);

/* => the number of events copied, oldest first; advances *cursor, adds to
 *    *missed */
size_t sw_event_history_read(const struct sw_event_history *history,
    uint64_t *cursor, uint64_t *missed, struct sw_event *events, size_t max);

#endif
