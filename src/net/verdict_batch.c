/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The batch is read as runs of equal verdicts.  A run of passes is delayed: its
 * last id is the one to pass up to, and a later run may include it.  The drops
 * of a short run get single verdicts, which remove their packets from the
 * kernel's queue before the passes around them are sent; so the passes on both
 * sides still merge into one message.  A long run of drops is cheaper as one
 * message, but then the passes before it must be sent first.
 */

#include "net/verdict_batch.h"

/* From this many drops in a row on, one message never costs more than single
 * ones. */
enum { LONG_RUN = 3 };

static size_t
run_end(const enum sw_verdict verdicts[], size_t start, size_t n)
{
	size_t end = start + 1;

	while (end < n && verdicts[end] == verdicts[start])
		end++;
	return end;
}

static size_t
drop_singly(const uint32_t ids[], size_t n, struct sw_answer answers[])
{
	for (size_t i = 0; i < n; i++)
		answers[i] = (struct sw_answer){ ids[i], SW_DROP, false };
	return n;
}

size_t
sw_verdict_batch_plan(const uint32_t ids[], const enum sw_verdict verdicts[],
    size_t n, struct sw_answer answers[])
{
	size_t told = 0, end;
	struct sw_answer held = { 0, SW_PASS, true };
	bool holds = false;

	for (size_t start = 0; start < n; start = end) {
		end = run_end(verdicts, start, n);
		if (verdicts[start] == SW_PASS) {
			held.id = ids[end - 1];
			holds = true;
		} else if (end - start < LONG_RUN) {
			told += drop_singly(
			    ids + start, end - start, answers + told);
		} else {
			if (holds)
				answers[told++] = held;
			holds = false;
			answers[told++] =
			    (struct sw_answer){ ids[end - 1], SW_DROP, true };
		}
	}
	if (holds)
		answers[told++] = held;
	return told;
}
