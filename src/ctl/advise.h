/* SPDX-License-Identifier: Apache-2.0 */
/*
 * advise: what an advice looks like, of the daemon or of a replay.
 */
#ifndef SYNWARD_CTL_ADVISE_H
#define SYNWARD_CTL_ADVISE_H

#include "ctl/talk.h"

/* Counts what was printed. */
struct sw_advised {
	const struct sw_ctl *ctl;
	unsigned rules; /* with connections that were cut */
	unsigned sound; /* where nothing is to be done */
};

/* Prints the advice for a rule; objects of other kinds are passed over. */
void sw_advise_print(struct sw_advised *advised, const json_t *object);

/* => what the command exits with, after saying so when nothing was printed */
int sw_advise_end(const struct sw_advised *advised);

#endif
