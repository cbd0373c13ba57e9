/* SPDX-License-Identifier: Apache-2.0 */
/*
 * route_watch: tells that packets may leave by another interface than before.
 */
#ifndef SYNWARD_NET_ROUTE_WATCH_H
#define SYNWARD_NET_ROUTE_WATCH_H

#include <stdbool.h>

/* Hears of links, addresses, routes, rules and next hops.
 * => a descriptor to poll for input, the caller's, or -errno */
int sw_route_watch_open(void);

/* Reads what came.  => true when something has changed, or was missed */
bool sw_route_watch_read(int fd);

#endif
