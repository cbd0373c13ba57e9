/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reverse_route: finds the interface through which a reply would leave.
 *
 * For a packet without a known connection the kernel is asked how packets to
 * its source are routed.  When that is not the interface on which the packet
 * arrived, requests and replies of its connection pass different gateways.  The
 * reporter's thread asks, after the verdict; answers are cached for a few
 * seconds, and the number of questions per second is limited, so that a flood
 * of sources costs nothing.
 */
#ifndef SYNWARD_NET_REVERSE_ROUTE_H
#define SYNWARD_NET_REVERSE_ROUTE_H

#include <stddef.h>

#include "synward/event.h"

struct sw_reverse_route;

struct sw_ifaces;

/* ifaces knows the ports of bridges and stays the caller's; it may be NULL.
 * => NULL with errno set */
struct sw_reverse_route *sw_reverse_route_open(struct sw_ifaces *ifaces);
void sw_reverse_route_close(struct sw_reverse_route *route);

/*
 * The interface towards the refused packet's source: the one on which the
 * packet arrived if that is one of several equal routes.  router is a struct
 * sw_reverse_route *; the type is sw_reverse_route_ask of pipeline/reporter.h.
 * Only one thread may call it at a time.
 *
 * *doubted: rules of policy routing match on more than the question holds.
 * => 0 when there is no route, or a bridge decides instead of routing
 */
uint32_t sw_reverse_route_back(
    const struct sw_event *event, bool *doubted, void *router);

/* Reads the kernel's reply to the question with that sequence number.
 * => false when it is no such reply; *interface: the interface of the route,
 *    the expected one when that is among several, 0 for an error */
bool sw_reverse_route_read(const void *message, size_t length,
    uint32_t sequence, uint32_t expected, uint32_t *interface);

#endif
