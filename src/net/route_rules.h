/* SPDX-License-Identifier: Apache-2.0 */
/*
 * route_rules: does policy routing ask for more than we can tell it?
 *
 * A question for a route names addresses and an interface.  Where a rule
 * looks at a mark, a port, a protocol or the type of service, the kernel may
 * route the packet itself another way than it answers.
 */
#ifndef SYNWARD_NET_ROUTE_RULES_H
#define SYNWARD_NET_ROUTE_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mnl_socket;

/* Reads the rules of a family (enum sw_family) by this socket, without
 * waiting; sequence is the question's.  => also true when they could not be
 * read */
bool sw_route_rules_blind(
    struct mnl_socket *socket, uint32_t family, uint32_t sequence);

/* Is there such a rule among these messages?  *done: the last is here. */
bool sw_route_rules_scan(const void *messages, size_t length, bool *done);

#endif
