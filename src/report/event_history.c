/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Event number n (from 0) is at n modulo size as long as n is one of the last
 * size events.  So a cursor needs no registration, and a reader that never
 * returns costs nothing.
 */

#include <stdlib.h>

#include "report/event_history.h"

bool
sw_event_history_init(struct sw_event_history *history, uint32_t size)
{
	history->events = calloc(size, sizeof *history->events);
	history->size = size;
	history->added = 0;
	return history->events != NULL;
}

void
sw_event_history_free(struct sw_event_history *history)
{
	free(history->events);
}

void
sw_event_history_add(
    struct sw_event_history *history, const struct sw_event *event)
{
	history->events[history->added % history->size] = *event;
	history->added++;
}

size_t
sw_event_history_read(const struct sw_event_history *history, uint64_t *cursor,
    uint64_t *missed, struct sw_event *events, size_t max)
{
	uint64_t oldest =
	    history->added > history->size ? history->added - history->size : 0;
	size_t n = 0;

	if (*cursor < oldest) {
		*missed += oldest - *cursor;
		*cursor = oldest;
	}
	while (n < max && *cursor < history->added)
		events[n++] = history->events[(*cursor)++ % history->size];
	return n;
}
