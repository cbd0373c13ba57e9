/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf_address: what a list of addresses holds: prefixes, ranges and sets.
 *
 * A range is kept by its first and last address, and a prefix is a range as
 * well; one that is a prefix is shown as such again.
 */
#include <arpa/inet.h>
#include <string.h>

#include "conf/value.h"

enum {
	ENDS_MAX = 64, /* longer text is no address */
};

static unsigned
bytes_of(uint8_t family)
{
	return family == SW_IPV4 ? 4 : 16;
}

struct sw_addr_range
sw_address_of_prefix(const struct sw_prefix *prefix)
{
	struct sw_addr_range range = { prefix->addr, prefix->addr,
		prefix->family };

	for (unsigned bit = prefix->bits; bit < 8 * bytes_of(prefix->family);
	     bit++)
		range.last.b[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	return range;
}

/* --- reading --- */

/* One end of a range.  => is it an address alone? */
static bool
is_end(const char *text, size_t n, struct sw_prefix *end)
{
	char copy[ENDS_MAX];
	struct sw_fault ignored = { 0 };

	if (n >= sizeof copy || memchr(text, '/', n) != NULL)
		return false;
	memcpy(copy, text, n);
	copy[n] = '\0';
	return sw_net_read_prefix(copy, end, &ignored);
}

static const char *
show_addr(const struct sw_addr *addr, uint8_t family, char text[SW_VALUE_MAX])
{
	inet_ntop(family == SW_IPV4 ? AF_INET : AF_INET6, addr->b, text,
	    SW_VALUE_MAX);
	return text;
}

static const char *
show_range(const struct sw_addr *first, const struct sw_addr *last,
    uint8_t family, char text[SW_VALUE_MAX])
{
	char one[SW_VALUE_MAX], other[SW_VALUE_MAX];

	snprintf(text, SW_VALUE_MAX, "%.100s-%.100s",
	    show_addr(first, family, one), show_addr(last, family, other));
	return text;
}

/* 10.0.5.1-9 for 10.0.5.1-10.0.5.9: says so when that makes sense. */
static bool
is_short_end(
    const struct sw_prefix *first, const char *last, struct sw_fault *fault)
{
	char full[SW_VALUE_MAX], text[SW_VALUE_MAX];
	struct sw_prefix end;

	if (first->family != SW_IPV4 || strlen(last) > 3)
		return false;
	snprintf(full, sizeof full, "%u.%u.%u.%s", first->addr.b[0],
	    first->addr.b[1], first->addr.b[2], last);
	if (!is_end(full, strlen(full), &end))
		return false;
	sw_error_fix(
	    fault, "%s", show_range(&first->addr, &end.addr, SW_IPV4, text));
	return true;
}

static bool
range_check(const struct sw_prefix *first, const struct sw_prefix *last,
    struct sw_fault *fault)
{
	char text[SW_VALUE_MAX];

	if (first->family != last->family) {
		sw_error_write(fault, "two addresses of one family");
		return sw_error_why(fault, "the range mixes IPv4 and IPv6");
	}
	if (memcmp(&first->addr, &last->addr, sizeof first->addr) <= 0)
		return true;
	sw_error_fix(fault, "%s",
	    show_range(&last->addr, &first->addr, first->family, text));
	return sw_error_why(fault, "the range ends before it starts");
}

/* => is it meant as a range?  Then *good, or the fault is filled. */
static bool
read_range(const char *text, struct sw_addr_range *range, bool *good,
    struct sw_fault *fault)
{
	const char *dash = strchr(text, '-');
	struct sw_prefix first, last;

	if (dash == NULL || !is_end(text, (size_t)(dash - text), &first))
		return false;
	*good = false;
	sw_error_write(fault, "a range such as 10.0.5.1-10.0.5.9");
	if (!is_end(dash + 1, strlen(dash + 1), &last)) {
		is_short_end(&first, dash + 1, fault);
		sw_error_why(fault, "the range has no valid end");
		return true;
	}
	*good = range_check(&first, &last, fault);
	*range = (struct sw_addr_range){ first.addr, last.addr, first.family };
	return true;
}

static bool
read_plain(
    const char *text, struct sw_addr_range *range, struct sw_fault *fault)
{
	struct sw_prefix prefix;
	bool good;

	if (read_range(text, range, &good, fault))
		return good;
	if (!sw_net_read_prefix(text, &prefix, fault))
		return false;
	*range = sw_address_of_prefix(&prefix);
	return true;
}

static const char *
without_mark(const char *text, struct sw_conf_address *address)
{
	memset(address, 0, sizeof *address);
	address->except = *text == '!';
	return text + address->except;
}

/* What was meant is written with its "!". */
static bool
refuse(const struct sw_conf_address *address, struct sw_fault *fault)
{
	char fix[sizeof fault->fix];

	if (address->except && *fault->fix != '\0') {
		snprintf(fix, sizeof fix, "%s", fault->fix);
		sw_error_fix(fault, "!%.120s", fix);
	}
	return false;
}

bool
sw_address_read(
    const char *text, struct sw_conf_address *address, struct sw_fault *fault)
{
	const char *rest = without_mark(text, address);

	if (*rest != '@')
		return read_plain(rest, &address->range, fault) ||
		       refuse(address, fault);
	if (!sw_net_read_rule_name(rest + 1, fault))
		return false;
	strcpy(address->set, rest + 1);
	return true;
}

bool
sw_address_read_of_set(
    const char *text, struct sw_conf_address *address, struct sw_fault *fault)
{
	const char *rest = without_mark(text, address);

	if (*rest == '@') {
		sw_error_write(
		    fault, "its addresses, or both sets in the rule");
		return sw_error_why(fault, "a set cannot hold another set");
	}
	return read_plain(rest, &address->range, fault) ||
	       refuse(address, fault);
}

/* --- showing --- */

/* The length of the prefix that the range is, or -1. */
static int
prefix_length(const struct sw_addr_range *range)
{
	unsigned width = 8 * bytes_of(range->family), bits = 0;
	struct sw_prefix prefix = { .addr = range->first,
		.family = range->family };
	struct sw_addr_range whole;

	while (bits < width &&
	       ((range->first.b[bits / 8] ^ range->last.b[bits / 8]) &
		   (0x80 >> bits % 8)) == 0)
		bits++;
	prefix.bits = (uint8_t)bits;
	for (unsigned bit = bits; bit < width; bit++)
		prefix.addr.b[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
	whole = sw_address_of_prefix(&prefix);
	return memcmp(&whole.first, &range->first, sizeof whole.first) == 0 &&
		       memcmp(&whole.last, &range->last, sizeof whole.last) == 0
		   ? (int)bits
		   : -1;
}

const char *
sw_address_show(const struct sw_conf_address *address, char text[SW_VALUE_MAX])
{
	const struct sw_addr_range *range = &address->range;
	struct sw_prefix prefix = { .addr = range->first,
		.family = range->family };
	char shown[SW_VALUE_MAX];
	int bits = -1;

	if (*address->set != '\0') {
		snprintf(text, SW_VALUE_MAX, "%s@%s",
		    address->except ? "!" : "", address->set);
		return text;
	}
	bits = prefix_length(range);
	if (bits >= 0) {
		prefix.bits = (uint8_t)bits;
		sw_net_show_prefix(&prefix, shown);
	} else {
		show_range(&range->first, &range->last, range->family, shown);
	}
	snprintf(
	    text, SW_VALUE_MAX, "%s%.240s", address->except ? "!" : "", shown);
	return text;
}
