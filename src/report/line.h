/* SPDX-License-Identifier: Apache-2.0 */
/*
 * line: an event as text for people and as JSON for programs.
 *
 * Both are made from one list of fields, so that all sinks have the same
 * facts.  No payload byte and no name from outside ever enters a line: names of
 * rules and interfaces come from the configuration and the kernel, and are
 * still escaped.
 */
#ifndef SYNWARD_REPORT_LINE_H
#define SYNWARD_REPORT_LINE_H

#include "base/json.h"
#include "synward/event.h"

#define SW_LINE_MAX 1024

/* The names for an event's numbers. */
struct sw_names {
	const char *rule;     /* never NULL */
	const char *in, *out; /* NULL: none or unknown, the key is left out */
	const char *phys_in, *phys_out; /* the same, ports of a bridge */
	const char *zone;		/* NULL: none */
	const char *route;		/* interface of event->route, or NULL */
	const char *hint;		/* NULL: none */
	const char *prefix; /* what the kernel's rule says, or NULL */
	bool ecn;	    /* show E and W in flags */
};

/* Writes "Not a Valid SYN Packet [FA] TCP 10.1.2.3:44120 > ..." without a
 * newline.
 * => the length written, always below size */
size_t sw_line_refusal(const struct sw_event *event,
    const struct sw_names *names, char *line, size_t size);

/* Writes the members of replay --json except frame and time. */
void sw_line_json(const struct sw_event *event, const struct sw_names *names,
    struct sw_json *json);

/* Writes the members proto, src, sport, dst, dport: ports only for protocols
 * that have them. */
void sw_line_ends_json(const struct sw_endpoints *ends, struct sw_json *json);

/* "10.1.2.3" or "fd00::1"; text has 46 bytes. */
void sw_line_address(const struct sw_addr *addr, uint8_t family, char *text);
/* "10.1.2.3:80" or "[fd00::1]:80"; without a port where the protocol has none;
 * text has 64 bytes. */
void sw_line_endpoint(const struct sw_addr *addr, uint16_t port, uint8_t family,
    uint8_t proto, char *text);
/* "TCP", "UDP", "ICMP", "GRE", ... or "proto-143"; static storage or text,
 * which has 16 bytes. */
const char *sw_line_protocol(uint8_t proto, char *text);
/* The number of the protocol with this name, in upper or lower case; -1 when
 * there is none. */
int sw_line_protocol_number(const char *name);

#endif
