/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decides which drops are alike.
 *
 * A key contains what an incident's drops have in common.  It first decides who
 * is client and who is server, because an outgoing SYN/ACK and the incoming ACK
 * belong to the same problem.  The host that opened the connection is the
 * client; when that is unknown, the ports decide.
 */
#include <string.h>

#include "report/incident_internal.h"
#include "report/mix.h"

/* Services have low ports, clients choose high ones.  When the ports do not
 * decide, the destination counts as the server. */
static unsigned
height(uint16_t port)
{
	if (port < 1024)
		return 0;
	return port < 32768 ? 1 : 2;
}

static bool
from_server(const struct sw_event *event)
{
	const struct sw_refusal *refused = &event->refused;
	uint8_t flags =
	    refused->tcp_flags & (SW_FIN | SW_SYN | SW_RST | SW_ACK);

	/* Who scans is the sender, whatever its port. */
	if (event->judgement.cause == SW_CAUSE_ACK_SCAN)
		return false;
	if (refused->has_flow)
		return !refused->from_opener;
	if (refused->opens)
		return false;
	if (flags == (SW_SYN | SW_ACK))
		return true;
	return height(refused->ends.sport) < height(refused->ends.dport);
}

struct sw_endpoints
sw_incident_ends(const struct sw_event *event)
{
	return from_server(event)
		   ? sw_packet_endpoints_reverse(&event->refused.ends)
		   : event->refused.ends;
}

/* IPv4 /24, IPv6 /64. */
static struct sw_addr
network_of(const struct sw_addr *addr, uint8_t family)
{
	struct sw_addr network = { { 0 } };

	memcpy(network.b, addr->b, family == SW_IPV6 ? 8 : 3);
	return network;
}

struct incident_key
sw_incident_key(const struct sw_event *event, const struct sw_endpoints *ends)
{
	bool in_is_low = event->in < event->out;
	struct incident_key key;

	memset(&key, 0, sizeof key);
	key.group.message = event->refused.message;
	key.group.cause = event->judgement.cause;
	key.group.action = event->refused.action;
	key.group.proto = ends->proto;
	key.group.family = ends->family;
	key.group.zone = ends->zone;
	key.group.rule = event->rule;
	key.group.if_low = in_is_low ? event->in : event->out;
	key.group.if_high = in_is_low ? event->out : event->in;
	key.server = ends->dst;
	key.port = ends->dport;
	key.client = network_of(&ends->src, ends->family);
	key.scope = SCOPE_NARROW;
	return key;
}

static bool
keeps_server(enum incident_scope scope)
{
	return scope == SCOPE_NARROW || scope == SCOPE_SERVER;
}

static bool
keeps_client(enum incident_scope scope)
{
	return scope == SCOPE_NARROW || scope == SCOPE_CLIENT;
}

struct incident_key
sw_incident_widen(const struct incident_key *narrow, enum incident_scope scope)
{
	struct incident_key key;

	memset(&key, 0, sizeof key);
	key.scope = (uint16_t)scope;
	key.group = narrow->group;
	if (keeps_server(scope)) {
		key.server = narrow->server;
		key.port = narrow->port;
	}
	if (keeps_client(scope))
		key.client = narrow->client;
	return key;
}

/* A scanner has many targets, and replies to forged source addresses come from
 * many servers, which is what these causes mean. */
enum incident_scope
sw_incident_scope(uint8_t cause)
{
	return cause == SW_CAUSE_ACK_SCAN || cause == SW_CAUSE_BACKSCATTER
		   ? SCOPE_CLIENT
		   : SCOPE_NARROW;
}

/* The hash need not be unpredictable, because a chain is never longer than the
 * table, which is small. */
uint32_t
sw_incident_hash(const void *bytes, size_t n)
{
	uint64_t hash = sw_mix_bytes(n, bytes, n);

	return (uint32_t)(sw_mix_word(hash, n % sizeof hash) >> 16);
}
