/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report: what the comparison found, counted, for a person to read.
 */
#ifndef SYNWARD_PROOF_REPORT_H
#define SYNWARD_PROOF_REPORT_H

#include <stdint.h>

#include "differences.h"

#define REPORT_STRANGE_MAX 256
#define REPORT_HISTORY 64

struct report {
	const char *title;
	enum sw_tracking tracking;
	bool free; /* nothing is put in step */
	uint64_t packets, conversations, passed, ip6;
	uint64_t cut; /* conversations that a difference cut short */
	uint64_t known[DIFFERENCES_MAX];
	/* Differences that are not in the table, by what they look like. */
	struct {
		char looks[120];
		uint64_t times;
	} strange[REPORT_STRANGE_MAX];
	unsigned kinds;	    /* of strange ones */
	uint64_t strangers; /* all of them */
	unsigned show;	    /* how many to print with what went before */
	struct segment history[REPORT_HISTORY];
	unsigned sent; /* in this conversation */
};

void report_conversation(struct report *report);

/* Counts an outcome of trackers that go their own way: only verdicts are
 * compared. */
void report_verdict(struct report *report, const struct outcome *outcome);

/* Counts an outcome, and puts both trackers in step again when they differ.
 * => false when that can not be done, so that the conversation is over */
bool report_go_on(struct report *report, struct compare *compare,
    const struct outcome *outcome);

const char *report_kind(unsigned kind);

/* Writes the summary.  => true when nothing strange was found */
bool report_print(const struct report *report);

#endif
