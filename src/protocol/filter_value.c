/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values as they are written.
 *
 * A value that is one of a list of names is read by that list, so the names
 * that are accepted, offered in an error and completed by a shell are the same.
 * Messages are sentences with blanks: in a filter a dash may replace a blank,
 * and wildcards are allowed.
 */
#include <ctype.h>
#include <fnmatch.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "conf/value.h"
#include "protocol/filter_internal.h"
#include "report/line.h"

enum { TEXT = 64 };

static bool
read_decimal(const char *text, uint32_t most, uint32_t *number)
{
	struct sw_range range = { 0, most };
	struct sw_fault fault = { 0 };

	return sw_value_number(text, range, number, &fault);
}

int
sw_filter_protocol(const char *text)
{
	bool numbered = strncasecmp(text, "proto-", 6) == 0;
	uint32_t number;

	if (read_decimal(text + (numbered ? 6 : 0), UINT8_MAX, &number))
		return (int)number;
	if (strcasecmp(text, "icmp6") == 0)
		return IPPROTO_ICMPV6;
	return sw_line_protocol_number(text);
}

bool
sw_filter_prefix(const char *text, struct sw_prefix *prefix)
{
	struct sw_fault fault = { 0 };

	return sw_net_read_address(text, prefix, &fault);
}

bool
sw_filter_value_read_prefix(const char *text, struct sw_filter_value *value)
{
	return sw_filter_prefix(text, &value->prefix);
}

bool
sw_filter_value_read_ports(const char *text, struct sw_filter_value *value)
{
	struct sw_fault fault = { 0 };

	return sw_port_read(text, &value->ports, &fault);
}

bool
sw_filter_value_read_protocol(const char *text, struct sw_filter_value *value)
{
	int proto = sw_filter_protocol(text);

	value->number = (uint64_t)proto;
	return proto >= 0;
}

bool
sw_filter_value_read_pattern(const char *text, struct sw_filter_value *value)
{
	if (*text == '\0' || strlen(text) >= sizeof value->name)
		return false;
	strcpy(value->name, text);
	return true;
}

bool
sw_filter_value_read_family(const char *text, struct sw_filter_value *value)
{
	uint32_t number;

	if (!read_decimal(text, UINT8_MAX, &number))
		return false;
	value->number = number;
	return number == SW_IPV4 || number == SW_IPV6;
}

/* Here a number without a unit is one of seconds. */
bool
sw_filter_value_read_duration(const char *text, struct sw_filter_value *value)
{
	struct sw_range range = { 0, UINT32_MAX };
	struct sw_fault fault = { 0 };
	uint32_t seconds;

	if (!read_decimal(text, UINT32_MAX, &seconds) &&
	    !sw_value_duration(text, range, &seconds, &fault))
		return false;
	value->number = seconds;
	return true;
}

bool
sw_filter_value_read_size(const char *text, struct sw_filter_value *value)
{
	struct sw_fault fault = { 0 };

	return sw_value_amount(text, &value->number, &fault);
}

static bool
read_name(const char *text, struct sw_filter_value *value,
    const char *(*name)(unsigned i))
{
	for (unsigned i = 0; name(i) != NULL; i++)
		if (strcasecmp(text, name(i)) == 0) {
			value->number = i;
			return true;
		}
	return false;
}

/* Protocols that are worth completing; others are accepted, too. */
const char *
sw_filter_value_name_protocol(unsigned i)
{
	static const char *const names[] = { "tcp", "udp", "icmp", "icmpv6",
		"sctp", "gre", "esp" };

	return i < sizeof names / sizeof names[0] ? names[i] : NULL;
}

const char *
sw_filter_value_name_yes(unsigned i)
{
	static const char *const names[] = { "no", "yes" };

	return i < 2 ? names[i] : NULL;
}

bool
sw_filter_value_read_yes(const char *text, struct sw_filter_value *value)
{
	return read_name(text, value, sw_filter_value_name_yes);
}

const char *
sw_filter_value_name_state(unsigned i)
{
	return i < SW_STATE_COUNT ? sw_event_state_text((enum sw_state)i)
				  : NULL;
}

bool
sw_filter_value_read_state(const char *text, struct sw_filter_value *value)
{
	return read_name(text, value, sw_filter_value_name_state);
}

const char *
sw_filter_value_name_end(unsigned i)
{
	return i < SW_END_COUNT ? sw_event_end_text((enum sw_end)i) : NULL;
}

bool
sw_filter_value_read_end(const char *text, struct sw_filter_value *value)
{
	return read_name(text, value, sw_filter_value_name_end);
}

/* As enum sw_event_kind. */
const char *
sw_filter_value_name_kind(unsigned i)
{
	static const char *const names[] = {
		[SW_EVENT_OPENED] = "opened",
		[SW_EVENT_ESTABLISHED] = "established",
		[SW_EVENT_ENDED] = "ended",
		[SW_EVENT_REFUSED] = "drop",
	};

	return i < sizeof names / sizeof names[0] ? names[i] : NULL;
}

bool
sw_filter_value_read_kind(const char *text, struct sw_filter_value *value)
{
	return read_name(text, value, sw_filter_value_name_kind);
}

const char *
sw_filter_value_name_cause(unsigned i)
{
	return i < SW_CAUSE_COUNT ? sw_cause_text((enum sw_cause)i)->name
				  : NULL;
}

bool
sw_filter_value_read_cause(const char *text, struct sw_filter_value *value)
{
	return read_name(text, value, sw_filter_value_name_cause);
}

const char *
sw_filter_value_name_confidence(unsigned i)
{
	return i <= SW_CONF_HIGH
		   ? sw_cause_confidence_text((enum sw_confidence)i)
		   : NULL;
}

bool
sw_filter_value_read_confidence(const char *text, struct sw_filter_value *value)
{
	return read_name(text, value, sw_filter_value_name_confidence);
}

const char *
sw_filter_value_name_verdict(unsigned i)
{
	static const char *const names[] = {
		[FILTER_VERDICT_DROP] = "drop",
		[FILTER_VERDICT_PASS] = "pass",
		[FILTER_VERDICT_RESET] = "reset",
		[FILTER_VERDICT_REJECT] = "reject",
		[FILTER_VERDICT_WOULD_DROP] = "would-drop",
		[FILTER_VERDICT_ACCEPT] = "accept",
	};

	return i < sizeof names / sizeof names[0] ? names[i] : NULL;
}

bool
sw_filter_value_read_verdict(const char *text, struct sw_filter_value *value)
{
	return read_name(text, value, sw_filter_value_name_verdict);
}

/* The messages as they need not be quoted in a shell. */
const char *
sw_filter_value_name_message(unsigned i)
{
	static const char *const names[] = {
		[SW_MESSAGE_NOT_SYN] = "not-a-valid-syn-packet",
		[SW_MESSAGE_BAD_FLAGS] = "invalid-tcp-flags",
		[SW_MESSAGE_OUT_OF_WINDOW] = "out-of-window",
		[SW_MESSAGE_IDLE_RESET] = "connection-idle-reset",
		[SW_MESSAGE_TABLE_FULL] = "table-full",
		[SW_MESSAGE_DENIED] = "denied-by-rule",
		[SW_MESSAGE_NOT_OPENING] = "not-a-valid-opening-packet",
		[SW_MESSAGE_MALFORMED] = "malformed-packet",
	};

	return i < SW_MESSAGE_COUNT ? names[i] : NULL;
}

/* => a bit for each message that the text names */
bool
sw_filter_value_read_message(const char *text, struct sw_filter_value *value)
{
	char pattern[TEXT];
	size_t n = strlen(text);

	if (n >= sizeof pattern)
		return false;
	for (size_t i = 0; i <= n; i++)
		pattern[i] = text[i] == ' '
				 ? '-'
				 : (char)tolower((unsigned char)text[i]);
	value->number = 0;
	for (unsigned i = 0; i < SW_MESSAGE_COUNT; i++)
		if (fnmatch(pattern, sw_filter_value_name_message(i), 0) == 0)
			value->number |= UINT64_C(1) << i;
	return value->number != 0;
}
