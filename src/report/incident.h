/* SPDX-License-Identifier: Apache-2.0 */
/*
 * incident: groups repeated refusals.
 *
 * Refusals with the same cause, rule, interface pair, server address and port,
 * and client /24 or /64 are one incident.  Its first drops are logged one by
 * one, then one line per interval gives exact counts, then a closing line ends
 * it.
 *
 * The lines of an interval count the drops without a line of their own: single
 * lines and these counts add up to all drops.  The closing line gives the total
 * of the incident.  An incident whose drops were all logged ends silently.
 *
 * Memory is fixed, and lines are few whatever arrives: when too many incidents
 * differ only in the client or the server, later drops are counted in one
 * incident for any client, any server, or both.  Time is passed in; no I/O.
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
	uint64_t drops;		 /* since the first */
	uint64_t logged;	 /* of these: logged individually */
	uint64_t drops_interval; /* not so, since the last line */
	uint32_t lines;		 /* log lines with its counts */
	uint32_t clients;	 /* distinct addresses, estimated past 128 */
	uint32_t servers;	 /* distinct address:port, estimated past 128 */
	bool any_client;	 /* clients of more than one network */
	bool any_server;	 /* example's server is one of several */
	bool mixed; /* all kinds: there was no room to separate them */
	bool open;
};

enum sw_incident_act {
	SW_INCIDENT_LOG,   /* log this drop's own line */
	SW_INCIDENT_COUNT, /* counted, say nothing now */
};

/* rate: lines per second in total, 0 = no limit; interval: seconds between
 * summary lines, at least 1.
 * => NULL when memory is short */
struct sw_incidents *sw_incidents_create(uint32_t rate, uint32_t interval);
void sw_incidents_destroy(struct sw_incidents *incidents);

/*
 * The same in memory of sw_incidents_memory() bytes that may outlive the
 * process: zeroed, or as an earlier one left it.  Incidents go on; those that
 * make no sense are dropped: => *torn.  The result is not destroyed.
 */
size_t sw_incidents_memory(void);
struct sw_incidents *sw_incidents_open(void *memory, uint32_t rate,
    uint32_t interval, struct sw_time now, uint32_t *torn);

void sw_incidents_set(
    struct sw_incidents *incidents, uint32_t rate, uint32_t interval);

/* Ends of a judged refusal turned so that its server is dst. */
struct sw_endpoints sw_incident_ends(const struct sw_event *event);

enum sw_incident_act
sw_incidents_add(struct sw_incidents *incidents, const struct sw_event *event);

#define SW_INCIDENT_FLAGS 8 /* different sets of flags */

struct sw_incident_flags {
	uint8_t flags;
	uint64_t drops;
};

/* Counts drops by their flags. */
struct sw_incident_tally {
	/* In a report: most drops first. */
	struct sw_incident_flags list[SW_INCIDENT_FLAGS];
	unsigned n;
	uint64_t other;
};

/* The content of one line: for an interval, or for the end. */
struct sw_incident_report {
	struct sw_incident incident;
	bool closing;
	uint64_t drops;			/* of the interval, or in total */
	uint32_t seconds;		/* length of that time, at least 1 */
	struct sw_incident_tally tally; /* for the interval */
};

/* Takes the next report that is due.
 * => false when there is none */
bool sw_incident_due(struct sw_incidents *incidents, struct sw_time now,
    struct sw_incident_report *report);

/* Writes its line, without a newline.  Of names, in, out and rule are used;
 * wall_offset: ns to add to an event's time for the wall clock. */
void sw_incident_line(const struct sw_incident_report *report,
    const struct sw_names *names, int64_t wall_offset, char *line, size_t size);

/* The fields for JSON and journal.  texts holds what the fields point to. */
struct sw_incident_texts {
	char id[8], src[46], dst[46], proto[16], tally[160];
};
void sw_incident_line_fields(const struct sw_incident_report *report,
    const struct sw_names *names, int64_t wall_offset,
    struct sw_incident_texts *texts, struct sw_fields *fields);

/* At the end of a run: makes the last lines of open incidents due at once,
 * whatever the rate. */
void sw_incident_due_finish(struct sw_incidents *incidents);

/* Lists the open incidents and the last closed ones, newest first.
 * => the number written */
size_t sw_incident_due_list(
    const struct sw_incidents *incidents, struct sw_incident *list, size_t max);

/* How many have ended since the first began. */
uint64_t sw_incident_due_ended(const struct sw_incidents *incidents);

/* The number of open incidents to show to users: see sw_incident_folds(). */
size_t sw_incident_due_count_open(const struct sw_incidents *incidents);

/* "asymmetric", or the message when that is its own reason. */
const char *sw_incident_line_title(const struct sw_incident *incident);

/* "10.9.0.7:443", "812 targets"; server has 80 bytes */
void sw_incident_line_server(const struct sw_incident *incident, char *server);

/* Has it drops without their own line?  Only then users see it as an
 * incident. */
static inline bool
sw_incident_folds(const struct sw_incident *incident)
{
	return incident->drops > incident->logged;
}

/* "37 clients > 10.9.0.7:443", "1 client 10.1.2.3 > 812 targets"; parties has
 * 160 bytes */
void
sw_incident_line_parties(const struct sw_incident *incident, char *parties);

#endif
