/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hint_related: what would have allowed a denied packet as a related
 * connection.
 */
#ifndef SYNWARD_DIAGNOSE_HINT_RELATED_H
#define SYNWARD_DIAGNOSE_HINT_RELATED_H

#include "synward/event.h"

/* The line for the parent's rule, or the body of a rule for the packet's own
 * ends, which *whole says.
 * => false when there is none */
bool sw_hint_related(
    const struct sw_event *event, char *line, size_t size, bool *whole);

/* "10.1.2.3/32" */
void sw_hint_related_address(
    const struct sw_addr *addr, uint8_t family, char *text, size_t size);

#endif
