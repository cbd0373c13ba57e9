/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The addresses are sorted, because each packet looks for two of them.  The
 * same address may be that of several interfaces; it stays until the last of
 * them loses it.  When messages were lost, all addresses are asked for again,
 * and the list begins empty.
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "net/local_addrs.h"
#include "net/netlink.h"

enum { MOST = 65536, BUFFER = 32768, REQUEST = 64 };

struct entry {
	uint8_t family;
	struct sw_addr addr;
	uint32_t ifindex;
};

struct sw_local_addrs {
	struct mnl_socket *socket;
	struct entry *list;
	size_t n, room;
};

struct sw_local_addrs *
sw_local_addrs_create(void)
{
	return calloc(1, sizeof(struct sw_local_addrs));
}

void
sw_local_addrs_close(struct sw_local_addrs *addrs)
{
	if (addrs == NULL)
		return;
	if (addrs->socket != NULL)
		mnl_socket_close(addrs->socket);
	free(addrs->list);
	free(addrs);
}

static int
compare(const struct entry *a, const struct entry *b)
{
	int order = (int)a->family - (int)b->family;

	if (order == 0)
		order = memcmp(&a->addr, &b->addr, sizeof a->addr);
	if (order == 0)
		order = (a->ifindex > b->ifindex) - (a->ifindex < b->ifindex);
	return order;
}

/* => the place of the first entry that is not less */
static size_t
place(const struct sw_local_addrs *addrs, const struct entry *entry)
{
	size_t low = 0, high = addrs->n;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (compare(&addrs->list[middle], entry) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool
is_at(const struct sw_local_addrs *addrs, size_t i, const struct entry *entry)
{
	return i < addrs->n && compare(&addrs->list[i], entry) == 0;
}

static void
insert(struct sw_local_addrs *addrs, const struct entry *entry)
{
	size_t i = place(addrs, entry);

	if (is_at(addrs, i, entry) || addrs->n == MOST)
		return;
	if (addrs->n == addrs->room) {
		size_t room = addrs->room > 0 ? 2 * addrs->room : 16;
		struct entry *list = realloc(addrs->list, room * sizeof *list);

		if (list == NULL)
			return;
		addrs->list = list;
		addrs->room = room;
	}
	memmove(&addrs->list[i + 1], &addrs->list[i],
	    (addrs->n - i) * sizeof *entry);
	addrs->list[i] = *entry;
	addrs->n++;
}

static void
forget(struct sw_local_addrs *addrs, const struct entry *entry)
{
	size_t i = place(addrs, entry);

	if (!is_at(addrs, i, entry))
		return;
	addrs->n--;
	memmove(&addrs->list[i], &addrs->list[i + 1],
	    (addrs->n - i) * sizeof *entry);
}

bool
sw_local_addrs_has(const struct sw_local_addrs *addrs,
    const struct sw_addr *addr, uint8_t family)
{
	const struct entry least = { .family = family, .addr = *addr };
	size_t i = place(addrs, &least);

	return i < addrs->n && addrs->list[i].family == family &&
	       memcmp(&addrs->list[i].addr, addr, sizeof *addr) == 0;
}

/* Of an interface that leads to one other host, IFA_ADDRESS is that host's. */
static bool
read_entry(const struct nlmsghdr *nlh, struct entry *entry)
{
	const struct ifaddrmsg *message = mnl_nlmsg_get_payload(nlh);
	size_t size = message->ifa_family == AF_INET ? 4 : 16;
	struct nlattr *attr;
	bool is_own = false, found = false;

	if (message->ifa_family != AF_INET && message->ifa_family != AF_INET6)
		return false;
	*entry = (struct entry){ .family = size == 4 ? SW_IPV4 : SW_IPV6,
		.ifindex = message->ifa_index };
	mnl_attr_for_each(attr, nlh, sizeof *message)
	{
		bool own = mnl_attr_get_type(attr) == IFA_LOCAL;

		if ((!own && mnl_attr_get_type(attr) != IFA_ADDRESS) ||
		    mnl_attr_get_payload_len(attr) != size || is_own)
			continue;
		memcpy(entry->addr.b, mnl_attr_get_payload(attr), size);
		found = true;
		is_own = own;
	}
	return found;
}

void
sw_local_addrs_apply(
    struct sw_local_addrs *addrs, const void *messages, size_t length)
{
	const struct nlmsghdr *nlh = messages;
	int left = (int)length;
	struct entry entry;

	for (; sw_netlink_is_whole(nlh, left);
	     nlh = mnl_nlmsg_next(nlh, &left)) {
		if (nlh->nlmsg_len <
			MNL_NLMSG_HDRLEN + sizeof(struct ifaddrmsg) ||
		    (nlh->nlmsg_type != RTM_NEWADDR &&
			nlh->nlmsg_type != RTM_DELADDR) ||
		    !read_entry(nlh, &entry))
			continue;
		if (nlh->nlmsg_type == RTM_NEWADDR)
			insert(addrs, &entry);
		else
			forget(addrs, &entry);
	}
}

static int
ask_all(struct sw_local_addrs *addrs)
{
	char request[REQUEST];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(request);

	nlh->nlmsg_type = RTM_GETADDR;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifaddrmsg));
	addrs->n = 0;
	return mnl_socket_sendto(addrs->socket, nlh, nlh->nlmsg_len) < 0
		   ? -errno
		   : 0;
}

static bool
is_done(const void *messages, size_t length)
{
	const struct nlmsghdr *nlh = messages;
	int left = (int)length;

	for (; sw_netlink_is_whole(nlh, left); nlh = mnl_nlmsg_next(nlh, &left))
		if (nlh->nlmsg_type == NLMSG_DONE ||
		    nlh->nlmsg_type == NLMSG_ERROR)
			return true;
	return false;
}

/* Reads the answer to ask_all() and waits for its end. */
static int
read_all(struct sw_local_addrs *addrs)
{
	_Alignas(struct nlmsghdr) char buffer[BUFFER];
	ssize_t n;

	do {
		n = mnl_socket_recvfrom(addrs->socket, buffer, sizeof buffer);
		if (n < 0 && errno != EINTR && errno != ENOBUFS)
			return -errno;
		if (n > 0)
			sw_local_addrs_apply(addrs, buffer, (size_t)n);
	} while (n < 0 || !is_done(buffer, (size_t)n));
	return 0;
}

int
sw_local_addrs_open(struct sw_local_addrs **addrs)
{
	struct sw_local_addrs *made = sw_local_addrs_create();
	int error;

	if (made == NULL)
		return -ENOMEM;
	made->socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	error =
	    made->socket == NULL || mnl_socket_bind(made->socket,
					RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR,
					MNL_SOCKET_AUTOPID) < 0
		? -errno
		: ask_all(made);
	if (error == 0)
		error = read_all(made);
	if (error < 0) {
		sw_local_addrs_close(made);
		return error;
	}
	*addrs = made;
	return 0;
}

void
sw_local_addrs_read(struct sw_local_addrs *addrs)
{
	_Alignas(struct nlmsghdr) char buffer[BUFFER];
	int fd = mnl_socket_get_fd(addrs->socket);
	ssize_t n;

	while ((n = recv(fd, buffer, sizeof buffer, MSG_DONTWAIT)) != 0) {
		if (n > 0)
			sw_local_addrs_apply(addrs, buffer, (size_t)n);
		else if (errno == ENOBUFS)
			ask_all(addrs); /* messages were lost: dump again */
		else if (errno != EINTR)
			break;
	}
}
