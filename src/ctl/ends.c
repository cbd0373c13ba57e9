/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the daemon would refuse with a word about its own request is told
 * here in words of the command line.
 */
#include "ctl/ends.h"
#include "ctl/command.h"
#include "protocol/request.h"

struct end {
	struct sw_addr addr;
	uint8_t family;
	uint16_t port;
};

static bool
wrong(const char *text, const char *how)
{
	sw_ctl_fail(SW_EXIT_USAGE, "'%.80s' %s", text, how);
	return false;
}

static bool
read_end(const char *text, struct end *end)
{
	return sw_request_endpoint(
		   text, &end->addr, &end->family, &end->port) ||
	       wrong(text, "is no address such as 10.1.2.3:80 or [fd00::1]:80");
}

bool
sw_ends_check(const char *from, const char *to, const char *proto, bool both)
{
	int number = sw_filter_protocol(proto);
	struct end a, b;

	if (number < 0)
		return wrong(proto,
		    "is no protocol such as tcp, udp, icmp or a number to 255");
	if (!read_end(from, &a) || !read_end(to, &b))
		return false;
	if (a.family != b.family)
		return wrong(to, "is not of the same family as the other end:"
				 " one address is IPv4, the other IPv6");
	if (!sw_proto_has_ports((uint8_t)number))
		return true;
	if (both && a.port == 0)
		return wrong(from, "lacks a port");
	return b.port != 0 || wrong(to, "lacks a port");
}
