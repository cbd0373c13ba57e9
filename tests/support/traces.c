/* SPDX-License-Identifier: Apache-2.0 */
#include "traces.h"

#include <check.h>
#include <stdlib.h>

#include "build.h"

struct sw_traces *
traces_fresh(struct sw_traces *before)
{
	struct sw_traces *traces = calloc(1, sizeof *traces);

	free(before);
	ck_assert_ptr_nonnull(traces);
	return traces;
}

struct sw_trace *
traces_note(struct sw_traces *traces, const struct traces_row *row)
{
	struct sw_refusal packet = { .tcp_flags = build_flags(row->flags),
		.seq = row->seq,
		.ack = row->ack,
		.payload = row->payload };
	struct sw_time now = { (100000 + row->at) * SW_NS_PER_MS };

	return sw_trace_note(traces, TRACES_ID, 0, row->from_b, &packet, now);
}

struct sw_trace *
traces_run(struct sw_traces *traces, const char *name,
    const struct traces_row *rows, size_t n)
{
	struct sw_trace *trace = NULL;

	for (size_t i = 0; i < n; i++) {
		trace = traces_note(traces, &rows[i]);
		ck_assert_msg(trace->step == rows[i].step,
		    "%s, row %zu: step %u, not %u", name, i, trace->step,
		    rows[i].step);
	}
	return trace;
}
