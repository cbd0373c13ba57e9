/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A table has one row for each key: how its value is read, and how it is
 * compared with a flow.  Addresses and ports are the opener's view: src opened
 * the connection, and port is the destination port.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "conf/value.h"
#include "protocol/filter.h"
#include "report/line.h"

struct sw_filter_key {
	const char *name;
	const char *values; /* as help shows them */
	const char *help;
	bool ordered; /* > and < are allowed */
	bool (*read)(const char *text, struct sw_condition *condition);
	bool (*holds)(const struct sw_condition *condition,
	    const struct sw_filter_view *view);
};

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

static bool
read_prefix(const char *text, struct sw_condition *condition)
{
	return sw_filter_prefix(text, &condition->prefix);
}

static bool
read_ports(const char *text, struct sw_condition *condition)
{
	struct sw_fault fault = { 0 };

	return sw_net_read_ports(text, &condition->ports, &fault);
}

static bool
read_protocol(const char *text, struct sw_condition *condition)
{
	int proto = sw_filter_protocol(text);

	condition->number = (uint64_t)proto;
	return proto >= 0;
}

static bool
read_state(const char *text, struct sw_condition *condition)
{
	for (unsigned i = 0; i < SW_STATE_COUNT; i++)
		if (strcasecmp(text, sw_event_state_text(i)) == 0) {
			condition->number = i;
			return true;
		}
	return false;
}

static bool
read_name(const char *text, struct sw_condition *condition)
{
	if (*text == '\0' || strlen(text) >= sizeof condition->name)
		return false;
	strcpy(condition->name, text);
	return true;
}

static bool
read_yes(const char *text, struct sw_condition *condition)
{
	condition->number = strcmp(text, "yes") == 0;
	return condition->number == 1 || strcmp(text, "no") == 0;
}

static bool
read_family(const char *text, struct sw_condition *condition)
{
	uint32_t number;

	if (!read_decimal(text, UINT8_MAX, &number))
		return false;
	condition->number = number;
	return number == SW_IPV4 || number == SW_IPV6;
}

/* Without a unit the number is in seconds. */
static bool
read_duration(const char *text, struct sw_condition *condition)
{
	struct sw_range range = { 0, UINT32_MAX };
	struct sw_fault fault = { 0 };
	uint32_t seconds;

	if (!read_decimal(text, UINT32_MAX, &seconds) &&
	    !sw_value_duration(text, range, &seconds, &fault))
		return false;
	condition->number = seconds;
	return true;
}

static bool
read_size(const char *text, struct sw_condition *condition)
{
	struct sw_fault fault = { 0 };

	return sw_value_amount(text, &condition->number, &fault);
}

static bool
covers(
    const struct sw_prefix *prefix, const struct sw_addr *addr, uint8_t family)
{
	unsigned whole = prefix->bits / 8, rest = prefix->bits % 8;

	if (prefix->family != family ||
	    memcmp(prefix->addr.b, addr->b, whole) != 0)
		return false;
	return rest == 0 ||
	       ((prefix->addr.b[whole] ^ addr->b[whole]) >> (8 - rest)) == 0;
}

static bool
holds_src(const struct sw_condition *condition, const struct sw_filter_view *v)
{
	return covers(
	    &condition->prefix, &v->info->opener.src, v->info->opener.family);
}

static bool
holds_dst(const struct sw_condition *condition, const struct sw_filter_view *v)
{
	return covers(
	    &condition->prefix, &v->info->opener.dst, v->info->opener.family);
}

static bool
holds_host(const struct sw_condition *condition, const struct sw_filter_view *v)
{
	return holds_src(condition, v) || holds_dst(condition, v);
}

static bool
within(const struct sw_port_range *ports, uint16_t port)
{
	return port >= ports->first && port <= ports->last;
}

static bool
holds_port(const struct sw_condition *condition, const struct sw_filter_view *v)
{
	return within(&condition->ports, v->info->opener.dport);
}

static bool
holds_sport(
    const struct sw_condition *condition, const struct sw_filter_view *v)
{
	return within(&condition->ports, v->info->opener.sport);
}

static bool
holds_proto(
    const struct sw_condition *condition, const struct sw_filter_view *v)
{
	return v->info->opener.proto == condition->number;
}

static bool
holds_family(
    const struct sw_condition *condition, const struct sw_filter_view *v)
{
	return v->info->opener.family == condition->number;
}

static bool
holds_state(
    const struct sw_condition *condition, const struct sw_filter_view *v)
{
	return v->info->state == condition->number;
}

static bool
holds_assured(
    const struct sw_condition *condition, const struct sw_filter_view *v)
{
	return v->info->assured == (condition->number != 0);
}

static bool
holds_rule(const struct sw_condition *condition, const struct sw_filter_view *v)
{
	return strcmp(condition->name, v->rule(v->info->rule, v->context)) == 0;
}

static bool
holds_in(const struct sw_condition *condition, const struct sw_filter_view *v)
{
	return v->interface(v->info->in, condition->name, v->context);
}

static bool
holds_out(const struct sw_condition *condition, const struct sw_filter_view *v)
{
	return v->interface(v->info->out, condition->name, v->context);
}

static bool
compare(const struct sw_condition *condition, uint64_t value, uint64_t unit)
{
	if (condition->is == SW_FILTER_ABOVE)
		return value > condition->number * unit;
	if (condition->is == SW_FILTER_BELOW)
		return value < condition->number * unit;
	return value / unit == condition->number;
}

static uint64_t
ns_since(struct sw_time then, struct sw_time now)
{
	return now.ns > then.ns ? now.ns - then.ns : 0;
}

static bool
holds_idle(const struct sw_condition *condition, const struct sw_filter_view *v)
{
	return compare(
	    condition, ns_since(v->info->seen, v->now), SW_NS_PER_SECOND);
}

static bool
holds_age(const struct sw_condition *condition, const struct sw_filter_view *v)
{
	return compare(
	    condition, ns_since(v->info->opened, v->now), SW_NS_PER_SECOND);
}

static bool
holds_bytes(
    const struct sw_condition *condition, const struct sw_filter_view *v)
{
	return compare(
	    condition, v->info->side[0].bytes + v->info->side[1].bytes, 1);
}

static bool
holds_packets(
    const struct sw_condition *condition, const struct sw_filter_view *v)
{
	return compare(
	    condition, v->info->side[0].packets + v->info->side[1].packets, 1);
}

static const struct sw_filter_key keys[] = {
	{ "src", "ADDRESS[/BITS]",
	    "source: the side that opened the connection", false, read_prefix,
	    holds_src },
	{ "dst", "ADDRESS[/BITS]", "destination: the other side", false,
	    read_prefix, holds_dst },
	{ "host", "ADDRESS[/BITS]", "address of either side", false,
	    read_prefix, holds_host },
	{ "port", "PORT[-PORT]", "destination port", false, read_ports,
	    holds_port },
	{ "sport", "PORT[-PORT]", "source port", false, read_ports,
	    holds_sport },
	{ "proto", "NAME|NUMBER", "protocol", false, read_protocol,
	    holds_proto },
	{ "family", "4|6", "IPv4 or IPv6", false, read_family, holds_family },
	{ "state", "NAME", "state, such as established", false, read_state,
	    holds_state },
	{ "assured", "yes|no", "established in both directions", false,
	    read_yes, holds_assured },
	{ "rule", "NAME", "name of its rule", false, read_name, holds_rule },
	{ "in", "INTERFACE", "interface on which its first packet arrived",
	    false, read_name, holds_in },
	{ "out", "INTERFACE", "interface through which its first packet left",
	    false, read_name, holds_out },
	{ "idle", "DURATION", "idle for longer (>) or shorter (<)", true,
	    read_duration, holds_idle },
	{ "age", "DURATION",
	    "opened earlier (>) or later (<) than this long ago", true,
	    read_duration, holds_age },
	{ "bytes", "SIZE", "more (>) or fewer (<) bytes, both directions", true,
	    read_size, holds_bytes },
	{ "packets", "NUMBER", "more (>) or fewer (<) packets, both directions",
	    true, read_size, holds_packets },
};

enum { KEYS = sizeof keys / sizeof keys[0], WANTED = 200 };

const char *
sw_filter_key_name(unsigned i, const char **values, const char **help)
{
	if (i >= KEYS)
		return NULL;
	*values = keys[i].values;
	*help = keys[i].help;
	return keys[i].name;
}

bool
sw_filter_is_condition(const char *word)
{
	return word[strcspn(word, "=<>")] != '\0';
}

static const struct sw_filter_key *
find_key(const char *name, size_t length)
{
	for (size_t i = 0; i < KEYS; i++)
		if (strlen(keys[i].name) == length &&
		    memcmp(keys[i].name, name, length) == 0)
			return &keys[i];
	return NULL;
}

/* => where the value begins */
static const char *
read_operator(const char *word, size_t *name, enum sw_filter_operator *is)
{
	size_t at = strcspn(word, "=<>!");

	*name = at;
	*is = SW_FILTER_IS;
	if (word[at] == '!' && word[at + 1] == '=') {
		*is = SW_FILTER_IS_NOT;
		return word + at + 2;
	}
	if (word[at] == '>')
		*is = SW_FILTER_ABOVE;
	else if (word[at] == '<')
		*is = SW_FILTER_BELOW;
	else if (word[at] != '=')
		return NULL;
	return word + at + 1;
}

static bool
fail(char *why, size_t size, const char *word, const char *what)
{
	snprintf(why, size, "'%.80s': %s", word, what);
	return false;
}

static void
say_wanted(const struct sw_filter_key *key, char *text, size_t size)
{
	size_t n = (size_t)snprintf(text, size, "write %s", key->values);

	for (unsigned i = 0;
	     key->read == read_state && i < SW_STATE_COUNT && n < size; i++)
		n += (size_t)snprintf(text + n, size - n, "%s%s",
		    i == 0 ? ", one of " : " ", sw_event_state_text(i));
}

bool
sw_filter_add(
    struct sw_filter *filter, const char *word, char *why, size_t size)
{
	struct sw_condition *condition = &filter->list[filter->n];
	enum sw_filter_operator is;
	char wanted[WANTED];
	const char *value;
	size_t name;

	if (filter->n == SW_FILTER_MAX)
		return fail(why, size, word, "too many conditions");
	value = read_operator(word, &name, &is);
	if (value == NULL)
		return fail(why, size, word,
		    "write a condition as key=value, such as dst=10.0.0.0/8");
	memset(condition, 0, sizeof *condition);
	condition->is = (uint8_t)is;
	condition->key = find_key(word, name);
	if (condition->key == NULL)
		return fail(why, size, word,
		    "unknown key; synwardctl flows --help lists all keys");
	if (!condition->key->ordered && is >= SW_FILTER_ABOVE)
		return fail(why, size, word, "this key accepts = and != only");
	if (!condition->key->read(value, condition)) {
		say_wanted(condition->key, wanted, sizeof wanted);
		return fail(why, size, word, wanted);
	}
	filter->n++;
	return true;
}

bool
sw_filter_match(
    const struct sw_filter *filter, const struct sw_filter_view *view)
{
	for (size_t i = 0; i < filter->n; i++) {
		const struct sw_condition *condition = &filter->list[i];
		bool holds = condition->key->holds(condition, view);

		if (holds == (condition->is == SW_FILTER_IS_NOT))
			return false;
	}
	return true;
}
