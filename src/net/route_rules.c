/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules are dumped and read to their end.  The kernel prepares the next
 * part of a dump when the previous one has been read, so nothing waits.
 */
#include <libmnl/libmnl.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "net/netlink.h"
#include "net/route_rules.h"
#include "synward/packet.h"

enum { REQUEST = 64, REPLY = 32768, PARTS = 64 };

static bool
is_blind_spot(const struct nlattr *attr)
{
	switch (mnl_attr_get_type(attr)) {
	case FRA_FWMARK:
	case FRA_FWMASK:
		return mnl_attr_validate(attr, MNL_TYPE_U32) == 0 &&
		       mnl_attr_get_u32(attr) != 0;
	case FRA_IP_PROTO:
	case FRA_SPORT_RANGE:
	case FRA_DPORT_RANGE:
	case FRA_TUN_ID:
		return true;
	}
	return false;
}

static bool
asks_more(const struct nlmsghdr *nlh)
{
	const struct fib_rule_hdr *rule = mnl_nlmsg_get_payload(nlh);
	struct nlattr *attr;

	if (nlh->nlmsg_len < MNL_NLMSG_HDRLEN + sizeof *rule)
		return false;
	if (rule->tos != 0)
		return true;
	mnl_attr_for_each(attr, nlh, sizeof *rule)
	{
		if (is_blind_spot(attr))
			return true;
	}
	return false;
}

bool
sw_route_rules_scan(const void *messages, size_t length, bool *done)
{
	const struct nlmsghdr *nlh = messages;
	int left = (int)length;
	bool found = false;

	for (; sw_netlink_is_whole(nlh, left);
	     nlh = mnl_nlmsg_next(nlh, &left)) {
		if (nlh->nlmsg_type == RTM_NEWRULE)
			found = found || asks_more(nlh);
		else if (nlh->nlmsg_type == NLMSG_DONE ||
			 nlh->nlmsg_type == NLMSG_ERROR)
			*done = true;
	}
	return found;
}

static bool
ask(struct mnl_socket *socket, uint32_t family, uint32_t sequence)
{
	char buffer[REQUEST];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
	struct fib_rule_hdr *rule;

	nlh->nlmsg_type = RTM_GETRULE;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	nlh->nlmsg_seq = sequence;
	rule = mnl_nlmsg_put_extra_header(nlh, sizeof *rule);
	rule->family = family == SW_IPV4 ? AF_INET : AF_INET6;
	return mnl_socket_sendto(socket, nlh, nlh->nlmsg_len) >= 0;
}

bool
sw_route_rules_blind(
    struct mnl_socket *socket, uint32_t family, uint32_t sequence)
{
	_Alignas(struct nlmsghdr) char buffer[REPLY];
	bool found = false, done = false;

	if (!ask(socket, family, sequence))
		return true;
	for (int i = 0; i < PARTS && !done; i++) {
		ssize_t n = recv(mnl_socket_get_fd(socket), buffer,
		    sizeof buffer, MSG_DONTWAIT);

		if (n <= 0)
			return true;
		found = sw_route_rules_scan(buffer, (size_t)n, &done) || found;
	}
	return found || !done;
}
