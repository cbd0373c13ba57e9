/* SPDX-License-Identifier: Apache-2.0 */
/*
 * story: what flows, events and ends of connections look like, shared by
 * the commands that show them.
 */
#ifndef SYNWARD_CTL_SHOW_H
#define SYNWARD_CTL_SHOW_H

#include "ctl/talk.h"

#define SW_SHOW_END 64

/* "10.1.2.3:80" of two members of an object, without a port that is not
 * there. */
const char *sw_show_end(const json_t *object, const char *address,
    const char *port, char text[SW_SHOW_END]);

/* Do the flow's hosts show that they are elsewhere than its windows? */
bool sw_show_is_lost(const json_t *flow);

/* What the filter of this command is held against. */
uint8_t sw_show_subjects(const struct sw_command *command);

/* Are all operands conditions of a filter?  => false after telling which
 * is not */
bool sw_show_filter(const struct sw_ctl *ctl);

/* Writes "since=@SECONDS" for an option that takes a time, "" where it was not
 * given.  => false after telling what is wrong */
bool sw_show_moment(
    const struct sw_ctl *ctl, const char *option, char *word, size_t size);

/* Words that must stay until the question is asked. */
struct sw_show_asked {
	char limit[40], since[40], until[40];
};

/*
 * Adds the operands and what the options --follow, --limit, --last, --since
 * and --until ask; the command has all of these.
 * usual: the limit where none is given; 0: none
 * also: a condition that is added to each alternative, or NULL, or ""
 * => false after telling what is wrong
 */
bool sw_show_ask(struct sw_question *question, const struct sw_ctl *ctl,
    struct sw_show_asked *asked, unsigned usual, const char *also);

/* One line for an event; drops as they are logged, or shortened on a
 * terminal. */
void sw_show_event(const struct sw_ctl *ctl, const json_t *event);

/* A short line for a drop that came REPEATS times; since: the oldest of
 * them, NULL: not shown. */
void sw_show_drop(const struct sw_ctl *ctl, const json_t *drop,
    unsigned repeats, const json_t *since);
/* Are they alike but for their time? */
bool sw_show_same_drop(const json_t *a, const json_t *b);
/* A short line for what happened to a flow that many times. */
void
sw_show_step(const struct sw_ctl *ctl, const json_t *event, unsigned repeats);

/* Paragraphs of text, folded; indent: blanks before each line. */
void sw_show_fold(const char *text, unsigned indent);

/* What the letters of a history mean, of those that occur in it. */
void sw_show_history(const char *history);

#endif
