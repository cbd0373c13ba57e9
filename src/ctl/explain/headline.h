/* SPDX-License-Identifier: Apache-2.0 */
/*
 * headline: what happened to a connection, in a sentence, and what to set.
 */
#ifndef SYNWARD_CTL_EXPLAIN_HEADLINE_H
#define SYNWARD_CTL_EXPLAIN_HEADLINE_H

#include <jansson.h>

/* What the daemon said of one connection, or of some alike. */
struct sw_known {
	json_t *flows, *gone; /* arrays: live flows, and those that ended */
	json_t *steps;	      /* events of flows, oldest first */
	json_t *drops;	      /* oldest first, too */
};

/* The drop that matters most: one that a working connection had, and of these
 * the newest.  => NULL without drops; borrowed from known */
const json_t *sw_headline_drop(const struct sw_known *known);

/* An object of kind "headline": its text, and the facts and the advice in it.
 * => NULL when nothing is known; the caller's */
json_t *sw_headline_object(const struct sw_known *known);

#endif
