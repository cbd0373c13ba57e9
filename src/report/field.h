/* SPDX-License-Identifier: Apache-2.0 */
/*
 * field: everything known about a refused packet, as one list.
 *
 * Text, JSON and journal are all printed from this list, so that a new fact
 * appears in each of them under the same key.
 */
#ifndef SYNWARD_REPORT_FIELD_H
#define SYNWARD_REPORT_FIELD_H

#include "report/line.h"

#define SW_FIELDS_MAX (32 + SW_EVIDENCE_MAX)

struct sw_field {
	const char *key;
	const char *text; /* NULL: the field is a number */
	int64_t number;
	const char *unit; /* unit of the number; "" for none */
	bool head;	  /* the head of a text line contains it */
};

struct sw_fields {
	struct sw_field list[SW_FIELDS_MAX];
	size_t n;
	char flags[SW_CHUNKS_TEXT_MAX]; /* or chunks of SCTP */
	char proto[16];			/* lower case */
	char src[46], dst[46];
	char mark[12];
};

/* => points into fields, event and names: valid as long as all three stay where
 *    they are */
void sw_fields_fill(struct sw_fields *fields, const struct sw_event *event,
    const struct sw_names *names);

/* Functions for other lists, which begin with n = 0.  A text that is NULL or
 * empty is left out. */
void
sw_fields_add_text(struct sw_fields *fields, const char *key, const char *text);
void sw_fields_add_number(struct sw_fields *fields, const char *key,
    int64_t number, const char *unit);

/* Writes " key=value", with the value quoted and escaped if necessary.
 * => the length needed, like snprintf() */
size_t sw_line_text(const struct sw_field *field, char *out, size_t size);

/* Writes the line of these fields.
 * => the length, below size */
size_t sw_line_fields_text(const struct sw_fields *fields,
    const struct sw_event *event, char *line, size_t size);
/* Writes each field as a member. */
void sw_line_fields_json(const struct sw_fields *fields, struct sw_json *json);

/* Does the event have a cause to show?  A message that states its own reason
 * needs none. */
bool sw_field_has_cause(const struct sw_event *event);
bool sw_field_tells_cause(enum sw_message message, enum sw_cause cause);

/* "tcp", "udp", "proto-143"; text has 16 bytes. */
void sw_field_protocol(uint8_t proto, char *text);

/*
 * Copies text in a form fit for a log line: bytes other than printable ASCII,
 * quotes and backslashes become \xNN, \" and \\.
 * => the length written, cut at size
 */
size_t sw_field_escape(const char *text, char *out, size_t size);

#endif
