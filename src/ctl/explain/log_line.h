/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log_line: a line of synward's log, read back.
 */
#ifndef SYNWARD_CTL_EXPLAIN_LOG_LINE_H
#define SYNWARD_CTL_EXPLAIN_LOG_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "synward/cause.h"

#define SW_LOG_FIELDS 32

struct sw_log_field {
	char key[24];
	const char *value; /* in the line */
	size_t length;
};

struct sw_log_line {
	struct sw_log_field fields[SW_LOG_FIELDS];
	size_t n_fields;
	char proto[16], from[64], to[64]; /* from "": the line names none */
	char incident[8];		  /* its id, or "" */
	enum sw_cause cause;		  /* SW_CAUSE_COUNT: names none */
};

/* Text before the message, such as a syslog's date, is skipped.
 * => false when it is no line of synward's
 * => points into text */
bool sw_log_line_read(const char *text, struct sw_log_line *line);

#endif
