/* SPDX-License-Identifier: Apache-2.0 */
/*
 * talk: one question to the daemon and its answer.
 */
#ifndef SYNWARD_CTL_TALK_H
#define SYNWARD_CTL_TALK_H

#include <jansson.h>
#include <stdint.h>

#include "ctl/command.h"

#define SW_TALK_WORDS 32

struct sw_question {
	const char *socket; /* NULL: the configured one */
	const char *words[SW_TALK_WORDS];
	size_t n;
	bool follow;   /* the answer may take for ever */
	bool verbatim; /* objects are printed as they come, not handed over */
	bool quiet;    /* nothing is written to standard error */
	unsigned timeout; /* seconds for a byte of the answer; 0: the usual */
};

/* The question a command line asks: its command, socket and --json.
 * command: the request's name */
struct sw_question
sw_talk_question(const struct sw_ctl *ctl, const char *command);
/* text must stay until the question is asked.  Words beyond the last that
 * fits are refused by sw_talk_ask(). */
void sw_talk_question_add(struct sw_question *question, const char *text);

/*
 * Asks, and calls each for every object of the answer; the object is gone
 * afterwards.  each: => false to end here.
 * => exit code of the program; what went wrong was written
 */
int sw_talk_ask(const struct sw_question *question,
    bool (*each)(const json_t *object, void *context), void *context);

/* Members of an object: "", 0, false when they are not there. */
const char *sw_talk_json_text(const json_t *object, const char *key);
double sw_talk_json_real(const json_t *object, const char *key);
uint64_t sw_talk_json_count(const json_t *object, const char *key);
bool sw_talk_json_true(const json_t *object, const char *key);
/* Is it of this kind: its member "kind"? */
bool sw_talk_json_is(const json_t *object, const char *kind);

#endif
