/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cases: every kind of segment in every state, from both sides, at every
 * place of the window, and how long each state lasts; compared with the
 * kernel like random packets.
 */
#ifndef SYNWARD_PROOF_CASES_H
#define SYNWARD_PROOF_CASES_H

#include "report.h"

/* What the cases have touched, of the table in engine/tcp/table.c. */
struct coverage {
	unsigned cases;
	unsigned by_kind[SW_TCP_KINDS];
	bool cell[2][SW_TCP_KINDS][SW_STATE_COUNT];
};

void cases_run(
    struct compare *compare, struct report *report, struct coverage *coverage);

/* Writes how many cases and cells there were.  => true when none is missing */
bool cases_print(const struct coverage *coverage);

#endif
