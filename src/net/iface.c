/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The list of (index, name, present) is in the order in which links were first
 * seen and is searched linearly: gateways have tens of interfaces, and the
 * packet path never searches it.  An entry stays after its link is gone, so
 * that a log line about an earlier packet still has the name; a new link with
 * that index overwrites the entry.  When links are created and removed all the
 * time, each with a new index, a new link replaces the entry that has been gone
 * longest.
 *
 * One thread reads the socket and writes the list; any thread may look names
 * up.
 */

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "net/iface.h"
#include "net/link_message.h"
#include "net/netlink.h"

enum {
	LINKS_MOST = 65536,
	GONE_MOST = 256, /* entries of removed links */
	BUFFER = 32768,
	REQUEST = 64,
};

struct link {
	uint32_t index;
	bool present;
	bool port;	 /* a port of a bridge */
	uint32_t vrf;	 /* that it is in, or 0 */
	uint32_t parent; /* for a VLAN: has its frames; else 0 */
	uint16_t vlan;
	uint64_t went; /* the order of removal */
	char name[IF_NAMESIZE];
};

struct sw_ifaces {
	pthread_rwlock_t lock;
	struct mnl_socket *socket;
	struct link *links;
	size_t n, room, gone;
	uint64_t departures;
};

struct sw_ifaces *
sw_ifaces_create(void)
{
	struct sw_ifaces *ifaces = calloc(1, sizeof *ifaces);

	if (ifaces == NULL)
		return NULL;
	if (pthread_rwlock_init(&ifaces->lock, NULL) != 0) {
		free(ifaces);
		return NULL;
	}
	return ifaces;
}

void
sw_ifaces_destroy(struct sw_ifaces *ifaces)
{
	if (ifaces == NULL)
		return;
	if (ifaces->socket != NULL)
		mnl_socket_close(ifaces->socket);
	pthread_rwlock_destroy(&ifaces->lock);
	free(ifaces->links);
	free(ifaces);
}

static struct link *
by_index(const struct sw_ifaces *ifaces, uint32_t index)
{
	for (size_t i = 0; i < ifaces->n; i++)
		if (ifaces->links[i].index == index)
			return &ifaces->links[i];
	return NULL;
}

static struct link *
gone_longest(const struct sw_ifaces *ifaces)
{
	struct link *longest = NULL;

	if (ifaces->links == NULL)
		return NULL;
	for (size_t i = 0; i < ifaces->n; i++) {
		struct link *link = &ifaces->links[i];

		if (!link->present &&
		    (longest == NULL || link->went < longest->went))
			longest = link;
	}
	return longest;
}

/* => NULL when there is no room */
static struct link *
append(struct sw_ifaces *ifaces)
{
	size_t room = ifaces->room == 0 ? 16 : ifaces->room * 2;
	struct link *links;

	if (ifaces->n == ifaces->room) {
		if (room > LINKS_MOST)
			return NULL;
		links = realloc(ifaces->links, room * sizeof *links);
		if (links == NULL)
			return NULL;
		ifaces->links = links;
		ifaces->room = room;
	}
	return &ifaces->links[ifaces->n++];
}

/* Adds an entry whose link counts as gone.
 * => NULL when memory is short: the link stays without a name */
static struct link *
add(struct sw_ifaces *ifaces, uint32_t index)
{
	struct link *link = NULL;

	if (ifaces->gone < GONE_MOST && (link = append(ifaces)) != NULL)
		ifaces->gone++;
	if (link == NULL)
		link = gone_longest(ifaces);
	if (link != NULL)
		*link = (struct link){ .index = index };
	return link;
}

static struct link *
present_by_name(const struct sw_ifaces *ifaces, const char *name)
{
	for (size_t i = 0; i < ifaces->n; i++)
		if (ifaces->links[i].present &&
		    strcmp(ifaces->links[i].name, name) == 0)
			return &ifaces->links[i];
	return NULL;
}

static void
depart(struct sw_ifaces *ifaces, struct link *link)
{
	link->present = false;
	link->went = ++ifaces->departures;
	ifaces->gone++;
}

/* Marks a link as present.  When another link has its name, that one was
 * removed and the message about it was lost. */
static bool
came(struct sw_ifaces *ifaces, uint32_t index, const char *name)
{
	struct link *link, *other = present_by_name(ifaces, name);

	if (other != NULL && other->index == index)
		return false;
	if (other != NULL)
		depart(ifaces, other);
	link = by_index(ifaces, index);
	if (link == NULL)
		link = add(ifaces, index);
	if (link == NULL)
		return other != NULL;
	ifaces->gone -= !link->present;
	link->present = true;
	strncpy(link->name, name, sizeof link->name - 1);
	link->name[sizeof link->name - 1] = '\0';
	return true;
}

static bool
went(struct sw_ifaces *ifaces, uint32_t index)
{
	struct link *link = by_index(ifaces, index);

	if (link == NULL || !link->present)
		return false;
	depart(ifaces, link);
	return true;
}

/* => true when it entered or left one */
static bool
note_vrf(struct link *link, const struct nlmsghdr *nlh)
{
	uint32_t vrf = sw_link_message_vrf(nlh);
	bool changed = vrf != link->vrf;

	link->vrf = vrf;
	return changed;
}

static void
note_vlan(struct link *link, const struct nlmsghdr *nlh)
{
	link->vlan = sw_link_message_vlan(nlh, &link->parent);
}

static bool
comes_as(struct sw_ifaces *ifaces, const struct nlmsghdr *nlh, uint32_t index)
{
	const char *name = sw_link_message_name(nlh);
	bool changed = name != NULL && came(ifaces, index, name);
	struct link *link = by_index(ifaces, index);

	if (name != NULL && link != NULL) {
		link->port = sw_link_message_is_member(nlh, "bridge");
		changed |= note_vrf(link, nlh);
		note_vlan(link, nlh);
	}
	return changed;
}

static bool
apply_one(struct sw_ifaces *ifaces, const struct nlmsghdr *nlh)
{
	const struct ifinfomsg *info = mnl_nlmsg_get_payload(nlh);

	if (nlh->nlmsg_len < MNL_NLMSG_HDRLEN + sizeof *info ||
	    info->ifi_index <= 0)
		return false;
	/* A bridge reports its ports in messages of its own family; a port that
	 * leaves the bridge still exists. */
	if (info->ifi_family != AF_UNSPEC)
		return false;
	if (nlh->nlmsg_type == RTM_DELLINK)
		return went(ifaces, (uint32_t)info->ifi_index);
	if (nlh->nlmsg_type != RTM_NEWLINK)
		return false;
	return comes_as(ifaces, nlh, (uint32_t)info->ifi_index);
}

bool
sw_ifaces_apply(struct sw_ifaces *ifaces, const void *messages, size_t length)
{
	const struct nlmsghdr *nlh = messages;
	int left = (int)length;
	bool changed = false;

	pthread_rwlock_wrlock(&ifaces->lock);
	for (; sw_netlink_is_whole(nlh, left); nlh = mnl_nlmsg_next(nlh, &left))
		changed |= apply_one(ifaces, nlh);
	pthread_rwlock_unlock(&ifaces->lock);
	return changed;
}

static int
ask_all(struct sw_ifaces *ifaces)
{
	char request[REQUEST];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(request);
	struct rtgenmsg *any;

	nlh->nlmsg_type = RTM_GETLINK;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	any = mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
	any->rtgen_family = AF_UNSPEC;
	if (mnl_socket_sendto(ifaces->socket, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	return 0;
}

/* Does the buffer contain the end of a dump? */
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
read_all(struct sw_ifaces *ifaces)
{
	_Alignas(struct nlmsghdr) char buffer[BUFFER];
	ssize_t n;

	do {
		n = mnl_socket_recvfrom(ifaces->socket, buffer, sizeof buffer);
		if (n < 0 && errno != EINTR && errno != ENOBUFS)
			return -errno;
		if (n > 0)
			sw_ifaces_apply(ifaces, buffer, (size_t)n);
	} while (n < 0 || !is_done(buffer, (size_t)n));
	return 0;
}

int
sw_ifaces_open(struct sw_ifaces *ifaces)
{
	int error;

	ifaces->socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (ifaces->socket == NULL)
		return -errno;
	if (mnl_socket_bind(ifaces->socket, RTMGRP_LINK, MNL_SOCKET_AUTOPID) <
	    0)
		return -errno;
	error = ask_all(ifaces);
	if (error == 0)
		error = read_all(ifaces);
	return error < 0 ? error : mnl_socket_get_fd(ifaces->socket);
}

bool
sw_ifaces_read(struct sw_ifaces *ifaces)
{
	_Alignas(struct nlmsghdr) char buffer[BUFFER];
	int fd = mnl_socket_get_fd(ifaces->socket);
	bool changed = false;
	ssize_t n;

	while ((n = recv(fd, buffer, sizeof buffer, MSG_DONTWAIT)) != 0) {
		if (n > 0)
			changed |= sw_ifaces_apply(ifaces, buffer, (size_t)n);
		else if (errno == ENOBUFS)
			ask_all(ifaces); /* messages were lost: dump again */
		else if (errno != EINTR)
			break;
	}
	return changed;
}

bool
sw_ifaces_name(struct sw_ifaces *ifaces, uint32_t index, char name[IF_NAMESIZE])
{
	const struct link *link;

	name[0] = '\0';
	pthread_rwlock_rdlock(&ifaces->lock);
	link = index == 0 ? NULL : by_index(ifaces, index);
	if (link != NULL)
		memcpy(name, link->name, IF_NAMESIZE);
	pthread_rwlock_unlock(&ifaces->lock);
	return name[0] != '\0';
}

bool
sw_ifaces_is_port(struct sw_ifaces *ifaces, uint32_t index)
{
	const struct link *link;
	bool port;

	pthread_rwlock_rdlock(&ifaces->lock);
	link = by_index(ifaces, index);
	port = link != NULL && link->port;
	pthread_rwlock_unlock(&ifaces->lock);
	return port;
}

uint32_t
sw_ifaces_index(struct sw_ifaces *ifaces, const char *name)
{
	const struct link *link;
	uint32_t index = 0;

	pthread_rwlock_rdlock(&ifaces->lock);
	link = present_by_name(ifaces, name);
	if (link != NULL)
		index = link->index;
	pthread_rwlock_unlock(&ifaces->lock);
	return index;
}

struct sw_iface *
sw_ifaces_list(struct sw_ifaces *ifaces, size_t *n)
{
	struct sw_iface *list;

	*n = 0;
	pthread_rwlock_rdlock(&ifaces->lock);
	list = calloc(ifaces->n + 1, sizeof *list);
	for (size_t i = 0; list != NULL && i < ifaces->n; i++) {
		const struct link *link = &ifaces->links[i];

		if (!link->present)
			continue;
		memcpy(list[*n].name, link->name, sizeof link->name);
		list[*n].index = link->index;
		list[*n].vrf = link->vrf;
		list[(*n)++].port = link->port;
	}
	pthread_rwlock_unlock(&ifaces->lock);
	return list;
}

size_t
sw_ifaces_vlans(
    struct sw_ifaces *ifaces, struct sw_iface_vlan list[], size_t most)
{
	size_t n = 0;

	pthread_rwlock_rdlock(&ifaces->lock);
	for (size_t i = 0; i < ifaces->n && n < most; i++) {
		const struct link *link = &ifaces->links[i];

		if (link->present && link->parent != 0)
			list[n++] = (struct sw_iface_vlan){ link->index,
				link->parent, link->vlan };
	}
	pthread_rwlock_unlock(&ifaces->lock);
	return n;
}
