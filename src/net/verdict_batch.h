/* SPDX-License-Identifier: Apache-2.0 */
/*
 * answer: how a batch's verdicts are told to the kernel.
 *
 * The kernel takes a verdict for one packet, or one for every packet up to
 * an id.  Passed packets go in runs, so that a batch without a drop costs
 * one message; a few drops are answered singly before the run around them,
 * many in a row by a run of their own.
 */
#ifndef SYNWARD_NET_VERDICT_BATCH_H
#define SYNWARD_NET_VERDICT_BATCH_H

#include "synward/engine.h"

struct sw_answer {
	uint32_t id;
	uint8_t verdict; /* enum sw_verdict */
	bool up_to;	 /* for every packet up to id still waiting */
};

/*
 * ids ascend (they may wrap), as the kernel gave them; verdicts are theirs.
 * => how many answers were written, at most n; sent in this order they give
 *    each packet its verdict and pass or drop no other
 */
size_t sw_verdict_batch_plan(const uint32_t ids[],
    const enum sw_verdict verdicts[], size_t n, struct sw_answer answers[]);

#endif
