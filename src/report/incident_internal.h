/* SPDX-License-Identifier: Apache-2.0 */
/*
 * incident_part: what the files of incident share.
 *
 * report/incident.c finds the incident of a drop and counts it there, report/incident_key.c
 * says which drops are alike, report/incident_due.c says what is due when, and
 * report/incident_line.c writes it.
 */
#ifndef SYNWARD_REPORT_INCIDENT_INTERNAL_H
#define SYNWARD_REPORT_INCIDENT_INTERNAL_H

#include "report/distinct_count.h"
#include "report/incident.h"
#include "synward/time.h"

enum {
	INCIDENT_ROOM = 512,
	INCIDENT_CHAINS = 1024,
	INCIDENT_CLOSED = 128,	   /* kept to be listed */
	INCIDENT_FIRST = 5,	   /* drops logged one by one */
	INCIDENT_ALIKE = 16,	   /* in a group, before it is widened */
	INCIDENT_FLAG_BITS = 0x3f, /* without ECE and CWR */
};

/* What an incident holds together.  The narrower is looked for first. */
enum incident_scope {
	SCOPE_NARROW, /* one server, one network of clients */
	SCOPE_SERVER, /* one server, any client */
	SCOPE_CLIENT, /* one network of clients, any server */
	SCOPE_GROUP,  /* any client, any server */
	SCOPE_MIXED,  /* whatever found no room */
	SCOPES
};

/* Compared and hashed as bytes: no padding, unused bytes zero. */
struct incident_group {
	uint8_t message, cause, action, proto;
	uint32_t if_low, if_high;
	uint16_t rule;
	uint8_t family;
	uint8_t zero;
};

struct incident_key {
	struct incident_group group;
	struct sw_addr server, client; /* zero: any */
	uint16_t port;
	uint16_t scope;
};

_Static_assert(sizeof(struct incident_group) == 16, "compared as bytes");
_Static_assert(sizeof(struct incident_key) == 52, "compared as bytes");

struct incident_entry {
	struct sw_incident seen;
	struct incident_key key;
	uint32_t hash;
	uint16_t next;	      /* in its chain, or among the free; 0 = none */
	uint64_t flags;	      /* a bit for each set of flags met */
	uint8_t n_flags;      /* of them */
	struct sw_time since; /* first drop that the next line tells */
	struct sw_distinct_count clients, servers;
	struct sw_incident_tally tally;
	bool ending; /* a wide one that has become quiet */
};

struct sw_incidents {
	uint32_t rate, interval;
	uint64_t credit; /* lines that may be written, times a second of ns */
	struct sw_time credited;
	struct sw_time next_due;	  /* nothing is due before */
	bool finishing;			  /* all is due */
	uint16_t serial, salt;		  /* of ids */
	uint16_t free;			  /* first of the free entries */
	uint16_t chains[INCIDENT_CHAINS]; /* first of each chain */
	struct sw_incident closed[INCIDENT_CLOSED];
	uint64_t n_closed; /* ever */
	/* Entry 0 is the mixed one, and always there. */
	struct incident_entry entries[INCIDENT_ROOM];
};

/* Ends turned so that the server is dst. */
struct sw_endpoints incident_ends(const struct sw_event *event);
/* The narrowest key of the event; ends as incident_ends() gives them. */
struct incident_key
incident_key(const struct sw_event *event, const struct sw_endpoints *ends);
/* The key that holds this one and more. */
struct incident_key
incident_widen(const struct incident_key *narrow, enum incident_scope scope);
/* The narrowest scope that makes sense for the cause. */
enum incident_scope incident_scope(uint8_t cause);
uint32_t incident_hash(const void *bytes, size_t n);

/* May a line be written now?  Uses up one of the rate when so. */
bool incident_may_write(struct sw_incidents *incidents, struct sw_time now);

/* When the entry's next line is due, or its silent end. */
struct sw_time incident_due_at(
    const struct sw_incidents *incidents, const struct incident_entry *entry);

/* Takes it out of its chain; entry 0 begins anew. */
void incident_remove(struct sw_incidents *incidents, uint16_t index);

#endif
