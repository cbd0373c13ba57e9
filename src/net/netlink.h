/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netlink: checks that a message is complete.
 */
#ifndef SYNWARD_NET_NETLINK_H
#define SYNWARD_NET_NETLINK_H

#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <stddef.h>

/* Like mnl_nlmsg_ok(), which accepts a stated length of 2^31 or more because it
 * reads it as negative.  left may be negative. */
static inline bool
sw_netlink_ok(const struct nlmsghdr *nlh, int left)
{
	return left >= (int)sizeof *nlh && nlh->nlmsg_len <= (unsigned)left &&
	       mnl_nlmsg_ok(nlh, left);
}

/* Is a message there with all of its attributes?  mnl_attr_for_each() reads up
 * to the next multiple of four, which the kernel fills up in each of them but
 * those that contain a packet. */
static inline bool
sw_netlink_is_whole(const struct nlmsghdr *nlh, int left)
{
	return sw_netlink_ok(nlh, left) &&
	       MNL_ALIGN(nlh->nlmsg_len) <= (unsigned)left;
}

#endif
