/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf_net: values with a meaning in the network: prefixes, protocols and
 * interfaces; and names and paths.  Lists of addresses are in conf/address.c,
 * ports in conf/port.c.
 *
 * An address with host bits set is refused rather than cut: 10.0.5.1/24 is
 * either the network or the host, and only the writer knows which.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "conf/value.h"

enum {
	IPV4_BITS = 32,
	IPV6_BITS = 128,
	ADDRESS_MAX = 64, /* a longer text is no address */
};

static const struct sw_word protocols[] = {
	{ "any", (uint16_t)SW_PROTO_ANY, false },
	{ "tcp", IPPROTO_TCP, false },
	{ "udp", IPPROTO_UDP, false },
	{ "icmp", (uint16_t)SW_PROTO_ICMP, false },
	{ "icmpv4", IPPROTO_ICMP, false },
	{ "icmpv6", IPPROTO_ICMPV6, false },
	{ "sctp", IPPROTO_SCTP, false },
	{ "dccp", IPPROTO_DCCP, false },
	{ "udplite", IPPROTO_UDPLITE, false },
	{ "gre", IPPROTO_GRE, false },
	{ "esp", IPPROTO_ESP, false },
	{ "ah", IPPROTO_AH, false },
	{ "igmp", IPPROTO_IGMP, false },
	{ "ipip", IPPROTO_IPIP, false },
	{ "ospf", 89, false },
	{ "vrrp", 112, false },
	{ "icmp6", IPPROTO_ICMPV6, true },
	{ "icmp4", IPPROTO_ICMP, true },
	{ NULL, 0, false },
};

static const struct sw_word plain_sinks[] = {
	{ "journal", SW_SINK_JOURNAL, false },
	{ "syslog", SW_SINK_SYSLOG, false },
	{ "stderr", SW_SINK_STDERR, false },
	{ "file:PATH", SW_SINK_FILE, false },
	{ "json:PATH", SW_SINK_JSON, false },
	{ NULL, 0, false },
};

static unsigned
prefix_width(const struct sw_prefix *prefix)
{
	return prefix->family == SW_IPV4 ? IPV4_BITS : IPV6_BITS;
}

/* Clears the bits after the prefix.
 * => whether any was set */
static bool
prefix_mask(struct sw_prefix *prefix)
{
	bool any = false;

	for (unsigned bit = prefix->bits; bit < prefix_width(prefix); bit++) {
		uint8_t mask = (uint8_t)(0x80 >> bit % 8);

		any = any || (prefix->addr.b[bit / 8] & mask) != 0;
		prefix->addr.b[bit / 8] &= (uint8_t)~mask;
	}
	return any;
}

static bool
address(const char *text, struct sw_prefix *prefix)
{
	memset(prefix, 0, sizeof *prefix);
	prefix->family = strchr(text, ':') != NULL ? SW_IPV6 : SW_IPV4;
	return inet_pton(prefix->family == SW_IPV4 ? AF_INET : AF_INET6, text,
		   prefix->addr.b) == 1;
}

bool
sw_net_means_any(const char *text)
{
	return strcasecmp(text, "any") == 0 || strcasecmp(text, "all") == 0 ||
	       strcmp(text, "*") == 0;
}

bool
sw_net_refuse_any(const char *what, struct sw_fault *fault)
{
	sw_error_write(fault, "the rule without this key");
	return sw_error_why(
	    fault, "a rule without this key matches all %s", what);
}

/* Completes 10.0.5 to 10.0.5.0, if that makes sense. */
static bool
address_short(const char *text, const char *bits, struct sw_fault *fault)
{
	char full[ADDRESS_MAX + 8];
	struct sw_prefix prefix;
	size_t n = strlen(text);

	if (n == 0 || n != strspn(text, "0123456789.") || text[n - 1] == '.')
		return false;
	strcpy(full, text);
	for (unsigned i = 0; i < 3; i++) {
		strcat(full, ".0");
		if (address(full, &prefix)) {
			sw_error_write(fault, "%s/%s", full,
			    bits != NULL ? bits : "PREFIX-LENGTH");
			sw_error_why(fault, "an IPv4 address has four numbers");
			return true;
		}
	}
	return false;
}

static bool
address_refuse(const char *text, const char *bits, struct sw_fault *fault)
{
	sw_error_write(fault, "an address such as 10.0.5.0/24 or fd00::/8");
	if (sw_net_means_any(text))
		return sw_net_refuse_any("addresses", fault);
	if (strchr(text, '%') != NULL) {
		sw_error_write(fault, "the address alone, with in or out");
		return sw_error_why(fault, "a zone cannot be matched");
	}
	if (address_short(text, bits, fault))
		return false;
	if (strchr(text, '-') != NULL && isdigit((unsigned char)*text)) {
		sw_error_write(fault, "one or more prefixes");
		return sw_error_why(fault, "address ranges are not supported");
	}
	return sw_error_why(fault, "not an address");
}

/* Converts 255.255.255.0 to a prefix length; -1 when the mask has holes. */
static int
netmask_bits(const char *text)
{
	struct in_addr mask;
	uint32_t m;

	if (inet_pton(AF_INET, text, &mask) != 1)
		return -1;
	m = ~ntohl(mask.s_addr);
	return (m & (m + 1)) == 0 ? __builtin_popcount(~m) : -1;
}

static bool
prefix_bits(const char *text, const char *addr, struct sw_prefix *prefix,
    struct sw_fault *fault)
{
	unsigned width = prefix_width(prefix);
	unsigned long bits;
	char *end;

	if (prefix->family == SW_IPV4 && netmask_bits(text) >= 0) {
		sw_error_fix(fault, "%s/%d", addr, netmask_bits(text));
		return sw_error_why(fault, "netmasks are not supported");
	}
	sw_error_write(fault, "a prefix length from 0 to %u", width);
	if (!isdigit((unsigned char)*text) || strlen(text) > 3)
		return sw_error_why(fault, "the prefix length is not a number");
	bits = strtoul(text, &end, 10);
	if (*end != '\0')
		return sw_error_why(fault, "the prefix length is not a number");
	if (bits > width)
		return sw_error_why(fault,
		    "the prefix length is above %u, the length of an %s "
		    "address",
		    width, prefix->family == SW_IPV4 ? "IPv4" : "IPv6");
	prefix->bits = (uint8_t)bits;
	return true;
}

static bool
host_bits(
    const struct sw_prefix *masked, const char *addr, struct sw_fault *fault)
{
	char text[SW_VALUE_MAX];

	sw_error_fix(fault, "%s", sw_net_show_prefix(masked, text));
	return sw_error_why(
	    fault, "%s/%u has host bits set", addr, masked->bits);
}

bool
sw_net_read_address(
    const char *text, struct sw_prefix *prefix, struct sw_fault *fault)
{
	char addr[ADDRESS_MAX + 1] = "";
	const char *slash = strchr(text, '/');
	size_t n = slash != NULL ? (size_t)(slash - text) : strlen(text);

	if (n > ADDRESS_MAX)
		return address_refuse("", NULL, fault);
	memcpy(addr, text, n);
	if (!address(addr, prefix))
		return address_refuse(
		    addr, slash != NULL ? slash + 1 : NULL, fault);
	prefix->bits = (uint8_t)prefix_width(prefix);
	return slash == NULL || prefix_bits(slash + 1, addr, prefix, fault);
}

bool
sw_net_read_prefix(
    const char *text, struct sw_prefix *prefix, struct sw_fault *fault)
{
	char addr[ADDRESS_MAX + 1];

	if (!sw_net_read_address(text, prefix, fault))
		return false;
	if (prefix->family == SW_IPV6 && prefix->bits >= 96 &&
	    IN6_IS_ADDR_V4MAPPED((const struct in6_addr *)prefix->addr.b)) {
		sw_error_write(fault, "the IPv4 address");
		return sw_error_why(
		    fault, "no packet carries an IPv4-mapped address");
	}
	snprintf(addr, sizeof addr, "%.*s", (int)strcspn(text, "/"), text);
	return !prefix_mask(prefix) || host_bits(prefix, addr, fault);
}

const char *
sw_net_show_prefix(const struct sw_prefix *prefix, char text[SW_VALUE_MAX])
{
	char addr[INET6_ADDRSTRLEN] = "?";

	inet_ntop(prefix->family == SW_IPV4 ? AF_INET : AF_INET6,
	    prefix->addr.b, addr, sizeof addr);
	snprintf(text, SW_VALUE_MAX, "%s/%u", addr, prefix->bits);
	return text;
}

bool
sw_net_read_protocol(const char *text, int16_t *proto, struct sw_fault *fault)
{
	uint32_t value;

	if (isdigit((unsigned char)*text)) {
		struct sw_range range = { 0, UINT8_MAX };

		if (!sw_value_number(text, range, &value, fault))
			return false;
	} else if (!sw_value_word(text, protocols, &value, fault)) {
		return sw_error_write(fault,
		    "any, tcp, udp, icmp, icmpv4, icmpv6, sctp, gre, esp, "
		    "another name, or a number from 0 to 255");
	}
	*proto = (int16_t)value;
	return true;
}

const char *
sw_net_show_protocol(int16_t proto, char text[SW_VALUE_MAX])
{
	const char *name = sw_value_show_word(protocols, (uint16_t)proto);

	if (*name != '?')
		return name;
	snprintf(text, SW_VALUE_MAX, "%d", proto);
	return text;
}

/* As other programs write several interfaces at once: eth+, eth?, eth*0.
 * n: without the "*" of a pattern. */
static bool
foreign_pattern(const char *text, size_t n, struct sw_fault *fault)
{
	if (n > 0 && text[n - 1] == '+') {
		sw_error_fix(fault, "\"%.*s*\"", (int)n - 1, text);
		sw_error_why(fault, "a pattern ends in *");
		return true;
	}
	if (strcspn(text, "*?!") >= n)
		return false;
	sw_error_write(fault, "a pattern such as \"eth*\"");
	sw_error_why(fault, "a pattern has one *, at its end");
	return true;
}

static bool
is_interface_name(const char *text, size_t n)
{
	if (n == 0 || n >= IFNAMSIZ || strcmp(text, ".") == 0 ||
	    strcmp(text, "..") == 0)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!isgraph((unsigned char)text[i]) || text[i] == '/' ||
		    text[i] == ':')
			return false;
	return true;
}

bool
sw_net_read_interface(
    const char *text, char name[SW_CONF_NAME], struct sw_fault *fault)
{
	const char *rest = text + (*text == '!');
	size_t n = strlen(rest);

	if (sw_net_means_any(rest))
		return sw_net_refuse_any("interfaces", fault);
	n -= n > 0 && rest[n - 1] == '*';
	if (foreign_pattern(rest, n, fault))
		return false;
	sw_error_write(fault, "a name such as eth0, of 1 to 15 characters");
	if (!is_interface_name(rest, n))
		return sw_error_why(fault, "not an interface name");
	strcpy(name, text);
	return true;
}

bool
sw_net_names_interface(const char *written, const char *name)
{
	size_t n;

	written += *written == '!';
	n = strlen(written);
	if (n > 0 && written[n - 1] == '*')
		return strncmp(written, name, n - 1) == 0;
	return strcmp(written, name) == 0;
}

bool
sw_net_read_group(
    const char *text, char name[SW_CONF_NAME], struct sw_fault *fault)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_.-";
	size_t n = strlen(text);

	sw_error_write(fault, "the name of a group, such as adm");
	if (n == 0 || n > 32 || n != strspn(text, letters) || *text == '-')
		return sw_error_why(fault, "not a group name");
	strcpy(name, text);
	return true;
}

bool
sw_net_read_path(
    const char *text, char *path, size_t size, struct sw_fault *fault)
{
	size_t n = strlen(text);

	sw_error_write(fault, "a path that starts with /");
	if (n == 0)
		return sw_error_why(fault, "the path is empty");
	if (*text != '/')
		return sw_error_why(fault, "the path is not absolute");
	if (n >= size) {
		sw_error_write(fault, "a shorter one");
		return sw_error_why(
		    fault, "the path is longer than %zu characters", size - 1);
	}
	if (text[n - 1] == '/') {
		sw_error_write(fault, "also the name of a file in it");
		return sw_error_why(fault, "the path names a directory");
	}
	for (size_t i = 0; i < n; i++)
		if (iscntrl((unsigned char)text[i]))
			return sw_error_why(
			    fault, "the path contains a control character");
	strcpy(path, text);
	return true;
}

bool
sw_net_read_sink(
    const char *text, struct sw_conf_sink *sink, struct sw_fault *fault)
{
	uint32_t kind;

	memset(sink, 0, sizeof *sink);
	if (strncmp(text, "file:", 5) == 0 || strncmp(text, "json:", 5) == 0) {
		sink->kind = *text == 'f' ? SW_SINK_FILE : SW_SINK_JSON;
		if (sw_net_read_path(
			text + 5, sink->path, sizeof sink->path, fault))
			return true;
		return sw_error_write(fault, "%.5s/var/log/synward.%s", text,
		    *text == 'f' ? "log" : "json");
	}
	if (!sw_value_word(text, plain_sinks, &kind, fault))
		return false;
	sink->kind = (uint8_t)kind;
	if (kind != SW_SINK_FILE && kind != SW_SINK_JSON)
		return true;
	sw_error_write(fault, "the path of a file");
	return sw_error_why(fault, "PATH is a placeholder");
}

const char *
sw_net_show_sink(const struct sw_conf_sink *sink, char text[SW_VALUE_MAX])
{
	switch ((enum sw_sink_kind)sink->kind) {
	case SW_SINK_FILE:
	case SW_SINK_JSON:
		snprintf(text, SW_VALUE_MAX, "%s:%s",
		    sink->kind == SW_SINK_FILE ? "file" : "json", sink->path);
		return text;
	case SW_SINK_SYSLOG:
	case SW_SINK_JOURNAL:
	case SW_SINK_STDERR:
		break;
	}
	return sw_value_show_word(plain_sinks, sink->kind);
}

bool
sw_net_read_rule_name(const char *text, struct sw_fault *fault)
{
	size_t n = strlen(text);

	sw_error_write(fault, "1 to %d letters, digits and . _ - : / @",
	    SW_RULE_NAME_MAX - 1);
	if (n == 0)
		return sw_error_why(fault, "the name is empty");
	if (n >= SW_RULE_NAME_MAX)
		return sw_error_why(fault, "the name is too long");
	for (size_t i = 0; i < n; i++)
		if (!isascii(text[i]) || (!isalnum((unsigned char)text[i]) &&
					     strchr("._-:/@", text[i]) == NULL))
			return sw_error_why(
			    fault, "the name contains other characters");
	if (strcmp(text, "default") == 0) {
		sw_error_write(fault, "another name, or default-action");
		return sw_error_why(fault,
		    "\"default\" is reserved for packets that no rule matches");
	}
	return true;
}
