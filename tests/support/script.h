/* SPDX-License-Identifier: Apache-2.0 */
/*
 * script: a TCP conversation as a table, stepped through a real engine.
 *
 *	static const struct script_row rows[] = {
 *		{ 0, 'C', "S", 1000, 0, 0, '+', "syn_sent" },
 *		{ 1, 'S', "SA", 5000, 1001, 0, '+', "syn_recv" },
 *		{ 2, 'C', "A", 1001, 5001, 0, '+', "established" },
 *	};
 *
 * A row is a segment: milliseconds since the start, who sends it (C the
 * client, S the server), flags, sequence number, acknowledgement, payload;
 * then what is expected: '+' it passes, '-' it is dropped, and the flow's
 * state afterwards ("-": there is none).  An expected refusal that passes
 * fails the test as surely as the other way round.
 */
#ifndef SYNWARD_SUPPORT_SCRIPT_H
#define SYNWARD_SUPPORT_SCRIPT_H

#include "synward/engine.h"

struct script_row {
	uint32_t at; /* ms */
	char from;   /* 'C' or 'S' */
	const char *flags;
	uint32_t seq, ack, length;
	char expect;	   /* '+' or '-' */
	const char *state; /* NULL: not compared */
	/* What follows may be left out. */
	const char *cause; /* of a refusal, also "gap high"; NULL: not
			      compared */
	int window;	   /* 0: 65535; -1: a zero window */
	int wscale;	   /* 0: none; n: scale n - 1 */
	uint32_t sack;	   /* right edge of a SACK block, 0: none; of a SYN,
			      which has no blocks: not 0 offers no SACK */
	uint32_t tsval;	   /* 0: no time stamp */
};

/* Rows to begin with. */
#define SCRIPT_HANDSHAKE                                       \
	{ 0, 'C', "S", 1000, 0, 0, '+', "syn_sent" },          \
	    { 1, 'S', "SA", 5000, 1001, 0, '+', "syn_recv" },  \
	{                                                      \
		2, 'C', "A", 1001, 5001, 0, '+', "established" \
	}

/* The client closes first.  Its FIN is 1001, the server's 5001. */
#define SCRIPT_TO_FIN_WAIT                                   \
	SCRIPT_HANDSHAKE,                                    \
	{                                                    \
		3, 'C', "FA", 1001, 5001, 0, '+', "fin_wait" \
	}
#define SCRIPT_TO_CLOSE_WAIT                                  \
	SCRIPT_TO_FIN_WAIT,                                   \
	{                                                     \
		4, 'S', "A", 5001, 1002, 0, '+', "close_wait" \
	}
#define SCRIPT_TO_LAST_ACK                                   \
	SCRIPT_TO_CLOSE_WAIT,                                \
	{                                                    \
		5, 'S', "FA", 5001, 1002, 0, '+', "last_ack" \
	}
#define SCRIPT_TO_TIME_WAIT                                  \
	SCRIPT_TO_LAST_ACK,                                  \
	{                                                    \
		6, 'C', "A", 1002, 5002, 0, '+', "time_wait" \
	}

/* The packet of a row, between 10.0.0.1:40000 (C) and 10.0.0.2:80 (S). */
struct sw_packet script_packet(const struct script_row *row);

/* Treatment with the default profile's timeouts. */
struct sw_flow_policy script_treatment(enum sw_tracking tracking);

/* For checks that look into an engine of their own: its limits, memory for a
 * table that outlives it (to be freed), the time of a row, and the stepping of
 * rows that must all pass. */
extern const struct sw_limits script_limits;
void *script_memory(const struct sw_limits *limits);
struct sw_time script_at(uint64_t ms);
void
script_pass(struct sw_engine *engine, const struct script_row *rows, size_t n);

/* Runs all rows through a fresh engine under this treatment. */
void script_run(const char *name, const struct sw_flow_policy *flow_policy,
    const struct script_row *rows, size_t n);

#define SCRIPT_RUN(name, tracking, rows)                                     \
	do {                                                                 \
		struct sw_flow_policy t_ = script_treatment(tracking);       \
		script_run(name, &t_, rows, sizeof(rows) / sizeof(*(rows))); \
	} while (0)

#endif
