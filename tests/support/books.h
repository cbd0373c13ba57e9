/* SPDX-License-Identifier: Apache-2.0 */
/*
 * books: drops given to incidents, and what was told of them, summed up.
 *
 * The drops given in must equal those the caller was told to log plus the
 * counts in the lines of intervals.
 */
#ifndef SYNWARD_TESTS_BOOKS_H
#define SYNWARD_TESTS_BOOKS_H

#include "report/incident.h"

enum {
	BOOKS_IN = 2, /* clients come in by eth2, */
	BOOKS_OUT = 1 /* servers are behind eth1 */
};

struct books {
	struct sw_incidents *incidents;
	uint64_t given, logged, counted;
	unsigned lines, closed; /* of lines: closing ones */
	uint64_t closed_drops;
	struct sw_incident_report report; /* taken last */
	char last[512];			  /* its line */
};

struct books books_open(uint32_t rate, uint32_t interval);
/* Has all told, and fails the test when the books do not balance. */
void books_close(struct books *books, uint64_t ms);

/* => is it to be logged? */
bool books_give(struct books *books, const struct sw_event *event);
/* => did a line come?  It is in last. */
bool books_take(struct books *books, uint64_t ms);
void books_take_all(struct books *books, uint64_t ms);

/* An asymmetric segment from client:40000 to server:443. */
struct sw_event
books_refusal(uint32_t client, uint32_t server, uint8_t flags, uint64_t ms);
/* A SYN/ACK back, that comes in where clients should. */
struct sw_event books_answer(uint32_t client, uint32_t server, uint64_t ms);

#endif
