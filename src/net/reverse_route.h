/* SPDX-License-Identifier: Apache-2.0 */
/*
 * route: by which interface would our answer leave?
 *
 * For a packet about whose connection nothing is known the kernel is asked
 * which way packets to its source are routed.  Where that is not the
 * interface it came by, requests and answers of its connection pass
 * different gateways.  Asked on the desk's thread, after the verdict; the
 * answers are kept for a few seconds, and only so many questions are asked
 * a second, so that a flood of sources costs nothing.
 */
#ifndef SYNWARD_NET_REVERSE_ROUTE_H
#define SYNWARD_NET_REVERSE_ROUTE_H

#include <stddef.h>

#include "synward/event.h"

struct sw_reverse_route;

struct sw_ifaces;

/* ifaces, which knows ports of bridges, stays the caller's; NULL: none
 * => NULL with errno set */
struct sw_reverse_route *sw_reverse_route_open(struct sw_ifaces *ifaces);
void sw_reverse_route_close(struct sw_reverse_route *route);

/*
 * The interface towards the refused packet's source: that by which the
 * packet came where this is one of several equal ways.  router is a struct
 * sw_reverse_route *; of the type sw_reverse_route_ask of pipeline/reporter.h.  One thread at a time.
 * *doubted: rules of policy routing look at more than was asked for.
 * => 0 when there is no route, or it was not asked: where a bridge decides,
 *    routing does not
 */
uint32_t sw_reverse_route_back(
    const struct sw_event *event, bool *doubted, void *router);

/* Reads the kernel's reply to a question of that sequence number.
 * => false: it is none; *interface: the one in it, the expected one when
 *    that is among several, 0 for an error */
bool sw_reverse_route_read(const void *message, size_t length,
    uint32_t sequence, uint32_t expected, uint32_t *interface);

#endif
