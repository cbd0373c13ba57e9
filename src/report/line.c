/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A line begins with a head of fixed form,
 *
 *	message [flags] PROTO source > destination
 *
 * followed by the fields that are not in the head, as key=value.  A value is
 * quoted when it contains anything but letters, digits and -_.:/+@.  A line
 * that would be too long loses whole fields, never half of one.  Any action but
 * a plain drop is in action=: in observe mode action="would drop", so that the
 * line begins with its message and the first bracket contains the flags in
 * every mode.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "report/field.h"
#include "report/line.h"

enum {
	ENDPOINT_MAX = 64,
	PROTOCOL_MAX = 16,
	VALUE_MAX = 512,
};

struct protocol {
	uint8_t number;
	const char *name;
};

static const struct protocol protocols[] = {
	{ IPPROTO_ICMP, "ICMP" },
	{ IPPROTO_IGMP, "IGMP" },
	{ IPPROTO_IPIP, "IPIP" },
	{ IPPROTO_TCP, "TCP" },
	{ IPPROTO_UDP, "UDP" },
	{ IPPROTO_DCCP, "DCCP" },
	{ IPPROTO_IPV6, "IPv6" },
	{ IPPROTO_RSVP, "RSVP" },
	{ IPPROTO_GRE, "GRE" },
	{ IPPROTO_ESP, "ESP" },
	{ IPPROTO_AH, "AH" },
	{ IPPROTO_ICMPV6, "ICMPv6" },
	{ 88, "EIGRP" },
	{ 89, "OSPF" },
	{ IPPROTO_PIM, "PIM" },
	{ 112, "VRRP" },
	{ 115, "L2TP" },
	{ IPPROTO_SCTP, "SCTP" },
	{ IPPROTO_UDPLITE, "UDPLite" },
	{ IPPROTO_MPLS, "MPLS" },
};

const char *
sw_line_protocol(uint8_t proto, char *text)
{
	for (size_t i = 0; i < sizeof protocols / sizeof protocols[0]; i++)
		if (protocols[i].number == proto)
			return protocols[i].name;
	snprintf(text, PROTOCOL_MAX, "proto-%u", proto);
	return text;
}

int
sw_line_protocol_number(const char *name)
{
	for (size_t i = 0; i < sizeof protocols / sizeof protocols[0]; i++)
		if (strcasecmp(protocols[i].name, name) == 0)
			return protocols[i].number;
	return -1;
}

void
sw_line_address(const struct sw_addr *addr, uint8_t family, char *text)
{
	int af = family == SW_IPV6 ? AF_INET6 : AF_INET;

	if (family != SW_IPV4 && family != SW_IPV6)
		memcpy(text, "-", 2);
	else
		inet_ntop(af, addr->b, text, INET6_ADDRSTRLEN);
}

void
sw_line_endpoint(const struct sw_addr *addr, uint16_t port, uint8_t family,
    uint8_t proto, char *text)
{
	char address[INET6_ADDRSTRLEN];

	sw_line_address(addr, family, address);
	if (!sw_proto_has_ports(proto))
		snprintf(text, ENDPOINT_MAX, "%s", address);
	else if (family == SW_IPV6)
		snprintf(text, ENDPOINT_MAX, "[%s]:%u", address, port);
	else
		snprintf(text, ENDPOINT_MAX, "%s:%u", address, port);
}

/* => the length written */
static size_t
write_head(const struct sw_refusal *refused, const char *flags, char *line,
    size_t size)
{
	const struct sw_endpoints *ends = &refused->ends;
	char src[ENDPOINT_MAX], dst[ENDPOINT_MAX], proto[PROTOCOL_MAX];
	int n;

	sw_line_endpoint(
	    &ends->src, ends->sport, ends->family, ends->proto, src);
	sw_line_endpoint(
	    &ends->dst, ends->dport, ends->family, ends->proto, dst);
	n = snprintf(line, size, "%s [%s] %s %s > %s",
	    sw_cause_message_text(refused->message), flags,
	    sw_line_protocol(ends->proto, proto), src, dst);
	return (size_t)n < size ? (size_t)n : size - 1;
}

static bool
is_plain(const char *text)
{
	for (; *text != '\0'; text++)
		if (!isalnum((unsigned char)*text) &&
		    strchr("-_.:/+@", *text) == NULL)
			return false;
	return true;
}

size_t
sw_line_text(const struct sw_field *field, char *out, size_t size)
{
	char escaped[VALUE_MAX];
	int n;

	if (field->text == NULL) {
		n = snprintf(out, size, " %s=%lld%s", field->key,
		    (long long)field->number, field->unit);
	} else if (is_plain(field->text)) {
		n = snprintf(out, size, " %s=%s", field->key, field->text);
	} else {
		sw_field_escape(field->text, escaped, sizeof escaped);
		n = snprintf(out, size, " %s=\"%s\"", field->key, escaped);
	}
	return (size_t)n;
}

size_t
sw_line_fields_text(const struct sw_fields *fields,
    const struct sw_event *event, char *line, size_t size)
{
	char field[VALUE_MAX + 64];
	size_t used = write_head(&event->refused, fields->flags, line, size);

	for (size_t i = 0; i < fields->n; i++) {
		size_t n;

		if (fields->list[i].head)
			continue;
		n = sw_line_text(&fields->list[i], field, sizeof field);
		if (n >= sizeof field || used + n >= size)
			continue;
		memcpy(line + used, field, n + 1);
		used += n;
	}
	return used;
}

size_t
sw_line_refusal(const struct sw_event *event, const struct sw_names *names,
    char *line, size_t size)
{
	struct sw_fields fields;

	sw_fields_fill(&fields, event, names);
	return sw_line_fields_text(&fields, event, line, size);
}

void
sw_line_fields_json(const struct sw_fields *fields, struct sw_json *json)
{
	for (size_t i = 0; i < fields->n; i++) {
		const struct sw_field *field = &fields->list[i];

		if (field->text != NULL)
			sw_json_put_text(json, field->key, field->text);
		else
			sw_json_put_number(json, field->key, field->number);
	}
}

void
sw_line_json(const struct sw_event *event, const struct sw_names *names,
    struct sw_json *json)
{
	struct sw_fields fields;

	sw_fields_fill(&fields, event, names);
	sw_line_fields_json(&fields, json);
}

void
sw_line_ends_json(const struct sw_endpoints *ends, struct sw_json *json)
{
	bool ports = sw_proto_has_ports(ends->proto);
	char src[INET6_ADDRSTRLEN], dst[INET6_ADDRSTRLEN], proto[PROTOCOL_MAX];

	sw_field_protocol(ends->proto, proto);
	sw_line_address(&ends->src, ends->family, src);
	sw_line_address(&ends->dst, ends->family, dst);
	sw_json_put_text(json, "proto", proto);
	sw_json_put_text(json, "src", src);
	if (ports)
		sw_json_put_count(json, "sport", ends->sport);
	sw_json_put_text(json, "dst", dst);
	if (ports)
		sw_json_put_count(json, "dport", ends->dport);
}
