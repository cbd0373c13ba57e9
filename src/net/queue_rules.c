/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A rule is a list of expressions.  Two kinds send packets to a queue: nft's
 * own, "queue", and iptables' target NFQUEUE, whose data begins with the number
 * of the first queue and, from its second revision on, how many there are.
 * "queue to" a value that is computed may be any queue, so it counts.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "net/netlink.h"
#include "net/queue_rules.h"

enum { REQUEST = 64, REPLY = 65536, PARTS = 65536, RUNNING = 1 };
enum { BOTH = SW_QUEUE_RULES_IPV4 | SW_QUEUE_RULES_IPV6 };

static bool
overlaps(const struct sw_queue_range *queues, uint32_t first, uint32_t count)
{
	return first < (uint32_t)queues->first + queues->count &&
	       queues->first < first + (count > 0 ? count : 1);
}

static bool
feeds_by_statement(
    const struct nlattr *data, const struct sw_queue_range *queues)
{
	uint32_t first = 0, count = 1;
	bool computed = false;
	struct nlattr *attr;

	mnl_attr_for_each_nested(attr, data)
	{
		int type = mnl_attr_get_type(attr);

		if (type == NFTA_QUEUE_SREG_QNUM)
			computed = true;
		if (mnl_attr_get_payload_len(attr) < sizeof(uint16_t))
			continue;
		if (type == NFTA_QUEUE_NUM)
			first = ntohs(mnl_attr_get_u16(attr));
		if (type == NFTA_QUEUE_TOTAL)
			count = ntohs(mnl_attr_get_u16(attr));
	}
	return computed || overlaps(queues, first, count);
}

static bool
feeds_by_target(const struct nlattr *data, const struct sw_queue_range *queues)
{
	uint16_t numbers[2] = { 0, 1 };
	bool is_queue = false;
	struct nlattr *attr;

	mnl_attr_for_each_nested(attr, data)
	{
		size_t length = mnl_attr_get_payload_len(attr);
		const void *payload = mnl_attr_get_payload(attr);

		if (mnl_attr_get_type(attr) == NFTA_TARGET_NAME)
			is_queue =
			    length >= sizeof "NFQUEUE" &&
			    memcmp(payload, "NFQUEUE", sizeof "NFQUEUE") == 0;
		if (mnl_attr_get_type(attr) == NFTA_TARGET_INFO)
			memcpy(numbers, payload,
			    length < sizeof numbers ? length : sizeof numbers);
	}
	return is_queue && overlaps(queues, numbers[0], numbers[1]);
}

static bool
feeds(const struct nlattr *expression, const struct sw_queue_range *queues)
{
	struct nlattr *attr, *data = NULL;
	const char *name = "";

	mnl_attr_for_each_nested(attr, expression)
	{
		if (mnl_attr_get_type(attr) == NFTA_EXPR_NAME &&
		    mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) >= 0)
			name = mnl_attr_get_str(attr);
		if (mnl_attr_get_type(attr) == NFTA_EXPR_DATA)
			data = attr;
	}
	if (data == NULL)
		return false;
	if (strcmp(name, "queue") == 0)
		return feeds_by_statement(data, queues);
	return strcmp(name, "target") == 0 && feeds_by_target(data, queues);
}

static bool
rule_feeds(const struct nlmsghdr *nlh, const struct sw_queue_range *queues)
{
	struct nlattr *attr, *expression;

	if (nlh->nlmsg_len < MNL_NLMSG_HDRLEN + sizeof(struct nfgenmsg))
		return false;
	mnl_attr_for_each(attr, nlh, sizeof(struct nfgenmsg))
	{
		if (mnl_attr_get_type(attr) != NFTA_RULE_EXPRESSIONS)
			continue;
		mnl_attr_for_each_nested(expression, attr)
		{
			if (feeds(expression, queues))
				return true;
		}
	}
	return false;
}

/* Tables of inet and of bridges have packets of both. */
static int
families_of(const struct nlmsghdr *nlh, const struct sw_queue_range *queues)
{
	const struct nfgenmsg *header = mnl_nlmsg_get_payload(nlh);

	if (!rule_feeds(nlh, queues))
		return 0;
	if (header->nfgen_family == NFPROTO_IPV4)
		return SW_QUEUE_RULES_IPV4;
	if (header->nfgen_family == NFPROTO_IPV6)
		return SW_QUEUE_RULES_IPV6;
	return SW_QUEUE_RULES_IPV4 | SW_QUEUE_RULES_IPV6;
}

static int
error_of(const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *error = mnl_nlmsg_get_payload(nlh);

	if (nlh->nlmsg_len < MNL_NLMSG_HDRLEN + sizeof *error)
		return -EBADMSG;
	return error->error < 0 ? error->error : 0;
}

int
sw_queue_rules_scan(const void *messages, size_t length,
    const struct sw_queue_range *queues, int *done)
{
	const struct nlmsghdr *nlh = messages;
	int left = (int)length, found = 0;

	for (; sw_netlink_is_whole(nlh, left);
	     nlh = mnl_nlmsg_next(nlh, &left)) {
		if (nlh->nlmsg_type == NLMSG_DONE)
			*done = 0;
		else if (nlh->nlmsg_type == NLMSG_ERROR)
			*done = error_of(nlh);
		else if ((nlh->nlmsg_type & 0xff) == NFT_MSG_NEWRULE)
			found |= families_of(nlh, queues);
	}
	return found;
}

static int
ask(struct mnl_socket *socket)
{
	char buffer[REQUEST];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
	struct nfgenmsg *header;

	nlh->nlmsg_type = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETRULE;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	header = mnl_nlmsg_put_extra_header(nlh, sizeof *header);
	header->nfgen_family = AF_UNSPEC;
	header->version = NFNETLINK_V0;
	return mnl_socket_sendto(socket, nlh, nlh->nlmsg_len) < 0 ? -errno : 0;
}

/* Rules of both families end the reading; with the socket goes the rest. */
static int
read_rules(struct mnl_socket *socket, const struct sw_queue_range *queues)
{
	_Alignas(struct nlmsghdr) char buffer[REPLY];
	int found = 0, done = RUNNING;

	for (int i = 0; i < PARTS && done == RUNNING && found != BOTH; i++) {
		ssize_t n = recv(mnl_socket_get_fd(socket), buffer,
		    sizeof buffer, MSG_DONTWAIT);

		if (n <= 0)
			return n < 0 ? -errno : -EBADMSG;
		found |= sw_queue_rules_scan(buffer, (size_t)n, queues, &done);
	}
	return done < 0 ? done : found;
}

int
sw_queue_rules_find(const struct sw_queue_range *queues)
{
	struct mnl_socket *socket =
	    mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
	int result;

	if (socket == NULL)
		return -errno;
	result =
	    mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0 ? -errno : 0;
	if (result == 0)
		result = ask(socket);
	if (result == 0)
		result = read_rules(socket, queues);
	mnl_socket_close(socket);
	return result;
}
