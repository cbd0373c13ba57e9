/* SPDX-License-Identifier: Apache-2.0 */
/*
 * incidents: a table of them, shared by the commands that show some.
 */
#ifndef SYNWARD_CTL_INCIDENTS_H
#define SYNWARD_CTL_INCIDENTS_H

#include "ctl/talk.h"
#include "ctl/text.h"

#define SW_INCIDENTS_WHO 80

/* Its client or scanner: "10.1.2.3", "37 of 10.1.2.0/24", "37 clients" */
const char *
sw_incidents_who(const json_t *incident, char text[SW_INCIDENTS_WHO]);
void sw_incidents_begin(struct sw_columns *columns, const struct sw_ctl *ctl);
void sw_incidents_row(struct sw_columns *columns, const json_t *incident);

#endif
