/* SPDX-License-Identifier: Apache-2.0 */
/*
 * incident: repeats folded into one story.
 *
 * Refusals alike (cause, rule, interface pair, server address and port,
 * client /24 or /64) are one incident.  Its first drops are logged one by
 * one, then one line per interval tells exact counts, then a closing line.
 * Fixed memory: when the table is full, the least busy incident is closed
 * early, by a line that says so.  Time is passed in; no I/O.
 */
#ifndef SYNWARD_SHELL_INCIDENT_H
#define SYNWARD_SHELL_INCIDENT_H

#include "synward/event.h"

struct sw_incidents;

struct sw_incident {
	uint16_t id;	/* shown as four hex digits */
	uint8_t cause;
	uint16_t rule;
	uint32_t in, out;
	struct sw_endpoints example; /* server in dst, port in dport */
	struct sw_time first, last;
	uint64_t drops; /* since first */
	uint64_t drops_interval; /* since the last line */
	uint32_t clients; /* distinct, estimated past 64 */
	bool open;
};

enum sw_incident_act {
	SW_INCIDENT_LOG,   /* log this drop's own line */
	SW_INCIDENT_COUNT, /* it is counted, say nothing now */
};

/* rate: lines a second in all; interval: seconds between summary lines. */
struct sw_incidents *sw_incidents_create(uint32_t rate, uint32_t interval);
void sw_incidents_destroy(struct sw_incidents *incidents);
void sw_incidents_set(
    struct sw_incidents *incidents, uint32_t rate, uint32_t interval);

enum sw_incident_act sw_incidents_add(
    struct sw_incidents *incidents, const struct sw_event *event);

/* The next summary or closing line that is due, without a newline.
 * wall_offset: ns to add to an event's time for the wall clock.
 * => false when none is due */
bool sw_incidents_due(struct sw_incidents *incidents, struct sw_time now,
    int64_t wall_offset,
    const char *(*interface_name)(uint32_t index, void *context),
    void *context, char *line, size_t size);

/* Newest first; => how many were written */
size_t sw_incidents_list(const struct sw_incidents *incidents,
    struct sw_incident *list, size_t max);

#endif
