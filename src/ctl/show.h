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

/* Are all operands conditions of a filter?  => false after telling which
 * is not */
bool sw_show_filter(const struct sw_ctl *ctl);

/* One line for an event; drops as they are logged. */
void sw_show_event(const struct sw_ctl *ctl, const json_t *event);

/* Paragraphs of text, folded; indent: blanks before each line. */
void sw_show_fold(const char *text, unsigned indent);

/* What the letters of a history mean, of those that occur in it. */
void sw_show_history(const char *history);

#endif
