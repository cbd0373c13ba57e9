/* SPDX-License-Identifier: Apache-2.0 */
/*
 * incident_internal: what the files of incident share.
 *
 * report/incident.c finds the incident of a drop and counts it,
 * report/incident_key.c decides which drops are alike, report/incident_due.c
 * what is due, and report/incident_line.c writes it.
 */
#ifndef SYNWARD_REPORT_INCIDENT_INTERNAL_H
#define SYNWARD_REPORT_INCIDENT_INTERNAL_H

#include "report/distinct_count.h"
#include "report/incident.h"
#include "synward/time.h"

enum {
	INCIDENT_ROOM = 512,
	INCIDENT_CHAINS = 1024,
	INCIDENT_CLOSED = 128, /* closed ones to keep for lists */
	INCIDENT_FIRST = 5,    /* drops logged one by one */
	/* narrow ones in a group, before it is widened */
	INCIDENT_ALIKE = 16,
	INCIDENT_FLAG_BITS = 0x3f, /* without ECE and CWR */
};

/* What the drops of an incident have in common, narrowest first. */
enum incident_scope {
	SCOPE_NARROW, /* one server, one network of clients */
	SCOPE_SERVER, /* one server, any client */
	SCOPE_CLIENT, /* one network of clients, any server */
	SCOPE_GROUP,  /* any client, any server */
	SCOPE_MIXED,  /* drops that found no room */
	SCOPES
};

/* Compared and hashed as bytes, so it has no padding, and unused bytes are
 * zero. */
struct incident_group {
	uint8_t message, cause, action, proto;
	uint32_t if_low, if_high;
	uint16_t rule;
	uint8_t family;
	uint8_t zone;
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
	uint16_t next;	      /* in its chain, or in the free list; 0 = none */
	uint64_t flags;	      /* a bit for each set of flags seen */
	uint8_t n_flags;      /* number of them */
	struct sw_time since; /* first drop that the next line counts */
	struct sw_distinct_count clients, servers;
	struct sw_incident_tally tally;
	bool ending; /* wide, and has become quiet */
};

struct sw_incidents {
	uint32_t rate, interval;
	uint64_t credit; /* lines that may be written, times a second in ns */
	struct sw_time credited;
	struct sw_time next_due;	  /* nothing is due before this */
	bool finishing;			  /* everything is due */
	uint16_t serial, salt;		  /* for the ids */
	uint16_t free;			  /* first entry of the free list */
	uint16_t chains[INCIDENT_CHAINS]; /* first of each chain */
	struct sw_incident closed[INCIDENT_CLOSED];
	uint64_t n_closed; /* since the start */
	/* Entry 0 is the mixed one, which always exists. */
	struct incident_entry entries[INCIDENT_ROOM];
};

/* The narrowest key of the event; ends as sw_incident_ends() gives them. */
struct incident_key
sw_incident_key(const struct sw_event *event, const struct sw_endpoints *ends);
/* The next wider key that includes this one. */
struct incident_key
sw_incident_widen(const struct incident_key *narrow, enum incident_scope scope);
/* The narrowest scope that is useful for the cause. */
enum incident_scope sw_incident_scope(uint8_t cause);
uint32_t sw_incident_hash(const void *bytes, size_t n);

/* Puts the entry, whose key and hash are set, into its chain. */
void sw_incident_link(struct sw_incidents *incidents, uint16_t index);
/* => the entry of this very key; 0 when there is none */
uint16_t sw_incident_find(
    const struct sw_incidents *incidents, const struct incident_key *key);

/* May a line be written now?  If so, it is taken from the rate. */
bool sw_incident_may_write(struct sw_incidents *incidents, struct sw_time now);

/* When the entry's next line, or its silent end, is due. */
struct sw_time sw_incident_due_at(
    const struct sw_incidents *incidents, const struct incident_entry *entry);

/* Entry 0, which holds nothing yet. */
void sw_incident_begin_mixed(struct sw_incidents *incidents);

/* Takes it out of its chain; entry 0 begins again. */
void sw_incident_remove(struct sw_incidents *incidents, uint16_t index);

#endif
