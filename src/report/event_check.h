/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event_check: may an event from a predecessor's memory be used?
 */
#ifndef SYNWARD_REPORT_EVENT_CHECK_H
#define SYNWARD_REPORT_EVENT_CHECK_H

#include "synward/event.h"

/* Is each number of the event one that its reader knows, each text ended, and
 * no time after now? */
bool sw_event_check_sane(const struct sw_event *event, struct sw_time now);

/* The same of endpoints. */
bool sw_event_check_ends(const struct sw_endpoints *ends);

/* A number that changes when the layout of an event or the meaning of its
 * numbers does. */
uint64_t sw_event_check_layout(void);

/* Of n bytes, against accidents. */
uint64_t sw_event_check_sum(const void *bytes, size_t n);

#endif
