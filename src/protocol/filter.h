/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter: which flows, events, drops and incidents are meant.
 *
 * A filter is a list of words.  Each is a condition, written as key, operator
 * and value without blanks; conditions side by side must all hold, and the
 * word "or" separates alternatives:
 *
 *	client=10.1.0.0/16 port=80,443 idle>5m or rule=db*
 *
 * A value may be a list with commas, of which one must fit (with != none),
 * names of rules and interfaces may hold the wildcards * and ?.
 *
 *	filter.c	words to conditions, conditions to an answer
 *	filter_key.c	the keys: what each is compared with
 *	filter_value.c	values as they are written
 *	filter_view.c	what a filter sees of a flow, an event, an incident
 */
#ifndef SYNWARD_PROTOCOL_FILTER_H
#define SYNWARD_PROTOCOL_FILTER_H

#include <net/if.h>

#include "report/incident.h"
#include "synward/event.h"
#include "synward/policy.h"

#define SW_FILTER_MAX 16    /* conditions */
#define SW_FILTER_VALUES 48 /* of all of them */

enum sw_filter_operator {
	SW_FILTER_IS,
	SW_FILTER_IS_NOT,
	SW_FILTER_ABOVE,
	SW_FILTER_BELOW,
	SW_FILTER_LEAST, /* >= */
	SW_FILTER_MOST,	 /* <= */
};

/* What a filter is held against, one bit each. */
enum sw_filter_subject {
	SW_FILTER_FLOWS = 0x01,
	SW_FILTER_EVENTS = 0x02, /* of the life of a flow */
	SW_FILTER_DROPS = 0x04,
	SW_FILTER_INCIDENTS = 0x08,
	SW_FILTER_ALL = 0x0f,
};

struct sw_filter_value {
	union {
		struct sw_prefix prefix;
		struct sw_port_range ports;
		uint64_t number;
		char name[SW_RULE_NAME_MAX]; /* a pattern of fnmatch(3) */
	};
};

struct sw_condition {
	const struct sw_filter_key *key;
	uint8_t is;	  /* enum sw_filter_operator */
	uint8_t first, n; /* its values among those of the filter */
	bool alternative; /* "or" is before it */
};

struct sw_filter {
	uint8_t subjects; /* 0: all; else conditions must fit one of them */
	bool is_open;	  /* "or" was the last word */
	struct sw_condition list[SW_FILTER_MAX];
	size_t n, n_values;
	struct sw_filter_value values[SW_FILTER_VALUES];
};

/* Names of numbers. */
struct sw_filter_names {
	const char *(*rule)(uint16_t slot, void *context);
	/* => NULL when there is no such interface; name is room for it */
	const char *(*interface)(
	    uint32_t index, char name[IF_NAMESIZE], void *context);
	/* => NULL: none */
	const char *(*zone)(uint8_t zone, void *context);
	void *context;
};

/* One of the subjects. */
struct sw_filter_view {
	enum sw_filter_subject subject;
	const struct sw_flow_info
	    *info;		      /* NULL: nothing is known of its flow */
	const struct sw_event *event; /* of events and drops */
	const struct sw_incident *incident;
	struct sw_endpoints ends;   /* src and dst as they are shown */
	struct sw_endpoints opener; /* src is the client, dst the server */
	uint16_t rule;
	uint32_t in, out;
	struct sw_time now;
	struct sw_filter_names names;
};

/* What they point to must stay.  Events are judged. */
struct sw_filter_view sw_filter_view_flow(const struct sw_flow_info *info,
    struct sw_time now, const struct sw_filter_names *names);
struct sw_filter_view sw_filter_view_event(
    const struct sw_event *event, const struct sw_filter_names *names);
struct sw_filter_view sw_filter_view_incident(
    const struct sw_incident *incident, const struct sw_filter_names *names);

/* Is this word written like a condition, or is it "or"? */
bool sw_filter_is_condition(const char *word);

/* Adds a condition, or "or".
 * => false, and a sentence that says what is wrong */
bool sw_filter_add(
    struct sw_filter *filter, const char *word, char *why, size_t size);

/* To be called after the last word.  => false, and such a sentence */
bool sw_filter_finish(const struct sw_filter *filter, char *why, size_t size);

/* Are the names of rules without wildcards names that exist?
 * name: => the i-th, NULL after the last
 * => false, and a sentence with the nearest name */
bool sw_filter_check_rules(const struct sw_filter *filter,
    const char *(*name)(unsigned i, void *context), void *context, char *why,
    size_t size);

bool sw_filter_match(
    const struct sw_filter *filter, const struct sw_filter_view *view);

/* Key i, its values, what it means, and the subjects that have it; NULL past
 * the last. */
const char *
sw_filter_key_name(unsigned i, const char **values, const char **help);
uint8_t sw_filter_key_subjects(unsigned i);
/* The i-th value of the key, where these are names that are known here. */
const char *sw_filter_key_value(const char *key, unsigned i);

/* "10.1.2.3", "10.0.0.0/8", "fd00::/8"; host bits may be set and do not
 * count. */
bool sw_filter_prefix(const char *text, struct sw_prefix *prefix);
/* "tcp", "icmp6", "47".  => a number of IPPROTO_*, or -1 */
int sw_filter_protocol(const char *text);

#endif
