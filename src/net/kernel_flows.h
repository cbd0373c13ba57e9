/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kernel_flows: the connections that the kernel's own tracker knows.
 */
#ifndef SYNWARD_NET_KERNEL_FLOWS_H
#define SYNWARD_NET_KERNEL_FLOWS_H

#include <stddef.h>

#include "synward/packet.h"

/*
 * Lists TCP connections that are established, and UDP flows, that the tracker
 * calls assured.  Each is given from its opener, with the addresses that the
 * packet has when it is forwarded: what was translated before, and not yet what
 * is translated behind.  A tracker that is not loaded is left so.
 * => how many, and the caller frees *openers; 0 when there is no tracker;
 *    -ENOSYS when this build cannot ask; or -errno
 */
long sw_kernel_flows_list(struct sw_endpoints **openers);

#endif
