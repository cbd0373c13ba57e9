/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explain: the parts of the answer.
 *
 *	explain.c	a cause, and a connection
 *	headline.c	what happened to it, in a sentence
 *	timeline.c	what happened to it, the newest first
 *	explain_line.c	a line of the log, which tells of both; an incident
 *	log_line.c	reads such a line
 */
#ifndef SYNWARD_CTL_EXPLAIN_EXPLAIN_H
#define SYNWARD_CTL_EXPLAIN_EXPLAIN_H

#include "ctl/talk.h"
#include "synward/cause.h"

void sw_explain_heading(const struct sw_ctl *ctl, const char *text);
void sw_explain_cause(const struct sw_ctl *ctl, enum sw_cause cause);
void sw_explain_cause_json(enum sw_cause cause);
/* Prints it as a line.  => takes ownership */
void sw_explain_object(json_t *object);

/* from, to: as they are typed; to NULL: any, proto NULL: tcp where both have a
 * port, else any.  alone: the daemon may be missing
 * => exit code */
int sw_explain_ends(struct sw_ctl *ctl, const char *from, const char *to,
    const char *proto, bool alone);
/* Prints the headline of sw_explain_ends() and an empty line, when the daemon
 * runs and knows the connection. */
void sw_explain_headline(
    struct sw_ctl *ctl, const char *from, const char *to, const char *proto);
/* id: four hexadecimal digits.  => exit code */
int sw_explain_incident(struct sw_ctl *ctl, const char *id);
/* => exit code */
int sw_explain_line(struct sw_ctl *ctl, const char *text);

#endif
