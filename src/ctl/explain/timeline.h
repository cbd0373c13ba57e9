/* SPDX-License-Identifier: Apache-2.0 */
/*
 * timeline: what happened to a connection, the newest first.
 */
#ifndef SYNWARD_CTL_EXPLAIN_TIMELINE_H
#define SYNWARD_CTL_EXPLAIN_TIMELINE_H

#include "ctl/command.h"
#include "ctl/explain/headline.h"

/* Prints events and drops, repeats of a drop as one line with their number;
 * nothing when there are none. */
void sw_timeline_print(const struct sw_ctl *ctl, const struct sw_known *known);

#endif
