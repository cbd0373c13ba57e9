/* SPDX-License-Identifier: Apache-2.0 */
/*
 * incident: repeats folded into one story.
 *
 * Refusals alike (cause, rule, interface pair, server address and port,
 * client /24 or /64) are one incident.  Its first drops are logged one by
 * one, then one line per interval tells exact counts, then a closing line.
 *
 * The lines of an interval count what has no line of its own: single lines
 * and these counts together are all drops.  The closing line tells all drops
 * of the incident.  An incident whose every drop was logged ends silently.
 *
 * Fixed memory, and few lines whatever comes: where too many incidents
 * differ in the client or the server only, what follows is one incident for
 * any client, any server, or both.  Time is passed in; no I/O.
 */
#ifndef SYNWARD_REPORT_INCIDENT_H
#define SYNWARD_REPORT_INCIDENT_H

#include "report/field.h"
#include "synward/event.h"

struct sw_incidents;

struct sw_incident {
	uint16_t id;	 /* shown as four hex digits */
	uint8_t message; /* enum sw_message */
	uint8_t cause;
	uint8_t action; /* enum sw_action of the first drop */
	uint16_t rule;
	uint32_t in, out;	     /* of the first drop */
	struct sw_endpoints example; /* server in dst, port in dport */
	struct sw_time first, last;
	uint64_t drops;		 /* since first */
	uint64_t logged;	 /* of these: by a line of their own */
	uint64_t drops_interval; /* not logged, since the last line */
	uint32_t clients;	 /* distinct addresses, estimated past 128 */
	uint32_t servers;	 /* distinct address:port, estimated past 128 */
	bool any_client;	 /* from more than one network */
	bool any_server;	 /* example's server is one of many */
	bool mixed; /* of all kinds: there was no room to tell them apart */
	bool open;
};

enum sw_incident_act {
	SW_INCIDENT_LOG,   /* log this drop's own line */
	SW_INCIDENT_COUNT, /* it is counted, say nothing now */
};

/* rate: lines a second in all, 0 = no limit; interval: seconds between
 * summary lines, at least 1.  => NULL when memory is short */
struct sw_incidents *sw_incidents_create(uint32_t rate, uint32_t interval);
void sw_incidents_destroy(struct sw_incidents *incidents);
void sw_incidents_set(
    struct sw_incidents *incidents, uint32_t rate, uint32_t interval);

enum sw_incident_act
sw_incidents_add(struct sw_incidents *incidents, const struct sw_event *event);

#define SW_INCIDENT_FLAGS 8 /* sets of flags told apart */

struct sw_incident_flags {
	uint8_t flags;
	uint64_t drops;
};

/* Drops by their flags. */
struct sw_incident_tally {
	/* In a report, most drops first. */
	struct sw_incident_flags list[SW_INCIDENT_FLAGS];
	unsigned n;
	uint64_t other;
};

/* What one line tells: of an interval, or of the end. */
struct sw_incident_report {
	struct sw_incident incident;
	bool closing;
	uint64_t drops;	  /* of the interval, or of all its life */
	uint32_t seconds; /* they took, at least 1 */
	struct sw_incident_tally tally; /* of the interval */
};

/* The next report that is due.  => false when none is */
bool sw_incident_due(struct sw_incidents *incidents, struct sw_time now,
    struct sw_incident_report *report);

/* Its line, without a newline.  Of names, in and out and rule are used;
 * wall_offset: ns to add to an event's time for the wall clock. */
void sw_incident_line(const struct sw_incident_report *report,
    const struct sw_names *names, int64_t wall_offset, char *line, size_t size);

/* The same for JSON and journal.  texts keeps what fields point to. */
struct sw_incident_texts {
	char id[8], src[46], dst[46], proto[16], tally[160];
};
void sw_incident_line_fields(const struct sw_incident_report *report,
    const struct sw_names *names, int64_t wall_offset,
    struct sw_incident_texts *texts, struct sw_fields *fields);

/* At the end of a run: what is open has its last lines due at once,
 * whatever the rate. */
void sw_incident_due_finish(struct sw_incidents *incidents);

/* Open ones and the last closed ones, newest first.
 * => how many were written */
size_t sw_incident_due_list(
    const struct sw_incidents *incidents, struct sw_incident *list, size_t max);

/* How many go on that are for people, too: see sw_incident_folds(). */
size_t sw_incident_due_count_open(const struct sw_incidents *incidents);

/* "asymmetric", or the message where that is its own reason. */
const char *sw_incident_line_title(const struct sw_incident *incident);

/* "10.9.0.7:443", "812 targets"; server holds 80 bytes */
void sw_incident_line_server(const struct sw_incident *incident, char *server);

/* Has it drops that have no line of their own?  Then it is one for people,
 * too. */
static inline bool
sw_incident_folds(const struct sw_incident *incident)
{
	return incident->drops > incident->logged;
}

/* "37 clients > 10.9.0.7:443", "1 client 10.1.2.3 > 812 targets"; parties
 * holds 160 bytes */
void
sw_incident_line_parties(const struct sw_incident *incident, char *parties);

#endif
