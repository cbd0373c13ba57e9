/* SPDX-License-Identifier: Apache-2.0 */
/*
 * traces: packets of one refused tuple as rows, noted in a table of traces.
 */
#ifndef SYNWARD_SUPPORT_TRACES_H
#define SYNWARD_SUPPORT_TRACES_H

#include "diagnose/trace.h"

/* The tuple's hash. */
#define TRACES_ID UINT64_C(0x0123456789abcdef)

/* This far apart two sequence numbers are no longer near. */
#define TRACES_NEAR (1u << 20)

struct traces_row {
	uint64_t at; /* ms after 100 s */
	bool from_b;
	const char *flags;
	uint32_t seq, ack, payload;
	enum sw_trace_step step; /* expected by traces_run() */
};

/* An empty table, in place of the one before. */
struct sw_traces *traces_fresh(struct sw_traces *before);

struct sw_trace *
traces_note(struct sw_traces *traces, const struct traces_row *row);

/* => the trace after the last row; fails the test when a step is another */
struct sw_trace *traces_run(struct sw_traces *traces, const char *name,
    const struct traces_row *rows, size_t n);

#endif
