/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The daemon counts packets of all its interfaces together.  The kernel's
 * counters say which of them received anything; they have 32 bits, and begin
 * again with an interface that comes back.
 */
#include <ifaddrs.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "ctl/command.h"
#include "ctl/try/links.h"

enum { LIST = 256 };

/* "eth0, eth1, ..." of those that there are */
static const char *
list_present(char text[LIST])
{
	struct if_nameindex *list = if_nameindex();
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; list != NULL && list[i].if_index != 0; i++) {
		const char *name = list[i].if_name;

		if (strcmp(name, "lo") == 0)
			continue;
		if (used + strlen(name) + 8 > LIST) {
			snprintf(text + used, LIST - used, ", ...");
			break;
		}
		used += (size_t)snprintf(text + used, LIST - used, "%s%s",
		    used > 0 ? ", " : "", name);
	}
	if_freenameindex(list);
	return used > 0 ? text : "lo only";
}

static bool
open_link(struct sw_try_links *links, const char *name)
{
	char text[LIST];

	if (strlen(name) >= IF_NAMESIZE || if_nametoindex(name) == 0) {
		sw_command_fail(SW_EXIT_USAGE,
		    "there is no interface '%.80s'; there are: %s", name,
		    list_present(text));
		return false;
	}
	if (strpbrk(name, "\"\\*?!") != NULL) {
		sw_command_fail(SW_EXIT_USAGE,
		    "'%s': a configuration cannot name this interface; rename "
		    "it with ip link set",
		    name);
		return false;
	}
	if (links->n == SW_TRY_LINKS) {
		sw_command_fail(
		    SW_EXIT_USAGE, "at most %d interfaces", SW_TRY_LINKS);
		return false;
	}
	strcpy(links->list[links->n++].name, name);
	return true;
}

static bool
is_listed(const struct sw_try_links *links, const char *name)
{
	for (size_t i = 0; i < links->n; i++)
		if (strcmp(links->list[i].name, name) == 0)
			return true;
	return false;
}

static void
count(struct sw_try_link *link, unsigned index, uint32_t packets)
{
	if (link->index == index)
		link->received += (uint32_t)(packets - link->counted);
	else if (link->was_away)
		link->received += packets;
	link->index = index;
	link->counted = packets;
}

static void
read_link(struct sw_try_link *link, const struct ifaddrs *addresses)
{
	bool was_present = link->present;

	link->present = false;
	for (; addresses != NULL; addresses = addresses->ifa_next) {
		const struct rtnl_link_stats *stats = addresses->ifa_data;

		if (addresses->ifa_addr == NULL || stats == NULL ||
		    addresses->ifa_addr->sa_family != AF_PACKET ||
		    strcmp(addresses->ifa_name, link->name) != 0)
			continue;
		link->present = true;
		count(link, if_nametoindex(link->name), stats->rx_packets);
	}
	if (was_present && !link->present)
		fprintf(stderr,
		    "%s is gone; it is followed again when it comes back\n",
		    link->name);
	if (!was_present && link->present && link->was_away)
		fprintf(stderr, "%s is back\n", link->name);
	link->was_away = link->was_away || !link->present;
}

void
sw_try_links_read(struct sw_try_links *links)
{
	struct ifaddrs *addresses;

	if (getifaddrs(&addresses) < 0)
		return;
	for (size_t i = 0; i < links->n; i++)
		read_link(&links->list[i], addresses);
	freeifaddrs(addresses);
}

bool
sw_try_links_open(struct sw_try_links *links, char **names, int n)
{
	links->n = 0;
	memset(links->list, 0, sizeof links->list);
	for (int i = 0; i < n; i++)
		if (!is_listed(links, names[i]) && !open_link(links, names[i]))
			return false;
	sw_try_links_read(links);
	return true;
}

const char *
sw_try_links_names(const struct sw_try_links *links, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < links->n && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s",
		    i == 0		? ""
		    : i + 1 == links->n ? " and "
					: ", ",
		    links->list[i].name);
	return text;
}
