/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sequence: refusals and what else the diagnosis is told, as a table, and the
 * cause and confidence that must come of each.
 *
 *	{ 500, "c1:40000", "s1:80", "PA", 1000, 5000, 100, "gap medium" },
 *
 * Hosts are c1.. behind interface 1, s1.. behind 2, and x1.., strangers, also
 * behind 2.  Nothing has a story: these are the packets that nobody knows.
 */
#ifndef SYNWARD_SUPPORT_SEQUENCE_H
#define SYNWARD_SUPPORT_SEQUENCE_H

#include "synward/diagnose.h"

struct sequence_row {
	uint32_t at; /* ms after the start */
	const char *from, *to;
	/* TCP flags; "BAD" and flags: refused for them; "ping", "pong",
	 * "error", "type": ICMP, as is
	 * "stamp", another reply; or what is no refusal: "gap", "opens", "works"
	 * (established, in and back by the interfaces of its ends), "embryo"
	 * (its SYN timed out) */
	const char *what;
	uint32_t seq, ack, payload;
	const char *expected; /* "gap medium" of the last; NULL: any */
	/* What follows may be left out. */
	unsigned n;	  /* so many times, the first included; 0: once */
	uint32_t every;	  /* ms between them */
	const char *vary; /* what is one more each time: h and p host and port
			     that send, H and P that are sent to, s both
			     numbers (by much), a the acknowledgement (by 100),
			     d numbers by the payload */
	uint32_t length;  /* of the packet; 0: 40 and the payload */
	uint32_t stamp;	  /* time stamp's echo; 0: none at all */
	uint32_t route;	  /* interface of our route back; 0: not asked */
	bool doubted;	  /* ... by rules that look at marks */
	uint32_t in, out; /* instead of the hosts' */
};

/* Runs all rows through a fresh diagnosis. */
void sequence_run(const char *name, const struct sequence_row *rows, size_t n);

/* A time stamp that echoes nothing. */
#define SEQUENCE_BLANK UINT32_MAX

#define SEQUENCE_RUN(name, rows) \
	sequence_run(name, rows, sizeof(rows) / sizeof(*(rows)))

#endif
