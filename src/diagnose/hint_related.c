/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hint_related: for a denied packet whose hosts have a flow that may be its
 * parent.
 *
 * The line is made from the packet, so it allows this one, and from what is
 * known of the service.  Not each packet between such hosts belongs to their
 * flow: only what looks like the further connections of the service gets a
 * hint.
 */
#include <netinet/in.h>
#include <stdio.h>

#include "diagnose/hint_related.h"

enum {
	UNPRIVILEGED = 1024, /* the first port that any program may use */
	FTP_DATA = 20,
};

static const uint32_t customary[] = { 120, 300, 600, 1800, 3600, 7200, 14400,
	28800, 43200, 86400 };

static bool
is_high(const struct sw_refusal *refused)
{
	return refused->ends.sport >= UNPRIVILEGED &&
	       refused->ends.dport >= UNPRIVILEGED;
}

static bool
is_ftp_data(const struct sw_refusal *refused)
{
	return !refused->kin_from_client &&
	       refused->kin_port == SW_SERVICE_FTP &&
	       refused->ends.sport == FTP_DATA &&
	       refused->ends.dport >= UNPRIVILEGED;
}

/* From the server to the very port from which it was asked. */
static bool
is_answer(const struct sw_refusal *refused)
{
	return !refused->kin_from_client && refused->kin_proto == IPPROTO_UDP &&
	       refused->ends.proto == IPPROTO_UDP &&
	       refused->ends.dport == refused->kin_sport;
}

/* Does the packet look like a further connection of the parent's service? */
static bool
is_plausible(const struct sw_refusal *refused)
{
	uint8_t proto = refused->ends.proto;

	switch (refused->kin_port) {
	case SW_SERVICE_FTP:
		return proto == IPPROTO_TCP &&
		       (is_ftp_data(refused) || is_high(refused));
	case SW_SERVICE_TFTP:
		return is_answer(refused);
	case SW_SERVICE_PPTP:
		return proto == IPPROTO_GRE;
	case SW_SERVICE_SIP:
		return proto == IPPROTO_UDP && is_high(refused);
	default:
		return !sw_proto_has_ports(proto) || is_high(refused);
	}
}

/* => how much was written */
static int
write_ports(const struct sw_refusal *refused, char *text, size_t size)
{
	if (!sw_proto_has_ports(refused->ends.proto))
		return snprintf(text, size, " by = either");
	return snprintf(text, size, "%s%s%s",
	    is_ftp_data(refused) ? " source-port = 20"
				 : " from-any-port = true",
	    is_answer(refused) ? " to-port = same" : " to-port = 1024-65535",
	    refused->kin_from_client ? " by = client" : "");
}

static uint32_t
longer_than(uint32_t seconds)
{
	for (size_t i = 0; i < sizeof(customary) / sizeof(customary[0]); i++)
		if (customary[i] > seconds)
			return customary[i];
	return 0;
}

static void
name_protocol(uint8_t proto, char *text, size_t size)
{
	switch (proto) {
	case IPPROTO_TCP:
		snprintf(text, size, "tcp");
		break;
	case IPPROTO_UDP:
		snprintf(text, size, "udp");
		break;
	case IPPROTO_GRE:
		snprintf(text, size, "gre");
		break;
	default:
		snprintf(text, size, "%u", proto);
	}
}

static bool
write_section(
    const struct sw_refusal *refused, const char *more, char *line, size_t size)
{
	char ports[96], proto[8];
	int n;

	if (!is_plausible(refused))
		return false;
	name_protocol(refused->ends.proto, proto, sizeof(proto));
	write_ports(refused, ports, sizeof(ports));
	n = snprintf(
	    line, size, "related { protocol = %s%s%s }", proto, ports, more);
	return n > 0 && (size_t)n < size;
}

static bool
write_later(const struct sw_refusal *refused, char *line, size_t size)
{
	uint32_t seconds = longer_than(refused->kin_detail);
	char more[32];

	if (seconds == 0)
		return false;
	snprintf(more, sizeof(more), " within = %us", seconds);
	return write_section(refused, more, line, size);
}

static bool
write_more(const struct sw_refusal *refused, char *line, size_t size)
{
	uint32_t limit = refused->kin_detail * 2u;
	char more[32];

	snprintf(more, sizeof(more), " limit = %u",
	    limit < UINT16_MAX ? limit : UINT16_MAX);
	return write_section(refused, more, line, size);
}

void
sw_hint_related_address(
    const struct sw_addr *addr, uint8_t family, char *text, size_t size)
{
	const uint8_t *b = addr->b;

	if (family == SW_IPV4) {
		snprintf(text, size, "%u.%u.%u.%u/32", b[0], b[1], b[2], b[3]);
		return;
	}
	snprintf(text, size, "%x:%x:%x:%x:%x:%x:%x:%x/128", b[0] << 8 | b[1],
	    b[2] << 8 | b[3], b[4] << 8 | b[5], b[6] << 8 | b[7],
	    b[8] << 8 | b[9], b[10] << 8 | b[11], b[12] << 8 | b[13],
	    b[14] << 8 | b[15]);
}

/* Media from a third address: what names it is in the payload, which nothing
 * here reads.  So it needs a rule of its own. */
static bool
write_third(const struct sw_refusal *refused, char *line, size_t size)
{
	const struct sw_endpoints *ends = &refused->ends;
	char from[48], to[48];
	int n;

	if (!is_high(refused))
		return false;
	sw_hint_related_address(&ends->src, ends->family, from, sizeof(from));
	sw_hint_related_address(&ends->dst, ends->family, to, sizeof(to));
	n = snprintf(line, size,
	    "{ protocol = udp from = { %s } to = { %s } port = 1024-65535 }",
	    from, to);
	return n > 0 && (size_t)n < size;
}

bool
sw_hint_related(
    const struct sw_event *event, char *line, size_t size, bool *whole)
{
	const struct sw_refusal *refused = &event->refused;

	*whole = false;
	if (event->kind != SW_EVENT_REFUSED ||
	    refused->message != SW_MESSAGE_DENIED)
		return false;
	switch ((enum sw_kin_why)refused->kin) {
	case SW_KIN_THIRD:
		*whole = true;
		return write_third(refused, line, size);
	case SW_KIN_SILENT:
	case SW_KIN_UNFIT:
		return write_section(refused, "", line, size);
	case SW_KIN_ASTRAY:
		return is_plausible(refused) &&
		       snprintf(line, size, "roam = true") < (int)size;
	case SW_KIN_LATE:
		return write_later(refused, line, size);
	case SW_KIN_FULL:
		return write_more(refused, line, size);
	case SW_KIN_NONE:
	case SW_KIN_DENIED:
	case SW_KIN_EARLY:
	case SW_KIN_ALLOWED:
	case SW_KIN_COUNT:
		break;
	}
	return false;
}
