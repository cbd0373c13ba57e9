/* SPDX-License-Identifier: Apache-2.0 */
/*
 * route_rules: do rules of policy routing match on more than we can ask?
 *
 * A route question contains addresses and an interface.  When a rule matches on
 * a mark, a port, a protocol or the type of service, the kernel may route the
 * packet in another way than it answers.
 */
#ifndef SYNWARD_NET_ROUTE_RULES_H
#define SYNWARD_NET_ROUTE_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mnl_socket;

/* Reads the rules of a family (enum sw_family) through this socket, without
 * waiting; sequence is the question's.
 * => true also when the rules could not be read */
bool sw_route_rules_blind(
    struct mnl_socket *socket, uint32_t family, uint32_t sequence);

/* Is there such a rule among these messages?  *done: they include the last. */
bool sw_route_rules_scan(const void *messages, size_t length, bool *done);

#endif
