/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What has changed is not read, only that something did: a message that was
 * lost because too many came counts as well.
 */
#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/route_watch.h"

enum { BUFFER = 16384, READS_MOST = 256 };

static int
join(int fd)
{
	static const int groups[] = { RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR,
		RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE,
		RTNLGRP_IPV4_RULE, RTNLGRP_IPV6_RULE, RTNLGRP_NEXTHOP };

	for (unsigned i = 0; i < sizeof groups / sizeof groups[0]; i++)
		if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP,
			&groups[i], sizeof groups[i]) < 0)
			return -errno;
	return 0;
}

int
sw_route_watch_open(void)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK };
	int error, fd = socket(AF_NETLINK,
		       SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);

	if (fd < 0)
		return -errno;
	error = bind(fd, (struct sockaddr *)&address, sizeof address) < 0
		    ? -errno
		    : join(fd);
	if (error == 0)
		return fd;
	close(fd);
	return error;
}

bool
sw_route_watch_read(int fd)
{
	char buffer[BUFFER];
	bool changed = false;

	for (int i = 0; i < READS_MOST; i++) {
		ssize_t n = recv(fd, buffer, sizeof buffer, MSG_DONTWAIT);

		if (n < 0 && errno != ENOBUFS && errno != EINTR)
			break;
		changed |= n > 0 || errno == ENOBUFS;
	}
	return changed;
}
