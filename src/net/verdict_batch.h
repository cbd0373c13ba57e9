/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verdict_batch: turns the verdicts of a batch into few messages.
 *
 * The kernel accepts a verdict for one packet, or one for every packet up to an
 * id.  Passed packets are sent as runs, so that a batch without drops takes one
 * message; a few drops get single verdicts before the run around them, and many
 * in a row get a run of their own.
 */
#ifndef SYNWARD_NET_VERDICT_BATCH_H
#define SYNWARD_NET_VERDICT_BATCH_H

#include "synward/engine.h"

struct sw_answer {
	uint32_t id;
	uint8_t verdict; /* enum sw_verdict */
	bool up_to;	 /* for every waiting packet up to id */
};

/*
 * ids ascend (they may wrap), in the kernel's order; verdicts belong to them.
 * => the number of messages written, at most n; sent in this order they give
 *    each packet its verdict and affect no other
 */
size_t sw_verdict_batch_plan(const uint32_t ids[],
    const enum sw_verdict verdicts[], size_t n, struct sw_answer answers[]);

#endif
