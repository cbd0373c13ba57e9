/* SPDX-License-Identifier: Apache-2.0 */
/*
 * link_message: what a netlink message about a link (RTM_NEWLINK) says.
 */
#ifndef SYNWARD_NET_LINK_MESSAGE_H
#define SYNWARD_NET_LINK_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

struct nlmsghdr;

/* => its name, within the message, or NULL */
const char *sw_link_message_name(const struct nlmsghdr *nlh);
/* Is the link in one of this kind, such as "bridge"? */
bool sw_link_message_is_member(const struct nlmsghdr *nlh, const char *kind);
/* => the index of the VRF that the link is in, or 0 */
uint32_t sw_link_message_vrf(const struct nlmsghdr *nlh);
/* => the number of the VLAN that the link is for, or 0; *parent: the index of
 *    the link that has its frames, else 0 */
uint16_t sw_link_message_vlan(const struct nlmsghdr *nlh, uint32_t *parent);

#endif
