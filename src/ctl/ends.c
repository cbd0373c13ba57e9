/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ends: checks the endpoints of a command line.
 *
 * The daemon would refuse them in terms of its own requests; the messages here
 * use the terms of the command line.
 */
#include <arpa/inet.h>

#include "ctl/command.h"
#include "ctl/ends.h"
#include "protocol/request.h"

struct end {
	struct sw_addr addr;
	uint8_t family;
	uint16_t port;
};

static bool
wrong(const char *text, const char *how)
{
	sw_command_fail(SW_EXIT_USAGE, "'%.80s' %s", text, how);
	return false;
}

static bool
no_port(const struct end *end)
{
	char address[INET6_ADDRSTRLEN] = "";

	inet_ntop(end->family == SW_IPV6 ? AF_INET6 : AF_INET, end->addr.b,
	    address, sizeof address);
	sw_command_fail(SW_EXIT_USAGE,
	    end->family == SW_IPV6 ? "missing port: write [%s]:PORT"
				   : "missing port: write %s:PORT",
	    address);
	return false;
}

static bool
read_end(const char *text, struct end *end)
{
	return sw_request_endpoint(
		   text, &end->addr, &end->family, &end->port) ||
	       wrong(text, "is not an address; write one such as 10.1.2.3:80 "
			   "or [fd00::1]:80");
}

static bool
same_family(const struct end *a, const struct end *b, const char *to)
{
	return a->family == b->family ||
	       wrong(to,
		   "is of another address family than the other endpoint; "
		   "write two IPv4 or two IPv6 addresses");
}

static bool
check_protocol(const char *proto, int *number)
{
	*number = sw_filter_protocol(proto);
	return *number >= 0 ||
	       wrong(proto, "is not a protocol; write tcp, udp, icmp, or a "
			    "number from 0 to 255");
}

bool
sw_ends_check_known(const char *from, const char *to, const char *proto)
{
	struct end a, b;
	int number;

	if (proto != NULL && !check_protocol(proto, &number))
		return false;
	if (!read_end(from, &a))
		return false;
	return to == NULL || (read_end(to, &b) && same_family(&a, &b, to));
}

bool
sw_ends_check(const char *from, const char *to, const char *proto, bool both)
{
	struct end a, b;
	int number;

	if (!check_protocol(proto, &number))
		return false;
	if (!read_end(from, &a) || !read_end(to, &b) ||
	    !same_family(&a, &b, to))
		return false;
	if (!sw_proto_has_ports((uint8_t)number))
		return true;
	if (both && a.port == 0)
		return no_port(&a);
	return b.port != 0 || no_port(&b);
}
