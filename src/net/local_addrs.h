/* SPDX-License-Identifier: Apache-2.0 */
/*
 * local_addrs: the addresses of this host, kept current by rtnetlink.
 *
 * A packet to or from one of them is not forwarded.  One thread uses a list.
 */
#ifndef SYNWARD_NET_LOCAL_ADDRS_H
#define SYNWARD_NET_LOCAL_ADDRS_H

#include "synward/packet.h"

struct sw_local_addrs;

/* Reads all addresses, and hears of changes from then on.
 * => 0, and the caller owns *addrs: sw_local_addrs_close(); or -errno */
int sw_local_addrs_open(struct sw_local_addrs **addrs);
void sw_local_addrs_close(struct sw_local_addrs *addrs);

/* Reads what has come, without waiting. */
void sw_local_addrs_read(struct sw_local_addrs *addrs);

bool sw_local_addrs_has(const struct sw_local_addrs *addrs,
    const struct sw_addr *addr, uint8_t family);

/* For sw_local_addrs_read() and tests: applies netlink messages (RTM_NEWADDR,
 * RTM_DELADDR) from a buffer. */
struct sw_local_addrs *sw_local_addrs_create(void);
void sw_local_addrs_apply(
    struct sw_local_addrs *addrs, const void *messages, size_t length);

#endif
