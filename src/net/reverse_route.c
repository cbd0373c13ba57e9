/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The question is the RTM_GETROUTE that the kernel would ask itself for the
 * reply: from the addressee, received on the interface towards it, to the
 * source.  So the rules of policy routing apply.  The kernel answers before
 * sendto() returns; the reply is in the socket or never comes, so nothing waits
 * for it.
 *
 * No question is asked where routing does not decide: for a packet that left
 * through the interface it arrived on, or arrived on a port of a bridge.
 *
 * When the route differs from the expected one, a second question asks for the
 * whole route in the table: any of several next hops may be used, and all of
 * them are right.  When rules of policy routing match on something that the
 * question cannot contain, the answer is marked as doubtful.
 *
 * Answers are cached in a small table with one entry for each hash value.
 */

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "net/iface.h"
#include "net/netlink.h"
#include "net/reverse_route.h"
#include "net/route_rules.h"

enum {
	PLACES = 1024,
	QUESTIONS = 500, /* per second */
	REQUEST = 256,
	REPLY = 8192,
};

#define LIFE (5 * SW_NS_PER_SECOND)

/* The route of the reply: from the packet's destination to its source. */
struct way {
	struct sw_addr to, from;
	uint32_t in, expected; /* interfaces: arrival, expected exit */
	uint32_t family;       /* wide enough to leave no padding */
};

struct place {
	struct way way;
	struct sw_time asked;
	uint32_t interface;
	bool used, doubted;
};

struct sw_reverse_route {
	struct mnl_socket *socket;
	struct sw_ifaces *ifaces; /* NULL: no bridge ports are known */
	uint32_t sequence;
	struct sw_time second; /* start of the current second */
	unsigned questions;    /* questions asked in it */
	struct place places[PLACES];
};

struct sw_reverse_route *
sw_reverse_route_open(struct sw_ifaces *ifaces)
{
	struct sw_reverse_route *route = calloc(1, sizeof *route);

	if (route == NULL)
		return NULL;
	route->ifaces = ifaces;
	route->socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (route->socket == NULL ||
	    mnl_socket_bind(route->socket, 0, MNL_SOCKET_AUTOPID) < 0) {
		sw_reverse_route_close(route);
		return NULL;
	}
	return route;
}

void
sw_reverse_route_close(struct sw_reverse_route *route)
{
	int error = errno;

	if (route == NULL)
		return;
	if (route->socket != NULL)
		mnl_socket_close(route->socket);
	free(route);
	errno = error;
}

static void
put_address(struct nlmsghdr *nlh, uint16_t type, const struct sw_addr *addr,
    uint8_t family)
{
	mnl_attr_put(nlh, type, family == SW_IPV4 ? 4 : 16, addr->b);
}

static bool
ask(struct sw_reverse_route *route, const struct way *way, bool whole)
{
	char buffer[REQUEST];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
	struct rtmsg *message;
	uint8_t bits = way->family == SW_IPV4 ? 32 : 128;

	nlh->nlmsg_type = RTM_GETROUTE;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	nlh->nlmsg_seq = ++route->sequence;
	message = mnl_nlmsg_put_extra_header(nlh, sizeof *message);
	message->rtm_family = way->family == SW_IPV4 ? AF_INET : AF_INET6;
	message->rtm_dst_len = bits;
	message->rtm_flags = whole ? RTM_F_FIB_MATCH : 0;
	put_address(nlh, RTA_DST, &way->to, way->family);
	if (way->in != 0) {
		message->rtm_src_len = bits;
		put_address(nlh, RTA_SRC, &way->from, way->family);
		mnl_attr_put_u32(nlh, RTA_IIF, way->in);
	}
	return mnl_socket_sendto(route->socket, nlh, nlh->nlmsg_len) >= 0;
}

/* Is the expected interface among the next hops? */
static bool
names_hop(const struct nlattr *attr, uint32_t expected)
{
	const struct rtnexthop *hop = mnl_attr_get_payload(attr);
	size_t left = mnl_attr_get_payload_len(attr);

	while (left >= sizeof *hop && hop->rtnh_len >= sizeof *hop &&
	       hop->rtnh_len <= left) {
		size_t length = RTNH_ALIGN(hop->rtnh_len);

		if ((uint32_t)hop->rtnh_ifindex == expected)
			return true;
		if (length >= left)
			break;
		left -= length;
		hop = (const void *)((const char *)hop + length);
	}
	return false;
}

/* => the interface in a route message, the expected one if it is among them */
static uint32_t
interface_in(const struct nlmsghdr *nlh, uint32_t expected)
{
	struct nlattr *attr;
	uint32_t interface = 0;

	if (nlh->nlmsg_type != RTM_NEWROUTE)
		return 0;
	mnl_attr_for_each(attr, nlh, sizeof(struct rtmsg))
	{
		if (mnl_attr_get_type(attr) == RTA_OIF &&
		    mnl_attr_validate(attr, MNL_TYPE_U32) == 0)
			interface = mnl_attr_get_u32(attr);
		if (mnl_attr_get_type(attr) == RTA_MULTIPATH &&
		    names_hop(attr, expected))
			return expected;
	}
	return interface;
}

bool
sw_reverse_route_read(const void *message, size_t length, uint32_t sequence,
    uint32_t expected, uint32_t *interface)
{
	const struct nlmsghdr *nlh = message;

	if (!sw_netlink_is_whole(nlh, (int)length) ||
	    nlh->nlmsg_seq != sequence)
		return false;
	*interface = interface_in(nlh, expected);
	return true;
}

/* Reads the reply to the last question.
 * => 0 for an error, or without a reply */
static uint32_t
hear(struct sw_reverse_route *route, uint32_t expected)
{
	_Alignas(struct nlmsghdr) char buffer[REPLY];
	int fd = mnl_socket_get_fd(route->socket);
	ssize_t n;

	uint32_t interface;

	while ((n = recv(fd, buffer, sizeof buffer, MSG_DONTWAIT)) > 0)
		if (sw_reverse_route_read(buffer, (size_t)n, route->sequence,
			expected, &interface))
			return interface;
	return 0;
}

/* Asks for the route of a forwarded packet or, when the kernel refuses that, of
 * a local one. */
static uint32_t
look_up(struct sw_reverse_route *route, const struct way *way)
{
	struct way own = *way;
	uint32_t interface = 0;

	if (ask(route, way, false))
		interface = hear(route, way->expected);
	if (interface == 0 && way->in != 0) {
		own.in = 0;
		if (ask(route, &own, false))
			interface = hear(route, way->expected);
	}
	if (interface == 0 || interface == way->expected)
		return interface;
	if (ask(route, &own, true) &&
	    hear(route, way->expected) == way->expected)
		return way->expected;
	return interface;
}

static bool
may_ask(struct sw_reverse_route *route, struct sw_time now)
{
	if (now.ns - route->second.ns >= SW_NS_PER_SECOND) {
		route->second = now;
		route->questions = 0;
	}
	return route->questions++ < QUESTIONS;
}

static struct place *
place_of(struct sw_reverse_route *route, const struct way *way)
{
	const uint8_t *bytes = (const uint8_t *)way;
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < sizeof *way; i++)
		hash = (hash ^ bytes[i]) * 16777619u;
	return &route->places[hash % PLACES];
}

/* Does a bridge decide where the packet goes? */
static bool
is_bridged(const struct sw_reverse_route *route, const struct sw_event *event)
{
	return event->in == event->out ||
	       (route->ifaces != NULL &&
		   sw_ifaces_is_port(route->ifaces, event->in));
}

/* Only packets without a known flow are of interest. */
static bool
is_of_interest(const struct sw_event *event)
{
	const struct sw_refusal *refused = &event->refused;
	bool stray = !refused->has_flow ||
		     event->info.state == SW_STATE_SYN_SENT ||
		     event->info.how != SW_END_NOT;

	return stray && sw_message_is_orphan(refused->message) &&
	       !refused->opens_nothing && event->in != 0;
}

static void
answer(struct sw_reverse_route *route, const struct way *way,
    struct sw_time now, struct place *place)
{
	*place = (struct place){
		.asked = now, .interface = look_up(route, way), .used = true
	};
	memcpy(&place->way, way, sizeof *way);
	if (place->interface != 0 && place->interface != way->expected)
		place->doubted = sw_route_rules_blind(
		    route->socket, way->family, ++route->sequence);
}

uint32_t
sw_reverse_route_back(const struct sw_event *event, bool *doubted, void *router)
{
	struct sw_reverse_route *route = router;
	struct place *place;
	struct way way;

	*doubted = false;
	if (!is_of_interest(event) || is_bridged(route, event))
		return 0;
	memset(&way, 0, sizeof way);
	way.to = event->refused.ends.src;
	way.from = event->refused.ends.dst;
	way.in = event->out;
	way.expected = event->in;
	way.family = event->refused.ends.family;
	place = place_of(route, &way);
	if (place->used && memcmp(&place->way, &way, sizeof way) == 0 &&
	    event->time.ns - place->asked.ns < LIFE) {
		*doubted = place->doubted;
		return place->interface;
	}
	if (!may_ask(route, event->time))
		return 0;
	answer(route, &way, event->time, place);
	*doubted = place->doubted;
	return place->interface;
}
