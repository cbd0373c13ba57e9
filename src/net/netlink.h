/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netlink: is a message all there?
 */
#ifndef SYNWARD_NET_NETLINK_H
#define SYNWARD_NET_NETLINK_H

#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <stddef.h>

/* As mnl_nlmsg_ok(), which takes a stated length of 2^31 and more for a
 * negative one and lets it through.  left may be negative. */
static inline bool
sw_netlink_ok(const struct nlmsghdr *nlh, int left)
{
	return left >= (int)sizeof *nlh && nlh->nlmsg_len <= (unsigned)left &&
	       mnl_nlmsg_ok(nlh, left);
}

#endif
